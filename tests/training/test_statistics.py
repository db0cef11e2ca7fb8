"""What moves without a gradient moves by the whole batch: weighted, in pieces, and only by steps that are applied."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tfvae import data, families, priors, random, terms
from tfvae.training import pieces

X = digits(24)


def model(scale="optimal", family=families.Normal, **options):
    vae = make(likelihood=family(SHAPE, scale=scale), preprocessing=data.Rescale(), **options)
    vae.compile(keras.optimizers.SGD(1e-9))
    return vae


def scale_of(vae):
    z = np.zeros((1, *LATENT), "float32")
    return vae.decode(z).distribution.scale.numpy()


def errors(vae, power, axes, weights=None):
    """Returns the optimal scale for the next step's own draws."""
    seed = keras.ops.convert_to_numpy(vae._noise.state)
    vae.likelihood._seen.assign(0)
    inference = vae.infer(X, num_samples=vae.num_samples, seed=random.next_seed(vae._noise), training=True)
    vae._noise.state.assign(seed)
    off = np.abs(inference.x.numpy() - inference.likelihood.distribution.loc.numpy()).astype("float64") ** power
    return np.average(off.mean(axis=0), axis=0, weights=weights).mean(axis=axes) ** (1 / power)


@pytest.mark.parametrize(
    ("family", "power", "kind"),
    [
        (families.Normal, 2, "optimal"),
        (families.Normal, 2, "optimal_dimension"),
        (families.Laplace, 1, "optimal"),
    ],
)
@pytest.mark.parametrize("weights", [None, np.arange(24) % 3], ids=["equal", "weighted"])
def test_an_optimal_scale_is_the_mean_error_of_the_batch(family, power, kind, weights):
    vae = model(kind, family)
    assert np.all(scale_of(vae) == 1)
    expected = errors(vae, power, (0, 1, 2) if kind == "optimal" else (), weights)
    vae.train_on_batch(X, sample_weight=weights)
    np.testing.assert_allclose(scale_of(vae), expected * np.ones_like(scale_of(vae)), rtol=1e-5)


def test_a_batch_in_pieces_moves_as_the_whole_one(monkeypatch):
    found = []
    for examples in (24, 5):
        monkeypatch.setattr(pieces, "_DIMENSIONS", 4 * 64 * examples)
        # Of almost no width, since pieces have other noise than the whole.
        vae = model(objective=[terms.ImportanceWeighted(4)], posterior=families.Normal(LATENT, scale=1e-9))
        assert pieces.size(vae, 24) == (None if examples == 24 else 5)
        vae.train_on_batch(X, sample_weight=np.arange(24) % 3)
        assert vae.likelihood._seen.numpy() == 24
        found.append(scale_of(vae))
    np.testing.assert_allclose(*found, rtol=1e-6)


def test_the_record_forgets_by_a_tenth_each_step():
    vae = model()
    batches = [X[:12], X[12:20], X[20:]]
    sums = []
    for batch in batches:
        before = float(vae.likelihood._errors.numpy())
        vae.train_on_batch(batch)
        sums.append(float(vae.likelihood._errors.numpy()) - 0.9 * before)
    expected = np.sqrt((0.81 * sums[0] + 0.9 * sums[1] + sums[2]) / (0.81 * 12 + 0.9 * 8 + 4))
    np.testing.assert_allclose(scale_of(vae), expected, rtol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_skipped_step_moves_nothing(jit_compile):
    vae = make(likelihood=families.Normal(SHAPE, scale="optimal"), preprocessing=None)
    vae.compile(keras.optimizers.SGD(1e-9), jit_compile=jit_compile, steps_per_execution=4)
    good = X.astype("float32") / 255
    batches = tf.data.Dataset.from_tensor_slices(np.stack([good, good, good * np.nan, good]))
    with pytest.warns(UserWarning, match="Batch 2 of epoch 1"):
        vae.fit(batches, verbose=0)
    assert vae.train_function.blocks == jit_compile
    assert int(vae.skipped_steps.total.numpy()) == 1
    np.testing.assert_allclose(vae.likelihood._seen.numpy(), 24 * (1 + 0.9 + 0.81), rtol=1e-6)
    assert scale_of(vae) < 0.6


def test_a_frozen_likelihood_stays_as_it_is():
    vae = model()
    vae.train_on_batch(X)
    before = scale_of(vae)
    vae.likelihood.trainable = False
    vae.fit(X // 4, batch_size=12, epochs=3, verbose=0)
    np.testing.assert_array_equal(scale_of(vae), before)


def test_an_optimal_scale_needs_no_learning_rate():
    """The learned one is at its start after ten steps of a rate as small as this."""
    for kind in ("optimal", "shared"):
        vae = model(kind)
        vae.fit(X, batch_size=12, epochs=5, verbose=0)
        assert (scale_of(vae) < 0.6) == (kind == "optimal")


@pytest.mark.parametrize(
    "options",
    [
        lambda: {"posterior": families.Normal(LATENT, scale="optimal")},
        lambda: {"prior": priors.Learned(families.Normal(LATENT, scale="optimal"))},
        lambda: {"likelihood": families.Joint([families.Normal((64,), scale="optimal")])},
    ],
    ids=["posterior", "prior", "joint"],
)
def test_it_is_refused_where_nothing_moves_it(options):
    with pytest.raises(ValueError, match="moves by statistics of the batch"):
        make(**options())


@pytest.mark.parametrize("family", [families.Logistic, families.StudentT])
def test_it_is_refused_where_it_has_no_closed_form(family):
    with pytest.raises(ValueError, match="'shared'"):
        family(SHAPE, scale="optimal")
