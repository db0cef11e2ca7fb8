"""The decoder as a LiteRT file."""

import itertools

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.models import LATENT, SHAPE, make
from tfvae import data, export, families, networks, recipes


def run(path, latent):
    runner = Interpreter(model_path=str(path)).get_signature_runner("serving_default")
    return runner(latent=latent)


# Either kind of network, and every likelihood once; the other pairs before a release.
@pytest.mark.parametrize(
    ("likelihood", "conv"),
    [
        pytest.param(likelihood, conv, marks=() if conv == (likelihood is families.Normal) else pytest.mark.slow)
        for likelihood, conv in itertools.product(
            (families.Bernoulli, families.Normal, families.Deterministic), (False, True)
        )
    ],
)
def test_the_file_computes_what_keras_does(likelihood, conv, tmp_path):
    from tfvae import terms

    objective = [terms.KL()]
    model = make(conv=conv, likelihood=likelihood(SHAPE), objective=objective)
    path = export.litert(model, tmp_path / "decoder.tflite", timed=False)
    latent = np.random.default_rng(1).standard_normal((1, *LATENT)).astype("float32")
    received = run(path, latent)
    decoded = model.decode(latent)
    np.testing.assert_allclose(received["mean"], decoded.mean(), atol=1e-5)
    np.testing.assert_allclose(received["stddev"], decoded.stddev(), atol=1e-5)


@pytest.mark.parametrize(
    "likelihood",
    [
        lambda: families.DiscretizedLogisticMixture(SHAPE, levels=17, components=3),
        pytest.param(lambda: families.BetaBinomial(SHAPE, levels=17), marks=pytest.mark.exhaustive),
        pytest.param(lambda: families.Categorical(SHAPE, levels=17), marks=pytest.mark.exhaustive),
        pytest.param(lambda: families.ContinuousBernoulli(SHAPE), marks=pytest.mark.exhaustive),
        pytest.param(lambda: families.DiscretizedLogistic(SHAPE), marks=pytest.mark.exhaustive),
        pytest.param(lambda: families.Laplace(SHAPE, scale="shared"), marks=pytest.mark.exhaustive),
        pytest.param(lambda: families.Logistic(SHAPE), marks=pytest.mark.exhaustive),
        pytest.param(lambda: families.NegativeBinomial(SHAPE), marks=pytest.mark.exhaustive),
        pytest.param(lambda: families.Poisson(SHAPE), marks=pytest.mark.exhaustive),
        pytest.param(lambda: families.Of("Gamma", SHAPE), marks=pytest.mark.exhaustive),
        pytest.param(lambda: families.StudentT(SHAPE), marks=pytest.mark.exhaustive),
    ],
    ids=lambda make: type(make()).__name__,
)
def test_every_likelihood_has_a_mean_of_built_in_operators(likelihood, tmp_path):
    # The exporter compares the file with Keras, and refuses a decoder that needs more.
    model = make(likelihood=likelihood(), conv=True, preprocessing=data.Quantize(17))
    assert export.litert(model, tmp_path / "decoder.tflite", timed=False).stat().st_size > 0


def test_a_conditional_decoder_is_a_litert_file(tmp_path):
    model = recipes.conditional_vae(SHAPE, 3)
    assert export.litert(model, tmp_path / "decoder.tflite").stat().st_size > 1000


def test_built_in_operators_and_a_static_batch(tmp_path):
    path = make(conv=True).export(tmp_path / "decoder.tflite", format="litert", batch_size=4, timed=False)
    interpreter = Interpreter(model_path=str(path))
    details = interpreter.get_input_details()[0]
    assert list(details["shape"]) == list(details["shape_signature"]) == [4, *LATENT]
    names = {op["op_name"] for op in interpreter._get_ops_details()}
    assert names
    assert not any("Flex" in name or "CUSTOM" in name for name in names)


def test_an_operation_without_a_built_in_is_named(tmp_path):
    decoder = keras.Sequential(
        [
            keras.Input(LATENT),
            keras.layers.Dense(16),
            keras.layers.Lambda(keras.ops.lgamma if hasattr(keras.ops, "lgamma") else keras.ops.erfinv),
        ]
    )
    with pytest.raises(ValueError, match=r"The decoder uses \w+, which LiteRT has no built-in operator for\. Use "):
        export.litert(make(decoder=decoder), tmp_path / "decoder.tflite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": "decoder.bin"}, r"`path`.*\.tflite.*decoder\.bin"),
        ({"path": "decoder.tflite", "batch_size": 0}, r"`batch_size`.*0"),
        ({"path": "a.tflite", "part": "prior"}, r"`part`.*decoder, encoder, reconstruct.*part='prior'"),
        ({"path": "a.tflite", "quantization": "int4"}, r"`quantization`.*'int8'.*quantization='int4'"),
        ({"path": "a.tflite", "output": "png"}, r"`output`.*'uint8', a picture.*output='png'"),
        ({"path": "a.tflite", "part": "encoder", "output": "uint8"}, r"`output`.*latents are no picture"),
        ({"path": "a.tflite", "max_kl": -1.0}, r"`max_kl`.*>= 0.*-1\.0"),
        ({"path": "a.tflite", "part": "encoder", "quantization": "int8"}, r"encoder needs examples.*`data`"),
        ({"path": "a.tflite", "data": "digits"}, r"`data`.*batches of raw examples.*'digits'"),
        ({"path": "a.tflite", "data": []}, r"`data`.*the dataset is empty"),
        ({"path": "a.tflite", "data": np.full([4, *SHAPE], np.nan)}, r"`data`.*NaN.*4 of 4"),
        ({"path": "a.tflite", "data": np.zeros([4, 9, 8, 1])}, r"Expected a batch of shape \(batch, 8, 8, 1\)"),
        ({"path": "a.tflite", "part": "encoder", "data": np.zeros([4, *SHAPE])}, r"`data`.*uint8 pixels.*float64"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        export.litert(make(), **arguments)


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match=r"`format`.*tf_saved_model, litert.*format='onnx'"):
        make().export("x", format="onnx")


def test_the_old_file_is_replaced_whole(tmp_path):
    path = tmp_path / "decoder.tflite"
    path.write_bytes(b"old")
    export.litert(make(decoder=networks.mlp_decoder(LATENT, (4,))), path, timed=False)
    assert path.read_bytes()[4:8] == b"TFL3"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["decoder.tflite", "manifest.json"]
