"""A row of a table as named tensors of a served function: one input and one output for each column."""

import re

import numpy as np
import tensorflow as tf


class Row:
    """An input `x_NAME` for each column, text for words and float64 otherwise, and an output `mean_NAME` of each.

    NAME is the column's, with _ in place of what a name can't have. A text that is empty and NaN are missing cells. A
    date is days since 1970. p(x|z) has `mean_NAME` and `stddev_NAME` of numbers, in the column's unit, and
    `probabilities_NAME` of words.

    Args:
        vae: The model.
    """

    def __init__(self, vae):
        self._step = vae.preprocessing
        self._columns = vae.preprocessing.columns
        self._names = _safe(self._columns)

    def specs(self, batch):
        """Returns a `tf.TensorSpec` for each column."""
        return [
            tf.TensorSpec([batch], tf.string if _is_text(column) else tf.float64, f"x_{self._names[name]}")
            for name, column in self._columns.items()
        ]

    def read(self, values):
        """Returns rows [B, C] of {input: tensor}."""
        return tf.stack([self._step.numbers(name, values[f"x_{safe}"]) for name, safe in self._names.items()], axis=1)

    def gaps(self):
        """Returns {input: True}: any cell may be missing."""
        return {f"x_{safe}": True for safe in self._names.values()}

    def moments(self, law):
        """Returns {output: tensor} of p(x|z)."""
        found = {}
        for name, column in self._columns.items():
            safe, one = self._names[name], law.columns[name]
            if law.levels[name] is None:
                found[f"mean_{safe}"] = one.mean()[..., 0] * column.scale + column.offset
                found[f"stddev_{safe}"] = (one.stddev() + tf.zeros_like(one.mean()))[..., 0] * column.scale
            else:
                found[f"probabilities_{safe}"] = tf.exp(law.log_probabilities(name))
        return found

    def mean(self, x):
        """Returns {output: tensor} of a mean, of words the most probable one."""
        raw = self._numbers(x) if isinstance(x, dict) else tf.unstack(self._step.raw(x), axis=-1)
        return {
            f"mean_{self._names[name]}": _cells(column, numbers)
            for (name, column), numbers in zip(self._columns.items(), raw, strict=True)
        }

    def _numbers(self, cells):
        """Returns a list of numbers [B] of {name: cells}, which are numbers already within a graph."""
        return [
            cells[name] if tf.is_tensor(cells[name]) else column.numbers(cells[name])
            for name, column in self._columns.items()
        ]

    def with_gap(self, inputs):
        """Returns {input: array} of plausible rows, the first cell missing."""
        rng, found = np.random.default_rng(0), dict(inputs)
        for place, (name, column) in enumerate(self._columns.items()):
            old = inputs[f"x_{self._names[name]}"]
            if column.named is None:
                new = column.offset + np.rint(column.scale * rng.standard_normal(old.shape))
            else:
                words = column.named[len(column.named) - 2 :]
                new = np.array([words[k % 2] for k in range(len(old))], object)
            if place == 0:
                new[0] = "" if _is_text(column) else np.nan
            found[f"x_{self._names[name]}"] = np.asarray(new, object if _is_text(column) else old.dtype)
        return found

    def supported(self, inputs, rng):
        """Returns {input: array} with rows in the support of the likelihood."""
        del rng
        return self.with_gap(inputs)


def _is_text(column):
    """Returns whether a column is served as texts."""
    return column.named is not None and any(isinstance(word, str) for word in column.named)


def _cells(column, numbers):
    """Returns a column's cells [B] for its numbers, as texts or float64."""
    numbers = tf.convert_to_tensor(numbers)
    if column.named is None:
        return numbers if column.step is None else tf.round(numbers)
    code = tf.cast(tf.round(numbers), tf.int32)
    text = _is_text(column)
    words = [str(word) if text else float(word) for word in column.named]
    return tf.gather(tf.constant(words, tf.string if text else tf.float64), code)


def _safe(names):
    """Returns {name: a name that a served input may have}, each once.

    >>> _safe(["age", "height in m", "height_in_m"])
    {'age': 'age', 'height in m': 'height_in_m', 'height_in_m': 'height_in_m_2'}
    """
    found = {}
    for name in names:
        plain = base = re.sub(r"\W", "_", name, flags=re.ASCII)
        number = 1
        while plain in found.values():
            number += 1
            plain = f"{base}_{number}"
        found[name] = plain
    return found
