"""The two parts of the ELBO, each with its error: what z costs, and what it leaves unsaid of x."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfvae import arguments, random
from tfvae.evaluation import support
from tfvae.evaluation.estimate import Estimate, of_examples
from tfvae.inputs import datasets, models


class RateDistortion(NamedTuple):
    """A model's place in the plane of rate and distortion: `Estimate`s over the examples, in nats.

    Attributes:
        rate: KL(q(z|x) || p(z)), what it costs to tell z of x.
        distortion: -E_q[log p(x|z)], what it costs to tell x once z is known. Of densities it may be below 0.
        elbo: -(rate + distortion). Models on a line of slope -1 have the same.
    """

    rate: Estimate
    distortion: Estimate
    elbo: Estimate


def rate_distortion(vae, dataset, num_samples=10, seed=0):
    """Measures the two parts of the average ELBO.

    R = E_x[KL(q(z|x) || p(z))],  D = -E_x E_q(z|x)[log p(x|z)],  ELBO = -(R + D)

    The rate is the closed form where there is one, else the mean of log q(z|x) - log p(z) over the draws. A weight of
    the KL, as in a beta-VAE, isn't in it: models of different objectives can be compared.

    Reference: Alemi et al. (2018), Fixing a broken ELBO, arXiv 1711.00464.

    Args:
        vae: A model whose posterior, prior and likelihood have densities.
        dataset: A finite `tf.data.Dataset` of batches, as for `fit`.
        num_samples: Draws of z for each example.
        seed: int; the same seed gives the same figures.

    Returns:
        A `RateDistortion`. The errors are those of the mean over the examples.

    Raises:
        ValueError: A part without density, values outside the likelihood's support, no data, or an array instead of
            batches.

    >>> from tfvae import data, evaluation, recipes
    >>> images = data.from_array(data.digits("test")[0][:8], batch_size=4)
    >>> vae = recipes.beta_vae((8, 8, 1), 2, beta=4.0, preprocessing=data.Binarize())
    >>> found = evaluation.rate_distortion(vae, images)
    >>> abs(found.elbo.value + found.rate.value + found.distortion.value) < 1e-6
    True
    """
    models.usable(vae)
    support.refuse_without_density(vae)
    num_samples = arguments.integer("num_samples", num_samples)
    datasets.batches("dataset", dataset, vae=vae)

    def measure(x, condition, seed):
        posterior = vae.encode_preprocessed(x, condition)
        inference = vae.infer_from(posterior, x, condition, num_samples, seed)
        rate = tf.add_n([tf.cast(_kl(inference, latent), tf.float64) for latent in inference.latents])
        return rate, -tf.cast(inference.expected(inference.log_likelihood), tf.float64)

    # Made anew in each call: a function kept outside the model would keep the model alive.
    compiled: Any = tf.function(measure, autograph=False, reduce_retracing=True)
    found = [compiled(x, condition, random.fold(own, 1)) for x, condition, own in support.batches(vae, dataset, seed)]
    rate, distortion = (np.concatenate([each.numpy() for each in part]) for part in zip(*found, strict=True))
    return RateDistortion(of_examples(rate), of_examples(distortion), of_examples(-(rate + distortion)))


def _kl(inference, latent):
    """Returns a layer's KL for each example, [B]."""
    try:
        return latent.kl
    except (NotImplementedError, ValueError):  # ValueError for pieces of different sizes
        return inference.expected(latent.log_ratio)
