"""One train step: a batch, or its pieces one after the other, to gradients; and all that moves, if it may."""

import functools

import tensorflow as tf

from tfvae import random
from tfvae.devices import replicas
from tfvae.training import gradients, guard, optimizers, pieces, statistics


def take(model, x, condition, sample_weight):
    """Takes a step on a batch, or leaves the model as it was.

    Args:
        model: A compiled `VAE`.
        x: [B, ...] raw.
        condition: [B, ...] or None.
        sample_weight: [B] or None.

    Returns:
        {metric: its value so far}.
    """
    moved = guard.state(model)
    before, taken = guard.read(moved), tf.convert_to_tensor(model.optimizer.iterations)
    x, condition, sample_weight = replicas.at_least_one(x, condition, sample_weight)
    weights, count = replicas.example_weights(tf.shape(x)[0], sample_weight, model.float_dtype)
    seed, step = random.next_seed(model._noise), tf.convert_to_tensor(model.progress.steps)
    size = pieces.size(model, x.shape[0] or tf.shape(x)[0])
    moving = statistics.like(model)
    if size is None:
        measured, *found = _learn(model, count, x, condition, weights, seed)
    else:
        reported = tf.TensorSpec([len(model._loss.measured) + 1], model.float_dtype)
        learn, like = functools.partial(_learn, model, count), [reported, *moving, *model.trainable_variables]
        measured, *found = pieces.total(learn, x, condition, weights, seed, size, like)
    seen, found = found[: len(moving)], found[len(moving) :]
    updates = optimizers.updates(model, found)
    applied = finite = guard.all_finite([measured[0], *seen], found, model.optimizers)
    if model.skip_above is not None:
        applied = tf.logical_and(finite, guard.short(updates, model.skip_above))
    statistics.move(model, seen, count)
    guard.apply_if(applied, updates, moved, before, None if model.skip_above is None else finite)
    model.progress.advance(tf.convert_to_tensor(model.optimizer.iterations) - taken)
    return model._loss.report(measured, step, count, applied)


def _learn(model, count, x, condition, weights, seed, portion=None):
    """Returns measurements, statistics and the gradient of each trainable variable for a batch or a piece of it."""
    loss = model._loss
    with tf.GradientTape(persistent=loss.several) as tape:
        inference = model.infer_weighted(x, condition, weights, count, model.num_samples, seed, training=True)
        added = model.losses if portion is None else [each * tf.cast(portion, each.dtype) for each in model.losses]
        shares = loss.shares(inference, model.progress.steps, added)
        factors = loss.factors(tape, shares, model)
        followed = optimizers.scaled(model, loss.followed(inference, shares, factors))
    found = gradients.of(tape, followed, model)
    if portion is not None:
        found = gradients.summable(found, model.trainable_variables)
    return [loss.measure(inference, shares, factors), *statistics.of(model, inference), *found]
