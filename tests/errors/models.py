"""Models, parts and data that are right but for what a row does to them."""

import functools

import numpy as np
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tests.parts.composed import second_vae
from tfvae import VAE, data, families, networks, priors, recipes, terms


@functools.cache
def model():
    """One compiled model for all rows, trained for a step."""
    vae = make()
    vae.compile("sgd")
    vae.fit(digits(), batch_size=36, verbose=0)
    return vae


@functools.cache
def conditional():
    vae = recipes.conditional_vae(SHAPE, 2)
    vae.compile("sgd")
    vae.trained = True
    return vae


@functools.cache
def paired(for_one_network=False):
    """A term of pairs of examples."""
    term = terms.PerNetwork(terms.MMD(), terms.KL()) if for_one_network else terms.MMD()
    vae = make(objective=[terms.NegativeLogLikelihood(), term])
    vae.compile("sgd")
    return vae


@functools.cache
def grey():
    """Grey pixels under a Bernoulli."""
    vae = make(preprocessing=data.Rescale())
    vae.trained = True
    return vae


@functools.cache
def implicit():
    """A model whose prior has no density."""
    vae = make(prior=Implicit(LATENT), objective=terms.NegativeLogLikelihood())
    vae.trained = True
    return vae


@functools.cache
def batches():
    return data.from_array(digits(), batch_size=12, shuffle=False)


def build(**parts):
    return VAE(
        **{
            "encoder": networks.mlp_encoder(SHAPE, (8,)),
            "posterior": families.Normal(LATENT),
            "prior": priors.StandardNormal(LATENT),
            "decoder": networks.mlp_decoder(LATENT, (8,)),
            "likelihood": families.Bernoulli(SHAPE),
            "objective": [terms.NegativeLogLikelihood(), terms.KL()],
            **parts,
        }
    )


@functools.cache
def gaps():
    """A model that takes missing entries."""
    vae = make(
        likelihood=families.Observed(families.Bernoulli(SHAPE)),
        encoder=networks.WithMask(networks.mlp_encoder((8, 8, 2), (16,))),
    )
    vae.compile("sgd")
    return vae


@functools.cache
def half_gaps():
    """A model of two pieces, of which one takes missing entries."""
    vae = make(
        likelihood=families.Joint([families.Observed(families.Normal((3,))), families.Normal((2,))]),
        encoder=networks.WithMask(networks.linear((10,))),
        preprocessing=None,
    )
    vae.compile("sgd")
    return vae


def infinite_rows(*rows):
    x = bad_rows(0)
    x[list(rows)] = np.inf
    return x


def bad_rows(*rows, value=np.nan):
    x = digits() / 255.0
    x[list(rows)] = value
    return x


def stream(x):
    return tf.data.Dataset.from_tensor_slices(x.astype("float32")).batch(12)


class Undescribed(priors.StandardNormal):
    """A prior whose law TFP knows no KL to."""

    def distribution(self, condition=None, encode=None):
        import tensorflow_probability as tfp

        return tfp.distributions.Independent(tfp.distributions.StudentT(3.0, tf.zeros(LATENT), 1.0), 1)


class OwnDraws(families.Normal):
    """A posterior that knows the density of its own draws only, as a flow does that can't be inverted."""

    density_anywhere = False


class Implicit(priors.StandardNormal):
    """A prior that is drawn from, and whose density nobody knows."""

    def has_density(self, posterior):
        return False


def sampled():
    return [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]


def two_stages(objective=None, **parts):
    return priors.LatentVariable(second_vae(objective, **parts))


def uniform(low, high):
    return priors.Fixed(families.Uniform(LATENT), {"low": low, "high": high})


def bits():
    return families.RelaxedBernoulli(LATENT, straight_through=True)


def choice():
    """A number and a choice between two."""
    return families.Joint([families.Normal((1,)), families.RelaxedCategorical((1, 2), straight_through=True)])


def along_paths():
    return terms.PathGradient(terms.ImportanceWeighted(3))
