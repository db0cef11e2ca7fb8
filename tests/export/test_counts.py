"""Exported models of counts: a reconstruction has the total of what was sent."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from tfvae import VAE, data, export, families, networks, priors, terms

X = np.array([[0, 0, 0, 0], [3, 0, 4, 1], [0, 900, 0, 7]], "float32")


def model(likelihood):
    vae = VAE(
        encoder=networks.LogCounts(networks.mlp_encoder((4,), (8,))),
        posterior=families.Normal((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=networks.mlp_decoder((2,), (8,)),
        likelihood=likelihood,
        objective=[terms.NegativeLogLikelihood(), terms.KL()],
        preprocessing=data.Counts(),
        seed=0,
    )
    vae.trained = True
    return vae


def test_a_served_reconstruction_has_the_total_of_its_x(tmp_path):
    vae = model(families.LibrarySized(families.NegativeBinomial((4,), shared_total_count=True), total_count=50))
    served = tf.saved_model.load(str(export.saved_model(vae, tmp_path))).signatures
    means = served["reconstruct"](x=tf.constant(X))["mean"].numpy()
    np.testing.assert_allclose(means.sum(axis=1), X.sum(axis=1), rtol=1e-4, atol=0.01)
    np.testing.assert_allclose(means, vae(X), rtol=1e-4, atol=1e-4)
    decoded = served["decode"](latent=tf.zeros([1, 2]))["mean"].numpy()
    np.testing.assert_allclose(decoded.sum(), 50, rtol=1e-4)


@pytest.mark.slow
def test_a_reconstruction_on_a_phone_has_the_total_of_its_x(tmp_path):
    vae = model(families.Multinomial((4,), total_count=50))
    path = export.litert(vae, tmp_path / "reconstruct.tflite", part="reconstruct", batch_size=3, timed=False)
    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], X)
    interpreter.invoke()
    (output,) = interpreter.get_output_details()
    assert interpreter.get_tensor(output["index"]).sum(axis=1) == pytest.approx(X.sum(axis=1), rel=1e-4, abs=1e-4)
