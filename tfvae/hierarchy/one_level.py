"""A model of one stochastic layer: z from q(z|x) or p(z), then the decoder."""

import functools

from tfvae import networks
from tfvae.inference import Latent
from tfvae.networks.leading import folded


class OneLevel:
    """p(z) p(x|z) and q(z|x) of one z.

    Args:
        model: A `LatentVariableModel`, whose `posterior`, `prior` and `decoder` these are.
        condition: The batch's condition, or None.
        training: As for every Keras layer.
    """

    def __init__(self, model, condition, training):
        self._model = model
        self._condition = condition
        self._training = training

    def _encode(self, x):
        return self._model.encode_preprocessed(x, self._condition)

    def posterior(self, features):
        """Returns q(z|x), batch shape [B], for the encoder's features."""
        return self._model.posterior.distribution(features)

    def prior(self):
        """Returns p(z), batch shape [] or, with a condition, [B]."""
        return self._model.prior.distribution(self._condition, self._encode)

    def sample(self, count, seed, temperature):
        """Returns `count` draws of p(z); arguments as for `Prior.sample`."""
        return self._model.prior.sample(count, seed, temperature, self._condition, self._encode)

    def infer(self, posterior, num_samples, seed, features=None):
        """Draws z and decodes it.

        Args:
            posterior: q(z|x) as `posterior` returns it.
            num_samples: K.
            seed: int32[2].
            features: What `posterior` was made of, for terms that need gradients through z alone; None if none is
                evaluated.

        Returns:
            (one `Latent` for each stochastic layer, the decoder's features [K, B, ...]).
        """
        family = self._model.posterior
        if family.has_density:
            z, log_q = posterior.experimental_sample_and_log_prob(num_samples, seed=seed)
        else:
            z, log_q = posterior.sample(num_samples, seed=seed), None
        stopped = None if features is None else lambda: family.distribution(features, stop_parameters=True)
        bound = functools.partial(self._model.prior.bound, training=self._training)
        return (Latent(z, log_q, posterior, self.prior(), stopped, bound),), self.decode(z)

    def decode(self, z):
        """Returns the decoder's features [..., B, *features] for z [..., B, *latent]."""

        def call(z, condition):
            return networks.run(self._model.decoder, z, condition, self._training)

        return folded(call, [z], [len(self._model.posterior.event_shape)], self._condition)
