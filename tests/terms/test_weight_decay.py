"""The squared weights of the decoder."""

import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tfvae import data, families, networks, terms


def value(**parts):
    vae = make(objective=[terms.NegativeLogLikelihood(), terms.WeightDecay()], **parts)
    return vae, vae.objective[1].value(vae.infer(digits(), seed=0)).numpy()


@pytest.mark.parametrize("conv", [False, True])
def test_it_is_the_sum_of_the_squares_of_all_kernels(conv):
    vae, found = value(conv=conv)
    layers = [layer for layer in vae.decoder._flatten_layers() if hasattr(layer, "kernel")]
    assert len(layers) == (3 if conv else 1)
    expected = sum(np.sum(layer.kernel.numpy() ** 2) for layer in [*layers, vae.likelihood.head])
    np.testing.assert_allclose(found, [expected] * 36, rtol=1e-6)


def test_a_scale_that_is_learned_and_the_encoder_are_no_part_of_it():
    likelihood = families.Normal(SHAPE, scale="shared_dimension")
    vae, found = value(likelihood=likelihood, preprocessing=data.Rescale())
    likelihood.raw_scale.assign(100 * tf.ones_like(likelihood.raw_scale))
    vae.posterior.head.kernel.assign(3 * vae.posterior.head.kernel)
    np.testing.assert_array_equal(vae.objective[1].value(vae.infer(digits(), seed=0)), found)


def test_of_several_heads_each_counts():
    likelihood = families.Joint([families.Normal((3,), scale=1.0), families.Bernoulli((2,))])
    parts = {"encoder": networks.linear((5,)), "decoder": networks.linear(LATENT), "preprocessing": None}
    vae = make(likelihood=likelihood, objective=[terms.NegativeLogLikelihood(), terms.WeightDecay()], **parts)
    kernels = [v.numpy() for v in vae.likelihood.trainable_variables if v.name == "kernel"]
    found = vae.objective[1].value(vae.infer(np.zeros((2, 5), "float32"), seed=0))
    np.testing.assert_allclose(found, [sum(np.sum(kernel**2) for kernel in kernels)] * 2, rtol=1e-6)


def test_a_step_shrinks_the_decoder_by_the_weights_share():
    vae = make(objective=[terms.NegativeLogLikelihood(weight=0.0), terms.WeightDecay(weight=0.5)])
    before = [v.numpy() for v in (vae.likelihood.head.kernel, vae.likelihood.head.bias, vae.posterior.head.kernel)]
    vae.compile("sgd")
    vae.optimizer.learning_rate = 0.1
    vae.fit(digits(), batch_size=36, verbose=0)
    np.testing.assert_allclose(vae.likelihood.head.kernel, 0.9 * before[0], rtol=1e-5)
    np.testing.assert_array_equal(vae.likelihood.head.bias, before[1])
    np.testing.assert_array_equal(vae.posterior.head.kernel, before[2])
