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


def weighted_variance(covariance, latents, beta):
    """Returns the best shared variance of a linear VAE whose KL weighs beta, and k, the dimensions that stay active.

    With dimension i active, w_i^2 = l_i - beta s2, the posterior's variance is beta s2 / l_i, and the expected squared
    error along it l_i (beta s2 / l_i)^2 + w_i^2 beta s2 / l_i = beta s2. So D s2 = k beta s2 + sum(inactive), or

    s2 = sum(inactive eigenvalues) / (D - beta k),  l_k > beta s2 >= l_(k+1).

    sum_i min(beta, l_i / s2) over the latents and l_i / s2 over the rest falls with s2: one place only makes it D.
    """
    values = spectrum(covariance)[0]
    for active in range(latents, -1, -1):
        variance = values[active:].sum() / (len(values) - beta * active)
        above = active == 0 or values[active - 1] > beta * variance
        if variance > 0 and above and (active == latents or values[active] <= beta * variance):
            return variance, active
    raise AssertionError("there always is one")
