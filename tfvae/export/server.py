"""Files that start TensorFlow Serving's official image on a folder of versions."""

from tfvae.export import unedited

# A single request has few latents or images; merged requests are still small compared with what a core can do.
_BATCHING = """max_batch_size { value: 64 }
batch_timeout_micros { value: 1000 }
max_enqueued_batches { value: 100 }
num_batch_threads { value: 4 }
"""


def write(base):
    """Writes models.config, batching.config and compose.yaml, but keeps those that somebody has changed.

    TensorFlow Serving's batching merges requests along the first axis of all
    their inputs, for every signature alike. So it refuses signatures that take a
    scalar, `generate` and `score`, and `encode_sample`, whose seed has no batch
    axis. It runs the warm-up requests that way, too, and rejects a version whose
    requests fail. So all signatures are served without batching, and a second,
    optional service (a compose profile) merges `decode`, `encode` and
    `reconstruct`. Reference: TensorFlow Serving, batching/batching_session.cc,
    and servables/tensorflow/saved_model_bundle_factory.cc.

    Args:
        base: Folder of the versions; its name is the model's name.
    """
    unedited.write(base / "models.config", _MODELS.format(name=_quoted(base.resolve().name)))
    unedited.write(base / "batching.config", _BATCHING)
    unedited.write(base / "compose.yaml", _COMPOSE)


def _quoted(text):
    """Returns a string literal that is valid in protocol buffers' text format and in YAML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_MODELS = """model_config_list {{
  config {{
    name: {name}
    base_path: "/models/current"
    model_platform: "tensorflow"
  }}
}}
"""

# The folder is mounted under a fixed name, so that its real name doesn't appear in a path or a command.
_COMPOSE = """services:
  # All signatures. docker compose up
  serving:
    image: "tensorflow/serving:${TF_SERVING_TAG:-latest}"
    command: ["--model_config_file=/models/current/models.config"]
    volumes: [".:/models/current:ro"]
    ports: ["127.0.0.1:8500:8500", "127.0.0.1:8501:8501"] # gRPC, REST
  # Merges requests to decode, encode and reconstruct, and refuses all others. docker compose --profile batching up
  batching:
    profiles: ["batching"]
    image: "tensorflow/serving:${TF_SERVING_TAG:-latest}"
    command:
      - "--model_config_file=/models/current/models.config"
      - "--enable_batching=true"
      - "--batching_parameters_file=/models/current/batching.config"
      # A server that batches would run the warm-up requests of the other signatures, fail, and not serve at all.
      - "--enable_model_warmup=false"
    volumes: [".:/models/current:ro"]
    ports: ["127.0.0.1:8510:8500", "127.0.0.1:8511:8501"] # gRPC, REST
"""
