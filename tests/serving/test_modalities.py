"""A served model of an image and its label takes a dict, and returns one."""

import numpy as np
import pytest

from tests.models import LATENT
from tests.parts.composed import with_views
from tests.serving.served import pair
from tfvae import data, evaluation
from tfvae.vectors import by_name
from tfvae_client import InvalidRequest

SHAPES = {"image": (8, 8, 1), "label": (10,)}
#: Of every third example one modality alone is there.
X = {name: value.numpy() for name, value in by_name.split(with_views(7), SHAPES).items()}


def assert_close(received, expected):
    assert sorted(received) == sorted(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(received[name], value, atol=1e-5)


@pytest.mark.parametrize("seen", [("image", "label"), ("image",), ("label",)], ids="+".join)
def test_x_is_a_dict_that_may_lack_modalities(connect, seen):
    client, x = connect("pair"), {name: X[name] for name in seen}
    mean, stddev = client.encode(x)
    expected = pair().encode(x)
    np.testing.assert_allclose(mean, expected.mean(), atol=1e-5)
    np.testing.assert_allclose(stddev, expected.stddev(), atol=1e-5)
    assert_close(client.reconstruct(x), pair()(x))
    # In pieces, each row keeps its modalities.
    assert_close(connect("pair", batch_size=3).reconstruct(x), pair()(x))


def test_draws_and_decodings_are_of_each_modality(connect):
    client, z = connect("pair"), np.random.default_rng(0).normal(size=(3, *LATENT)).astype("float32")
    law = pair().decode(z)
    moments = client.decode(z)
    assert_close(moments.mean, {name: each.mean() for name, each in law.modalities.items()})
    np.testing.assert_allclose(moments.stddev["image"], law.modalities["image"].stddev(), atol=1e-5)
    assert_close(client.generate(4, seed=1), pair().sample(4, seed=1))
    assert client.encode_sample(X, seed=1).shape == (7, *LATENT)


def test_what_is_there_is_scored(connect):
    rows = data.from_array(X, batch_size=7, shuffle=False, missing=True)
    found = evaluation.log_likelihood(pair(), rows, num_samples=500, seed=5, verbose=0)
    scores = connect("pair").score(X, num_samples=500, seed=0)
    assert np.all(np.abs(scores - found.per_example) < 5 * np.sqrt(2) * found.per_example_error + 1e-3)


@pytest.mark.parametrize(
    ("model", "x", "message"),
    [
        ("pair", X["image"], r"`x`\. Expected a dict of one or more of the modalities image, label.*ndarray"),
        ("pair", {"sound": X["image"]}, r"image, label.*absent.*'sound'"),
        ("pair", {}, "an empty dict"),
        ("pair", {"label": X["label"][:, :9]}, r"`x_label`\. Expected float32 \[n, 10\]"),
        ("pair", {"image": X["image"], "label": X["label"][:3]}, "as many rows"),
        ("pair", {"image": (255 * np.ones((1, 8, 8, 1))).astype("uint8")}, r"`x_image`.*uint8"),
        ("pair", {"image": np.full((1, 8, 8, 1), np.inf)}, "infinity in row 0"),
        ("pair", {"image": [[0.5], [0.5, 1.0]]}, "`x_image`"),
        ("digits", {"image": X["image"]}, r"`x`\. Expected an array, uint8 \[n, 8, 8, 1\]\. Received: a dict"),
    ],
)
def test_another_x_is_refused_with_the_fix(connect, model, x, message):
    with pytest.raises(InvalidRequest, match=message):
        connect(model).encode(x)
