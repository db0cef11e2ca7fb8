"""A weight in units of the other terms' pull."""

from typing import Any

import keras

from tfvae import arguments
from tfvae.component import described

__all__ = ["Balanced"]


@keras.saving.register_keras_serializable("tfvae")
class Balanced:
    """A weight for a term that has no natural unit: how hard it pulls at the reconstructions, beside the other terms.

    weight * |g_others| / |g_term|

    g are gradients of the batch in the likelihood's own variables, the last layer before the reconstructions: of all
    terms without such a weight together, weighted, and of the term itself. With 1 both pull equally hard, whatever the
    units, the number of pixels, and the scale of the likelihood, which changes as it learns. The factor is a constant
    to the optimizer. It takes a second backward pass of each of the two, as far as the likelihood. A term whose
    gradient is 0 counts nothing. The paper caps the factor at 1e4; with a likelihood in nats, a sum over pixels, that
    would cap all of them.

    In a training the metric `<term>_balance` is the factor, without the weight. An evaluation knows no gradients: its
    `loss` counts the term with the plain weight.

    Reference: Esser, Rombach and Ommer (2021), Taming transformers for high-resolution image synthesis, arXiv
    2012.09841, equation 7.

    Args:
        weight: A finite number >= 0, or a schedule, such as one that is 0 until a critic has learned something:
            `schedules.Linear(0.0, 0.5, steps=1000)`.

    Raises:
        ValueError: `weight` is neither.

    >>> from tfvae import networks, terms
    >>> terms.Adversarial(networks.patch_critic((28, 28, 1)), weight=Balanced(0.5)).weight
    Balanced(0.5)
    """

    def __init__(self, weight: Any = 1.0):
        if not isinstance(weight, keras.optimizers.schedules.LearningRateSchedule):
            arguments.number("weight", weight, "a finite number >= 0, or a schedule", minimum=0)
        self.weight = weight

    def __eq__(self, other):
        """Returns whether both say the same."""
        return isinstance(other, Balanced) and self.weight == other.weight

    __hash__: Any = None

    def __repr__(self):
        """Returns it as one would write it."""
        return f"Balanced({described(self.weight)})"

    def get_config(self):
        """Returns the constructor's argument."""
        return {"weight": keras.saving.serialize_keras_object(self.weight)}

    @classmethod
    def from_config(cls, config):
        """Makes it of `get_config`'s result."""
        return cls(keras.saving.deserialize_keras_object(config["weight"]))
