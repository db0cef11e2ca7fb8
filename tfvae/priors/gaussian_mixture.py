"""A mixture of Gaussians, learned with the model."""

import math

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register
from tfvae.priors.prior import Prior, tempered

tfd = tfp.distributions

# Of EM; scikit-learn warns if it takes more.
_MOST_ITERATIONS = 1000


@register
class GaussianMixture(Prior):
    """A learned mixture of Gaussians with diagonal covariances.

    log p(z) = log sum_k w_k N(z; loc_k, diag(scale_k^2)),  w = softmax(logits)

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

    Raises:
        ValueError: `components` is not a positive int, or `min_scale` is not positive.

    >>> GaussianMixture((16,), components=5).distribution().event_shape
    TensorShape([16])
    """

    def __init__(self, event_shape, components=10, min_scale=1e-3, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.components = arguments.integer("components", components)
        self.min_scale = arguments.number("min_scale", min_scale, "a number > 0", minimum=math.ulp(0.0))
        shape = (self.components, *self.event_shape)
        # Half precision must not round them: densities are float32.
        kept = {"autocast": False, "dtype": self.float_dtype}
        self.logits = self.add_weight(shape=shape[:1], initializer="zeros", name="logits", **kept)
        around = keras.initializers.RandomNormal(stddev=1.0)
        self.loc = self.add_weight(shape=shape, initializer=around, name="loc", **kept)
        one = keras.initializers.Constant(math.log(math.e - 1))  # softplus's inverse of 1
        self.raw_scale = self.add_weight(shape=shape, initializer=one, name="raw_scale", **kept)

    def _choice(self):
        return tfd.Categorical(logits=tf.convert_to_tensor(self.logits))

    def _gaussians(self, loc, raw_scale):
        law = tfd.Normal(loc, self.min_scale + tf.math.softplus(raw_scale))
        return tfd.Independent(law, reinterpreted_batch_ndims=len(self.event_shape))

    def distribution(self, condition=None, encode=None):
        """Returns the mixture, whatever the condition."""
        del condition, encode
        gaussians = self._gaussians(tf.convert_to_tensor(self.loc), tf.convert_to_tensor(self.raw_scale))
        return tfd.MixtureSameFamily(self._choice(), gaussians)

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
            covariance_type="diag",
            reg_covar=self.min_scale**2,
            max_iter=_MOST_ITERATIONS,
            random_state=seed,
        ).fit(z.reshape(len(z), -1))
        self.logits.assign(np.log(found.weights_))
        self.loc.assign(found.means_.reshape(self.loc.shape))
        # softplus's inverse; where a component is as narrow as it may be, the least number that is not 0.
        above = np.maximum(np.sqrt(found.covariances_) - self.min_scale, np.finfo("float32").tiny)
        self.raw_scale.assign((above + np.log(-np.expm1(-above))).reshape(self.loc.shape))

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws `count` latents, each tempered about its component's mean; arguments as for every prior."""
        del condition, encode
        index = self._choice().sample(count, seed=random.fold(seed, 0))
        loc, raw_scale = (tf.gather(tf.convert_to_tensor(values), index) for values in (self.loc, self.raw_scale))
        return tempered(self._gaussians(loc, raw_scale), temperature, random.fold(seed, 1))
