"""Posteriors of a pair of examples, which agree on the latents that the two share."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tests.linear_gaussian import LinearGaussian, set_normal_head
from tfvae import VAE, data, families, networks, priors, recipes, terms

KINDS = [families.AveragedPair, families.MultipliedPair]
# Two pictures' Gaussians of four latents, whose KLs are those of the means, (m_1 - m_2)^2 / 2 for scales of 1.
LOC = np.array([[[0.0, 1.0, -1.0, 3.0], [0.2, 3.0, -1.1, 1.1]]])
SCALE = np.array([[[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]])


def law_of(kind, loc=LOC, scale=SCALE):
    family = kind(families.Normal((2, loc.shape[-1])))
    return family, family.build_distribution(loc=tf.constant(loc), scale=tf.constant(scale))


def averaged(m, s):
    return m.mean(axis=0), np.sqrt((s**2).mean(axis=0))


def multiplied(m, s):
    """By quadrature: moments of the product of the two densities."""
    z = np.linspace(-12, 12, 40_001)[:, None]
    density = np.prod(stats.norm.pdf(z[None], m[:, None], s[:, None]), axis=0)
    density /= density.sum(axis=0)
    mean = (z * density).sum(axis=0)
    return mean, np.sqrt(((z - mean) ** 2 * density).sum(axis=0))


def test_latents_whose_kl_is_below_the_middle_are_shared():
    # KLs of 0.02, 2, 0.005 and 1.805: the middle of the least and the greatest is 1.0025.
    _, law = law_of(families.AveragedPair)
    np.testing.assert_array_equal(law.changed, [[False, True, False, True]])
    # Scales count, too: KL(N(0, 3^2) || N(0, 1)) = 4 - log 3, and the other way about log 3 - 4 / 9.
    scale = SCALE.copy()
    scale[0, :, 0] = 3.0, 1.0
    np.testing.assert_array_equal(law_of(families.AveragedPair, LOC, scale)[1].changed, [[True, True, False, True]])
    np.testing.assert_array_equal(
        law_of(families.AveragedPair, LOC, scale[:, ::-1])[1].changed, [[False, True, False, True]]
    )


@pytest.mark.parametrize(("kind", "join"), list(zip(KINDS, [averaged, multiplied], strict=True)))
def test_shared_latents_have_one_gaussian_and_the_others_their_own(kind, join):
    scale = np.array([[[0.5, 1.0, 1.2, 1.0], [0.6, 0.7, 0.9, 1.0]]])
    family, law = law_of(kind, LOC, scale)
    loc, spread = join(LOC[0], scale[0])
    changed = law.changed.numpy()[0]
    assert 0 < changed.sum() < 4
    for place in (0, 1):
        np.testing.assert_allclose(law.mean()[0, place], np.where(changed, LOC[0, place], loc), rtol=1e-9)
        np.testing.assert_allclose(law.stddev()[0, place], np.where(changed, scale[0, place], spread), rtol=1e-9)
    # A label says which latent alone is not shared; -1 leaves it open.
    told = family.told(law, tf.constant([2]))
    np.testing.assert_array_equal(told.changed, [[False, False, True, False]])
    np.testing.assert_allclose(told.mean().numpy()[0, 1, [0, 1, 3]], loc[[0, 1, 3]], rtol=1e-9)
    np.testing.assert_allclose(told.mean()[0, 1, 2], LOC[0, 1, 2], rtol=1e-12)
    np.testing.assert_array_equal(family.told(law, tf.constant([-1])).mean(), law.mean())


LINEAR = LinearGaussian.random(5, 3, 0.7)


def linear_pair(kind, objective=None):
    """The linear-Gaussian model of each of two x, whose posterior is that of each alone where nothing is shared."""
    keras.config.set_dtype_policy("float64")
    vae = VAE(
        encoder=networks.Each(networks.linear((5,))),
        posterior=kind(families.Normal((2, 3))),
        prior=priors.StandardNormal((2, 3)),
        decoder=networks.Each(networks.linear((3,))),
        likelihood=families.Normal((2, 5), scale=LINEAR.sigma),
        objective=objective or [terms.NegativeLogLikelihood(), terms.KL()],
        seed=0,
    )
    set_normal_head(vae.likelihood, LINEAR.weight.T, LINEAR.bias)
    inner = vae.posterior.family
    kernel = np.linalg.solve(LINEAR.precision, LINEAR.weight.T / LINEAR.sigma**2).T
    raw = np.broadcast_to(inner.raw_from_scale(LINEAR.mean_field_scale), (3,))
    vae.posterior.head.kernel.assign(np.concatenate([kernel, np.zeros_like(kernel)], axis=1))
    vae.posterior.head.bias.assign(np.concatenate([-LINEAR.bias @ kernel, raw]))
    return vae


def log_p(x):
    return stats.multivariate_normal(LINEAR.bias, LINEAR.covariance).logpdf(x).reshape(x.shape[:2]).sum(axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_bound_of_a_pair_is_one_on_both(kind):
    x = np.random.default_rng(2).normal(size=(40, 2, 5)) * 2
    vae = linear_pair(kind)
    for changed in (None, np.arange(40) % 3):
        inference = vae.infer(x, changed, num_samples=1000, seed=1)
        weights = inference.log_weight.numpy()
        error = weights.std(axis=0) / np.sqrt(1000)
        # What is missing to log p(x_1) + log p(x_2) is how far q is from the posterior of each alone.
        exact = (x - LINEAR.bias) @ np.linalg.solve(LINEAR.precision, LINEAR.weight.T / LINEAR.sigma**2).T
        law, s = inference.latents[0].posterior, LINEAR.mean_field_scale
        m, t = law.mean().numpy(), law.stddev().numpy()
        gap = (np.log(s / t) + (t**2 + (m - exact) ** 2) / (2 * s**2) - 0.5).sum(axis=(1, 2))
        assert np.all(np.abs(weights.mean(axis=0) - log_p(x) + gap) < 4.5 * error)
        assert gap.min() > 0
    # A picture beside itself is encoded as it is alone: here the bound is exact.
    same = np.repeat(x[:, :1], 2, axis=1)
    np.testing.assert_allclose(vae.infer(same, seed=1).log_weight[0], log_p(same), rtol=1e-6)


def test_the_members_of_a_pair_are_encoded_as_each_alone():
    network = networks.mlp_encoder((8, 8, 1), (5,))
    x = np.random.default_rng(0).normal(size=(3, 2, 8, 8, 1))
    found = networks.Each(network)(x).numpy()
    for place in (0, 1):
        np.testing.assert_allclose(found[:, place], network(x[:, place]), rtol=1e-5)


@functools.cache
def places():
    """Ellipses of one scale and rotation at all places, small, with their column and row."""
    images, factors = data.sprites("all")
    one = (factors[:, 0] == 1) & (factors[:, 1] == 3) & (factors[:, 2] == 0)
    return images[one][:, ::4, ::4], factors[one][:, 3:]


def pair_vae(kind):
    keras.utils.set_random_seed(0)
    to_map = [keras.layers.Dense(16 * 16 * 2, "relu"), keras.layers.Reshape((16, 16, 2))]
    return recipes.vae(
        (2, 16, 16, 1),
        seed=0,
        encoder=networks.Each(networks.mlp_encoder((16, 16, 1), (64,))),
        posterior=kind(families.Normal((2, 4))),
        prior=priors.StandardNormal((2, 4)),
        decoder=networks.Each(keras.Sequential([networks.mlp_decoder((4,), (64,)), *to_map])),
        preprocessing=data.Binarize(),
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_latents_that_pairs_share_are_found(kind):
    both, changed = data.pairs(*places(), seed=0)
    both, changed = np.concatenate([both] * 6), np.concatenate([changed] * 6)
    labelled = pair_vae(kind)
    labelled.compile(keras.optimizers.Adam(3e-3))
    labelled.fit(both, changed, batch_size=48, epochs=40, verbose=0)
    # Each picture beside itself: what the two pictures of it say is alike.
    images, factors = places()
    mean = labelled.encode(np.stack([images, images], axis=1)).mean().numpy()[:, 0]
    found = np.abs(stats.spearmanr(mean, factors).statistic[:4, 4:])
    # The label k says that latent k is not shared: column and row stand in the first and the second.
    assert found[0, 0] > 0.8
    assert found[1, 1] > 0.8
    # And without labels the two latents that differ between the pictures of a pair are those.
    law = labelled.encode(both)
    right = law.changed.numpy()[np.arange(len(both)), changed]
    assert right.mean() > 0.8
