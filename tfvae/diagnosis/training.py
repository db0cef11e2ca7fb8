"""Whether the model knows its training data better than others."""

import math

from tfvae.diagnosis.finding import Finding
from tfvae.evaluation import Estimate
from tfvae.evaluation.estimate import of_examples


def check(trained, held_out):
    """Returns the finding on overfitting: how much higher the ELBO of training data is.

    Args:
        trained: [N], the ELBO of training examples.
        held_out: [M], that of held-out ones.
    """
    of, other = of_examples(trained), of_examples(held_out)
    error = math.hypot(of.standard_error, other.standard_error)
    return [
        Finding(
            "training",
            "the ELBO of training data is higher than that of held-out data.",
            Estimate(of.value - other.value, error),
            "at most",
            "Stop at the best epoch on validation data, augment, use more data, or take smaller networks.",
            {},
        )
    ]
