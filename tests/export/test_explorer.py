"""What the explorer's page shows beside the decoder."""

import json

import numpy as np
import pytest

from tests.models import SHAPE, digits, make
from tfvae import data, evaluation, export, families, networks, priors, recipes, terms
from tfvae.export import manifest


def written(vae, folder, dataset, **arguments):
    path = export.explorer(vae, folder, dataset, **arguments)
    assert path == folder / "explorer.json"
    return json.loads(path.read_text())


def labelled(count=36):
    images, labels = data.digits("test")
    return data.from_array(images[:count], labels[:count], shuffle=False, batch_size=12), images[:count], labels[:count]


def test_it_holds_the_encoded_data_and_is_in_the_manifest(tmp_path):
    vae = make(posterior=families.Normal((2,)), prior=priors.StandardNormal((2,)), decoder=networks.mlp_decoder((2,)))
    dataset, images, labels = labelled()
    content = written(vae, tmp_path, dataset, name="digits", label_names=[f"a {digit}" for digit in range(10)])
    means = vae.encode(images).mean().numpy()
    # Four significant digits.
    np.testing.assert_allclose(content["latents"], means, rtol=5.1e-4)
    np.testing.assert_allclose(content["mean"], means.mean(axis=0), rtol=5.1e-4)
    np.testing.assert_allclose(content["stddev"], means.std(axis=0), rtol=5.1e-4)
    activity = evaluation.activity(vae, data.from_array(images, shuffle=False, batch_size=36))
    np.testing.assert_allclose(content["kl"], activity.kl_per_dimension, rtol=6e-4)
    np.testing.assert_allclose(content["mean_variance"], activity.mean_variance, rtol=6e-4)
    assert content["active"] == activity.active.tolist()
    assert content["labels"] == labels.tolist()
    assert content["label_names"][3] == "a 3"
    assert (content["name"], content["image_shape"], content["value_range"]) == ("digits", [8, 8, 1], [0, 1])
    assert content["prior"] == [{"mean": [0, 0], "stddev": [1, 1]}]
    assert content["classes"] is None
    assert content["map"] == {"kind": "latents", "center": [0, 0], "axes": [[1, 0], [0, 1]], "explained": None}
    assert manifest.verify(tmp_path)["files"]["explorer.json"]["examples"] == 36


def test_the_map_loses_as_little_as_a_plane_can(tmp_path):
    vae = make()
    images = digits()
    content = written(vae, tmp_path, data.from_array(images, shuffle=False, batch_size=12))
    assert content["labels"] is None
    means = vae.encode(images).mean().numpy().astype("float64")
    plane = content["map"]
    center, axes = np.array(plane["center"]), np.array(plane["axes"])
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-6)
    np.testing.assert_allclose(center, means.mean(axis=0), rtol=1e-6)
    assert all(axis[np.abs(axis).argmax()] > 0 for axis in axes)
    back = center + (means - center) @ axes.T @ axes
    eigenvalues = np.linalg.eigvalsh(np.cov(means.T, bias=True))[::-1]
    # Eckart and Young: the mean squared error of the best plane is the variance that it doesn't span.
    np.testing.assert_allclose(((means - back) ** 2).sum(axis=1).mean(), eigenvalues[2:].sum(), rtol=1e-4)
    np.testing.assert_allclose(plane["explained"], eigenvalues[:2] / eigenvalues.sum(), rtol=1e-3)


def test_one_latent_and_two_examples_have_a_map(tmp_path):
    vae = make(posterior=families.Normal((1,)), prior=priors.StandardNormal((1,)), decoder=networks.mlp_decoder((1,)))
    plane = written(vae, tmp_path, data.from_array(digits(), batch_size=12))["map"]
    assert (plane["center"], plane["axes"]) == ([0.0], [[1.0], [0.0]])
    plane = written(make(), tmp_path, data.from_array(digits()[:2], batch_size=2))["map"]
    np.testing.assert_allclose(np.linalg.norm(plane["axes"][0]), 1, rtol=1e-6)
    assert plane["explained"] == [1.0, pytest.approx(0.0, abs=1e-9)]


def test_the_draws_of_a_mixture_are_what_sample_gives_at_any_temperature(tmp_path):
    prior = priors.GaussianMixture((3,), components=4)
    vae = make(prior=prior, objective=[terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)])
    content = written(vae, tmp_path, data.from_array(digits(), batch_size=12))
    assert content["kl"] is None
    (found,) = content["prior"]
    centers, draws = np.array(found["centers"]), np.array(found["draws"])
    assert centers.shape == draws.shape == (256, 3)
    distances = np.abs(centers[:, None] - np.array(prior.loc)).max(axis=-1)
    assert distances.min(axis=1).max() < 1e-3
    assert len(set(distances.argmin(axis=1))) == 4
    from tfvae import random

    half = prior.sample(256, random.as_seed(0, None), temperature=0.5)
    np.testing.assert_allclose(half, (centers + draws) / 2, rtol=1e-3, atol=1e-3)


def test_a_learned_normal_is_known_by_its_moments(tmp_path):
    prior = priors.Fixed(families.Normal((3,)), {"loc": [1.0, 2.0, 3.0], "scale": [0.5, 1.0, 2.0]})
    content = written(make(prior=prior), tmp_path, data.from_array(digits(), batch_size=12))
    assert content["prior"] == [{"mean": [1, 2, 3], "stddev": [0.5, 1, 2]}]
    # Neither is it a normal of independent dimensions, nor does it pass for one.
    correlated = priors.Learned(families.MultivariateNormal((3,)))
    sampled = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    content = written(make(prior=correlated, objective=sampled), tmp_path, data.from_array(digits(), batch_size=12))
    assert set(content["prior"][0]) == {"centers", "draws"}


def test_a_conditional_model_has_classes(tmp_path):
    vae = recipes.conditional_vae(SHAPE, 2, num_classes=10, preprocessing=data.Binarize())
    dataset, images, labels = labelled()
    content = written(vae, tmp_path, dataset)
    assert content["classes"] == 10
    np.testing.assert_allclose(content["latents"], vae.encode(images, labels).mean(), rtol=5.1e-4, atol=1e-7)
    assert content["label_names"] is None


def test_black_and_white_in_the_units_of_the_mean(tmp_path):
    signed = make(likelihood=families.Normal(SHAPE), preprocessing=data.Rescale(2 / 255, -1.0))
    # The darkest and the brightest of these pixels are not what black and white are.
    dim = data.from_array(digits() // 2 + 20, batch_size=12)
    assert written(signed, tmp_path, dim)["value_range"] == pytest.approx([-1, 1])
    floats = make(likelihood=families.Normal(SHAPE), preprocessing=data.Rescale(1.0, raw_dtype="float32"))
    values = digits().astype("float32") / 100
    assert written(floats, tmp_path, data.from_array(values, batch_size=12))["value_range"] == pytest.approx(
        [0, float(values.max())]
    )


def test_many_examples_are_held_to_a_thousand(tmp_path):
    images = np.tile(digits(), (30, 1, 1, 1))
    content = written(make(), tmp_path, data.from_array(images, batch_size=100))
    assert len(content["latents"]) == 1000


def bits():
    decoder = networks.Conditional(networks.mlp_decoder((3 + 2,)), condition_shape=(2,))
    encoder = networks.Conditional(networks.mlp_encoder((8, 8, 1 + 2)), condition_shape=(2,))
    return make(encoder=encoder, decoder=decoder)


def vectors():
    encoder, decoder = networks.mlp_encoder((64,)), networks.mlp_decoder((3,))
    return make(likelihood=families.Bernoulli((64,)), encoder=encoder, decoder=decoder)


@pytest.mark.parametrize(
    ("model", "dataset", "message"),
    [
        (make, lambda: digits(), r"`dataset`.*dataset of batches.*ndarray"),
        (make, lambda: data.from_array(digits()[:1], batch_size=1), "`dataset`.*at least two examples"),
        (
            make,
            lambda: data.from_array(digits(), np.linspace(0, 1, 36), batch_size=12),
            "`dataset`.*labels that are whole numbers",
        ),
        (
            lambda: recipes.conditional_vae(SHAPE, 2, num_classes=10),
            lambda: data.from_array(digits(), batch_size=12),
            r"`dataset`.*\(x, label\).*conditional",
        ),
        (
            bits,
            lambda: data.from_array(digits(), np.zeros([36, 2]), batch_size=12),
            "This model's condition is no label",
        ),
        (vectors, lambda: data.from_array(digits().reshape(36, 64), batch_size=12), r"shows images.*\(64,\)"),
    ],
    ids=["array", "one example", "values for labels", "no labels", "condition", "vectors"],
)
def test_what_it_can_not_show_is_refused(model, dataset, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        export.explorer(model(), tmp_path, dataset())
    assert list(tmp_path.iterdir()) == []
