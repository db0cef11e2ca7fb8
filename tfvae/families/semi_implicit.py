"""A family whose parameters are drawn by a network, so that nobody knows its density."""

import math
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, manifolds, random
from tfvae.component import register
from tfvae.families.family import Family

tfd = tfp.distributions


class _Law(tfd.Distribution):
    """The law of z ~ p(z|psi), psi = psi(noise).

    Args:
        mixing: Standard normal noise [..., *batch, noise_size] -> the `tfd.Distribution` of z.
        noise_shape: int32, [*batch, noise_size].
        others: Draws of psi beside the one that z is of.
    """

    def __init__(self, mixing, noise_shape, others, dtype):
        self._mixing, self._noise_shape, self._others = mixing, noise_shape, others
        self._middle = mixing(tf.zeros(noise_shape, dtype))
        super().__init__(
            dtype=tf.as_dtype(dtype),
            reparameterization_type=self._middle.reparameterization_type,
            validate_args=False,
            allow_nan_stats=True,
            name="SemiImplicit",
        )

    def _batch_shape(self):
        return self._middle.batch_shape

    def _batch_shape_tensor(self):
        return self._middle.batch_shape_tensor()

    def _event_shape(self):
        return self._middle.event_shape

    def _event_shape_tensor(self):
        return self._middle.event_shape_tensor()

    def _mixed(self, count, seed):
        return self._mixing(random.normal(tf.concat([[count], self._noise_shape], 0), seed, self.dtype))

    def _draw(self, n, seed):
        own, z, others = tf.unstack(tfp.random.split_seed(seed, n=3))
        law = self._mixed(n, own)
        return law, law.sample(seed=z), others

    def _sample_n(self, n, seed=None):
        return self._draw(n, seed)[1]

    def _sample_and_log_prob(self, sample_shape, seed):
        count = tf.reduce_prod(tf.convert_to_tensor(sample_shape, tf.int32))
        law, z, seed = self._draw(count, seed)
        log_probs = law.log_prob(z)[:, None]  # [n, 1, *batch]
        if self._others:
            others = self._mixed(self._others, seed).log_prob(z[:, None])
            log_probs = tf.concat([log_probs, others], axis=1)
        log_prob = tf.reduce_logsumexp(log_probs, axis=1) - math.log(1 + self._others)
        shape = tf.concat([tf.reshape(sample_shape, [-1]), tf.shape(z)[1:]], 0)
        axes = z.shape.rank - self.event_shape.rank - 1
        return tf.reshape(z, shape), tf.reshape(log_prob, shape[: tf.size(sample_shape) + axes])

    def _log_prob(self, z):
        raise NotImplementedError(
            "This law knows the density of its own draws only, and that by an estimate: no other point has a draw of "
            "psi that it is of. Use experimental_sample_and_log_prob for draws and their densities."
        )

    def _mean(self):
        return self._middle.mean()

    def between(self, start, end, t):
        """Returns the point at `t` times the way, as the laws that are mixed would."""
        return manifolds.between(self._middle, start, end, t)


@register
class SemiImplicit(Family):
    """Semi-implicit: a family's distribution, whose parameters a network makes of the features and of noise.

    q(z) = E_e[p(z; psi(e))],  psi(e) = V act(c + W e) + b,  e ~ N(0, I),  c from the head
    log q_K(z) = log 1/(K+1) sum_{k=0..K} p(z; psi(e_k)),  z ~ p(z; psi(e_0))

    q can have any shape that the network can bend noise into, and has no known density;
    log q_K is that of a draw, by K more draws of e, which all draws of an example share.
    The weights p(x, z) / q_K(z) have the mean p(x), whatever K is: the K + 1 draws of e
    are alike, and z may be of any. So E[log p(x, z) - log q_K(z)] is a lower bound on
    log p(x), which rises with K to the ELBO of q, and importance-weighted bounds and the
    estimate of log p(x) are what they are for any posterior. `density_anywhere` is
    False; use KL(monte_carlo=True). `mean` is that at e = 0.

    Reference: Yin and Zhou (2018), Semi-implicit variational inference, arXiv 1805.11183;
    importance weights: Sobolev and Vetrov (2019), Importance weighted hierarchical
    variational inference, arXiv 1905.03290.

    Args:
        family: A family that knows its density at any point, such as `families.Normal`.
        num_mixing: K, an int >= 0.
        noise_size: Numbers in e.
        units: Numbers in c.
        activation: Any Keras activation.

    Raises:
        ValueError: An argument that is not one of these.

    >>> import tensorflow as tf
    >>> from tfvae.families import Normal
    >>> posterior = SemiImplicit(Normal((3,)), num_mixing=10)
    >>> z, log_q = posterior.distribution(tf.zeros([5, 8])).experimental_sample_and_log_prob(2, seed=[0, 1])
    >>> z.shape, log_q.shape
    (TensorShape([2, 5, 3]), TensorShape([2, 5]))
    """

    density_anywhere = False
    path_gradient = False

    def __init__(self, family, num_mixing=50, noise_size=16, units=64, activation="elu", **kwargs):
        if not isinstance(family, Family) or not family.has_density or not family.density_anywhere:
            expected = "a family that knows its density at any point, such as families.Normal((16,))"
            raise arguments.invalid("family", expected, family)
        super().__init__(family.event_shape, **kwargs)
        self.family = family
        self.num_mixing = arguments.integer("num_mixing", num_mixing, "an int >= 0", minimum=0)
        self.noise_size = arguments.integer("noise_size", noise_size)
        self.units = arguments.integer("units", units)
        self.activation = activation
        self._activate = keras.activations.get(activation)
        self.discrete, self.curved = family.discrete, family.curved
        self._sizes_mixed = [math.prod(shape) for shape in family.raw_shapes.values()]
        self._noise_kernel = self._weight("noise_kernel", (self.noise_size, self.units))
        self._kernel = self._weight("kernel", (self.units, sum(self._sizes_mixed)))
        self._bias = self._weight("bias", (sum(self._sizes_mixed),), "zeros")

    def _weight(self, name, shape, initializer="glorot_uniform") -> Any:
        # Half precision must not round them: parameters are float32.
        return self.add_weight(shape=shape, initializer=initializer, name=name, autocast=False)

    @property
    def measure(self):
        """The family's measure."""
        return self.family.measure

    def head_shapes(self):
        """Returns what the network of psi is told of the features."""
        return {"context": (self.units,)}

    def constrain(self, raw):
        """Returns c, and the weights of the network, so that the gradient to all of them can be stopped alike."""
        own = {"noise_kernel": self._noise_kernel, "kernel": self._kernel, "bias": self._bias}
        return {**raw, **{name: tf.cast(value, self.float_dtype) for name, value in own.items()}}

    def build_distribution(self, context, noise_kernel, kernel, bias) -> Any:
        """Returns the law of z, with the mixing integrated out."""

        def mixing(noise):
            # Not `tf.matmul`: of axes such as [3, 1, 12, 2] TensorFlow 2.21 writes beyond its memory on CPUs.
            hidden = self._activate(context + tf.tensordot(noise, noise_kernel, 1))
            found = tf.tensordot(hidden, kernel, 1) + bias
            leading = tf.shape(found)[:-1]
            raw = {
                name: tf.ensure_shape(tf.reshape(piece, tf.concat([leading, shape], 0)), [*found.shape[:-1], *shape])
                for (name, shape), piece in zip(
                    self.family.raw_shapes.items(), tf.split(found, self._sizes_mixed, axis=-1), strict=True
                )
            }
            return self.family.build_distribution(**self.family.constrain(raw))

        noise_shape = tf.concat([tf.shape(context)[:-1], [self.noise_size]], 0)
        return _Law(mixing, noise_shape, self.num_mixing, self.float_dtype)
