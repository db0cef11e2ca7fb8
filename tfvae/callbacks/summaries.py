"""Writes TensorBoard's files without the package tensorboard.

`tf.summary.scalar` and `tf.summary.image` need that package, which training can
do without. The files that they write have a format of TensorFlow's own.
"""

import io

import keras
import tensorflow as tf

from tfvae.devices import replicas

_SCALAR, _BLOB_SEQUENCE = 1, 3  # SummaryMetadata's DataClass


def _metadata(plugin, data_class):
    metadata = tf.compat.v1.SummaryMetadata()
    metadata.plugin_data.plugin_name = plugin
    metadata.data_class = data_class
    return metadata


def image(log_dir, tag, picture, step):
    """Writes a picture, uint8 [H, W, channels]."""
    from PIL import Image

    png = io.BytesIO()
    Image.fromarray(picture.squeeze(-1) if picture.shape[-1] == 1 else picture).save(png, format="PNG")
    height, width = picture.shape[:2]
    content = tf.constant([str(width), str(height), png.getvalue()])
    writer = tf.summary.create_file_writer(str(log_dir))
    with writer.as_default():
        tf.summary.write(tag, content, step=step, metadata=_metadata("images", _BLOB_SEQUENCE))
    writer.close()


class Scalars(keras.callbacks.Callback):
    """Writes every metric of each epoch for TensorBoard: `tensorboard --logdir LOG_DIR`.

    Keras's callback `TensorBoard` needs the package tensorboard during training; with this
    one, only viewing needs it. Training metrics go to `log_dir/train` and validation metrics
    to `log_dir/validation`, under the same names, so that they share a chart.

    Args:
        log_dir: The folder.

    >>> Scalars("runs/digits/tensorboard").log_dir
    'runs/digits/tensorboard'
    """

    def __init__(self, log_dir):
        super().__init__()
        self.log_dir = log_dir
        self._writers = {}

    def on_train_begin(self, logs=None):
        """Opens the files; of several workers, only the chief writes any."""
        del logs
        if not replicas.is_chief(self.model.distribute_strategy):
            self._writers = {}
            return
        folders = {"": f"{self.log_dir}/train", "val_": f"{self.log_dir}/validation"}
        self._writers = {prefix: tf.summary.create_file_writer(folder) for prefix, folder in folders.items()}

    def on_epoch_end(self, epoch, logs=None):
        """Writes the epoch's metrics."""
        if not self._writers:
            return
        metadata = _metadata("scalars", _SCALAR)
        for name, value in (logs or {}).items():
            prefix = "val_" if name.startswith("val_") else ""
            with self._writers[prefix].as_default():
                value = tf.constant(float(value), tf.float32)
                tf.summary.write(f"epoch_{name.removeprefix(prefix)}", value, step=epoch + 1, metadata=metadata)
        for writer in self._writers.values():
            writer.flush()

    def on_train_end(self, logs=None):
        """Closes the files."""
        del logs
        for writer in self._writers.values():
            writer.close()
        self._writers = {}  # a tuner copies callbacks, and writers can't be copied
