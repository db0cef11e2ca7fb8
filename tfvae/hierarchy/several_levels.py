"""A model of several stochastic layers: z from the top one to the bottom one, each given those above."""

import functools
from typing import Any, NamedTuple

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import random
from tfvae.hierarchy.law import Flattened
from tfvae.hierarchy.one_level import OneLevel
from tfvae.inference import Latent
from tfvae.networks.leading import folded
from tfvae.vectors import by_place


class Level(NamedTuple):
    """One level of a walk from the top to the bottom.

    Attributes:
        z: [..., B, *latent], the value chosen at this level.
        prior: p(z_l|z_<l), batch shape that of z, but for the top one's, which is the prior's own.
        posterior: q(z_l|z_<l, x) likewise, or None where there is no x.
    """

    z: tf.Tensor
    prior: tfd.Distribution
    posterior: Any


class SeveralLevels(OneLevel):
    """p(z) = prod_l p(z_l|z_<l) and q(z|x) = prod_l q(z_l|z_<l, x), l = 1 the top level.

    The decoder is a chain of blocks, s_l = block_l(s_l-1, z_l). Its state s_l is all that the levels below learn of
    those above, in the prior and in the posterior alike, and the last state is the decoder's features. So each block
    runs once in a forward pass.

    To all others z is one vector, the levels' flattened and joined.

    Reference: Sonderby et al. (2016), Ladder variational autoencoders, arXiv 1602.02282, section 2; Kingma et al.
    (2016), arXiv 1606.04934, appendix C, for top-down inference with a deterministic state.
    """

    def walk(self, choose, features=None):
        """Goes from the top level to the bottom one.

        Args:
            choose: (number of the level, its prior, its posterior or None) -> z of the level.
            features: The encoder's for each level, from the top, [B, ...] each; None for the prior alone.

        Returns:
            (a `Level` for each, the last state [..., B, *features]).
        """
        model, state, levels = self._model, None, []
        for number, shape in enumerate(model.posterior.latent_shapes):
            prior = model.prior.level(number, state, self._condition, self._encode)
            posterior = None
            if features is not None:
                posterior = model.posterior.level(number, features[number], state, prior)
                posterior = self.told(model.posterior.families[number], posterior)
            z = choose(number, prior, posterior)
            levels.append(Level(z, prior, posterior))
            state = self._block(number, state, z, len(shape))
        return levels, state

    def _block(self, number, state, z, rank):
        def call(*values):
            *state, z, condition = values
            return self._model.decoder.block(number, state[0] if state else None, z, condition, self._training)

        above = [] if state is None else [state]
        ranks = [state.shape.rank - (z.shape.rank - rank) for state in above]
        return folded(call, [*above, z], [*ranks, rank], self._condition)

    def posterior(self, features):
        """Returns q(z|x) of the joined z, batch shape [B], for the encoder's features of each level."""
        return Flattened(self, features)

    def prior(self):
        """Returns p(z) of the joined z, batch shape [] or, with a condition, [B]."""
        return Flattened(self)

    def top_prior(self):
        """Returns p(z_1), whose batch shape is that of p(z)."""
        return self._model.prior.level(0, None, self._condition, self._encode)

    def prior_carries_gradient(self, top):
        """Returns whether draws of p(z) carry a gradient to all that is learned; `top` is p(z_1)."""
        laws = [top, *(self._model.prior.kind(number) for number in range(1, len(self.latent_shapes)))]
        kinds = tf.nest.flatten([law.reparameterization_type for law in laws])
        return all(kind == tfd.FULLY_REPARAMETERIZED for kind in kinds)

    def kinds(self):
        """Returns a law of the posterior's for each level, of no features: what kind of space its z is of."""
        return [family.kind() for family in self._model.posterior.by_level()]

    @property
    def dtype(self):
        """The dtype of z."""
        return self._model.float_dtype

    @property
    def latent_shapes(self):
        """The shape of each level's z, from the top."""
        return self._model.posterior.latent_shapes

    def sample(self, count, seed, temperature):
        """Returns `count` draws of p(z), joined; `temperature` is one number, or one for each level."""
        several = isinstance(temperature, list | tuple)
        temperatures = temperature if several else [temperature] * len(self.latent_shapes)

        def choose(number, prior, _):
            given = (count, random.fold(seed, number), temperatures[number], self._condition, self._encode)
            return self._model.prior.sample_level(number, prior, *given)

        levels, _ = self.walk(choose)
        return by_place.join([level.z for level in levels], self.latent_shapes)

    def infer(self, posterior, num_samples, seed, features=None):
        """Draws z and decodes it, as for one level; `posterior` is what `posterior` returned."""
        log_q, shares = [], []

        def choose(number, _, law):
            family, count = self._model.posterior.families[number], num_samples if number == 0 else ()
            z, density, share = family.draw(law, count, random.fold(seed, number), exact=features is not None)
            log_q.append(density if self._model.posterior.has_density else None)
            shares.append(share)
            return z

        levels, state = self.walk(choose, posterior.features)
        latents = []
        for number, (level, density) in enumerate(zip(levels, log_q, strict=True)):
            bound = functools.partial(self._model.prior.level_bound, number, training=self._training)
            # No term that follows the path of z alone is defined here; all levels share the draws of the top one.
            latents.append(Latent(level.z, density, level.posterior, level.prior, None, bound, shares[0]))
        return tuple(latents), state
