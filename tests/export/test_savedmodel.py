"""The SavedModel, loaded as a server loads it."""

import functools
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests import suites
from tests.export import graphs
from tests.models import SHAPE, make
from tfvae import data, export, families
from tfvae.export import given

# A process that has TensorFlow and neither tfvae nor TFP, nor any class registered with Keras.
CLIENT = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("tfvae", "tf_keras", "tensorflow_probability"):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import numpy as np
import tensorflow as tf
tf.compat.v1.disable_eager_execution()
out = {}
with tf.compat.v1.Session(graph=tf.Graph()) as session:
    meta = tf.compat.v1.saved_model.loader.load(session, ["serve"], sys.argv[1])
    def run(name, **inputs):
        signature = meta.signature_def[name]
        feed = {signature.inputs[k].name: v for k, v in inputs.items()}
        for key, value in session.run({k: v.name for k, v in signature.outputs.items()}, feed).items():
            out[f"{name}/{key}"] = value
    given = np.load(sys.argv[2])
    for name in (name for name in meta.signature_def if not name.startswith("__")):
        run(name, **{k: given[f"{name}/{k}"] for k in meta.signature_def[name].inputs if f"{name}/{k}" in given})
    out["names"] = sorted(name for name in meta.signature_def if not name.startswith("__"))
np.savez(sys.argv[3], **out)
"""


def test_a_process_without_tfvae_gets_keras_values(served, tmp_path):
    given = {f"{name}/{key}": value for name, inputs in served.given.items() for key, value in inputs.items()}
    np.savez(tmp_path / "given.npz", **given)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    files = [str(path) for path in (served.version, tmp_path / "given.npz", tmp_path / "o")]
    command = [sys.executable, "-W", "ignore", "-c", CLIENT, *files]
    subprocess.run(command, check=True, cwd=tmp_path, env=environment, capture_output=True, timeout=300)
    received = np.load(tmp_path / "o.npz")
    assert set(received["names"]) == set(served.expected)
    for name, outputs in served.expected.items():
        for key, value in outputs.items():
            np.testing.assert_allclose(received[f"{name}/{key}"], value, atol=2e-5, err_msg=f"{name}/{key}")


def test_versions_count_up_and_strangers_stay(tmp_path):
    (tmp_path / "litert").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    for number in ("1", "7"):
        (tmp_path / number).mkdir()
        (tmp_path / number / "saved_model.pb").write_text("foreign")
    assert make().export(tmp_path) == tmp_path / "8"
    beside = ["README.md", "batching.config", "compose.yaml", "litert", "models.config", "notes.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "7", "8", *beside]


def test_a_file_that_disagrees_is_not_left_behind(tmp_path, monkeypatch):
    model = make()
    original = given.moments

    def wrong(distribution):
        # Only graphs are wrong, as a faulty converter would make them.
        return {key: value if tf.executing_eagerly() else value + 0.01 for key, value in original(distribution).items()}

    monkeypatch.setattr(given, "moments", wrong)
    with pytest.raises(export.ExportMismatch, match="differs from Keras by"):
        export.saved_model(model, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "make_model",
    [
        *(
            pytest.param(lambda name=name: graphs.build(name), id=name, marks=suites.marks(name, "server"))
            for name in graphs.OF_ALL
        ),
        *(
            pytest.param(
                lambda make_family=make_family: make(likelihood=make_family(SHAPE), preprocessing=data.Quantize(17)),
                id=f"{number}-{make_family(SHAPE)!r}",
                marks=pytest.mark.exhaustive if number % 4 else pytest.mark.slow,
            )
            for number, make_family in enumerate(
                (
                    functools.partial(families.DiscretizedLogisticMixture, levels=17, components=3),
                    functools.partial(families.DiscretizedLogistic, levels=17),
                    functools.partial(families.BetaBinomial, levels=17),
                    functools.partial(families.Categorical, levels=17),
                    functools.partial(families.Of, "Gamma"),
                    functools.partial(families.Laplace, scale="shared"),
                    families.Logistic,
                    families.Poisson,
                    families.NegativeBinomial,
                    families.StudentT,
                )
            )
        ),
    ],
)
def test_every_recipe_and_likelihood_is_served(make_model, tmp_path):
    model = make_model()
    served = export.verify(export.saved_model(model, tmp_path))["signatures"]  # which compares each with Keras
    scored = model.posterior.has_density and model.prior.has_density(model.posterior) and model.likelihood.has_density
    # Of images with black pixels, which have no density under a Gamma, there is no score to compare.
    x, _, _ = model.unpack(graphs.given(model, np.zeros((1, *SHAPE), "uint8"), np.zeros(1, "int32")))
    assert ("score" in served) == (scored and bool(model.likelihood.in_support(model.preprocess(x))[0]))


@pytest.mark.parametrize("policy", [pytest.param("mixed_bfloat16", marks=pytest.mark.slow), "mixed_float16", "float64"])
def test_every_precision_is_exported(policy, tmp_path):
    keras.config.set_dtype_policy(policy)
    model = make(likelihood=families.Normal(SHAPE, scale="example"), preprocessing=data.Rescale())
    keras.config.set_dtype_policy("float32")
    assert export.saved_model(model, tmp_path) == tmp_path / "1"


def test_the_committed_model_has_learned_digits():
    """Version 1 of the digits, without tfvae: what it decodes predicts held-out pixels, given only the image's code."""
    base = pathlib.Path(__file__).parents[2] / "saved_models" / "example" / "1"
    served = tf.saved_model.load(str(base)).signatures["reconstruct"]
    train, test = (data.digits(split)[0] for split in ("train", "test"))
    means = served(x=tf.constant(test))["mean"].numpy()
    assert means.shape == test.shape
    frequency = np.clip((train > 127).mean(axis=0, keepdims=True), 1e-3, 1 - 1e-3)

    def log_likelihood(p):
        return np.where(test > 127, np.log(p), np.log1p(-p)).sum(axis=(1, 2, 3))

    gain = log_likelihood(means) - log_likelihood(frequency)
    # Against independent pixels, in standard errors of the paired difference.
    assert gain.mean() > 10 * gain.std(ddof=1) / np.sqrt(len(gain))
