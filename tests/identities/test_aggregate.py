"""The parts of the average KL: of all data they are sums over pairs, and of a batch estimates of these."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats
from tensorflow_probability import distributions as tfd

from tests.identities.statistics import assert_mean
from tests.models import LATENT, SHAPE, make
from tfvae import families, flows, priors, terms
from tfvae.inference import Inference, Latent
from tfvae.terms import aggregate

DRAWS, COUNT, SIZE = 2, 6, 3
rng = np.random.default_rng(0)
LOC, SCALE = rng.normal(size=(COUNT, SIZE)), rng.uniform(0.3, 1.5, size=(COUNT, SIZE))
NOISE = rng.normal(size=(DRAWS, COUNT, SIZE))


def inference_of(loc=LOC, scale=SCALE, noise=NOISE, weights=None, total=None):
    """An `Inference` of draws that are known, under N(loc, scale^2), with a standard normal prior."""
    raw = np.ones(len(loc)) if weights is None else np.asarray(weights, "float64")
    law = tfd.Independent(tfd.Normal(tf.convert_to_tensor(loc), tf.constant(scale)), 1)
    z = law.distribution.loc + law.distribution.scale * noise
    prior = tfd.MultivariateNormalDiag(tf.zeros(len(scale[0]), tf.float64))
    latent = Latent(z, law.log_prob(z), law, prior, None)
    count = tf.constant(float(raw.sum() if total is None else total), tf.float64)
    return Inference(None, (latent,), None, len(noise), tf.constant(raw / raw.sum()), count)


def pairs(z, rows=slice(None)):
    """log q(z_i|x_j) of each dimension, [K, B, N, D]."""
    return stats.norm.logpdf(z[:, :, None], LOC[rows], SCALE[rows])


def brute_force(weights):
    """log q(z) and log prod_j q(z_j) where the batch is all data, [K, B]."""
    share = np.asarray(weights) / np.sum(weights)
    each = pairs(LOC + SCALE * NOISE)
    joint = special.logsumexp(each.sum(axis=-1), axis=2, b=share)
    return joint, special.logsumexp(each, axis=2, b=share[:, None]).sum(axis=-1)


@pytest.mark.parametrize("weights", [np.ones(COUNT), [1.0, 0.0, 2.0, 0.5, 3.0, 1.5]], ids=["even", "weighted"])
@pytest.mark.parametrize("stratified", [False, True])
def test_of_all_data_each_part_is_the_sum_over_pairs(weights, stratified):
    size = int(np.sum(weights)) if stratified else None
    inference = inference_of(weights=weights)
    joint, product = brute_force(weights)
    z = LOC + SCALE * NOISE
    log_q = stats.norm.logpdf(z, LOC, SCALE).sum(axis=-1)
    log_prior = stats.norm.logpdf(z).sum(axis=-1)
    for kind, expected in (
        (terms.MutualInformation, log_q - joint),
        (terms.BatchTotalCorrelation, joint - product),
        (terms.DimensionwiseKL, product - log_prior),
    ):
        there = np.asarray(weights) > 0
        for draws in (1, 2):
            value = kind(size, num_samples=draws).value(inference).numpy()
            np.testing.assert_allclose(value[there], expected[:draws].mean(axis=0)[there], rtol=1e-10)


@pytest.mark.parametrize("size", [None, 6, 50])
def test_the_parts_add_up_to_the_kl_draw_by_draw(size):
    inference = inference_of(weights=[1.0, 0.5, 2.0, 0.5, 3.0, 1.5], total=4.0)
    every = [kind(size) for kind in (terms.MutualInformation, terms.BatchTotalCorrelation, terms.DimensionwiseKL)]
    total = sum(term.value(inference) for term in every)
    np.testing.assert_allclose(total, inference.log_ratio[0], rtol=1e-12)


def test_the_stratified_estimate_is_unbiased_over_all_batches_that_hold_the_example():
    z = (LOC + SCALE * NOISE)[:1, :1]
    each = np.exp(pairs(z)[0, 0])
    batches = [(0, *others) for others in itertools.combinations(range(1, COUNT), 2)]
    joint, dimensions = [], []
    for rows in map(list, batches):
        found = aggregate.densities(inference_of(LOC[rows], SCALE[rows], NOISE[:, rows]), 1, COUNT)
        joint.append(np.exp(found.joint[0, 0]))
        one = inference_of(LOC[rows, :1], SCALE[rows, :1], NOISE[:, rows, :1])
        dimensions.append(np.exp(aggregate.densities(one, 1, COUNT).joint[0, 0]))
    np.testing.assert_allclose(np.mean(joint), each.prod(axis=-1).mean(), rtol=1e-12)
    np.testing.assert_allclose(np.mean(dimensions), each[:, 0].mean(), rtol=1e-12)


def test_the_stratified_estimate_is_the_papers_whoever_comes_last():
    """Chen et al., C.2: 1/N q(z|n) + 1/M sum_{m<M} q(z|n_m) + (N - M) / (N M) q(z|n_M), of M others."""
    size, others = 50, COUNT - 1
    found = aggregate.densities(inference_of(), DRAWS, size)
    density = np.exp(pairs(LOC + SCALE * NOISE).sum(axis=-1))
    for own in range(COUNT):
        rest = [row for row in range(COUNT) if row != own]
        by_order = []
        for last in rest:
            first = [row for row in rest if row != last]
            estimate = density[:, own, own] / size + density[:, own, first].sum(axis=-1) / others
            by_order.append(estimate + (size - others) / (size * others) * density[:, own, last])
        np.testing.assert_allclose(np.exp(found.joint[:, own]), np.mean(by_order, axis=0), rtol=1e-10)


def test_a_weight_is_the_examples_mass_in_all_data():
    """Of data of the weight 40, an example of weight 2 holds 1/20, and the others of the batch share the rest."""
    weights = np.array([2.0, 1.0, 0.0, 4.0, 0.5, 0.5])
    found = aggregate.densities(inference_of(weights=weights), 1, 40)
    density = np.exp(pairs(LOC + SCALE * NOISE).sum(axis=-1))[0]
    for own in (0, 3):
        others = np.delete(weights, own) / np.delete(weights, own).sum()
        mass, rest = weights[own] / 40, np.delete(density[own], own) @ others
        expected = mass * density[own, own] + (1 - mass) * rest
        np.testing.assert_allclose(np.exp(found.joint[0, own]), expected, rtol=1e-10)


def test_a_weight_of_2_is_the_example_twice_without_a_size():
    twice = [0, 1, 1, 2, 3, 4, 5]
    one = terms.BatchTotalCorrelation().value(inference_of(weights=[1, 2, 1, 1, 1, 1]))
    two = terms.BatchTotalCorrelation().value(inference_of(LOC[twice], SCALE[twice], NOISE[:, twice]))
    np.testing.assert_allclose(one, np.delete(two, 2), rtol=1e-12)


def test_the_weighted_estimate_is_the_papers_but_for_its_constant():
    """Chen et al., equation 5: log 1 / (N M) sum_j q(z_i|n_j), each of the D + 1 densities."""
    size = 1000
    each = pairs((LOC + SCALE * NOISE)[:1])
    papers = special.logsumexp(each.sum(axis=-1), axis=2) - np.log(size * COUNT)
    papers -= (special.logsumexp(each, axis=2) - np.log(size * COUNT)).sum(axis=-1)
    value = terms.BatchTotalCorrelation().value(inference_of())
    np.testing.assert_allclose(value + (SIZE - 1) * np.log(size), papers[0], rtol=1e-10)


@pytest.mark.parametrize("size", [None, 50])
def test_the_gradient_is_that_of_the_draws_and_of_the_densities(size):
    term = terms.BatchTotalCorrelation(size, num_samples=2)
    weights = tf.constant(np.linspace(1.0, 2.0, COUNT))

    def total(loc):
        return tf.reduce_sum(weights * term.value(inference_of(loc)))

    exact, numerical = tf.test.compute_gradient(total, [tf.constant(LOC)], delta=1e-5)
    np.testing.assert_allclose(exact, numerical, rtol=1e-6, atol=1e-8)


def test_one_example_with_all_the_weight_says_nothing():
    inference = inference_of(weights=[0.0, 3.0, 0.0, 0.0, 0.0, 0.0])
    for size in (None, 50):
        value = terms.BatchTotalCorrelation(size).value(inference)
        np.testing.assert_allclose(value[1], 0, atol=1e-12)
        assert np.isfinite(value).all()


@pytest.mark.parametrize("size", [None, 10**6])
def test_of_gaussian_data_it_is_the_total_correlation_of_a_gaussian(size):
    """x ~ N(0, C) and q(z|x) = N(x, s^2 I) make q(z) = N(0, C + s^2 I), of -1/2 log det of its correlations."""
    covariance, scale, count = np.array([[1.0, 0.8], [0.8, 1.5]]), 0.4, 2000
    generator = np.random.default_rng(1)
    x = generator.multivariate_normal(np.zeros(2), covariance, size=count)
    noise = generator.normal(size=(1, count, 2))
    inference = inference_of(x, np.full((count, 2), scale), noise)
    whole = covariance + scale**2 * np.eye(2)
    spread = np.sqrt(np.diag(whole))
    exact = -0.5 * np.linalg.slogdet(whole / np.outer(spread, spread))[1]
    # The logarithm's bias is half the variance of an estimate by 2,000 points, of some 60 near each.
    assert_mean(terms.BatchTotalCorrelation(size).value(inference), exact, beyond=0.01)
    law, z = stats.multivariate_normal(np.zeros(2), whole), x + scale * noise[0]
    log_q = stats.norm.logpdf(noise[0], 0, 1).sum(axis=1) - 2 * np.log(scale)
    information = terms.MutualInformation(size).value(inference)
    assert abs(np.mean(information - (log_q - law.logpdf(z)))) < 0.02


@pytest.mark.parametrize("kind", [terms.BatchTotalCorrelation, terms.MutualInformation, terms.DimensionwiseKL])
@pytest.mark.parametrize(
    ("posterior", "message"),
    [
        (lambda: families.MultivariateNormal(LATENT), "each dimension of z by itself.*families.Normal"),
        (lambda: families.Uniform(LATENT), "vary smoothly"),
        (lambda: families.Deterministic(LATENT), "density of q"),
        (lambda: families.Transformed(families.Normal(LATENT), flows.Planar(LATENT)), "at any z"),
        (lambda: families.Joint([families.Normal((1,)), families.Normal((2,))]), "by itself"),
    ],
)
def test_a_posterior_whose_dimensions_have_no_density_is_refused(kind, posterior, message):
    with pytest.raises(ValueError, match=f"{kind.__name__}.*{message}"):
        make(posterior=posterior(), objective=[terms.NegativeLogLikelihood(), kind(100)])


def test_a_prior_of_dependent_dimensions_has_no_kl_of_each():
    for prior in (priors.GaussianMixture(LATENT, 3), priors.VampPrior(LATENT, SHAPE, 3)):
        with pytest.raises(ValueError, match=r"DimensionwiseKL.*independent dimensions.*StandardNormal"):
            make(prior=prior, objective=[terms.NegativeLogLikelihood(), terms.DimensionwiseKL(100)])
        make(prior=prior, objective=[terms.NegativeLogLikelihood(), terms.BatchTotalCorrelation(100)])


def test_terms_of_one_estimate_share_it():
    inference = inference_of()
    first, second = terms.BatchTotalCorrelation(50), terms.MutualInformation(50)
    assert first.densities(inference) is second.densities(inference)
    for other in (terms.BatchTotalCorrelation(), terms.BatchTotalCorrelation(50, num_samples=2)):
        assert other.densities(inference) is not first.densities(inference)
