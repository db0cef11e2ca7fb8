"""A distance of pictures by their spectra."""

import math

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms import pictures
from tfvae.terms.term import Term, Weight


@register
class FocalFrequency(Term):
    """The squared error of x's spectrum, with most weight on the frequencies that are missed most.

    sum_c sum_uv w_uvc |F_uvc - F'_uvc|^2,  w = (|F - F'| / max |F - F'|)^alpha

    F and F' are the orthonormal discrete Fourier transforms of x and of the mean of p(x|z); the maximum is over the
    frequencies of a picture's channel, and w is a constant to the gradient. With alpha = 0 it is the squared error, as
    the transform keeps lengths. A likelihood of independent pixels gives up fine detail first; here that costs most.

    Reference: Jiang et al. (2021), Focal frequency loss for image reconstruction and
    synthesis, arXiv 2012.12821, section 3; there it is a mean over frequencies.

    Args:
        weight: Nats for each unit of squared error, or a schedule.
        alpha: How much the weights focus, >= 0.
        num_samples: Draws of each example; the value is the mean over them.

    Raises:
        ValueError: `alpha` is no such number; when the model is made, x is no picture.

    >>> FocalFrequency(weight=10.0)
    FocalFrequency(weight=10.0)
    """

    def __init__(self, weight: Weight = 1.0, alpha=1.0, num_samples=1, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)
        self.alpha = arguments.number("alpha", alpha, "a number >= 0", minimum=0)

    def check(self, posterior, prior, likelihood):
        """Refuses an x that is no picture."""
        super().check(posterior, prior, likelihood)
        pictures.check(self, likelihood)

    def value(self, inference):
        """Returns [B]."""
        return pictures.compared(inference, self.num_samples, self._distance)

    def _distance(self, x, made):
        # The transform is linear, and of the last two axes.
        error = tf.transpose(x - made, [0, 3, 1, 2])
        size = math.prod(x.shape[1:3])
        complex_error = tf.complex(error, tf.zeros_like(error))
        squares = tf.abs(tf.signal.fft2d(complex_error)) ** 2 / size
        largest = tf.reduce_max(squares, axis=[-2, -1], keepdims=True)
        weights = tf.math.divide_no_nan(squares, largest) ** (self.alpha / 2)
        return tf.reduce_sum(tf.stop_gradient(weights) * squares, axis=[1, 2, 3])
