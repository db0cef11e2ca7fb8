"""The term that holds an encoder to the codes of a book."""

import tensorflow as tf

from tfvae.component import register
from tfvae.terms.term import Term, Weight


@register
class Commitment(Term):
    """The squared distance of the encoder's output from the codes that stand for it, summed over z.

    |e - c_k|^2, with c_k held constant; of several books sum_d |e - (c^1 + ... + c^d)|^2

    Without it the encoder's output can outgrow the codes, which follow it at their own rate.

    Args:
        weight: beta, in nats for each squared unit of z. van den Oord et al. use 0.25 beside the squared error; beside
            a Gaussian likelihood of scale s that is 0.25 / s^2.

    Raises:
        ValueError: When the model is made, a posterior without codes.

    Reference: van den Oord, Vinyals and Kavukcuoglu (2017), arXiv 1711.00937, equation 3; of several books Lee et al.
    (2022), arXiv 2203.01941.
    """

    def __init__(self, weight: Weight = 0.25, **kwargs):
        super().__init__(weight=weight, **kwargs)

    def check(self, posterior, prior, likelihood):
        """Refuses a posterior without codes."""
        super().check(posterior, prior, likelihood)
        if not posterior.book_sizes:
            raise ValueError(
                f"Commitment holds the encoder to the codes of a book, and a {type(posterior).__name__} posterior has "
                "none. Use families.VectorQuantized as the posterior, or drop the term."
            )

    def value(self, inference):
        """Returns the squared distance, [B]."""
        (latent,) = inference.latents
        law = latent.posterior
        distance = tf.add_n([(law.encoded - tf.stop_gradient(stage)) ** 2 for stage in law.stages])
        return tf.reduce_sum(distance, axis=list(range(1, distance.shape.rank)))
