"""The activity of the latents as a cost."""

import numpy as np
import tensorflow as tf

from tests.models import SHAPE, digits, make
from tfvae import families, networks, priors, recipes, terms


def test_the_value_is_the_mean_over_draws_of_the_sum():
    for latent in ((3,), (2, 3)):
        decoder = networks.mlp_decoder(latent, (8,))
        model = make(posterior=families.Normal(latent), prior=priors.StandardNormal(latent), decoder=decoder)
        inference = model.infer(digits(), num_samples=4, seed=0)
        z = inference.latents[0].z.numpy().reshape(4, 36, -1)
        np.testing.assert_allclose(terms.Sparsity().value(inference), np.abs(z).sum(-1).mean(0), rtol=1e-6)


def test_a_free_code_is_best_where_it_is_softly_thresholded():
    # Under a decoder x = z + b of its own, |x - z|^2 + activity |z|_1 is least at sign(x) max(|x| - activity / 2, 0).
    x = np.array([[1.0, -0.8, 0.3, -0.1]])
    activity = 0.7
    best = np.sign(x) * np.maximum(np.abs(x) - activity / 2, 0)
    model = recipes.sparse_autoencoder(
        (4,), 4, activity, encoder=networks.linear((4,)), decoder=networks.linear((4,)), preprocessing=None
    )
    model.likelihood.head.kernel.assign(np.eye(4))
    model.posterior.head.kernel.assign(np.zeros((4, 4)))
    bias = model.posterior.head.bias
    model.compile()
    for offset in np.random.default_rng(0).normal(scale=0.1, size=(20, 4)):
        bias.assign(best[0] + offset)
        with tf.GradientTape() as tape:
            loss = model.shares(model.infer(x, seed=0)).loss
        # A convex function with curvature 2: its gradient points away from its minimum.
        assert np.dot(tape.gradient(loss, bias.value), offset) >= 2 * np.dot(offset, offset) - 1e-6


def test_it_needs_no_density():
    assert recipes.sparse_autoencoder(SHAPE, 2).infer(digits(), seed=0).latents[0].log_q is None
