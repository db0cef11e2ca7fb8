"""A SavedModel as TensorFlow Serving loads it, and what Keras says to the same requests."""

import contextlib

import tensorflow as tf

from tests.models import LATENT, digits
from tfvae import data, evaluation, random

SEED = 5


def requests():
    """A request for each signature, of another batch each."""
    x = digits()
    seed = random.fold(random.as_seed(SEED, None), 0).numpy()  # of the first batch that `log_likelihood` sees
    latent = random.normal([5, *LATENT], [1, 2], "float32").numpy()
    return {
        "decode": {"latent": latent},
        "serving_default": {"latent": latent},
        "encode": {"x": x[:7]},
        "encode_sample": {"x": x[:3], "seed": seed},
        "reconstruct": {"x": x[:2]},
        "generate": {"seed": seed, "count": _int(4), "temperature": tf.constant(0.7).numpy()},
        "score": {"x": x[:6], "num_samples": _int(30), "seed": seed},
    }


def _int(value):
    return tf.constant(value, tf.int32).numpy()


def expected(model, given):
    """Returns {signature: {output: array}} by the model's own methods."""
    posterior, decoded = model.encode(given["encode"]["x"]), model.decode(given["decode"]["latent"])
    moments = {"mean": decoded.mean(), "stddev": decoded.stddev()}
    sampled, drawn, scored = (given[name] for name in ("encode_sample", "generate", "score"))
    batch = data.from_array(scored["x"], batch_size=len(scored["x"]), shuffle=False)
    estimate = evaluation.log_likelihood(model, batch, int(scored["num_samples"]), SEED, verbose=0)
    return {
        "decode": moments,
        "serving_default": moments,
        "encode": {"mean": posterior.mean(), "stddev": posterior.stddev()},
        "encode_sample": {"latent": model.encode(sampled["x"]).sample(seed=sampled["seed"])},
        "reconstruct": {"mean": model(given["reconstruct"]["x"])},
        "generate": {
            "mean": model.sample(
                tf.constant(drawn["count"]), temperature=float(drawn["temperature"]), seed=tf.constant(drawn["seed"])
            )
        },
        "score": {"log_likelihood": estimate.per_example},
    }


@contextlib.contextmanager
def loaded(version):
    """Gives a function (signature, inputs) -> {output: array} of a SavedModel in a session."""
    tf.get_logger().setLevel("ERROR")
    graph = tf.Graph()
    session = tf.compat.v1.Session(graph=graph)
    with graph.as_default():  # no longer than this, so that Keras can be asked meanwhile
        signatures = tf.compat.v1.saved_model.loader.load(session, ["serve"], str(version)).signature_def

    def run(name, inputs):
        feed = {signatures[name].inputs[key].name: value for key, value in inputs.items()}
        return session.run({key: info.name for key, info in signatures[name].outputs.items()}, feed)

    try:
        yield run
    finally:
        session.close()
