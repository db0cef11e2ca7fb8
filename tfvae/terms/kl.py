"""The Kullback-Leibler term, with the variants found in the literature."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments
from tfvae.component import register
from tfvae.inference import expected, pieces
from tfvae.terms.factorised import factorised
from tfvae.terms.term import Term, Weight

tfd = tfp.distributions


def kl_per_dimension(posterior, prior, shares: Any = None) -> Any:
    """Returns the KL of each latent dimension, [B, D], or None where the two don't factorise alike.

    Of a layer below another one, whose posterior has the batch shape [K, B], it is the mean over the draws above, by
    their `shares`, [K, B], if they have some.
    """
    if not (factorised(posterior) and factorised(prior)):
        return None
    kl = tfd.kl_divergence(posterior.distribution, prior.distribution)
    event = posterior.event_shape
    if kl.shape.rank - event.rank > 1:
        kl = expected(kl, None if shares is None else shares[(..., *[tf.newaxis] * event.rank)])
    return tf.reshape(kl, [tf.shape(kl)[0], event.num_elements()])


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
        level: Which of several stochastic layers, 0 the top one; None for all. A term for
            each gives each its own weight, free bits and metric, `kl_level_0`, ... Below the
            top the closed form is that of q(z_l|z_<l, x) from p(z_l|z_<l), at draws above.
        piece: Which piece of a `families.Joint` posterior and a `priors.Product`, 0 the first; None for all. A term for
            each gives each its own weight, capacity and metric, `kl_piece_0`, ... (JointVAE, Dupont 2018, arXiv
            1804.00104).

    With `free_bits` or `capacity` the value, and so the metric, is the clamped
    one; `elbo` always uses the plain KL, of all layers.

    Raises:
        ValueError: A contradictory or negative argument; when the model is
            made, a pair of posterior and prior without closed form, or no such layer.
    """

    needs_posterior_density = True
    needs_prior_density = True
    weighs_draws = True

    def __init__(
        self,
        weight: Weight = 1.0,
        free_bits=None,
        capacity=None,
        monte_carlo=False,
        num_samples=1,
        level=None,
        piece=None,
        **kwargs,
    ):
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
        self.level = None if level is None else arguments.integer("level", level, "an int >= 0 or None", minimum=0)
        self.piece: Any = None if piece is None else arguments.integer("piece", piece, "an int >= 0 or None", minimum=0)
        self.couples_examples = free_bits is not None or capacity is not None

    @property
    def metric_name(self):
        """`kl`, or of one layer `kl_level_0`, of one piece `kl_piece_0`, ...; or the name that the user gave."""
        parts = {"level": self.level, "piece": self.piece}
        asked = [f"_{name}_{number}" for name, number in parts.items() if number is not None]
        return self.given_name or f"kl{''.join(asked)}" if asked else super().metric_name

    def check(self, posterior, prior, likelihood):
        """Refuses a part without density, a pair without closed form, and a layer that there isn't."""
        super().check(posterior, prior, likelihood)
        count = len(posterior.latent_shapes or [None])
        if self.level is not None and self.level >= count:
            layers = "one stochastic layer, so leave it out" if count == 1 else f"the layers 0 to {count - 1}"
            raise arguments.invalid("level", f"None, or one of the model's: it has {layers}", self.level)
        if self.piece is not None:
            self._check_piece(posterior, prior)
        if not self.monte_carlo:
            for pair in self._of_level(posterior.pairs(prior)):
                q, p = pair if self.piece is None else (pieces(law)[self.piece] for law in pair)
                self._check_pair(posterior, prior, q, p)

    def _check_piece(self, posterior, prior):
        for q, p in self._of_level(posterior.pairs(prior)):
            count = min(len(pieces(q)), len(pieces(p)))
            if self.piece >= count:
                held = "one piece, so leave it out" if count == 1 else f"the pieces 0 to {count - 1}"
                expected = (
                    "None, or one of those of a families.Joint posterior and a priors.Product: this model's z has "
                    f"{held}"
                )
                raise arguments.invalid("piece", expected, self.piece)

    def _of_level(self, layers):
        return layers if self.level is None else [layers[self.level]]

    def _asked(self, inference):
        """Returns the `Latent` of each layer that the term is of, or of its piece."""
        layers = self._of_level(inference.latents)
        return layers if self.piece is None else [latent.pieces[self.piece] for latent in layers]

    def _kl(self, inference, latent):
        return inference.expected(latent.log_ratio) if self.monte_carlo else latent.kl

    def _check_pair(self, posterior, prior, q, p):
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

    def kls(self, inference):
        """Returns {stochastic layer: its plain KL, [B]}, of the layers that the term is of; none of a piece alone."""
        if self.piece is not None:
            return {}
        asked = self._of_level([*enumerate(inference.latents)])
        return {number: self._kl(inference, latent) for number, latent in asked}

    def value(self, inference):
        """Returns [B], whose batch mean is the KL with the clamps applied.

        The clamps act on means over the whole batch, all replicas together.
        Writing them as per-example values with a constant mask keeps sample weights and
        uneven replicas exact, and gives the clamp's own gradient.
        """
        if self.free_bits is not None:
            return sum(self._freed(inference, latent, self.free_bits) for latent in self._asked(inference))
        kl = sum(self._kl(inference, latent) for latent in self._asked(inference))
        if self.capacity is None:
            return kl
        excess = tf.stop_gradient(inference.batch_mean(kl)) - self.capacity
        direction = tf.where(excess >= 0, tf.ones_like(excess), -tf.ones_like(excess))
        return direction * (kl - self.capacity)

    @staticmethod
    def _freed(inference, latent, free_bits):
        kl = kl_per_dimension(latent.posterior, latent.prior, latent.shares)
        mean = tf.stop_gradient(inference.batch_mean(kl))
        return tf.reduce_sum(tf.where(mean > free_bits, kl, tf.constant(free_bits, kl.dtype)), axis=-1)
