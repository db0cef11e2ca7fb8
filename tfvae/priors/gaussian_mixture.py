"""A mixture of Gaussians, learned with the model."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register
from tfvae.hierarchy.of_class import responsibilities
from tfvae.priors.prior import Prior, tempered

tfd = tfp.distributions

# Of EM; scikit-learn warns if it takes more.
_MOST_ITERATIONS = 1000


@register
class GaussianMixture(Prior):
    """A learned mixture of Gaussians.

    log p(z) = log sum_k w_k N(z; loc_k, L_k L_k^T),  w = softmax(logits)
    L_k = diag(scale_k), or with `full_covariance` diag(scale_k) (I + T_k),  T_k strictly lower triangular

    Weights, locations and scales are the same for all data and are trained with the
    model's objective. Initially the weights are equal and the scales about 1; the
    locations are drawn from N(0, 1), since components that start alike stay alike. The
    KL has no closed form: use `terms.KL(monte_carlo=True)`.

    Reference: Dilokthanakul et al. (2016), Deep unsupervised clustering with
    Gaussian mixture variational autoencoders, arXiv 1611.02648, equation 2 with
    the component summed out; as the "MoG prior": Tomczak and Welling (2018), VAE
    with a VampPrior, arXiv 1705.07120, section 2.

    Args:
        event_shape: Shape of one z.
        components: Number of Gaussians.
        min_scale: Lower bound of the scales, in z's units.
        full_covariance: Whether the dimensions of a component depend on each other. A component then has D^2 / 2
            numbers more, for z of D numbers; `latent.fit_prior` needs 2 D examples and more for each.

    Raises:
        ValueError: `components` is not a positive int, `min_scale` is not positive, or `full_covariance` is no bool.

    >>> GaussianMixture((16,), components=5).distribution().event_shape
    TensorShape([16])
    >>> GaussianMixture((8, 8, 4), full_covariance=True).distribution().event_shape
    TensorShape([8, 8, 4])
    """

    def __init__(self, event_shape, components=10, min_scale=1e-3, full_covariance=False, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.components = arguments.integer("components", components)
        self.min_scale = arguments.number("min_scale", min_scale, "a number > 0", minimum=math.ulp(0.0))
        if not isinstance(full_covariance, bool):
            raise arguments.invalid("full_covariance", "a bool", full_covariance)
        shape, size = (self.components, *self.event_shape), math.prod(self.event_shape)
        self.full_covariance = full_covariance
        # Half precision must not round them: densities are float32.
        kept = {"autocast": False, "dtype": self.float_dtype}
        self.logits = self.add_weight(shape=shape[:1], initializer="zeros", name="logits", **kept)
        around = keras.initializers.RandomNormal(stddev=1.0)
        self.loc = self.add_weight(shape=shape, initializer=around, name="loc", **kept)
        one = keras.initializers.Constant(math.log(math.e - 1))  # softplus's inverse of 1
        self.raw_scale = self.add_weight(shape=shape, initializer=one, name="raw_scale", **kept)
        below = (self.components, size * (size - 1) // 2)
        # A single dimension has nothing to depend on.
        triangular = full_covariance and size > 1
        self.triangle: Any = (
            self.add_weight(shape=below, initializer="zeros", name="triangle", **kept) if triangular else None
        )

    def _choice(self):
        return tfd.Categorical(logits=tf.convert_to_tensor(self.logits))

    def _scale(self, raw_scale):
        return self.min_scale + tf.math.softplus(raw_scale)

    def _gaussians(self, loc, raw_scale):
        law = random.Normal(loc, self._scale(raw_scale))
        return tfd.Independent(law, reinterpreted_batch_ndims=len(self.event_shape))

    def _triangular(self):
        """Returns L, [components, D, D]."""
        below = tfp.math.fill_triangular(tf.convert_to_tensor(self.triangle))
        below = tf.pad(below, [[0, 0], [1, 0], [0, 1]])
        scale = tf.reshape(self._scale(tf.convert_to_tensor(self.raw_scale)), [self.components, -1, 1])
        return scale * (tf.eye(math.prod(self.event_shape), dtype=below.dtype) + below)

    def distribution(self, condition=None, encode=None):
        """Returns the mixture, whatever the condition."""
        del condition, encode
        loc = tf.convert_to_tensor(self.loc)
        if self.triangle is None:
            return tfd.MixtureSameFamily(self._choice(), self._gaussians(loc, tf.convert_to_tensor(self.raw_scale)))
        flat = tfd.MultivariateNormalTriL(tf.reshape(loc, [self.components, -1]), self._triangular())
        mixture = tfd.MixtureSameFamily(self._choice(), flat)
        return tfd.TransformedDistribution(mixture, tfp.bijectors.Reshape(self.event_shape))

    def responsibilities(self, z):
        """Returns the probability of each component given z by Bayes' rule, [..., components] for z [..., *event].

        p(k|z) = w_k N(z; loc_k, L_k L_k^T) / sum_j w_j N(z; loc_j, L_j L_j^T)
        """
        return responsibilities(self.distribution(), tf.convert_to_tensor(z, self.float_dtype))

    def fit_to(self, z, seed):
        """Fits the mixture to draws by expectation-maximisation, that of `sklearn.mixture.GaussianMixture`.

        It starts from k-means, and no scale falls below `min_scale`.

        Args:
            z: float64 [N, *event_shape], N at least the number of components.
            seed: int.

        Raises:
            ValueError: There are fewer draws than components.
        """
        from sklearn import mixture

        if len(z) < self.components:
            raise arguments.invalid("components", f"at most {len(z)}, the number of examples", self.components)
        found = mixture.GaussianMixture(
            self.components,
            covariance_type="diag" if self.triangle is None else "full",
            reg_covar=self.min_scale**2,
            max_iter=_MOST_ITERATIONS,
            random_state=seed,
        ).fit(z.reshape(len(z), -1))
        scale = np.sqrt(found.covariances_) if self.triangle is None else self._assign_triangles(found.covariances_)
        self.logits.assign(np.log(found.weights_))
        self.loc.assign(found.means_.reshape(self.loc.shape))
        # softplus's inverse; where a component is as narrow as it may be, the least number that is not 0.
        above = np.maximum(scale - self.min_scale, np.finfo("float32").tiny)
        self.raw_scale.assign((above + np.log(-np.expm1(-above))).reshape(self.loc.shape))

    def _assign_triangles(self, covariances):
        """Takes T from [components, D, D], and returns the scales [components, D]."""
        lower = np.linalg.cholesky(covariances)
        scale = np.diagonal(lower, axis1=1, axis2=2)
        below = np.tril(lower / scale[..., None], -1)[:, 1:, :-1]
        self.triangle.assign(tfp.math.fill_triangular_inverse(below))
        return scale

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws `count` latents, each tempered about its component's mean; arguments as for every prior."""
        del condition, encode
        logits = tf.broadcast_to(tf.convert_to_tensor(self.logits), [count, self.components])
        index = random.index(logits, random.fold(seed, 0))
        loc, seed = tf.gather(tf.convert_to_tensor(self.loc), index), random.fold(seed, 1)
        if self.triangle is None:
            raw_scale = tf.gather(tf.convert_to_tensor(self.raw_scale), index)
            return tempered(self._gaussians(loc, raw_scale), temperature, seed)
        lower = self._triangular()
        noise = random.normal([count, lower.shape[-1]], seed, lower.dtype)
        # By each component's matrix, and then a choice: for each draw its own matrix would be a large tensor.
        moved = tf.gather(tf.einsum("kij,nj->nki", lower, noise), index, batch_dims=1)
        return loc + tf.cast(temperature, lower.dtype) * tf.reshape(moved, tf.shape(loc))
