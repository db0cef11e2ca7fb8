"""Valid requests to a model, for the comparison with Keras and for a server's warm-up."""

import numpy as np
import tensorflow as tf

from tfvae import random
from tfvae.export import signatures


def requests(vae, served, rng, batch=3):
    """Returns {name: {input: array}}, a plausible request for each signature.

    `score` gets images in the support of the likelihood. If none are found, it
    has no request. Where the model takes missing entries, one is missing.

    Args:
        vae: The model.
        served: {name: Signature}.
        rng: `numpy.random.Generator`.
        batch: Size of a dynamic batch.
    """
    found = {name: signatures.example_inputs(signature, rng, batch) for name, signature in served.items()}
    for inputs in found.values():
        if "x" in inputs:
            inputs["x"] = _with_gap(vae, inputs["x"])
    if "score" in found:
        inputs = found.pop("score")
        for x in _candidates(vae, inputs, rng):
            x = _with_gap(vae, np.asarray(x, inputs["x"].dtype))
            if np.all(vae.likelihood.in_support(vae.preprocess(x, random.fold(tf.constant(inputs["seed"]), 0)))):
                return {**found, "score": {**inputs, "x": x}}
    return found


def _with_gap(vae, x):
    if not vae.likelihood.takes_missing:
        return x
    x = np.array(x)
    x.flat[0] = np.nan
    return x


def _candidates(vae, inputs, rng):
    x = inputs["x"]
    yield x
    most = 255 if np.issubdtype(x.dtype, np.integer) else 1
    yield most * rng.integers(0, 2, x.shape)
    if vae.preprocessing is None:  # only then are the model's samples in the units of raw x
        yield vae.sample(len(x), inputs.get("condition"), mean=False, seed=0)
