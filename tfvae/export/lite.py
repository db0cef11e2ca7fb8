"""The decoder for phones, as a LiteRT file."""

import pathlib
import re
import tempfile

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments, checks, whole
from tfvae.export import manifest, parity, signatures


def litert(vae, path, batch_size=1):
    """Writes the decoder as a LiteRT (TFLite) file of built-in operators.

    z -> mean[, stddev] of p(x|z), with a static batch: LiteRT's CompiledModel
    and LiteRT.js refuse a dynamic one. Everything but sampling z is in the
    graph. The file is run in the LiteRT interpreter and compared with Keras
    before it appears.

    Args:
        vae: The model.
        path: The file to write, `.tflite`; replaced whole.
        batch_size: Latents decoded at once.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: `path` doesn't end in .tflite, `batch_size` is not positive,
            or an operation of the decoder has no LiteRT built-in.
        ExportMismatch: The file computes something else than Keras.
    """
    path = pathlib.Path(path)
    if path.suffix != ".tflite":
        raise ValueError(f"Invalid value for argument `path`. Expected a file *.tflite. Received: path={str(path)!r}")
    checks.usable(vae)
    signature = signatures.decode(vae, arguments.integer("batch_size", batch_size))
    content = _convert(vae, signature)
    _check(vae, content, signature)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole.replacing(path) as temporary:
        temporary.write_bytes(content)
    manifest.record(path.parent, {path.name: {"part": "decoder", "batch_size": batch_size}})
    return path


def _convert(vae, signature):
    archive = keras.export.ExportArchive()
    for part in (vae.decoder, vae.likelihood):
        if part.variables:
            archive.track(part)
    archive.add_endpoint("serving_default", signature.function, input_signature=signature.inputs)
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        try:
            return converter.convert()
        except Exception as error:
            missing = sorted(set(re.findall(r"tf\.([A-Z]\w+)", str(error))))
            if not missing:
                raise
            raise ValueError(
                f"The decoder uses {', '.join(missing)}, which LiteRT has no built-in operator for. Replace it in the "
                "network: networks.conv_decoder and networks.mlp_decoder convert as they are, and "
                "keras.ops.image.resize replaces UpSampling2D."
            ) from error


def _check(vae, content, signature):
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_content=content).get_signature_runner("serving_default")
    rng = np.random.default_rng(0)
    for _ in range(3):
        inputs = signatures.example_inputs(signature, rng)
        expected = {key: value.numpy() for key, value in signature.function(**inputs).items()}
        parity.check("the LiteRT decoder", vae.compute_dtype, expected, runner(**inputs))
