"""Files that run without tfvae: a SavedModel for TF Serving, and LiteRT files for phones."""

from tfvae.export.explorer import explorer
from tfvae.export.lite import litert
from tfvae.export.manifest import DamagedExport, verify
from tfvae.export.parity import ExportMismatch
from tfvae.export.savedmodel import saved_model
from tfvae.export.table import table
from tfvae.export.variants import litert_variants

__all__ = [
    "DamagedExport",
    "ExportMismatch",
    "by_format",
    "explorer",
    "litert",
    "litert_variants",
    "saved_model",
    "table",
    "verify",
]


def by_format(name):
    """Returns the exporter for one of the format names of Keras's `Model.export`.

    Raises:
        ValueError: tfvae doesn't write this format.
    """
    exporters = {"tf_saved_model": saved_model, "litert": litert}
    if name not in exporters:
        raise ValueError(
            f"Invalid value for argument `format`. Expected one of {', '.join(exporters)}. Received: format={name!r}"
        )
    return exporters[name]
