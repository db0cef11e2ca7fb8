"""A bound whose draws are moved towards the posterior by Hamiltonian dynamics."""

import itertools
import math
from typing import Any

import keras
import tensorflow as tf

from tfvae import arguments, random, riemannian
from tfvae.component import register, shape_tuple
from tfvae.terms.bound import Bound
from tfvae.terms.geometry import CentroidMetric
from tfvae.terms.term import Term, Weight, refuse_layers, refuse_weight


@register
class Hamiltonian(Term):
    """A bound at draws of q(z|x) that leapfrog steps have moved uphill on log p(x, z): the HVAE.

    z_0 ~ q(z|x),  r_0 = g / sqrt(b_0),  g ~ N(0, I);  for t = 1..T:
    r <- r + e/2 grad log p(x, z),  z <- z + e r,  r <- sqrt(b_t-1 / b_t) (r + e/2 grad log p(x, z))
    log w = log p(x, z_T) - |r_T|^2 / 2 - log q(z_0|x) + |g|^2 / 2

    Each step shears (z, r) twice, so it keeps their volume, and b_T = 1 makes (z_0, g) -> (z_T, r_T) as a whole keep
    it, too. So the mean of w is p(x) for any step size, and the bound of these weights, whatever `bound` makes of
    them, is one on log p(x). The step sizes e, one for each dimension of z, are learned, and so is b_0 < 1, which
    gives the momentum more energy at first:

    1 / sqrt(b_t) = 1 / sqrt(b_0) + (1 - 1 / sqrt(b_0)) (t / T)^2

    It is a whole objective, not a summand beside a KL. `encode`, the metric `elbo` and exported models are of q(z|x),
    from which the draws start; this term's metric is minus the bound. A train step takes T + 1 gradients of the
    decoder, and differentiates them once more.

    With a metric, the kinetic energy is that of a curved space, r ~ N(0, G(z)), and it is the Riemannian HVAE:

    r <- r - e/2 grad H(z, r'),  z <- z + e/2 (G(z)^-1 r + G(z')^-1 r),  r <- r - e/2 grad H(z, r)
    H(z, r) = -log p(x, z) + r^T G(z)^-1 r / 2 + log det G(z) / 2
    log w = log p(x, z_T) + log N(r_T; 0, G(z_T)) - log q(z_0|x) - log N(r; 0, G(z_0)),  r_0 = r / sqrt(b_0)

    where r' and z' are what the half of a step arrives at. These two equations are solved by a few fixed-point
    iterations, from r and z: volume is kept as far as they have converged, so the steps have to be short where G
    changes fast, and `max_step_size` is their bound.

    Reference: Caterini, Doucet and Sejdinovic (2018), Hamiltonian variational auto-encoder, arXiv 1805.11328,
    algorithm 1; with a metric Chadebec, Mantoux and Allassonniere (2020), Geometry-aware Hamiltonian variational
    auto-encoder, arXiv 2010.11518, whose leapfrog is that of Girolami and Calderhead (2011), Riemann manifold Langevin
    and Hamiltonian Monte Carlo methods.

    Args:
        bound: A `Bound` of the weights: `ImportanceWeighted(1)` in the paper.
        event_shape: Shape of z.
        steps: T.
        step_size: e at first, in units of z.
        max_step_size: The most that any e may become.
        inverse_temperature: b_0 at first, between 0 and 1, learned; or None for b_t = 1 throughout.
        metric: G, a `geometry.CentroidMetric`, whose network the bound trains; None for a flat space, G = I.
        weight: As for every term; the bound itself must not have one.

    Raises:
        ValueError: An argument is anything else; when the model is made, z is not real, may not go everywhere, has
            another shape, or several stochastic layers.

    >>> from tfvae.terms import ImportanceWeighted
    >>> Hamiltonian(ImportanceWeighted(1), (16,), steps=5)
    Hamiltonian(ImportanceWeighted(1), (16,), steps=5)
    """

    needs_posterior_density = True
    needs_prior_density = True
    needs_likelihood_density = True

    def __init__(
        self,
        bound,
        event_shape,
        steps=3,
        step_size=0.1,
        max_step_size=0.5,
        inverse_temperature: float | None = 0.8,
        metric: Any = None,
        weight: Weight = 1.0,
        **kwargs,
    ):
        if not isinstance(bound, Bound):
            raise arguments.invalid("bound", "a terms.Bound, such as terms.ImportanceWeighted(1)", bound)
        refuse_weight(type(self).__name__, "bound", bound)
        super().__init__(weight=weight, num_samples=bound.num_samples, **kwargs)
        self.bound = bound
        self.event_shape = shape_tuple("event_shape", event_shape)
        self.steps = arguments.integer("steps", steps)
        above = math.ulp(0.0)
        self.max_step_size = arguments.number("max_step_size", max_step_size, "a number > 0", minimum=above)
        arguments.number("step_size", step_size, "a number > 0", minimum=above)
        if step_size >= max_step_size:
            raise arguments.invalid("step_size", f"less than max_step_size, {max_step_size}", step_size)
        self.step_size = step_size
        between = "a number between 0 and 1, or None for no tempering"
        if inverse_temperature is not None:
            arguments.number("inverse_temperature", inverse_temperature, between, minimum=above)
            if inverse_temperature >= 1:
                raise arguments.invalid("inverse_temperature", between, inverse_temperature)
        self.inverse_temperature = inverse_temperature
        if metric is not None and not isinstance(metric, CentroidMetric):
            expected = "a metric, such as terms.geometry.CentroidMetric(networks.mlp_encoder((28, 28, 1))), or None"
            raise arguments.invalid("metric", expected, metric)
        self.metric = metric
        self.couples_examples = metric is not None and metric.couples_examples
        self._raw_steps = self._bounded(self.event_shape, step_size / max_step_size, "step_sizes")
        self._raw_heat = None if inverse_temperature is None else self._bounded((), inverse_temperature, "heat")

    def _bounded(self, shape, share, name):
        """Returns a variable whose sigmoid begins at `share`; half precision must not round it."""
        logit = keras.initializers.Constant(math.log(share / (1 - share)))
        return self.add_weight(shape=shape, initializer=logit, name=name, autocast=False)

    def check(self, posterior, prior, likelihood):
        """Refuses a z that can't be moved anywhere."""
        super().check(posterior, prior, likelihood)
        refuse_layers(self, posterior)
        if posterior.event_shape != self.event_shape:
            raise arguments.invalid("event_shape", f"that of the posterior, {posterior.event_shape}", self.event_shape)
        if set(posterior.measure) != {"real"} or not all(_everywhere(p) for _, p in posterior.pairs(prior)):
            raise ValueError(
                f"Hamiltonian moves z along the gradient of log p(x, z), out of any bounds, and p(z) of a "
                f"{type(posterior).__name__} posterior and a {type(prior).__name__} prior is not of all real numbers. "
                "Use others, such as families.Normal and priors.StandardNormal, or another bound: "
                f"{self.bound!r}."
            )
        if self.metric is not None:
            self.metric.check(posterior, likelihood)

    def step_sizes(self, dtype="float32"):
        """Returns e, [*event_shape]."""
        return self.max_step_size * tf.sigmoid(tf.cast(self._raw_steps, dtype))

    def roots(self, dtype="float32"):
        """Returns sqrt(b_t), a scalar for each t = 0..T."""
        if self._raw_heat is None:
            return [tf.ones([], dtype)] * (self.steps + 1)
        hottest = tf.math.rsqrt(tf.sigmoid(tf.cast(self._raw_heat, dtype)))
        return [1 / (hottest + (1 - hottest) * (t / self.steps) ** 2) for t in range(self.steps + 1)]

    def moved(self, density, z, noise, metric: Any = None):
        """Returns the end of the dynamics.

        Args:
            density: z -> log p(x, z), [K, B].
            z: [K, B, *event_shape], where it begins.
            noise: Likewise, draws of N(0, I).
            metric: One of `riemannian`; None for the flat one.

        Returns:
            (z_T, r_T, log p(x, z_T), the metric at z_0, that at z_T).
        """
        metric = riemannian.Flat() if metric is None else metric

        def climb(z):
            with tf.GradientTape() as tape:
                tape.watch(z)
                log_joint = density(z)
            return log_joint, tape.gradient(log_joint, z)

        size, roots = self.step_sizes(z.dtype), self.roots(z.dtype)
        begun = here = metric.at(z)
        momentum = here.momentum(noise) / roots[0]
        log_joint, slope = climb(z)
        for before, after in itertools.pairwise(roots):
            start = momentum
            for _ in range(metric.iterations):
                momentum = start + size / 2 * (slope - here.slope(momentum))
            start, leaving = z, here.velocity(momentum)
            for _ in range(metric.iterations):
                z = start + size / 2 * (leaving + metric.at(z).velocity(momentum))
            here = metric.at(z)
            log_joint, slope = climb(z)
            momentum = before / after * (momentum + size / 2 * (slope - here.slope(momentum)))
        return z, momentum, log_joint, begun, here

    def log_weight(self, inference):
        """Returns log w, [K, B] in nats, whose mean exponential is p(x)."""
        (latent,) = inference.latents
        z, log_q = latent.z[: self.num_samples], latent.log_q[: self.num_samples]
        noise = random.normal(tf.shape(z), inference.seed(self), z.dtype)
        metric = riemannian.Flat() if self.metric is None else self.metric.of(inference)

        def density(z):
            return inference.decode(z).log_prob(inference.x) + latent.prior.log_prob(z)

        _, momentum, log_joint, before, after = self.moved(density, z, noise, metric)
        # The normalisers of the two Gaussians are the same, as the tempering takes back what it gave.
        return log_joint - log_q + before.kinetic(before.momentum(noise)) - after.kinetic(momentum)

    def value(self, inference):
        """Returns minus the bound, [B]."""
        return -self.bound.lower_bound(self.log_weight(inference))


def _everywhere(law):
    """Returns whether a law has a density far from its middle on either side."""
    far = 10.0 * tf.ones(law.event_shape, law.dtype)
    return all(bool(tf.reduce_all(tf.math.is_finite(law.log_prob(z)))) for z in (far, -far))
