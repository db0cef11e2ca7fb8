"""How far each dimension of a model's latents stands for one factor of data whose factors are known."""

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments, data
from tfvae.arguments import kinds
from tfvae.data import epoch
from tfvae.evaluation import factor_importance, factor_information, predictability, shared_factor
from tfvae.evaluation.codes import checked, resampling
from tfvae.evaluation.estimate import Estimate
from tfvae.inputs import models


class Disentanglement(NamedTuple):
    """Scores in [0, 1], the higher the more each dimension of E[q(z|x)] is about one factor, or a factor in one.

    Attributes:
        mutual_information_gap: MIG, by `mutual_information_gap`.
        modularity: By `modularity`.
        separated_attribute_predictability: SAP, by `separated_attribute_predictability`.
        disentanglement: The D of DCI, by `dci`.
        completeness: The C.
        informativeness: The I, an accuracy.
        factor_vae: By `factor_vae_score`.
        beta_vae: By `beta_vae_score`.
        mutual_information: [D, F], of each dimension and each factor, in nats.
        importance: [D, F], of each dimension to DCI's classifier of each factor.
    """

    mutual_information_gap: Estimate
    modularity: Estimate
    separated_attribute_predictability: Estimate
    disentanglement: Estimate
    completeness: Estimate
    informativeness: Estimate
    factor_vae: Estimate
    beta_vae: Estimate
    mutual_information: np.ndarray
    importance: np.ndarray


def _batches(dataset, count, seed):
    """Returns a dataset of (x, factors); of arrays one of `count` examples at random."""
    if isinstance(dataset, tuple) and len(dataset) == 2 and all(hasattr(each, "shape") for each in dataset):
        x, factors = dataset
        if len(x) != len(factors):
            raise arguments.invalid("dataset", "as many rows of factors as images", (len(x), len(factors)))
        rows = _chosen(len(x), count, seed)
        return data.from_array(np.asarray(x)[rows], np.asarray(factors)[rows], shuffle=False)
    if not isinstance(dataset, tf.data.Dataset):
        expected = "a tf.data.Dataset of batches (x, factors), as by data.load(..., labels=True), or two arrays"
        raise arguments.invalid("dataset", expected, dataset)
    kinds.ends("dataset", dataset)
    return dataset


def _chosen(count, most, seed):
    if most is None or count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng([seed, 2]).permutation(count)[:most])


def _encoded(vae, dataset):
    """Returns the means of q(z|x), [N, D], and the factors [N, F]."""

    def means(x, condition):
        found = vae.encode(x, condition).mean()
        return tf.reshape(found, [tf.shape(found)[0], -1])

    # Made anew in each call: a function kept outside the model would keep the model alive.
    compiled = tf.function(means, autograph=False, reduce_retracing=True)
    codes, factors = [], []
    with epoch.in_order():
        for batch in dataset:
            x, labels, _ = keras.utils.unpack_x_y_sample_weight(batch)
            if labels is None or isinstance(labels, tuple) or not labels.dtype.is_integer or labels.shape.rank != 2:
                raise ValueError(
                    "Invalid value for argument `dataset`. Expected batches (x, factors), factors int [B, F] with the "
                    "value of each factor, as by data.load('sprites', labels=True). Received: "
                    f"{tf.nest.map_structure(lambda each: (each.dtype.name, tuple(each.shape)), batch)}"
                )
            x, condition, _ = vae.unpack(x if isinstance(x, tuple) else (x,))
            codes.append(compiled(x, condition).numpy())
            factors.append(labels.numpy())
    if not codes:
        raise ValueError("Invalid value for argument `dataset`. Expected at least one example. Received: 0")
    return np.concatenate(codes), np.concatenate(factors)


def disentanglement(
    vae, dataset, *, count=15_000, continuous=False, classifier: Any = None, refits=0, resamples=20, seed=0
):
    """Measures how far the latents of a model are the factors that its data is known to be made of.

    All scores are of codes z = E[q(z|x)], vae.encode(x).mean(), of x that the model wasn't trained on, if there is any.
    Each asks something else, so they may disagree; the functions that they are by take any codes [N, D]. None says
    whether other data has such factors, and how high a score is depends more on the seed than on the objective
    (Locatello et al. 2019, arXiv 1811.12359, who trained 12,000 models): compare several trainings of each.

    Args:
        vae: The model, which never sees the factors.
        dataset: A finite dataset of batches (x, factors), factors whole numbers [B, F], such as
            data.load("sprites", "test", labels=True)[0], or two arrays; for a conditional model
            ((x, condition), factors).
        count: At most so many examples are used, drawn at random; None is all.
        continuous: As for `separated_attribute_predictability`.
        classifier: As for `dci`, whose default takes most of the time.
        refits: As for `dci`: without them disentanglement and completeness have no standard error.
        resamples: Of the standard errors of the other scores, each a bootstrap over examples; below 2 there are none.
        seed: int >= 0, of all draws.

    Returns:
        A `Disentanglement`.

    Raises:
        ValueError: No factors, too few of them or of latents, or a factor with one value.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from tfvae import data, evaluation, recipes
    >>> images, factors = data.sprites("test")
    >>> vae = recipes.vae((64, 64, 1), latent_size=3)
    >>> found = evaluation.disentanglement(
    ...     vae, (images, factors), count=200, classifier=DecisionTreeClassifier(), resamples=0
    ... )
    >>> bool(0 <= found.mutual_information_gap.value <= 1), found.importance.shape
    (True, (3, 5))
    """
    models.usable(vae)
    most = None if count is None else arguments.integer("count", count, "an int >= 3, or None", minimum=3)
    resamples, seed = resampling(resamples, seed)
    codes, factors = _encoded(vae, _batches(dataset, most, seed))
    rows = _chosen(len(codes), most, seed)
    codes, factors = checked(codes[rows], factors[rows])
    drawn = {"resamples": resamples, "seed": seed}
    trees = factor_importance.dci(codes, factors, classifier=classifier, refits=refits, seed=seed)
    return Disentanglement(
        factor_information.mutual_information_gap(codes, factors, **drawn),
        factor_information.modularity(codes, factors, **drawn),
        predictability.separated_attribute_predictability(codes, factors, continuous=continuous, **drawn),
        trees.disentanglement,
        trees.completeness,
        trees.informativeness,
        shared_factor.factor_vae_score(codes, factors, **drawn),
        shared_factor.beta_vae_score(codes, factors, **drawn),
        factor_information.mutual_information(codes, factors),
        trees.importance,
    )
