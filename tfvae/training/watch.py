"""What `fit` watches for: data that is not finite, skipped steps, and schedules that are too long."""

import math
import warnings

import keras
import tensorflow as tf

from tfvae import schedules
from tfvae.data import epoch, finite
from tfvae.inputs import conditions
from tfvae.training import guard


def _bad_batch(model):
    """Returns the first batch of this epoch or evaluation whose x held NaN or infinity, or None."""
    number = int(keras.ops.convert_to_numpy(model.skipped_steps.bad_batch))
    return None if number < 0 else number


def refuse_unknown_labels(model, where):
    """Refuses data with labels that the model has no class for: steps on such batches were skipped.

    Args:
        model: The model.
        where: What the batches belong to, for the error.

    Raises:
        ValueError: There were such labels since the metrics were reset.
    """
    number = int(keras.ops.convert_to_numpy(model.skipped_steps.unknown_label))
    values = conditions.num_values(model)
    if number >= 0 and values is not None:
        kept = f"(label >= {conditions.least_label(model)}) & (label < {values[0] if len(values) == 1 else values})"
        kept = kept if len(values) == 1 else f"tf.reduce_all({kept})"
        raise ValueError(
            f"Invalid value for argument `condition`. Expected {conditions.expected(model)}. Received: others in "
            f"batch {number} of {where} (counted from 0), if not more. No step was taken on such a batch. Repair or "
            f"leave out these examples: dataset.unbatch().filter(lambda x, label: {kept}).batch(128)."
        )


def refuse_bad_batch(model):
    """Refuses the result of an evaluation on data that is not finite, or on no data.

    Raises:
        ValueError: A batch held NaN, infinity or unknown labels, or there was no batch.
    """
    refuse_unknown_labels(model, "the data to evaluate")
    number, missing = _bad_batch(model), model.likelihood.takes_missing
    if number is not None:
        raise ValueError(
            f"Batch {number} of the data to evaluate (counted from 0), if not more, holds {finite.kinds(missing)}: the "
            f"data itself, after preprocessing, so that no metric of it means anything. {finite.of_stream(missing)}"
        )
    if int(keras.ops.convert_to_numpy(model.skipped_steps.seen)) == 0:
        raise ValueError("The data given to `evaluate` is empty. Expected at least one batch.")


def with_own(callbacks, model, one_iterator):
    """Returns the callbacks of a `fit`: the user's, between its own two.

    Args:
        callbacks: What `fit` was given: None, a callback, a list of them or Keras's own list.
        model: The `VAE`.
        one_iterator: As for `epoch.SetEpoch`.
    """
    first, last = Watch(), epoch.SetEpoch(one_iterator)
    if not isinstance(callbacks, keras.callbacks.CallbackList):
        return [first, *tf.nest.flatten(callbacks or []), last]
    for callback in (first, last):
        callback.set_model(model)
        callback.set_params(callbacks.params)
    # Drops those left by an earlier `fit` with the same list.
    others = [callback for callback in callbacks.callbacks if not isinstance(callback, Watch | epoch.SetEpoch)]
    callbacks.callbacks = [first, *others, last]
    return callbacks


class Watch(keras.callbacks.Callback):
    """Warns about data and schedules once per epoch; stops a training that no longer applies any step."""

    def on_train_begin(self, logs=None):
        """Forgets an earlier `fit`, including the run of skipped steps at its end."""
        del logs
        self._first = self._begin = -1
        self._skipped = self.model.skipped_steps
        self._skipped.patience = guard.PATIENCE
        self._skipped.in_a_row.assign(0)
        self._row = self._looked_at = 0

    def on_train_batch_end(self, batch, logs=None):
        """Stops a training that has diverged; checks only when a run may have grown too long since the last check."""
        del logs
        if batch + 1 - self._looked_at + self._row > self._skipped.patience:
            self._looked_at = batch + 1
            self._look_at_steps(batch)

    def _look_at_steps(self, batch):
        """Checks the current run of skipped steps.

        Raises:
            TrainingDiverged: The run is too long.
        """
        self._row = int(keras.ops.convert_to_numpy(self._skipped.in_a_row))
        if self._row <= self._skipped.patience:
            return
        bad, strange = _bad_batch(self.model), finite.kinds(self.model.likelihood.takes_missing)
        longest = self.model.skip_above
        too_long = "" if longest is None else f", or longer than skip_above={longest}"
        fix = "lower the learning rate, or clip gradients: keras.optimizers.Adam(1e-4, global_clipnorm=100.0)."
        cause = (
            f"No batch of this epoch held {strange}: {'raise skip_above, or ' if too_long else ''}{fix}"
            if bad is None
            else f"The data itself is to blame: batch {bad} of this epoch, if not more, holds {strange}. "
            "Repair or leave out such examples."
        )
        raise guard.TrainingDiverged(
            f"{self._row} train steps in a row had gradients that were not finite{too_long}, the last at batch "
            f"{batch}; the weights are those before them. {cause} callbacks.StopOnSkippedSteps(patience=...) bears a "
            "longer row."
        )

    def on_epoch_begin(self, epoch, logs=None):
        """Checks the schedules in the first epoch; by now a resumed training has restored its position."""
        del logs
        self._epoch = epoch
        self._looked_at = 0
        if self._first < 0:
            self._first, self._begin = epoch, self._step()
            self._pending = not self._look_at_schedules(self.params.get("steps"))

    def on_test_begin(self, logs=None):
        """Checks the epoch's data before its validation, which counts its own batches."""
        del logs
        self._look_at_data()

    def on_epoch_end(self, epoch, logs=None):
        """Checks the epoch's data, and the schedules if the number of steps was unknown until now."""
        del logs
        self._row = int(keras.ops.convert_to_numpy(self._skipped.in_a_row))
        self._look_at_data()
        if self._pending:
            accumulated = self.model.optimizer.gradient_accumulation_steps or 1
            steps = (self._step() - self._begin) * accumulated // (epoch + 1 - self._first)
            self._pending = not self._look_at_schedules(steps)

    def _step(self):
        return int(keras.ops.convert_to_numpy(self.model.progress.steps))

    def _look_at_data(self):
        refuse_unknown_labels(self.model, f"epoch {self._epoch + 1}")
        number = _bad_batch(self.model)
        if number is None:
            return
        self.model.skipped_steps.bad_batch.assign(-1)
        total = int(keras.ops.convert_to_numpy(self.model.skipped_steps.total))
        missing = self.model.likelihood.takes_missing
        warnings.warn(
            f"Batch {number} of epoch {self._epoch + 1} (counted from 0), if not more, holds {finite.kinds(missing)}: "
            f"the data itself, after preprocessing. {total} steps of this epoch were skipped. "
            f"{finite.of_stream(missing)}",
            UserWarning,
            stacklevel=2,
        )

    def _look_at_schedules(self, steps_per_epoch):
        """Warns about weights that don't settle in time. Returns whether the number of steps is known."""
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
            name, kind = term.given_name or type(term).__name__, type(term.plain_weight).__name__
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
    """Returns, by bisection, the first int from `after` on at which `holds`; it must hold from there on."""
    low, high = after, max(1, 2 * after)
    while high < 2**40 and not holds(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
