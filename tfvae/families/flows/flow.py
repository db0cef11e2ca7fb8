"""Flow: an invertible map with a known Jacobian determinant."""

import abc
from typing import Any

import tensorflow as tf

from tfvae.component import Component, shape_tuple


class Flow(Component, abc.ABC):
    """An invertible map z -> f(z) of vectors, and log|det df/dz|.

    Its parameters come from the head of the family that contains it, as a family's do,
    or are its own variables. `constrain` returns all of them, so that `forward` and
    `inverse` are functions of tensors alone, and the gradient to all parameters can be
    stopped in one place.

    A subclass implements `forward`, and `head_shapes`, `constrain` and `inverse` where
    they apply.

    Args:
        event_shape: Shape of one z, a vector (D,).
        **kwargs: `name` and `dtype` of a Keras layer.

    Attributes:
        invertible: Whether `inverse` can be computed, and so the density at any point.

    Raises:
        ValueError: The events are not vectors.
    """

    invertible = True

    def __init__(self, event_shape, **kwargs):
        super().__init__(**kwargs)
        self.event_shape = shape_tuple("event_shape", event_shape)
        if len(self.event_shape) != 1:
            raise ValueError(
                "Invalid value for argument `event_shape`. Expected a vector, such as (16,), since a flow mixes all "
                f"dimensions. Received: event_shape={event_shape!r}"
            )

    def head_shapes(self) -> dict[str, tuple[int, ...]]:
        """Returns {parameter: shape} of the head's outputs for each example; () is one number."""
        return {}

    def constrain(self, raw) -> dict[str, Any]:
        """Returns all parameters from the head's `raw` ones, {name: [..., *shape]}, one number as [..., 1]."""
        return raw

    @abc.abstractmethod
    def forward(self, z, **parameters) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns f(z) [..., D] and log|det df/dz| [...] for z [..., D]."""

    def inverse(self, z, **parameters) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns f^-1(z) [..., D] and log|det df^-1/dz| [...]."""
        raise NotImplementedError(f"A {type(self).__name__} flow has no inverse that could be computed.")

    def call(self, *args, **kwargs):
        """Refuses: a flow needs its parameters; see `forward`."""
        raise TypeError(f"{type(self).__name__} is not called. Use `forward`, or a families.Transformed.")
