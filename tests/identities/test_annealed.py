"""`evaluation.annealed` against closed forms: both sides hold log p(x), whatever the model."""

import numpy as np
import pytest
from scipy import integrate, stats

from tests.identities.statistics import assert_mean, assert_positive_mean
from tests.linear_gaussian import LinearGaussian, gaussian_log_density, set_normal_head
from tests.linear_gaussian_chain import Chain
from tfvae import data, evaluation, families, networks, priors, terms

OBJECTIVE = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]


def run(vae, x, *condition, batch_size=None, **kwargs):
    dataset = data.from_array(x, *condition, batch_size=batch_size or len(x), shuffle=False)
    return evaluation.annealed(vae, dataset, verbose=0, **kwargs)


def assert_sandwich(found, exact, of_drawn):
    """Asserts that each bound is log p(x) but for the bias of a log of a mean, half of its variance."""
    for bound, log_p, side in (
        (found.lower, exact, -1),
        (found.simulated, of_drawn, -1),
        (found.upper, of_drawn, 1),
    ):
        bias = np.mean(bound.per_example_error**2) / 2
        assert bias < 0.05
        assert_mean(bound.per_example - log_p - side * bias, 0.0, beyond=bias)


@pytest.mark.parametrize(
    ("size", "latents", "sigma", "temperatures"),
    [
        (6, 3, 0.6, 150),
        pytest.param(3, 1, 0.5, 150, marks=pytest.mark.exhaustive),
        pytest.param(12, 6, 0.8, 150, marks=pytest.mark.slow),
        pytest.param(40, 20, 1.0, 1200, marks=pytest.mark.exhaustive),
    ],
)
def test_both_sides_hold_the_exact_value_of_a_linear_gaussian_model(size, latents, sigma, temperatures):
    model = LinearGaussian.random(size, latents, sigma, orthogonal=False)
    x = model.sample(100)
    found = run(model.vae(OBJECTIVE), x, batch_size=60, num_temperatures=temperatures, num_chains=20)
    assert_sandwich(found, model.log_marginal(x), model.log_marginal(found.drawn))
    assert_mean(found.upper.per_example - found.simulated.per_example, found.gap.value)
    # What was drawn is the model's: its mean and variances.
    error = np.sqrt(np.diag(model.covariance) / len(x))
    assert np.all(np.abs(found.drawn.mean(axis=0) - model.bias) < 5 * error)
    assert (
        stats.kstest(
            gaussian_log_density(found.drawn, model.bias, model.covariance),
            gaussian_log_density(model.sample(4000, seed=7), model.bias, model.covariance),
        ).pvalue
        > 1e-3
    )


def test_few_temperatures_leave_a_gap_on_both_sides():
    model = LinearGaussian.random(6, 3, 0.5, orthogonal=False)
    x = model.sample(200)
    vae = model.vae(OBJECTIVE)
    few, more = (run(vae, x, num_temperatures=count, num_chains=8) for count in (3, 8))
    for found in (few, more):
        assert_positive_mean(model.log_marginal(x) - found.lower.per_example)
        assert_positive_mean(found.upper.per_example - model.log_marginal(found.drawn))
    # The gap falls as one over the temperatures, once there are enough.
    assert more.gap.value < few.gap.value / 2
    assert few.gap.value > 1


def test_errors_are_the_stated_ones_and_shrink_with_the_root_of_the_chains():
    model = LinearGaussian.random(4, 2, 0.7, orthogonal=False)
    x = model.sample(150)
    vae, exact = model.vae(OBJECTIVE), model.log_marginal(x)
    squares = {}
    for chains in (40, 160):
        found = run(vae, x, num_temperatures=20, num_chains=chains).lower
        squares[chains] = np.mean(found.per_example_error**2)
        assert_mean((found.per_example - exact) ** 2 / found.per_example_error**2, 1.0, beyond=3 / chains)
    assert squares[40] / squares[160] == pytest.approx(4, rel=0.25)


def test_from_the_exact_posterior_both_sides_are_exact():
    model = LinearGaussian.random()
    x = model.sample(7)
    found = run(model.vae(OBJECTIVE), x, num_temperatures=5, num_chains=2, from_posterior=True)
    np.testing.assert_allclose(found.lower.per_example, model.log_marginal(x), rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.upper.per_example, model.log_marginal(found.drawn), rtol=0, atol=1e-10)
    assert abs(found.gap.value) < 1e-10


@pytest.mark.slow
def test_a_wrong_posterior_to_start_from_changes_neither_side():
    model = LinearGaussian.random(6, 3, 0.6, orthogonal=False)
    x = model.sample(100)
    vae = model.vae(OBJECTIVE, widen=0.5, shift=0.7)
    found = run(vae, x, num_temperatures=60, num_chains=20, from_posterior=True)
    assert_sandwich(found, model.log_marginal(x), model.log_marginal(found.drawn))


def test_several_layers():
    model = Chain.random()
    x = model.sample(80)
    found = run(model.vae(OBJECTIVE), x, num_temperatures=150, num_chains=20)
    assert_sandwich(found, model.log_marginal(x), model.log_marginal(found.drawn))


@pytest.mark.slow
def test_a_mixture_whose_modes_are_apart():
    model = LinearGaussian.random(4, 2, 0.8, orthogonal=False)
    prior = priors.GaussianMixture((2,), components=2)
    vae = model.vae(OBJECTIVE, prior=prior)
    centres, scale = np.array([[-1.5, 0.0], [1.5, 0.5]]), np.array([[0.6, 1.0], [0.8, 0.5]])
    prior.logits.assign(np.log([0.3, 0.7]))
    prior.loc.assign(centres)
    prior.raw_scale.assign(np.log(np.expm1(scale - prior.min_scale)))

    def exact(x):
        weights = np.log([0.3, 0.7])
        parts = [
            weight
            + gaussian_log_density(
                x,
                model.weight @ centre + model.bias,
                (model.weight * spread**2) @ model.weight.T + model.sigma**2 * np.eye(4),
            )
            for weight, centre, spread in zip(weights, centres, scale, strict=True)
        ]
        return np.logaddexp(*parts)

    x = model.sample(80)
    found = run(vae, x, num_temperatures=150, num_chains=20)
    assert_sandwich(found, exact(x), exact(found.drawn))


@pytest.mark.slow
def test_a_flow_as_the_prior():
    model = LinearGaussian.random(2, 1, 0.6)
    law = families.Transformed(families.Normal((1,)), [families.flows.Radial((1,))])
    prior = priors.Learned(law)
    vae = model.vae(OBJECTIVE, prior=prior)
    for variable in prior.trainable_variables:
        variable.assign(np.full(variable.shape, 0.7))
    density = vae.prior_distribution()
    points = np.linspace(-9, 9, 4001)
    log_prior = density.log_prob(points[:, None]).numpy()
    assert np.ptp(log_prior - stats.norm.logpdf(points)) > 0.5

    means = points[:, None] * model.weight[:, 0] + model.bias

    def exact(x):
        each = [log_prior + stats.norm.logpdf(row, means, model.sigma).sum(axis=1) for row in x]
        return np.log(integrate.simpson(np.exp(each), x=points, axis=1))

    x = model.sample(80)
    found = run(vae, x, num_temperatures=60, num_chains=20)
    assert_sandwich(found, exact(x), exact(found.drawn))


def test_each_example_has_the_prior_of_its_condition():
    model = LinearGaussian.random(4, 2, 0.7, orthogonal=False)
    prior = priors.LearnedConditional(families.Normal((2,)), networks.linear((3,)), num_classes=3)
    vae = model.vae(OBJECTIVE, prior=prior)
    centres, scale = np.array([[-2.0, 0.0], [0.0, 0.0], [3.0, 1.0]]), 0.7
    set_normal_head(prior.family, centres, np.zeros(2), scale)
    labels = np.arange(90) % 3
    covariance = scale**2 * model.weight @ model.weight.T + model.sigma**2 * np.eye(4)

    def exact(x):
        return gaussian_log_density(x - centres[labels] @ model.weight.T, model.bias, covariance)

    x = model.sample(90)
    found = run(vae, x, labels.astype("int32"), batch_size=50, num_temperatures=100, num_chains=20)
    assert_sandwich(found, exact(x), exact(found.drawn))
