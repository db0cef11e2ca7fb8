"""A reconstruction term that outliers pull at little."""

import math
from typing import Any

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import arguments
from tfvae.component import register
from tfvae.terms.term import Term, Weight


@register
class BetaDivergence(Term):
    """The beta-divergence of the data from p(x|z), in place of -log p(x|z): outliers pull at little.

    E_q[-(beta + 1) / beta (p(x|z)^beta - 1) + integral p(x'|z)^(beta + 1) dx' - 1]

    The gradient of log p(x|z) is weighted by p(x|z)^beta, so an x that the model holds for nearly impossible has nearly
    no say. For beta -> 0 it is -log p(x|z). The density is that of all of x, so beta should be of the order of 1 over
    its size in nats, or no example counts any more: 0.005 for some hundreds. Its units are no nats; `elbo` stays what
    it is.

    Reference: Akrami, Joshi, Li, Aydore and Leahy (2022), A robust variational autoencoder using beta divergence, arXiv
    1905.09961, section 3; Basu, Harris, Hjort and Jones (1998), Robust and efficient estimation by minimising a density
    power divergence.

    Args:
        beta: A number > 0.
        weight: As for every term.
        num_samples: K, draws of z.

    Raises:
        ValueError: `beta` is not above 0; when the model is made, a likelihood other than a Gaussian or a Bernoulli.

    >>> BetaDivergence(0.005)
    BetaDivergence(0.005)
    """

    needs_likelihood_density = True

    def __init__(self, beta, weight: Weight = 1.0, num_samples=1, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)
        if arguments.number("beta", beta, "a number > 0", minimum=0) == 0:
            raise arguments.invalid("beta", "a number > 0; for 0 take terms.NegativeLogLikelihood()", beta)
        self.beta = beta

    def check(self, posterior, prior, likelihood):
        """Refuses a likelihood whose power has no integral that is known here."""
        super().check(posterior, prior, likelihood)
        law: Any = None if likelihood.takes_missing or likelihood.modalities else likelihood.kind()
        if not (isinstance(law, tfd.Independent) and isinstance(law.distribution, tfd.Normal | tfd.Bernoulli)):
            raise ValueError(
                f"BetaDivergence needs the integral of a power of p(x|z), and that of a {type(likelihood).__name__} "
                "likelihood is not known. Use families.Normal or families.Bernoulli, or terms.NegativeLogLikelihood."
            )

    def value(self, inference):
        """Returns [B]."""
        power = tf.math.expm1(self.beta * inference.log_likelihood) / self.beta
        each = tf.math.expm1(self._log_integral(inference.likelihood)) - (self.beta + 1) * power
        return tf.reduce_mean(each[: self.num_samples], axis=0)

    def _log_integral(self, likelihood):
        """Returns log of the integral of p(x|z)^(beta + 1) over x, [K, B]."""
        law, order = likelihood.distribution, self.beta + 1
        if isinstance(law, tfd.Normal):
            scale = tf.broadcast_to(law.scale, law.batch_shape_tensor())
            each = -self.beta * (tf.math.log(scale) + 0.5 * math.log(2 * math.pi)) - 0.5 * math.log(order)
        else:
            logits = law.logits_parameter()
            each = tf.math.softplus(order * logits) - order * tf.math.softplus(logits)
        return tf.reduce_sum(each, axis=list(range(-likelihood.event_shape.rank, 0)))
