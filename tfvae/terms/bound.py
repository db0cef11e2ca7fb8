"""Bound: a term that is a function of the importance weights alone."""

import abc
from typing import Any

from tfvae.terms.term import Term


class Bound(Term, abc.ABC):
    """A lower bound on log p(x), computed from K importance weights w_k = p(x, z_k) / q(z_k|x), z_k ~ q(z|x).

    A subclass implements `lower_bound` and `path_weights`. Any such term can be passed
    to `PathGradient`.

    Args:
        weight: As for every term.
        num_samples: K.
    """

    needs_posterior_density = True
    needs_prior_density = True
    needs_likelihood_density = True

    @abc.abstractmethod
    def lower_bound(self, log_weight) -> Any:
        """Returns the bound in nats, [B], a function L of log w, [K, B]."""

    @abc.abstractmethod
    def path_weights(self, log_weight) -> Any:
        """Returns the weight of each draw's path in the encoder's gradient, [K, B], at log w, [K, B].

        c_k = dL / d log w_k - d^2 L / d (log w_k)^2

        `PathGradient` has the derivation.
        """

    def value(self, inference):
        """Returns minus the bound, [B]."""
        # Another term may have asked for more draws; the bound uses K of them.
        return -self.lower_bound(inference.log_weight[: self.num_samples])
