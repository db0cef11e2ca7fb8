"""What loses nats: each part is asked, and what is certain is told, the largest first."""

import math
from typing import NamedTuple

import numpy as np

from tfvae.diagnosis import latents, likelihood, posterior, prior, training
from tfvae.diagnosis.bounds import elbos
from tfvae.diagnosis.finding import Finding
from tfvae.evaluation import Activity, Estimate, activity, support
from tfvae.evaluation.estimate import of_examples
from tfvae.inputs import datasets, models

# A finding is told if it is more than so many standard errors, and more than so many nats, from nothing.
_CERTAIN, _WORTH = 3.0, 0.05
# The encoder and the family are asked about this many examples, each of which takes a search.
_SEARCHED = 64


class Diagnosis(NamedTuple):
    """What was found of a model.

    Attributes:
        findings: `Finding`s, what is most to be won first; empty where nothing is.
        others: `Finding`s that are not certain or not worth it.
        elbo: `Estimate` of the ELBO of held-out data, in nats.
        activity: `evaluation.Activity` on held-out data.
    """

    findings: tuple[Finding, ...]
    others: tuple[Finding, ...]
    elbo: Estimate
    activity: Activity

    def __str__(self):
        """Returns the findings as lines of text."""
        head = f"ELBO {self.elbo.value:.2f} +- {self.elbo.standard_error:.2f} nats on held-out data."
        if not self.findings:
            return f"{head}\nNothing found that would win more than noise."
        return "\n".join([head, *(f"{number}. {each}" for number, each in enumerate(self.findings, 1))])


def diagnose(vae, train, test, seed=0):
    """Says which part of a trained model loses nats, and which part would win them back.

    Each part is asked a question that is answered without training the model again:

        likelihood  is another law fitted to the errors of the reconstructions better on held-out data?
        prior       is a mixture fitted to the codes?
        posterior   does a richer family of q(z|x) have a better q for each x?
        encoder     does the model's own family?
        latents     does a principal component analysis know more of x?
        training    is the ELBO of training data higher?

    The answers add up to no whole: one cure may win what another one would.

    Args:
        vae: A trained model whose posterior, prior and likelihood have densities.
        train: Batches of the data that it was trained on, finite.
        test: Batches of held-out data, finite.
        seed: int.

    Returns:
        A `Diagnosis`; `print` shows it as text.

    Raises:
        ValueError: A part without density, no data, or arrays instead of batches.

    >>> from tfvae import data, diagnosis, families, recipes
    >>> images = data.digits("train")[0][:64]
    >>> vae = recipes.vae((8, 8, 1), 2, likelihood=families.Normal((8, 8, 1), scale=1.0), preprocessing=data.Rescale())
    >>> vae.compile("adam")
    >>> history = vae.fit(images, epochs=1, verbose=0)
    >>> train, test = data.from_array(images[:48]), data.from_array(images[48:])
    >>> "likelihood" in [each.part for each in diagnosis.diagnose(vae, train, test).findings]
    True
    """
    models.usable(vae)
    support.refuse_without_density(vae)
    datasets.batches("train", train, vae=vae)
    datasets.batches("test", test, vae=vae)
    before, trained = elbos(vae, test, seed), elbos(vae, train, seed)
    if not len(before) or not len(trained):
        raise ValueError("`train` or `test` is empty: nothing to look at.")
    units = activity(vae, test, seed=seed)
    # Evenly spaced: files may go class by class.
    few = test.unbatch().shard(math.ceil(len(before) / _SEARCHED), 0).batch(_SEARCHED)
    found = [
        *likelihood.check(vae, train, test, before, seed),
        *prior.check(vae, train, test, before, len(trained), seed),
        *posterior.check(vae, few, seed),
        *latents.check(vae, train, test, before, units, seed),
        *training.check(trained, before),
    ]
    certain = [each for each in found if each.nats.value > max(_CERTAIN * each.nats.standard_error, _WORTH)]
    certain.sort(key=lambda each: -each.nats.value)
    others = tuple(each for each in found if not any(each is one for one in certain))
    return Diagnosis(tuple(certain), others, of_examples(np.asarray(before)), units)
