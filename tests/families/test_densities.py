"""Densities and draws of every family belong together, whatever its formula and its change of variables."""

import numpy as np
import pytest
import tensorflow as tf

from tests.identities.statistics import assert_mean
from tests.parts.families import FAMILIES

DENSE = [name for name, make in FAMILIES.items() if make("float64").has_density]
# Its draws are corners, and its density is that of the relaxed law that they are rounded from.
ROUNDED = [name for name in DENSE if "straight-through" in name]


def two_laws(name):
    """Returns two laws of a family, batch shape [1], near enough for weights of little variance."""
    family = FAMILIES[name]("float64")
    features = 0.15 * tf.random.stateless_normal([2, 1, 7], [1, 2], dtype=tf.float64)
    return family, *(family.distribution(row) for row in tf.unstack(features))


@pytest.mark.parametrize("name", DENSE)
def test_a_draw_has_the_density_of_its_point(name):
    family, law, _ = two_laws(name)
    z, log_prob = law.experimental_sample_and_log_prob(50, seed=[3, 4])
    assert np.isfinite(log_prob).all()
    if family.density_anywhere and name not in ROUNDED:
        np.testing.assert_allclose(log_prob, law.log_prob(z), rtol=1e-6, atol=1e-6)


# Two uniform laws have two supports. A library-sized law is that of each x's own library size, which its draws haven't.
@pytest.mark.parametrize("name", [name for name in DENSE if name not in (*ROUNDED, "uniform", "library-sized")])
def test_ratios_of_densities_are_those_of_draws(name):
    """E_p[q(z) / p(z)] = 1, which a density with another normaliser, or a draw of another law, misses."""
    family, p, q = two_laws(name)
    if not family.density_anywhere:
        pytest.skip("knows the density of its own draws alone")
    z, log_p = p.experimental_sample_and_log_prob(40_000, seed=[3, 4])
    ratio = np.exp(q.log_prob(z) - log_p)[:, 0]
    assert_mean(ratio, 1.0)
    if family.curved or name == "columns":  # whose mean is a point of the manifold, or the most probable word
        return
    # And the draws' mean is the mean: E_p[z q(z) / p(z)] is q's.
    for value, mean in zip(
        (z[:, 0].numpy().reshape(40_000, -1) * ratio[:, None]).T, np.ravel(q.mean()[0]), strict=True
    ):
        assert_mean(value, mean)
