"""Data of several modalities: a step for each, and batches in which each is also alone."""

import math
from typing import Any

import tensorflow as tf

from tfvae import arguments, random
from tfvae.component import register
from tfvae.data.preprocessing import Preprocessing
from tfvae.vectors import by_name


@register
class PerModality(Preprocessing):
    """A preprocessing for each modality of `families.Modalities` that needs one; the others are taken as they are.

    Raw integers, such as pixels in 0..255, are turned into the floats that mean the same to the step first, so
    that NaN can mark what is absent. An exported graph takes floats.

    Args:
        steps: {name: `data.Preprocessing`}.

    Attributes:
        modalities: The names that have a step, in order.

    Raises:
        ValueError: `steps` is no such dict; when the model is made, a name is no modality of it.

    >>> from tfvae.data import Binarize
    >>> PerModality({"image": Binarize()})
    PerModality({'image': Binarize()})
    """

    raw_dtype = "float32"

    def __init__(self, steps, **kwargs):
        super().__init__(**kwargs)
        good = isinstance(steps, dict) and steps and all(isinstance(step, Preprocessing) for step in steps.values())
        if not good or any(getattr(step, "modalities", None) for step in steps.values()):
            expected = "a dict of a step for each modality that needs one, such as {'image': data.Binarize()}"
            raise arguments.invalid("steps", expected, steps)
        self.steps = by_name.ordered(steps)
        self.modalities = tuple(self.steps)
        self._shapes: Any = None

    def take_shapes(self, shapes):
        """Is told the shapes of the likelihood's modalities, when the model is made.

        Raises:
            ValueError: There is a step for something else, or the steps are another model's, of other shapes.
        """
        unknown = [name for name in self.steps if name not in shapes]
        if unknown:
            raise ValueError(
                f"Invalid value for argument `steps` of PerModality. Expected some of the likelihood's modalities, "
                f"{', '.join(shapes)}. Received: {', '.join(map(repr, unknown))}."
            )
        if self._shapes not in (None, shapes):
            raise ValueError(
                f"This PerModality is a part of a model with the modalities {self._shapes}, and here they are "
                f"{shapes}. Make a new one."
            )
        self._shapes = dict(shapes)

    def floats_of(self, name, raw):
        """Returns a modality, [B, ...] of any dtype, as floats that mean the same to its step."""
        return self.steps[name].floats(raw) if name in self.steps else raw

    def _each(self, x, change):
        """Returns x with the modalities that have a step changed by (step, modality, its place)."""
        pieces = by_name.split(x, self._shapes)
        for number, (name, step) in enumerate(self.steps.items()):
            pieces[name] = tf.cast(change(step, pieces[name], number), x.dtype)
        return by_name.join(pieces, self._shapes)

    def call(self, raw, seed=None):
        """Returns x, [B, D], for the raw vector [B, D]; each step has a seed of its own."""
        raw = tf.cast(raw, self.float_dtype)
        return self._each(raw, lambda step, piece, number: step(piece, seed=_folded(seed, number)))

    def corrupted(self, x, seed=None):
        """Returns what the encoder sees of x, as each step has it."""
        return self._each(x, lambda step, piece, number: step.corrupted(piece, _folded(seed, number)))

    def bounds(self, raw):
        """Refuses what a step refuses."""
        self._present(raw, lambda step, piece: step.bounds(piece))

    def check(self, raw):
        """Refuses what a step refuses."""
        self._present(raw, lambda step, piece: step.check(piece))

    def _present(self, raw, look):
        if tf.is_symbolic_tensor(raw):
            return
        with tf.init_scope():  # values that are known stay so within a graph
            pieces = by_name.split(tf.cast(raw, self.float_dtype), self._shapes)
            for name, step in self.steps.items():
                piece = tf.boolean_mask(pieces[name], by_name.present(pieces[name], self._shapes[name]))
                if len(piece):
                    look(step, piece)

    def log_jacobian(self, event_shape):
        """Returns the sum of the steps', for an example with all modalities."""
        del event_shape
        return math.fsum(step.log_jacobian(self._shapes[name]) for name, step in self.steps.items())


def _folded(seed, number):
    return None if seed is None else random.fold(seed, number)


def with_each_alone(x, condition=None, sample_weight=None):
    """Returns a batch of modalities, followed by the same examples with one modality alone, for each of them.

    To be mapped over a dataset that a model of `families.Modalities` is trained on, so that q(z|x) is trained for
    single modalities, too: the loss is then the mean over (M + 1) B examples of the sub-sampled bound of the paper,

        ELBO(x_1, ..., x_M) + sum_m ELBO(x_m)

    without its random subsets, which two modalities don't have. A batch is M + 1 times as large. There is no
    chance in it, so a training resumes exactly. Evaluate on the dataset as it is.

    Reference: Wu and Goodman (2018), arXiv 1802.05335, equation 4.

    Args:
        x: {name: [B, ...] floats}, NaN where a modality is absent.
        condition: [B, ...], or None.
        sample_weight: [B], or None.

    Returns:
        x, (x, condition) or (x, condition, sample_weight), of (M + 1) B examples.

    Raises:
        ValueError: `x` is no dict of floats.

    >>> import numpy as np
    >>> both = {"image": np.ones((1, 2), "float32"), "label": np.zeros((1, 1), "float32")}
    >>> {name: value.numpy().tolist() for name, value in with_each_alone(both).items()}
    {'image': [[1.0, 1.0], [1.0, 1.0], [nan, nan]], 'label': [[0.0], [nan], [0.0]]}
    """
    if not isinstance(x, dict) or not x:
        raise arguments.invalid("x", "a dict of modalities, such as {'image': images, 'label': labels}", x)
    pieces = {name: tf.convert_to_tensor(value) for name, value in by_name.ordered(x).items()}
    for name, piece in pieces.items():
        if not piece.dtype.is_floating:
            raise ValueError(
                f"Invalid value for argument `x`. Expected floats, in which NaN marks what is absent. Received: "
                f"{piece.dtype.name} for {name!r}. Make floats of them, of pixels {name} / 255."
            )
    many = {
        name: tf.concat([piece, *(piece if name == alone else piece * math.nan for alone in pieces)], axis=0)
        for name, piece in pieces.items()
    }
    if condition is None and sample_weight is None:
        return many
    rest = [_repeated(value, len(pieces) + 1) for value in (condition, sample_weight) if value is not None]
    return (many, *rest) if condition is not None else (many, (), *rest)


def _repeated(value, times):
    return tf.nest.map_structure(lambda each: tf.concat([each] * times, axis=0), value)
