"""What every TensorFlow contender sets before it begins."""

import keras
import tensorflow as tf


def apply(report):
    """Sets the seed and, on a GPU, mixed precision; tells that TensorFlow is loaded."""
    report.imported()
    keras.utils.set_random_seed(report.work["seed"])
    if report.work["gpu"]:
        keras.config.set_dtype_policy("mixed_bfloat16")


def device_memory():
    """Returns {"device_memory": peak MiB on the GPU}, empty without one."""
    if not tf.config.list_physical_devices("GPU"):
        return {}
    return {"device_memory": tf.config.experimental.get_memory_info("GPU:0")["peak"] / 2**20}
