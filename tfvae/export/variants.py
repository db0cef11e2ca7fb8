"""Every LiteRT file of a model, in one folder."""

import pathlib
from typing import NamedTuple

from tfvae.export import calibration, conversion, lite, manifest
from tfvae.export import parts as every
from tfvae.export.parity import ExportMismatch
from tfvae.export.precision import in_float32
from tfvae.inputs import models


class Variant(NamedTuple):
    """One file of a model.

    Attributes:
        part: One of the parts of `litert`, such as "decoder".
        quantization: None, "float16", "dynamic" or "int8".
        path: The file, or None if it wasn't written.
        reason: Why it wasn't written, or None.
    """

    part: str
    quantization: str | None
    path: pathlib.Path | None
    reason: str | None


def file_name(part, quantization):
    """Returns the name of a variant's file.

    >>> file_name("decoder", None), file_name("encoder", "int8")
    ('decoder.tflite', 'encoder-int8.tflite')
    """
    return f"{part}.tflite" if quantization is None else f"{part}-{quantization}.tflite"


def litert_variants(
    vae, folder, parts=tuple(every.NETWORKS), quantizations=conversion.QUANTIZATIONS, data=None, report=None, **options
):
    """Writes every part of a model in every quantization, and reports which could not be written.

    A variant is refused if it is beyond its thresholds, an operation has no built-in,
    or int8 has no data. The others are still written. A file of the refused variant's
    name that an earlier model left is deleted, since nobody could tell them apart.

    Args:
        vae: The model.
        folder: Where the files go; manifest.json describes them, and `table` shows it.
        parts: Which parts of `litert`; by default those of networks, without "generate".
        quantizations: Which of None, "float16", "dynamic" and "int8".
        data: As for `litert`.
        report: Called with each `Variant` as soon as it is done, to show progress.
        **options: Further arguments of `litert`.

    Returns:
        A list with one `Variant` for each part and quantization.

    Raises:
        ValueError: `litert` refuses an argument for any variant.
    """
    folder = pathlib.Path(folder)
    for quantization in quantizations:
        conversion.check_quantization(quantization)
    models.usable(vae)
    vae = in_float32(vae)
    # Gathered once: a dataset that shuffles would give each variant different examples.
    examples = None if data is None else calibration.gather(vae, data)
    found = []
    for part in parts:
        for quantization in quantizations:
            name = file_name(part, quantization)
            try:
                path = lite.litert(vae, folder / name, part, quantization, data=examples, **options)
                found.append(Variant(part, quantization, path, None))
            except (ExportMismatch, conversion.Inexpressible) as error:
                if (folder / name).exists():
                    manifest.forget(folder, name)
                found.append(Variant(part, quantization, None, str(error)))
            if report is not None:
                report(found[-1])
    return found
