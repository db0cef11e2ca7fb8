"""The squared weights of the decoder."""

import keras
import tensorflow as tf

from tfvae.component import register
from tfvae.terms.term import Term


@register
class WeightDecay(Term):
    """|theta|^2, the sum of the squared weights of the decoder and of the likelihood's own layer.

    theta are the weights that multiply features, the kernels of layers: no biases, no scales of a normalisation, and no
    noise that a likelihood learns. Unlike a `weight_decay` of the optimizer it leaves the encoder alone, whose weights
    may well be large, and is part of the loss, with a metric and a schedule.

    Reference: Ghosh, Sajjadi, Vergari, Black and Schoelkopf (2020), From variational to deterministic autoencoders,
    arXiv 1903.12436, section 3.1 (RAE-L2).

    Args:
        weight: As for every term.

    >>> WeightDecay(weight=1e-3)
    WeightDecay(weight=0.001)
    """

    def __init__(self, weight=1.0, **kwargs):
        super().__init__(weight=weight, **kwargs)

    def value(self, inference):
        """Returns [B], each the same."""
        dtype = inference.weights.dtype
        squares = [tf.reduce_sum(tf.square(tf.cast(kernel, dtype))) for kernel in kernels(inference.generative)]
        return inference.alike(tf.add_n([tf.zeros([], dtype), *squares]))


def kernels(parts):
    """Returns the variables of layers' kernels in (decoder, likelihood)."""
    decoder, likelihood = parts
    # A likelihood has weights for each dimension of x that are no kernels, such as a scale that is learned.
    heads = [layer.kernel for layer in likelihood._flatten_layers() if isinstance(layer, keras.layers.Dense)]
    return [variable for variable in decoder.trainable_variables if len(variable.shape) > 1] + heads
