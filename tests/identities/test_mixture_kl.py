"""Components as latents: responsibilities by Bayes' rule, and the KL of VaDE, against formulas and quadrature."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tests.linear_gaussian import set_normal_head
from tfvae import VAE, families, latent, networks, priors
from tfvae.hierarchy.of_class import responsibilities
from tfvae.terms import KL, MixtureKL, NegativeLogLikelihood

RNG = np.random.default_rng(2)


def mixture(shape=(2,), count=3, spread=1.0, full=False):
    """Returns a mixture of other numbers than those that it begins with."""
    prior = priors.GaussianMixture(shape, count, full_covariance=full)
    rng = np.random.default_rng(0)
    for variable in prior.weights:
        variable.assign(rng.normal(size=variable.shape))
    prior.loc.assign(spread * prior.loc)
    return prior


def numbers(prior):
    """Returns weights, locations and scales."""
    weight = np.exp(prior.logits.numpy())
    return weight / weight.sum(), prior.loc.numpy(), prior.min_scale + np.logaddexp(0, prior.raw_scale.numpy())


@pytest.mark.parametrize("full", [False, True])
def test_responsibilities_are_bayes_rule(full):
    prior = mixture((2, 1), full=full)
    weight, loc, scale = numbers(prior)
    z = RNG.normal(size=(4, 5, 2, 1))
    if full:
        lower = prior._triangular().numpy()
        laws = [stats.multivariate_normal(m.ravel(), t @ t.T) for m, t in zip(loc, lower, strict=True)]
        joint = np.stack([w * law.pdf(z[..., 0]) for w, law in zip(weight, laws, strict=True)], axis=-1)
    else:
        joint = weight * stats.norm.pdf(z[..., None, :, :], loc, scale).prod(axis=(-2, -1))
    expected = joint / joint.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(prior.responsibilities(z), expected, rtol=1e-10)


def test_those_of_a_mixture_that_the_level_above_makes_are_bayes_rule():
    family = families.Mixture(families.Normal((2,)), 3)
    family.build((None, 4))
    for variable in family.head.variables:
        variable.assign(RNG.normal(size=variable.shape))
    features, z = RNG.normal(size=(5, 4)), RNG.normal(size=(5, 2))
    raw = (features @ family.head.kernel.numpy() + family.head.bias.numpy()).reshape(5, -1)
    weight, loc = np.exp(raw[:, :3]), raw[:, 3:9].reshape(5, 3, 2)
    scale = family.constrain({"logits": tf.zeros([1, 3]), "of_loc": loc, "of_scale": raw[:, 9:].reshape(5, 3, 2)})
    joint = weight * stats.norm.pdf(z[:, None], loc, scale["of_scale"]).prod(axis=-1)
    law = family.distribution(features)
    np.testing.assert_allclose(responsibilities(law, z), joint / joint.sum(axis=1, keepdims=True), rtol=1e-10)
    expected = np.log(joint.sum(axis=1) / weight.sum(axis=1))
    np.testing.assert_allclose(law.log_prob(z), expected, rtol=1e-10)
    alike = families.Mixture(families.Normal((2,)), 3, equal_weights=True).kind()
    np.testing.assert_allclose(alike.mixture_distribution.probs_parameter(), np.full(3, 1 / 3))


def model(prior, size=2, objective=None):
    """Returns a VAE over x = z whose posterior is N(x, 0.3^2)."""
    vae = VAE(
        encoder=networks.linear((size,)),
        posterior=families.Normal((size,)),
        prior=prior,
        decoder=networks.linear((size,)),
        likelihood=families.Normal((size,), scale=1.0),
        objective=objective or [NegativeLogLikelihood(), MixtureKL(num_samples=4)],
    )
    set_normal_head(vae.posterior, np.eye(size), np.zeros(size), np.full(size, 0.3))
    vae.trained = True
    return vae


def test_the_term_is_its_formula():
    prior = mixture()
    weight, loc, scale = numbers(prior)
    vae, x = model(prior), RNG.normal(size=(5, 2))
    inference = vae.infer(x, num_samples=6, seed=1)
    z = np.asarray(inference.z)[:4]
    joint = weight * stats.norm.pdf(z[:, :, None], loc, scale).prod(axis=-1)
    claimed = (joint / joint.sum(axis=-1, keepdims=True)).mean(axis=0)
    ratio = (0.3 / scale) ** 2
    each = 0.5 * np.sum(ratio + ((x[:, None] - loc) / scale) ** 2 - 1 - np.log(ratio), axis=-1)
    expected = np.sum(claimed * (np.log(claimed) - np.log(weight) + each), axis=1)
    np.testing.assert_allclose(vae.objective[1].value(inference), expected, rtol=1e-9)
    probabilities = latent.class_probabilities(vae, x, num_samples=2000)
    exact = np.asarray(prior.responsibilities(RNG.normal(x, 0.3, size=(20_000, 5, 2)))).mean(axis=0)
    np.testing.assert_allclose(probabilities, exact, atol=5 * np.sqrt(0.25 / 2000))


def test_it_is_no_less_than_the_kl_and_the_same_where_one_component_has_all():
    """The KL by quadrature over one dimension."""
    axis = np.linspace(-60, 60, 200_001)
    step = axis[1] - axis[0]
    for spread, tight in ((1.0, False), (15.0, True)):
        prior = mixture((1,), spread=spread)
        weight, loc, scale = numbers(prior)
        x = loc + 0.2 if tight else RNG.normal(size=(3, 1))
        term = MixtureKL(num_samples=2000)
        vae = model(prior, 1, [NegativeLogLikelihood(), term])
        found = np.asarray(term.value(vae.infer(x, num_samples=2000, seed=1)))
        q = stats.norm.pdf(axis, x, 0.3)
        p = np.sum(weight[:, None] * stats.norm.pdf(axis, loc, scale), axis=0)
        exact = np.sum(np.where(q > 1e-300, q * (np.log(q + 1e-300) - np.log(p + 1e-300)), 0.0), axis=1) * step
        if tight:
            np.testing.assert_allclose(found, exact, rtol=0, atol=1e-3)
        else:
            assert np.all(found > exact + 1e-3)


def test_each_piece_of_z_has_its_own_kl():
    """Of a Gaussian and a categorical piece, in closed form and by draws; the sum is that of the whole."""
    one_hot = {"event_shape": (4,), "straight_through": True}
    parts = {
        "posterior": families.Joint([families.Normal((2,)), families.RelaxedCategorical(**one_hot)]),
        "prior": priors.Product(
            [priors.StandardNormal((2,)), priors.Fixed(families.RelaxedCategorical(**one_hot), {"logits": 0.0})]
        ),
        "encoder": networks.linear((3,)),
        "decoder": networks.linear((6,)),
        "likelihood": families.Normal((3,), scale=1.0),
    }
    objective = [NegativeLogLikelihood(), KL(piece=0), KL(piece=1), KL(), KL(piece=1, monte_carlo=True)]
    vae = VAE(**parts, objective=objective, seed=0)
    vae.posterior.head.kernel.assign(RNG.normal(size=vae.posterior.head.kernel.shape))
    inference = vae.infer(RNG.normal(size=(5, 3)), num_samples=3, seed=0)
    normal, categorical = inference.latents[0].posterior.distributions
    loc, scale = np.asarray(normal.distribution.loc), np.asarray(normal.distribution.scale)
    logits = np.asarray(categorical.mean())
    of_normal = 0.5 * np.sum(loc**2 + scale**2 - 1 - 2 * np.log(scale), axis=-1)
    of_classes = np.sum(logits * np.log(4 * logits), axis=-1)
    _, *found, sampled = [np.asarray(term.value(inference)) for term in objective]
    np.testing.assert_allclose(found[0], of_normal, rtol=1e-9)
    np.testing.assert_allclose(found[1], of_classes, rtol=1e-9)
    np.testing.assert_allclose(found[2], of_normal + of_classes, rtol=1e-9)
    drawn = np.asarray(inference.z)[..., 2:]
    np.testing.assert_allclose(sampled, np.log(4 * np.sum(drawn * logits, axis=-1)).mean(axis=0), rtol=1e-9)
    names = [metric.name for metric in vae.metrics]
    assert {"kl_piece_0", "kl_piece_1", "kl"} <= set(names)
