"""What terms that compare pictures have in common."""

import tensorflow as tf


def check(term, likelihood):
    """Refuses events that are no pictures.

    Args:
        term: The term that compares them.
        likelihood: A built `Family`.

    Returns:
        (height, width, channels).

    Raises:
        ValueError: With the shape.
    """
    shape = likelihood.event_shape
    if len(shape) != 3:
        raise ValueError(
            f"{type(term).__name__} compares pictures (height, width, channels), and this model's x has the shape "
            f"{shape}. Give the model pictures, or drop the term."
        )
    whole(term, likelihood)
    return shape


def whole(term, likelihood):
    """Refuses an x with missing entries, of which nothing is known to compare."""
    if likelihood.takes_missing:
        raise ValueError(
            f"{type(term).__name__} compares whole pictures, and the likelihood {type(likelihood).__name__} takes an x "
            "with missing entries. Drop the term, or fill what is missing and take the family by itself."
        )


def compared(inference, num_samples, difference):
    """Returns a difference of x and its reconstructions, [B], the mean over draws of z.

    Args:
        inference: A `tfvae.inference.Inference`.
        num_samples: The first of its draws to take.
        difference: (x [N, ...], the mean of p(x|z) [N, ...]) -> [N].
    """
    made = inference.reconstruction[:num_samples]
    x = tf.broadcast_to(inference.x, tf.shape(made))
    leading, event = tf.shape(made)[:2], made.shape[2:]
    x, made = (tf.reshape(each, [-1, *event]) for each in (x, made))
    return tf.reduce_mean(tf.reshape(difference(x, made), leading), axis=0)
