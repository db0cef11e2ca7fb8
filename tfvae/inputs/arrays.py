"""Checks of arrays given to a model: numbers, in the shape of its likelihood or its latents."""

import math

import tensorflow as tf

from tfvae import arguments
from tfvae.arguments import kinds


def numbers(argument, value):
    """Returns a batch as something with a shape and a dtype of numbers.

    Raises:
        ValueError: It isn't one, such as text, a ragged list or a model.
    """
    kinds.check(argument, value)
    try:
        array = value if hasattr(value, "shape") else tf.convert_to_tensor(value)
        dtype = tf.as_dtype(array.dtype)
    except (TypeError, ValueError) as error:
        raise arguments.invalid(argument, "an array of numbers", value) from error
    if not (dtype.is_floating or dtype.is_integer or dtype.is_bool):
        raise arguments.invalid(argument, "an array of numbers", value)
    return array


def event_shape(likelihood, x):
    """Refuses a batch whose events don't have the likelihood's event shape."""
    if x.shape.rank is not None and not x.shape[1:].is_compatible_with(likelihood.event_shape):
        event, shape = tuple(likelihood.event_shape), tuple(x.shape)
        raise ValueError(
            f"Expected a batch of shape (batch, {', '.join(map(str, event))}), the likelihood's event_shape. Received "
            f"a batch of shape {shape}. {_how_to_fit(event, shape)}."
        )


def _how_to_fit(event, shape):
    """Returns advice on making x of a shape fit an event shape, as specific as the shapes allow."""
    inner = shape[1:]
    if shape == event:
        return "Batch the dataset by dataset.batch(128), and give a single example as x[None]"
    if len(inner) > 1 and (*inner[1:], inner[0]) == event:
        return "Its channels come first: transpose it, np.moveaxis(x, 1, -1), in a dataset tf.transpose"
    if len(inner) > 1 and (inner[-1], *inner[:-1]) == event:
        return "Its channels come last: transpose it, np.moveaxis(x, -1, 1), in a dataset tf.transpose"
    if (*inner, 1) == event:
        return "Give it the axis of channels: x[..., None], or dataset.map(lambda x: x[..., None])"
    if None not in inner and len(inner) == 1 and inner[0] == math.prod(event):
        return f"Its rows are flattened: reshape it, x.reshape(-1, {', '.join(map(str, event))})"
    if None not in inner and len(event) == 1 and math.prod(inner) == event[0]:
        return "The model is of vectors: flatten it, x.reshape(len(x), -1)"
    return "Batch the dataset if it isn't, resize or crop its images, or make the model with the data's event_shape"


def latent(posterior, z):
    """Returns latents [..., *event_shape], refusing those of another shape."""
    shape = tf.TensorShape(z.shape)
    event = posterior.event_shape
    if shape.rank is not None and not (
        shape.rank > len(event) and shape[-len(event) :].is_compatible_with(posterior.event_shape)
    ):
        raise ValueError(
            f"Invalid value for argument `z`. Expected latents of shape (..., batch, {', '.join(map(str, event))}). "
            f"Received shape: {tuple(shape)}"
        )
    return z


def on_manifold(posterior, z):
    """Refuses latents off the manifold that the posterior's are on, where they are known before a graph runs.

    The decoder never saw such z, and whatever it makes of them means nothing.
    """
    if not posterior.curved or (tf.is_tensor(z) and tf.is_symbolic_tensor(z)):
        return
    z = tf.cast(z, posterior.float_dtype)
    inside = posterior.in_support(tf.reshape(z, [-1, *posterior.event_shape]))
    if not bool(tf.reduce_all(inside)):
        raise ValueError(
            f"Invalid value for argument `z`. Expected points on the manifold of {posterior!r}, such as draws of "
            f"q(z|x) or p(z). Received {int(tf.math.count_nonzero(~inside))} of {len(inside)} that are not on it. "
            "Between points of a sphere latent.spherical stays on it; straight lines and sums of latents do not."
        )
