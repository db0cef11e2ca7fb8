"""A bound whose encoder gradient follows the paths of the draws alone."""

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms.bound import Bound
from tfvae.terms.term import Term, refuse_weight


@register
class PathGradient(Term):
    """A bound with another estimator of its gradient: STL for the ELBO, DReG for IWAE.

    The value is the bound's, and so is the gradient of decoder, likelihood and prior.
    The encoder's gradient is the bound's in expectation, but has other noise. With phi
    the parameters of q, z_k = z(eps_k, phi) and a_k = dL / d log w_k,

    dL / dphi = E[sum_k a_k (d log w_k / dz_k  dz_k / dphi  -  d log q(z_k|x) / dphi at constant z_k)].

    The second part, the score, is mere noise for a good q: it doesn't vanish at
    q(z|x) = p(z|x). Since E[a score] = E[da/dz dz/dphi], it can be reparameterised a second
    time, and as a_k depends on z_k through log w_k alone,

    dL / dphi = E[sum_k c_k d log w_k / dz_k  dz_k / dphi],  c_k = a_k - da_k / d log w_k

    For the ELBO c_k = 1/K, so the score is simply dropped (sticking the landing). For
    IWAE c_k is the square of the normalised weight (doubly reparameterised), and the
    signal of the encoder's gradient no longer drowns in its noise as K grows. At the
    exact posterior each draw's gradient is 0.

    Reference: Roeder, Wu and Duvenaud (2017), Sticking the landing, arXiv
    1703.09194, equation 7; Tucker, Lawson, Gu and Maddison (2019), Doubly
    reparameterized gradient estimators, arXiv 1810.04152, equation 8.

    Args:
        bound: `ImportanceWeighted`, `MultiplyImportanceWeighted` or another `Bound`;
            the metric has the bound's name.
        weight: As for every term; the bound itself must not have one.

    Raises:
        ValueError: `bound` is not a `Bound` or has a weight; when the model is made, a
            posterior that doesn't know log q away from its own draws, or whose draws
            have no path: discrete ones, or ones whose support moves.

    >>> from tfvae.terms import ImportanceWeighted, MultiplyImportanceWeighted
    >>> PathGradient(ImportanceWeighted(64)), PathGradient(MultiplyImportanceWeighted(8, 1)).num_samples
    (PathGradient(ImportanceWeighted(64)), 8)
    """

    needs_density_anywhere = True

    def __init__(self, bound, weight=1.0, **kwargs):
        if not isinstance(bound, Bound):
            raise arguments.invalid("bound", "a terms.Bound, such as terms.ImportanceWeighted(64)", bound)
        refuse_weight(type(self).__name__, "bound", bound)
        super().__init__(weight=weight, num_samples=bound.num_samples, **kwargs)
        self.bound = bound

    @property
    def metric_name(self):
        """The bound's: how the gradient is estimated doesn't change what the value is."""
        return self.given_name or self.bound.metric_name

    def check(self, posterior, prior, likelihood):
        """Refuses what the bound refuses, and posteriors whose draws have no path."""
        self.bound.check(posterior, prior, likelihood)
        super().check(posterior, prior, likelihood)
        if not posterior.path_gradient:
            raise ValueError(
                f"PathGradient follows draws of z as the parameters of q(z|x) move, and those of a "
                f"{type(posterior).__name__} posterior, or of a part of it, jump (straight-through), have a support "
                "that moves, too, are of one component each, or pass from one stochastic layer to the next: it would "
                f"be another gradient than the bound's. Use {self.bound!r} by itself, or a posterior such as "
                "families.Normal."
            )

    def value(self, inference):
        """Returns the bound's value, [B]."""
        return self.bound.value(inference)

    def surrogates(self, inference):
        """Returns (the paths, weighted by c_k; the bound's value), [B] each."""
        draws = self.num_samples
        path = inference.path_log_weight[:draws]
        constant = tf.stop_gradient(path)
        counts = self.bound.path_weights(constant)
        # What depends on the path of z is weighted by c_k. Everything else is weighted by a_k, such as the encoder
        # inside a prior that is built from it: `held` is 0, and carries that part of the gradient alone.
        held = inference.log_prior_at_constant_z[:draws]
        held -= tf.stop_gradient(held)
        along = tf.reduce_sum(counts * (path - held), axis=0)
        return -(along + self.bound.lower_bound(constant + held)), self.value(inference)
