"""A prior without a density: what needs log p(z) asks for it, and is refused or left out. Refusals: tests/errors."""

import numpy as np
import pytest
import tensorflow as tf

from tests.errors.models import Implicit
from tests.models import LATENT, SHAPE, digits, make
from tfvae import callbacks, data, evaluation, families, priors, terms
from tfvae.export import signatures

RECONSTRUCT = terms.NegativeLogLikelihood()


class OfThePrior(terms.Term):
    """A term that needs the density of p(z), and not that of q(z|x)."""

    needs_prior_density = True

    def value(self, inference):
        return -tf.reduce_mean(inference.latents[0].log_prior, axis=0)


def vamp(posterior, *others):
    prior = priors.VampPrior(LATENT, SHAPE, 3)
    return make(posterior=posterior, prior=prior, objective=[RECONSTRUCT, *others])


def test_a_mixture_of_points_is_refused_by_what_needs_its_density():
    assert vamp(families.Normal(LATENT), OfThePrior()).objective
    with pytest.raises(ValueError, match=r"OfThePrior needs .* p\(z\), and a VampPrior prior of a Deterministic post"):
        vamp(families.Deterministic(LATENT), OfThePrior())


def test_there_is_an_elbo_and_a_score_where_all_three_densities_are_known():
    known = {
        "all": make(objective=RECONSTRUCT),
        "not p(z)": make(prior=Implicit(LATENT), objective=RECONSTRUCT),
        "neither q(z|x) nor p(z)": vamp(families.Deterministic(LATENT)),
    }
    for name, vae in known.items():
        assert ("elbo" in [metric.name for metric in vae.metrics]) == (name == "all")
        assert ("score" in signatures.all_signatures(vae)) == (name == "all")
        vae.compile("sgd")
        assert np.isfinite(vae.evaluate(digits(), verbose=0, return_dict=True)["loss"])


def test_activity_has_no_kl_without_it():
    dataset = data.from_array(digits(), batch_size=12)
    for prior, known in ((priors.StandardNormal(LATENT), True), (Implicit(LATENT), False)):
        vae = make(prior=prior, objective=RECONSTRUCT)
        vae.trained = True
        assert (evaluation.activity(vae, dataset).kl_per_dimension is not None) is known


def test_a_collapse_is_not_answered_by_a_kl_that_would_be_refused():
    dataset = data.from_array(digits(), batch_size=12)
    for prior, known in ((priors.StandardNormal(LATENT), True), (Implicit(LATENT), False)):
        vae = make(prior=prior, objective=RECONSTRUCT)
        vae.trained = True
        callback = callbacks.CollapseWarning(dataset, threshold=1e9)
        callback.set_model(vae)
        with pytest.warns(UserWarning, match="Posterior collapse") as warned:
            callback.on_train_end()
        assert any("free_bits" in str(each.message) for each in warned) is known


class OnlyDraws(Implicit):
    """One whose law says so by itself."""

    def distribution(self, condition=None, encode=None):
        law = super().distribution(condition, encode)

        def refuse(z):
            raise NotImplementedError

        law.log_prob = refuse
        return law


def test_it_is_not_compared_with_the_posterior_when_a_model_is_made():
    assert make(prior=OnlyDraws(LATENT), objective=RECONSTRUCT).sample(2, seed=0).shape == (2, *SHAPE)
