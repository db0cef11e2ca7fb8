"""How many nats the ELBO lacks of log p(x), and whether the encoder loses them or the family of q(z|x)."""

import math
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from scipy import special

from tfvae import arguments, random
from tfvae.evaluation import support, tails
from tfvae.evaluation.best_posterior import Search
from tfvae.evaluation.estimate import Estimate, of_examples
from tfvae.families import Family
from tfvae.inputs import datasets, models

# Latents decoded at once.
_AT_ONCE = 8192


class Gaps(NamedTuple):
    """Where the nats between the ELBO and log p(x) are lost: means over the examples, and values for each.

    Attributes:
        log_likelihood: `Estimate` of log p(x): what was given, or by draws of the best q.
        best_elbo: `Estimate` of the ELBO at the best q of the family for each x.
        elbo: `Estimate` of the ELBO at the encoder's q(z|x).
        approximation: `Estimate` of log p(x) - best ELBO: what the family can't say.
        amortisation: `Estimate` of best ELBO - ELBO: what the encoder doesn't find.
        converged: Bool [N], for which examples the search for the best q came to an end.
        doubtful: Bool [N], of whose log p(x) the weights have a tail for which the draws are too few; it is then too
            low, most likely, and so is `approximation`. None is where log p(x) was given.
    """

    log_likelihood: Estimate
    best_elbo: Estimate
    elbo: Estimate
    approximation: Estimate
    amortisation: Estimate
    converged: np.ndarray
    doubtful: np.ndarray


def gaps(vae, dataset, family: Any = None, log_likelihood: Any = None, num_samples=1000, seed=0, verbose: Any = "auto"):
    """Splits log p(x) - ELBO into what the family of q(z|x) lacks and what the encoder lacks.

    log p(x) - L[q] = (log p(x) - L[q*]) + (L[q*] - L[q]),  q* = argmax over the family of L[q], for each x by itself

    The first is the approximation gap, KL(q* || p(z|x)); the second the amortisation gap. q* is found by gradient
    ascent for each example, without the encoder; the decoder and the prior stay as they are.

    Reference: Cremer, Li and Duvenaud (2018), Inference suboptimality in variational autoencoders, arXiv 1801.03558,
    equation 4.

    Args:
        vae: A model whose posterior, prior and likelihood have densities, of one array x. Of several stochastic layers
            q* is the best that other features of the encoder would give.
        dataset: A finite `tf.data.Dataset` of batches, as for `fit`. The search takes some thousand gradients of the
            decoder for each batch: take a few hundred examples.
        family: Another `families.Family` of the same z for q*, such as one with flows, in place of the model's own;
            never one that a model already has, as what its flows learn is learned here. Then `amortisation` is what
            the model would win by that family.
        log_likelihood: [N], log p(x) of each example as it is known from elsewhere, such as
            `evaluation.annealed(...).lower.per_example`. None estimates it by draws of q*, which is too low where q*
            has lighter tails than p(z|x): the examples that are `doubtful`.
        num_samples: Draws of z for each example, for every figure.
        seed: int; the same seed gives the same figures.
        verbose: As for Keras's `evaluate`: 0 shows no progress bar.

    Returns:
        A `Gaps`.

    Raises:
        ValueError: A part without density, a family of another z, several modalities, values outside the likelihood's
            support, no data, or an array instead of batches.

    >>> from tfvae import data, evaluation, recipes
    >>> images = data.from_array(data.digits("test")[0][:4], batch_size=4)
    >>> vae = recipes.vae((8, 8, 1), 2, preprocessing=data.Binarize())
    >>> found = evaluation.gaps(vae, images, num_samples=100, verbose=0)
    >>> lost = found.log_likelihood.value - found.elbo.value
    >>> abs(lost - found.approximation.value - found.amortisation.value) < 1e-6
    True
    """
    models.usable(vae)
    support.refuse_without_density(vae)
    models.of_one_array(vae, "evaluation.gaps", "Report evaluation.log_likelihood.")
    _check_family(vae, family)
    num_samples = arguments.integer("num_samples", num_samples, "an int >= 2", minimum=2)
    given = None if log_likelihood is None else np.asarray(log_likelihood, "float64")
    if given is not None and (given.ndim != 1 or not np.isfinite(given).all()):
        raise arguments.invalid("log_likelihood", "a finite number for each example, [N], or None", log_likelihood)
    datasets.batches("dataset", dataset, vae=vae)
    search = Search(vae, family)
    batches = int(dataset.cardinality()) if hasattr(dataset, "cardinality") else -1
    bar = keras.utils.Progbar(batches if batches > 0 else None, verbose=1 if verbose == "auto" else verbose)
    own, best, converged, seen = [], [], [], 0
    for x, condition, batch_seed in support.batches(vae, dataset, seed):
        seen += len(x)
        _check_count(given, seen, "at least")
        found = search.run(x, condition, random.fold(batch_seed, 1))
        q = vae.encode_preprocessed(x, condition)
        own.append(_weights(vae, q, x, condition, num_samples, random.fold(batch_seed, 2)))
        best.append(_weights(vae, found.law, x, condition, num_samples, random.fold(batch_seed, 3)))
        converged.append(found.converged)
        bar.add(1)
    _check_count(given, seen, "exactly")
    own, best = np.concatenate(own, axis=1), np.concatenate(best, axis=1)
    log_p, doubtful = _log_likelihood(best) if given is None else (given, np.zeros(len(given), bool))
    found, known = best.mean(axis=0), own.mean(axis=0)
    return Gaps(
        log_likelihood=of_examples(log_p),
        best_elbo=of_examples(found),
        elbo=of_examples(known),
        approximation=of_examples(log_p - found),
        amortisation=of_examples(found - known),
        converged=np.concatenate(converged),
        doubtful=doubtful,
    )


def _check_family(vae, family):
    if family is None:
        return
    same = isinstance(family, Family) and family.event_shape == vae.posterior.event_shape
    if not same or not family.has_density or family.measure != vae.posterior.measure or family.statistic_shapes():
        expected = f"a family with a density over this model's z, such as families.Normal({vae.posterior.event_shape})"
        raise arguments.invalid("family", expected, family)


def _check_count(given, seen, how):
    """Refuses other than one known value for each example, as soon as there are more examples than that."""
    if given is not None and (len(given) < seen or (how == "exactly" and len(given) != seen)):
        expected = f"one number for each example, {how} {seen} of them"
        raise arguments.invalid("log_likelihood", expected, f"{len(given)} numbers")


def _weights(vae, law, x, condition, count, seed):
    """Returns log p(x, z) - log q(z) of each draw, float64 [count, B]."""
    at_once, found = max(1, _AT_ONCE // len(x)), []
    for number, first in enumerate(range(0, count, at_once)):
        some = vae.infer_from(law, x, condition, min(at_once, count - first), random.fold(seed, number)).log_weight
        found.append(tf.cast(some, tf.float64).numpy())
    return np.concatenate(found)


def _log_likelihood(log_weights):
    """Returns log p(x) of each example, and whether its weights have too heavy a tail."""
    count = len(log_weights)
    log_p, size = special.logsumexp(log_weights, axis=0) - math.log(count), tails.size(count)
    if not size:
        return log_p, np.zeros(len(log_p), bool)
    return log_p, tails.fit(np.sort(log_weights, axis=0)[-size - 1 :].T).k > tails.trusted(count)
