"""The Kullback-Leibler term, with the variants found in the literature."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments
from tfvae.component import register
from tfvae.terms.term import Term, Weight

tfd = tfp.distributions


def kl_per_dimension(posterior, prior) -> Any:
    """Returns the KL of each latent dimension, [B, D], or None where the two don't factorise alike."""
    laws = (posterior, prior)
    if not all(isinstance(law, tfd.Independent) and law.distribution.event_shape.rank == 0 for law in laws):
        return None
    kl = tfd.kl_divergence(posterior.distribution, prior.distribution)
    return tf.reshape(kl, [tf.shape(kl)[0], posterior.event_shape.num_elements()])


@register
class KL(Term):
    """KL(q(z|x) || p(z)) in nats, summed over latent dimensions (and layers).

    The closed form, e.g. for Gaussians 1/2 sum_i (loc_i^2 + scale_i^2 - 1 - log scale_i^2),
    or the mean of log q(z_k|x) - log p(z_k) over the draws with `monte_carlo`.

    Args:
        weight: beta of the beta-VAE (Higgins et al. 2017), or a schedule (warm-up).
        free_bits: lambda in nats for each dimension (Kingma et al. 2016, arXiv
            1606.04934, equation 15): sum_i max(lambda, mean over the batch of
            KL_i). A dimension below it receives no gradient.
        capacity: C in nats (Burgess et al. 2018, arXiv 1804.03599, equation 8):
            |mean over the batch of KL - C|.
        monte_carlo: Estimate by sampling. Needed where no closed form is known.
        num_samples: Draws, with `monte_carlo`.

    With `free_bits` or `capacity` the value, and so the metric, is the clamped
    one; `elbo` always uses the plain KL.

    Raises:
        ValueError: A contradictory or negative argument; when the model is
            made, a pair of posterior and prior without closed form.
    """

    needs_posterior_density = True

    def __init__(self, weight: Weight = 1.0, free_bits=None, capacity=None, monte_carlo=False, num_samples=1, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)
        for argument, value in (("free_bits", free_bits), ("capacity", capacity)):
            if value is not None:
                arguments.number(argument, value, "nats >= 0 or None", minimum=0)
        if free_bits is not None and capacity is not None:
            raise ValueError(
                "`free_bits` and `capacity` pull the KL to different targets. Give one of them. "
                f"Received: free_bits={free_bits!r}, capacity={capacity!r}"
            )
        if free_bits is not None and monte_carlo:
            raise ValueError(
                "`free_bits` clamps the closed-form KL of each dimension, which `monte_carlo=True` doesn't have. "
                "Drop one of the two, or use `capacity`, which needs only the sum."
            )
        self.free_bits = free_bits
        self.capacity = capacity
        self.monte_carlo = monte_carlo
        self.couples_examples = free_bits is not None or capacity is not None

    def check(self, posterior, prior, likelihood):
        """Refuses a posterior without density and a pair without closed form."""
        super().check(posterior, prior, likelihood)
        if self.monte_carlo:
            return

        def encode(x):  # only the kinds of distributions matter, and no features change those
            return posterior.distribution(tf.zeros([len(x), *posterior.features_shape], posterior.float_dtype))

        q, p = encode([None]), prior.distribution(encode=encode)
        try:
            tfd.kl_divergence(q, p)
        except (NotImplementedError, ValueError):  # ValueError for pieces of different sizes
            unknown = (
                f"No closed form is known for the KL of a {type(posterior).__name__} posterior from a "
                f"{type(prior).__name__} prior"
            )
            if self.free_bits is not None:
                raise ValueError(
                    f"{unknown}, and `free_bits` clamps that of each dimension. Use KL(capacity=..., "
                    "monte_carlo=True), which needs only the sum, or drop `free_bits`: KL(monte_carlo=True)."
                ) from None
            raise ValueError(f"{unknown}. Ask for the estimate by sampling: KL(monte_carlo=True).") from None
        if self.free_bits is not None and kl_per_dimension(q, p) is None:
            raise ValueError(
                f"`free_bits` needs a KL for each dimension, and that of a {type(posterior).__name__} posterior "
                f"from a {type(prior).__name__} prior doesn't factorise. Use KL(capacity=...) or a factorised pair."
            )

    def kl(self, inference):
        """Returns the plain KL, [B]."""
        if self.monte_carlo:
            return tf.reduce_mean(inference.log_ratio, axis=0)
        return sum(latent.kl for latent in inference.latents)

    def value(self, inference):
        """Returns [B], whose batch mean is the KL with the clamps applied.

        The clamps act on means over the whole batch, all replicas together.
        Writing them as per-example values with a constant mask keeps sample weights and
        uneven replicas exact, and gives the clamp's own gradient.
        """
        if self.free_bits is not None:
            return sum(self._freed(inference, latent, self.free_bits) for latent in inference.latents)
        kl = self.kl(inference)
        if self.capacity is None:
            return kl
        excess = tf.stop_gradient(inference.batch_mean(kl)) - self.capacity
        direction = tf.where(excess >= 0, tf.ones_like(excess), -tf.ones_like(excess))
        return direction * (kl - self.capacity)

    @staticmethod
    def _freed(inference, latent, free_bits):
        kl = kl_per_dimension(latent.posterior, latent.prior)
        mean = tf.stop_gradient(inference.batch_mean(kl))
        return tf.reduce_sum(tf.where(mean > free_bits, kl, tf.constant(free_bits, kl.dtype)), axis=-1)
