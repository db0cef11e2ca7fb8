"""The law of a quantised vector: a point, its number, and what it stands for."""

import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions


class Quantized(tfd.Independent):
    """A point mass at the codes that stand for `encoded`, whose gradient is that of `encoded` (straight through).

    Attributes:
        encoded: [..., *positions, D], what is quantised.
        indices: [..., *positions], int32, the numbers of the codes; of several books [..., *positions, books].
        stages: What the first book, the first two, ... make of `encoded`, each of its shape. The last one is z.
    """

    def __init__(self, encoded, indices, stages, dimensions):
        self.encoded = encoded
        self.indices = indices
        self.stages = [tf.stop_gradient(stage) for stage in stages]
        # The value of the code, to the last digit, and the gradient of the vector.
        straight_through = self.stages[-1] + (encoded - tf.stop_gradient(encoded))
        super().__init__(tfd.Deterministic(straight_through), reinterpreted_batch_ndims=dimensions)
