"""Latents that are pressed to be independent, trained: what it costs, and how far they come."""

import keras
import numpy as np
import pytest

from tests import suites
from tests.convergence import ppca
from tests.linear_gaussian import LinearGaussian
from tfvae import VAE, data, families, networks, priors, recipes, terms

SIZE, LATENTS, COUNT = 5, 2, 1000

EXTRA = {
    "total correlation": lambda: terms.BatchTotalCorrelation(weight=5.0),
    "covariance": lambda: terms.Covariance(10.0, 10.0, of_draws=True),
}


@pytest.mark.parametrize("name", suites.chosen(EXTRA, slow=("total correlation",)))
def test_where_the_best_latents_are_independent_nothing_is_lost(name, record_property):
    """At the maximum of the likelihood of a linear model q(z) is N(0, I): what more is asked of it costs nothing."""
    x = LinearGaussian.random(SIZE, LATENTS, seed=3).sample(COUNT).astype("float32")
    best = ppca.maximum(np.cov(x.T.astype("float64"), bias=True), LATENTS)
    keras.utils.set_random_seed(0)
    vae = VAE(
        encoder=networks.linear((SIZE,)),
        posterior=families.Normal((LATENTS,), scale="shared_dimension"),
        prior=priors.StandardNormal((LATENTS,)),
        decoder=networks.linear((LATENTS,)),
        likelihood=families.Normal((SIZE,), scale="shared"),
        objective=[terms.NegativeLogLikelihood(), terms.KL(), EXTRA[name]()],
        seed=0,
    )
    start = vae.encode(x).mean().numpy()
    steps = 1500
    vae.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.02, steps)), steps_per_execution=50)
    vae.fit(data.from_array(x, batch_size=COUNT).repeat(steps // 5), epochs=5, verbose=0)
    found = vae.evaluate(data.from_array(np.tile(x, (20, 1)), batch_size=COUNT), verbose=0, return_dict=True)
    record_property("elbo", (found["elbo"], best))
    # Of 20,000 draws, whose squared errors have a standard deviation of some 1.5 nats.
    assert abs(found["elbo"] - best) < 0.05
    law = vae.encode(x)
    covariance = np.cov(law.mean().numpy().T, ddof=0) + np.diag(law.variance().numpy().mean(axis=0))
    np.testing.assert_allclose(covariance, np.eye(LATENTS), atol=0.05)
    assert np.abs(np.cov(start.T) - np.eye(LATENTS)).max() > 0.1


@pytest.mark.slow
def test_of_digits_the_latents_become_less_dependent(record_property):
    images, _ = data.digits("train")
    measured = {}
    for name, parts in (
        ("vae", {}),
        ("beta_tc_vae", {"dataset_size": len(images)}),
        ("dip_vae_ii", {}),
    ):
        keras.utils.set_random_seed(0)
        vae = getattr(recipes, name)((8, 8, 1), 8, seed=0, preprocessing=data.Binarize(), **parts)
        vae.compile(keras.optimizers.Adam(2e-3))
        vae.fit(data.load("digits", "train", batch_size=64)[0], epochs=30, verbose=0)
        inference = vae.infer(images, seed=0)
        kinds = terms.BatchTotalCorrelation(), terms.Covariance(1.0, 0.0, of_draws=True)
        measured[name] = [float(np.mean(term.value(inference))) for term in kinds]
        measured[name].append(vae.evaluate(images, batch_size=len(images), verbose=0, return_dict=True)["elbo"])
    record_property("total correlation, covariance and ELBO", measured)
    assert measured["beta_tc_vae"][0] < 0.5 * measured["vae"][0]
    assert measured["dip_vae_ii"][1] < 0.5 * measured["vae"][1]
    # And they still say what digit it is: an image alone by the means of all has some -30 nats.
    assert min(row[2] for row in measured.values()) > measured["vae"][2] - 3
