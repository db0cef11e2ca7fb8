"""Datasets, pipelines, and the layers that make x of raw pixels."""

from tfvae.data.array import from_array
from tfvae.data.digits import digits
from tfvae.data.idx import prepare
from tfvae.data.load import DatasetInfo, load
from tfvae.data.preprocessing import Binarize, Dequantize, DynamicBinarize, Preprocessing, Quantize, Rescale
from tfvae.data.sprites import sprites

__all__ = [
    "Binarize",
    "DatasetInfo",
    "Dequantize",
    "DynamicBinarize",
    "Preprocessing",
    "Quantize",
    "Rescale",
    "digits",
    "from_array",
    "load",
    "prepare",
    "sprites",
]
