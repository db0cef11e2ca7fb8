"""A hyperspherical VAE, trained on data of a circle, arrives at their density."""

import keras
import pytest

from tests.circles import OnSphere
from tfvae import data, networks, terms

pytestmark = pytest.mark.slow


def test_a_circle_is_found_with_its_density():
    """The bound on held-out data comes to log p(x) by the model that made them."""
    keras.utils.set_random_seed(0)
    model = OnSphere.random()
    vae = model.vae([terms.NegativeLogLikelihood(), terms.KL()], decoder=networks.linear((2,)))
    train = data.from_array(model.sample(4000).astype("float32"), batch_size=100)
    vae.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, 30 * 40, alpha=1e-2)))
    vae.fit(train, epochs=30, verbose=0)
    x = model.sample(2000, seed=2).astype("float32")
    gap = model.log_marginal(x).mean() - vae.evaluate(x, batch_size=500, return_dict=True, verbose=0)["elbo"]
    print(f"log p(x) less the bound: {gap:.3f} nats")
    assert -0.1 < gap < 0.15
