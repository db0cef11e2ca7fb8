"""The VAE of Burda et al. (2016) on Fashion-MNIST, binarised at 0.5.

The environment variable TFVAE_FASHION_MNIST names the folder with the
publisher's four IDX files. With -rP pytest shows the figures.
"""

import os
import time

import keras
import numpy as np
import pytest

from tfvae import VAE, data, evaluation, families, networks, priors
from tfvae.terms import KL, NegativeLogLikelihood

SOURCE = os.environ.get("TFVAE_FASHION_MNIST")
EPOCHS = 50
SHAPE = (28, 28, 1)
PUBLISHED_ELBO = -111.7

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SOURCE is None, reason="TFVAE_FASHION_MNIST names no folder with Fashion-MNIST's IDX files"),
]


def binary(dataset):
    """Returns a dataset's images as 0 and 1, [N, 784]."""
    return (np.concatenate(list(dataset.as_numpy_iterator())).reshape(-1, 784) > 127).astype("float64")


def independent_pixels(train, test):
    """Returns the mean log-likelihood of `test` under independent pixels of the training frequencies."""
    frequency = (train.sum(axis=0) + 0.5) / (len(train) + 1)
    return float(np.mean(test @ np.log(frequency) + (1 - test) @ np.log1p(-frequency)))


def test_fifty_epochs(tmp_path, record_property):
    data.prepare("fashion_mnist", SOURCE, data_dir=tmp_path)
    train, info = data.load("fashion_mnist", "train", batch_size=100, data_dir=tmp_path)
    test, _ = data.load("fashion_mnist", "test", batch_size=100, data_dir=tmp_path)
    assert info.num_examples == 60_000
    assert info.image_shape == SHAPE
    keras.utils.set_random_seed(0)
    vae = VAE(
        encoder=networks.mlp_encoder(SHAPE, units=(200, 200), activation="tanh"),
        posterior=families.Normal((50,)),
        prior=priors.StandardNormal((50,)),
        decoder=networks.mlp_decoder((50,), units=(200, 200), activation="tanh"),
        likelihood=families.Bernoulli(SHAPE),
        objective=[NegativeLogLikelihood(), KL()],
        preprocessing=data.Binarize(0.5),
        seed=0,
    )
    vae.compile(keras.optimizers.Adam(1e-3), steps_per_execution=30)
    start = time.monotonic()
    vae.fit(train, epochs=EPOCHS, verbose=0)
    seconds = (time.monotonic() - start) / EPOCHS
    elbo = vae.evaluate(test, return_dict=True, verbose=0)["elbo"]
    start = time.monotonic()
    result = evaluation.log_likelihood(vae, test, num_samples=500)
    estimation = time.monotonic() - start
    baseline = independent_pixels(binary(train), binary(test))
    print(
        f"Fashion-MNIST, {EPOCHS} epochs of {seconds:.1f} s: test ELBO {elbo:.2f}, "
        f"log p(x) {result.mean:.2f} +- {result.standard_error:.2f} by 500 draws ({estimation:.0f} s), "
        f"independent pixels {baseline:.2f} nats"
    )
    for name, value in (("elbo", elbo), ("log_likelihood", result.mean), ("independent_pixels", baseline)):
        record_property(name, value)
    # The floor: published is an ELBO of -111.7 after 5,000 epochs. A hundredth of them must come within a fifth of it,
    # where a collapsed posterior, or pixels that are summed wrongly, is hundreds of nats away.
    assert elbo > 1.2 * PUBLISHED_ELBO
    # 500 draws tighten the bound by more than the error of the mean; still it stays a bound.
    assert elbo + 4 * result.standard_error < result.mean < 0
