"""What TensorFlow Serving is started with: its warm-up requests, its configuration."""

import hashlib

import pytest
import tensorflow as tf
from google.protobuf import text_format, unknown_fields

from tests.export import session
from tfvae.export import readme, server, warmup


def test_the_warm_up_requests_parse_and_run(served):
    prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    records = tf.data.TFRecordDataset(str(served.version / warmup.NAME))
    requests = {}
    for record in records.as_numpy_iterator():
        log = prediction_log_pb2.PredictionLog.FromString(record)
        assert log.WhichOneof("log_type") == "predict_log"
        request = log.predict_log.request
        assert request.model_spec.name == "digits"
        assert not unknown_fields.UnknownFieldSet(request)
        requests[request.model_spec.signature_name] = {
            name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()
        }
    assert set(requests) == set(served.expected)
    with session.loaded(served.version) as run:
        for name, inputs in requests.items():
            assert set(inputs) == set(served.given[name])
            assert set(run(name, inputs)) == set(served.expected[name])


def test_a_long_request_parses():
    prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    for size in (1, 20, 127, 128, 3000, 50_000):
        value = tf.range(size, dtype=tf.float32).numpy()
        log = prediction_log_pb2.PredictionLog.FromString(warmup.prediction_log("n" * size, "s", {"x": value}))
        request = log.predict_log.request
        assert request.model_spec.name == "n" * size
        assert (tf.make_ndarray(request.inputs["x"]) == value).all()


def test_the_configuration_is_that_of_the_server(served):
    config_pb2 = pytest.importorskip("tensorflow_serving.config.model_server_config_pb2")
    base = served.version.parent
    config = text_format.Parse((base / "models.config").read_text(), config_pb2.ModelServerConfig())
    (model,) = config.model_config_list.config
    assert (model.name, model.model_platform) == ("digits", "tensorflow")
    compose = (base / "compose.yaml").read_text()
    # The folder that is mounted is the one that the server looks into.
    assert f'volumes: [".:{model.base_path}:ro"]' in compose
    for name in ("models.config", "batching.config"):
        assert (base / name).is_file()
        assert f"={model.base_path}/{name}" in compose
    assert "tensorflow/serving" in compose


def test_a_name_with_quotes_is_still_a_name(tmp_path):
    config_pb2 = pytest.importorskip("tensorflow_serving.config.model_server_config_pb2")
    base = tmp_path / 'di"g\\its'
    base.mkdir()
    server.write(base)
    config = text_format.Parse((base / "models.config").read_text(), config_pb2.ModelServerConfig())
    assert config.model_config_list.config[0].name == base.name


def test_the_readme_names_every_signature_and_bound(served):
    text = (served.version.parent / "README.md").read_text()
    for name in served.expected:
        assert f"| `{name}` |" in text
    assert "`count` is at most\n50, `num_samples` at most 500" in text
    assert "/v1/models/digits:predict" in text


def test_what_a_user_changed_stays(served, tmp_path):
    server.write(tmp_path)
    path = tmp_path / "compose.yaml"
    ours = path.read_text()
    path.write_text(ours.replace("8501:8501", "80:8501"))
    (tmp_path / "batching.config").write_text("max_batch_size { value: 2 }\n")
    (tmp_path / "models.config").unlink()
    digests = {name: _digest(tmp_path / name) for name in ("compose.yaml", "batching.config")}
    server.write(tmp_path)
    assert {name: _digest(tmp_path / name) for name in digests} == digests
    assert (tmp_path / "models.config").is_file()
    path.unlink()
    server.write(tmp_path)
    assert path.read_text() == ours
    assert readme.write(tmp_path, served.version)
    assert readme.write(tmp_path, served.version)
    (tmp_path / "README.md").write_text("mine")
    assert not readme.write(tmp_path, served.version)


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
