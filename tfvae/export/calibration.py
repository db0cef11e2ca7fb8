"""Inputs for a model's parts, to calibrate int8 and to compare a file with Keras."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfvae import arguments, random
from tfvae.data import epoch, finite
from tfvae.inputs import arrays
from tfvae.networks.conditional import told

#: Examples to take from the dataset, half for each purpose, and draws from the prior for each purpose.
EXAMPLES, DRAWS = 512, 256


class Examples(NamedTuple):
    """Raw examples and their conditions; either is None if there are none."""

    x: Any
    condition: Any


def gather(vae, data):
    """Returns the first `Examples` of a dataset.

    Args:
        vae: The model.
        data: Raw x [N, ...] or a dict of modalities, a tuple (x, condition), an iterable of such batches as `data.load`
            makes, or None.

    Raises:
        ValueError: `data` is empty, contains NaN, or doesn't fit the model.
    """
    if data is None:
        return Examples(None, None)
    batches = [data] if isinstance(data, tuple | dict) or hasattr(data, "shape") else data
    if not hasattr(batches, "__iter__") or isinstance(batches, str | bytes):
        raise arguments.invalid("data", "batches of raw examples, such as data.load(...) makes", data)
    xs, conditions = [], []
    with epoch.at(0):  # shuffled, as it may be sorted by label, but the same each time
        for batch in batches:
            x, condition, _ = vae.unpack(batch)
            xs.append(np.asarray(arrays.numbers("data", x)))
            conditions.append(None if condition is None else np.asarray(condition))
            if sum(map(len, xs)) >= EXAMPLES:
                break
    if not sum(map(len, xs)):
        raise ValueError("Invalid value for argument `data`. Expected examples. Received: none, the dataset is empty.")
    x = np.concatenate(xs)[:EXAMPLES]
    finite.check("data", x, vae.likelihood.takes_missing)
    arrays.event_shape(vae.likelihood, tf.TensorSpec(x.shape))
    if vae.preprocessing is not None:
        vae.preprocessing.check(x)
    condition = None if conditions[0] is None else np.concatenate(conditions)[:EXAMPLES]
    return Examples(x, condition)


def inputs(vae, part, examples, held_out, batch_size):
    """Returns {input: [batches, batch_size, *shape]} for a part.

    Latents are draws from the aggregate posterior, q(z|x) of the examples, and
    from the prior, in equal numbers; without examples, from the prior alone.

    Args:
        vae: The model.
        part: `parts.Part`.
        examples: `Examples`.
        held_out: True for the comparison, False for the calibration. Each takes every other example, and its own draws.
        batch_size: Examples in one call.
    """
    start = int(held_out)
    x, condition = (each if each is None or len(each) < 2 else each[start::2] for each in examples)
    found = {}
    for spec in part.inputs:
        if spec.name == "x":
            found["x"] = _raw(x, spec)
        if spec.name == "noise":
            found["noise"], condition = np.random.default_rng(start).random((DRAWS, *spec.shape[1:])), None
    if not found:
        found["latent"], condition = _latents(vae, x, condition, random.as_seed(start, None))
    elif condition is None:
        condition = _conditions(vae, len(next(iter(found.values()))))
    if any(spec.name == "condition" for spec in part.inputs):
        found["condition"] = condition
    return {
        spec.name: _batched(np.asarray(found[spec.name]), batch_size).astype(spec.dtype.as_numpy_dtype)
        for spec in part.inputs
    }


def _batched(values, batch_size):
    """Returns [N, ...] as [batches, batch_size, ...]; the first examples fill up the last batch."""
    count = -(-len(values) // batch_size)
    return values[np.arange(count * batch_size) % len(values)].reshape(count, batch_size, *values.shape[1:])


def _raw(x, spec):
    if x is None:
        # Noise is good enough to compare two programs on. int8 is never calibrated on it.
        noise = np.random.default_rng(0).random((DRAWS, *spec.shape[1:]))
        return noise * 255 if spec.dtype.is_integer else noise
    if spec.dtype.is_integer and x.dtype.kind == "f":
        raise ValueError(
            f"Invalid value for argument `data`. Expected {spec.dtype.name} pixels, which the exported graph takes. "
            f"Received: {x.dtype}. Keep the pixels as they are in the files, or give the preprocessing another "
            "`raw_dtype`."
        )
    return x


def _conditions(vae, count):
    """Returns each label in turn, normal noise if the conditions aren't labels, or None for an unconditional model."""
    for part in told(vae):
        if getattr(part, "num_classes", None):
            return np.arange(count, dtype="int32") % part.num_classes
        return np.random.default_rng(1).standard_normal((count, *part.condition_shape)).astype("float32")
    return None


def _latents(vae, x, condition, seed):
    """Returns draws [N, *latent] and their conditions."""
    aggregate, own = np.zeros([0, *vae.posterior.event_shape], vae.float_dtype), condition
    if x is not None:
        aggregate = vae.encode(x, condition).sample(seed=random.fold(seed, 0)).numpy()
    count = len(aggregate) or DRAWS
    if own is None:
        own = _conditions(vae, count)
    told = None if own is None else tf.convert_to_tensor(own)
    prior = vae.sample_prior(count, told, seed=random.fold(seed, 1)).numpy()
    if not np.isfinite(prior).all() or not np.isfinite(aggregate).all():
        raise ValueError("The model's latents are not finite: its weights hold NaN. Train it again, or load another.")
    both = np.concatenate([aggregate, prior])
    return both, None if own is None else np.concatenate([own] * (len(both) // len(own)))
