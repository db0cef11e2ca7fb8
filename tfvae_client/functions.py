"""The names of the functions of a model that `tfvae.export.saved_model` wrote."""

from typing import NamedTuple

import numpy as np

from tfvae_client.errors import InvalidRequest, ServingError

#: The output that each function always has.
OUTPUTS = {
    "decode": "mean",
    "encode": "mean",
    "encode_sample": "latent",
    "reconstruct": "mean",
    "generate": "mean",
    "score": "log_likelihood",
}


class Moments(NamedTuple):
    """Mean and standard deviation of a distribution.

    Attributes:
        mean: [B, ...].
        stddev: [B, ...], or None if the model's family has none in closed form.
    """

    mean: np.ndarray
    stddev: np.ndarray | None = None


def signature(served, name, who):
    """Returns the signature of a function.

    Args:
        served: {name: `Signature`} of a model.
        name: The function's name.
        who: Names the model, for the error.

    Raises:
        InvalidRequest: The model has no function of this name.
        ServingError: The model's function of this name is not tfvae's.
    """
    if name not in served:
        raise InvalidRequest(
            f"{who} has no signature {name!r}. It has: {', '.join(served)}. Export it anew with "
            "tfvae.export.saved_model."
        )
    if OUTPUTS[name] not in served[name].outputs:
        raise ServingError(f"{who} is not of tfvae: its {served[name]} has no output {OUTPUTS[name]!r}.")
    return served[name]
