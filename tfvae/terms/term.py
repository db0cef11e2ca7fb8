"""Term: one summand of an objective."""

import abc

import keras
import tensorflow as tf

from tfvae import arguments
from tfvae.component import Component


class Term(Component, abc.ABC):
    """One summand of the loss: weight * value.

    Args:
        weight: A finite number >= 0, or a `keras.optimizers.schedules.LearningRateSchedule`
            over train steps, such as `schedules.Linear(0.0, 1.0, steps)`.
        num_samples: Draws of z for each example that the term needs. The model
            draws the most that any of its terms needs.
        **kwargs: `name` and `dtype` of a Keras layer; the name is the metric's.

    Attributes:
        needs_posterior_density: Whether q(z|x) must have a density.
        needs_likelihood_density: Whether p(x|z) must.
    """

    needs_posterior_density = False
    needs_likelihood_density = False

    def __init__(self, weight=1.0, num_samples=1, **kwargs):
        super().__init__(**kwargs)
        scheduled = isinstance(weight, keras.optimizers.schedules.LearningRateSchedule)
        if not scheduled:
            expected = "a finite number >= 0, or a schedule such as tfvae.schedules.Linear(0.0, 1.0, steps=1000)"
            arguments.number("weight", weight, expected, minimum=0)
        self.weight = weight
        self.num_samples = arguments.integer("num_samples", num_samples)
        self.scheduled = scheduled

    @abc.abstractmethod
    def value(self, inference):
        """Returns the term in nats for each example, [B], from a `tfvae.inference.Inference`."""

    def kl(self, inference):
        """Returns this term's own estimate of KL(q(z|x) || p(z)), [B] in nats, or None if it has none.

        The `elbo` metric uses the first that there is, unweighted and unclamped.
        """
        del inference

    def check(self, posterior, prior, likelihood):
        """Refuses parts that the term has no meaning for. Called once, when the model is made.

        Args:
            posterior: A built `Family`.
            prior: A `Prior`.
            likelihood: A built `Family`.

        Raises:
            ValueError: With the reason and the fix.
        """
        del prior
        if self.needs_posterior_density and not posterior.has_density:
            raise ValueError(
                f"{type(self).__name__} needs the density of q(z|x), and a {type(posterior).__name__} posterior "
                "has none. Use another posterior, such as families.Normal, or drop the term."
            )
        if self.needs_likelihood_density and not likelihood.has_density:
            raise ValueError(
                f"{type(self).__name__} needs the density of p(x|z), and a {type(likelihood).__name__} likelihood "
                "has none. Use another, such as families.Normal(event_shape, scale=1.0) for squared error."
            )

    def weight_at(self, step):
        """Returns the weight at train step `step`, a scalar tensor; float64, which rounds no constant."""
        return tf.cast(self.weight(step) if callable(self.weight) else self.weight, tf.float64)

    def call(self, *args, **kwargs):
        """Refuses: a layer's `__call__` can't take an Inference; see `value`."""
        raise TypeError(f"{type(self).__name__} is not called on tensors. Use its `value(inference)`.")
