"""The names of the functions of a model that `tfvae.export.saved_model` wrote."""

from typing import Any, NamedTuple

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
        mean: [B, ...]; of x with several modalities {name: [B, ...]}.
        stddev: Likewise, or None if the model's family has none in closed form; of several modalities, of those that
            have one.
    """

    mean: Any
    stddev: Any = None


def check_ranked(signature, who):
    """Refuses a signature of `score` that returns no p-values.

    Args:
        signature: The model's `Signature` of `score`.
        who: Names the model, for the error.

    Raises:
        InvalidRequest: It has none.
    """
    if "p_value" not in signature.outputs:
        raise InvalidRequest(
            f"{who} has no p-values: its export wasn't given any held-out data. Export it anew with "
            "tfvae.export.saved_model(vae, folder, typicality=tfvae.evaluation.typicality(vae, validation))."
        )


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
    # Of several modalities there is an output for each: mean_image, mean_label.
    if not any(output == OUTPUTS[name] or output.startswith(f"{OUTPUTS[name]}_") for output in served[name].outputs):
        raise ServingError(f"{who} is not of tfvae: its {served[name]} has no output {OUTPUTS[name]!r}.")
    return served[name]
