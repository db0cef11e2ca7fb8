"""Encoder, reconstruction, pictures: what of a model becomes a LiteRT file, and what doesn't."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from tests import suites
from tests.export import graphs
from tests.models import LATENT, SHAPE, digits, make
from tfvae import data, export, families, networks, priors, recipes, terms
from tfvae.export import conversion, manifest, parts, precision


def run(path, **inputs):
    return Interpreter(model_path=str(path)).get_signature_runner("serving_default")(**inputs)


def test_the_encoder_takes_raw_pixels(tmp_path):
    model = make(preprocessing=data.DynamicBinarize())
    path = export.litert(model, tmp_path / "e.tflite", "encoder", batch_size=5, data=digits(), timed=False)
    received, expected = run(path, x=digits()[:5]), model.encode(digits()[:5])
    assert received.keys() == {"mean", "stddev"}
    np.testing.assert_allclose(received["mean"], expected.mean(), atol=1e-5)
    np.testing.assert_allclose(received["stddev"], expected.stddev(), atol=1e-5)
    assert manifest.read(tmp_path)["files"]["e.tflite"]["inputs"] == {"x": ["uint8", 5, *SHAPE]}


@pytest.mark.parametrize("quantization", [None, "int8"])
def test_a_conditional_model_reconstructs_what_it_is_told(quantization, tmp_path):
    x, labels = (each[:36] for each in data.digits("train"))
    model = recipes.conditional_vae(SHAPE, 2, seed=0)
    path = export.litert(model, tmp_path / "r.tflite", "reconstruct", quantization, data=(x, labels), timed=False)
    one = {"x": x[:1], "condition": np.array([7], "int32")}
    received = run(path, **one)
    expected = model.decode(model.encode(one["x"], one["condition"]).mean(), one["condition"]).mean()
    assert received.keys() == {"mean"}
    np.testing.assert_allclose(received["mean"], expected, atol=1e-5 if quantization is None else 0.05)


@pytest.mark.parametrize(
    ("preprocessing", "likelihood", "to_bytes"),
    [
        (data.Binarize(), families.Bernoulli, lambda x: 255 * x),
        (data.Rescale(2 / 255, -1.0), families.Normal, lambda x: 255 * (x + 1) / 2),
        (data.Dequantize(17), families.Normal, lambda x: 255 * (17 * x - 0.5) / 16),
        (data.Corrupt(data.Rescale(), masking=0.5), families.Normal, lambda x: 255 * x),
        (data.Rescale(1.0, raw_dtype="float32"), families.Normal, lambda x: 255 * x),
    ],
    ids=["binarize", "rescale", "dequantize", "corrupt", "floats"],
)
def test_a_picture_is_the_inverse_of_the_preprocessing(preprocessing, likelihood, to_bytes):
    model = make(preprocessing=preprocessing, likelihood=likelihood(SHAPE))
    z = np.random.default_rng(0).standard_normal((4, *LATENT)).astype("float32")
    image = parts.of(model, "decoder", 4, "uint8").function(z)["image"].numpy()
    assert image.dtype == np.uint8
    exact = np.clip(to_bytes(model.decode(z).mean().numpy().astype("float64")), 0, 255)
    assert np.abs(image - exact).max() <= 0.5 + 1e-3


@pytest.mark.parametrize("levels", [17, 256])
def test_raw_pixels_come_back(levels):
    raw = np.round(np.arange(levels) * 255 / (levels - 1)).astype("uint8")[None]
    for step in (data.Dequantize(levels), data.Quantize(levels), data.Rescale(), data.Rescale(0.5, 3.0)):
        np.testing.assert_array_equal(parts.to_bytes(step.intensity(step(raw))), raw)


def test_a_picture_comes_out_as_bytes(tmp_path):
    path = export.litert(make(conv=True), tmp_path / "d.tflite", output="uint8", timed=False)
    z = np.random.default_rng(0).standard_normal((1, *LATENT)).astype("float32")
    received = run(path, latent=z)
    assert received.keys() == {"image"}
    assert received["image"].dtype == np.uint8
    exact = 255 * make(conv=True).decode(z).mean().numpy()
    assert np.abs(received["image"] - exact).max() <= 0.5 + 1e-2


class _Own(data.Preprocessing):
    """A step that knows no way back."""

    def call(self, raw, seed=None):
        del seed
        return data.Rescale()(raw)


def test_a_preprocessing_without_a_picture_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"`output`.*_Own doesn't say which picture.*intensity\(x\)"):
        export.litert(make(preprocessing=_Own()), tmp_path / "d.tflite", output="uint8")


class _Noise(keras.layers.Layer):
    """Draws always."""

    def call(self, x):
        import tensorflow as tf

        return x + tf.raw_ops.RandomStandardNormal(shape=tf.shape(x), dtype=tf.float32)


def test_a_network_that_draws_is_refused(tmp_path):
    decoder = keras.Sequential([keras.Input(LATENT), keras.layers.Dense(16), _Noise()])
    with pytest.raises(ValueError, match=r"The decoder draws \(RANDOM_STANDARD_NORMAL\)"):
        export.litert(make(decoder=decoder), tmp_path / "d.tflite")


class _Unregistered(keras.layers.Layer):
    def call(self, x):
        return 2 * x


class _Forgetful(_Unregistered):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor


@pytest.mark.parametrize(
    ("policy", "rounding"), [("mixed_bfloat16", 2**-8), ("mixed_float16", 2**-11), ("float64", 2**-23)]
)
def test_a_model_of_any_precision_becomes_a_float32_file(policy, rounding, tmp_path):
    keras.config.set_dtype_policy(policy)
    decoder = keras.Sequential([keras.Input(LATENT), keras.layers.Dense(16), _Unregistered()])
    model = make(decoder=decoder, preprocessing=data.Binarize(), likelihood=families.Normal(SHAPE))
    model.trained = True
    path = export.litert(model, tmp_path / "d.tflite", timed=False)
    z = np.random.default_rng(0).standard_normal((1, *LATENT)).astype(model.float_dtype)
    received, expected = run(path, latent=z.astype("float32")), model.decode(z).mean().numpy()
    assert received["mean"].dtype == np.float32
    # Two layers, each of which rounds its inputs, weights and outputs once.
    error = np.abs(received["mean"] - expected).max() / np.abs(expected).max()
    assert error <= 6 * rounding
    # The file rounds none of them: it is what float64 gives, within float32's own rounding.
    kernels = [layer.get_weights() for layer in (model.decoder.layers[0], model.likelihood.head)]
    exact = z.astype("float64")
    for (kernel, bias), factor in zip(kernels, (2, 1), strict=True):
        exact = factor * (exact @ kernel.astype("float64") + bias)
    exact = exact.reshape(2, -1)[0]
    np.testing.assert_allclose(received["mean"].ravel(), exact, rtol=0, atol=6 * 2**-23 * np.abs(exact).max())
    # The model, and the policy that others are made under, stay as they were.
    assert model.compute_dtype == keras.DTypePolicy(policy).compute_dtype
    assert keras.config.dtype_policy().name == policy


def test_a_layer_of_half_precision_in_a_float32_model_is_seen(tmp_path):
    decoder = keras.Sequential([keras.Input(LATENT), keras.layers.Dense(16, dtype="mixed_bfloat16")])
    assert precision.in_float32(make()).compute_dtype == "float32"
    twin = precision.in_float32(make(decoder=decoder))
    assert {layer.compute_dtype for layer in twin._flatten_layers()} == {"float32"}


class _OfArray(_Unregistered):
    """Keras can't write its argument, and doesn't know how it was made."""

    def __init__(self, table):
        super().__init__()
        self.table = table


def test_a_float32_model_needs_no_configuration(tmp_path):
    decoder = keras.Sequential([keras.Input(LATENT), keras.layers.Dense(16), _OfArray(np.ones(2))])
    assert export.litert(make(decoder=decoder), tmp_path / "d.tflite", timed=False).exists()


def test_what_its_configuration_does_not_make_again_is_refused(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    decoder = keras.Sequential([keras.Input(LATENT), keras.layers.Dense(16), _Forgetful(2)])
    model = make(decoder=decoder)
    with pytest.raises(ValueError, match=r"computes in bfloat16.*dtype policy float32.*load_weights"):
        export.litert(model, tmp_path / "d.tflite")
    assert not list(tmp_path.iterdir())


def test_the_arithmetic_of_laws_is_not_quantized(tmp_path):
    decoder = networks.conv_decoder(LATENT, SHAPE[:2], (8, 4), enlarge=keras.layers.Conv2DTranspose)
    model = make(decoder=decoder, likelihood=families.Normal(SHAPE), preprocessing=data.Rescale())
    path = export.litert(model, tmp_path / "d.tflite", quantization="int8", data=digits(), timed=False)
    interpreter = Interpreter(model_path=str(path))
    dtypes = {each["index"]: each["dtype"] for each in interpreter.get_tensor_details()}
    kinds = {}
    for each in interpreter._get_ops_details():
        eight = any(dtypes.get(index) == np.int8 for index in each["inputs"])
        kinds.setdefault(each["op_name"], set()).add(eight)
    assert kinds["TRANSPOSE_CONV"] == kinds["FULLY_CONNECTED"] == {True}
    laws = kinds.keys() - conversion._OF_NETWORKS - {"QUANTIZE", "DEQUANTIZE", "DELEGATE"}
    assert {"EXP", "LOG"} <= laws
    assert all(kinds[name] == {False} for name in laws)


@pytest.mark.parametrize("enlarge", [networks.ResizeConv2D, networks.SubPixelConv2D], ids=lambda layer: layer.__name__)
def test_each_kind_of_decoder_converts(enlarge, tmp_path):
    model = make(decoder=networks.conv_decoder(LATENT, SHAPE[:2], (8, 4), enlarge=enlarge))
    path = export.litert(model, tmp_path / "d.tflite", timed=False)
    kinds = {networks.ResizeConv2D: "RESIZE_NEAREST_NEIGHBOR", networks.SubPixelConv2D: "DEPTH_TO_SPACE"}
    assert kinds[enlarge] in manifest.read(tmp_path)["files"][path.name]["operators"]


@pytest.mark.slow
def test_variants_that_are_refused_keep_no_others_back(tmp_path):
    told = []
    (tmp_path / "old").mkdir()
    options = {"parts": ["decoder", "encoder"], "quantizations": ["int8"], "timed": False}
    export.litert_variants(make(), tmp_path, data=digits(), report=told.append, **options)
    assert [each.path.name for each in told] == ["decoder-int8.tflite", "encoder-int8.tflite"]
    found = export.litert_variants(make(), tmp_path, **options)
    assert [each.path and each.path.name for each in found] == ["decoder-int8.tflite", None]
    assert "needs examples" in found[1].reason
    # What an earlier model left under the name of the one that was refused is gone.
    assert export.verify(tmp_path)["files"].keys() == {"decoder-int8.tflite"}
    assert not (tmp_path / "encoder-int8.tflite").exists()


@pytest.mark.slow
def test_the_graph_of_each_other_recipe_is_one_of_these():
    every = {name: graphs.build(name) for name in recipes.__all__}
    for known, roles in (
        (graphs.OF_NETWORKS, ("posterior", "likelihood")),
        (graphs.OF_ALL, ("posterior", "likelihood", "prior")),
    ):
        tested = {graphs.graph(every[name], *roles) for name in known}
        assert len(tested) == len(known)
        assert {graphs.graph(vae, *roles) for vae in every.values()} == tested


@pytest.mark.parametrize(
    ("name", "quantization"),
    [
        *(pytest.param(name, None, marks=suites.marks(name, "phone")) for name in graphs.OF_NETWORKS),
        *(
            pytest.param(name, "int8", marks=suites.marks(name, "phone"))
            for name in graphs.OF_NETWORKS
            if name not in graphs.OF_FAR_CODES + graphs.LIKE_OTHERS_IN_INT8 + graphs.OF_TOTALS
        ),
        *(
            pytest.param(*row, marks=pytest.mark.slow if row[0] == "vae" else pytest.mark.exhaustive)
            for row in itertools.product(("vae", "conditional_vae", "sigma_vae"), ("float16", "dynamic"))
        ),
    ],
)
def test_every_recipe_exports_every_part(name, quantization, tmp_path):
    model = graphs.build(name)
    examples = graphs.given(model, *(each[:64] for each in data.digits("train")))
    for part in parts.NETWORKS if quantization == "int8" else parts.NAMES:
        path = tmp_path / f"{part}.tflite"
        export.litert(model, path, part, quantization, data=examples, timed=False)
        found = conversion.operators(path.read_bytes())
        assert not any("Flex" in each or "CUSTOM" in each for each in found)


@pytest.mark.parametrize("name", suites.every(3, graphs.OF_FAR_CODES))
def test_a_decoder_of_codes_is_quantised_and_an_encoder_that_chooses_others_is_refused(name, tmp_path):
    model, x = graphs.build(name), data.digits("train")[0][:64]
    assert export.litert(model, tmp_path / "decoder.tflite", "decoder", "int8", data=x, timed=False).is_file()
    with pytest.raises(export.ExportMismatch, match="the int8 encoder"):
        export.litert(model, tmp_path / "encoder.tflite", "encoder", "int8", data=x, timed=False)


@pytest.mark.slow
def test_a_file_draws_64_codes_of_512_one_after_the_other(tmp_path):
    """The codes that the file draws are those that Keras does of the same noise: each follows from all before it."""
    book = (8, 8, 16)
    model = make(
        encoder=keras.Sequential([keras.Input(SHAPE), keras.layers.Activation("linear")]),
        posterior=families.VectorQuantized(book, 512),
        prior=priors.Autoregressive(book, (512,), units=16, layers=1, heads=2),
        decoder=keras.Sequential([keras.Input(book), keras.layers.Activation("linear")]),
        likelihood=families.Normal(SHAPE, scale=0.5),
        objective=[terms.NegativeLogLikelihood(), terms.CrossEntropy()],
        preprocessing=data.Rescale(),
    )
    rng = np.random.default_rng(0)
    for variable in model.prior.trainable_variables:
        variable.assign(variable + 0.3 * rng.normal(size=variable.shape))
    model.trained = True
    path = export.litert(model, tmp_path / "g.tflite", "generate", timed=False)
    assert path.stat().st_size < 300_000
    noise = rng.random((4, 64)).astype("float32")
    noise[1], noise[1, 0] = noise[0], 1 - noise[0, 0]
    received = np.concatenate([run(path, noise=each[None])["mean"].copy() for each in noise])
    expected = tf.function(parts.of(model, "generate", 4, "x").function)(noise)["mean"].numpy()
    np.testing.assert_allclose(received, expected, atol=1e-5)
    # Of another first code most of the others are others, too.
    assert np.mean(np.abs(received[1] - received[0]) > 1e-3) > 0.5
