"""What a batch costs: the weighted sum of the terms, and the means that report it."""

from typing import NamedTuple

import keras
import tensorflow as tf

from tfvae import guard, replicas, xla


class Mean(keras.metrics.Mean):
    """Keras's mean, which of no example is NaN: whoever looks for the smallest loss would take a 0 for the best.

    It knows which way is better, as Keras's metrics do: up for an ELBO, down for all else, which are losses.
    """

    def __init__(self, name):
        super().__init__(name)
        self._direction = "up" if name == "elbo" else "down"

    def result(self):
        """Returns the mean since `reset_state`."""
        total, count = tf.convert_to_tensor(self.total), tf.convert_to_tensor(self.count)
        return tf.where(count > 0, tf.math.divide_no_nan(total, count), float("nan"))


class Shares(NamedTuple):
    """One batch, on one replica.

    Attributes:
        loss: This replica's share of the loss, a scalar in nats.
        means: {metric: this replica's share}; over all replicas they sum to the batch's means.
        weights: {term: its weight at this step}, since a schedule moves on as the optimizer steps.
    """

    loss: tf.Tensor
    means: dict
    weights: dict


class Loss:
    """The objective of a model as one number, and its metrics.

    Args:
        objective: The terms.
        has_elbo: Whether posterior and likelihood have the densities that an ELBO needs.
        regularized: Whether layers of the model add losses of their own.

    Attributes:
        num_samples: The most draws of z that a term needs.
        has_surrogates: Whether inference network and generative one descend something else than the loss.
        couples_examples: Whether a term's value for an example depends on the others of its batch.
        measured: Names of the metrics that are means over examples.
        skipped_steps: The `guard.SkippedSteps` among the metrics.
        metrics: `loss`, `elbo`, each term unweighted, scheduled weights, `regularization`, `skipped_steps`.
    """

    def __init__(self, objective, has_elbo, regularized):
        self._terms = dict(zip(_names(objective), objective, strict=True))
        self._has_elbo = has_elbo
        self.num_samples = max(term.num_samples for term in objective)
        self.has_surrogates = any(term.has_surrogates for term in objective)
        self.couples_examples = any(term.couples_examples for term in objective)
        self.measured = ["loss", *(["elbo"] if has_elbo else []), *self._terms]
        self.measured += ["regularization"] if regularized else []
        scheduled = [f"{name}_weight" for name, term in self._terms.items() if term.scheduled]
        self._means = {name: Mean(name) for name in [*self.measured, *scheduled]}
        self.skipped_steps = guard.SkippedSteps()
        self.metrics = [*self._means.values(), self.skipped_steps]

    def shares(self, inference, step, layer_losses):
        """Computes every term.

        Args:
            inference: The forward pass.
            step: Train steps taken so far, for schedules.
            layer_losses: Losses that layers added, scalars about the whole model.

        Returns:
            `Shares`, without the `elbo`: that is a metric, and needs no gradient.
        """
        weights = {name: term.weight_at(step) for name, term in self._terms.items()}
        means = {name: inference.share(term.value(inference)) for name, term in self._terms.items()}
        if layer_losses:
            dtype = next(iter(means.values())).dtype
            means["regularization"] = tf.cast(sum(layer_losses), dtype) / replicas.count()
        return Shares(_weighted(means, weights), means, weights)

    def surrogates(self, inference, shares):
        """Returns what is descended: the loss, or the sums for the inference network and for the generative one.

        Args:
            inference: The forward pass.
            shares: What `shares` returned for it.

        Returns:
            (loss,) or (for the inference network, for the generative one), scalars.
        """
        if not self.has_surrogates:
            return (shares.loss,)
        own = {name: term.surrogates(inference) for name, term in self._terms.items() if term.has_surrogates}
        sides = [{name: inference.share(pair[side]) for name, pair in own.items()} for side in (0, 1)]
        return tuple(_weighted(shares.means | side, shares.weights) for side in sides)

    def measure(self, inference, shares):
        """Returns what `report` needs of a forward pass; of parts of a batch it adds up.

        Args:
            inference: The forward pass.
            shares: What `shares` returned for it.

        Returns:
            [number of metrics + 1]: this replica's shares of the metrics' means, and whether x itself is not finite.
        """
        means = {"loss": shares.loss, **shares.means}
        if self._has_elbo:
            means["elbo"] = inference.share(tf.reduce_mean(inference.log_likelihood, axis=0) - self._kl(inference))
        # Not within a program of many steps, all of which are taken again one by one where one is skipped.
        strange = False if xla.tracing() else tf.reduce_any(tf.logical_not(tf.math.is_finite(inference.x)))
        return tf.stack([*(means[name] for name in self.measured), tf.cast(strange, shares.loss.dtype)])

    def report(self, measured, step, count, applied=None):
        """Updates the metrics with a batch.

        Args:
            measured: What `measure` returned for it.
            step: Train steps taken before it, for schedules.
            count: Scalar, the sum of its sample weights over all replicas.
            applied: Scalar bool tensor, None in an evaluation, which applies nothing. A step that was not applied is
                counted and left out of the means, where one NaN would hide the epoch.

        Returns:
            {metric: its value so far}.
        """
        # In one sum over replicas, with whether x is to blame for a step that is skipped.
        *values, strange = tf.unstack(replicas.all_sum(measured))
        values = dict(zip(self.measured, values, strict=True))
        values |= {f"{name}_weight": term.weight_at(step) for name, term in self._terms.items()}
        known = tf.math.is_finite(count)  # `conditions.weigh_unknown` marks labels so
        if applied is not None:
            count = tf.where(applied, count, 0.0)
            values = {name: tf.where(applied, value, tf.zeros_like(value)) for name, value in values.items()}
        for name, mean in self._means.items():
            mean.update_state(values[name], sample_weight=count)
        self.skipped_steps.update_state(applied, tf.equal(strange, 0), known)
        return {metric.name: metric.result() for metric in self.metrics}

    def _kl(self, inference):
        """Returns the KL by a term's own estimator, else by the draws at hand, [B]."""
        for term in self._terms.values():
            kl = term.kl(inference)
            if kl is not None:
                return kl
        return tf.reduce_mean(inference.log_ratio, axis=0)


def _weighted(means, weights):
    """Returns the sum of terms, each by its weight, and of what has none."""
    return tf.add_n([tf.cast(weights.get(name, 1.0), mean.dtype) * mean for name, mean in means.items()])


def _names(objective):
    """Returns each term's name among the metrics, numbered where it occurs twice."""
    names = []
    for term in objective:
        base = term.metric_name
        candidates = (base, *(f"{base}_{number}" for number in range(1, len(objective))))
        names.append(next(name for name in candidates if name not in names))
    return names
