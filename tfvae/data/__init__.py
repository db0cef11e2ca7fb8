"""Datasets, pipelines, and the layers that turn raw pixels into x."""

from tfvae.data import columns
from tfvae.data.array import from_array
from tfvae.data.augment import augment
from tfvae.data.binarize import Binarize, DynamicBinarize
from tfvae.data.corrupt import Corrupt
from tfvae.data.counts import Counts
from tfvae.data.digits import digits
from tfvae.data.grey_levels import Dequantize, Quantize
from tfvae.data.hide_labels import hide_labels
from tfvae.data.idx import prepare
from tfvae.data.load import DatasetInfo, load, names, splits
from tfvae.data.modalities import PerModality, with_each_alone
from tfvae.data.pairs import pairs
from tfvae.data.preprocessing import Preprocessing
from tfvae.data.records import Records, from_records
from tfvae.data.rescale import Rescale
from tfvae.data.rows import Rows
from tfvae.data.sparse import SparseRows, from_sparse
from tfvae.data.sprites import sprites
from tfvae.data.standardize_columns import StandardizeColumns
from tfvae.data.table import Table, table

__all__ = [
    "Binarize",
    "Corrupt",
    "Counts",
    "DatasetInfo",
    "Dequantize",
    "DynamicBinarize",
    "PerModality",
    "Preprocessing",
    "Quantize",
    "Records",
    "Rescale",
    "Rows",
    "SparseRows",
    "StandardizeColumns",
    "Table",
    "augment",
    "columns",
    "digits",
    "from_array",
    "from_records",
    "from_sparse",
    "hide_labels",
    "load",
    "names",
    "pairs",
    "prepare",
    "splits",
    "sprites",
    "table",
    "with_each_alone",
]
