"""Each bound, trained by `fit` on a linear model, ends at the closed-form maximum of the likelihood.

Where the exact posterior is in the family, as here, every bound has log p(x) as its maximum, whichever the number of
draws, and whichever estimate of the gradient goes there.
"""

import keras
import numpy as np
import pytest

from tests import suites
from tests.convergence import ppca
from tests.linear_gaussian import LinearGaussian
from tfvae import data, families, networks, recipes

SIZE, LATENTS, STEPS, EPOCHS = 64, 4, 4000, 5
RECIPES = {
    "iwae": {"num_samples": 6},
    "ciwae": {"num_samples": 6},
    "miwae": {"bounds": 2, "draws": 3},
    "piwae": {"bounds": 2, "draws": 3},
    "sticking_the_landing_vae": {},
    "dreg_iwae": {"num_samples": 6},
}


@pytest.mark.parametrize("name", suites.chosen(RECIPES, slow=("piwae", "dreg_iwae")))
def test_fit_reaches_the_maximum_of_the_likelihood(name, record_property):
    x = data.digits("train")[0].reshape(-1, SIZE).astype("float32") / 255
    best = ppca.maximum(np.cov(x.T.astype("float64"), bias=True), LATENTS)
    keras.utils.set_random_seed(0)
    vae = getattr(recipes, name)(
        (SIZE,),
        LATENTS,
        **RECIPES[name],
        encoder=networks.linear((SIZE,)),
        posterior=families.Normal((LATENTS,), scale="shared_dimension"),
        decoder=networks.linear((LATENTS,)),
        likelihood=families.Normal((SIZE,), scale="shared"),
        preprocessing=None,
        seed=0,
    )
    rate = keras.optimizers.schedules.CosineDecay(0.01, STEPS, alpha=1e-3)
    vae.compile(keras.optimizers.Adam(rate), steps_per_execution=100)
    vae.fit(data.from_array(x, batch_size=len(x)).repeat(STEPS // EPOCHS), epochs=EPOCHS, verbose=0)
    kernel, bias = vae.likelihood.head.kernel.numpy(), vae.likelihood.head.bias.numpy()
    sigma = float(vae.decode(np.zeros((1, LATENTS))).stddev().numpy()[0, 0])
    exact = LinearGaussian(kernel.T.astype("float64"), bias.astype("float64"), sigma).log_marginal(x).mean()
    # By single draws: a sum of four bounds' worth of noise, whose spread is next to none at the exact posterior.
    elbo = vae.infer(x, num_samples=10, seed=0).log_weight.numpy().mean()
    for key, value in (("maximum", best), ("log_likelihood", exact), ("elbo", elbo)):
        record_property(key, value)
    # No model of this class is above the maximum; float32 leaves 1e-4 of 18 nats.
    assert -0.05 < exact - best < 1e-3
    assert -0.05 < elbo - exact < 0.01
