"""How much a term with a balanced weight is multiplied by, from the gradients of a batch; see `terms.Balanced`."""

import tensorflow as tf

from tfvae.devices import replicas


def factors(tape, others, own, model):
    """Returns {name: |g_others| / |g_own|} of the gradients in the likelihood's own variables, constants.

    Args:
        tape: The persistent tape that recorded the scalars, still recording.
        others: This replica's share of the sum of all other terms, weighted.
        own: {name: this replica's share of a balanced term}.
        model: A `VAE`.

    Raises:
        ValueError: A term doesn't depend on the likelihood's variables.
    """
    variables = model.likelihood.trainable_variables
    with tape.stop_recording():
        found = {name: tape.gradient(share, variables) for name, share in own.items()}
        rest = tape.gradient(others, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return {name: _ratio(name, each, rest) for name, each in found.items()}


def _ratio(name, own, others):
    # A scale that the likelihood learns follows the likelihood alone, and says nothing about the reconstructions.
    pairs = [(mine, theirs) for mine, theirs in zip(own, others, strict=True) if mine is not None]
    if not pairs:
        raise ValueError(
            f"The term {name} has a balanced weight and no gradient in the likelihood's own variables, where it is to "
            "be balanced. Give it a number, weight=1.0, or give the balanced weight to a term that compares x and its "
            "reconstructions."
        )
    pull, rest = (_norm(side) for side in zip(*pairs, strict=True))
    return tf.math.divide_no_nan(rest, pull)


def _norm(gradients):
    return tf.linalg.global_norm([replicas.all_sum(tf.convert_to_tensor(gradient)) for gradient in gradients])
