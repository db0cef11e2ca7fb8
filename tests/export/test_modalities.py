"""A model of several modalities, served: an input and an output for each."""

import numpy as np
import pytest
import tensorflow as tf

from tests import suites
from tests.errors.modalities import both, pair
from tests.export import session
from tests.models import LATENT
from tfvae import data, evaluation, export, random
from tfvae.export import calibration

SEED = random.fold(random.as_seed(5, None), 0).numpy()


@pytest.fixture(scope="module")
def version(tmp_path_factory):
    return export.saved_model(pair(), tmp_path_factory.mktemp("served") / "pair", max_count=50, max_num_samples=500)


def given(count=4, gone=()):
    x = {name: value[:count].astype("float32") for name, value in both().items()}
    return {f"x_{name}": np.full_like(value, np.nan) if name in gone else value for name, value in x.items()}


def test_each_signature_takes_and_returns_each_modality(version):
    known = export.verify(version)["signatures"]
    assert set(known) == {"decode", "serving_default", "encode", "encode_sample", "reconstruct", "generate", "score"}
    assert known["reconstruct"]["inputs"]["x_image"] == {"dtype": "float32", "shape": [None, 8, 8, 1]}
    assert set(known["reconstruct"]["outputs"]) == set(known["generate"]["outputs"]) == {"mean_image", "mean_label"}
    assert {"mean_image", "mean_label", "stddev_image"} <= set(known["decode"]["outputs"])
    assert set(known["encode"]["outputs"]) == {"mean", "stddev"}
    assert set(known["score"]["inputs"]) == {"x_image", "x_label", "num_samples", "seed"}


GONE = [(), ("label",), ("image",), ("image", "label")]


@pytest.mark.parametrize("gone", suites.quick(GONE, keep=GONE[1::2], ids=lambda gone: " and ".join(gone) or "nothing"))
def test_what_is_absent_is_answered_from_what_is_there(version, gone):
    x = given(gone=gone)
    named = {name.removeprefix("x_"): value for name, value in x.items()}
    with session.loaded(version) as run:
        again, told = run("reconstruct", x), run("encode", x)
        scored = run("score", {**x, "num_samples": np.int32(7), "seed": SEED})["log_likelihood"]
    expected, posterior = pair()(named), pair().encode(named)
    for name, value in expected.items():
        np.testing.assert_allclose(again[f"mean_{name}"], value, atol=2e-5)
    np.testing.assert_allclose(told["mean"], posterior.mean(), atol=2e-5)
    np.testing.assert_allclose(told["stddev"], posterior.stddev(), atol=2e-5)
    rows = data.from_array(named, batch_size=4, shuffle=False, missing=True)
    exact = evaluation.log_likelihood(pair(), rows, 7, 5, verbose=0).per_example
    np.testing.assert_allclose(scored, exact, atol=2e-4)
    assert np.all(np.abs(scored) > 1e-3) == (len(gone) < 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_label": np.zeros([3, 10], "float32")}, "`x_label`. Expected as many examples as `x_image` has"),
        ({"x_image": np.full([4, 8, 8, 1], np.inf, "float32")}, "`x_image`. Expected finite numbers, or NaN"),
        (
            {"x_image": np.where(np.arange(8)[:, None] < 4, np.nan, np.ones([4, 8, 8, 1])).astype("float32")},
            "`x_image`. Expected NaN in all entries of an example or in none",
        ),
    ],
)
def test_bad_requests_are_told_which_modality(version, change, message):
    with session.loaded(version) as run, pytest.raises(tf.errors.InvalidArgumentError) as caught:
        run("reconstruct", {**given(), **change})
    assert message in caught.value.message


def test_a_score_of_no_label_is_refused(version):
    request = {**given(), "x_label": np.full([4, 10], 0.5, "float32"), "num_samples": np.int32(2), "seed": SEED}
    with (
        session.loaded(version) as run,
        pytest.raises(tf.errors.InvalidArgumentError, match="support of the Modalities"),
    ):
        run("score", request)


def test_a_decoder_for_phones_returns_each_modality(tmp_path):
    path = export.litert(pair(), tmp_path / "decoder.tflite", timed=False)
    interpreter = tf.lite.Interpreter(model_path=str(path))
    run = interpreter.get_signature_runner("serving_default")
    z = random.normal([1, *LATENT], [1, 2], "float32")
    found, law = run(latent=z.numpy()), pair().decode(z)
    assert {"mean_image", "mean_label", "stddev_image"} <= set(found)
    for name, each in law.modalities.items():
        np.testing.assert_allclose(found[f"mean_{name}"], each.mean(), atol=1e-5)


def test_an_encoder_for_phones_takes_the_vector(tmp_path):
    path = export.litert(pair(), tmp_path / "encoder.tflite", part="encoder", timed=False)
    run = tf.lite.Interpreter(model_path=str(path)).get_signature_runner("serving_default")
    x = {"image": both()["image"][:1]}
    vector = np.concatenate([x["image"].reshape(1, -1), np.full([1, 10], np.nan)], axis=1).astype("float32")
    np.testing.assert_allclose(run(x=vector)["mean"], pair().encode(x).mean(), atol=1e-5)


def test_examples_are_given_as_one_dict_or_in_batches():
    one, batches = calibration.gather(pair(), both()), calibration.gather(pair(), [both()])
    assert one.x.shape == (36, 8 * 8 + 10)
    np.testing.assert_array_equal(one.x, batches.x)
