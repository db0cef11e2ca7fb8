"""What the machine can do, as TensorFlow reaches it: matrix products and memory."""

import platform
import time

import tensorflow as tf

from benchmarks.contenders import tensorflow_settings
from benchmarks.report import Report


def best(call, repeats=7):
    """Returns the shortest of some runs, in seconds, after one to warm up."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    """Runs the measurement."""
    report = Report()
    gpu = report.work["gpu"]
    report.imported()
    size, dtype = (8192, tf.bfloat16) if gpu else (2048, tf.float32)
    with tf.device("GPU:0" if gpu else "CPU:0"):
        a = tf.cast(tf.random.normal([size, size]), dtype)
        # What reads back one number waits for the device.
        product = tf.function(lambda: tf.matmul(a, a)[0, 0])
        seconds = best(lambda: product().numpy())
        numbers = tf.random.normal([2**28 if gpu else 2**26])
        copy = tf.function(lambda: numbers + 1.0)
        moved = best(lambda: copy()[0].numpy())
    devices = tf.config.list_physical_devices("GPU")
    name = tf.config.experimental.get_device_details(devices[0]).get("device_name", "GPU") if devices else ""
    report.finish(
        samples=[2 * size**3 / seconds / 1e9],
        bandwidth=2 * 4 * numbers.shape[0] / moved / 1e9,
        device=name,
        versions={
            "Python": platform.python_version(),
            "TensorFlow": tf.__version__,
            "Keras": tensorflow_settings.keras.__version__,
        },
    )


if __name__ == "__main__":
    main()
