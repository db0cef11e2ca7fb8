"""Models that match the aggregate posterior to the prior, trained: codes have its law, and know what they should."""

import keras
import numpy as np
import pytest

from tests import suites
from tfvae import data, families, networks, recipes

RECIPES = {
    "wae_mmd": {"weight": 100.0},
    "sliced_wasserstein_autoencoder": {"weight": 100.0},
    "sinkhorn_autoencoder": {"weight": 100.0},
    "wae_gan": {"weight": 3.0},
    "adversarial_autoencoder": {"weight": 3.0, "likelihood": families.Normal((6,), scale=0.5**0.5)},
}


@pytest.mark.parametrize("name", suites.chosen(RECIPES, slow=("wae_mmd", "adversarial_autoencoder")))
def test_codes_take_the_priors_law(name, record_property):
    """Those of a linear map of Gaussians, whose law is their mean and covariance; at first these are far away."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 6)) * np.sqrt([4.0, 2.5, 1.5, 0.8, 0.4, 0.2])
    x = (x @ np.linalg.qr(rng.normal(size=(6, 6)))[0] + 1.0).astype("float32")
    keras.utils.set_random_seed(0)
    parts = {"encoder": networks.linear((6,)), "decoder": networks.linear((2,)), "preprocessing": None}
    vae = getattr(recipes, name)((6,), 2, seed=0, **(parts | RECIPES[name]))

    def distance():
        """From the standard normal's moments, of draws of q(z|x)."""
        z = np.asarray(vae.encode(x).sample(seed=1), "float64")
        return np.abs([*z.mean(axis=0), *(np.cov(z.T) - np.eye(2)).ravel()]).max()

    before = distance()
    rate = keras.optimizers.schedules.CosineDecay(0.01, 1000)
    vae.compile(keras.optimizers.Adam(rate))
    vae.fit(data.from_array(x, batch_size=100, seed=0), epochs=100, verbose=0)
    record_property("distance", (before, distance()))
    assert before > 1.0
    assert distance() < 0.2


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "lambda_"), [(0.0, 1.0), (0.75, 10.0)], ids=["VAE", "InfoVAE"])
def test_an_info_vae_keeps_what_the_decoder_can_do_without(alpha, lambda_, record_property):
    """x ~ N(0, 1) has the law of the decoder's noise, and a VAE ignores z.

    Of q(z|x) = N(a x, s^2) with q(z) = N(0, 1), that is a^2 = 1 - s^2, the information is -log s, the mean KL, too, and
    the decoder's best squared error s^2. So the loss is s^2 / 2 - (1 - alpha) log s and a constant: s^2 = 1 - alpha.
    """
    x = np.random.default_rng(0).normal(size=(2000, 1)).astype("float32")
    x = (x - x.mean()) / x.std()
    keras.utils.set_random_seed(0)
    vae = recipes.info_vae(
        (1,),
        1,
        alpha=alpha,
        lambda_=lambda_,
        encoder=networks.linear((1,)),
        posterior=families.Normal((1,), scale="shared"),
        decoder=networks.linear((1,)),
        likelihood=families.Normal((1,), scale=1.0),
        preprocessing=None,
        seed=0,
    )
    steps = 2500
    rate = keras.optimizers.schedules.CosineDecay(0.02, steps)
    vae.compile(keras.optimizers.Adam(rate), steps_per_execution=100)
    vae.fit(data.from_array(x, batch_size=250, seed=0).repeat(steps // 8), epochs=1, verbose=0)
    law = vae.encode(x)
    spread, stddev = np.std(law.mean()), float(np.mean(law.stddev()))
    information = np.log1p(spread**2 / stddev**2) / 2
    record_property("information", information)
    assert information == pytest.approx(-np.log(1 - alpha) / 2, abs=0.05)
    assert spread**2 + stddev**2 == pytest.approx(1.0, abs=0.1)
