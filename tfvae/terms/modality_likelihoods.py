"""The reconstruction term of several modalities, each with a weight of its own."""

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms.term import Term
from tfvae.vectors import by_name


@register
class ModalityLikelihoods(Term):
    """-E_q[sum_m w_m log p(x_m|z)] over the modalities m that are there, in nats.

    With all w_m = 1 it is `NegativeLogLikelihood`. A label of ten classes is worth 2 nats and an
    image some hundred, so the bound alone lets z be of the image. The `elbo` metric stays the model's.

    Reference: Wu and Goodman (2018), arXiv 1802.05335, equation 2, whose lambda_i the w_m are.

    Args:
        modality_weights: {name: w_m, a number >= 0}; a modality without one has 1.
        weight: Of the whole, as for every term.
        num_samples: K.

    Raises:
        ValueError: `modality_weights` is no such dict; when the model is made, a name is no modality of its likelihood.

    >>> ModalityLikelihoods({"label": 50.0})
    ModalityLikelihoods({'label': 50.0})
    """

    needs_likelihood_density = True
    weighs_draws = True

    def __init__(self, modality_weights, weight=1.0, num_samples=1, **kwargs):
        super().__init__(weight, num_samples, **kwargs)
        if not isinstance(modality_weights, dict) or not modality_weights:
            expected = "a dict of a number for some modalities, such as {'label': 50.0}"
            raise arguments.invalid("modality_weights", expected, modality_weights)
        self.modality_weights = {
            name: arguments.number("modality_weights", value, "numbers >= 0", minimum=0)
            for name, value in by_name.ordered(modality_weights).items()
        }

    def value(self, inference):
        """Returns [B]."""
        each = inference.likelihood.log_probs(inference.x)
        weighted = [self.modality_weights.get(name, 1.0) * log_prob for name, log_prob in each.items()]
        return -inference.expected(tf.add_n(weighted))

    def check(self, posterior, prior, likelihood):
        """Refuses a likelihood without these modalities."""
        super().check(posterior, prior, likelihood)
        unknown = [name for name in self.modality_weights if name not in (likelihood.modalities or ())]
        if unknown:
            known = ", ".join(likelihood.modalities or ()) or f"none, it is {type(likelihood).__name__}"
            raise ValueError(
                f"ModalityLikelihoods weighs the modalities of a families.Modalities likelihood. Expected some of "
                f"those of this model's likelihood: {known}. Received: {', '.join(map(repr, unknown))}."
            )
