"""`data.Corrupt`: what the encoder sees, what the likelihood sees, and when there is noise at all."""

import numpy as np
import pytest
import tensorflow as tf

from tests.identities.statistics import SIGMAS, assert_mean, assert_variance
from tests.linear_gaussian import LinearGaussian
from tests.models import digits, make
from tfvae import data, evaluation, export, families, terms

SEED = tf.constant([1, 2])
X = tf.fill([400, 50], 0.25)


def assert_share(happened, probability):
    error = np.sqrt(probability * (1 - probability) / happened.size)
    assert abs(happened.mean() - probability) < SIGMAS * error


def test_gaussian_noise():
    noise = data.Corrupt(stddev=0.3, dtype="float64").corrupted(tf.cast(X, "float64"), SEED).numpy().ravel() - 0.25
    assert_mean(noise, 0.0)
    assert_variance(noise, 0.09)


def test_masking():
    seen = data.Corrupt(masking=0.3).corrupted(X, SEED).numpy()
    assert set(np.unique(seen)) == {0.0, 0.25}
    assert_share(seen == 0, 0.3)


def test_salt_and_pepper():
    seen = data.Corrupt(salt_and_pepper=0.4, low=-1.0, high=2.0).corrupted(X, SEED).numpy()
    assert set(np.unique(seen)) == {-1.0, 0.25, 2.0}
    assert_share(seen == -1, 0.2)
    assert_share(seen == 2, 0.2)


def test_the_noises_are_independent():
    seen = data.Corrupt(stddev=1.0, masking=0.3, salt_and_pepper=0.4, low=-9.0, high=9.0).corrupted(X, SEED).numpy()
    # What is neither salt nor pepper is masked as often as all would be.
    rest = seen[np.abs(seen) != 9]
    assert_share(np.abs(seen) == 9, 0.4)
    assert_share(rest == 0, 0.3)
    assert_mean(rest[rest != 0], 0.25)


def test_one_around_another_is_both():
    both = data.Corrupt(data.Corrupt(masking=0.5), salt_and_pepper=0.2, high=5.0, low=5.0)
    seen = both.corrupted(X, SEED).numpy()
    assert_share(seen == 5, 0.2)
    assert_share(seen[seen != 5] == 0, 0.5)


def test_the_clean_step_is_as_it_was():
    clean = data.Dequantize(17)
    corrupt = data.Corrupt(clean, stddev=1.0)
    np.testing.assert_array_equal(corrupt(digits(), seed=SEED), clean(digits(), seed=SEED))
    assert corrupt.log_jacobian((8, 8, 1)) == clean.log_jacobian((8, 8, 1)) != 0
    assert (corrupt.raw_dtype, data.Corrupt(stddev=1.0).raw_dtype) == ("uint8", "float32")
    with pytest.raises(ValueError, match="floats in"):
        corrupt.check(np.full((1, 8, 8, 1), 2.0))


def denoising(**parts):
    model = make(
        likelihood=families.Normal((8, 8, 1), scale=0.5),
        preprocessing=data.Corrupt(data.Rescale(), salt_and_pepper=1.0, low=0.5, high=0.5),
        **parts,
    )
    model.compile("sgd")
    model.trained = True
    return model


def test_the_encoder_sees_the_corrupted_x_and_the_likelihood_the_clean_one():
    # The corruption leaves nothing of x, so that the posterior is the same for all.
    model = denoising()
    for training in (True, False):
        inference = model.infer(digits(), seed=0, training=training)
        np.testing.assert_array_equal(inference.x, data.Rescale()(digits()))
        expected = inference.likelihood.log_prob(data.Rescale()(digits()))
        np.testing.assert_array_equal(inference.log_likelihood, expected)
        np.testing.assert_allclose(inference.latents[0].posterior.mean(), model.encode(digits() * 0 + 0.5).mean()[:36])


def test_what_is_used_is_not_corrupted(tmp_path):
    model = denoising()
    plain = make(likelihood=families.Normal((8, 8, 1), scale=0.5), preprocessing=data.Rescale())
    plain.set_weights(model.get_weights())
    plain.trained = True
    np.testing.assert_array_equal(model.encode(digits()).mean(), plain.encode(digits()).mean())
    assert np.ptp(model.encode(digits()).mean().numpy(), axis=0).min() > 0
    np.testing.assert_array_equal(model(digits()), plain(digits()))
    np.testing.assert_array_equal(model.reconstruct(digits(), seed=1), plain.reconstruct(digits(), seed=1))
    batches = data.from_array(digits(), batch_size=36, shuffle=False)
    one, two = (evaluation.log_likelihood(vae, batches, num_samples=3, verbose=0) for vae in (model, plain))
    assert one.mean == two.mean
    served = tf.saved_model.load(str(export.saved_model(model, tmp_path))).signatures["encode"]
    np.testing.assert_allclose(served(x=tf.constant(digits()))["mean"], plain.encode(digits()).mean(), atol=1e-5)


def test_evaluate_repeats_the_loss_of_training():
    def evaluated(vae):
        return vae.evaluate(digits(), batch_size=12, verbose=0, return_dict=True)["loss"]

    model = denoising()
    model.preprocessing = data.Corrupt(data.Rescale(), masking=0.5)
    plain = make(likelihood=families.Normal((8, 8, 1), scale=0.5), preprocessing=data.Rescale())
    plain.compile("sgd")
    plain.set_weights(model.get_weights())
    first = evaluated(model)
    assert first == evaluated(model) != evaluated(plain)
    model.fit(digits(), batch_size=12, verbose=0)
    assert evaluated(model) == evaluated(model) < first


def test_the_denoising_bound_is_one():
    # Whatever q(z|x~) has seen, E[p(x, z) / q(z|x~)] = p(x): the weights are those of importance sampling.
    model = LinearGaussian.random(size=3, latents=2, sigma=1.0)
    vae = model.vae([terms.NegativeLogLikelihood(), terms.KL()], widen=2.0, preprocessing=data.Corrupt(stddev=0.5))
    x = np.repeat(model.sample(1), 20_000, axis=0)
    log_weight = vae.infer(x, seed=0).log_weight.numpy()[0].astype("float64")
    log_p = model.log_marginal(x[:1])[0]
    assert_mean(np.exp(log_weight - log_p), 1.0)
    assert log_weight.mean() < log_p - SIGMAS * log_weight.std() / np.sqrt(log_weight.size)


def test_what_is_missing_stays_missing():
    x = tf.where(tf.range(50) < 10, float("nan"), X)
    both = data.Corrupt(stddev=0.1, masking=0.5, salt_and_pepper=0.5)
    np.testing.assert_array_equal(np.isnan(both.corrupted(x, SEED)), np.isnan(x))
