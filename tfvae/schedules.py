"""What the weight of a term may follow.

A weight is a number or a `keras.optimizers.schedules.LearningRateSchedule`
over `optimizer.iterations`: Keras's own schedules (`CosineDecay`,
`PiecewiseConstantDecay`, ...) work as they are, and here is the one that VAEs
are warmed up with and Keras lacks. The position is the optimizer's, so it is
saved and resumed with it.
"""

import keras
import tensorflow as tf

from tfvae.component import register


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
        ValueError: `steps` is not a positive integer.

    >>> float(Linear(0.0, 1.0, steps=100)(25))
    0.25
    """

    def __init__(self, start, end, steps):
        super().__init__()
        if isinstance(steps, bool) or steps != int(steps) or steps < 1:
            raise ValueError(
                "Invalid value for argument `steps`. Expected a positive number of train steps "
                f"(epochs * steps per epoch). Received: steps={steps!r}"
            )
        self.start = float(start)
        self.end = float(end)
        self.steps = int(steps)

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
