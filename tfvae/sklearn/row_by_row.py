"""What a model says of rows, each with noise of its own: the same in whatever order and company it comes."""

import zlib

import numpy as np
import tensorflow as tf

from tfvae import random


def row_by_row(vae, one, rows, num_samples, seed):
    """Returns what `one` gives for each row, one after the other, in a graph that is traced once in a model's lifetime.

    The draws of a row are a function of its numbers and the seed: scikit-learn asks that a result doesn't change with
    the rows beside it. Different rows have independent draws, so their errors average out.

    Args:
        vae: A model.
        one: vae, x [1, d], num_samples, int32[2] -> float64 [...]. Its name is its own among those of a model.
        rows: float64 [n, d], as the model sees them, NaN where an entry is missing.
        num_samples: int.
        seed: int.

    Returns:
        float64 [n, ...].
    """
    # -0 is the same number as 0 of other bytes, and NaN comes in many.
    alike = np.where(np.isnan(rows), np.nan, rows + 0.0)
    places = np.array([zlib.crc32(row.tobytes()) for row in alike], "uint32").view("int32")
    given = tf.constant(rows), tf.constant(places), tf.constant(num_samples), random.as_seed(seed, None)
    return _compiled(vae, one)(*given).numpy()


def _compiled(vae, one):
    # Attribute in which a model keeps its traced function; see `evaluation.likelihood`.
    kept = f"_traced_row_by_row_{one.__name__}"
    if kept not in vars(vae):

        def traced(rows, places, num_samples, seed):
            def each(given):
                row, place = given
                return one(vae, row[None], num_samples, random.fold(seed, place))

            return tf.map_fn(each, (rows, places), fn_output_signature=tf.float64)

        width, state = vae.likelihood.event_shape[0], ([None], [], [2])
        given = [tf.TensorSpec(shape, tf.int32) for shape in state]
        function = tf.function(traced, autograph=False)
        # Concrete, as TensorFlow warns where many models, those of a grid search, trace one function each.
        function = function.get_concrete_function(tf.TensorSpec([None, width], tf.float64), *given)
        # Bypasses Keras, which would track it as a part of the model.
        object.__setattr__(vae, kept, function)
    return vars(vae)[kept]
