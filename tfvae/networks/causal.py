"""A transformer over a sequence, whose outputs see only the inputs up to their own place."""

import math

import keras
import tensorflow as tf

from tfvae import arguments
from tfvae.component import Component, register
from tfvae.networks.attention import BRANCH_SCALE


@register
class CausalTransformer(Component):
    """Self-attention and dense layers over a sequence, each place told of those up to it.

    y_t = f_t(x_1, ..., x_t)
    x <- x + W_o [softmax(q_h k_h^T / sqrt(d)) v_h]_h,  q, k, v linear in LayerNorm(x),  t' > t masked
    x <- x + W_2 gelu(W_1 LayerNorm(x))

    All outputs of a sequence that is known take one pass, `call`. One that is drawn place by place takes a `step` for
    each, which keeps the keys and values of the places before: T steps cost what one pass does, not T of them.
    At least float32, as `networks.MADE` in a flow, so that a pass and the steps agree.

    Reference: Vaswani et al. (2017), Attention is all you need, arXiv 1706.03762; with the normalisation before each
    branch: Radford et al. (2019), Language models are unsupervised multitask learners.

    Args:
        length: T, places in the sequence.
        units: Numbers at each place, a multiple of `heads`.
        layers: Pairs of the two lines above.
        heads: Parts of the units that attend by themselves; d = units / heads.

    Raises:
        ValueError: Sizes are not positive ints, or `units` is no multiple of `heads`.

    >>> network = CausalTransformer(5, units=8, layers=1, heads=2)
    >>> network(tf.zeros([3, 5, 8])).shape
    TensorShape([3, 5, 8])
    """

    def __init__(self, length, units=64, layers=2, heads=4, **kwargs):
        super().__init__(**kwargs)
        self.length = arguments.integer("length", length)
        self.units = arguments.integer("units", units)
        self.layers = arguments.integer("layers", layers)
        self.heads = arguments.integer("heads", heads)
        if self.units % self.heads:
            raise arguments.invalid("units", f"a multiple of heads={self.heads}", units)
        self._branches = [self._branch(number) for number in range(self.layers)]
        self.last_norm = self._built(keras.layers.LayerNormalization, name="last_norm")
        self.built = True

    def _branch(self, number):
        small = keras.initializers.VarianceScaling(BRANCH_SCALE, "fan_in", "truncated_normal")
        dense, norm, width = keras.layers.Dense, keras.layers.LayerNormalization, self.units
        return {
            "attention_norm": self._built(norm, name=f"attention_norm_{number}"),
            # q, k and v at once. Without biases: that of k would change no weight of the softmax.
            "attention": self._built(dense, 3 * width, use_bias=False, name=f"attention_{number}"),
            "looked_up": self._built(dense, width, kernel_initializer=small, name=f"looked_up_{number}"),
            "dense_norm": self._built(norm, name=f"dense_norm_{number}"),
            "wide": self._built(dense, 4 * width, activation="gelu", name=f"wide_{number}"),
            "narrow": self._built(dense, width, inputs=4 * width, kernel_initializer=small, name=f"narrow_{number}"),
        }

    def _built(self, layer, *given, inputs=None, **named):
        made = layer(*given, dtype=self.float_dtype, **named)
        made.build((None, inputs or self.units))
        return made

    def _run(self, branch, x, seen, remember):
        """Returns [B, Q, units] for x of the same shape, each of Q places told of those that `seen` [Q, T] says."""
        query, key, value = tf.split(branch["attention"](branch["attention_norm"](x)), 3, axis=-1)
        key, value = remember(key, value)
        size = self.units // self.heads
        query, key, value = (tf.reshape(each, [-1, each.shape[1], self.heads, size]) for each in (query, key, value))
        scores = tf.einsum("bqhd,bthd->bhqt", query, key) / math.sqrt(size)
        weights = tf.nn.softmax(tf.where(seen, scores, scores.dtype.min / 2))
        found = tf.reshape(tf.einsum("bhqt,bthd->bqhd", weights, value), [-1, x.shape[1], self.units])
        x += branch["looked_up"](found)
        return x + branch["narrow"](branch["wide"](branch["dense_norm"](x)))

    def call(self, x):
        """Returns y, [B, T, units], for x of the same shape."""
        x = tf.cast(x, self.float_dtype)
        places = tf.range(self.length)
        for branch in self._branches:
            x = self._run(branch, x, places[:, None] >= places, lambda *own: own)
        return self.last_norm(x)

    def memory(self, count):
        """Returns what `step` keeps of `count` sequences before their first place: zeros."""
        kept = tf.zeros([count, self.length, self.units], self.float_dtype)
        return [kept] * (2 * self.layers)

    def step(self, x, place, memory):
        """Returns y of one place and what the next step is told.

        Args:
            x: [B, units], the input of the place.
            place: Scalar int tensor, from 0.
            memory: As `memory` or the step before returned it.

        Returns:
            ([B, units], memory).
        """
        places, kept = tf.range(self.length), []
        here = tf.equal(places, place)[:, None]
        x = x[:, None]
        for number, branch in enumerate(self._branches):

            def remember(*own, number=number):
                before = memory[2 * number : 2 * number + 2]
                # A choice and no scattered update, which fewer runtimes have.
                kept.extend(tf.where(here, new, old) for new, old in zip(own, before, strict=True))
                return kept[-2:]

            x = self._run(branch, x, places <= place, remember)
        return self.last_norm(x)[:, 0], kept
