"""A critic of patches sharpens what a Gaussian likelihood leaves blurred."""

import keras
import numpy as np
import pytest

from tfvae import data, networks, recipes, terms

pytestmark = pytest.mark.slow


def reconstructions(*more):
    """Those of the validation digits by a model with a code too small for them."""
    keras.utils.set_random_seed(0)
    objective = [terms.NegativeLogLikelihood(), terms.KL(), *more]
    vae = recipes.sigma_vae((8, 8, 1), 4, objective=objective, seed=0)
    vae.compile(keras.optimizers.Adam(1e-3))
    vae.fit(data.digits("train")[0], epochs=40, batch_size=64, verbose=0)
    return np.asarray(vae.reconstruct(data.digits("validation")[0]))


def contrast(images):
    """Mean squared difference of neighbouring pixels."""
    return np.mean(np.diff(images, axis=1) ** 2) + np.mean(np.diff(images, axis=2) ** 2)


def test_reconstructions_are_sharper_and_no_less_true(record_property):
    x = data.digits("validation")[0] / 255.0
    keras.utils.set_random_seed(0)
    critic = networks.patch_critic((8, 8, 1), (32, 64))
    blurred, sharp = reconstructions(), reconstructions(terms.Adversarial(critic, weight=10.0))
    found = [contrast(images) / contrast(x) for images in (blurred, sharp)]
    errors = [np.mean((images - x) ** 2) for images in (blurred, sharp)]
    record_property("contrast, of the data's", found)
    assert found[0] < 0.8
    assert found[0] + 0.1 < found[1] < 1.05
    assert errors[1] < 1.1 * errors[0]
