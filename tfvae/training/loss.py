"""The loss of a batch, a weighted sum of terms, and the means that report it."""

from typing import NamedTuple

import keras
import tensorflow as tf

from tfvae.devices import replicas, xla
from tfvae.training import balance, gradients, guard


class Mean(keras.metrics.Mean):
    """Keras's mean, but NaN over no examples: a 0 would look like the best loss.

    Like Keras's metrics, it knows which direction is better: up for an ELBO, down for all others, which are losses.
    """

    def __init__(self, name):
        super().__init__(name)
        self._direction = "up" if name == "elbo" else "down"

    def result(self):
        """Returns the mean since `reset_state`."""
        total, count = tf.convert_to_tensor(self.total), tf.convert_to_tensor(self.count)
        return tf.where(count > 0, tf.math.divide_no_nan(total, count), float("nan"))


class Shares(NamedTuple):
    """One replica's shares of the loss and metrics of one batch.

    Attributes:
        loss: This replica's share of the loss, a scalar in nats.
        means: {metric: this replica's share}; over all replicas they sum to the batch's means.
        weights: {term: its weight at this step}, kept because a schedule moves on as the optimizer steps.
        critics: {metric: this replica's share of what a critic descends}.
    """

    loss: tf.Tensor
    means: dict
    weights: dict
    critics: dict


class Loss:
    """The objective of a model as one number, and its metrics.

    Args:
        objective: The terms.
        has_elbo: Whether posterior, prior and likelihood have the densities that an ELBO needs.
        regularized: Whether layers of the model add losses of their own.
        takes_missing: Whether NaN in x is an entry that is missing, and no fault.

    Attributes:
        num_samples: The most draws of z that a term needs.
        has_surrogates: Whether the inference and generative networks descend something other than the loss.
        several: Whether there is more than one scalar to descend.
        couples_examples: Whether a term's value for an example depends on the others in its batch.
        measured: Names of the metrics that are means over examples.
        skipped_steps: The `guard.SkippedSteps` among the metrics.
        metrics: `loss`, `elbo`, each term unweighted, what each critic descends, scheduled weights, `regularization`,
            the factors of balanced weights, `skipped_steps`.
    """

    def __init__(self, objective, has_elbo, regularized, takes_missing=False):
        self._terms = dict(zip(_names(objective), objective, strict=True))
        self._has_elbo = has_elbo
        self._takes_missing = takes_missing
        self.num_samples = max(term.num_samples for term in objective)
        self.has_surrogates = any(term.has_surrogates for term in objective)
        self._critics = {f"{name}_critic": term for name, term in self._terms.items() if term.critic is not None}
        self._balanced = {name: f"{name}_balance" for name, term in self._terms.items() if term.balanced}
        self.several = self.has_surrogates or bool(self._critics) or bool(self._balanced)
        # A factor is one for the whole batch.
        self.couples_examples = bool(self._balanced) or any(term.couples_examples for term in objective)
        self.measured = ["loss", *(["elbo"] if has_elbo else []), *self._terms, *self._critics]
        self.measured += ["regularization"] if regularized else []
        self.measured += self._balanced.values()
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
            `Shares`, without `elbo`, which is only a metric and needs no gradient.
        """
        weights = {name: term.weight_at(step) for name, term in self._terms.items()}
        means = {name: inference.share(term.value(inference)) for name, term in self._terms.items()}
        if layer_losses:
            dtype = next(iter(means.values())).dtype
            means["regularization"] = tf.cast(sum(layer_losses), dtype) / replicas.count()
        critics = {name: inference.share(term.critic_loss(inference)) for name, term in self._critics.items()}
        return Shares(_weighted(means, weights), means, weights, critics)

    def factors(self, tape, shares, model):
        """Returns {term: what its balanced weight is multiplied by}; `tape` recorded the shares, and still records."""
        if not self._balanced:
            return {}
        own = {name: shares.means[name] for name in self._balanced}
        others = {name: mean for name, mean in shares.means.items() if name not in own}
        return balance.factors(tape, _weighted(others, shares.weights), own, model)

    def followed(self, inference, shares, factors):
        """Returns what each group of variables descends; see `gradients.groups`.

        Args:
            inference: The forward pass.
            shares: What `shares` returned for it.
            factors: What `factors` did.

        Returns:
            {groups: scalar}: the loss, or a sum of surrogates for each network; and the sum of the critics' losses.
        """
        critics = {(gradients.CRITIC,): tf.add_n(list(shares.critics.values()))} if shares.critics else {}
        networks = (gradients.INFERENCE, gradients.GENERATIVE)
        weights = shares.weights | {
            name: shares.weights[name] * tf.cast(each, tf.float64) for name, each in factors.items()
        }
        if not self.has_surrogates:
            return {networks: _weighted(shares.means, weights) if factors else shares.loss} | critics
        own = {name: term.surrogates(inference) for name, term in self._terms.items() if term.has_surrogates}
        sides = [{name: inference.share(pair[side]) for name, pair in own.items()} for side in (0, 1)]
        sums = [_weighted(shares.means | side, weights) for side in sides]
        return {(name,): value for name, value in zip(networks, sums, strict=True)} | critics

    def measure(self, inference, shares, factors=None):
        """Returns what `report` needs from a forward pass; results for parts of a batch add up.

        Args:
            inference: The forward pass.
            shares: What `shares` returned for it.
            factors: What `factors` did; None in an evaluation.

        Returns:
            [number of metrics + 1]: this replica's shares of the metrics' means, and whether x itself is at fault: not
            finite, but for NaN where the model takes it.
        """
        means = {"loss": shares.loss, **shares.means, **shares.critics}
        if self._has_elbo:
            means["elbo"] = inference.share(inference.expected(inference.log_likelihood) - self._kl(inference))
        for name, metric in self._balanced.items():
            factor = tf.cast(0.0 if factors is None else factors[name], shares.loss.dtype)
            means[metric] = factor * tf.cast(tf.reduce_sum(inference.weights), factor.dtype)
        # Not within a program of many steps: if one is skipped, all are run again one by one.
        strange = False if xla.tracing() else tf.reduce_any(self._strange(inference.x))
        return tf.stack([*(means[name] for name in self.measured), tf.cast(strange, shares.loss.dtype)])

    def report(self, measured, step, count, applied=None):
        """Updates the metrics with a batch.

        Args:
            measured: What `measure` returned for it.
            step: Train steps taken before it, for schedules.
            count: Scalar, the sum of its sample weights over all replicas.
            applied: Scalar bool tensor, None in an evaluation, which applies nothing. A step that was not applied is
                counted but left out of the means: one NaN would spoil them for the whole epoch.

        Returns:
            {metric: its value so far}.
        """
        # One sum over replicas, including whether x is to blame for a skipped step.
        *values, strange = tf.unstack(replicas.all_sum(measured))
        values = dict(zip(self.measured, values, strict=True))
        values |= {f"{name}_weight": term.weight_at(step) for name, term in self._terms.items()}
        known = tf.math.is_finite(count)  # `conditions.weigh_unknown` marks unknown labels this way
        if applied is not None:
            count = tf.where(applied, count, 0.0)
            values = {name: tf.where(applied, value, tf.zeros_like(value)) for name, value in values.items()}
        unknown = self._balanced.values() if applied is None else ()
        for name, mean in self._means.items():
            if name not in unknown:
                mean.update_state(values[name], sample_weight=count)
        self.skipped_steps.update_state(applied, tf.equal(strange, 0), known)
        return {metric.name: metric.result() for metric in self.metrics if metric.name not in unknown}

    def _strange(self, x):
        return tf.math.is_inf(x) if self._takes_missing else tf.logical_not(tf.math.is_finite(x))

    def _kl(self, inference):
        """Returns the KL, of each layer by a term's own estimator, or else estimated from the draws, [B]."""
        found = {}
        for term in self._terms.values():
            found = term.kls(inference) | found
        for number, latent in enumerate(inference.latents):
            if number not in found:
                found[number] = inference.expected(latent.log_ratio)
        return sum(found.values())


def no_keras_losses(arguments):
    """Refuses `compile` arguments that would conflict with the objective."""
    given = [name for name, value in arguments.items() if value is not None]
    if given:
        raise ValueError(
            f"`compile` got {', '.join(given)}, but a VAE's loss is its `objective`, and its metrics are the terms. "
            "Use compile(optimizer), and give VAE(objective=[...]) the terms."
        )


def _weighted(means, weights):
    """Returns the weighted sum of `means`; those without a weight count with weight 1."""
    return tf.add_n([tf.cast(weights.get(name, 1.0), mean.dtype) * mean for name, mean in means.items()])


def _names(objective):
    """Returns each term's metric name, numbered if it occurs more than once."""
    names = []
    for term in objective:
        base = term.metric_name
        candidates = (base, *(f"{base}_{number}" for number in range(1, len(objective))))
        names.append(next(name for name in candidates if name not in names))
    return names
