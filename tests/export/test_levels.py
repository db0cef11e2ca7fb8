"""A model of several stochastic layers is used as any other: served, on a phone, explored, inspected."""

import json

import keras
import numpy as np
import pytest

from tests import suites
from tests.models import SHAPE, digits, make
from tests.parts.composed import ladder, top_down_maps
from tfvae import data, evaluation, export, families, latent, priors, recipes, terms
from tfvae.export import conversion


def labelled(count=60):
    images, labels = data.digits("train")
    return images[:count], labels[:count]


@pytest.fixture(scope="module")
def model():
    vae = make(**ladder())
    vae.compile(keras.optimizers.Adam(1e-2))
    vae.fit(digits(), batch_size=12, epochs=3, verbose=0)
    return vae


def test_it_is_served(model, tmp_path):
    """Each signature is compared with Keras before the version appears."""
    about = export.verify(export.saved_model(model, tmp_path / "levels"))["signatures"]
    assert set(about) == {
        *("decode", "encode", "encode_sample", "generate", "reconstruct", "score", "serving_default"),
    }
    assert about["decode"]["inputs"]["latent"]["shape"] == [None, 5]
    assert set(about["encode"]["outputs"]) == {"mean"}  # the spread of all layers has no closed form


# To reconstruct is to encode and to decode.
@pytest.mark.parametrize("part", suites.quick(("decoder", "encoder", "reconstruct"), keep=("reconstruct",)))
def test_each_part_of_it_is_a_litert_file(model, part, tmp_path):
    path = export.litert(model, tmp_path / f"{part}.tflite", part, data=digits(), timed=False)
    facts = json.loads((tmp_path / "manifest.json").read_text())["files"][path.name]
    assert facts["max_abs_error"] < 1e-4
    assert set(facts["outputs"]) == ({"mean"} if part != "decoder" else {"mean", "stddev"})
    assert all("FLEX" not in name.upper() for name in facts["operators"])


@pytest.mark.slow
def test_layers_of_feature_maps_are_litert_files(tmp_path):
    vae = make(**top_down_maps())
    vae.trained = True
    for part in ("decoder", "reconstruct"):
        assert export.litert(vae, tmp_path / f"{part}.tflite", part, data=digits(), timed=False).exists()


@pytest.mark.exhaustive
def test_details_of_a_picture_are_litert_files(tmp_path):
    vae = recipes.image_vae((32, 32, 1), 3, details=1)
    vae.trained = True
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 1)).astype("uint8")
    for part in ("decoder", "reconstruct"):
        path = export.litert(vae, tmp_path / f"{part}.tflite", part, data=images, timed=False)
        found = conversion.operators(path.read_bytes())
        assert not any("FLEX" in each.upper() or "CUSTOM" in each for each in found)


def test_its_explorer_draws_from_the_joint_prior(model, tmp_path):
    images, labels = labelled()
    content = json.loads(export.explorer(model, tmp_path, data.from_array(images, labels)).read_text())
    assert len(content["kl"]) == len(content["mean"]) == 5
    # No moments in closed form: draws, at two temperatures.
    (prior,) = content["prior"]
    np.testing.assert_allclose(prior["draws"], model.sample_prior(len(prior["draws"]), seed=0), rtol=2e-3, atol=1e-3)
    assert np.ptp(prior["centers"], axis=0).max() < 1e-3


def test_its_latents_are_inspected(model):
    images, labels = labelled()
    assert latent.traversal(model, np.zeros(5), [0, 4]).shape == (2, 7, *SHAPE)
    assert latent.attribute_vector(model, images[labels == 0], images[labels == 1]).shape == (5,)
    assert 0.2 < latent.linear_probe(model, (images, labels), (images, labels)) <= 1
    levels = model.posterior.split(evaluation.activity(model, data.from_array(images)).kl_per_dimension)
    assert [level.shape for level in levels] == [(2,), (3,)]


@pytest.mark.slow
def test_its_prior_is_fitted_afterwards():
    """The top one and those below it, in one: the cross entropy falls, and nothing else of the model moves."""
    vae = make(**(ladder() | {"posterior": families.TopDown([families.Normal((2,)), families.Normal((3,))])}))
    vae.compile(keras.optimizers.Adam(1e-2))
    vae.fit(digits(), batch_size=12, epochs=5, verbose=0)
    start = priors.Hierarchical(priors.GaussianMixture((2,), 3), [families.Normal((3,))])
    objective = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]

    def cross_entropy(prior):
        z = vae.encode(digits()).sample(20, seed=[1, 2])
        return -float(np.mean(vae.with_prior(prior, objective).prior_distribution().log_prob(z)))

    rate = keras.optimizers.Adam(3e-2)
    fitted = latent.fit_prior(vae, digits(), start, objective, optimizer=rate, epochs=40, batch_size=12, verbose=0)
    # Both p(z) are measured with the blocks of `vae`, which are those of `fitted`.
    assert cross_entropy(fitted.prior) < cross_entropy(start) - 0.5
    for name in ("encoder", "posterior", "decoder", "likelihood"):
        for mine, theirs in zip(getattr(vae, name).weights, getattr(fitted, name).weights, strict=True):
            np.testing.assert_array_equal(mine, theirs)
