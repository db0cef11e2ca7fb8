"""Requests without an answer: an error of the graph itself that names the input, what was expected and received."""

import numpy as np
import pytest
import tensorflow as tf

from tests.export import session
from tests.models import LATENT, digits, make
from tfvae import data, export, recipes

X = digits()[:3]
SEED = np.array([1, 2], "int32")


def i(value):
    return np.array(value, "int32")


def f(value):
    return np.array(value, "float32")


def latent(value):
    return {"latent": np.full([2, *LATENT], value, "float32")}


def generate(**changes):
    return {"seed": SEED, "count": i(2), "temperature": f(1.0), **changes}


def score(**changes):
    return {"x": X, "num_samples": i(2), "seed": SEED, **changes}


ROWS = {
    "latents of NaN": ("decode", latent(np.nan), "`latent`. Expected finite numbers. Received:] [nan nan"),
    "infinite latents": ("serving_default", latent(np.inf), "`latent`. Expected finite numbers. Received:] [inf"),
    "a count of 0": ("generate", generate(count=i(0)), "`count`. Expected an int from 1 to 50. Received:] [0]"),
    "a count below 0": ("generate", generate(count=i(-3)), "`count`. Expected an int from 1 to 50. Received:] [-3]"),
    "a count of a million": (
        "generate",
        generate(count=i(10**6)),
        "`count`. Expected an int from 1 to 50. Received:] [1000000]",
    ),
    "a negative temperature": (
        "generate",
        generate(temperature=f(-0.5)),
        "`temperature`. Expected a finite number >= 0. Received:] [-0.5]",
    ),
    "a temperature of NaN": (
        "generate",
        generate(temperature=f(np.nan)),
        "`temperature`. Expected a finite number >= 0. Received:] [nan]",
    ),
    "no draw": ("score", score(num_samples=i(0)), "`num_samples`. Expected an int from 1 to 500. Received:] [0]"),
    "a million draws": (
        "score",
        score(num_samples=i(10**6)),
        "`num_samples`. Expected an int from 1 to 500. Received:] [1000000]",
    ),
}


@pytest.fixture(scope="module")
def run(served):
    with session.loaded(served.version) as run:
        yield run


@pytest.mark.parametrize("name", ROWS)
def test_a_value_without_an_answer_is_refused(name, run):
    signature, inputs, said = ROWS[name]
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        run(signature, inputs)
    assert f"assertion failed: [Invalid value for input {said}" in str(error.value)


def test_the_bounds_are_inside(run):
    assert len(run("generate", generate(count=i(50), temperature=f(0.0)))["mean"]) == 50
    assert np.isfinite(run("score", score(num_samples=i(500)))["log_likelihood"]).all()


def test_a_conditional_model_refuses_other_labels_and_numbers_of_them(tmp_path):
    model = recipes.conditional_vae((8, 8, 1), 3)
    version = export.saved_model(model, tmp_path / "digits")
    with session.loaded(version) as run:
        z = np.ones([2, 3], "float32")
        decoded = model.decode(z, tf.constant([3, 9]))
        np.testing.assert_allclose(
            run("decode", {"latent": z, "condition": i([3, 9])})["mean"], decoded.mean(), atol=1e-5
        )
        drawn = model.sample(2, tf.constant([3, 9]), seed=tf.constant(SEED))
        np.testing.assert_allclose(run("generate", generate(condition=i([3, 9])))["mean"], drawn, atol=1e-5)
        for inputs, said in (
            (generate(condition=i([3, 10])), "Expected labels in 0..9. Received:] [10]"),
            (generate(condition=i([3])), "Expected one for each of `count`. Received:] [1 2]"),
        ):
            with pytest.raises(tf.errors.InvalidArgumentError) as error:
                run("generate", inputs)
            assert f"Invalid value for input `condition`. {said}" in str(error.value)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Expected one for each of `x`\. Received:\] \[2 3\]"):
            run("encode", {"x": X, "condition": i([1, 2])})


def test_grey_pixels_have_no_score_under_a_bernoulli(tmp_path):
    model = make(preprocessing=data.Rescale())
    version = export.saved_model(model, tmp_path)
    with session.loaded(version) as run:
        black = 255 * (X > 127).astype("uint8")
        assert np.isfinite(run("score", score(x=black))["log_likelihood"]).all()
        assert run("encode", {"x": X})["mean"].shape == (3, *LATENT)
        black[1] = X[1]
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"`x`.*support of the Bernoulli.*Received:\] \[1\]"):
            run("score", score(x=black))
