"""A prior that is high where a metric of the codes says that steps are short."""

import math

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random, riemannian
from tfvae.component import register
from tfvae.priors.prior import Prior
from tfvae.priors.without_density import WithoutDensity


@register
class InverseVolume(Prior):
    """Draws by the inverse of a metric's volume element: near the codes of the data, and between those that are close.

    p(z) proportional to sqrt(det G(z)^-1) where |z - c_i| <= R for some i, else 0
    G(z)^-1 = sum_i M_i exp(-|z - c_i|^2 / T^2) + lambda I

    Fitted (`latent.fit_prior`), c_i are the means of q(z|x_i) for as many examples as there are components, drawn
    without replacement. M_i is L(x_i) L(x_i)^T where the model's objective has a `terms.geometry.CentroidMetric`, and
    so it is the sampler of the Riemannian HVAE; take the temperature and regularisation of that metric. In any other
    model M_i is the covariance of q(z|x_i), its diagonal, as for `latent.Centroids`. Far from all c_i the root would
    be lambda^(D/2) and have no finite integral: hence R, where the paper has some compact set.

    A draw begins at one of the c_i and moves by Hamiltonian Monte Carlo, a fixed number of proposals, each accepted or
    not by Metropolis's rule. Its law is that p(z) in the limit of many moves, and its support in any case. Nobody knows
    the constant of p(z), and so no density or bound of it: what asks for log p(z), such as `terms.KL`, is refused, and
    so are temperatures but 1.

    Reference: Chadebec, Thibeau-Sutre, Burgos and Allassonniere (2021), Data augmentation in high dimensional low
    sample size setting using a geometry-based variational autoencoder, arXiv 2105.00026; with the covariances of
    q(z|x) Chadebec and Allassonniere (2022), A geometric perspective on variational autoencoders, arXiv 2209.07370.

    Args:
        event_shape: Shape of one z, a vector.
        components: How many c_i there are; at most the number of examples.
        temperature: T, in units of z.
        regularization: lambda, in units of z^2.
        radius: R, in units of z; None for 2 T.
        moves: Proposals of a draw.
        leapfrogs: Leapfrog steps of a proposal.
        step_size: Length of each, in units of T / sqrt(D), which is the spread about a c_i that is alone.

    Raises:
        ValueError: An argument is anything else; when it is fitted, there are fewer examples than components, or the
            posterior has neither a spread nor a metric.

    >>> InverseVolume((2,), components=10).sample(4, seed=[0, 1]).shape
    TensorShape([4, 2])
    """

    has_centre = False

    def __init__(
        self,
        event_shape,
        components=200,
        temperature=1.5,
        regularization=0.01,
        radius: float | None = None,
        moves=20,
        leapfrogs=5,
        step_size=0.5,
        **kwargs,
    ):
        super().__init__(event_shape, **kwargs)
        if len(self.event_shape) != 1:
            raise arguments.invalid("event_shape", "that of a vector, such as (16,)", event_shape)
        self.components = arguments.integer("components", components)
        positive = {"temperature": temperature, "regularization": regularization, "step_size": step_size}
        for name, value in positive.items():
            setattr(self, name, arguments.number(name, value, "a number > 0", minimum=math.ulp(0.0)))
        if radius is not None:
            arguments.number("radius", radius, "a number > 0, or None", minimum=math.ulp(0.0))
        self.radius = radius
        self.moves = arguments.integer("moves", moves)
        self.leapfrogs = arguments.integer("leapfrogs", leapfrogs)
        (size,) = self.event_shape
        kept = {"trainable": False, "autocast": False, "dtype": self.float_dtype}
        self.locations = self.add_weight(shape=(self.components, size), initializer="zeros", name="locations", **kept)
        # Before it is fitted, as of one code at 0 with the covariance of a standard normal z.

        def alike(shape, dtype=None):
            del dtype
            return tf.broadcast_to(tf.eye(size, dtype=self.float_dtype) / self.components, shape)

        self.squares = self.add_weight(shape=(self.components, size, size), initializer=alike, name="squares", **kept)

    def has_density(self, posterior):
        """Returns False: the constant of p(z) is an integral without closed form."""
        del posterior
        return False

    def has_bound(self, posterior):
        """Returns False, likewise."""
        del posterior
        return False

    def distribution(self, condition=None, encode=None):
        """Returns p(z), whatever the condition."""
        del condition, encode
        return _Moved(self)

    def observed(self, model, inference):
        """Returns c_i and M_i of each example, one after the other, [B, D + D^2]; see `Prior.observed`."""
        (latent,) = inference.latents
        metrics = [term.metric for term in model.objective if getattr(term, "metric", None) is not None]
        if metrics:
            factors = metrics[0].factors(inference.x)
            squares = tf.matmul(factors, factors, transpose_b=True)
        else:
            squares = tf.linalg.diag(latent.posterior.variance())
        means = latent.posterior.mean()
        flat = tf.reshape(tf.cast(squares, means.dtype), [-1, self.event_shape[0] ** 2])
        return tf.concat([means, flat], axis=1)

    def fit_to(self, z, seed):
        """Takes the c_i and M_i of some examples.

        Args:
            z: What `observed` returned for all of them.
            seed: int, of the choice of examples.

        Raises:
            ValueError: There are too few, or all M_i are 0.
        """
        if len(z) < self.components:
            raise ValueError(
                f"An InverseVolume of {self.components} components needs as many examples. Received: {len(z)}. Use "
                f"priors.InverseVolume({self.event_shape}, components={len(z)})."
            )
        chosen = z[np.sort(np.random.default_rng(seed).choice(len(z), self.components, replace=False))]
        (size,) = self.event_shape
        if not chosen[:, size:].any():
            raise ValueError(
                "The posterior has no spread, so that no direction of z is shorter than another, and the model has no "
                "metric. Use another prior, such as priors.GaussianMixture."
            )
        self.locations.assign(chosen[:, :size])
        self.squares.assign(chosen[:, size:].reshape(-1, size, size))

    def log_volume(self, z):
        """Returns log sqrt(det G(z)^-1) and its gradient in z, [N] and [N, D] for z [N, D]; -inf beyond R of all c_i.

        By elimination, as LiteRT has no determinant.
        """
        squares, locations = tf.convert_to_tensor(self.squares), tf.convert_to_tensor(self.locations)
        metric = riemannian.Centroids(locations, squares, self.temperature, self.regularization)
        matrix, log_det = _inverted(metric.inverse(z))
        nearest = tf.reduce_max(metric.near(z), axis=-1)
        radius = 2 * self.temperature if self.radius is None else self.radius
        inside = nearest >= math.exp(-((radius / self.temperature) ** 2))
        volume = tf.where(inside, log_det / 2, tf.fill(tf.shape(log_det), tf.constant(-np.inf, z.dtype)))
        return volume, metric.gradient(z, matrix) / 2

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws `count` latents; a temperature has no meaning."""
        del temperature, condition, encode
        (size,), dtype = self.event_shape, self.float_dtype
        place = random.uniform([count, 1], random.fold(seed, 0), dtype)[:, 0] * self.components
        # A float32 just below 1 times K may round to K.
        index = tf.minimum(tf.cast(place, tf.int32), self.components - 1)
        z = tf.gather(tf.convert_to_tensor(self.locations), index)
        noise = random.normal([count, self.moves, size], random.fold(seed, 1), dtype)
        chance = random.uniform([count, self.moves], random.fold(seed, 2), dtype)
        step = self.step_size * self.temperature / math.sqrt(size)

        def move(number, z):
            volume, slope = self.log_volume(z)
            start = momentum = tf.gather(noise, number, axis=1)
            end = z
            for _ in range(self.leapfrogs):
                momentum += step / 2 * slope
                end += step * momentum
                reached, slope = self.log_volume(end)
                momentum += step / 2 * slope
            gained = reached - volume + tf.reduce_sum(start**2 - momentum**2, axis=-1) / 2
            accepted = tf.math.log(tf.gather(chance, number, axis=1)) < gained
            return number + 1, tf.where(accepted[:, None], end, z)

        # A loop, as an export of all moves one after the other would take minutes.
        _, z = tf.while_loop(lambda number, _: number < self.moves, move, (0, z), maximum_iterations=self.moves)
        return z


def _inverted(matrices):
    """Returns the inverse and log det of positive definite matrices, [N, D, D], by Gauss and Jordan."""
    size = matrices.shape[-1]
    log_det = tf.zeros(tf.shape(matrices)[:1], matrices.dtype)
    for number, unit in enumerate(np.eye(size)):
        unit = tf.constant(unit[None, :, None], matrices.dtype)
        column = matrices[:, :, number : number + 1]
        pivot = column[:, number : number + 1]
        log_det += tf.math.log(pivot[:, 0, 0])
        row = tf.transpose(unit, [0, 2, 1]) + matrices[:, number : number + 1]
        matrices = matrices - (column - unit) * (row / pivot)
    return matrices, log_det


class _Moved(WithoutDensity):
    """p(z) of an `InverseVolume`."""

    def _sample_n(self, n, seed=None):
        return self._prior.sample(n, tfp.random.sanitize_seed(seed))

    def _mean(self):
        return tf.reduce_mean(tf.convert_to_tensor(self._prior.locations), axis=0)
