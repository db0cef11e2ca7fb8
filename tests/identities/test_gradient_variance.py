"""The variance of the gradient falls as one over the number of draws."""

import numpy as np
import pytest
import tensorflow as tf

from tests.identities.statistics import assert_mean, assert_variance
from tests.linear_gaussian import LinearGaussian
from tfvae.terms import KL, NegativeLogLikelihood

SEEDS = 1000


@pytest.mark.parametrize("num_samples", [1, 4, 16])
def test_the_variance_of_the_gradient_is_its_closed_form_over_the_draws(num_samples):
    # For a linear decoder the gradient of log p(x|z) in z is linear in z, hence the gradient in the bias of the
    # posterior's loc is exactly Gaussian: 1/B sum_b A z_b + const, A = W^T W / sigma^2. Its variance over draws is
    # sum_j (A_ij scale_j)^2 / (B L), and the sample variance follows the chi-square law exactly.
    model = LinearGaussian.random(orthogonal=False)
    x = model.sample(10)
    vae = model.vae([NegativeLogLikelihood(num_samples=num_samples), KL()])
    bias = vae.posterior.head.bias

    @tf.function
    def gradient(seed):
        with tf.GradientTape() as tape:
            inference = vae.infer(x, seed=seed)
            loss = inference.share(sum(term.value(inference) for term in vae.objective))
        return tape.gradient(loss, bias.value)[: model.latents]

    gradients = np.stack([gradient(tf.constant([seed, 1])).numpy() for seed in range(SEEDS)])
    curvature = model.weight.T @ model.weight / model.sigma**2
    variance = np.sum((curvature * model.mean_field_scale) ** 2, axis=1) / (len(x) * num_samples)
    assert_variance(gradients, variance)
    # Unbiased: the mean over seeds is the gradient at the posterior's mean, Lambda loc - W^T (x - b) / sigma^2.
    loc = vae.encode(x).mean().numpy()
    expected = np.mean(loc @ model.precision - (x - model.bias) @ model.weight / model.sigma**2, axis=0)
    for dimension in range(model.latents):
        assert_mean(gradients[:, dimension], expected[dimension])
