"""What is missing of rows, given what is there of each."""

import tensorflow as tf

from tfvae import random
from tfvae.evaluation import support
from tfvae.sklearn.row_by_row import row_by_row


def conditional_mean(vae, rows, num_samples, seed):
    """Estimates E[x|x_there] of each row by self-normalised importance weighting; see `evaluation.impute`.

    E[x|x_there] ~ sum_k w_k E[x|z_k] / sum_k w_k,  w_k = p(x_there|z_k) p(z_k) / q(z_k|x_there),  z_k ~ q(z|x_there)

    The draws of a row are a function of its numbers and the seed; see `row_by_row`. They are decoded at once: memory
    grows with K, and not with the number of rows.

    Mattei and Frellsen (2019), arXiv 1812.02633, the section on imputation.

    Args:
        vae: A model whose likelihood takes missing entries, and whose posterior, prior and likelihood have densities.
        rows: float64 [n, d], as the model sees them, NaN where an entry is missing.
        num_samples: K.
        seed: int.

    Returns:
        float64 [n, d], of entries that are missing the mean; of the others that of another draw of them.

    Raises:
        ValueError: Values outside of the likelihood's support.
    """
    support.in_support(vae, rows, random.as_seed(seed, None))
    return row_by_row(vae, _weighted_mean, rows, num_samples, seed)


def _weighted_mean(vae, x, num_samples, seed):
    """Returns the mean [d] of one row, x [1, d]."""
    x = vae.preprocess(x, random.fold(seed, 0))
    inference = vae.infer_from(vae.encode_preprocessed(x, None), x, None, num_samples, random.fold(seed, 1))
    weights = tf.nn.softmax(tf.cast(inference.log_weight, tf.float64), axis=0)  # [K, 1]
    return tf.reduce_sum(weights * tf.cast(inference.reconstruction, tf.float64)[:, 0], axis=0)
