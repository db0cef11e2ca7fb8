"""A prior that is told the condition: a linear-Gaussian model of it is exact, and pays nothing for what c says."""

import numpy as np
import pytest
import tensorflow as tf

from tests.linear_gaussian import LinearGaussian, gaussian_log_density, set_normal_head
from tfvae import VAE, families, networks, priors
from tfvae.terms import KL, NegativeLogLikelihood

CLASSES, SIZE, LATENTS, SIGMA = 4, 5, 2, 0.7
LINEAR = LinearGaussian.random(SIZE, LATENTS, SIGMA)
RNG = np.random.default_rng(3)
LOC, SCALE = RNG.normal(size=(CLASSES, LATENTS)), RNG.uniform(0.3, 1.5, size=(CLASSES, LATENTS))
LABELS = np.array([0, 1, 2, 3, 3, 1])


def model(prior=None, **parts):
    """Returns a model whose encoder and prior are told the label, and whose decoder is not."""
    if prior is None:
        prior = priors.LearnedConditional(families.Normal((LATENTS,)), networks.linear((CLASSES,)), num_classes=CLASSES)
        raw = prior.family.raw_from_scale(SCALE)
        prior.family.head.kernel.assign(np.concatenate([LOC, raw], axis=1))
    given = {
        "encoder": networks.Conditional(networks.linear((SIZE + CLASSES,)), num_classes=CLASSES),
        "posterior": families.Normal((LATENTS,)),
        "decoder": networks.linear((LATENTS,)),
        "likelihood": families.Normal((SIZE,), scale=SIGMA),
        "objective": [NegativeLogLikelihood(), KL()],
        "seed": 0,
    }
    vae = VAE(prior=prior, **(given | parts))
    set_normal_head(vae.likelihood, LINEAR.weight.T, LINEAR.bias)
    vae.trained = True
    return vae


def test_each_draw_of_the_exact_posterior_gives_log_p_of_x_given_c():
    vae, x = model(), RNG.normal(size=(6, SIZE))
    precision = SCALE**-2 + np.sum(LINEAR.weight**2, axis=0) / SIGMA**2  # the columns of W are orthogonal
    # loc = (W^T (x - b) / sigma^2 + m_c / s_c^2) / precision, whose slope in x is of the class, too: one at a time.
    for label in range(CLASSES):
        slope = LINEAR.weight / SIGMA**2 / precision[label]
        kernel = np.concatenate([slope, np.zeros((CLASSES, LATENTS))])
        bias = LOC[label] / SCALE[label] ** 2 / precision[label] - LINEAR.bias @ slope
        set_normal_head(vae.posterior, kernel, bias, precision[label] ** -0.5)
        found = vae.infer(x, np.full(6, label), num_samples=3, seed=1).log_weight
        covariance = LINEAR.weight * SCALE[label] ** 2 @ LINEAR.weight.T + SIGMA**2 * np.eye(SIZE)
        exact = gaussian_log_density(x, LINEAR.weight @ LOC[label] + LINEAR.bias, covariance)
        np.testing.assert_allclose(found, [exact] * 3, rtol=0, atol=1e-9)


def test_the_kl_is_0_where_c_says_all():
    """x is a function of c. z carries it to a decoder that isn't told c, which costs nothing; of p(z) it costs nats."""
    kernel = np.concatenate([np.zeros((SIZE, 2 * LATENTS)), np.concatenate([LOC, np.zeros_like(LOC)], axis=1)])
    x = (LOC @ LINEAR.weight.T + LINEAR.bias)[LABELS]
    values = []
    for prior in (None, priors.StandardNormal((LATENTS,))):
        vae = model(prior)
        kernel[SIZE:, LATENTS:] = vae.posterior.raw_from_scale(SCALE)
        vae.posterior.head.kernel.assign(kernel)
        inference = vae.infer(x, LABELS, seed=0)
        values.append(np.asarray(vae.objective[1].value(inference)))
    np.testing.assert_allclose(values[0], 0, atol=1e-12)
    expected = 0.5 * np.sum(LOC**2 + SCALE**2 - 1 - 2 * np.log(SCALE), axis=1)[LABELS]
    np.testing.assert_allclose(values[1], expected, rtol=1e-9)
    assert values[1].min() > 0.05


def test_draws_are_of_each_condition():
    vae = model()
    z = np.asarray(vae.sample_prior(4000, condition=np.full(4000, 2), seed=0))
    np.testing.assert_allclose(z.mean(axis=0), LOC[2], atol=4 * SCALE[2].max() / np.sqrt(4000))
    np.testing.assert_allclose(z.std(axis=0), SCALE[2], rtol=0.06)
    cold = vae.sample_prior(CLASSES, condition=range(CLASSES), temperature=0.0, seed=0)
    np.testing.assert_allclose(cold, LOC, rtol=1e-12)
    with pytest.raises(ValueError, match="conditional"):
        vae.prior_distribution()


def test_a_condition_may_be_numbers():
    prior = priors.LearnedConditional(families.Normal((1,), scale=1.0), networks.linear((6,)), condition_shape=(2, 3))
    prior.family.head.kernel.assign(np.arange(6.0)[:, None])
    condition = RNG.normal(size=(5, 2, 3))
    expected = condition.reshape(5, 6) @ np.arange(6.0)
    np.testing.assert_allclose(tf.squeeze(prior.distribution(condition).mean()), expected, rtol=1e-12)
