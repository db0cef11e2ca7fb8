"""Small models and real data for them."""

import contextlib
import functools
import inspect
from typing import Any
from unittest import mock

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import VAE, data, families, networks, priors, random, recipes, terms
from tfvae.training import gradients

tfd = tfp.distributions

SHAPE = (8, 8, 1)
LATENT = (3,)


@functools.cache
def digits(count=36):
    """The first training digits, uint8."""
    return data.digits("train")[0][:count]


@functools.cache
def strategy():
    """One strategy of two logical CPUs for the process: collectives of a second one would collide."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def make(
    posterior=None,
    likelihood=None,
    objective=None,
    preprocessing: object = "binarized",
    conv=False,
    seed=0,
    encoder=None,
    decoder=None,
    prior=None,
):
    """A small VAE over digits with the same weights each time; parts can be replaced."""
    keras.utils.set_random_seed(seed)
    if conv:
        networks_pair = networks.conv_encoder(SHAPE, (4, 8)), networks.conv_decoder(LATENT, SHAPE[:2], (8, 4))
    else:
        networks_pair = networks.mlp_encoder(SHAPE, (16,)), networks.mlp_decoder(LATENT, (16,))
    return VAE(
        encoder=encoder or networks_pair[0],
        # A lower bound that `without_noise` can make vanish.
        posterior=posterior or families.Normal(LATENT, min_scale=1e-9),
        prior=prior or priors.StandardNormal(LATENT),
        decoder=decoder or networks_pair[1],
        likelihood=likelihood or families.Bernoulli(SHAPE),
        objective=objective or [terms.NegativeLogLikelihood(), terms.KL()],
        preprocessing=data.Binarize() if preprocessing == "binarized" else preprocessing,
        seed=seed,
    )


class _Regular(tfd.Normal):
    def _sample_n(self, n, seed=None):
        size = self.batch_shape[-1]
        angle = 1.7 * tf.range(n, dtype=self.dtype)[:, None] + 0.9 * tf.range(size, dtype=self.dtype) + 1.0
        noise = tf.reshape(1.4 * tf.sin(angle), [-1, *[1] * (self.batch_shape.rank - 1), size])
        return self.loc + self.scale * noise


@keras.saving.register_keras_serializable("tests")
class RegularNoise(families.Normal):
    """A Gaussian whose noise is the same for all examples, compilers and replicas, another for each draw.

    Where `without_noise` is no help: a gradient along the path of a draw is the noise over the scale.
    """

    def build_distribution(self, loc, scale):
        return tfd.Independent(_Regular(loc, scale), len(self.event_shape))


class _Alike(_Regular):
    def _sample_n(self, n, seed=None):
        # Of the first examples, as those of other replicas are others.
        return tf.repeat(super()._sample_n(1, seed), n, axis=0)


@keras.saving.register_keras_serializable("tests")
class OneDraw(priors.Prior):
    """A standard Gaussian whose draws are all one and the same, whoever draws."""

    def distribution(self, condition=None, encode=None):
        loc = tf.zeros(self.event_shape, self.float_dtype)
        return tfd.Independent(_Alike(loc, tf.ones_like(loc)), 1)


@keras.saving.register_keras_serializable("tests")
class GivenDraws(priors.Prior):
    """N(c, I) for the condition c of each example, whose draws are c and a number that only the draw decides.

    So that an example has the same draws of the prior in whatever batch it stands.
    """

    condition_dtype = "float32"

    @property
    def condition_shape(self):
        return self.event_shape

    def distribution(self, condition=None, encode=None):
        loc = tf.zeros([1, *self.event_shape]) if condition is None else tf.convert_to_tensor(condition)
        loc = tf.cast(loc, self.float_dtype)
        return tfd.Independent(_Regular(loc, tf.ones_like(loc)), len(self.event_shape))


def _regular_uniform(shape, seed, dtype):
    """[K, B, ...] numbers in (0, 1), each draw and dimension with its own, all examples with the same."""
    del seed
    shape = tf.convert_to_tensor(shape)
    draws, inner = shape[0], tf.reduce_prod(shape[2:])
    place = 7.0 * tf.cast(tf.range(draws), dtype)[:, None] + tf.cast(tf.range(inner), dtype)[None] + 1.0
    numbers = 0.05 + 0.9 * tf.math.floormod(0.6180339887 * place, 1.0)
    return tf.ones(shape, dtype) * tf.reshape(numbers, tf.concat([shape[:1], tf.ones_like(shape[1:2]), shape[2:]], 0))


@contextlib.contextmanager
def regular_noise():
    """Within it every draw through `tfvae.random` is the same for all examples, compilers and replicas.

    So that runs can be compared, also where a draw is a choice and can't be made narrow, as `without_noise` does.

    It takes the axes to be [K, B, ...]. One draw of a law that is itself of batch [K, B], as that of a lower layer, has
    the axes [1, K, B, ...], and nothing tells which are the examples: taken as above, each example would have noise by
    its place in the batch, which is another on a replica. Where log q keeps the noise, give such a law `RegularNoise`.
    """

    def normal(shape, seed, dtype):
        return tf.math.ndtri(_regular_uniform(shape, seed, dtype))

    with mock.patch.object(random, "uniform", _regular_uniform), mock.patch.object(random, "normal", normal):
        yield


def gradients_of(vae, x, seed=0, sample_weight=None, condition=None):
    """The gradients that a train step would apply, in the order of `trainable_variables`, and the loss."""
    with tf.GradientTape(persistent=True) as tape:
        inference = vae.infer(x, condition, sample_weight=sample_weight, seed=seed, training=True)
        shares = vae.shares(inference)
        followed = vae._loss.followed(inference, shares, vae._loss.factors(tape, shares, vae))
    return gradients.of(tape, followed, vae), shares.loss


def without_noise(vae):
    """Makes a learned posterior so narrow that its noise is below rounding, so that runs can be compared."""
    # Of several layers or modalities each has a head.
    for family in vae.posterior._flatten_layers():
        if getattr(family, "head", None) is None:
            continue
        bias, start = family.head.bias.numpy(), 0
        for name, size in family.output_sizes().items():
            end = start + size
            if name.endswith("scale"):
                bias[start:end] = -25.0
            start = end
        family.head.bias.assign(bias)
    return vae


def seeing(shape=SHAPE):
    """A network in whose features pictures can be compared, of fixed random weights."""
    inputs: Any = keras.Input(shape)
    edges: Any = keras.layers.Conv2D(4, 3, activation="relu", kernel_initializer=keras.initializers.HeNormal(1))
    whole: Any = keras.layers.Conv2D(4, 3, strides=2, kernel_initializer=keras.initializers.HeNormal(2))
    found = edges(inputs)
    return keras.Model(inputs, [found, whole(found)])


def decided(critic):
    """The critic with logits far beyond a hinge's margins: within, the gradients of its last bias cancel exactly."""
    critic.layers[-1].kernel.assign(30 * critic.layers[-1].kernel)
    return critic


def recipe(name, shape, latent_size, **parts):
    """A recipe's model; one that compares pictures in a network's features is given `seeing`'s."""
    function = getattr(recipes, name)
    if "network" in inspect.signature(function).parameters:
        parts = {"network": seeing(shape), **parts}
    return function(shape, latent_size, **parts)
