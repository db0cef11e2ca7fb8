"""Which class, or which component of the prior, an example is of."""

from typing import Any

import numpy as np
import tensorflow as tf

from tfvae import arguments, random
from tfvae.data import epoch
from tfvae.hierarchy.of_class import OfClass, components, responsibilities
from tfvae.inputs import models
from tfvae.latent.inspection import chunks


def _probabilities(inference) -> Any:
    """Returns [B, C] of the first layer that knows classes, or None."""
    for latent in inference.latents:
        if isinstance(latent.posterior, OfClass):
            return tf.exp(latent.posterior.log_unseen)
        if components(latent.prior) is not None:
            return tf.reduce_mean(responsibilities(latent.prior, latent.z), axis=0)
    return None


def class_probabilities(vae, dataset, num_samples=1, seed=0):
    """Returns the probability of each class, or component of the prior, for each example: float [N, C].

    q(y|x),  or  E_q[p(c|z)] with p(c|z) = w_c p(z|c) / sum_k w_k p(z|k)

    The first where the posterior has a class, `families.ClassConditional`, without a look at labels. The second are the
    responsibilities of a mixture, by Bayes' rule: of `priors.GaussianMixture`, or of `families.Mixture` below another
    stochastic layer. `np.argmax(..., axis=1)` is the class or the cluster.

    Args:
        vae: A model with either.
        dataset: Raw x [N, ...] or batches, as for `fit`; labels in it are not used where they are optional.
        num_samples: K draws of z for each example, where the probabilities are a mean over them.
        seed: int.

    Raises:
        ValueError: The model has neither, or there are no data.

    Reference: Kingma et al. (2014), arXiv 1406.5298; Jiang et al. (2017), arXiv 1611.05148.

    >>> from tfvae import data, recipes
    >>> images = data.digits("train")[0][:100]
    >>> vae = recipes.gaussian_mixture_prior_vae((8, 8, 1), 2, components=5)
    >>> vae.compile("adam")
    >>> history = vae.fit(images, verbose=0)
    >>> class_probabilities(vae, images).shape
    (100, 5)
    """
    models.usable(vae)
    num_samples = arguments.integer("num_samples", num_samples)
    base, found = random.as_seed(seed, None), []
    with epoch.in_order():
        for number, batch in enumerate(chunks("dataset", dataset)):
            x, condition, _ = vae.unpack(batch)
            inference = vae.infer(x, condition, num_samples=num_samples, seed=random.fold(base, number))
            probabilities = _probabilities(inference)
            if probabilities is None:
                raise arguments.invalid(
                    "vae",
                    "a model with classes: a families.ClassConditional posterior, or a prior that is a mixture, such "
                    "as priors.GaussianMixture",
                    vae,
                )
            found.append(probabilities.numpy())
    if not found:
        raise arguments.invalid("dataset", "one example or more", "none")
    return np.concatenate(found)
