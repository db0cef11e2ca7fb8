"""The inverse autoregressive flow."""

import math

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.families import positive
from tfvae.families.flows.flow import Flow
from tfvae.networks.made import MADE


@register
class InverseAutoregressive(Flow):
    """IAF: each dimension is shifted and scaled by functions of the dimensions before it.

    f_i(z) = m_i + s_i z_i,  (m_i, s_i) = MADE_i(z_1, ..., z_{i-1}, h),  log|det| = sum_i log s_i

    Forward takes one pass; the inverse takes one pass per dimension, in sequence.
    `Inverted` makes it the masked autoregressive flow, which gives the density of any
    point in one pass. Without hidden units and context it is linear, and can give a
    Gaussian any covariance. s = min_scale + softplus(raw + log(e - 1)).

    Reference: Kingma et al. (2016), Improving variational inference with inverse
    autoregressive flow, arXiv 1606.04934, equations 10 and 11; the two directions:
    Papamakarios, Pavlakou and Murray (2017), arXiv 1705.07057, section 3.

    Args:
        event_shape: Shape of one z, a vector (D,).
        units: Size of each hidden layer of the MADE; () for a linear one.
        context_size: Numbers in h, which the family's head gives for each example; 0 for none.
        reverse: Whether the order runs from z_D to z_1; every other step of a chain
            should be reversed, or the first dimension never depends on the others.
        activation: Any Keras activation, for the hidden layers.
        min_scale: Lower bound of s.

    Raises:
        ValueError: The events are not vectors, sizes are not ints, or `min_scale` is not positive.

    >>> flow = InverseAutoregressive((3,), context_size=8, reverse=True)
    >>> flow, flow.head_shapes()
    (InverseAutoregressive((3,), context_size=8, reverse=True), {'context': (8,)})
    """

    def __init__(
        self, event_shape, units=(64,), context_size=0, reverse=False, activation="elu", min_scale=1e-3, **kwargs
    ):
        super().__init__(event_shape, **kwargs)
        # At least float32: with coarser rounding the inverse would not invert.
        self._made = MADE(self.event_shape[0], 2, units, context_size, reverse, activation, dtype=self.float_dtype)
        self.units, self.context_size = self._made.units, self._made.context_size
        self.reverse, self.activation = self._made.reverse, activation
        self.min_scale = arguments.number("min_scale", min_scale, "a number > 0", minimum=math.ulp(0.0))

    def head_shapes(self):
        """Returns the context, where there is one."""
        return {"context": (self.context_size,)} if self.context_size else {}

    def constrain(self, raw):
        """Returns the context and the weights of the MADE."""
        return {**raw, **self._made.values(self.float_dtype)}

    def _affine(self, z, context, weights):
        shift, raw_scale = tf.split(self._made.run(weights, z, context), 2, axis=-1)
        return shift, positive.positive(raw_scale, self.min_scale)

    def forward(self, z, context=None, **weights):
        """Returns f(z) and log|det df/dz|, in one pass."""
        shift, scale = self._affine(z, context, weights)
        return shift + scale * z, tf.reduce_sum(tf.math.log(scale), axis=-1)

    def inverse(self, z, context=None, **weights):
        """Returns f^-1(z) and log|det df^-1/dz|, one dimension after the other."""
        places = tf.constant(self._made.degrees - 1, tf.int32)

        def step(place, found):
            shift, scale = self._affine(found, context, weights)
            # Dimensions whose turn has not come stay 0: an interim value could overflow to inf, and a mask turns that
            # into NaN (0 * inf).
            found = tf.ensure_shape(tf.where(tf.equal(places, place), (z - shift) / scale, found), z.shape)
            return place + 1, found

        size = self.event_shape[0]
        _, found = tf.while_loop(
            lambda place, _: place < size,
            step,
            (tf.constant(0), tf.zeros_like(z)),
            parallel_iterations=1,
            maximum_iterations=size,  # XLA can't differentiate a loop without it
        )
        _, scale = self._affine(found, context, weights)
        return found, -tf.reduce_sum(tf.math.log(scale), axis=-1)
