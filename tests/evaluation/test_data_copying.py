"""Copies of training data: found where they are planted, here or there, and nowhere else."""

import math

import keras
import numpy as np
import pytest
from scipy import stats
from sklearn.neighbors import NearestNeighbors

from tests.models import SHAPE, digits, make
from tfvae import data, evaluation, random, recipes
from tfvae.evaluation import cells, neighbourhoods
from tfvae.evaluation.nearest import nearest
from tfvae.evaluation.rank_sum import rank_sum


def measured(samples, train, held_out, network=None, **given):
    return evaluation.data_copying(samples, train, held_out, network, verbose=0, **given)


def normal(rng, count, size=2):
    return rng.normal(size=(count, size))


@pytest.mark.parametrize("at_once", [1, 300, 1 << 22])
def test_the_nearest_is_that_of_scikit_learn(at_once, monkeypatch):
    monkeypatch.setattr(neighbourhoods, "_AT_ONCE", at_once)
    rng = np.random.default_rng(0)
    points, among = normal(rng, 40, 5) + 1e3, normal(rng, 60, 5) + 1e3
    distances, rows = nearest(points, among)
    expected, which = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(among - 1e3).kneighbors(points - 1e3)
    np.testing.assert_allclose(distances, expected[:, 0], rtol=1e-9)
    assert rows.tolist() == which[:, 0].tolist()


def test_a_copy_is_at_distance_0_and_equal_distances_are_ties():
    rng = np.random.default_rng(0)
    among = normal(rng, 300, 50) * 100 + 1e4
    distances, rows = nearest(among, among)
    assert distances.tolist() == [0.0] * 300
    assert rows.tolist() == list(range(300))
    bits = rng.integers(2, size=(200, 20)).astype("float64")
    distances, _ = nearest(bits[:100], bits[100:])
    assert set(distances) <= {math.sqrt(number) for number in range(21)}


def test_it_is_the_test_of_the_distances():
    rng = np.random.default_rng(1)
    train, held_out, samples = normal(rng, 90), normal(rng, 50), 0.8 * normal(rng, 70)
    found = measured(samples, train, held_out)
    expected = stats.mannwhitneyu(found.distance, found.held_out_distance, method="asymptotic", use_continuity=False)
    assert (found.u, found.p_value) == (expected.statistic, pytest.approx(expected.pvalue))
    apart = np.linalg.norm(samples[:, None].astype("float32") - train.astype("float32"), axis=2)
    np.testing.assert_allclose(found.distance, apart.min(axis=1), rtol=1e-4)
    assert found.nearest.tolist() == apart.argmin(axis=1).tolist()
    np.testing.assert_allclose(
        found.held_out_distance, nearest(held_out.astype("float32"), train.astype("float32"))[0], rtol=1e-4
    )
    assert (found.num_train, found.network, found.samples) == (90, "none: the values themselves", None)


def by_loops(samples, train, held_out, count, least, seed):
    """C_T of the definition: z in each cell, weighted by the held-out examples there."""
    from sklearn.cluster import KMeans

    partition = KMeans(count, n_init=4, random_state=seed).fit(train)
    total = weight = 0.0
    for cell in range(count):
        here, real, made = (x[partition.predict(x) == cell] for x in (train, held_out, samples))
        if len(real) < least or len(made) < least:
            continue
        apart = [[min(np.linalg.norm(point - other) for other in here) for point in x] for x in (made, real)]
        m, n = len(made), len(real)
        u = sum((a > b) + (a == b) / 2 for a in apart[0] for b in apart[1])
        total += n * (u - m * n / 2) / math.sqrt(m * n * (m + n + 1) / 12)
        weight += n
    return total / weight


@pytest.mark.parametrize("least", [1, 25])
def test_c_t_is_its_definition(least):
    rng = np.random.default_rng(2)
    train, held_out, samples = normal(rng, 120), normal(rng, 90), normal(rng, 130) + 0.5
    found = cells.over_cells(samples, train, held_out, 4, least, seed=0)
    assert found.value == pytest.approx(by_loops(samples, train, held_out, 4, least, 0), rel=1e-10)
    assert [found.train.sum(), found.held_out.sum(), found.samples.sum()] == [120, 90, 130]
    left_out = (found.held_out < least) | (found.samples < least)
    assert np.isnan(found.per_cell).tolist() == left_out.tolist()
    assert found.weights == pytest.approx(np.where(left_out, 0, found.held_out) / found.held_out[~left_out].sum())
    assert left_out.any() == (least > 1)
    assert found.z == pytest.approx(found.value / math.sqrt((found.weights**2).sum()))
    assert found.p_value == pytest.approx(2 * stats.norm.cdf(-abs(found.z)))


def test_one_cell_is_the_whole():
    rng = np.random.default_rng(3)
    found = measured(normal(rng, 40), normal(rng, 50), normal(rng, 30), cells=1)
    assert (found.cells.value, found.cells.z, found.cells.p_value) == pytest.approx((found.z, found.z, found.p_value))


def test_without_a_cell_of_enough_examples_nothing_is_known():
    rng = np.random.default_rng(3)
    found = measured(normal(rng, 40), normal(rng, 50), normal(rng, 30), least=31).cells
    assert np.isnan([found.value, found.z, found.p_value, *found.per_cell]).all()
    assert found.weights.tolist() == [0.0] * 5
    assert found.held_out.sum() == 30


def test_under_the_null_both_are_standard():
    """Over 300 sets of three samples of one law: the mean is known to 0.058, the variance to 0.082."""
    scores = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        train, held_out, samples = (rng.gamma(1.0, size=(count, 2)) for count in (60, 50, 80))
        distance, real = nearest(samples, train)[0], nearest(held_out, train)[0]
        over = cells.over_cells(samples, train, held_out, 3, 5, seed)
        scores.append([rank_sum(distance, real).z, over.z])
    means, variances = np.mean(scores, axis=0), np.var(scores, axis=0)
    assert (np.abs(means) < 4 / math.sqrt(300)).all(), means
    assert (np.abs(variances - 1) < 4 * math.sqrt(2 / 300)).all(), variances


@pytest.mark.parametrize("seed", range(3))
def test_what_is_planted_is_found(seed):
    rng = np.random.default_rng(seed)
    train, held_out, samples = normal(rng, 300), normal(rng, 150), normal(rng, 200)
    copies = measured(train[:200] + 0.01 * samples, train, held_out)
    assert max(copies.z, copies.cells.z) < -6
    assert copies.p_value < 1e-8
    assert np.mean(copies.nearest == np.arange(200)) > 0.9
    wide = measured(3 * samples, train, held_out, least=5)
    assert min(wide.z, wide.cells.z) > 6
    new = measured(samples, train, held_out)
    assert max(abs(new.z), abs(new.cells.z)) < 3.5


def test_copies_in_one_cell_are_found_by_the_cells_alone():
    """Four narrow modes and a wide one, copied: its copies are still not nearer than examples of the others."""
    rng = np.random.default_rng(0)
    centres = 100.0 * np.arange(5)[:, None] * [[1.0, 0.0]]
    spread = np.array([0.01, 0.01, 0.01, 0.01, 10.0])[:, None, None]

    def modes(count):
        return (centres[:, None] + spread * rng.normal(size=(5, count, 2))).reshape(-1, 2)

    train, held_out, samples = modes(100), modes(100), modes(100)
    samples[-100:] = train[-100:] + 0.05 * rng.normal(size=(100, 2))
    found = measured(samples, train, held_out)
    assert abs(found.z) < 3
    assert found.cells.z < -4
    assert found.cells.held_out.tolist() == [100] * 5
    lowest = int(np.argmin(found.cells.per_cell))
    assert found.cells.per_cell[lowest] < -11
    assert (np.abs(np.delete(found.cells.per_cell, lowest)) < 3.5).all()


def network():
    start = keras.initializers.GlorotUniform(0)
    layers = [keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(4, kernel_initializer=start)]
    return keras.Sequential(layers, name="flat")


def thirds():
    images = digits(240)
    return images[:100], images[100:170], images[170:]


def test_datasets_are_their_arrays_and_bytes_their_intensities():
    train, held_out, samples = thirds()
    expected = measured(samples / np.float32(255), train, held_out, cells=2, least=5)
    given = (data.from_array(x, batch_size=33, seed=3) for x in (samples, train, held_out))
    found = measured(*given, cells=2, least=5)
    np.testing.assert_allclose(found.distance, expected.distance, rtol=1e-6)
    assert found.nearest.tolist() == expected.nearest.tolist()
    assert (found.z, found.cells.value) == pytest.approx((expected.z, expected.cells.value))
    pixels = [x.reshape(len(x), -1) / 255 for x in (samples, train)]
    np.testing.assert_allclose(found.distance, nearest(*pixels)[0], rtol=1e-5)


def test_features_are_those_of_the_network():
    train, held_out, samples = thirds()
    own = network()
    found = measured(samples, train, held_out, own, cells=2)
    rows = [own.predict(x / np.float32(255), verbose=0).astype("float64") for x in (samples, train)]
    np.testing.assert_allclose(found.distance, nearest(*rows)[0], rtol=1e-3)
    assert found.network.startswith("flat, 260 weights, sha256 ")


def test_a_model_samples_with_its_seed():
    train, held_out, _ = thirds()
    vae = make(preprocessing=data.DynamicBinarize())
    found = measured(vae, train, held_out, seed=3)
    drawn = vae.sample(70, seed=random.fold(random.as_seed(3, None), 1, 0)).numpy()
    np.testing.assert_allclose(found.samples, drawn, rtol=1e-6)
    expected = measured(drawn, train, held_out, seed=3)
    np.testing.assert_allclose(found.distance, expected.distance, rtol=1e-5)
    assert (found.z, found.cells.value) == pytest.approx((expected.z, expected.cells.value), rel=1e-3)
    assert len(measured(vae, train, held_out, count=20).distance) == 20
    assert (measured(vae, train, held_out, seed=4).distance != found.distance).any()
    # Draws are black and white.
    assert set(np.unique(measured(vae, train, held_out, mean=False).samples)) == {0.0, 1.0}


def test_a_model_samples_with_the_conditions_of_held_out_data(monkeypatch):
    (train, labels), (held_out, known) = data.digits("train"), data.digits("test")
    vae, told = recipes.conditional_vae(SHAPE, 2, seed=0), []
    sample = type(vae).sample

    def told_of(self, n, condition, **given):
        told.extend(np.asarray(condition).tolist())
        return sample(self, n, condition, **given)

    monkeypatch.setattr(type(vae), "sample", told_of)
    given = data.from_array(train[:60], labels[:60]), data.from_array(held_out[:40], known[:40], batch_size=15)
    assert len(measured(vae, *given, count=80).samples) == 80
    assert sorted(told) == sorted([*known[:40].tolist()] * 2)
    assert told[:40] == told[40:]
