"""The prior that is built from the model's own encoder."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register, shape_tuple
from tfvae.networks import takes_condition
from tfvae.priors.prior import Prior, tempered

tfd = tfp.distributions


@register
class VampPrior(Prior):
    """The variational mixture of posteriors: the mean of the posteriors of learned pseudo-inputs.

    log p(z) = log 1/K sum_k q(z|u_k),  u_k in [low, high]

    With the training data as pseudo-inputs it is the aggregate posterior, the optimal
    prior for the ELBO; a few hundred learned ones come close to it without its cost and
    overfitting. The encoder is the model's, passed in at each call, and the objective's
    gradient also reaches it through the prior. It runs on the pseudo-inputs in
    inference mode, so that p(z) is one fixed distribution: Dropout is off, and
    BatchNormalization uses its moving averages.

    The pseudo-inputs `pseudo_inputs` [K, *x_shape] are a variable in the space of
    preprocessed x. They start uniform in [low, high] and are projected back into that
    range after each optimizer step: no u_k leaves the support, and one at its edge can
    come back. To start from data:

    vae.prior.pseudo_inputs.assign(vae.preprocess(images[:500]))

    The KL has no closed form: use `terms.KL(monte_carlo=True)`. An encoder that takes a
    condition is refused, as a pseudo-input has none; a decoder may take one.

    Reference: Tomczak and Welling (2018), VAE with a VampPrior, arXiv 1705.07120,
    equation 9.

    Args:
        event_shape: Shape of one z.
        x_shape: Shape of one x, the likelihood's event shape.
        components: K.
        low: Least value of preprocessed x, a finite number.
        high: Greatest value of preprocessed x, above `low`.

    Raises:
        ValueError: `components` is not a positive int, or `high` is not above `low`;
            when the model is made, parts that the prior can't be built from.

    >>> VampPrior((16,), (8, 8, 1), components=500).pseudo_inputs.shape
    TensorShape([500, 8, 8, 1])
    """

    def __init__(self, event_shape, x_shape, components=500, low=0.0, high=1.0, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.x_shape = shape_tuple("x_shape", x_shape)
        self.components = arguments.integer("components", components)
        self.low = arguments.number("low", low)
        self.high = arguments.number("high", high)
        if not low < high:
            raise arguments.invalid("high", f"a finite number above low={low}", high)
        self.pseudo_inputs = self.add_weight(
            shape=(self.components, *self.x_shape),
            initializer=keras.initializers.RandomUniform(low, high),
            constraint=lambda values: keras.ops.clip(values, low, high),
            name="pseudo_inputs",
            dtype=self.float_dtype,
            # Like x: half precision starts inside the encoder.
            autocast=False,
            # Each replica projects the same values; without this, none might.
            aggregation="only_first_replica",
        )

    def measure(self, posterior):
        """Returns the posterior's measure, since p(z) is a mixture of posteriors."""
        return posterior.measure

    def has_density(self, posterior):
        """Returns whether the posterior has one: p(z) is a mixture of posteriors."""
        return posterior.has_density

    def check(self, encoder, posterior, likelihood):
        """Refuses x or z of another shape, a density known only at the posterior's own draws, a conditional encoder."""
        for argument, mine, family in (
            ("event_shape", self.event_shape, posterior),
            ("x_shape", self.x_shape, likelihood),
        ):
            if mine != family.event_shape:
                raise arguments.invalid(argument, f"{family.event_shape}, the event shape of {family!r}", mine)
        if posterior.has_density and not posterior.density_anywhere:
            raise ValueError(
                "A VampPrior is made of the densities of all pseudo-inputs' posteriors at the draws of another, and "
                f"{posterior!r} knows log q(z|x) only at its own draws. Use a posterior that knows it at any z, such "
                "as one with flows.InverseAutoregressive, or priors.GaussianMixture."
            )
        if takes_condition(encoder):
            raise ValueError(
                "A VampPrior is made of the encoder's posteriors of its pseudo-inputs, and this encoder takes a "
                "condition, which a pseudo-input has not. Give the condition to the decoder alone, or use "
                "priors.GaussianMixture."
            )

    @staticmethod
    def _known(encode):
        if encode is None:
            raise ValueError(
                "Invalid value for argument `encode`. Expected the model's encoder, of which a VampPrior is made: "
                "ask the model, vae.prior_distribution(). Received: encode=None"
            )
        return encode

    def distribution(self, condition=None, encode=None):
        """Returns the mixture of the posteriors of all pseudo-inputs."""
        del condition
        posteriors = self._known(encode)(tf.convert_to_tensor(self.pseudo_inputs))
        equal = tfd.Categorical(logits=tf.zeros([self.components], self.float_dtype))
        return tfd.MixtureSameFamily(equal, posteriors)

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws `count` latents, each tempered about its posterior's mean; arguments as for every prior."""
        del condition
        position = random.uniform([count], random.fold(seed, 0), self.float_dtype) * self.components
        # A float32 just below 1 times K may round to K.
        index = tf.minimum(tf.cast(position, tf.int32), self.components - 1)
        posteriors = self._known(encode)(tf.gather(tf.convert_to_tensor(self.pseudo_inputs), index))
        return tempered(posteriors, temperature, random.fold(seed, 1))
