"""A model of one stochastic layer: z from q(z|x) or p(z), then the decoder."""

import functools

from tfvae import networks
from tfvae.hierarchy import codes
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
        law = self._model.posterior.distribution(features)
        return self.told(self._model.posterior, law)

    def told(self, family, law):
        """Returns q given the batch's condition, where the posterior itself takes one."""
        known = networks.takes_condition(family) and self._condition is not None
        return family.told(law, self._condition) if known else law

    def prior(self):
        """Returns p(z), batch shape [] or, with a condition, [B]."""
        law, prior = self._model.prior.distribution(self._condition, self._encode), self._model.prior
        return codes.Embedded(law, self._model.posterior) if prior.of_codes else law

    def sample(self, count, seed, temperature):
        """Returns `count` draws of p(z); arguments as for `Prior.sample`."""
        prior = self._model.prior
        drawn = prior.sample(count, seed, temperature, self._condition, self._encode)
        return codes.embedded(self._model.posterior, drawn) if prior.of_codes else drawn

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
        z, log_q, shares = family.draw(posterior, num_samples, seed, exact=features is not None)
        stopped = None if features is None else lambda: family.distribution(features, stop_parameters=True)
        bound = functools.partial(self._model.prior.bound, training=self._training)
        return (Latent(z, log_q, posterior, self.prior(), stopped, bound, shares),), self.decode(z)

    def decode(self, z):
        """Returns the decoder's features [..., B, *features] for z [..., B, *latent]."""

        def call(z, condition):
            return networks.run(self._model.decoder, z, condition, self._training)

        return folded(call, [z], [len(self._model.posterior.event_shape)], self._condition)
