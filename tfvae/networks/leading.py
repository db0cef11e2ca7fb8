"""Networks see one batch axis; distributions have an axis of draws and one of examples."""

import tensorflow as tf


def folded(call, inputs, event_ranks, condition=None):
    """Calls a network on tensors [..., *event], with their leading axes folded into one batch axis.

    Args:
        call: (*tensors [N, *event], condition) -> features [N, ...].
        inputs: Tensors with the same leading axes.
        event_ranks: How many axes the event of each has.
        condition: [B, ...] or None; repeated for the leading axes before the batch.

    Returns:
        Features [..., *features], with the leading axes of the inputs; for a dict of features, a dict of them.
    """
    flat = [
        tf.reshape(each, [-1, *each.shape[each.shape.rank - rank :]])
        for each, rank in zip(inputs, event_ranks, strict=True)
    ]
    if condition is not None:
        condition = tf.convert_to_tensor(condition)
        copies = tf.shape(flat[0])[0] // tf.maximum(tf.shape(condition)[0], 1)
        condition = tf.tile(condition, tf.stack([copies, *[1] * (len(condition.shape) - 1)]))
    features = call(*flat, condition)
    axes = inputs[0].shape.rank - event_ranks[0]

    def unfolded(features):
        inner = features.shape[1:]
        features = tf.reshape(features, tf.concat([tf.shape(inputs[0])[:axes], inner], 0))
        return tf.ensure_shape(features, [*inputs[0].shape[:axes], *inner])

    return tf.nest.map_structure(unfolded, features)
