"""Estimates of the log-likelihood that a model assigns to data."""

import math
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments, random
from tfvae.data import epoch
from tfvae.evaluation import support, tails
from tfvae.inputs import datasets, form, models

# Draws decoded at once, over the whole batch: bounds memory whatever `num_samples` is.
_DECODED_AT_ONCE = 8192
# Attribute in which a model keeps its traced function: a dictionary outside the models would keep them alive.
_LOG_SUMS = "_traced_log_sums"


class LogLikelihood(NamedTuple):
    """An estimate of log p(x), in nats.

    Attributes:
        mean: Over the examples.
        standard_error: Of `mean`, over the examples.
        bits_per_dimension: -(mean + log-Jacobian of the preprocessing) / (D log 2),
            which refers to the raw, discrete data; the Jacobian is for densities. Where entries
            are missing, D is the mean number of those that are there.
        per_example: [N], in the order of the input.
        per_example_error: [N], Monte Carlo standard error of each: by the delta method, and where the weights have
            no variance (`pareto_k` from 1/2 on) by drawing them again from the law of their tail.
        num_samples: K, draws for each example.
        effective_draws: [N], (sum w)^2 / sum w^2 of the weights, between 1 and K: as many draws of the
            true posterior would say as much.
        pareto_k: [N], how heavy the tail of the weights is: they have moments below 1/k. -inf where all are equal, NaN
            for fewer than 25 draws. Vehtari et al. (2024), Pareto smoothed importance sampling, arXiv 1507.02646.
    """

    mean: float
    standard_error: float
    bits_per_dimension: float
    per_example: np.ndarray
    per_example_error: np.ndarray
    num_samples: int
    effective_draws: np.ndarray
    pareto_k: np.ndarray

    @property
    def doubtful(self):
        """Bool [N]: whose weights have a tail for which K draws are too few. The estimate is then low, most likely."""
        return self.pareto_k > tails.trusted(self.num_samples)


def log_sums(vae, x, condition, num_samples, seed, most=1):
    """Returns log sum_k w_k and log sum_k w_k^2 of K importance weights of each example, and the largest of log w_k.

    The draws are streamed.

    w_k = p(x, z_k) / q(z_k|x),  z_k ~ q(z|x)

    Args:
        vae: A model whose posterior, prior and likelihood have densities.
        x: [B, ...] raw batch.
        condition: [B, ...] or None.
        num_samples: K, int or scalar tensor; memory doesn't grow with it.
        seed: int32[2].
        most: How many of the largest weights, an int or scalar tensor, at most K.

    Returns:
        float64 [2, B] and [B, most], in nats.
    """
    x = vae.preprocess(x, random.fold(seed, 0))
    posterior = vae.encode_preprocessed(x, condition)
    size = tf.shape(x)[0]
    chunk = tf.clip_by_value(_DECODED_AT_ONCE // tf.maximum(size, 1), 1, num_samples)

    def add(first, sums, largest):
        chunk_seed = random.fold(seed, 1, first // chunk)
        count = tf.minimum(chunk, num_samples - first)
        log_weight = vae.infer_from(posterior, x, condition, count, chunk_seed).log_weight
        # Sums over many thousand draws: in float64, whatever the model computes in.
        log_weight = tf.cast(log_weight, tf.float64)
        found = tf.stack([tf.reduce_logsumexp(log_weight, 0), tf.reduce_logsumexp(2 * log_weight, 0)])
        largest = tf.math.top_k(tf.concat([largest, tf.transpose(log_weight)], axis=1), most).values
        return first + count, tf.reduce_logsumexp(tf.stack([sums, found]), axis=0), largest

    nothing = tf.constant(-math.inf, tf.float64)
    _, sums, largest = tf.while_loop(
        lambda first, *_: first < num_samples,
        add,
        (0, tf.fill([2, size], nothing), tf.fill([size, most], nothing)),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([2, None]), tf.TensorShape([None, None])),
        parallel_iterations=1,
    )
    return sums, largest


def _compiled(vae):
    """Returns a model's `log_sums`, traced once in its lifetime: tracing is a quarter of an estimate for 200 images."""
    if _LOG_SUMS not in vars(vae):

        def traced(x, condition, num_samples, seed, most):
            return log_sums(vae, x, condition, num_samples, seed, most)

        # Bypasses Keras, which would track it as a part of the model.
        object.__setattr__(vae, _LOG_SUMS, tf.function(traced, autograph=False, reduce_retracing=True))
    return vars(vae)[_LOG_SUMS]


def log_likelihood(vae, dataset, num_samples=1000, seed=0, verbose: Any = "auto"):
    """Estimates log p(x) of every example by importance weighting.

    log p(x) ~ log 1/K sum_k p(x, z_k) / q(z_k|x),  z_k ~ q(z|x)

    In expectation this is a lower bound, tight as K grows. The draws are streamed:
    memory grows with the square root of K. Reference: Burda et al. (2016), arXiv 1509.00519,
    equation 8.

    Args:
        vae: A model whose posterior, prior and likelihood have densities.
        dataset: A finite `tf.data.Dataset` of batches, as for `fit`. One from `tfvae.data` is read in the order of its
            input, whatever its `shuffle`; for any other that shuffles, `per_example` follows the order of its batches.
        num_samples: K.
        seed: int; the same seed gives the same estimate.
        verbose: As for Keras's `evaluate`: 0 shows no progress bar.

    Returns:
        A `LogLikelihood`.

    Raises:
        ValueError: A part without density, values outside the likelihood's
            support (grey pixels under a Bernoulli), no data, or an array instead
            of batches.
    """
    models.usable(vae)
    support.refuse_without_density(vae)
    num_samples = arguments.integer("num_samples", num_samples)
    datasets.batches("dataset", dataset, vae=vae)
    base = random.as_seed(seed, None)
    compiled = _compiled(vae)
    batches = int(dataset.cardinality()) if hasattr(dataset, "cardinality") else -1
    bar = keras.utils.Progbar(batches if batches > 0 else None, verbose=1 if verbose == "auto" else verbose)
    most = tails.size(num_samples) + 1
    sums, judged, there, jacobian = [], [], 0, 0.0
    with epoch.in_order():
        for number, batch in enumerate(dataset):
            x, condition, _ = vae.unpack(batch)
            batch_seed = random.fold(base, number)
            values = support.in_support(vae, x, random.fold(batch_seed, 0))
            there += _entries_there(vae, values)
            jacobian += form.of(vae).log_jacobian(values)
            found, largest = compiled(x, condition, tf.constant(num_samples), batch_seed, tf.constant(most))
            sums.append(found.numpy())
            rng = np.random.default_rng(np.asarray(batch_seed).view("uint32"))
            judged.append(tails.errors(largest.numpy(), sums[-1], num_samples, rng))
            bar.update(number + 1, finalize=number + 1 == batches)
    if not sums:
        raise ValueError("The dataset is empty: nothing to estimate.")
    first, second = np.concatenate(sums, axis=1)
    per_example = first - math.log(num_samples)
    monte_carlo, k = (np.concatenate(each) for each in zip(*judged, strict=True))
    mean = float(per_example.mean())
    count = len(per_example)
    error = float(per_example.std(ddof=1) / math.sqrt(count)) if count > 1 else math.nan
    bits = -(count * mean + jacobian) / (there * math.log(2)) if there else math.nan
    effective = np.exp(2 * first - second)
    return LogLikelihood(mean, error, bits, per_example, monte_carlo, num_samples, effective, k)


def _entries_there(vae, x):
    return int(tf.math.count_nonzero(~tf.math.is_nan(x))) if vae.likelihood.takes_missing else math.prod(x.shape)
