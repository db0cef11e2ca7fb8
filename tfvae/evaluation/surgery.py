"""The ELBO's three parts: what x tells of z, what z tells of the index of x, and how far codes are from the prior."""

import math
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments, hierarchy, networks, random
from tfvae.evaluation import support
from tfvae.evaluation.estimate import Estimate
from tfvae.inputs import datasets, models

# Densities of draws under posteriors at once.
_AT_ONCE = 1 << 18


class Surgery(NamedTuple):
    """The parts of the ELBO: elbo = reconstruction - mutual_information - marginal_kl, each an `Estimate` in nats.

    Its standard error is that over draws of z, for these very examples; `per_example` has means over the draws.

    Attributes:
        reconstruction: E_q[log p(x|z)].
        mutual_information: I(n; z) of the index n of an example and its z; at most log N.
        marginal_kl: KL(q(z) || p(z)) of the aggregate posterior q(z) = 1/N sum_n q(z|x_n).
        elbo: Their sum.
    """

    reconstruction: Estimate
    mutual_information: Estimate
    marginal_kl: Estimate
    elbo: Estimate


def surgery(vae, dataset, num_samples=10, seed=0, verbose: Any = "auto"):
    """Splits the average ELBO of a data set into three parts.

    1/N sum_n L_n = 1/N sum_n E_q(z|x_n)[log p(x_n|z)] - I(n; z) - KL(q(z) || p(z))
    I(n; z) = 1/N sum_n E_q(z|x_n)[log q(z|x_n) - log q(z)]

    The KL of each example from the prior is, on average, the sum of the last two. Mutual information is what the codes
    are for. KL(q(z) || p(z)) is what a better prior would win, and a bad one makes bad samples: `latent.fit_prior`
    lowers it, and leaves the rest as it is. Where I(n; z) is close to log N, the data are too few to tell more.

    The densities of N * K draws under N posteriors are computed.

    Reference: Hoffman and Johnson (2016), ELBO surgery: yet another way to carve up the variational evidence lower
    bound, equations 6 and 7.

    Args:
        vae: A model whose posterior, prior and likelihood have densities, that of the posterior at any z.
        dataset: A finite `tf.data.Dataset` of batches, as for `fit`.
        num_samples: K, draws of z for each example, at least 2.
        seed: int; the same seed gives the same parts.
        verbose: As for Keras's `evaluate`: 0 shows no progress bar.

    Returns:
        A `Surgery`.

    Raises:
        ValueError: A part without density, a prior that is told the condition, several modalities, values outside the
            likelihood's support, no data, or an array instead of batches.

    >>> from tfvae import data, evaluation, recipes
    >>> images = data.from_array(data.digits("test")[0][:8], batch_size=4)
    >>> vae = recipes.vae((8, 8, 1), 2, preprocessing=data.Binarize())
    >>> found = evaluation.surgery(vae, images, verbose=0)
    >>> whole = found.reconstruction.value - found.mutual_information.value - found.marginal_kl.value
    >>> abs(whole - found.elbo.value) < 1e-4
    True
    """
    models.usable(vae)
    support.refuse_without_density(vae)
    models.of_one_array(vae, "evaluation.surgery", "Report evaluation.log_likelihood.")
    if not vae.posterior.density_anywhere:
        raise ValueError(
            "evaluation.surgery needs the density of each draw under every example's q(z|x), and a "
            f"{type(vae.posterior).__name__} posterior knows that of its own draws only. Report evaluation.activity."
        )
    if networks.takes_condition(vae.prior):
        raise ValueError(
            f"evaluation.surgery compares all codes with one prior, and {type(vae.prior).__name__} is another one for "
            "each condition. Report it for the examples of one condition, of a model with one prior."
        )
    num_samples = arguments.integer("num_samples", num_samples, "an int >= 2, for an error", minimum=2)
    datasets.batches("dataset", dataset, vae=vae)
    drawn = _drawn(vae, dataset, num_samples, seed)
    aggregate = _aggregate(vae, drawn, 1 if verbose == "auto" else verbose)
    log_q, log_prior, log_likelihood = (np.concatenate([each[name] for each in drawn], axis=1) for name in _DENSITIES)
    return Surgery(
        _part(log_likelihood),
        _part(log_q - aggregate),
        _part(aggregate - log_prior),
        _part(log_likelihood + log_prior - log_q),
    )


_DENSITIES = ("log_q", "log_prior", "log_likelihood")


def _drawn(vae, dataset, num_samples, seed):
    """Returns for each batch its features, condition, draws z [K, B, *latent] and their densities [K, B]."""
    found = []

    def infer(x, condition, seed):
        features = networks.run(vae.encoder, x, condition, False)
        q = hierarchy.of(vae, condition).posterior(features)
        inference = vae.infer_from(q, x, condition, num_samples, seed)
        log_q = tf.add_n([latent.log_q for latent in inference.latents])
        log_prior = tf.add_n([latent.log_prior for latent in inference.latents])
        return features, inference.z, log_q, log_prior, inference.log_likelihood

    compiled = tf.function(infer, autograph=False, reduce_retracing=True)
    for x, condition, batch_seed in support.batches(vae, dataset, seed):
        features, z, *densities = compiled(x, condition, random.fold(batch_seed, 1))
        numbers = [tf.cast(each, tf.float64).numpy() for each in densities]
        found.append(
            {"features": features, "condition": condition, "z": z} | dict(zip(_DENSITIES, numbers, strict=True))
        )
    return found


def _aggregate(vae, drawn, verbose):
    """Returns log q(z) of all draws, float64 [K, N]."""

    def under(z, features, condition):
        """Returns log sum_m q(z|x_m) of draws [S, *latent] over the examples of a batch, [S]."""
        q = hierarchy.of(vae, condition).posterior(features)
        return tf.reduce_logsumexp(tf.cast(q.log_prob(z[:, None]), tf.float64), axis=1)

    compiled = tf.function(under, autograph=False, reduce_retracing=True)
    bar = keras.utils.Progbar(len(drawn), verbose=verbose)
    total, found = sum(each["z"].shape[1] for each in drawn), []
    for each in drawn:
        z = tf.reshape(each["z"], [-1, *each["z"].shape[2:]])
        sums = np.full(len(z), -np.inf)
        for other in drawn:
            step = max(1, _AT_ONCE // (other["z"].shape[1] * math.prod(vae.posterior.event_shape)))
            parts = [
                compiled(z[at : at + step], other["features"], other["condition"]) for at in range(0, len(z), step)
            ]
            sums = np.logaddexp(sums, np.concatenate(parts))
        found.append(sums.reshape(each["z"].shape[:2]) - np.log(total))
        bar.add(1)
    return np.concatenate(found, axis=1)


def _part(values):
    """Returns the `Estimate` of values of each draw, [K, N]."""
    draws, examples = values.shape
    per_example = values.mean(axis=0)
    error = np.sqrt(np.mean(values.var(axis=0, ddof=1)) / draws / examples)
    return Estimate(float(per_example.mean()), float(error), per_example)
