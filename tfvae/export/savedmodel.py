"""Exports a model as a SavedModel in TF Serving's layout."""

import pathlib

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.export import examples, manifest, parity, ranks, readme, requests, server, signatures, versions, warmup
from tfvae.inputs import models


def saved_model(vae, base, max_count=4096, max_num_samples=100_000, typicality=None):
    """Writes the next version of a served model, and beside it the files that start TensorFlow Serving.

    The signatures are pure functions of named tensors on raw pixels. The
    preprocessing is in the graph, and the batch is dynamic:

        decode = serving_default    latent -> mean[, stddev] of p(x|z)
        encode                      x -> mean[, stddev] of q(z|x)
        encode_sample               x, seed int32[2] -> latent, a draw from q(z|x)
        reconstruct                 x -> mean
        generate                    seed, count, temperature -> mean
        score                       x, num_samples, seed -> log_likelihood [B], nats[, p_value [B]]

        log_likelihood = log 1/K sum_k p(x, z_k) / q(z_k|x),  z_k ~ q(z|x)

    p_value, where `typicality` is given, is the rank of x among the held-out data that calibrated it. It is by as many
    draws as these were scored with, whatever `num_samples` of the request is, as it would mean nothing by others; where
    both numbers are equal, it is the rank of log_likelihood itself.

    Of several modalities, `families.Modalities`, x is an input `x_NAME` for each, of floats, all NaN
    in an example that lacks it, and p(x|z) has outputs `mean_NAME` and `stddev_NAME`.

    Each also takes `condition` if the model does. `score` computes what
    `evaluation.log_likelihood` does, in memory that doesn't grow with K; it is
    included if posterior, prior and likelihood have densities. Invalid requests (a wrong
    shape, NaN, a temperature below 0, a count out of bounds) get an error that
    names the input, what was expected and what was received.

    Before the version appears, every signature is run by TensorFlow's session
    loader, as TensorFlow Serving runs it, and compared with Keras. The version
    includes a warm-up request for each signature, and a manifest.json that
    `export.verify` checks. An export that is killed leaves no version.

    Args:
        vae: The model.
        base: Folder of the model's versions, TF Serving's `base_path`; the
            server calls the model by this folder's name.
        max_count: The most examples that one request to `generate` may ask for.
        max_num_samples: The most draws K that one request to `score` may ask for.
        typicality: What `evaluation.typicality(vae, validation)` returned, or None for no p-values.

    Returns:
        `pathlib.Path` of the new version, <base>/<n>/; written as a whole or not at all.

    Raises:
        ValueError: `base` is a file, a bound is not a positive int, or `typicality` is of another model or score.
        ExportMismatch: A signature computes something different from Keras.
        OSError: The system can't write: no permission, no space.

    References: TensorFlow Serving, "Configuration": a server that polls the
    folder loads a version as soon as its folder exists. Burda, Grosse and
    Salakhutdinov (2016), Importance Weighted Autoencoders, arXiv 1509.00519,
    equation 8.

    >>> import tempfile
    >>> from tfvae import export, recipes
    >>> vae = recipes.vae((8, 8, 1), latent_size=2)
    >>> version = saved_model(vae, tempfile.mkdtemp() + "/digits")
    >>> version.name, sorted(export.verify(version)["signatures"])[:3]
    ('1', ['decode', 'encode', 'encode_sample'])
    """
    models.usable(vae)
    bounds = {
        "max_count": arguments.integer("max_count", max_count),
        "max_num_samples": arguments.integer("max_num_samples", max_num_samples),
    }
    ranks.check(vae, typicality, max_num_samples)
    base = pathlib.Path(base)
    if base.exists() and not base.is_dir():
        raise ValueError(
            f"Invalid value for argument `base`. Expected a folder, or none yet. Received: base={str(base)!r}, a file"
        )
    pure = signatures.all_signatures(vae, typicality)
    given = examples.requests(vae, pure, np.random.default_rng(0))
    if typicality is not None:
        if "score" not in given:
            raise ValueError(
                "No x was found in the likelihood's support to compare `score` with Keras on, so it isn't served. "
                "Leave `typicality` out."
            )
        given["score"]["num_samples"] = np.asarray(typicality.score.num_samples, "int32")
    about_p_values = {} if typicality is None else {"typicality": ranks.facts(typicality)}
    if len(given) < len(pure):  # a signature without a request can't be compared with Keras, so it isn't served
        pure = {name: signature for name, signature in pure.items() if name in given}

    def write(folder):
        _write(requests.checked(vae, pure, **bounds), folder)
        about = check(vae, folder, pure, given)
        warmup.write(folder, base.resolve().name, {**given, "serving_default": given["decode"]})
        files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        manifest.record(folder, {path: {} for path in files}, limits=bounds, **about_p_values, **about)
        server.write(base)
        readme.write(base, folder)

    return versions.publish(base, write)


def _write(served, folder):
    traced = {
        name: tf.function(signature.function, signature.inputs, autograph=False).get_concrete_function()
        for name, signature in served.items()
    }
    held = {id(variable): variable for function in traced.values() for variable in function.variables}
    tf.saved_model.save(
        _Holder(list(held.values())), str(folder), signatures={**traced, "serving_default": traced["decode"]}
    )


class _Holder(tf.Module):
    """Holds the TensorFlow variables that back Keras's variables.

    Keras's variables would be stored beside them as separate objects, and the
    session loader doesn't find a variable that is reached only through Keras's.
    """

    def __init__(self, held):
        super().__init__()
        self.held = held


def check(vae, path, pure, given):
    """Runs every signature in a session, as TF Serving does, and compares it with Keras.

    Args:
        vae: The model.
        path: The SavedModel's folder.
        pure: {name: Signature}, the functions to run in Keras.
        given: {name: {input: array}}.

    Returns:
        {"signatures": {name: what it takes and returns}, "parity": {name: the
        largest error relative to 1 + |Keras's value|}}.

    Raises:
        ExportMismatch: The results differ by more than rounding.
    """
    # Keras's results first: nothing runs eagerly within the session's graph.
    expected = {
        name: {key: value.numpy() for key, value in signature.function(**given[name]).items()}
        for name, signature in pure.items()
    }
    about, received = {"signatures": {}, "parity": {}}, {}
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = _load(session, path)
        for name in (*pure, "serving_default"):
            same = "decode" if name == "serving_default" else name
            feed = {loaded[name].inputs[key].name: value for key, value in given[same].items()}
            received[name] = session.run({key: info.name for key, info in loaded[name].outputs.items()}, feed)
            about["signatures"][name] = {
                "inputs": {key: _described(info) for key, info in sorted(loaded[name].inputs.items())},
                "outputs": {key: _described(info) for key, info in sorted(loaded[name].outputs.items())},
            }
    for name, found in received.items():
        same = pure["decode" if name == "serving_default" else name]
        wanted = expected["decode" if name == "serving_default" else name]
        wanted = wanted if same.follows is None else {**wanted, **same.follows(found)}
        about["parity"][name] = parity.check(f"signature {name} of the SavedModel", vae.compute_dtype, wanted, found)
    return about


def _described(info):
    shape = [None if side.size < 0 else side.size for side in info.tensor_shape.dim]
    return {"dtype": tf.as_dtype(info.dtype).name, "shape": None if info.tensor_shape.unknown_rank else shape}


def _load(session, path):
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")  # it recommends tf.saved_model.load, but a server doesn't run that
    try:
        return tf.compat.v1.saved_model.loader.load(session, ["serve"], str(path)).signature_def
    finally:
        logger.setLevel(level)
