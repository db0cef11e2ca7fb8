"""log p(x) of rows, each by importance weights of its own."""

import math

from tfvae import random
from tfvae.evaluation import likelihood, support
from tfvae.sklearn.row_by_row import row_by_row


def log_density(vae, rows, num_samples, seed):
    """Estimates log p(x) of each row by importance weighting; see `evaluation.log_likelihood`.

    log p(x) ~ log 1/K sum_k p(x, z_k) / q(z_k|x),  z_k ~ q(z|x)

    The draws of a row are a function of its numbers and the seed; see `row_by_row`.

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
    support.in_support(vae, rows, random.as_seed(seed, None))
    return row_by_row(vae, _log_sum, rows, num_samples, seed) - math.log(num_samples)


def _log_sum(vae, x, num_samples, seed):
    return likelihood.log_sums(vae, x, None, num_samples, seed)[0][0, 0]
