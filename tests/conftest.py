"""What all tests share."""

import gc
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import pytest
import tensorflow as tf

# Two logical CPUs, so that strategies with two replicas run in the same process as everything else.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


@pytest.fixture(autouse=True, scope="session")
def _keep_imports_from_the_collector():
    # `clear_session` after each test collects garbage, which walks every object of TensorFlow: 0.3 s a test.
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _fresh_state():
    keras.utils.set_random_seed(0)
    policy, floatx = keras.config.dtype_policy(), keras.config.floatx()
    yield
    keras.config.set_dtype_policy(policy)
    keras.config.set_floatx(floatx)
    keras.backend.clear_session()


@pytest.fixture
def record_property(record_property):
    """pytest's, for NumPy's numbers too: what a worker process hands over has to be Python's own."""
    return lambda name, value: record_property(name, np.asarray(value).tolist())
