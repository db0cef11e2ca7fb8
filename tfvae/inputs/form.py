"""The form in which a model is given x and gives it back: one array, or a dict of modalities."""

from typing import Any

from tfvae.inputs.by_modality import ByModality
from tfvae.inputs.one_array import OneArray


def of(model):
    """Returns the form of a model's x, a `OneArray` or a `ByModality`."""
    kind: Any = OneArray if model.likelihood.modalities is None else ByModality
    return kind(model)
