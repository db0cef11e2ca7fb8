"""Weights begin apart: what begins alike gets one gradient, and stays alike."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tests.parts.families import FAMILIES
from tfvae import data, families, flows, networks, priors, terms

NETWORKS = {
    "mlp encoder": lambda: networks.mlp_encoder(SHAPE, (16, 8)),
    "mlp decoder": lambda: networks.mlp_decoder(LATENT, (16, 8)),
    "conv encoder": lambda: networks.conv_encoder(SHAPE, (4, 8)),
    "conv decoder": lambda: networks.conv_decoder(LATENT, SHAPE[:2], (8, 4)),
    "residual encoder": lambda: networks.residual_encoder(SHAPE, (4, 8), blocks=2, attention=True),
    "residual decoder": lambda: networks.residual_decoder(LATENT, SHAPE[:2], (8, 4), blocks=2, attention=True),
    "linear": lambda: networks.linear(SHAPE),
    "resize": lambda: built(networks.ResizeConv2D(4, 3), (2, 4, 4, 3)),
    "sub-pixel": lambda: built(networks.SubPixelConv2D(4, 3, strides=2), (2, 4, 4, 3)),
    "made": lambda: built(networks.MADE(5, outputs=1, units=(16, 16), context_size=2), (2, 5), (2, 2)),
}


def built(layer, *shapes):
    layer(*[tf.zeros(shape) for shape in shapes])
    return layer


@pytest.mark.parametrize("name", NETWORKS)
def test_no_two_units_of_a_network_begin_alike(name):
    kernels = [variable for variable in NETWORKS[name]().trainable_variables if len(variable.shape) > 1]
    for kernel in kernels:
        # [what it reads, units]; MADE's masks are no part of its variables.
        columns = np.unique(np.reshape(kernel, [-1, kernel.shape[-1]]), axis=1)
        assert columns.shape[1] == kernel.shape[-1], kernel.path


@pytest.mark.parametrize("name", FAMILIES)
def test_an_event_of_a_family_begins_with_a_head_that_tells_its_dimensions_apart(name):
    family = FAMILIES[name]("float32")
    rng = np.random.default_rng(0)
    features = rng.normal(size=(3, 7)).astype("float32")
    law = family.distribution(features)
    # Three examples may well have the same codes, and two pictures of a pair may share a latent.
    mean = np.reshape(law.encoded if family.book_sizes else getattr(law, "said", law).mean(), [3, -1])
    assert np.ptp(mean, axis=0).min() > 1e-4  # an example's features move every dimension
    for one, two in itertools.combinations(mean.T, 2):
        assert np.abs(one - two).max() > 1e-4


MIXTURES = {
    "gaussian mixture": lambda: priors.GaussianMixture(LATENT, 6),
    "full mixture": lambda: priors.GaussianMixture(LATENT, 6, full_covariance=True),
    "vamp prior": lambda: priors.VampPrior(LATENT, SHAPE, 6),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_components_of_a_prior_begin_apart_and_learn_apart(name):
    vae = make(
        prior=MIXTURES[name](),
        objective=[terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    )
    variables = [v for v in vae.prior.trainable_variables if v.shape[0] == 6 and len(v.shape) > 1]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(vae.infer(digits(), seed=1).log_ratio)
    for values in (variables, tape.gradient(loss, variables)):
        for value in values:
            rows = np.reshape(value, [6, -1])
            if not np.ptp(rows):
                assert value.path.endswith(("raw_scale", "triangle"))  # which its location tells apart
                continue
            for one, two in itertools.combinations(rows, 2):
                assert np.abs(one - two).max() > 1e-4 * np.abs(rows).max()


def test_components_of_a_discretized_mixture_begin_apart():
    family = families.DiscretizedLogisticMixture((4, 4, 1), components=3)
    features = tf.random.stateless_normal([2, 7], [1, 2])
    parameters = family.parameters(features)
    for one, two in itertools.combinations(tf.unstack(parameters["loc"], axis=-1), 2):
        assert np.abs(one - two).min() > 1e-4


def test_steps_of_a_flow_begin_apart():
    steps = [flows.InverseAutoregressive((5,), (8,)) for _ in range(2)]
    families.Transformed(families.Normal((5,)), steps).distribution(tf.ones([2, 7]))
    one, two = (step.get_weights() for step in steps)
    assert any(not np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_models_of_other_seeds_begin_apart_and_of_one_alike():
    first, again, other = (make(seed=seed, preprocessing=data.Binarize()).get_weights() for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))
