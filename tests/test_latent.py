"""Paths, directions and neighbours in latent and pixel space, against their definitions."""

import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tfvae import VAE, data, families, latent, networks, priors, terms

RNG = np.random.default_rng(0)


def conditional():
    return VAE(
        encoder=networks.Conditional(networks.mlp_encoder((8, 8, 1 + 10), (16,)), num_classes=10),
        posterior=families.Normal(LATENT),
        prior=priors.StandardNormal(LATENT),
        decoder=networks.Conditional(networks.mlp_decoder((LATENT[0] + 10,), (16,)), num_classes=10),
        likelihood=families.Bernoulli(SHAPE),
        objective=[terms.NegativeLogLikelihood(), terms.KL()],
        preprocessing=data.Binarize(),
    )


@pytest.mark.parametrize("path", [latent.linear, latent.spherical])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_ends_of_a_path_are_exact(path, dtype):
    a, b = RNG.standard_normal((2, 4, 7)).astype(dtype)
    result = path(a, b, 5)
    assert result.shape == (5, 4, 7)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result[0], a)
    np.testing.assert_array_equal(result[-1], b)
    # A batch is its rows.
    np.testing.assert_allclose(result[:, 2], path(a[2], b[2], 5), rtol=1e-6)


def test_a_linear_path_has_equal_steps():
    a, b = RNG.standard_normal((2, 7))
    steps = np.diff(latent.linear(a, b, 6), axis=0)
    np.testing.assert_allclose(steps, np.tile((b - a) / 5, (5, 1)), atol=1e-12)


def test_a_spherical_path_stays_on_the_sphere_at_equal_angles():
    a, b = RNG.standard_normal((2, 7))
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    path = latent.spherical(a, b, 6)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 1.0, atol=1e-12)
    angles = np.arccos(np.sum(path[1:] * path[:-1], axis=1))
    np.testing.assert_allclose(angles, np.arccos(a @ b) / 5, atol=1e-7)


@pytest.mark.parametrize("b", [[2.0, 4.0], [1.0, 2.0 + 1e-12], [-1.0, -2.0], [0.0, 0.0]])
def test_without_a_great_circle_the_path_is_straight(b):
    a = np.array([1.0, 2.0])
    np.testing.assert_array_equal(latent.spherical(a, b, 5), latent.linear(a, b, 5))


def test_bad_paths_are_refused():
    with pytest.raises(ValueError, match=r"`a` and `b`.*\(2,\) and \(3,\)"):
        latent.linear(np.zeros(2), np.zeros(3), 5)
    for steps in (1, 2.5, True):
        with pytest.raises(ValueError, match="`steps`"):
            latent.spherical(np.zeros(2), np.ones(2), steps)


def test_a_traversal_decodes_one_dimension_at_a_time():
    vae = make()
    z = np.array([0.1, 0.2, 0.3], "float32")
    images = latent.traversal(vae, z, dimensions=[2, 0], values=[-1.0, 5.0])
    assert images.shape == (2, 2, *SHAPE)
    expected = vae.decode(tf.constant([[0.1, 0.2, -1.0], [0.1, 0.2, 5.0], [-1.0, 0.2, 0.3], [5.0, 0.2, 0.3]])).mean()
    np.testing.assert_allclose(images.reshape(4, *SHAPE), expected, atol=1e-6)
    assert latent.traversal(vae, z).shape == (3, 7, *SHAPE)


def test_a_traversal_takes_the_condition():
    vae, z = conditional(), np.zeros(LATENT)
    three = latent.traversal(vae, z, condition=3)
    np.testing.assert_allclose(three[1, 3], vae.decode(np.zeros((1, 3)), np.array([3])).mean()[0], atol=1e-6)
    assert np.abs(three - latent.traversal(vae, z, condition=4)).max() > 1e-3
    with pytest.raises(ValueError, match="conditional"):
        latent.traversal(vae, z)


@pytest.mark.parametrize(
    ("z", "arguments", "message"),
    [
        (np.zeros((2, 3)), {}, r"`z`.*\(3,\).*\(2, 3\)"),
        (np.zeros(3), {"dimensions": [0, 3]}, r"`dimensions`.*0\.\.2.*\[0, 3\]"),
    ],
)
def test_bad_traversals_are_refused(z, arguments, message):
    with pytest.raises(ValueError, match=message):
        latent.traversal(make(), z, **arguments)


def test_an_attribute_vector_is_the_difference_of_mean_latents():
    vae, (images, labels) = make(), data.digits("train")
    ones, others = images[labels == 1], images[labels != 1]
    expected = vae.encode(ones).mean().numpy().mean(0) - vae.encode(others).mean().numpy().mean(0)
    vector = latent.attribute_vector(vae, ones, others)  # more than are encoded at once
    assert vector.shape == LATENT
    np.testing.assert_allclose(vector, expected, atol=1e-5)
    # Batches of unequal size weigh by their examples.
    batches = data.from_array(others, batch_size=500), data.from_array(ones, batch_size=100)
    np.testing.assert_allclose(latent.attribute_vector(vae, *batches), -expected, atol=1e-5)
    with pytest.raises(ValueError, match="`without_attribute`"):
        latent.attribute_vector(vae, ones, images[:0])


def test_an_attribute_vector_of_a_conditional_model():
    vae, (images, labels) = conditional(), data.digits("train")
    pairs = (images[:20], labels[:20]), (images[20:60], labels[20:60])
    means = [vae.encode(*pair).mean().numpy().mean(0) for pair in pairs]
    np.testing.assert_allclose(latent.attribute_vector(vae, *pairs), means[0] - means[1], atol=1e-6)
    with pytest.raises(ValueError, match="conditional"):
        latent.attribute_vector(vae, images[:20], images[20:60])


def test_nearest_is_the_brute_force_answer():
    images, others = RNG.random((9, 4, 4, 1)), RNG.random((1300, 4, 4, 1))
    squares = ((images[:, None] - others[None]) ** 2).sum((2, 3, 4))
    batches = data.from_array(others, np.zeros(1300), batch_size=77, shuffle=False)
    for reference in (others, batches):
        indices, distances = latent.nearest(images, reference)
        np.testing.assert_array_equal(indices, squares.argmin(1))
        np.testing.assert_allclose(distances, squares.min(1), rtol=1e-12)


def test_nearest_knows_a_copy_in_other_units():
    raw = digits()
    indices, distances = latent.nearest((raw[[7, 30]] / 255).astype("float64"), raw)
    assert indices.tolist() == [7, 30]
    assert distances.tolist() == [0.0, 0.0]
    # Of equal images the first.
    assert latent.nearest(raw[[5]], np.concatenate([raw, raw]))[0] == 5


def test_bad_neighbours_are_refused():
    with pytest.raises(ValueError, match=r"`data`.*64 values"):
        latent.nearest(digits(), np.zeros((5, 9)))
    with pytest.raises(ValueError, match="int64"):
        latent.nearest(np.zeros((2, 4), "int64"), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="none"):
        latent.nearest(np.zeros((2, 4)), np.zeros((0, 4)))


def test_a_linear_probe_finds_what_is_in_the_latent():
    # An encoder that hands two pixels on: linearly separable by construction, and not where the labels are random.
    vae = make(
        encoder=networks.linear(SHAPE),
        posterior=families.Deterministic(LATENT),
        objective=[terms.NegativeLogLikelihood()],
    )
    x = np.zeros((400, *SHAPE), "uint8")
    x[:, 0, 0, 0] = 255 * RNG.integers(0, 2, 400)
    x[:, 0, 1, 0] = 255 * RNG.integers(0, 2, 400)
    labels = (x[:, 0, 0, 0] > 0).astype("int32")
    train, test = (x[:300], labels[:300]), (x[300:], labels[300:])
    assert latent.linear_probe(vae, train, test) == 1.0
    assert latent.linear_probe(vae, data.from_array(*train, batch_size=64), data.from_array(*test, batch_size=30)) == 1
    # It is the test data that is scored, and no example by what the others are.
    noise = 255 * RNG.integers(0, 2, (20, *SHAPE)).astype("uint8")
    alone = [latent.linear_probe(vae, train, (noise[[n]], labels[:20][[n]])) for n in range(20)]
    assert np.mean(alone) == pytest.approx(latent.linear_probe(vae, train, (noise, labels[:20])))
    assert latent.linear_probe(vae, train, (test[0], 1 - test[1])) == 0.0
    random = RNG.integers(0, 2, 400)
    assert latent.linear_probe(vae, (x[:300], random[:300]), (x[300:], random[300:])) < 0.7
    with pytest.raises(ValueError, match=r"`test`.*without label"):
        latent.linear_probe(vae, train, x[300:])


def test_a_linear_probe_of_a_conditional_model():
    images, labels = data.digits("train")
    batch = ((images[:200], labels[:200]), labels[:200])
    assert 0.0 <= latent.linear_probe(conditional(), batch, batch) <= 1.0
    with pytest.raises(ValueError, match="conditional"):
        latent.linear_probe(conditional(), batch[0], batch[0])
