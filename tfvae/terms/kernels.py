"""Kernels: how alike two points are, for terms that compare samples."""

import abc
import math
from typing import Any

import tensorflow as tf

from tfvae import arguments
from tfvae.component import Component, register


class Kernel(Component, abc.ABC):
    """A positive definite function k(a, b) of two points, that of their distance unless a kernel says otherwise.

    Args:
        **kwargs: `name` and `dtype` of a Keras layer.
    """

    @abc.abstractmethod
    def of_squared_distance(self, squared, dimensions) -> Any:
        """Returns k for |a - b|^2, of any shape; `dimensions` is the number D of a point's coordinates."""

    def gram(self, first, second):
        """Returns k of each pair of points, [..., N, D] and [..., M, D] -> [..., N, M]."""
        return self.of_squared_distance(squared_distances(first, second), first.shape[-1])


def squared_distances(first, second):
    """Returns |a - b|^2 of each pair of points, [..., N, D] and [..., M, D] -> [..., N, M].

    As |a|^2 + |b|^2 - 2 a b, which takes N M numbers of memory instead of N M D.

    >>> squared_distances(tf.constant([[0.0, 0.0], [3.0, 4.0]]), tf.constant([[0.0, 0.0]])).numpy()
    array([[ 0.],
           [25.]], dtype=float32)
    """
    lengths = [tf.reduce_sum(points**2, axis=-1) for points in (first, second)]
    sums = tf.expand_dims(lengths[0], -1) + tf.expand_dims(lengths[1], -2)
    apart = sums - 2 * tf.matmul(first, second, transpose_b=True)
    return tf.maximum(apart, 0)  # rounding may have led below


@register
class RBF(Kernel):
    """The Gaussian kernel, k(a, b) = exp(-|a - b|^2 / (2 length_scale^2)).

    Args:
        length_scale: In the points' units.

    Raises:
        ValueError: `length_scale` is not a number > 0.

    >>> RBF(2.0).gram(tf.constant([[0.0], [2.0]]), tf.constant([[0.0]])).numpy().round(3)
    array([[1.   ],
           [0.607]], dtype=float32)
    """

    def __init__(self, length_scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.length_scale = _positive("length_scale", length_scale)

    def of_squared_distance(self, squared, dimensions):
        """Returns exp(-squared / (2 length_scale^2))."""
        del dimensions
        return tf.exp(-squared / (2 * self.length_scale**2))


@register
class InverseMultiquadric(Kernel):
    """The inverse multiquadric kernel, summed over sizes.

    k(a, b) = sum_s s C / (s C + |a - b|^2),  C = 2 D scale^2

    Two draws of N(0, scale^2 I) are C apart in the mean square, so the kernel tells them apart in any number D of
    dimensions. Its tails are heavy: a point far from all others still feels where they are, as it does not under an
    `RBF`.

    Reference: Tolstikhin et al. (2018), Wasserstein auto-encoders, arXiv 1711.01558, section 4.

    Args:
        scale: Standard deviation of the prior's dimensions.
        multiples: The s, numbers > 0; by default those of the paper's experiments.

    Raises:
        ValueError: `scale` is not a number > 0, or `multiples` are not.

    >>> InverseMultiquadric(multiples=(1.0,)).gram(tf.constant([[0.0], [2.0]]), tf.constant([[0.0]])).numpy().round(3)
    array([[1.   ],
           [0.333]], dtype=float32)
    """

    def __init__(self, scale=1.0, multiples=(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0), **kwargs):
        super().__init__(**kwargs)
        self.scale = _positive("scale", scale)
        if not isinstance(multiples, list | tuple) or not multiples:
            raise arguments.invalid("multiples", "numbers > 0, such as (0.1, 1.0, 10.0)", multiples)
        self.multiples = tuple(_positive("multiples", multiple) for multiple in multiples)

    def of_squared_distance(self, squared, dimensions):
        """Returns the sum over `multiples`."""
        widths = [multiple * 2 * dimensions * self.scale**2 for multiple in self.multiples]
        return tf.add_n([width / (width + squared) for width in widths])


def _positive(argument, value):
    return arguments.number(argument, value, "a number > 0", minimum=math.ulp(0.0))
