"""How fast the importance-weighted bound closes: k (log p(x) - L_k) -> chi^2(p(z|x) || q(z|x)) / 2.

Domke and Sheldon (2018), arXiv 1808.09034, theorem 3. With w = p(z|x) / q(z|x) and
e the mean of k independent w - 1, log p - L_k = -E[log(1 + e)]. Expanding the
logarithm and counting which products of independent factors survive, with
central moments V = chi^2, m3, m4 of w:

k (log p - L_k) = V/2 + (3 V^2/4 - m3/3) / k + ((m4 - 3 V^2)/4 - 2 m3 V + 5 V^3/2) / k^2 + ...
"""

import numpy as np
import pytest

from tests.identities.statistics import assert_mean
from tests.linear_gaussian import LinearGaussian, importance_moments
from tfvae.terms import ImportanceWeighted

WIDEN = 1.5
REPLICATES = 10_000


def central_moments(model):
    """Returns (V, m3, m4), the central moments of w under q, where w has mean 1."""
    _, first, second, third, fourth = importance_moments(WIDEN, model.latents, 4)
    assert first == pytest.approx(1.0)
    return second - 1, third - 3 * second + 2, fourth - 4 * third + 6 * second - 3


def scaled_gaps(model, draws, seed):
    """Returns `REPLICATES` independent estimates of k (log p(x) - L_k)."""
    x = model.sample(1)
    vae = model.vae([ImportanceWeighted(draws)], widen=WIDEN)
    inference = vae.infer(np.repeat(x, REPLICATES, axis=0), seed=seed)
    log_p = model.log_marginal(x)[0]
    gap = log_p + ImportanceWeighted(draws).value(inference).numpy()
    # A control variate: the mean of w is 1, so that e has expectation 0 and takes the noise of order 1/sqrt(k) away.
    excess = np.mean(np.exp(inference.log_weight.numpy() - log_p), axis=0) - 1
    return draws * (gap + excess), excess


@pytest.mark.parametrize("draws", [16, 128])
def test_the_gap_times_k_tends_to_half_the_chi_square_divergence(draws):
    model = LinearGaussian.random(latents=2)
    chi_square, m3, m4 = central_moments(model)
    assert chi_square > 0.1
    gaps, excess = scaled_gaps(model, draws, seed=draws)
    assert_mean(excess, 0.0)
    next_order = (0.75 * chi_square**2 - m3 / 3) / draws
    third_order = ((m4 - 3 * chi_square**2) / 4 - 2 * m3 * chi_square + 2.5 * chi_square**3) / draws**2
    assert abs(third_order) < 1e-3 * chi_square
    # What the expansion leaves out is smaller than the last term that it holds.
    assert_mean(gaps, chi_square / 2 + next_order + third_order, beyond=abs(third_order))
    # The noise is small enough to tell the limit from one that is off by a tenth.
    assert 4 * gaps.std() / np.sqrt(REPLICATES) < 0.1 * chi_square / 2
