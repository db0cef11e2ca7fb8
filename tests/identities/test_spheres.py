"""On a model whose exact posterior is von Mises-Fisher, every draw's weight is p(x)."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.circles import OnSphere
from tfvae import families, terms


@pytest.mark.parametrize("latents", [2, 4])
def test_each_draw_of_the_exact_posterior_weighs_p(latents):
    model = OnSphere.random(latents=latents)
    keras.config.set_dtype_policy("float64")
    try:
        vae = model.vae([terms.NegativeLogLikelihood(), terms.KL()])
    finally:
        keras.config.set_dtype_policy("float32")
    x = model.sample(5)
    direction, concentration = model.posterior(x)
    law = vae.posterior.build_distribution(
        mean_direction=tf.constant(direction), concentration=tf.constant(concentration)
    )
    found = vae.infer_from(law, tf.constant(x), None, 7, tf.constant([0, 1]))
    expected = np.broadcast_to(model.log_marginal(x), (7, 5))
    np.testing.assert_allclose(found.log_weight, expected, rtol=1e-9)
    # By the closed form the same, in the mean.
    elbo = tf.reduce_mean(vae.infer_from(law, tf.constant(x), None, 4000, tf.constant([0, 1])).log_likelihood, 0)
    np.testing.assert_allclose(elbo - found.latents[0].kl, model.log_marginal(x), atol=0.15)


def test_samples_variations_and_reconstructions_are_of_points_on_the_sphere():
    """Whatever the spread; seen through a decoder that keeps lengths."""
    model = OnSphere.random(latents=3)
    for kind in (families.VonMisesFisher, families.PowerSpherical):
        vae = model.vae([terms.NegativeLogLikelihood(), terms.KL()], posterior=kind((3,)))
        vae.trained = True
        x = model.sample(4).astype("float32")
        for found in (
            vae.sample(5, seed=0),
            vae.reconstruct(x, seed=0),
            vae(x),
            vae.variations(x, 3, scale=0.3, seed=0),
        ):
            np.testing.assert_allclose(np.linalg.norm(found, axis=-1), model.radius, rtol=1e-5)
