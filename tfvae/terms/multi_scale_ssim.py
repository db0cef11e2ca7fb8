"""The structural similarity of pictures at several scales."""

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms import pictures
from tfvae.terms.term import Term, Weight

# Of contrast and structure at each scale, the finest first (Wang et al. 2003, section 3.2).
_POWERS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
# Stabilise quotients where a window is dark or flat, as fractions of the peak (Wang et al. 2004, equation 10).
_K1, _K2 = 0.01, 0.03
# A similarity below 0 has no real power, and one at 0 an infinite gradient.
_LEAST = 1e-4


@register
class MultiScaleSSIM(Term):
    """1 - MS-SSIM of x and the mean of p(x|z): 0 for equal pictures, about 1 for unrelated ones.

    MS-SSIM = l_M prod_j cs_j^p_j,  cs = (2 cov(x, x') + c2) / (var(x) + var(x') + c2)

    cs compares contrast and structure in Gaussian windows of each scale, and l the means at the coarsest; both are
    means over the picture. From one scale to the next, sides are halved by averages of 2x2 pixels. Of a small picture
    as many scales as leave one whole window are taken, at most five, and the powers are divided by their sum. Grey and
    colour; the similarity of colours is the mean of the channels' products.

    An error that people don't see, such as in a texture's brightness, costs little, and a blurred edge much.

    Reference: Wang, Simoncelli and Bovik (2003), Multiscale structural similarity for image
    quality assessment; as a loss of an autoencoder Ridgeway et al. (2015), arXiv 1511.06409.

    Args:
        weight: Nats for each unit, or a schedule. 1 - MS-SSIM is of the order 0.1, and the
            log-likelihood of the order of the number of pixels.
        peak: Range of x: 1 for intensities.
        window: Side of the windows in pixels, odd; the standard deviation is 1.5 for 11 and
            in proportion for others.
        num_samples: Draws of each example; the value is the mean over them.

    Raises:
        ValueError: `peak` or `window` are no such numbers; when the model is made, x is no
            picture, or smaller than a window.

    >>> MultiScaleSSIM(weight=100.0, window=7).num_scales((28, 28, 1))
    3
    """

    def __init__(self, weight: Weight = 1.0, peak=1.0, window=11, num_samples=1, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)
        arguments.number("peak", peak, "a number > 0", minimum=0)
        if not peak:
            raise arguments.invalid("peak", "a number > 0", peak)
        if arguments.integer("window", window, "an odd int >= 3", minimum=3) % 2 == 0:
            raise arguments.invalid("window", "an odd int >= 3", window)
        self.peak = peak
        self.window = window

    def num_scales(self, shape):
        """Returns how many scales a picture of this shape has; 0 if it is smaller than a window."""
        return sum(min(shape[:2]) // 2**scale >= self.window for scale in range(len(_POWERS)))

    def check(self, posterior, prior, likelihood):
        """Refuses an x that is no picture, or smaller than a window."""
        super().check(posterior, prior, likelihood)
        shape = pictures.check(self, likelihood)
        if not self.num_scales(shape):
            smaller = min(shape[:2]) - (min(shape[:2]) % 2 == 0)
            raise arguments.invalid("window", f"at most {smaller}, for pictures of {shape[:2]}", self.window)

    def value(self, inference):
        """Returns [B]."""
        return pictures.compared(inference, self.num_samples, self._distance)

    def _distance(self, x, made):
        scales = self.num_scales(x.shape[1:])
        powers = np.array(_POWERS[:scales]) / sum(_POWERS[:scales])
        product = 1.0
        for scale, power in enumerate(powers):
            if scale:
                x, made = (tf.nn.avg_pool2d(each, 2, 2, "SAME") for each in (x, made))
            luminance, structure = self._similarities(x, made)
            similarity = luminance * structure if scale == scales - 1 else structure
            means = tf.reduce_mean(similarity, axis=[1, 2])  # of each channel
            product *= tf.maximum(means, _LEAST) ** tf.cast(power, means.dtype)
        return 1 - tf.reduce_mean(product, axis=-1)

    def _similarities(self, x, y):
        """Returns those of means, and of contrast and structure, in each window of each channel, [N, h, w, C]."""
        kernel = self._kernel(x.dtype, x.shape[-1])

        def local(values):
            return tf.nn.depthwise_conv2d(values, kernel, [1, 1, 1, 1], "VALID")

        c1, c2 = (_K1 * self.peak) ** 2, (_K2 * self.peak) ** 2
        mean_x, mean_y = local(x), local(y)
        squares, product = mean_x**2 + mean_y**2, mean_x * mean_y
        luminance = (2 * product + c1) / (squares + c1)
        spread = local(x**2 + y**2) - squares
        return luminance, (2 * (local(x * y) - product) + c2) / (spread + c2)

    def _kernel(self, dtype, channels):
        offsets = np.arange(self.window) - self.window // 2
        along = np.exp(-0.5 * (offsets / (1.5 * self.window / 11)) ** 2)
        square = np.outer(along, along) / along.sum() ** 2
        return tf.constant(np.repeat(square[:, :, None, None], channels, axis=2), dtype)
