"""Which codes a quantised model uses."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfvae import random
from tfvae.data import epoch
from tfvae.inputs import datasets, models


class CodeUsage(NamedTuple):
    """How often each code of each book stands for a vector of z.

    Attributes:
        counts: An array [codes] for each book, how many positions of all examples have each code.
        perplexity: [books], exp of the entropy of a code's frequency, from 1 for one code to the number of codes
            where all are used alike.
        used: [books], the share of codes that are used at all.
    """

    counts: list[np.ndarray]
    perplexity: np.ndarray
    used: np.ndarray


def _perplexity(counts):
    share = counts[counts > 0] / counts.sum()
    return np.exp(-np.sum(share * np.log(share)))


def code_usage(vae, dataset, seed=0):
    """Counts the codes of a model whose z are codes.

    perplexity = exp(-sum_k p_k log p_k),  p_k the share of positions with code k

    A perplexity far below the number of codes says that most are idle: a smaller book would do, or `revive` is too low.
    Reference: van den Oord, Vinyals and Kavukcuoglu (2017), arXiv 1711.00937, whose authors report it.

    Args:
        vae: The model.
        dataset: Batches as for `fit`, finite; sample weights are ignored.
        seed: int, for preprocessing with noise.

    Returns:
        A `CodeUsage`.

    Raises:
        ValueError: A posterior without codes, no example, or an array instead of batches.

    >>> from tfvae import data, evaluation, recipes
    >>> vae = recipes.vq_vae((8, 8, 1), num_codes=64)
    >>> found = evaluation.code_usage(vae, data.from_array(data.digits("validation")[0]))
    >>> found.counts[0].shape, bool(1 <= found.perplexity[0] <= 64)
    ((64,), True)
    """
    models.usable(vae)
    sizes = vae.posterior.book_sizes
    if not sizes:
        raise ValueError(
            f"code_usage counts codes, and a {type(vae.posterior).__name__} posterior has none. Expected a model whose "
            "posterior is quantised, such as recipes.vq_vae((28, 28, 1)). For others, evaluation.activity says which "
            "latents are used."
        )
    datasets.batches("dataset", dataset, vae=vae)

    def numbers(x, condition, seed):
        law = vae.encode_preprocessed(vae.preprocess(x, random.fold(seed, 0)), condition)
        return tf.reshape(law.indices, [-1, len(sizes)])

    # Made anew in each call: a function kept outside the model would keep the model alive.
    compiled = tf.function(numbers, autograph=False, reduce_retracing=True)
    base = random.as_seed(seed, None)
    counts = [np.zeros(size, "int64") for size in sizes]
    with epoch.in_order():
        for number, batch in enumerate(dataset):
            x, condition, _ = vae.unpack(batch)
            for book, column in zip(counts, compiled(x, condition, random.fold(base, number)).numpy().T, strict=True):
                np.add.at(book, column, 1)
    if not counts[0].any():
        raise ValueError("Invalid value for argument `dataset`. Expected at least one example. Received: 0")
    return CodeUsage(
        counts, np.array([_perplexity(book) for book in counts]), np.array([np.mean(book > 0) for book in counts])
    )
