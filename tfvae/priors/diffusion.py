"""A prior that takes noise out of noise, step by step."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, networks, random
from tfvae.component import register, shape_tuple
from tfvae.networks.leading import folded
from tfvae.priors.prior import Prior
from tfvae.priors.without_density import WithoutDensity


@register
class Diffusion(Prior):
    """p(z) is what a network makes of noise, which it was taught to take out of z.

    y = (z - loc) / scale,  x_a = cos(a) y + sin(a) e,  e ~ N(0, I),  a in [0, pi/2]

    The network v(x_a, a) is taught the velocity d x_a / d a, less its sign, sin(a) y - cos(a) e, of which it can know
    the mean given x_a alone. That is the score of x_a, grad log p(x_a) = v cot(a) - x_a, and the mean of y, cos(a) x_a
    + sin(a) v. A network that says 0 is exact for y ~ N(0, I): it learns what else there is.

    log p(z) >= log N(z; loc, scale^2) + log(1/s_0) E[|t|^2 - |t - v|^2],  t = sin(a) y - cos(a) e

    where log sin(a) is uniform between log s_0 and 0, s_0 the `min_noise`. It is the variational bound in continuous
    time, with p(y|x) = N(cos(a) x, sin(a)^2 I) at the least noise. `bound` draws one a and one e for each z. log p(z)
    itself is not known. What needs it refuses this prior: a KL, bounds on log
    p(x) and its estimate; there is no metric `elbo`. `terms.CrossEntropy` asks for the bound.

    A draw follows the velocity from noise at a = pi/2 to z at a = 0, in `steps` steps by the midpoint rule, which call
    the network twice each. There is no further chance in it, so the noise says which z it will be: a temperature
    multiplies the noise, and at 0 all draws are one z in the middle.

    `loc`, for each number of z, and `scale`, for each place on the last axis, are learned with the network;
    `latent.fit_prior` has them start at the moments of z.

    With a `condition_shape` it is p(z|c). As a level below the top of `priors.Hierarchical`, its condition is the
    decoder's state; `latent.diffusion` makes all levels of a model.

    Reference: Kingma, Salimans, Poole and Ho (2021), Variational diffusion models, arXiv 2107.00630, for the bound;
    Salimans and Ho (2022), Progressive distillation, arXiv 2202.00512, for angles and velocities; Vahdat, Kreis and
    Kautz (2021), Score-based generative modeling in latent space, arXiv 2106.05931, for such a prior and the part of
    N(0, I) in it; Karras et al. (2022), arXiv 2206.00364, for draws along a path without chance, of second order.

    Args:
        event_shape: Shape of one z: of a vector, or a map (height, width, channels).
        network: A network from x [B, *event_shape] to [B, *event_shape] that is told log tan(a / 2) as a condition of
            shape (), such as `networks.Denoiser`. With a condition of the prior's own, that is joined to x on the
            last axis: a map of z's height and width by its places, any other flattened at every place. None makes a
            `networks.Denoiser`.
        condition_shape: Shape of the condition, of floats; None for p(z).
        steps: Of a draw.
        min_noise: s_0, the least noise, in units of z's spread. What is finer is not learned.

    Raises:
        ValueError: A size is no positive int, or `min_noise` is not in (0, 1).

    >>> Diffusion((16,), steps=4).sample(3, seed=[0, 1]).shape
    TensorShape([3, 16])
    """

    only_bounded = True  # log p(z) is an integral without closed form
    num_classes = None
    condition_dtype = "float32"

    def __init__(self, event_shape, network: Any = None, condition_shape=None, steps=16, min_noise=0.05, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.network = network
        self.condition_shape: Any = None if condition_shape is None else shape_tuple("condition_shape", condition_shape)
        self.steps = arguments.integer("steps", steps)
        self.min_noise = arguments.number("min_noise", min_noise, "a number between 0 and 1", minimum=0)
        if not 0 < self.min_noise < 1:
            raise arguments.invalid("min_noise", "a number between 0 and 1, such as 0.05", min_noise)
        kept = {"autocast": False, "dtype": self.float_dtype}
        self.loc = self.add_weight(shape=self.event_shape, initializer="zeros", name="loc", **kept)
        self.log_scale = self.add_weight(shape=self.event_shape[-1:], initializer="zeros", name="log_scale", **kept)
        self._denoiser = self._default() if network is None else network
        if not networks.takes_condition(self._denoiser):
            expected = "a network that is told log tan(a / 2), such as networks.Denoiser((16,)) or networks.Conditional"
            raise arguments.invalid("network", expected, network)
        joined = self._join(keras.Input(self.event_shape), self._symbolic_condition())
        with arguments.explained(f"The network can't be called on x of shape {tuple(joined.shape[1:])}. It says:"):
            found = networks.run(self._denoiser, joined, keras.Input(()), False)
        if tuple(found.shape[1:]) != self.event_shape:
            raise arguments.invalid(
                "network", f"a network to {self.event_shape}, the shape of z", tuple(found.shape[1:])
            )

    def _symbolic_condition(self):
        return None if self.condition_shape is None else keras.Input(self.condition_shape)

    def _default(self):
        filters = 64 if len(self.event_shape) == 3 else 256
        return networks.Denoiser(
            self.event_shape, filters, attention=len(self.event_shape) == 3, dtype=self.dtype_policy
        )

    def _join(self, x, condition):
        """Returns x with the condition's channels on its last axis."""
        if condition is None:
            return x
        ops = keras.ops
        condition = ops.cast(condition, x.dtype)
        if len(self.event_shape) < 2 or self.condition_shape[:-1] != self.event_shape[:-1]:
            condition = ops.reshape(
                condition, [-1, *[1] * (len(self.event_shape) - 1), math.prod(self.condition_shape)]
            )
            condition = condition * ops.ones_like(x[..., :1])
        return ops.concatenate([x, condition], -1)

    def velocity(self, x, angle, condition=None, training=False):
        """Returns v, the mean of sin(a) y - cos(a) e given x_a, as the network knows it.

        Args:
            x: [N, *event_shape], y in noise.
            angle: a, [N].
            condition: [N, *condition_shape], or None.
            training: As for every Keras layer.
        """
        angle = tf.maximum(angle, math.asin(self.min_noise))
        # log tan(a / 2), of operations that a phone has.
        level = tf.math.log(tf.sin(angle)) - tf.math.log(1 + tf.cos(angle))
        joined = self._join(tf.convert_to_tensor(x), condition)
        return tf.cast(networks.run(self._denoiser, joined, level, training), self.float_dtype)

    @property
    def scale(self):
        """What a unit of y is in z, for each place on the last axis."""
        return tf.exp(tf.convert_to_tensor(self.log_scale))

    def start_from(self, z, seed):
        """Sets `loc` and `scale` to the moments of draws of z; see `Prior.start_from`."""
        del seed
        loc = z.mean(axis=0)
        spread = ((z - loc) ** 2).mean(axis=tuple(range(z.ndim - 1))) ** 0.5
        self.loc.assign(loc)
        self.log_scale.assign(np.log(np.maximum(spread, 1e-6)))

    def bound(self, latent, seed, training):
        """Returns a lower bound on log p(z), [K, B], with one noise for each z; see `Prior.bound`."""
        return latent.prior.bound(latent.z, seed(), training)

    def distribution(self, condition=None, encode=None):
        """Returns p(z), or p(z|c) of batch shape [..., B] for a condition [..., B, *condition_shape]."""
        del encode
        return _Denoised(self, condition)


class _Denoised(WithoutDensity):
    """p(z|c) of a `Diffusion`, for each c."""

    def __init__(self, prior, condition):
        self._condition, batch = None, None
        if prior.condition_shape is not None:
            condition = tf.cast(tf.convert_to_tensor(condition), prior.float_dtype)
            axes = condition.shape.rank - len(prior.condition_shape)
            batch = tf.shape(condition)[:axes], condition.shape[:axes]
            self._condition = tf.reshape(condition, [-1, *prior.condition_shape])
        super().__init__(prior, batch)

    def _velocity(self, x, angle, training=False):
        """Returns v for x [..., *batch, *event_shape]; `angle` has its shape without the event."""
        rank = len(self._prior.event_shape)

        def call(x, angle, condition):
            return self._prior.velocity(x, angle, condition, training)

        return folded(call, [x, angle], [rank, 0], self._condition)

    def bound(self, z, seed, training):
        """Returns a lower bound on log p(z) for z [..., *batch, *event_shape], in nats."""
        prior = self._prior
        z = tf.cast(tf.convert_to_tensor(z), self.dtype)
        axes = list(range(z.shape.rank - len(prior.event_shape), z.shape.rank))
        y = (z - tf.convert_to_tensor(prior.loc)) / prior.scale
        leading = tf.shape(y)[: axes[0]]
        depth = -math.log(prior.min_noise)
        angle = tf.asin(tf.exp(-depth * random.uniform(leading, random.fold(seed, 0), self.dtype)))
        noise = random.normal(tf.shape(y), random.fold(seed, 1), self.dtype)
        wide = tf.reshape(angle, tf.concat([leading, [1] * len(axes)], 0))
        velocity = self._velocity(tf.cos(wide) * y + tf.sin(wide) * noise, angle, training)
        target = tf.sin(wide) * y - tf.cos(wide) * noise
        # As |t|^2 - |t - v|^2, without the digits that cancel.
        gained = depth * velocity * (2 * target - velocity)
        normal = -0.5 * (tf.square(y) + math.log(2 * math.pi)) - tf.convert_to_tensor(prior.log_scale)
        return tf.reduce_sum(gained + normal, axes)

    def flow(self, noise):
        """Returns the z that noise [..., *batch, *event_shape] leads to."""
        prior, x = self._prior, tf.cast(noise, self.dtype)
        leading = tf.shape(x)[: x.shape.rank - len(prior.event_shape)]
        angles = tf.constant(_angles(prior.steps), self.dtype)

        def step(number, x):
            start, half = angles[number], (angles[number] - angles[number + 1]) / 2
            middle = x + half * self._velocity(x, tf.fill(leading, start))
            return number + 1, x + 2 * half * self._velocity(middle, tf.fill(leading, start - half))

        # A loop, whose network is traced twice; unrolled, an export would trace it 32 times, which takes a minute.
        _, x = tf.while_loop(lambda number, _: number < prior.steps, step, (0, x), maximum_iterations=prior.steps)
        return tf.convert_to_tensor(prior.loc) + prior.scale * x

    def tempered(self, temperature, seed, count=()):
        """Returns draws of noise times `temperature`, [*count, *batch, *event_shape]; see `priors.prior.tempered`."""
        count, event = tf.cast(tf.reshape(count, [-1]), tf.int32), self._prior.event_shape
        leading: Any = count.shape[0]
        shape = tf.concat([count, self.batch_shape_tensor(), event], 0)
        z = self.flow(random.normal(shape, seed, self.dtype) * tf.cast(temperature, self.dtype))
        return tf.ensure_shape(z, tf.TensorShape([None] * leading).concatenate(self.batch_shape).concatenate(event))

    def _sample_n(self, n, seed=None):
        return self.tempered(1.0, tfp.random.sanitize_seed(seed), n)

    def _mean(self):
        """Returns what the network says of noise alone, as cos(pi/2) x + sin(pi/2) v."""
        prior, shape = self._prior, self.batch_shape_tensor()
        nothing = tf.zeros(tf.concat([shape, prior.event_shape], 0), self.dtype)
        middle = self._velocity(nothing, tf.fill(shape, tf.constant(math.pi / 2, self.dtype)))
        return tf.convert_to_tensor(prior.loc) + prior.scale * middle


def _angles(steps):
    """Returns pi/2 to 0 in steps that become shorter where little noise is left, and small differences count."""
    return [math.pi / 2 * (1 - step / steps) ** 1.5 for step in range(steps + 1)]
