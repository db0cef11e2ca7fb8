"""Exports a part of a model as a LiteRT file, which is compared with Keras before it appears."""

import math
import pathlib

import tensorflow as tf

from tfvae import arguments
from tfvae.export import calibration, conversion, fidelity, manifest, parity, parts, stopwatch
from tfvae.export.precision import in_float32
from tfvae.files import whole
from tfvae.inputs import models


def litert(
    vae,
    path,
    part="decoder",
    quantization=None,
    batch_size=1,
    output="x",
    data=None,
    max_error=None,
    min_psnr=None,
    max_kl=None,
    timed=True,
):
    """Writes a part of the model as a LiteRT (TFLite) file of built-in operators.

        decoder      latent[, condition] -> mean[, stddev] of p(x|z)
        encoder      x[, condition] -> mean[, stddev] of q(z|x), x raw pixels
        reconstruct  x[, condition] -> mean of p(x|z) at the mean of q(z|x)
        generate     noise[, condition] -> mean of p(x|z) at a draw z of p(z)

    noise are numbers from U[0, 1), as many as the prior needs for a draw: the file holds the prior, whatever was fitted
    to the codes, and draws what they say. It is compared on noise of which a change by 4e-6 makes no other picture.

    Of several modalities, `families.Modalities`, x is the vector that they make, NaN where one is absent, and p(x|z)
    has outputs `mean_NAME` and `stddev_NAME`.

    But for that noise, and drawing from q(z|x), everything is in the graph, including the preprocessing in its form
    without noise. The batch is static: LiteRT's CompiledModel and LiteRT.js refuse a
    dynamic one. The file is run in LiteRT's interpreter, on draws from the prior and from
    q(z|x) of the data, or on the data itself, and compared with Keras. The measurements
    are in manifest.json beside it, at files[NAME]. A model of another precision is
    converted to float32, and compared in float32.

    Args:
        vae: The model.
        path: The file to write, `.tflite`; replaced as a whole.
        part: "decoder", "encoder", "reconstruct" or "generate".
        quantization: None for float32; "float16" for weights stored as float16; "dynamic" for
            weights in 8 bits; "int8" for weights and activations of the networks in 8 bits.
            Inputs, outputs and the arithmetic of the distributions are always float32.
        batch_size: Examples in one call.
        output: "x", or "uint8" for one output `image`, the mean as the bytes of a picture.
        data: Raw x, (x, condition), or batches of them, such as `data.load(...)` makes; 512
            examples are used, half to calibrate int8 and half to compare. Without data, an
            int8 decoder is calibrated on the prior alone, and latents of real data may lie
            outside its ranges. For int8, encoder and reconstruct need data, and
            there is no generate.
        max_error: Largest permitted error of any one value, as a fraction of the range of
            Keras's results (at least 1). None: 1e-4 for float32, 2e-2 for float16, 0.5 for
            8 bits, as derived at `fidelity.DEFAULTS`, plus one grey level for bytes.
        min_psnr: Smallest permitted peak signal-to-noise ratio in dB. None: 100, 60, 30.
        max_kl: Largest permitted KL(Keras || file) of p(x|z), or of q(z|x) for the encoder, in
            nats per dimension. None: 1e-5, 1e-3, 5e-2.
        timed: Whether to measure latency and memory, in a separate process.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: An argument has an invalid value, or an operation has no LiteRT built-in;
            the message names it and what to use instead.
        ExportMismatch: The file differs from Keras by more than the thresholds; nothing was
            written.

    >>> import tempfile
    >>> from tfvae import recipes
    >>> vae = recipes.vae((8, 8, 1), 2)
    >>> litert(vae, pathlib.Path(tempfile.mkdtemp(), "decoder.tflite"), timed=False).name
    'decoder.tflite'
    """
    path = pathlib.Path(path)
    if path.suffix != ".tflite":
        raise ValueError(f"Invalid value for argument `path`. Expected a file *.tflite. Received: path={str(path)!r}")
    models.usable(vae)
    conversion.check_quantization(quantization)
    limits = fidelity.thresholds(quantization, output, max_error, min_psnr, max_kl)
    vae = in_float32(vae)
    chosen = parts.of(vae, part, arguments.integer("batch_size", batch_size), output)
    examples = calibration.gather(vae, data)
    if quantization == "int8" and examples.x is None and part != "decoder":
        raise conversion.Inexpressible(
            f"The {part} needs examples to calibrate int8 on: give the argument `data`, such as "
            "data.load('digits', 'train')[0]."
        )
    what = f"the {quantization or 'float32'} {part}"
    if quantization == "int8" and part == "generate":
        raise conversion.Inexpressible(
            "int8 is for networks, and generate holds the arithmetic of the prior, too. Use quantization='dynamic', or "
            "the decoder in int8 for z of generate's prior."
        )
    ranges = calibration.inputs(vae, chosen, examples, False, batch_size) if quantization == "int8" else {}
    content = conversion.convert(vae, part, chosen.function, chosen.inputs, quantization, ranges)
    facts = _compare(vae, what, content, chosen, quantization, ranges, examples, batch_size, limits)
    facts = {"part": part, "quantization": quantization, "output": output, "batch_size": batch_size, **facts}
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole.replacing(path) as temporary:
        temporary.write_bytes(content)
        if timed:
            facts |= stopwatch.measure(temporary)
    manifest.record(path.parent, {path.name: facts})
    return path


def _compare(vae, what, content, part, quantization, ranges, examples, batch_size, limits):
    """Returns the manifest's facts about a file's bytes; raises an `ExportMismatch` if they are beyond the limits."""
    inputs = calibration.inputs(vae, part, examples, True, batch_size)
    if "noise" in inputs:
        # As graphs: one by one, the operations of a draw of many codes would take minutes.
        function, parameters = (tf.function(each, autograph=False) for each in (part.function, part.parameters))
        part = part._replace(function=function, parameters=parameters)
        inputs = fidelity.steady(part.function, inputs)
    expected, received = fidelity.keras(part.function, inputs), fidelity.run(content, inputs)
    found = fidelity.errors(what, expected, received)
    if quantization is None and "image" not in expected:
        parity.check(what, vae.compute_dtype, expected, received)
    if part.law.has_density:
        # The outputs are moments, which don't determine the distribution. A second file of the same network, converted
        # in the same way, gives the distribution's parameters.
        parameters, own = fidelity.by_input(part.parameters, inputs)
        asked = fidelity.run(conversion.convert(vae, what, parameters, part.inputs, quantization, ranges), inputs)
        found |= fidelity.kl(part.law, fidelity.keras(parameters, inputs), asked, own) or {}
    dimensions = math.prod(part.law.event_shape)
    fidelity.check(what, found, dimensions, limits)
    return {
        "inputs": {spec.name: [spec.dtype.name, *spec.shape] for spec in part.inputs},
        "outputs": {name: [value.dtype.name, batch_size, *value.shape[1:]] for name, value in received.items()},
        "compared_on": _compared_on(inputs, examples),
        "compared": len(next(iter(expected.values()))),
        "dimensions": dimensions,
        **found,
        "thresholds": limits._asdict(),
        "operators": sorted(conversion.operators(content)),
    }


def _compared_on(inputs, examples):
    if "x" in inputs:
        return "examples"
    return "prior" if examples.x is None or "noise" in inputs else "aggregate posterior, prior"
