"""What all tests share."""

import gc
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# There is a process of tests for each core. On small matrices further threads do nothing but wait for each other: the
# fit of a mixture of 359 Gaussians took three times the CPU seconds.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfvae.data import epoch

# Two logical CPUs, so that strategies with two replicas run in the same process as everything else.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


@pytest.fixture(autouse=True, scope="module")
def _collect_once_a_module():
    # A collection walks every object of TensorFlow and of all tests before: 0.7 s, too long to do it after each test
    # but the slow ones, which leave much.
    gc.freeze()
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _fresh_state(request):
    keras.utils.set_random_seed(0)
    # The order of a test's data doesn't depend on what other tests have read.
    epoch.set_to(0)
    policy, floatx = keras.config.dtype_policy(), keras.config.floatx()
    yield
    keras.config.set_dtype_policy(policy)
    keras.config.set_floatx(floatx)
    keras.backend.clear_session(free_memory=bool({"slow", "exhaustive"} & set(request.keywords)))


@pytest.fixture
def record_property(record_property):
    """pytest's, for NumPy's numbers too: what a worker process hands over has to be Python's own."""
    return lambda name, value: record_property(name, np.asarray(value).tolist())
