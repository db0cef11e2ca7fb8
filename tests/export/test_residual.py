"""Residual decoders as LiteRT files of built-in operators."""

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests import suites
from tests.models import SHAPE, digits, make
from tfvae import export, families, networks, priors
from tfvae.export import conversion

MAP = (2, 2, 1)


def model(enlarge=keras.layers.Conv2DTranspose):
    """Residual networks around a map as latent, with attention and weights that are not those of a beginning."""
    vae = make(
        encoder=networks.residual_encoder(SHAPE, (4, 8), attention=True, flatten=False),
        posterior=families.Normal(MAP),
        prior=priors.StandardNormal(MAP),
        decoder=networks.residual_decoder(MAP, SHAPE[:2], (8, 4), attention=True, enlarge=enlarge),
    )
    rng = np.random.default_rng(0)
    vae.set_weights([each + 0.1 * rng.standard_normal(each.shape).astype(each.dtype) for each in vae.get_weights()])
    return vae


@pytest.mark.slow
def test_the_decoder_is_of_built_in_operators(tmp_path):
    # The exporter compares the file with Keras.
    path = export.litert(model(), tmp_path / "d.tflite", timed=False)
    found = conversion.operators(path.read_bytes())
    assert {"SUM", "SOFTMAX", "LOGISTIC", "TRANSPOSE_CONV"} <= found
    assert not any("Flex" in each or "CUSTOM" in each for each in found)


@pytest.mark.slow
def test_statistics_stay_wide_in_8_bits(tmp_path):
    path = export.litert(model(), tmp_path / "d.tflite", quantization="int8", data=digits(), timed=False)
    interpreter = Interpreter(model_path=str(path))
    dtypes = {each["index"]: each["dtype"] for each in interpreter.get_tensor_details()}
    kinds = {}
    for each in interpreter._get_ops_details():
        kinds.setdefault(each["op_name"], set()).add(dtypes[each["inputs"][0]])
    assert kinds["CONV_2D"] == {np.int8}
    assert kinds["SUM"] == kinds["RSQRT"] == kinds["SOFTMAX"] == {np.float32}
    assert "MEAN" not in kinds


@pytest.mark.parametrize(
    ("part", "quantization", "enlarge"),
    suites.chosen(
        [
            ("encoder", None, keras.layers.Conv2DTranspose),
            ("decoder", "float16", keras.layers.Conv2DTranspose),
            ("decoder", "dynamic", networks.ResizeConv2D),
            INT8 := ("decoder", "int8", networks.SubPixelConv2D),
        ],
        slow=[INT8],
    ),
)
def test_either_network_in_every_precision(part, quantization, enlarge, tmp_path):
    path = export.litert(model(enlarge), tmp_path / f"{part}.tflite", part, quantization, data=digits(), timed=False)
    assert not any("Flex" in each or "CUSTOM" in each for each in conversion.operators(path.read_bytes()))
