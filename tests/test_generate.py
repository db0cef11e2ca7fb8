"""Samples, reconstructions and variations."""

import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tfvae import families


def test_sample_is_the_decoded_prior():
    model = make()
    images = model.sample(5, seed=1)
    assert images.shape == (5, *SHAPE)
    np.testing.assert_array_equal(images, model.sample(5, seed=1))
    assert not np.array_equal(images, model.sample(5, seed=2))
    assert not np.array_equal(model.sample(5), model.sample(5))


def test_temperature_scales_the_distance_from_the_mean():
    model = make()
    seed = tf.constant([1, 2])
    one, half, zero = (model.prior.sample(4, seed, t) for t in (1.0, 0.5, 0.0))
    np.testing.assert_allclose(half, one / 2)
    np.testing.assert_array_equal(zero, np.zeros((4, *LATENT)))
    np.testing.assert_allclose(model.sample(2, temperature=0.0), model.decode(np.zeros((2, *LATENT))).mean())
    with pytest.raises(ValueError, match=r"`temperature`.*>= 0.*temperature=-1"):
        model.sample(2, temperature=-1)


def test_a_draw_is_in_the_support_and_averages_to_the_mean():
    model = make()
    z = np.zeros((1, *LATENT))
    mean = model.decode(z).mean()[0]
    draws = model.sample(4000, temperature=0.0, mean=False, seed=3).numpy()
    assert set(np.unique(draws)) <= {0.0, 1.0}
    # Standard error of a mean of Bernoulli draws is at most 0.5 / sqrt(n); 64 pixels, so 4.5 of them.
    assert np.abs(draws.mean(0) - mean).max() < 4.5 * 0.5 / np.sqrt(4000)


def test_reconstruct_draws_z_and_call_takes_its_mean():
    model = make(posterior=families.Normal(LATENT, scale=0.5))
    deterministic = model(digits()[:4])
    np.testing.assert_allclose(model.variations(digits()[:4], 1, scale=0.0)[0], deterministic, atol=1e-6)
    assert not np.allclose(model.reconstruct(digits()[:4], seed=0), deterministic)
    variations = model.variations(digits()[:4], 3, seed=0)
    assert variations.shape == (3, 4, *SHAPE)
    assert not np.allclose(variations[0], variations[1])


def test_encode_and_decode_give_distributions():
    model = make()
    posterior = model.encode(digits()[:5])
    assert posterior.batch_shape == (5,)
    assert posterior.event_shape == LATENT
    assert model.decode(posterior.sample(2)).batch_shape == (2, 5)


def test_noise_of_examples_samples_and_steps_differs():
    model = make()
    same = np.repeat(digits()[:1], 4, axis=0)
    first, second = (model.infer(same, num_samples=3).latents[0].z.numpy() for _ in range(2))
    draws = np.concatenate([first, second]).reshape(-1, *LATENT)
    assert len(np.unique(draws, axis=0)) == 24


def test_what_is_refused_leaves_the_noise_where_it_was():
    vae = make()
    vae.trained = True
    before = vae._noise.state.numpy()
    for wrong in ({"n": 0}, {"n": 2, "temperature": -1.0}, {"n": 2, "condition": [1, 2]}):
        with pytest.raises(ValueError, match=r"Invalid|condition"):
            vae.sample(**wrong)
    np.testing.assert_array_equal(vae._noise.state, before)
