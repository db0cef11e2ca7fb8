"""x as a model is given it, where it is a dict of modalities: packed into one vector here, and unpacked here."""

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.arguments import kinds
from tfvae.vectors import by_name

_NAMED = 5  # rows that a message names


class ByModality:
    """An x that is {name: [B, ...]} outside and one vector [B, D] inside, where absent modalities are NaN.

    The vector itself is taken, too.

    Args:
        model: A `LatentVariableModel` whose likelihood is of modalities.
    """

    named = True  # whether x may be a dict

    def __init__(self, model):
        self._shapes = model.likelihood.event_shapes
        self._families = model.likelihood.families
        self._step = model.preprocessing
        self._dtype = model.float_dtype

    def read(self, argument, x):
        """Returns a raw batch as one vector an example.

        Args:
            argument: Its name, for errors.
            x: {name: [B, ...]}, of which some may be left out, or [B, D].

        Raises:
            ValueError: There is no modality of a name, none at all, their numbers of examples or shapes differ, or
                one is missing in part whose family doesn't take that.
        """
        if not isinstance(x, dict):
            return self._vector(argument, x)
        pieces = self._pieces(argument, x)
        floats = {name: tf.cast(self._as_floats(name, piece), self._dtype) for name, piece in pieces.items()}
        for name, piece in floats.items():
            self._whole(f"{argument}[{name!r}]", name, piece)
        return by_name.join(floats, self._shapes)

    def _as_floats(self, name, piece):
        return piece if self._step is None else self._step.floats_of(name, piece)

    def _vector(self, argument, x):
        kinds.check(argument, x)
        x = x if hasattr(x, "shape") else np.asarray(x)
        if not tf.TensorShape(x.shape).is_compatible_with([None, by_name.size(self._shapes)]):
            first = next(iter(self._shapes))
            raise ValueError(
                f"Invalid value for argument `{argument}`. Expected a dict of the modalities, {self._expected()}. "
                f"Received: an array of shape {tuple(x.shape)}. Name it: {{{first!r}: {argument}}}; the others are "
                "absent."
            )
        if isinstance(x, np.ndarray | tf.Tensor) and not tf.is_symbolic_tensor(x) and tf.as_dtype(x.dtype).is_floating:
            for name, piece in by_name.split(x, self._shapes).items():
                self._whole(f"{argument}[{name!r}]", name, piece)
        return x

    def _expected(self):
        return ", ".join(f"{name}: (batch, {', '.join(map(str, shape))})" for name, shape in self._shapes.items())

    def _known(self, argument, x):
        """Refuses a dict without a modality, or with something else."""
        unknown = [name for name in x if name not in self._shapes]
        if unknown or not x:
            received = f"{unknown[0]!r}" if unknown else "an empty dict"
            raise ValueError(
                f"Invalid value for argument `{argument}`. Expected a dict of one or more of the modalities "
                f"{', '.join(self._shapes)}. Received: {received}. Drop what is no modality, and leave out one that is "
                "absent in all examples; where all are absent, z is drawn from the prior, `sample`."
            )

    def _pieces(self, argument, x):
        """Returns the modalities that are there as tensors, in the order of their names."""
        self._known(argument, x)
        pieces = {}
        for name, value in by_name.ordered(x).items():
            kinds.check(f"{argument}[{name!r}]", value)
            try:
                piece = tf.convert_to_tensor(value)
            except (TypeError, ValueError) as error:
                raise arguments.invalid(f"{argument}[{name!r}]", "an array of numbers", value) from error
            kinds.numbers(f"{argument}[{name!r}]", piece)
            self._shape(argument, name, piece.shape)
            pieces[name] = piece
        counts = {name: piece.shape[0] for name, piece in pieces.items() if piece.shape[0] is not None}
        if len(set(counts.values())) > 1:
            raise ValueError(
                f"Invalid value for argument `{argument}`. Expected as many examples of each modality. Received: "
                f"{counts}. Where one lacks a modality, all its entries are NaN there."
            )
        return pieces

    def _shape(self, argument, name, shape):
        event = self._shapes[name]
        if shape.rank is not None and not (shape.rank and shape[1:].is_compatible_with(event)):
            raise ValueError(
                f"Invalid value for argument `{argument}[{name!r}]`. Expected a batch of shape (batch, "
                f"{', '.join(map(str, event))}), the event_shape of the likelihood's {name}. Received shape: "
                f"{tuple(shape)}."
            )

    def _whole(self, argument, name, piece):
        """Refuses examples of which a modality is there in part, where its family needs all of it."""
        if tf.is_symbolic_tensor(piece) or self._families[name].takes_missing:
            return
        gaps = np.isnan(np.asarray(piece)).reshape(len(piece), -1)
        rows = np.flatnonzero(gaps.any(axis=1) & ~gaps.all(axis=1))
        if len(rows):
            named = ", ".join(map(str, rows[:_NAMED])) + ", ..." * (len(rows) > _NAMED)
            raise ValueError(
                f"Invalid value for argument `{argument}`. Expected a modality that is there or, with NaN in all its "
                f"entries, absent. Received: NaN in a part of it, at the rows {named}. Where entries are missing, its "
                "family is families.Observed(...), and its network networks.WithMask(...)."
            )

    def gathered(self, argument, x):
        """Returns a dict of arrays in memory as one array [N, D], and data that is no array as it is."""
        x = kinds.plain(x)
        if isinstance(x, dict):
            return np.asarray(self.read(argument, x))
        return self._vector(argument, x) if hasattr(x, "shape") else x

    def spec(self, argument, spec):
        """Returns the shape of the vector for the x of a dataset's batches."""
        if not isinstance(spec, dict):
            return self._vector(argument, tf.nest.flatten(spec)[0])
        self._known(argument, spec)
        for name, each in spec.items():
            kinds.check(f"{argument}[{name!r}]", each)
            kinds.numbers(f"{argument}[{name!r}]", each)
            self._shape(argument, name, each.shape)
        return tf.TensorSpec([None, by_name.size(self._shapes)], self._dtype)

    def log_jacobian(self, x):
        """Returns what turns the sum of the log densities of a batch into those of raw data, in nats; see `OneArray`.

        Args:
            x: [B, D] as `preprocess` returns it.
        """
        steps, total = getattr(self._step, "steps", {}), 0.0
        for name, piece in by_name.split(tf.convert_to_tensor(x), self._shapes).items():
            if name in steps and not self._families[name].discrete:
                share = float(np.mean(~np.isnan(piece)))
                total += len(x) * share * steps[name].log_jacobian(self._shapes[name])
        return total

    def shown(self, x):
        """Returns {name: [..., *shape]} for vectors [..., D]."""
        return by_name.split(x, self._shapes)

    def predicted(self, found):
        """Returns what `predict` found, as it is given back."""
        return found
