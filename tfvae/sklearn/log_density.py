"""log p(x) of rows, each with noise of its own: the same in whatever order and company it comes."""

import math
import zlib

import numpy as np
import tensorflow as tf

from tfvae import random
from tfvae.evaluation import likelihood, support

# Attribute in which a model keeps its traced function; see `evaluation.likelihood`.
_ROW_BY_ROW = "_traced_row_by_row"


def log_density(vae, rows, num_samples, seed):
    """Estimates log p(x) of each row by importance weighting; see `evaluation.log_likelihood`.

    log p(x) ~ log 1/K sum_k p(x, z_k) / q(z_k|x),  z_k ~ q(z|x)

    The draws of a row are a function of its numbers and the seed: scikit-learn asks that a score doesn't change with
    the rows beside it. Different rows have independent draws, so their errors average out.

    Burda et al. (2016), arXiv 1509.00519, equation 8.

    Args:
        vae: A model whose posterior, prior and likelihood have densities.
        rows: float64 [n, d], as the model sees them.
        num_samples: K.
        seed: int.

    Returns:
        float64 [n], in nats.

    Raises:
        ValueError: Values outside of the likelihood's support.
    """
    base = random.as_seed(seed, None)
    support.in_support(vae, rows, base)
    # Adding 0 makes -0 of 0, which is the same number of other bytes.
    places = np.array([zlib.crc32(row.tobytes()) for row in np.ascontiguousarray(rows) + 0.0], "uint32").view("int32")
    sums = _compiled(vae)(tf.constant(rows), tf.constant(places), tf.constant(num_samples), base)
    return sums.numpy() - math.log(num_samples)


def _compiled(vae):
    if _ROW_BY_ROW not in vars(vae):

        def traced(rows, places, num_samples, seed):
            def one(given):
                row, place = given
                own = random.fold(seed, place)
                return likelihood.log_sums(vae, row[None], None, num_samples, own)[0][0, 0]

            return tf.map_fn(one, (rows, places), fn_output_signature=tf.float64)

        width, state = vae.likelihood.event_shape[0], ([None], [], [2])
        given = [tf.TensorSpec(shape, tf.int32) for shape in state]
        function = tf.function(traced, autograph=False)
        # Concrete, as TensorFlow warns where many models, those of a grid search, trace one function each.
        function = function.get_concrete_function(tf.TensorSpec([None, width], tf.float64), *given)
        # Bypasses Keras, which would track it as a part of the model.
        object.__setattr__(vae, _ROW_BY_ROW, function)
    return vars(vae)[_ROW_BY_ROW]
