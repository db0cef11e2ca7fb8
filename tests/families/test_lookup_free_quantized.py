"""Codes that are signs: their numbers, their gradient, and the entropy of their use."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from tests.models import digits, make
from tfvae import data, families, networks, priors, terms

BITS = 5
SHAPE = (2, BITS)
CODES = np.array([code[::-1] for code in itertools.product((-1.0, 1.0), repeat=BITS)])


def test_codes_and_their_numbers_are_one_to_one():
    family = families.LookupFreeQuantized((BITS,), dtype="float64")
    numbers = np.arange(2**BITS, dtype="int32")
    assert family.book_sizes == (2**BITS,)
    np.testing.assert_array_equal(family.embed(numbers), CODES)
    np.testing.assert_array_equal(family.to_indices(tf.constant(CODES)), numbers)
    wide = families.LookupFreeQuantized((30,))
    assert int(wide.to_indices(wide.embed([2**30 - 2]))[0]) == 2**30 - 2


def test_each_vector_becomes_the_nearest_code_and_keeps_its_gradient():
    family = families.LookupFreeQuantized((2, BITS), dtype="float64")
    encoded = tf.constant(np.random.default_rng(0).normal(size=(50, 2, BITS)))
    with tf.GradientTape() as tape:
        tape.watch(encoded)
        law = family.build_distribution(encoded)
        total = tf.reduce_sum(law.sample(seed=0) * encoded.numpy())
    nearest = np.linalg.norm(encoded.numpy()[:, :, None] - CODES, axis=-1).argmin(axis=-1)
    np.testing.assert_array_equal(law.indices, nearest)
    np.testing.assert_array_equal(law.mean(), CODES[nearest])
    np.testing.assert_array_equal(tape.gradient(total, encoded), encoded)


def signs(term):
    """A model of two codes, and of a term."""
    return make(
        posterior=families.LookupFreeQuantized(SHAPE),
        prior=priors.StandardNormal(SHAPE),
        decoder=networks.mlp_decoder(SHAPE, (16,)),
        likelihood=families.Normal((8, 8, 1), scale=0.5),
        objective=[terms.NegativeLogLikelihood(), term],
        preprocessing=data.Rescale(),
    )


def entropies(encoded, temperature, weights, groups):
    """E H(q) - H(E q) times the number of positions, by summing over all codes."""
    total = 0.0
    for group in groups:
        codes = np.array(list(itertools.product((-1.0, 1.0), repeat=len(group))))
        squares = np.sum((encoded[:, :, None, group] - codes) ** 2, axis=-1)
        q = special.softmax(-squares / temperature, axis=-1)
        share = weights / weights.sum() / q.shape[1]
        mean = np.einsum("n,npc->c", share, q)
        total += np.einsum("n,npc->", share, special.entr(q)) - special.entr(mean).sum()
    return total * encoded.shape[1]


@pytest.mark.parametrize("temperature", [1.0, 0.3])
@pytest.mark.parametrize("group_size", [1, 2, 5, 8])
def test_the_entropy_is_that_of_all_codes(group_size, temperature):
    term = terms.CodeEntropy(temperature=temperature, group_size=group_size)
    vae = signs(term)
    weights = np.float32([1.0, 2.0, 0.0, 0.5, 3.0, 1.0])
    groups = [list(range(BITS))[start : start + group_size] for start in range(0, BITS, group_size)]
    with tf.GradientTape() as tape:
        inference = vae.infer(digits(6), sample_weight=weights, seed=0)
        encoded = inference.latents[0].posterior.encoded
        found = inference.batch_mean(term.value(inference))
    values = encoded.numpy().astype("float64")
    assert float(found) == pytest.approx(entropies(values, temperature, weights, groups), rel=1e-4, abs=1e-6)
    # The gradient is that of the whole, though the mean is a constant to it.
    gradient = tape.gradient(found, encoded).numpy()
    for place in [(0, 0, 0), (1, 1, 4), (3, 0, 2), (4, 1, 1)]:
        step = np.zeros_like(values)
        step[place] = 1e-5
        ends = [entropies(values + sign * step, temperature, weights, groups) for sign in (1, -1)]
        assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=2e-3, abs=1e-5)
    assert not gradient[2].any()


def test_sure_and_even_choices_have_the_least_entropy():
    """All codes of 3 bits, each as often: -3 log 2 a position; one code for all: 0."""

    class Given:
        def __init__(self, encoded):
            law = families.LookupFreeQuantized((3,)).build_distribution(tf.constant(encoded))
            self.latents = (type("Latent", (), {"posterior": law}),)

        def batch_mean(self, values):
            return tf.reduce_mean(values, axis=0)

    every = np.float32(list(itertools.product((-10.0, 10.0), repeat=3)))
    term = terms.CodeEntropy()
    assert float(tf.reduce_mean(term.value(Given(every)))) == pytest.approx(-3 * np.log(2), rel=1e-5)
    assert float(tf.reduce_mean(term.value(Given(every[:1].repeat(8, axis=0))))) == pytest.approx(0, abs=1e-5)


def test_commitment_is_the_distance_from_the_signs():
    vae = signs(terms.Commitment())
    inference = vae.infer(digits(5), seed=0)
    encoded = inference.latents[0].posterior.encoded.numpy()
    value = terms.Commitment().value(inference)
    np.testing.assert_allclose(value, ((np.abs(encoded) - 1) ** 2).sum(axis=(1, 2)), rtol=1e-5)
