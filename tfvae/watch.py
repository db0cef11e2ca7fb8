"""What `fit` looks at by itself: data that is not finite, and a schedule that is longer than the training."""

import math
import warnings

import keras

from tfvae import conditions, schedules


def _bad_batch(model):
    """Returns the first batch of this epoch or evaluation whose x held NaN or infinity, None where there was none."""
    number = int(keras.ops.convert_to_numpy(model.skipped_steps.bad_batch))
    return None if number < 0 else number


def refuse_unknown_labels(model, where):
    """Refuses data with labels that the model has no class for: steps on such batches were skipped.

    Args:
        model: The model.
        where: What the batches are of, for the error.

    Raises:
        ValueError: There were such since the metrics began.
    """
    number = int(keras.ops.convert_to_numpy(model.skipped_steps.unknown_label))
    classes = conditions.num_classes(model)
    if number >= 0 and classes is not None:
        raise ValueError(
            f"Invalid value for argument `condition`. Expected labels in 0..{classes - 1}, ints. Received: others in "
            f"batch {number} of {where} (counted from 0), if not more. No step was taken on such a batch. Repair or "
            "leave out these examples: dataset.unbatch().filter(lambda x, label: (label >= 0) & "
            f"(label < {classes})).batch(128)."
        )


def refuse_bad_batch(model):
    """Refuses the result of an evaluation of data that is not finite, or of none.

    Raises:
        ValueError: A batch held NaN or infinity, or labels that there are not, or there was no batch.
    """
    refuse_unknown_labels(model, "the data to evaluate")
    number = _bad_batch(model)
    if number is not None:
        raise ValueError(
            f"Batch {number} of the data to evaluate (counted from 0), if not more, holds NaN or infinity: the data "
            "itself, after preprocessing, so that no metric of it means anything. Repair or leave out such examples: "
            "dataset.unbatch().filter(lambda x: tf.reduce_all(tf.math.is_finite(x))).batch(128)."
        )
    if int(keras.ops.convert_to_numpy(model.skipped_steps.seen)) == 0:
        raise ValueError("The data given to `evaluate` is empty. Expected at least one batch.")


class Watch(keras.callbacks.Callback):
    """Warns; it looks once an epoch, and never between steps."""

    def on_train_begin(self, logs=None):
        """Forgets an earlier `fit`."""
        del logs
        self._first = self._begin = -1

    def on_epoch_begin(self, epoch, logs=None):
        """Looks at the schedules in the first epoch: by now a resumed training stands where it was."""
        del logs
        self._epoch = epoch
        if self._first < 0:
            self._first, self._begin = epoch, self._step()
            self._pending = not self._look_at_schedules(self.params.get("steps"))

    def on_test_begin(self, logs=None):
        """Looks at the epoch before its validation, which counts batches of its own."""
        del logs
        self._look_at_data()

    def on_epoch_end(self, epoch, logs=None):
        """Looks at the epoch; and at the schedules, where only now is known how many steps it has."""
        del logs
        self._look_at_data()
        if self._pending:
            accumulated = self.model.optimizer.gradient_accumulation_steps or 1
            steps = (self._step() - self._begin) * accumulated // (epoch + 1 - self._first)
            self._pending = not self._look_at_schedules(steps)

    def _step(self):
        return int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))

    def _look_at_data(self):
        refuse_unknown_labels(self.model, f"epoch {self._epoch + 1}")
        number = _bad_batch(self.model)
        if number is None:
            return
        self.model.skipped_steps.bad_batch.assign(-1)
        total = int(keras.ops.convert_to_numpy(self.model.skipped_steps.total))
        warnings.warn(
            f"Batch {number} of epoch {self._epoch + 1} (counted from 0), if not more, holds NaN or infinity: the data "
            f"itself, after preprocessing. {total} steps of this epoch were skipped. Repair or leave out such "
            "examples: dataset.unbatch().filter(lambda x: tf.reduce_all(tf.math.is_finite(x))).batch(128).",
            UserWarning,
            stacklevel=2,
        )

    def _look_at_schedules(self, steps_per_epoch):
        """Warns of weights that don't settle in time. Returns whether the number of steps is known."""
        if not steps_per_epoch or not math.isfinite(steps_per_epoch):
            return False
        first, begin = self._first, self._begin
        epochs = self.params["epochs"] - first
        each = steps_per_epoch / (self.model.optimizer.gradient_accumulation_steps or 1)
        last = begin + int(epochs * each)
        for term in self.model.objective:
            if not term.scheduled or schedules.is_final(term.weight_at, last):
                continue
            end = schedules.end(term.weight_at)
            if end is None:
                continue
            needed = _first(lambda step, term=term: schedules.is_final(term.weight_at, step, close=1e-6), last)
            name, kind = term.given_name or type(term).__name__, type(term.weight).__name__
            warnings.warn(
                f"The weight of {name}, a {kind} schedule, comes to its final value {end:.4g} after {needed} train "
                f"steps, and this `fit` ends after {last}, at {float(term.weight_at(last)):.4g}: the objective that "
                "was asked for is not reached. Give the schedule fewer steps (train steps, not epochs), or train for "
                f"{first + math.ceil((needed - begin) / each)} epochs rather than {self.params['epochs']}.",
                UserWarning,
                stacklevel=2,
            )
        return True


def _first(holds, after):
    """Returns the first int from `after` on at which `holds`, which does ever after, by bisection."""
    low, high = after, max(1, 2 * after)
    while high < 2**40 and not holds(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
