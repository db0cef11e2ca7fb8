"""Kinds of columns of a table: what is learned of one, and how its cells become numbers and numbers its cells."""

from tfvae.data.columns.binary import Binary
from tfvae.data.columns.categorical import OTHER, Categorical
from tfvae.data.columns.date import Date
from tfvae.data.columns.integer import Integer
from tfvae.data.columns.numeric import Numeric
from tfvae.data.columns.ordinal import Ordinal

__all__ = ["OTHER", "Binary", "Categorical", "Date", "Integer", "Numeric", "Ordinal"]
