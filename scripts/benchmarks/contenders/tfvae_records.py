"""A step of `fit` over records in files, from a thousand of them to ten million."""

import pathlib
import tempfile
import time

import keras
import tensorflow as tf

import tfvae
from benchmarks.contenders import tensorflow_settings
from benchmarks.report import Report
from tfvae import data

_SHARDS = 8


def write(folder, kind, count):
    """Writes `count` digits, 8x8 bytes each, into shards."""
    from array_record.python.array_record_module import ArrayRecordWriter

    digits = [image.tobytes() for image in data.digits("train")[0]]
    for shard in range(_SHARDS):
        path = str(folder / f"digits.{kind}-{shard:05d}-of-{_SHARDS:05d}")
        writer = ArrayRecordWriter(path, "group_size:1") if kind == "array_record" else tf.io.TFRecordWriter(path)
        for number in range(shard, count, _SHARDS):
            writer.write(digits[number % len(digits)])
        writer.close()


def parse(records):
    """Returns serialised digits as images."""
    return tf.reshape(tf.io.decode_raw(records, tf.uint8), [-1, 8, 8, 1])


class _Clock(keras.callbacks.Callback):
    """Collects what a step of each epoch takes, in microseconds, but of the first, which compiles."""

    def __init__(self):
        super().__init__()
        self.samples = []

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        if epoch:
            self.samples.append(1e6 * (time.perf_counter() - self._start) / self.params["steps"])


def main():
    """Runs the contender."""
    report = Report()
    work = report.work
    tensorflow_settings.apply(report)
    clock = _Clock()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write(folder, work["kind"], work["records"])
        dataset = data.from_records(f"{folder}/digits.*", parse, batch_size=work["batch_size"], endless=True)
        vae = tfvae.recipes.vae((8, 8, 1), work["latent"])
        vae.compile("adam")
        vae.fit(dataset, epochs=work["epochs"], steps_per_epoch=work["steps"], verbose=0, callbacks=[clock])
    report.finish(samples=clock.samples)


if __name__ == "__main__":
    main()
