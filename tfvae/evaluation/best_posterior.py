"""The best q(z) of a family for each x by itself, found without an encoder."""

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfvae import hierarchy, networks, random
from tfvae.composition import heads

# Draws for each example in a step, and in a look at how much a round has gained: the same ones in every look.
_DRAWS, _LOOK = 8, 256
_STEPS = 100
# Steps of Adam in units of raw parameters: each rate is kept until it gains no more.
_RATES = (0.1, 0.03, 0.01, 0.003, 0.001)
_ROUNDS = 10
# Of the numbers that parameters begin with of which the encoder says nothing.
_SMALL = 0.1
#: Nats that a round may gain once it is over.
TOLERANCE = 0.01


class Best(NamedTuple):
    """What was found for a batch.

    Attributes:
        law: q*(z|x), a distribution of batch shape [B].
        converged: Bool [B], whether the last round changed an example's ELBO by less than `TOLERANCE` nats.
    """

    law: Any
    converged: np.ndarray


class Search:
    """Maximises the ELBO of each example over the parameters of its own q(z).

    max over the parameters of q:  E_q[log p(x, z) - log q(z)]

    By Adam on the family's raw parameters, with as many rounds at each of five step sizes as gain something. It starts
    where the encoder is, as far as the family has parameters of the same names. Of several stochastic layers the
    encoder's features are what is free.

    Reference: Cremer, Li and Duvenaud (2018), Inference suboptimality in variational autoencoders, arXiv 1801.03558,
    section 5.

    Args:
        vae: The model.
        family: A `families.Family` of its z, or None for the model's own posterior.
    """

    def __init__(self, vae, family=None):
        self._vae = vae
        self._other = family is not None
        self._family = vae.posterior if family is None else family
        self._several = not self._other and vae.posterior.latent_shapes is not None
        self._compiled = {}

    def start(self, x, condition):
        """Returns the numbers to begin with, a list of [B, ...] or {name: [B, ...]}."""
        features = networks.run(self._vae.encoder, x, condition, False)
        if self._several:
            return features
        raw = self._vae.posterior.raw(features)
        if not self._other:
            return raw
        small = {  # not 0, where the gradient of a flow may vanish
            name: _SMALL * random.normal([len(x), *shape], random.as_seed(number, None), x.dtype)
            for number, (name, shape) in enumerate(self._family.raw_shapes.items())
        }
        known = heads.in_common(self._vae.posterior, self._family)
        return small | {name: raw[own] for name, own in known.items()}

    def law(self, numbers, condition):
        """Returns q of free numbers, batch shape [B]."""
        if self._several:
            return hierarchy.of(self._vae, condition).posterior(numbers)
        law = self._family.of_raw(numbers)
        return law if self._other else hierarchy.of(self._vae, condition).told(self._family, law)

    def _traced(self, numbers):
        """Returns (variables, optimizer, a round of steps, a look at the ELBO), traced for one size of batch."""
        free = tf.nest.map_structure(keras.Variable, numbers)
        shared = self._family.trainable_variables if self._other else []
        variables = [*tf.nest.flatten(free), *shared]
        optimizer = keras.optimizers.Adam(_RATES[0], beta_2=0.99)
        optimizer.build(variables)

        def elbo(x, condition, count, seed):
            inference = self._vae.infer_from(self.law(free, condition), x, condition, count, seed)
            return tf.reduce_mean(inference.log_weight, axis=0)

        def steps(x, condition, seed):
            def step(number):
                with tf.GradientTape() as tape:
                    loss = -tf.reduce_sum(elbo(x, condition, _DRAWS, random.fold(seed, number)))
                optimizer.apply(tape.gradient(loss, variables), variables)
                return number + 1

            tf.while_loop(lambda number: number < _STEPS, step, [0], parallel_iterations=1)

        def look(x, condition, seed):
            return elbo(x, condition, _LOOK, seed)

        return free, optimizer, tf.function(steps, autograph=False), tf.function(look, autograph=False)

    def run(self, x, condition, seed):
        """Returns the `Best` of a batch.

        Args:
            x: [B, ...] as `preprocess` returns it.
            condition: [B, ...] or None.
            seed: int32[2].
        """
        numbers = self.start(x, condition)
        if len(x) not in self._compiled:
            self._compiled[len(x)] = self._traced(numbers)
        free, optimizer, steps, look = self._compiled[len(x)]
        tf.nest.map_structure(lambda variable, value: variable.assign(value), free, numbers)
        for state in optimizer.variables:
            state.assign(tf.zeros_like(state))
        looking, gained = random.fold(seed, 0), np.full(len(x), np.inf)
        before = look(x, condition, looking).numpy()
        for phase, rate in enumerate(_RATES):
            optimizer.learning_rate = rate
            for number in range(_ROUNDS):
                steps(x, condition, random.fold(seed, 1 + phase, number))
                after = look(x, condition, looking).numpy()
                gained, before = after - before, after
                # Large steps are for what most examples need; the last ones are over when each has arrived.
                last = rate == _RATES[-1]
                if (np.abs(gained) < TOLERANCE).all() if last else gained.mean() < TOLERANCE / 10:
                    break
        found = tf.nest.map_structure(tf.convert_to_tensor, free)
        return Best(self.law(found, condition), np.abs(gained) < TOLERANCE)
