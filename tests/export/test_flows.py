"""Models of flows, exported: a posterior without a stddev, a prior that is sampled one dimension after the other."""

import numpy as np
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tfvae import export, families, flows, priors, terms


def model():
    prior = flows.Inverted(flows.InverseAutoregressive(LATENT, units=(8,)))
    posterior = [flows.Planar(LATENT), flows.InverseAutoregressive(LATENT, units=(8,), context_size=4)]
    vae = make(
        posterior=families.Transformed(families.Normal(LATENT), posterior),
        prior=priors.Learned(families.Transformed(families.Normal(LATENT), prior)),
        objective=[terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    )
    rng = np.random.default_rng(0)
    for variable in vae.prior.trainable_variables:
        variable.assign(0.5 * rng.normal(size=variable.shape))
    return vae


def test_every_signature_is_served(tmp_path):
    vae = model()
    served = tf.saved_model.load(str(export.saved_model(vae, tmp_path))).signatures
    x = digits()[:5]
    encoded = served["encode"](x=tf.constant(x))
    assert set(encoded) == {"mean"}
    np.testing.assert_allclose(encoded["mean"], vae.encode(x).mean(), atol=1e-5)
    drawn = served["generate"](seed=tf.constant([1, 2]), count=tf.constant(4), temperature=tf.constant(0.7))["mean"]
    np.testing.assert_allclose(drawn, vae.sample(4, temperature=0.7, seed=tf.constant([1, 2])), atol=1e-5)


def test_the_decoder_is_a_litert_file(tmp_path):
    path = export.litert(model(), tmp_path / "decoder.tflite", timed=False)  # which compares it with Keras
    assert path.stat().st_size > 0
    assert model().decode(np.zeros([1, *LATENT])).mean().shape == (1, *SHAPE)
