"""What estimators of scikit-learn are given."""

import functools

import numpy as np

from tests.errors.row import row
from tfvae import data, families, priors, recipes
from tfvae.sklearn import VAEDensity, VAEImputer, VAEOutlierDetector, VAETransformer

TABLE = np.random.default_rng(0).normal(size=(12, 3))


def fit(kind=VAETransformer, **chosen):
    kind(**{"latent_size": 2, "epochs": 1, **chosen}).fit(TABLE)


def of(make_model, kind=VAETransformer):
    return lambda: fit(kind, make_model=make_model)


def scaled(shape, size):
    return recipes.sigma_vae(shape, size, preprocessing=data.Rescale(scale=2.0, raw_dtype="float32"))


def square(shape, size):
    posterior, prior = families.Normal((size, 2)), priors.StandardNormal((size, 2))
    return recipes.sigma_vae(shape, size, posterior=posterior, prior=prior, preprocessing=None)


def conditional(shape, size):
    return recipes.conditional_vae(shape, size, preprocessing=None)


@functools.cache
def fitted():
    return VAEDensity(2, epochs=1, num_samples=1, random_state=0).fit(TABLE)


@functools.cache
def imputer():
    return VAEImputer(2, epochs=1, num_samples=1, random_state=0).fit(TABLE)


ROWS = {
    "no latents": row(lambda: fit(latent_size=0), "latent_size", "a positive int", "0"),
    "half an epoch": row(lambda: fit(epochs=0.5), "epochs", "a positive int, or None", r"0\.5"),
    "no batch": row(lambda: fit(batch_size=0), "batch_size", "a positive int", "0"),
    "a rate of 0": row(lambda: fit(learning_rate=0), "learning_rate", "a number > 0", "0"),
    "a word for standardising": row(lambda: fit(standardise="no"), "standardise", "True or False", "'no'"),
    "loud": row(lambda: fit(verbose="loud"), "verbose", "0, 1 or 2", "'loud'"),
    "no draws for log p": row(lambda: fit(VAEDensity, num_samples=0), "num_samples", "a positive int", "0"),
    "more than half outliers": row(
        lambda: fit(VAEOutlierDetector, contamination=0.7), "contamination", r"\(0, 0\.5\]", "auto", r"0\.7"
    ),
    "no outliers": row(lambda: fit(VAEOutlierDetector, contamination=0), "contamination", r"\(0, 0\.5\]", "=0"),
    "a word for a share": row(lambda: fit(VAEOutlierDetector, contamination="few"), "contamination", "few"),
    "a row of another width": row(lambda: fitted().score_samples(TABLE[:, :2]), "X has 2 features", "expecting 3"),
    "no rows drawn": row(lambda: fitted().sample(0), "n_samples", "a positive int", "0"),
    "a name for a model": row(of("sigma_vae"), "make_model", "callable", "recipes.sigma_vae", "'sigma_vae'"),
    "no model made": row(of(lambda shape, size: None), "make_model", "returned None", "Return the model"),
    "a model of other rows": row(
        of(lambda shape, size: recipes.sigma_vae((4,), size)), "make_model", r"\(3,\)", r"\(4,\)", "event_shape"
    ),
    "a model with a condition": row(of(conditional), "make_model", "without a condition", "Leave the condition out"),
    "a model in other units": row(of(scaled), "make_model", r"Rescale\(.*changes them", "preprocessing=None"),
    "latents that are no vector": row(of(square), "make_model", r"z is a vector", r"\(2, 2\)"),
    "no density": row(
        of(recipes.autoencoder, VAEDensity), "posterior is Deterministic", "no density", "families.Normal"
    ),
    "no draws of what is missing": row(lambda: fit(VAEImputer, num_samples=0), "num_samples", "a positive int", "0"),
    "no rows filled": row(lambda: imputer().sample(TABLE, 0), "n_draws", "a positive int", "0"),
    "a model that takes no gaps": row(
        of(recipes.sigma_vae, VAEImputer), "make_model", "takes NaN", r"likelihood=Normal\(", r"families\.Observed"
    ),
}
