"""A distance of pictures in the features of a network that was trained for something else."""

import functools
from typing import Any

import keras

from tfvae import arguments
from tfvae.component import register
from tfvae.networks import layers
from tfvae.terms import features, pictures
from tfvae.terms.term import Term, Weight


@register
class Perceptual(Term):
    """The squared error of x's features in a fixed network.

    sum_l 1/2 mean (f_l(x) - f_l(x'))^2,  x' = the mean of p(x|z)

    f_l is the output of a layer of the network, and the mean is over its numbers. A classifier's features keep what a
    picture shows and where its edges are, and forget what pixels say beyond that; so x' may be sharp where a likelihood
    of independent pixels would blur it.

    Reference: Hou et al. (2017), Deep feature consistent variational autoencoder, arXiv
    1610.00291, section 3.2.

    Args:
        network: A functional Keras model, [B, *event_shape] -> anything, such as a classifier. It is frozen, and runs
            as in inference. It gets x in x's own units: a network that wants others begins with a layer that makes
            them, such as `keras.layers.Rescaling`.
        layer_names: Those of its layers, of which the features are taken; None for its output.
        weight: Nats for each unit, or a schedule.
        num_samples: Draws of each example; the value is the mean over them.

    Raises:
        ValueError: `network` is no functional Keras model, or has no such layer; when the model is made, it can't be
            called on x.

    >>> import keras
    >>> inputs = keras.Input((28, 28, 1))
    >>> edges = keras.layers.Conv2D(8, 3, activation="relu", name="edges")(inputs)
    >>> classifier = keras.Model(inputs, keras.layers.Dense(10)(keras.layers.Flatten()(edges)))
    >>> Perceptual(classifier, ["edges"], weight=100.0).layer_names
    ['edges']
    """

    def __init__(self, network, layer_names=None, weight: Weight = 1.0, num_samples=1, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)
        if not hasattr(network, "get_layer") or not getattr(network, "inputs", None):
            raise arguments.invalid(
                "network", "a functional Keras model, such as keras.Model(inputs, features)", network
            )
        self.network: Any = network
        self.layer_names = None if layer_names is None else list(layer_names)
        network.trainable = False
        self._features: Any = layers.outputs_of(network, self.layer_names)

    def check(self, posterior, prior, likelihood):
        """Refuses a network that can't be called on x."""
        super().check(posterior, prior, likelihood)
        pictures.whole(self, likelihood)
        with arguments.explained(
            f"The network of Perceptual can't be called on x of shape {likelihood.event_shape}. Give it layers that "
            "make x what it expects, such as keras.layers.Resizing. It says:"
        ):
            self._features(keras.Input(likelihood.event_shape, dtype=likelihood.float_dtype))

    def value(self, inference):
        """Returns [B]."""
        return pictures.compared(inference, self.num_samples, functools.partial(features.distance, self._features))
