"""A law that says what its shapes are, for those whose draws and densities are all that differs."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd


class Shaped(tfd.Distribution):
    """A law of given shapes; a subclass gives `_sample_n`, and `_log_prob` or `_mean` where they are known.

    Args:
        event_shape: Shape of one event.
        dtype: Its dtype.
        batch: Shape of the batch, a tensor int32[r], and what is known of it, a `tf.TensorShape`; None for [].
        smooth: Whether draws carry a gradient.
        **parameters: What the law is made of, by the names of its constructor's arguments.
    """

    def __init__(self, event_shape, dtype, batch=None, smooth=False, **parameters):
        self._event = tuple(event_shape)
        self._batch = (tf.constant([], tf.int32), tf.TensorShape([])) if batch is None else batch
        super().__init__(
            dtype=tf.as_dtype(dtype),
            reparameterization_type=tfd.FULLY_REPARAMETERIZED if smooth else tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=parameters,
            name=type(self).__name__.strip("_"),
        )

    def _batch_shape(self):
        return self._batch[1]

    def _batch_shape_tensor(self):
        return self._batch[0]

    def _event_shape(self):
        return tf.TensorShape(self._event)

    def _event_shape_tensor(self):
        return tf.constant(self._event, tf.int32)
