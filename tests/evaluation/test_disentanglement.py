"""The scores of a model are those of the means of its posterior."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from sklearn.tree import DecisionTreeClassifier

from tests.models import make
from tfvae import data, evaluation, families, networks, recipes, terms

TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
FEW = {"classifier": TREE, "resamples": 2}


@functools.cache
def pictures():
    """Pictures of 8x8 that are black but for a square of 2x2, in one of 4 x 4 places and 3 greys."""
    factors = np.array([*np.ndindex(4, 4, 3)])
    images = np.zeros((48, 8, 8, 1), "uint8")
    for image, (row, column, grey) in zip(images, factors, strict=True):
        image[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = 85 * (grey + 1)
    return images, factors.astype("int32")


@functools.cache
def knowing():
    """A model of linear latents, which know where the square is."""
    vae = make(preprocessing=data.Rescale(), encoder=networks.linear((8, 8, 1)))
    vae.trained = True
    return vae


@functools.cache
def scores():
    return evaluation.disentanglement(knowing(), pictures(), **FEW)


def test_they_are_those_of_the_codes():
    images, factors = pictures()
    codes = knowing().encode(images).mean().numpy()
    found = scores()
    several = {"resamples": 2, "seed": 0}
    trees = evaluation.dci(codes, factors, classifier=TREE)
    expected = {
        "mutual_information_gap": evaluation.mutual_information_gap(codes, factors, **several),
        "modularity": evaluation.modularity(codes, factors, **several),
        "separated_attribute_predictability": evaluation.separated_attribute_predictability(codes, factors, **several),
        "disentanglement": trees.disentanglement,
        "completeness": trees.completeness,
        "informativeness": trees.informativeness,
        "factor_vae": evaluation.factor_vae_score(codes, factors, **several),
        "beta_vae": evaluation.beta_vae_score(codes, factors, **several),
    }
    assert found._fields[:8] == tuple(expected)
    for name, estimate in expected.items():
        assert getattr(found, name).value == pytest.approx(estimate.value, abs=1e-6), name
        assert getattr(found, name).standard_error == pytest.approx(estimate.standard_error, nan_ok=True, abs=1e-6)
    # Each asks something else.
    assert len({round(estimate.value, 4) for estimate in expected.values()}) == 8
    np.testing.assert_allclose(found.mutual_information, evaluation.mutual_information(codes, factors), atol=1e-6)
    np.testing.assert_allclose(found.importance, trees.importance, atol=1e-6)


def test_a_dataset_gives_what_arrays_give():
    found = evaluation.disentanglement(knowing(), data.from_array(*pictures(), batch_size=10, shuffle=True), **FEW)
    # In the order of the arrays, whatever the order of an epoch.
    assert found.mutual_information_gap.value == pytest.approx(scores().mutual_information_gap.value, abs=1e-6)
    assert found.factor_vae.value == pytest.approx(scores().factor_vae.value, abs=1e-6)
    assert found.disentanglement.value == pytest.approx(scores().disentanglement.value, abs=1e-6)


def test_some_examples_are_chosen_at_random():
    images, factors = pictures()
    given = (pictures(), 0), (data.from_array(images, factors, batch_size=9), 0), (pictures(), 1)
    some = [evaluation.disentanglement(knowing(), each, count=30, seed=seed, **FEW) for each, seed in given]
    np.testing.assert_allclose(some[0].mutual_information, some[1].mutual_information, atol=1e-6)
    assert abs(some[0].mutual_information - some[2].mutual_information).max() > 0.01


def test_models_that_are_told_something():
    images, factors = pictures()
    conditional = recipes.conditional_vae((8, 8, 1), 2)
    conditional.trained = True
    condition = np.arange(48) % 10
    dataset = tf.data.Dataset.from_tensors(((images, condition), factors))
    found = evaluation.disentanglement(conditional, dataset, **FEW)
    codes = conditional.encode(images, condition).mean().numpy()
    np.testing.assert_allclose(found.mutual_information, evaluation.mutual_information(codes, factors), atol=1e-6)
    # One whose term knows the factors is encoded without.
    taught = make(
        preprocessing=data.Rescale(),
        objective=[terms.NegativeLogLikelihood(), terms.KL(), terms.FactorLabels(families.Bernoulli((3,)), (4, 4, 3))],
    )
    found = evaluation.disentanglement(taught, pictures(), **FEW)
    codes = taught.encode(images).mean().numpy()
    np.testing.assert_allclose(found.mutual_information, evaluation.mutual_information(codes, factors), atol=1e-6)
