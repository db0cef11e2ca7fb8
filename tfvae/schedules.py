"""Schedules for the weight of a term.

A weight is a number or a `keras.optimizers.schedules.LearningRateSchedule`
over the model's own count of train steps. Keras's own schedules (`CosineDecay`,
`PiecewiseConstantDecay`, ...) work as they are; this module adds the warm-up
schedules for VAEs that Keras lacks. The count is saved with the model and goes
on after `compile`, which begins the optimizer's anew.
"""

import math

import keras
import tensorflow as tf

from tfvae import arguments
from tfvae.component import register

__all__ = ["Cyclical", "Linear"]

# Train steps beyond any warm-up, where a schedule has reached its final value, if it has one. Far apart, because
# schedules count in float32, and at different phases of a period that doubles.
_FAR = (2**40, 5 * 2**38, 3 * 2**39)
# As a share of the larger of a schedule's two ends. A schedule that only approaches its end, such as an exponential
# decay, counts as having reached it within this distance.
_CLOSE = 1e-3


def end(weight_at):
    """Returns the value at which a weight settles, or None if it never does.

    Args:
        weight_at: Train step -> weight.

    >>> float(end(Linear(0.0, 4.0, steps=100)))
    4.0
    """
    last, *others = (float(weight_at(tf.constant(step, tf.int64))) for step in _FAR)
    close = _CLOSE * max(abs(float(weight_at(tf.constant(0, tf.int64)))), abs(last))
    return last if all(abs(other - last) <= close for other in others) else None


def is_final(weight_at, step, close=_CLOSE):
    """Returns whether a weight has reached its final value at train step `step`.

    The final value is the weight much later, even for one that never settles.

    Args:
        weight_at: Train step -> weight.
        step: Train steps taken, an int.
        close: Tolerance, as a share of the larger of the schedule's two ends.
    """
    now, start, last = (float(weight_at(tf.constant(at, tf.int64))) for at in (step, 0, _FAR[0]))
    return abs(now - last) <= close * max(abs(start), abs(last))


@register
class Linear(keras.optimizers.schedules.LearningRateSchedule):
    """A straight line from `start` to `end` over `steps` train steps, then constant.

    weight(t) = start + (end - start) * min(t / steps, 1)

    Reference: the KL warm-up of Bowman et al. (2016), arXiv 1511.06349, and
    Sonderby et al. (2016), arXiv 1602.02282.

    Args:
        start: Weight at step 0.
        end: Weight from step `steps` on.
        steps: Number of train steps (not epochs) in between, at least 1.

    Raises:
        ValueError: `steps` is not a positive integer, or `start` or `end` is not a finite number.

    >>> float(Linear(0.0, 1.0, steps=100)(25))
    0.25
    """

    def __init__(self, start, end, steps):
        super().__init__()
        self.start = float(arguments.number("start", start))
        self.end = float(arguments.number("end", end))
        self.steps = arguments.integer("steps", steps, "a positive number of train steps (epochs * steps per epoch)")

    def __call__(self, step):
        """Returns the weight at train step `step`, a float32 scalar."""
        position = tf.minimum(tf.cast(step, tf.float32) / self.steps, 1.0)
        return self.start + (self.end - self.start) * position

    def __repr__(self):
        """Returns the schedule as one would write it."""
        return f"Linear({self.start}, {self.end}, steps={self.steps})"

    def get_config(self):
        """Returns the constructor's arguments."""
        return {"start": self.start, "end": self.end, "steps": self.steps}


@register
class Cyclical(keras.optimizers.schedules.LearningRateSchedule):
    """Rises `cycles` times from `start` to `end` within `steps` train steps, then stays constant.

    weight(t) = start + (end - start) * min(tau / rise, 1),  tau = (t cycles / steps) mod 1,  t < steps

    Each cycle rises for its first part, `rise`, and stays at `end` for the rest;
    then the weight falls back to `start` at once. From `steps` on it stays at `end`.

    Reference: Fu et al. (2019), Cyclical annealing schedule: A simple approach to
    mitigating KL vanishing, arXiv 1903.10145, equations 6 and 7; there `steps` is T,
    `cycles` M = 4, `rise` R = 0.5.

    Args:
        start: Weight at the beginning of each cycle.
        end: Weight at its end.
        steps: Number of train steps (not epochs) of all cycles together.
        cycles: Number of cycles, at most `steps`.
        rise: Share of a cycle that the rise takes, in (0, 1].

    Raises:
        ValueError: An argument that is not a valid number, or out of range.

    >>> schedule = Cyclical(0.0, 1.0, steps=400, cycles=4)
    >>> [float(schedule(step)) for step in (0, 25, 50, 99, 100, 399, 400)]
    [0.0, 0.5, 1.0, 1.0, 0.0, 1.0, 1.0]
    """

    def __init__(self, start, end, steps, cycles=4, rise=0.5):
        super().__init__()
        self.start = float(arguments.number("start", start))
        self.end = float(arguments.number("end", end))
        self.steps = arguments.integer("steps", steps, "a positive number of train steps (epochs * steps per epoch)")
        few = f"a positive int, at most steps={self.steps}"
        self.cycles = arguments.integer("cycles", cycles, few, maximum=self.steps)
        self.rise = float(arguments.number("rise", rise, "a number in (0, 1]", minimum=math.ulp(0.0), maximum=1))

    def __call__(self, step):
        """Returns the weight at train step `step`, a float32 scalar."""
        step = tf.cast(step, tf.int64)
        # In integers, so that rounding can't put a cycle's first step at the end of the previous cycle.
        place = tf.cast(step * self.cycles % self.steps, tf.float32) / self.steps
        risen = tf.where(step < self.steps, tf.minimum(place / self.rise, 1.0), 1.0)
        return self.start + (self.end - self.start) * risen

    def __repr__(self):
        """Returns the schedule as one would write it."""
        default = {"cycles": 4, "rise": 0.5}
        more = "".join(
            f", {name}={getattr(self, name)}" for name, value in default.items() if getattr(self, name) != value
        )
        return f"Cyclical({self.start}, {self.end}, steps={self.steps}{more})"

    def get_config(self):
        """Returns the constructor's arguments."""
        return {name: getattr(self, name) for name in ("start", "end", "steps", "cycles", "rise")}
