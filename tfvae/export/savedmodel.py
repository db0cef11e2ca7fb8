"""The SavedModel, in TF Serving's layout."""

import pathlib
import shutil
import tempfile

import keras
import numpy as np
import tensorflow as tf

from tfvae import checks
from tfvae.export import parity, signatures


def saved_model(vae, base):
    """Writes the next version of a served model.

    The signatures are pure functions of named tensors on raw pixels; the
    preprocessing is in the graph, the batch is dynamic:

        decode = serving_default    latent -> mean[, stddev] of p(x|z)
        encode                      x -> mean, stddev of q(z|x)
        reconstruct                 x -> mean
        generate                    seed int32[2], count, temperature -> mean

    Each also takes `condition` where the model does. Before the version
    appears, every signature is run by TensorFlow's session loader, as TF
    Serving runs it, and compared with Keras.

    Args:
        vae: The model.
        base: Folder of the model's versions, TF Serving's `base_path`.

    Returns:
        `pathlib.Path` of the new version, <base>/<n>/; whole or not there.

    Raises:
        ValueError: `base` is a file.
        ExportMismatch: A signature computes something else than Keras.

    Reference: TensorFlow Serving, "Configuration": a server that polls the
    folder loads a version as soon as its folder is there.
    """
    checks.usable(vae)
    base = pathlib.Path(base)
    if base.exists() and not base.is_dir():
        raise ValueError(
            f"Invalid value for argument `base`. Expected a folder, or none yet. Received: base={str(base)!r}, a file"
        )
    base.mkdir(parents=True, exist_ok=True)
    served = signatures.all_signatures(vae)
    archive = keras.export.ExportArchive()
    for part in (vae.encoder, vae.posterior, vae.prior, vae.decoder, vae.likelihood, vae.preprocessing):
        if part is not None and part.variables:
            archive.track(part)
    for name, signature in {**served, "serving_default": served["decode"]}.items():
        archive.add_endpoint(name, signature.function, input_signature=signature.inputs)
    work = pathlib.Path(tempfile.mkdtemp(prefix=".export-", dir=base))
    try:
        archive.write_out(str(work), verbose=False)
        work.chmod(0o755)  # mkdtemp's folder is its owner's alone, and a server may be somebody else
        check(vae, work, served)
        return _rename_to_next_version(work, base)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check(vae, path, served):
    """Runs every signature in a session, as TF Serving does, against Keras."""
    rng = np.random.default_rng(0)
    cases = []
    for name in (*served, "serving_default"):
        signature = served["decode" if name == "serving_default" else name]
        inputs = signatures.example_inputs(signature, rng)
        cases.append((name, inputs, {key: value.numpy() for key, value in signature.function(**inputs).items()}))
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = _load(session, path)
        for name, inputs, expected in cases:
            feed = {loaded[name].inputs[key].name: value for key, value in inputs.items()}
            received = session.run({key: info.name for key, info in loaded[name].outputs.items()}, feed)
            parity.check(f"signature {name} of the SavedModel", vae.compute_dtype, expected, received)


def _load(session, path):
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")  # it advises tf.saved_model.load, which is not what a server runs
    try:
        return tf.compat.v1.saved_model.loader.load(session, ["serve"], str(path)).signature_def
    finally:
        logger.setLevel(level)


def _rename_to_next_version(work, base):
    while True:
        versions = [int(path.name) for path in base.iterdir() if path.name.isdigit()]
        target = base / str(max(versions, default=0) + 1)
        try:
            return work.rename(target)
        except OSError:
            # Another exporter took this version; it is never empty, so a rename can't replace it.
            if not target.exists():
                raise
