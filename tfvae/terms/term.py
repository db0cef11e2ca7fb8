"""Term: one summand of an objective."""

import abc
from typing import Any

import keras
import tensorflow as tf

from tfvae import arguments
from tfvae.component import Component, snake_case
from tfvae.terms.balanced import Balanced

Weight = float | keras.optimizers.schedules.LearningRateSchedule | Balanced


class Term(Component, abc.ABC):
    """One summand of the loss: weight * value.

    Args:
        weight: A finite number >= 0, or a `keras.optimizers.schedules.LearningRateSchedule`
            over train steps, such as `schedules.Linear(0.0, 1.0, steps)`; or one of the
            two as a share of the other terms' pull, `Balanced(0.5)`.
        num_samples: Draws of z per example that the term needs. The model draws the
            maximum over its terms.
        **kwargs: `name` and `dtype` of a Keras layer; the name is the metric's.

    Attributes:
        needs_posterior_density: Whether q(z|x) must have a density.
        needs_prior_density: Whether p(z) must, at draws of q(z|x).
        needs_likelihood_density: Whether p(x|z) must.
        needs_density_anywhere: Whether log q(z|x) must be known at any z, not only at its own draws.
        couples_examples: Whether the value of one example depends on the others of its batch.
        weighs_draws: Whether draws of z need not be equally likely: the term takes means over them by
            `inference.expected`. See `Family.draw`.
        critic: A Keras network that the term owns and that follows `critic_loss`, or None.
        critic_of: What the critic judges, "x", "z" or "z and y", or None.
        least_examples: How many examples a batch must hold for the term to say anything.
        condition_shape: Shape of the labels of one example that the term takes from a batch's condition, or None. The
            networks need not know them.
        condition_optional: Whether these may be unknown: left out of the batch, or -1.
        num_values: How many values each of these labels takes, 0, 1, ...; None where they are no labels.
    """

    needs_posterior_density = False
    needs_prior_density = False
    needs_likelihood_density = False
    needs_density_anywhere = False
    couples_examples = False
    weighs_draws = False
    critic: Any = None
    critic_of: Any = None
    least_examples = 1
    condition_shape: Any = None
    condition_dtype = "int32"
    condition_optional = True
    num_values: Any = None

    def __init__(self, weight: Weight = 1.0, num_samples=1, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight
        self.num_samples = arguments.integer("num_samples", num_samples)

    @property
    def weight(self) -> Any:
        """The weight; a new one takes effect at the next `fit` or `evaluate`."""
        return self._weight

    @weight.setter
    def weight(self, weight: Weight):
        if not isinstance(weight, keras.optimizers.schedules.LearningRateSchedule | Balanced):
            expected = "a finite number >= 0, or a schedule such as tfvae.schedules.Linear(0.0, 1.0, steps=1000)"
            arguments.number("weight", weight, expected, minimum=0)
        self._weight = weight

    @property
    def scheduled(self):
        """Whether the weight follows a schedule."""
        return isinstance(self.plain_weight, keras.optimizers.schedules.LearningRateSchedule)

    @property
    def balanced(self):
        """Whether the weight is a share of the other terms' pull."""
        return isinstance(self.weight, Balanced)

    @property
    def plain_weight(self):
        """The weight as a number or a schedule, whatever it is multiplied by."""
        return self.weight.weight if self.balanced else self.weight

    @abc.abstractmethod
    def value(self, inference):
        """Returns the term in nats for each example, [B], from a `tfvae.inference.Inference`."""

    def surrogates(self, inference):
        """Returns the losses that the inference and the generative network minimise in place of `value`, [B] each.

        Only the gradients count: the first one's for the variables of encoder and
        posterior, the second one's for all others. Most terms' gradient is that of
        their value, and they leave this method as it is.
        """
        value = self.value(inference)
        return value, value

    @property
    def has_surrogates(self):
        """Whether the term has its own surrogates, so that a step takes two backward passes."""
        return type(self).surrogates is not Term.surrogates

    def critic_loss(self, inference):
        """Returns what the critic descends, [B], given a term that has one.

        Only the critic's own variables follow it, and they follow nothing else: to the model they are constants. So
        that no gradient is computed in vain, the model's tensors should pass `tf.stop_gradient`.
        """
        raise NotImplementedError(f"{type(self).__name__} has a critic, and needs `critic_loss(inference)`.")

    @property
    def metric_name(self):
        """The metric's name: the one that the user gave the term, else its class's."""
        return self.given_name or snake_case(type(self).__name__)

    def kls(self, inference) -> dict[int, Any]:
        """Returns {stochastic layer: this term's own estimate of its KL(q || p), [B] in nats}, empty if it has none.

        The `elbo` metric uses the first one available of each layer, unweighted and unclamped.
        """
        del inference
        return {}

    def check(self, posterior, prior, likelihood):
        """Refuses parts that the term is not defined for. Called once, when the model is made.

        Args:
            posterior: A built `Family`.
            prior: A `Prior`.
            likelihood: A built `Family`.

        Raises:
            ValueError: With the reason and the fix.
        """
        if self.needs_posterior_density and not posterior.has_density:
            raise ValueError(
                f"{type(self).__name__} needs the density of q(z|x), and a {type(posterior).__name__} posterior "
                "has none. Use another posterior, such as families.Normal, or drop the term."
            )
        if self.needs_prior_density and not prior.has_density(posterior):
            raise ValueError(
                f"{type(self).__name__} needs the density of p(z), and a {type(prior).__name__} prior of a "
                f"{type(posterior).__name__} posterior has none. Use another prior, such as priors.GaussianMixture, or "
                "drop the term."
            )
        if self.needs_density_anywhere and not posterior.density_anywhere:
            raise ValueError(
                f"{type(self).__name__} needs log q(z|x) at any z, and a {type(posterior).__name__} posterior knows it "
                "only at its own draws. Use another posterior, such as families.MultivariateNormal, or drop the term."
            )
        if self.needs_likelihood_density and likelihood.has_density and not likelihood.density_anywhere:
            raise ValueError(
                f"{type(self).__name__} needs log p(x|z) at the x of the data, and {likelihood!r} knows it only at its "
                "own draws. Use another likelihood, such as families.Normal, or flows with an inverse."
            )
        if self.needs_likelihood_density and not likelihood.has_density:
            raise ValueError(
                f"{type(self).__name__} needs the density of p(x|z), and a {type(likelihood).__name__} likelihood "
                "has none. Use another, such as families.Normal(event_shape, scale=1.0) for squared error."
            )

        if posterior.enumerated > 1 and not self.weighs_draws:
            raise ValueError(
                f"{type(self).__name__} takes the draws of z as equally likely, and a {type(posterior).__name__} "
                "posterior gives every class, with the probability of each. Use terms.NegativeLogLikelihood and "
                "terms.KL, or a posterior such as families.Normal."
            )

    def check_others(self, others):
        """Refuses an objective that lacks what the term needs beside it, and takes from it what it needs.

        Called when the model is made, and when its objective has changed.

        Args:
            others: The objective's other terms.

        Raises:
            ValueError: With the reason and the fix.
        """
        if self.balanced and all(other.balanced for other in others):
            raise ValueError(
                f"The weight of {type(self).__name__} is a share of the other terms' pull, and there is none whose "
                "weight is a number. Add one, such as terms.NegativeLogLikelihood()."
            )

    def weight_at(self, step):
        """Returns the weight at train step `step`, a scalar tensor; float64, which rounds no constant.

        Of a balanced weight it is the plain one, which the step multiplies.
        """
        weight = self.plain_weight
        # `tf.cast` would round Python's 0.3 to float32 first.
        return tf.cast(weight(step), tf.float64) if self.scheduled else tf.constant(weight, tf.float64)

    def call(self, *args, **kwargs):
        """Refuses: a layer's `__call__` can't take an Inference; see `value`."""
        raise TypeError(f"{type(self).__name__} is not called on tensors. Use its `value(inference)`.")


def refuse_layers(term, posterior):
    """Refuses a model of several stochastic layers for a term that is of one."""
    if posterior.latent_shapes is not None:
        raise ValueError(
            f"{type(term).__name__} is of one stochastic layer, and this model has {len(posterior.latent_shapes)}. "
            "Drop the term, or take a posterior such as families.Normal."
        )


def refuse_weight(holder, argument, term):
    """Refuses a term with a weight inside another term, which has its own."""
    if term.scheduled or term.weight != 1.0:
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected a term without a weight: give the weight to {holder}, "
            f"which holds it. Received: {argument}={term!r}"
        )
