"""Identities are checked in double precision, so that a tolerance is never about rounding."""

import keras
import pytest


@pytest.fixture(autouse=True)
def _double_precision(_fresh_state):
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
