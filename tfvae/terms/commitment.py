"""The term that holds an encoder to the codes of a book."""

import tensorflow as tf

from tfvae.component import register
from tfvae.terms.term import Term, Weight


@register
class Commitment(Term):
    """The squared distance of the encoder's output from the nearest codes, summed over z.

    |e - c_k|^2, with c_k held constant

    Without it the encoder's output can outgrow the codes, which follow it at their own rate.

    Args:
        weight: beta, in nats for each squared unit of z. van den Oord et al. use 0.25 beside the squared error; beside
            a Gaussian likelihood of scale s that is 0.25 / s^2.

    Raises:
        ValueError: When the model is made, a posterior without codes.

    Reference: van den Oord, Vinyals and Kavukcuoglu (2017), arXiv 1711.00937, equation 3.
    """

    def __init__(self, weight: Weight = 0.25, **kwargs):
        super().__init__(weight=weight, **kwargs)

    def check(self, posterior, prior, likelihood):
        """Refuses a posterior without codes."""
        super().check(posterior, prior, likelihood)
        if not hasattr(posterior, "codes"):
            raise ValueError(
                f"Commitment holds the encoder to the codes of a book, and a {type(posterior).__name__} posterior has "
                "none. Use families.VectorQuantized as the posterior, or drop the term."
            )

    def value(self, inference):
        """Returns the squared distance, [B]."""
        (latent,) = inference.latents
        encoded = latent.posterior.encoded
        distance = (encoded - tf.stop_gradient(latent.posterior.mean())) ** 2
        return tf.reduce_sum(distance, axis=list(range(1, distance.shape.rank)))
