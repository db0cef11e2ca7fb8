"""The form in which a model is given x and gives it back: one array, a dict of modalities, or rows of a table."""

from typing import Any

from tfvae.inputs.by_column import ByColumn
from tfvae.inputs.by_modality import ByModality
from tfvae.inputs.one_array import OneArray


def of(model):
    """Returns the form of a model's x, a `OneArray`, a `ByModality` or a `ByColumn`."""
    kind: Any = OneArray if model.likelihood.modalities is None else ByModality
    if getattr(model.preprocessing, "columns", None) is not None:
        kind = ByColumn
    return kind(model)
