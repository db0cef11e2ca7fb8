"""The SavedModel, loaded as a server loads it."""

import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tfvae import VAE, data, export, families, networks, priors, terms
from tfvae.export import savedmodel

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
    run("serving_default", latent=given["latent"])
    run("decode", latent=given["latent"])
    run("encode", x=given["x"])
    run("reconstruct", x=given["x"])
    run("generate", seed=given["seed"], count=np.int32(4), temperature=np.float32(0.7))
    out["names"] = sorted(meta.signature_def)
np.savez(sys.argv[3], **out)
"""


def test_a_process_without_tfvae_gets_keras_values(tmp_path):
    model = make(preprocessing=data.DynamicBinarize(), conv=True)
    path = export.saved_model(model, tmp_path / "served")
    assert path == tmp_path / "served" / "1"
    given = {
        "latent": np.random.default_rng(0).standard_normal((5, *LATENT)).astype("float32"),
        "x": digits()[:7],
        "seed": np.array([3, 4], "int32"),
    }
    np.savez(tmp_path / "given.npz", **given)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        CLIENT,
        str(path),
        str(tmp_path / "given.npz"),
        str(tmp_path / "o"),
    ]
    subprocess.run(command, check=True, cwd=tmp_path, env=environment, capture_output=True, timeout=300)
    received = np.load(tmp_path / "o.npz")
    posterior, decoded = model.encode(given["x"]), model.decode(given["latent"])
    expected = {
        "serving_default/mean": decoded.mean(),
        "decode/mean": decoded.mean(),
        "decode/stddev": decoded.stddev(),
        "encode/mean": posterior.mean(),
        "encode/stddev": posterior.stddev(),
        "reconstruct/mean": model(given["x"]),
        "generate/mean": model.sample(4, temperature=0.7, seed=tf.constant([3, 4])),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(received[name], value, atol=1e-5, err_msg=name)
    assert {"decode", "encode", "generate", "reconstruct", "serving_default"} <= set(received["names"])


def test_generate_repeats_for_a_seed(tmp_path):
    served = tf.saved_model.load(str(export.saved_model(make(), tmp_path))).signatures["generate"]

    def run(seed, count=3, temperature=1.0):
        return served(seed=tf.constant(seed), count=tf.constant(count), temperature=tf.constant(temperature))["mean"]

    np.testing.assert_array_equal(run([1, 2]), run([1, 2]))
    assert not np.allclose(run([1, 2]), run([1, 3]))
    assert run([1, 2], count=6).shape == (6, *SHAPE)
    np.testing.assert_allclose(run([1, 2], temperature=0.0), run([9, 9], temperature=0.0), atol=1e-6)


def test_versions_count_up_and_strangers_stay(tmp_path):
    model = make()
    (tmp_path / "litert").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    assert [export.saved_model(model, tmp_path).name for _ in range(2)] == ["1", "2"]
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "saved_model.pb").write_text("foreign")
    assert model.export(tmp_path) == tmp_path / "8"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "7", "8", "litert", "notes.txt"]


def test_a_version_that_another_exporter_takes_is_left_to_it(tmp_path):
    work = tmp_path / ".work"
    work.mkdir()
    (work / "file").write_text("mine")
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").write_text("theirs")
    assert savedmodel._rename_to_next_version(work, tmp_path) == tmp_path / "2"
    assert (tmp_path / "1" / "saved_model.pb").read_text() == "theirs"


def test_a_file_that_disagrees_is_not_left_behind(tmp_path, monkeypatch):
    model = make()
    original = savedmodel.signatures.moments

    def wrong(distribution):
        # Only graphs are wrong, as a faulty converter would make them.
        return {key: value if tf.executing_eagerly() else value + 0.01 for key, value in original(distribution).items()}

    monkeypatch.setattr(savedmodel.signatures, "moments", wrong)
    with pytest.raises(export.ExportMismatch, match="differs from Keras by"):
        export.saved_model(model, tmp_path)
    with pytest.raises(export.ExportMismatch, match="differs from Keras by"):
        export.litert(model, tmp_path / "decoder.tflite")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(keras.export.ExportArchive()), "write_out", full)
    with pytest.raises(OSError, match="No space"):
        export.saved_model(make(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_conditional_model_is_served_with_its_condition(tmp_path):
    model = VAE(
        encoder=networks.Conditional(networks.mlp_encoder((8, 8, 11), (8,)), num_classes=10),
        posterior=families.Normal(LATENT),
        prior=priors.StandardNormal(LATENT),
        decoder=networks.Conditional(networks.mlp_decoder((13,), (8,)), num_classes=10),
        likelihood=families.Normal(SHAPE, scale="shared"),
        objective=[terms.NegativeLogLikelihood(), terms.KL()],
    )
    loaded = tf.saved_model.load(str(export.saved_model(model, tmp_path)))
    z, labels = np.ones((2, *LATENT), "float32"), np.array([3, 4], "int32")
    received = loaded.signatures["decode"](latent=tf.constant(z), condition=tf.constant(labels))
    np.testing.assert_allclose(received["mean"], model.decode(z, tf.constant(labels)).mean(), atol=1e-5)
    assert export.litert(model, tmp_path / "decoder.tflite").stat().st_size > 1000


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float64"])
def test_every_precision_is_exported(policy, tmp_path):
    keras.config.set_dtype_policy(policy)
    model = make(likelihood=families.Normal(SHAPE, scale="example"), preprocessing=data.Rescale())
    keras.config.set_dtype_policy("float32")
    assert export.saved_model(model, tmp_path) == tmp_path / "1"


def test_the_committed_model_has_learned_digits():
    """Version 1 of the digits, without tfvae: what it decodes predicts held-out pixels, given only the image's code."""
    base = pathlib.Path(__file__).parents[2] / "saved_models" / "digits" / "1"
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
