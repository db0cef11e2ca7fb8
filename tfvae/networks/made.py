"""Masked dense layers, whose outputs see only the inputs before their own."""

import itertools
from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from tfvae import arguments
from tfvae.component import Component, register
from tfvae.networks.shapes import sizes


def _spread(count, low, high):
    """Returns `count` degrees from `low` to below `high`, each about as often as the others."""
    return low + np.arange(count) * (high - low) // count


@register
class MADE(Component):
    """MADE: an autoregressive network that computes all of its outputs in one pass.

    y_i = f_i(x_1, ..., x_{i-1}, c)

    Each unit has a degree; an input's is its position. A hidden unit sees units of its
    own degree or less, an output only those below its own; all other weights are
    masked. So dy_i/dx_j = 0 for j >= i. The context c is seen by the first layer,
    without a mask. Without hidden layers y is linear in x.

    Reference: Germain, Gregor, Murray and Larochelle (2015), MADE: Masked
    autoencoder for distribution estimation, arXiv 1502.03509, equations 8 to 10;
    with a context Kingma et al. (2016), arXiv 1606.04934, section 4.

    Args:
        input_size: D, numbers in one x.
        outputs: Numbers for each of the D positions.
        units: Size of each hidden layer; () for none.
        context_size: Numbers in one c; 0 for none.
        reverse: Whether the order runs from x_D to x_1.
        activation: Any Keras activation, for the hidden layers.

    Attributes:
        degrees: [D], the place of each position in the order, from 1.

    Raises:
        ValueError: Sizes are not positive ints.

    >>> import tensorflow as tf
    >>> network = MADE(3, outputs=2, units=(16,), context_size=4)
    >>> network(tf.zeros([5, 3]), tf.zeros([5, 4])).shape
    TensorShape([5, 6])
    """

    def __init__(
        self,
        input_size,
        outputs=1,
        units=(64,),
        context_size=0,
        reverse=False,
        activation: str | Callable = "elu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.input_size = arguments.integer("input_size", input_size)
        self.outputs = arguments.integer("outputs", outputs)
        self.units = sizes("units", units)
        self.context_size = arguments.integer("context_size", context_size, "an int >= 0", minimum=0)
        self.reverse = bool(reverse)
        self.activation = activation
        self._activate = keras.activations.get(activation)
        order = np.arange(1, self.input_size + 1)
        self.degrees = order[::-1] if self.reverse else order
        # Units of degree 0 see nothing but the context.
        lowest = 0 if self.context_size or self.input_size == 1 else 1
        hidden = [_spread(count, lowest, self.input_size) for count in self.units]
        degrees = [self.degrees, *hidden, np.tile(self.degrees - 1, self.outputs)]
        self._masks = [
            (after[None, :] >= before[:, None]).astype("float32") for before, after in itertools.pairwise(degrees)
        ]
        self._kernels, self._biases = [], []
        for number, mask in enumerate(self._masks):
            last = number == len(self._masks) - 1
            # The last layer starts small, so that anything computed from the outputs starts near its value at 0.
            initializer = keras.initializers.VarianceScaling(0.01 if last else 1.0, "fan_avg", "uniform")
            self._kernels.append(self._weight(f"kernel_{number}", mask.shape, initializer))
            self._biases.append(self._weight(f"bias_{number}", mask.shape[1:], "zeros"))
        self._context = None
        if self.context_size:
            self._context = self._weight("context", (self.context_size, len(degrees[1])), "glorot_uniform")

    def _weight(self, name, shape, initializer):
        return self.add_weight(shape=shape, initializer=initializer, name=name, autocast=False)

    def values(self, dtype):
        """Returns {name: tensor} of the weights, for `run`."""
        variables = {f"kernel_{number}": kernel for number, kernel in enumerate(self._kernels)}
        variables |= {f"bias_{number}": bias for number, bias in enumerate(self._biases)}
        variables |= {} if self._context is None else {"context_kernel": self._context}
        return {name: ops.cast(ops.convert_to_tensor(variable), dtype) for name, variable in variables.items()}

    def run(self, values, x, context=None):
        """Computes the outputs with the weights `values`, as returned by `values(dtype)`, in their dtype.

        Args:
            values: {name: tensor}.
            x: [..., D].
            context: [..., context_size], broadcastable against x, or None.

        Returns:
            [..., outputs * D], the first output for each position, then the second.
        """
        for number, mask in enumerate(self._masks):
            kernel = values[f"kernel_{number}"]
            x = ops.matmul(x, kernel * ops.cast(mask, kernel.dtype)) + values[f"bias_{number}"]
            if number == 0 and context is not None:
                x = x + ops.matmul(context, values["context_kernel"])
            if number < len(self._masks) - 1:
                x = self._activate(x)
        return x

    def call(self, x, context=None):
        """Returns [..., outputs * D]; see `run`."""
        x = ops.cast(x, self.compute_dtype)
        context = None if context is None else ops.cast(context, self.compute_dtype)
        return self.run(self.values(self.compute_dtype), x, context)
