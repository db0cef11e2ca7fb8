"""Several codebooks: each the nearest to what the earlier ones leave, and moved by it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import digits, make
from tfvae import data, families, terms

Z = (2, 3, 4)
CODES, DEPTH = 5, 3


@pytest.fixture
def family():
    keras.utils.set_random_seed(0)
    return families.ResidualQuantized(Z, CODES, DEPTH, decay=0.9, revive=0, dtype="float64")


def vectors(count=7, seed=0):
    return np.random.default_rng(seed).normal(size=(count, *Z))


def greedy(vector, books):
    """The numbers of the codes of one vector and the sums after each book, by brute force."""
    left, numbers, sums = vector.copy(), [], []
    for book in books:
        numbers.append(int(np.argmin([np.sum((left - code) ** 2) for code in book])))
        left = left - book[numbers[-1]]
        sums.append(vector - left)
    return numbers, sums


def test_each_vector_becomes_the_sum_of_its_greedy_codes_and_keeps_its_gradient(family):
    values, books = vectors(), [book.codes.numpy() for book in family.books]
    encoded = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(encoded)
        law = family.build_distribution(encoded)
        loss = tf.reduce_sum(law.sample(seed=0) ** 2)
    for place in np.ndindex(values.shape[:-1]):
        numbers, sums = greedy(values[place], books)
        assert law.indices.numpy()[place].tolist() == numbers
        for stage, expected in zip(law.stages, sums, strict=True):
            np.testing.assert_allclose(stage.numpy()[place], expected, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(law.mean().numpy()[place], sums[-1], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(tape.gradient(loss, encoded), 2 * law.mean(), rtol=1e-12)
    np.testing.assert_array_equal(family.embed(law.indices), law.mean())


def test_each_book_is_the_decayed_mean_of_what_was_left_to_it(family):
    books = [book.codes.numpy() for book in family.books]
    values, weights = vectors(), np.arange(7) % 3
    uses, sums = np.full((DEPTH, CODES), 0.9), np.stack(books) * 0.9
    for place in np.ndindex(values.shape[:-1]):
        numbers, made = greedy(values[place], books)
        for depth, number in enumerate(numbers):
            uses[depth, number] += weights[place[0]]
            sums[depth, number] += weights[place[0]] * (values[place] - (made[depth - 1] if depth else 0))
    means = family.statistics(family.build_distribution(tf.constant(values)), None, tf.constant(weights / 6))
    assert {name: tuple(value.shape) for name, value in means.items()} == family.statistic_shapes()
    family.move(means, tf.constant(6.0, tf.float64))
    for book, use, total in zip(family.books, uses, sums, strict=True):
        np.testing.assert_allclose(book.codes, total / use[:, None], rtol=1e-10)


def of_books(books, revive=0.0):
    """A family of these books that remembers nothing but the last step."""
    size = books[0].shape[1]
    family = families.ResidualQuantized((size,), len(books[0]), len(books), 0.0, revive, dtype="float64")
    for book, codes in zip(family.books, books, strict=True):
        book._codes.assign(codes)
    return family


def test_planted_sums_of_codes_are_found_without_error():
    rng = np.random.default_rng(0)
    # Each book's codes lie far closer together than those of the one before.
    books = [scale * rng.normal(size=(8, 3)) for scale in (100.0, 1.0, 0.01)]
    numbers = rng.integers(0, 8, (50, 3))
    values = sum(book[numbers[:, depth]] for depth, book in enumerate(books))
    law = of_books(books).build_distribution(tf.constant(values))
    errors = [float(tf.reduce_mean((values - stage) ** 2)) for stage in law.stages]
    np.testing.assert_array_equal(law.indices, numbers)
    assert errors[0] > 1e3 * errors[1] > 1e6 * errors[2]
    assert errors[2] < 1e-24


def test_the_error_falls_with_depth():
    """Of books that follow fixed vectors, each beside the others: so does k-means."""
    values = tf.constant(np.random.default_rng(0).normal(size=(500, 4)))
    errors = []
    for depth in (1, 2, 4):
        keras.utils.set_random_seed(0)
        family = families.ResidualQuantized((4,), 8, depth, decay=0.5, revive=0.1, dtype="float64")
        for _ in range(60):
            means = family.statistics(family.build_distribution(values), None, tf.ones([500], tf.float64) / 500)
            family.move(means, tf.constant(500.0, tf.float64))
        errors.append(float(tf.reduce_mean((values - family.build_distribution(values).mean()) ** 2)))
    # One book of 8 codes leaves about half of a Gaussian's variance in 4 dimensions, and each further one less.
    assert errors[1] < 0.75 * errors[0]
    assert errors[2] < 0.6 * errors[1]


def test_of_depth_1_it_is_vector_quantized():
    keras.utils.set_random_seed(0)
    several = families.ResidualQuantized(Z, CODES, 1, decay=0.9, revive=0.5, dtype="float64")
    one = families.VectorQuantized(Z, CODES, decay=0.9, revive=0.5, dtype="float64")
    one.book._codes.assign(several.books[0].codes)
    for step in range(4):
        laws = [family.build_distribution(tf.constant(vectors(seed=step))) for family in (one, several)]
        np.testing.assert_array_equal(laws[0].mean(), laws[1].mean())
        np.testing.assert_array_equal(laws[0].indices, laws[1].indices[..., 0])
        for family, law in zip((one, several), laws, strict=True):
            means = family.statistics(law, None, tf.ones([7], tf.float64) / 7)
            family.move(means, tf.constant(7.0, tf.float64))
        np.testing.assert_array_equal(one.codes, several.books[0].codes)


def test_commitment_holds_the_encoder_to_every_partial_sum():
    vae = make(
        posterior=families.ResidualQuantized((3,), 4, 2),
        likelihood=families.Normal((8, 8, 1), scale=0.5),
        objective=[terms.NegativeLogLikelihood(), terms.Commitment()],
        preprocessing=data.Rescale(),
    )
    with tf.GradientTape() as tape:
        inference = vae.infer(digits(5), seed=0)
        encoded = inference.latents[0].posterior.encoded
        value = terms.Commitment().value(inference)
    books = [book.codes.numpy() for book in vae.posterior.books]
    off = np.array([each - np.stack(greedy(each, books)[1]) for each in encoded.numpy()])
    np.testing.assert_allclose(value, (off**2).sum(axis=(1, 2)), rtol=1e-5)
    np.testing.assert_allclose(tape.gradient(value, encoded), 2 * off.sum(axis=1), rtol=1e-5, atol=1e-5)
