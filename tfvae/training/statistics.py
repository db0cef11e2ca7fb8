"""State of a model's families that moves without a gradient, such as an optimal scale or a codebook.

A family says what it needs of each example (`Family.statistics`). Those are sums, so
they are exact for pieces of a batch, over replicas and with sample weights. Then it
moves by their sum over the whole batch (`Family.move`), under the guard that decides
about the gradients, too. A frozen family doesn't move.
"""

import tensorflow as tf

from tfvae.devices import replicas


def _moving(model):
    """Returns (family, forward pass -> (its distribution, the value that has it)) for each family that moves."""
    roles = (
        (model.likelihood, lambda inference: (inference.likelihood, inference.x)),
        (model.posterior, lambda inference: (inference.latents[0].posterior, inference.latents[0].z)),
    )
    return [(family, seen) for family, seen in roles if family.trainable and family.statistic_shapes()]


def like(model):
    """Returns the specs of what `of` returns."""
    shapes = [shape for family, _ in _moving(model) for shape in family.statistic_shapes().values()]
    return [tf.TensorSpec(shape, model.float_dtype) for shape in shapes]


def of(model, inference):
    """Returns this replica's share of each statistic's mean over the batch, a list."""
    shares = []
    for family, seen in _moving(model):
        found = family.statistics(*seen(inference), inference.weights)
        shares += [tf.stop_gradient(found[name]) for name in family.statistic_shapes()]
    return shares


def move(model, shares, count):
    """Moves the families by what `of` returned, on all replicas together; `count` as for `Family.move`."""
    means = iter([replicas.all_sum(share) for share in shares])
    for family, _ in _moving(model):
        family.move({name: next(means) for name in family.statistic_shapes()}, count)
