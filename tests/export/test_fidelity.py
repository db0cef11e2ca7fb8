"""How far a file is from Keras: exact numbers where there are, and files that are refused."""

import json

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from tests.models import LATENT, SHAPE, digits, make
from tfvae import export, families
from tfvae.export import ExportMismatch, calibration, conversion, fidelity, parts


def test_the_kl_of_gaussians_is_in_closed_form():
    law = families.Normal((2,))
    p = {"loc": np.array([[0.0, 1.0]], "float32"), "scale": np.array([[1.0, 2.0]], "float32")}
    q = {"loc": np.array([[1.0, 1.0]], "float32"), "scale": np.array([[2.0, 2.0]], "float32")}
    found = fidelity.kl(law, p, q, {})
    # KL(N(0, 1) || N(1, 4)) = log 2 + (1 + 1) / 8 - 1/2, and the other dimension is the same in both.
    assert found == {"kl_nats": pytest.approx(np.log(2) - 0.25, rel=1e-6), "kl_standard_error": None}
    backwards = fidelity.kl(law, q, p, {})["kl_nats"]
    assert backwards == pytest.approx(-np.log(2) + 5 / 2 - 0.5, rel=1e-6)


def test_the_kl_without_a_closed_form_is_within_its_error():
    law = families.Logistic((1,))
    count = 400
    p = {"loc": np.zeros([count, 1], "float32"), "scale": np.ones([count, 1], "float32")}
    q = {"loc": np.ones([count, 1], "float32"), "scale": np.full([count, 1], 1.5, "float32")}
    x = np.linspace(-40, 40, 400_001)[:, None, None].astype("float32")
    laws = [law.build_distribution(**{name: tf.constant(value[:1]) for name, value in each.items()}) for each in (p, q)]
    density, other = (each.log_prob(x).numpy()[:, 0].astype("float64") for each in laws)
    exact = float(np.sum(np.exp(density) * (density - other)) * 80 / 400_000)
    found = fidelity.kl(law, p, q, {})
    assert 0 < found["kl_standard_error"] < 0.05 * exact
    assert abs(found["kl_nats"] - exact) < 4 * found["kl_standard_error"]


def test_what_has_no_density_has_no_kl():
    assert fidelity.kl(families.Deterministic((2,)), {}, {}, {}) is None


@pytest.mark.parametrize(
    ("found", "limits", "message"),
    [
        ({"max_abs_error": 0.3}, {"max_error": 0.1}, r"a file differs.*1\.50e-01 of its range.*max_error=1\.00e-01"),
        ({"psnr_db": 20.0}, {"min_psnr": 25.0}, r"20\.0 dB, less than min_psnr=25\.0"),
        ({"kl_nats": 8.0}, {"max_kl": 1.0}, r"8 nats.*2\.00e\+00 for each of 4 dim.*max_kl=1\.00e\+00"),
        ({"kl_nats": float("nan")}, {}, r"nan nats"),
        ({"max_abs_error": float("nan")}, {}, r"differs from Keras by up to nan"),
    ],
)
def test_each_threshold_refuses(found, limits, message):
    harmless = {"max_abs_error": 0.0, "peak": 2.0, "psnr_db": None, "kl_nats": 0.0, "kl_standard_error": None}
    loose = fidelity.Thresholds(1.0, 10.0, 10.0)
    fidelity.check("a file", harmless | {"max_abs_error": 0.2, "psnr_db": 26.0, "kl_nats": 3.0}, 4, loose)
    with pytest.raises(ExportMismatch, match=message):
        fidelity.check("a file", harmless | found, 4, loose._replace(**limits))


@pytest.mark.parametrize(
    ("expected", "received", "message"),
    [
        ({"mean": np.zeros(2)}, {"stddev": np.zeros(2)}, r"outputs \['stddev'\].*\['mean'\]"),
        ({"mean": np.zeros(2)}, {"mean": np.zeros(3)}, r"shape \(3,\).*\(2,\)"),
        ({"mean": np.zeros(2)}, {"mean": np.full(2, np.nan)}, r"mean is not finite, where Keras's is"),
        ({"mean": np.full(2, np.inf)}, {"mean": np.zeros(2)}, r"weights hold NaN"),
    ],
)
def test_results_that_cannot_be_compared(expected, received, message):
    with pytest.raises(ExportMismatch, match=message):
        fidelity.errors("a file", expected, received)


def test_a_file_over_its_threshold_leaves_nothing(tmp_path):
    with pytest.raises(ExportMismatch, match=r"the int8 decoder .*min_psnr=200\.0.*Nothing was written"):
        export.litert(make(), tmp_path / "out" / "d.tflite", quantization="int8", min_psnr=200.0)
    assert list(tmp_path.iterdir()) == []


def test_another_program_is_refused(tmp_path, monkeypatch):
    # As a converter would that gets a layer wrong: what it was given isn't what it made a file of.
    def wrong(vae, name, function, *others):
        return convert(vae, name, lambda *z: {k: 0.9 * v for k, v in function(*z).items()}, *others)

    convert = conversion.convert
    monkeypatch.setattr(conversion, "convert", wrong)
    for quantization in (None, "float16"):
        with pytest.raises(ExportMismatch, match="differs from Keras by"):
            export.litert(make(), tmp_path / "d.tflite", quantization=quantization)
    assert list(tmp_path.iterdir()) == []


def test_int8_is_calibrated_where_the_data_lie(tmp_path):
    """Latents of the data far from the prior's are clipped by a file that was calibrated on the prior alone."""
    model = make()
    bias = model.posterior.head.bias.numpy()
    bias[: LATENT[0]] = 12.0
    model.posterior.head.bias.assign(bias)
    decoder, reached = parts.of(model, "decoder"), []
    for data in (digits(), None):
        seen = calibration.inputs(model, decoder, calibration.gather(model, data), False, 1)
        content = conversion.convert(model, "decoder", decoder.function, decoder.inputs, "int8", seen)
        interpreter = Interpreter(model_content=content)
        interpreter.allocate_tensors()
        given = interpreter.get_input_details()[0]["index"]
        quantized = [each for each in interpreter._get_ops_details() if each["op_name"] == "QUANTIZE"]
        (made,) = {each["outputs"][0] for each in quantized if given in each["inputs"]}
        scale, zero = interpreter._get_tensor_details(made, 0)["quantization"]
        reached.append(scale * (127 - zero))
        # An 8-bit number ends where the largest latent lay that was shown to it.
        assert reached[-1] == pytest.approx(seen["latent"].max(), rel=0.01)
    assert reached[0] > 11.0 > 6.0 > reached[1]


def test_the_examples_that_int8_sees_are_not_those_that_it_is_judged_on():
    model = make()
    examples = calibration.gather(model, digits())
    encoder = parts.of(model, "encoder", 4)
    seen, held_out = (calibration.inputs(model, encoder, examples, each, 4)["x"] for each in (False, True))
    assert seen.shape == held_out.shape == (5, 4, *SHAPE)
    np.testing.assert_array_equal(seen.reshape(-1, *SHAPE)[:18], digits()[::2])
    np.testing.assert_array_equal(held_out.reshape(-1, *SHAPE)[:18], digits()[1::2])
    latents = [calibration.inputs(model, parts.of(model, "decoder"), examples, each, 1) for each in (False, True)]
    assert not np.intersect1d(*(each["latent"] for each in latents)).size


def test_the_manifest_and_the_table_say_what_was_measured(tmp_path):
    path = export.litert(make(), tmp_path / "decoder-dynamic.tflite", quantization="dynamic", data=digits())
    facts = export.verify(tmp_path)["files"][path.name]
    assert (facts["part"], facts["quantization"], facts["batch_size"]) == ("decoder", "dynamic", 1)
    assert facts["inputs"] == {"latent": ["float32", 1, *LATENT]}
    assert facts["outputs"] == {"mean": ["float32", 1, *SHAPE], "stddev": ["float32", 1, *SHAPE]}
    assert facts["compared_on"] == "aggregate posterior, prior"
    assert facts["bytes"] == path.stat().st_size
    assert facts["latency_us"].keys() == {"1", "2"}
    assert min(facts["latency_us"].values()) > 0
    assert facts["peak_memory_bytes"] > facts["bytes"]
    assert facts["kl_nats"] >= 0
    json.dumps(facts, allow_nan=False)
    head, _, row = export.table(tmp_path).splitlines()
    assert "KL, nats" in head
    assert row.startswith("| `decoder-dynamic.tflite` |")


def test_a_program_that_does_not_run_is_no_reason_to_refuse(tmp_path):
    from tfvae.export import stopwatch

    (tmp_path / "no.tflite").write_bytes(b"text")
    with pytest.warns(UserWarning, match=r"no\.tflite: time and memory were not measured"):
        assert stopwatch.measure(tmp_path / "no.tflite") == {"latency_us": None, "peak_memory_bytes": None}
