"""Probabilistic PCA in closed form: Tipping and Bishop (1999), Probabilistic principal component analysis.

With eigenvalues l_1 >= l_2 >= ... of the data's covariance the maximum of the
likelihood of N(b, W W^T + sigma^2 I), W of d columns, is at b = the mean,
sigma^2 = the mean of the discarded eigenvalues, and W W^T with eigenvalues l_i - sigma^2.
"""

import numpy as np

from tests.linear_gaussian import LinearGaussian


def spectrum(covariance):
    """Returns eigenvalues, largest first, and eigenvectors as columns."""
    values, vectors = np.linalg.eigh(covariance)
    return values[::-1], vectors[:, ::-1]


def maximum_likelihood(mean, covariance, latents):
    """Returns the best `LinearGaussian` for data of this mean and (biased) covariance."""
    values, vectors = spectrum(covariance)
    variance = values[latents:].mean()
    weight = vectors[:, :latents] * np.sqrt(values[:latents] - variance)
    return LinearGaussian(weight, mean, float(np.sqrt(variance)))


def maximum(covariance, latents):
    """Returns the mean log-likelihood at the maximum, in nats per example."""
    values = spectrum(covariance)[0]
    size = len(values)
    log_det = np.log(values[:latents]).sum() + (size - latents) * np.log(values[latents:].mean())
    return -0.5 * (size * np.log(2 * np.pi) + log_det + size)
