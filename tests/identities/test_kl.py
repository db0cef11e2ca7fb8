"""The KL term: its closed form, and the clamps of the literature."""

import numpy as np
import pytest
import tensorflow as tf

from tests.identities.statistics import assert_mean
from tests.linear_gaussian import LinearGaussian
from tfvae.terms import KL, NegativeLogLikelihood

# Per-dimension scales of q and shifts of its mean that give the three dimensions KLs far apart.
SCALES = np.array([0.3, 0.9, 1.4])


def make(term, seed=0):
    """Returns a VAE whose posterior's dimensions differ, and a batch."""
    model = LinearGaussian.random(seed=seed)
    vae = model.vae([NegativeLogLikelihood(), term])
    bias = vae.posterior.head.bias.numpy()
    bias[model.latents :] = vae.posterior.raw_from_scale(SCALES)
    vae.posterior.head.bias.assign(bias)
    return vae, model.sample(8)


def kl_by_hand(vae, x):
    """Returns the KL of each example and dimension, [B, d]."""
    posterior = vae.encode(x)
    loc, scale = posterior.mean().numpy(), posterior.stddev().numpy()
    return 0.5 * (loc**2 + scale**2 - 1 - 2 * np.log(scale))


def value_and_gradient(vae, term, x, weight=None):
    """Returns the term's value [B], its batch mean, and that mean's gradient in the encoder's head, each [.., 2d]."""
    with tf.GradientTape() as tape:
        inference = vae.infer(x, sample_weight=weight, seed=0)
        value = term.value(inference)
        mean = inference.share(value)
    variables = vae.posterior.trainable_variables
    return value.numpy(), float(mean), [g.numpy() for g in tape.gradient(mean, variables)]


def test_the_closed_form_is_the_formula():
    vae, x = make(KL())
    value, mean, _ = value_and_gradient(vae, KL(), x)
    expected = kl_by_hand(vae, x).sum(axis=1)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    assert mean == pytest.approx(expected.mean(), rel=1e-12)


def test_the_closed_form_is_the_mean_of_the_estimate():
    vae, x = make(KL())
    inference = vae.infer(np.repeat(x[:1], 100_000, axis=0), seed=0)
    estimates = KL(monte_carlo=True).value(inference).numpy()
    assert_mean(estimates, kl_by_hand(vae, x)[0].sum())


@pytest.mark.parametrize("weighted", [False, True])
def test_free_bits_clamps_the_batch_mean_of_each_dimension(weighted):
    vae, x = make(KL())
    weight = np.arange(len(x), dtype="float64") if weighted else np.ones(len(x))
    per_dimension = np.average(kl_by_hand(vae, x), axis=0, weights=weight)
    ordered = np.sort(per_dimension)
    free_bits = float(0.5 * (ordered[0] + ordered[1]))
    under = per_dimension < free_bits
    assert under.sum() == 1
    # Some example lies on the other side of the clamp than its batch: a clamp for each example would differ.
    assert np.any((kl_by_hand(vae, x) > free_bits) & under)

    _, mean, gradients = value_and_gradient(vae, KL(free_bits=free_bits), x, weight)
    assert mean == pytest.approx(np.maximum(per_dimension, free_bits).sum(), rel=1e-12)
    _, _, plain = value_and_gradient(vae, KL(), x, weight)
    # The head gives loc and then the scale of each dimension.
    under = np.concatenate([under, under])
    for gradient, unclamped in zip(gradients, plain, strict=True):
        assert np.all(gradient[..., under] == 0)
        np.testing.assert_allclose(gradient[..., ~under], unclamped[..., ~under], rtol=1e-12, atol=1e-14)
    # The biases, whose gradients can't vanish by symmetry, say that the comparison means something.
    assert np.all(plain[1][under] != 0)


def test_free_bits_of_zero_are_the_plain_term():
    vae, x = make(KL())
    plain, free = (value_and_gradient(vae, term, x) for term in (KL(), KL(free_bits=0.0)))
    np.testing.assert_allclose(free[0], plain[0], rtol=1e-12)
    np.testing.assert_allclose(free[2][0], plain[2][0], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("monte_carlo", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_capacity_is_the_distance_of_the_batch_mean(weighted, monte_carlo):
    vae, x = make(KL())
    weight = np.arange(len(x), dtype="float64") if weighted else np.ones(len(x))
    plain, plain_mean, plain_gradients = value_and_gradient(vae, KL(monte_carlo=monte_carlo), x, weight)
    assert plain_mean == pytest.approx(np.average(plain, weights=weight), rel=1e-12)
    # Between the examples' own KLs: a distance for each example would differ.
    assert plain.min() < plain_mean < plain.max()
    for capacity, sign in ((plain_mean - 0.01, 1), (plain_mean + 0.01, -1)):
        term = KL(capacity=float(capacity), monte_carlo=monte_carlo)
        _, mean, gradients = value_and_gradient(vae, term, x, weight)
        assert mean == pytest.approx(0.01, rel=1e-9)
        for gradient, unclamped in zip(gradients, plain_gradients, strict=True):
            np.testing.assert_allclose(gradient, sign * unclamped, rtol=1e-12, atol=1e-14)
    assert np.abs(plain_gradients[1]).min() > 1e-3
