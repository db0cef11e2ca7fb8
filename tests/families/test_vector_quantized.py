"""A codebook: the nearest code, its gradient, and the mean of what it was nearest to."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import digits, make
from tfvae import data, families, terms

Z = (2, 3, 4)
CODES = 5


@pytest.fixture
def family():
    keras.utils.set_random_seed(0)
    return families.VectorQuantized(Z, CODES, decay=0.9, revive=0, dtype="float64")


def vectors(count=7, seed=0):
    return np.random.default_rng(seed).normal(size=(count, *Z))


def nearest(values, codes):
    """The numbers of the nearest codes, by brute force."""
    distances = np.linalg.norm(values[..., None, :] - codes, axis=-1)
    return distances.argmin(axis=-1)


def test_each_vector_becomes_the_nearest_code_and_keeps_its_gradient(family):
    values, codes = vectors(), family.codes.numpy()
    encoded = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(encoded)
        z = family.build_distribution(encoded).sample(2, seed=0)
        loss = tf.reduce_sum(z**2)
    indices = nearest(values, codes)
    np.testing.assert_array_equal(family.build_distribution(encoded).indices, indices)
    np.testing.assert_allclose(z, np.stack([codes[indices]] * 2), rtol=1e-12)
    # That of two draws of z^2 at the codes, not at the vectors.
    np.testing.assert_allclose(tape.gradient(loss, encoded), 2 * 2 * codes[indices], rtol=1e-12)


def test_a_code_is_the_decayed_mean_of_the_vectors_that_it_was_nearest_to(family):
    uses = family.book.uses.numpy()
    sums = uses[:, None] * family.codes.numpy()
    for step in range(3):
        values = vectors(seed=step)
        weights = np.arange(7) % 3
        indices = nearest(values, sums / uses[:, None])
        distribution = family.build_distribution(tf.constant(values))
        means = family.statistics(distribution, None, tf.constant(weights / weights.sum()))
        family.move(means, tf.constant(float(weights.sum()), tf.float64))
        uses, sums = 0.9 * uses, 0.9 * sums
        for example, row in enumerate(indices):
            for position in np.ndindex(row.shape):
                uses[row[position]] += weights[example]
                sums[row[position]] += weights[example] * values[example][position]
        np.testing.assert_allclose(family.codes, sums / uses[:, None], rtol=1e-10)


def test_k_means_is_where_the_codes_stay():
    """On vectors that stay the codes end where each is the mean of what is nearest to it, as Lloyd's algorithm does."""
    values = np.concatenate([np.random.default_rng(0).normal(size=(60, 2)) + centre for centre in (0.0, 4.0, 9.0)])
    start = values[[0, 1, 70, 130, 150]]
    family = of_codes(start, revive=0)
    family.book.decay = 0.7
    for _ in range(200):
        move(family, values)
    lloyd = start
    for _ in range(200):
        numbers = nearest(values, lloyd)
        lloyd = np.stack([values[numbers == code].mean(axis=0) for code in range(5)])
    codes = family.codes.numpy()
    numbers = nearest(values, codes)
    assert set(numbers) == set(range(5))
    np.testing.assert_allclose(codes, [values[numbers == code].mean(axis=0) for code in range(5)], rtol=1e-6)
    move(family, values)
    np.testing.assert_allclose(family.codes, codes, rtol=1e-9)
    # Lloyd's own fixed point stays, too.
    family = of_codes(lloyd, revive=0)
    for _ in range(3):
        move(family, values)
    np.testing.assert_allclose(family.codes, lloyd, rtol=1e-9)


def test_dead_codes_share_what_the_busiest_have():
    codes = np.array([[0, 0], [10, 0], [0, 10], [50, 50], [60, 60], [70, 70]], "float64")
    family = of_codes(codes, revive=0.1)
    move(family, np.repeat(codes[[0, 1, 2, 5]], [20, 90, 40, 1], axis=0))
    moved, uses = family.codes.numpy(), family.book.uses.numpy()
    # The first dead code goes to the busiest one, the second to the second, the third, used for 1 of 151, to the third.
    for dead, busy, together in ((3, 1, 90), (4, 2, 40), (5, 0, 20)):
        assert 0 < np.linalg.norm(moved[dead] - codes[busy]) < 2
        np.testing.assert_allclose(moved[busy], codes[busy])
        np.testing.assert_allclose(uses[[dead, busy]], together / 2)


def test_more_dead_codes_than_living_ones_wait_for_their_turn():
    codes = np.arange(6.0)[:, None] * 10
    family = of_codes(codes, revive=0.1)
    move(family, np.repeat(codes[:1], 5, axis=0))
    assert np.sum(np.abs(family.codes.numpy() - codes) > 1e-9) == 1
    for _ in range(20):
        move(family, np.linspace(0, 60, 50)[:, None])
    assert len(np.unique(nearest(np.linspace(0, 60, 50)[:, None], family.codes.numpy()))) == 6


def test_a_code_that_is_never_the_nearest_stays_where_it_is():
    codes = np.array([[0.0], [100.0]])
    family = of_codes(codes, revive=0)
    for _ in range(3):
        move(family, np.ones((4, 1)))
    np.testing.assert_allclose(family.codes, [[1.0], [100.0]])


def of_codes(codes, revive):
    """A family of these codes that remembers nothing but the last step."""
    family = families.VectorQuantized(codes.shape[1:], len(codes), decay=0.0, revive=revive, dtype="float64")
    family.book._codes.assign(codes)
    return family


def move(family, values):
    """Moves a family by a batch of vectors, one position each."""
    count = len(values)
    means = family.statistics(
        family.build_distribution(tf.constant(values)), None, tf.ones([count], tf.float64) / count
    )
    family.move(means, tf.constant(float(count), tf.float64))


def test_a_book_without_dead_codes_is_left_alone(family):
    family.book.revive = 0.01
    means = {"uses": tf.constant(np.full(CODES, 1.0)), "sums": tf.constant(np.full((CODES, 4), 2.0))}
    before = family.codes.numpy()
    family.move(means, tf.constant(10.0, tf.float64))
    np.testing.assert_allclose(family.codes, (0.9 * before + 10 * 2) / (0.9 + 10), rtol=1e-12)


def test_commitment_is_the_squared_distance_and_pulls_the_encoder_alone(family):
    posterior = make(
        posterior=families.VectorQuantized((3,), 4),
        likelihood=families.Normal((8, 8, 1), scale=0.5),
        objective=[terms.NegativeLogLikelihood(), terms.Commitment()],
        preprocessing=data.Rescale(),
    )
    with tf.GradientTape() as tape:
        inference = posterior.infer(digits(5), seed=0)
        encoded = inference.latents[0].posterior.encoded
        value = terms.Commitment().value(inference)
    codes = posterior.posterior.codes.numpy()
    off = encoded.numpy() - codes[nearest(encoded.numpy(), codes)]
    np.testing.assert_allclose(value, (off**2).sum(axis=-1), rtol=1e-5)
    np.testing.assert_allclose(tape.gradient(value, encoded), 2 * off, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("arguments", [{"num_codes": 1}, {"decay": 1.0}, {"decay": -0.1}, {"revive": 1}])
def test_bad_arguments_are_refused(arguments):
    (name,) = arguments
    with pytest.raises(ValueError, match=name):
        families.VectorQuantized((3,), **{"num_codes": 4, **arguments})


def test_commitment_needs_codes():
    with pytest.raises(ValueError, match="VectorQuantized"):
        make(objective=[terms.NegativeLogLikelihood(), terms.Commitment()])


@pytest.mark.slow
def test_training_uses_the_whole_book():
    """The codes of a trained model carry the digits; with revival more of them are used than without."""
    x = data.digits("train")[0]
    used = []
    for revive in (0.0, 0.1):
        vae = make(
            posterior=families.VectorQuantized((3,), 256, revive=revive),
            likelihood=families.Normal((8, 8, 1), scale="optimal"),
            objective=[terms.NegativeLogLikelihood(), terms.Commitment(4.0)],
            preprocessing=data.Rescale(),
        )
        vae.compile(keras.optimizers.Adam(2e-3))
        vae.fit(x, batch_size=128, epochs=30, verbose=0)
        used.append(len(np.unique(vae.encode(x).indices)))
        error = np.mean((vae.reconstruct(x) - x / 255) ** 2)
        assert error < 0.7 * np.var(x / 255, axis=0).mean()
    assert used[1] > 1.5 * used[0]
