"""x and its law as named tensors of a served function: one of each, or one of each for every modality."""

from typing import Any

import numpy as np
import tensorflow as tf

from tfvae import random
from tfvae.export.row import Row
from tfvae.inputs import form
from tfvae.vectors import by_name


def of(vae):
    """Returns how a model's x is served, a `One`, a `Several` or a `Row`."""
    kind: Any = One if vae.likelihood.modalities is None else Several
    if getattr(vae.preprocessing, "columns", None) is not None:
        kind = Row
    return kind(vae)


def vector_spec(vae, batch):
    """Returns the `tf.TensorSpec` of raw x as one array, of several modalities the vector that they make."""
    raw_dtype = vae.float_dtype if vae.preprocessing is None else vae.preprocessing.raw_dtype
    if vae.likelihood.takes_missing and not tf.as_dtype(raw_dtype).is_floating:
        raw_dtype = vae.float_dtype  # integers have no NaN
    return tf.TensorSpec([batch, *vae.likelihood.event_shape], raw_dtype, "x")


def moments(distribution):
    """Returns {"mean", "stddev"} of a distribution; "stddev" only if it is defined."""
    result = {"mean": distribution.mean()}
    try:
        result["stddev"] = distribution.stddev() + tf.zeros_like(result["mean"])
    except NotImplementedError:
        pass
    return result


class One:
    """One input, `x`, and one mean.

    Args:
        vae: The model.
    """

    def __init__(self, vae):
        self._vae = vae

    def specs(self, batch):
        """Returns a `tf.TensorSpec` for each input that x is made of."""
        return [vector_spec(self._vae, batch)]

    def read(self, values):
        """Returns x of {input: tensor}."""
        return values["x"]

    def gaps(self):
        """Returns {input: whether NaN in a part of it has a meaning}, of those in which NaN has any."""
        return {"x": True} if self._vae.likelihood.takes_missing else {}

    def moments(self, law):
        """Returns {output: tensor} of p(x|z)."""
        return moments(law)

    def mean(self, x):
        """Returns {output: tensor} of a mean in x's form."""
        return {"mean": x}

    def with_gap(self, inputs):
        """Returns {input: array} with one entry missing, where the model takes that."""
        return {**inputs, "x": _with_gap(inputs["x"])} if self.gaps() else inputs

    def supported(self, inputs, rng):
        """Returns {input: array} with an x in the support of the likelihood, or None if none was found."""
        for x in self._candidates(inputs, rng):
            found = self.with_gap({**inputs, "x": np.asarray(x, inputs["x"].dtype)})
            if np.all(_inside(self._vae, found["x"], inputs["seed"])):
                return found
        return None

    def _candidates(self, inputs, rng):
        x = inputs["x"]
        yield x
        most = 255 if np.issubdtype(x.dtype, np.integer) else 1
        yield most * rng.integers(0, 2, x.shape)
        if self._vae.preprocessing is None:  # only then are the model's samples in the units of raw x
            yield self._vae.sample(len(x), inputs.get("condition"), mean=False, seed=0)


class Several:
    """An input `x_NAME` of floats for each modality, NaN where it is absent, and a mean `mean_NAME` of each.

    Args:
        vae: The model.
    """

    def __init__(self, vae):
        self._vae = vae

    def specs(self, batch):
        """Returns a `tf.TensorSpec` for each modality."""
        shapes = self._vae.likelihood.event_shapes
        return [tf.TensorSpec([batch, *shape], self._vae.float_dtype, f"x_{name}") for name, shape in shapes.items()]

    def read(self, values):
        """Returns the vector of {input: tensor}."""
        shapes = self._vae.likelihood.event_shapes
        return by_name.join({name: values[f"x_{name}"] for name in shapes}, shapes)

    def gaps(self):
        """Returns {input: whether a modality may be there in part}."""
        return {f"x_{name}": family.takes_missing for name, family in self._vae.likelihood.families.items()}

    def moments(self, law):
        """Returns {output: tensor} of p(x_m|z) for each modality m."""
        return {f"{key}_{name}": value for name, each in law.modalities.items() for key, value in moments(each).items()}

    def mean(self, x):
        """Returns {output: tensor} of a mean, a vector or in x's form."""
        x = x if isinstance(x, dict) else form.of(self._vae).shown(x)
        return {f"mean_{name}": value for name, value in x.items()}

    def with_gap(self, inputs):
        """Returns {input: array} with the first modality absent in the first example."""
        first = next(iter(self.gaps()))
        value = np.array(inputs[first])
        value[0] = np.nan
        return {**inputs, first: value}

    def supported(self, inputs, rng):
        """Returns {input: array} in which each modality is in the support of its family, or else absent."""
        found = dict(inputs)
        drawn = self._vae.sample(len(inputs[next(iter(self.gaps()))]), inputs.get("condition"), mean=False, seed=0)
        shapes = self._vae.likelihood.event_shapes
        for name in shapes:
            key = f"x_{name}"
            for value in (inputs[key], rng.integers(0, 2, inputs[key].shape), drawn[name], inputs[key] * np.nan):
                found[key] = np.asarray(value, inputs[key].dtype)
                alone = by_name.join({name: tf.constant(found[key])}, shapes)
                if np.all(_inside(self._vae, alone, inputs["seed"])):
                    break
        return self.with_gap(found)


def _with_gap(x):
    x = np.array(x)
    x.flat[0] = np.nan
    return x


def _inside(vae, x, seed):
    """Returns [B] bool, whether each raw x is in the likelihood's support."""
    return vae.likelihood.in_support(vae.preprocess(x, random.fold(tf.constant(seed), 0)))
