"""Converts a function to the bytes of a LiteRT file that uses only built-in operators."""

import re
import tempfile
import warnings

import keras
import tensorflow as tf

from tfvae import arguments

# What int8 covers: the operators of networks. The arithmetic of the distributions (exponentials, logarithms and roots
# of small numbers) stays in float32, where a scale can't become 0. Elsewhere, too, densities use at least float32.
_OF_NETWORKS = frozenset(
    "CONV_2D DEPTHWISE_CONV_2D TRANSPOSE_CONV FULLY_CONNECTED RESHAPE TRANSPOSE DEPTH_TO_SPACE SPACE_TO_DEPTH "
    "RESIZE_NEAREST_NEIGHBOR RESIZE_BILINEAR MAX_POOL_2D AVERAGE_POOL_2D MEAN PAD CONCATENATION SPLIT SPLIT_V SLICE "
    "STRIDED_SLICE RELU RELU6 LEAKY_RELU".split()
)
_DRAWS_NOTHING = (
    "a network that draws nothing outside of training, and of the part generate a prior that draws through "
    "tfvae.random, such as priors.GaussianMixture, priors.Autoregressive or flows of families.Normal"
)
# What to use instead of a TensorFlow operator that has no built-in.
_REPLACEMENTS = {
    "Erfinv": "a family whose mean needs no quantile",
    "TensorListReserve": "recurrent layers with unroll=True",
    "TensorListStack": "recurrent layers with unroll=True",
    "StatelessRandomUniformV2": _DRAWS_NOTHING,
    "StatelessRandomNormalV2": _DRAWS_NOTHING,
}
_ANY = (
    "another layer of the same kind: what networks.conv_decoder and networks.mlp_decoder are made of converts as it "
    "is, and keras.ops.image.resize does what UpSampling2D does"
)


def _float16(converter, inputs):
    del inputs
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def _dynamic(converter, inputs):
    del inputs
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter.convert()


def _int8(converter, inputs):
    laws = sorted(operators(converter.convert()) - _OF_NETWORKS)
    count = len(next(iter(inputs.values())))

    def batches():
        return ({name: value[at] for name, value in inputs.items()} for at in range(count))

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = batches
    # The only public way to exclude operators from quantization.
    options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=laws)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*tf.lite.Interpreter is deprecated")
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=batches, debug_options=options
        )
    return debugger.get_nondebug_quantized_model()


_QUANTIZATIONS = {
    None: lambda converter, inputs: converter.convert(),
    "float16": _float16,
    "dynamic": _dynamic,
    "int8": _int8,
}
#: The available quantizations; None is float32.
QUANTIZATIONS = tuple(_QUANTIZATIONS)


class Inexpressible(ValueError):
    """LiteRT can't express this: an operation without a built-in, a random draw, or int8 without calibration data."""


def check_quantization(quantization):
    """Refuses an unknown quantization."""
    if not isinstance(quantization, str | None) or quantization not in _QUANTIZATIONS:
        raise arguments.invalid("quantization", "None, 'float16', 'dynamic' or 'int8'", quantization)


def convert(vae, name, function, inputs, quantization, calibration):
    """Returns the bytes of a LiteRT file.

    Args:
        vae: The model, whose variables `function` reads.
        name: What `function` is, for error messages.
        function: Takes `inputs` in order, returns {name: tensor}.
        inputs: A `tf.TensorSpec` with a name for each.
        quantization: One of `QUANTIZATIONS`.
        calibration: {input: [N, *shape]} to calibrate int8 ranges on.

    Raises:
        Inexpressible: An operation has no LiteRT built-in, or draws random numbers.
        OSError: There is no room for temporary files.
    """
    archive = keras.export.ExportArchive()
    for part in (vae.encoder, vae.posterior, vae.prior, vae.decoder, vae.likelihood, vae.preprocessing):
        if part is not None and part.variables:
            archive.track(part)
    archive.add_endpoint("serving_default", function, input_signature=inputs)
    with tempfile.TemporaryDirectory() as folder:
        try:
            archive.write_out(folder, verbose=False)
        except tf.errors.OpError as error:
            raise OSError(
                f"The temporary folder {tempfile.gettempdir()} can't hold the model: "
                f"{arguments.one_line(error)}. Make room, or set TMPDIR to another."
            ) from error
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        try:
            content = _QUANTIZATIONS[quantization](converter, calibration)
        except Exception as error:
            missing = sorted(set(re.findall(r"tf\.([A-Z]\w+)", str(error))))
            if not missing:
                raise
            raise Inexpressible(_refusal(name, missing)) from error
    drawing = sorted(each for each in operators(content) if "RANDOM" in each or each == "MULTINOMIAL")
    if drawing:
        raise Inexpressible(
            f"The {name} draws ({', '.join(drawing)}), so that a file of it would give something else each time. "
            "Leave such layers out, or have them do nothing where training=False."
        )
    return content


def _refusal(name, missing):
    replacements = "; ".join(sorted({_REPLACEMENTS.get(each, _ANY) for each in missing}))
    return f"The {name} uses {', '.join(missing)}, which LiteRT has no built-in operator for. Use {replacements}."


def operators(content):
    """Returns the names of a file's operators, as a set of str."""
    from ai_edge_litert.interpreter import Interpreter

    return {each["op_name"] for each in Interpreter(model_content=content)._get_ops_details()}
