"""`families.Observed`: the density of what is there, by every family that it can be of."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tests.parts.families import FAMILIES
from tfvae import families

tfd = tfp.distributions

# Each is refused for a reason of its own; tests/errors/family_arguments.py has what is said.
REFUSED = (
    "deterministic",
    "codebook",
    "codebooks",
    "grid of codes",
    "signs",
    "averaged pair",
    "multiplied pair",
    "full covariance",
    "full covariance of one",
    "spectral normal",
    "uniform",
    "relaxed categorical",
    "straight-through bernoulli",
    "straight-through categorical",
    "joint",
    "planar flow",
    "radial flow",
    "iaf",
    "linear iaf of a full covariance",
    "maf",
    "one-hot",
    "one-hot, of each position",
    "observed",
    "observed grey levels",
    "columns",
    "class and normal",
    "mixture",
    "mixture of equal weights",
    "semi-implicit",
    "power spherical",
    "torus",
    "wrapped normal",
    "wrapped normal, several",
    "multinomial",
    "multinomial, image",
    "dirichlet-multinomial",
    "library-sized",
)
OF = {name: make for name, make in FAMILIES.items() if name not in REFUSED} | {
    "gamma": lambda dtype: families.Of("Gamma", (4,), dtype=dtype),
    "cauchy-like tails": lambda dtype: families.StudentT((4,), df=2.1, dtype=dtype),
    "binomial": lambda dtype: families.Of("Binomial", (4,), fixed={"total_count": 10.0}, dtype=dtype),
}


def laws(name):
    """Returns a family and what is observed of it with the same weights, their laws, and x in the support."""
    plain = OF[name]("float64")
    observed = families.Observed(OF[name]("float64"), dtype="float64")
    features = tf.random.stateless_normal([5, 7], [1, 2], dtype=tf.float64)
    law = plain.distribution(features)
    observed.distribution(features)
    observed.set_weights(plain.get_weights())
    x = law.sample(seed=[3, 4]).numpy()
    gaps = np.random.default_rng(0).random(x.shape) < 0.4
    gaps[0], gaps[1] = True, False
    return plain, observed, features, x, gaps


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_can_not_be_of_is_refused(name):
    with pytest.raises(ValueError, match=r"`family`|has none"):
        families.Observed(FAMILIES[name]("float32"))


@pytest.mark.parametrize("name", OF)
def test_the_density_is_that_of_what_is_there(name):
    plain, observed, features, x, gaps = laws(name)
    law = observed.distribution(features)
    each = plain.distribution(features).distribution.log_prob(x).numpy()
    expected = np.where(gaps, 0.0, each).reshape(5, -1).sum(axis=1)
    holes = np.where(gaps, np.nan, x)
    np.testing.assert_allclose(law.log_prob(holes), expected, rtol=0, atol=1e-10)
    assert float(law.log_prob(holes)[0]) == 0
    # For each of several draws of z, too, which x is broadcast to.
    many = observed.distribution(tf.stack([features, 2 * features])).log_prob(holes)
    assert many.shape == (2, 5)
    np.testing.assert_allclose(many[0], expected, rtol=0, atol=1e-10)
    # And where nothing is missing it is the family's, to the last bit; so are draws and moments.
    whole = plain.distribution(features)
    np.testing.assert_array_equal(law.log_prob(x), whole.log_prob(x))
    np.testing.assert_array_equal(law.sample(3, seed=[5, 6]), whole.sample(3, seed=[5, 6]))
    np.testing.assert_array_equal(law.mean(), whole.mean())
    if name != "relaxed bernoulli":  # which has no closed form of them
        np.testing.assert_array_equal(law.stddev(), whole.stddev())
        np.testing.assert_array_equal(law.variance(), whole.variance())
    assert (observed.discrete, observed.measure) == (plain.discrete, plain.measure)
    assert observed.takes_missing
    assert not plain.takes_missing


@pytest.mark.parametrize("name", OF)
def test_the_gradient_is_that_of_what_is_there(name):
    plain, observed, features, x, gaps = laws(name)
    with tf.GradientTape(persistent=True) as tape:
        each = plain.distribution(features).distribution.log_prob(x)
        expected = tf.reduce_sum(tf.where(gaps, tf.zeros_like(each), each))
        received = tf.reduce_sum(observed.distribution(features).log_prob(np.where(gaps, np.nan, x)))
    pairs = zip(
        tape.gradient(expected, plain.trainable_variables),
        tape.gradient(received, observed.trainable_variables),
        strict=True,
    )
    for one, other in pairs:
        assert np.any(one)
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-10 * np.abs(one).max())


@pytest.mark.parametrize("name", OF)
def test_the_support_is_that_of_what_is_there(name):
    plain, observed, _, x, _ = laws(name)
    x = x[:3].copy()
    x[1] = -1e9
    x[2, ..., :-1] = x[1, ..., :-1]
    holes = x.copy()
    holes[2, ..., :-1] = np.nan
    outside = not bool(plain.in_support(tf.constant(x))[1])
    np.testing.assert_array_equal(observed.in_support(tf.constant(holes)), [True, not outside, True])
    infinite = np.full_like(x, np.inf)
    np.testing.assert_array_equal(observed.in_support(tf.constant(infinite)), plain.in_support(tf.constant(infinite)))


def test_the_divergence_is_that_of_the_complete_laws():
    family = families.Observed(families.Normal((3,)))
    p, q = (
        family.build_distribution(loc=tf.constant([[value, 0.0, 1.0]]), scale=tf.constant([[1.0, 2.0, value]]))
        for value in (0.5, 1.5)
    )
    whole = [tfd.MultivariateNormalDiag(law.mean(), law.stddev()) for law in (p, q)]
    np.testing.assert_allclose(tfd.kl_divergence(p, q), tfd.kl_divergence(*whole), rtol=1e-6)


def test_a_joint_takes_what_all_of_its_families_take():
    normal, bits = families.Observed(families.Normal((2,), scale=1.0)), families.Observed(families.Bernoulli((2, 1)))
    assert families.Joint([normal, bits]).takes_missing
    assert not families.Joint([normal, families.Bernoulli((2, 1))]).takes_missing
    joint = families.Joint([normal, bits])
    nan, inf = np.nan, np.inf
    x = tf.constant([[0.3, nan, 1, nan], [nan, nan, 0.5, 1], [inf, 0, 0, 1], [nan, nan, nan, nan]])
    np.testing.assert_array_equal(joint.in_support(x), [True, False, False, True])
    law = joint.build_distribution(
        **{"0_loc": tf.zeros([1, 2]), "0_scale": tf.ones([]), "1_logits": tf.zeros([1, 2, 1])}
    )
    expected = [-0.5 * 0.3**2 - 0.5 * np.log(2 * np.pi) - np.log(2), 0.0]
    np.testing.assert_allclose(law.log_prob(tf.gather(x, [0, 3])), expected, rtol=1e-6)
