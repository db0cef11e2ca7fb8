"""What terms with a critic have in common."""

import keras
import tensorflow as tf

from tfvae import arguments
from tfvae.terms import games


def network(critic, example):
    """Returns a term's argument `critic`, a Keras network; `example` is one, for the error.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(critic, keras.layers.Layer):
        raise arguments.invalid("critic", f"a Keras network, such as {example}", critic)
    return critic


def game(chosen):
    """Returns a term's argument `game`, a `games.Game`; None is the non-saturating one.

    Raises:
        ValueError: It is something else.
    """
    if chosen is not None and not isinstance(chosen, games.Game):
        raise arguments.invalid("game", "a game, such as terms.games.Hinge(), or None", chosen)
    return games.NonSaturating() if chosen is None else chosen


def check(critic, event_shape, name, dtype):
    """Refuses a critic that can't be called on events of this shape.

    Args:
        critic: A Keras network.
        event_shape: Shape of one event.
        name: "x" or "z", for the error.
        dtype: Of the events.

    Returns:
        The shape of its logits.

    Raises:
        ValueError: With the network's own words.
    """
    with arguments.explained(
        f"The critic can't be called on {name} of shape {event_shape}. Give it that shape, as "
        f"networks.mlp_critic({event_shape}) has. The critic says:"
    ):
        shape = tuple(critic(keras.Input(event_shape, dtype=dtype)).shape)
    if len(shape) < 2:
        raise ValueError(f"The critic's output has the shape {shape}. Expected logits (batch, ...) for {name}.")
    return shape


def logits(critic, events):
    """Returns a critic's logits, [B, ...], in float32 or float64."""
    return tf.cast(critic(events, training=False), events.dtype)


def mean(values):
    """Returns the mean of each example's values, [B, ...] -> [B]."""
    return tf.reduce_mean(tf.reshape(values, [tf.shape(values)[0], -1]), axis=-1)
