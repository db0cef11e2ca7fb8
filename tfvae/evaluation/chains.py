"""Chains of z from a model's prior to its true posterior, and back."""

import numpy as np
import tensorflow as tf

from tfvae import hierarchy, random
from tfvae.evaluation import annealing

#: Of a batch: pilot and chains of the data; pilot, chains and chains back of the model's own draws.
PHASES = 5
# A pilot takes one temperature of so many.
_PILOT = 4


class Chains:
    """The chains of a model, traced once for all batches.

    Args:
        vae: The model.
        num_temperatures: T.
        num_chains: C.
        leapfrog_steps: Of each move.
        from_posterior: Whether paths start from q(z|x).
    """

    def __init__(self, vae, num_temperatures, num_chains, leapfrog_steps, from_posterior):
        self._vae, self._count, self._leapfrog = vae, num_chains, leapfrog_steps
        self._from_posterior = from_posterior
        self._heats = tf.constant(annealing.temperatures(num_temperatures))
        pilot = max(2, num_temperatures // _PILOT)
        self._few = tf.constant(annealing.temperatures(pilot))
        # The pilot's moves stand for those of the path that are nearest to them.
        self._nearest = np.linspace(0, pilot - 2, num_temperatures - 1).round().astype("int32")
        self.simulate, self.tuned, self.forward, self.back = (
            tf.function(each, autograph=False, reduce_retracing=True)
            for each in (self._simulate, self._tuned, self._forward, self._back)
        )

    def _simulate(self, x, condition, seed):
        """Returns draws of p(x, z) of the size and the condition of a batch."""
        levels = hierarchy.of(self._vae, condition)
        z = levels.sample(tf.shape(x)[0], random.fold(seed, 0), 1.0)
        likelihood = self._vae.likelihood.distribution(levels.decode(z[None]))
        drawn = likelihood.sample(seed=random.fold(seed, 1))[0]
        return tf.ensure_shape(tf.cast(drawn, x.dtype), x.shape), z

    def _path(self, x, condition):
        """Returns a `Path` to p(z, x), and (seed) -> draws of its start, [C, B, *latent]."""
        vae, count, size = self._vae, self._count, tf.shape(x)[0]
        levels = hierarchy.of(vae, condition)
        prior = levels.prior()

        def log_likelihood(z):
            return vae.likelihood.distribution(levels.decode(z)).log_prob(x)

        def draw(seed):
            told = None if condition is None else tf.concat([condition] * count, axis=0)
            z = hierarchy.of(vae, told).sample(count * size, seed, 1.0)
            return tf.reshape(z, [count, size, *vae.posterior.event_shape])

        if not self._from_posterior:
            return annealing.Path(prior.log_prob, log_likelihood), draw
        q = vae.encode_preprocessed(x, condition)

        def log_weight(z):
            return prior.log_prob(z) + log_likelihood(z) - q.log_prob(z)

        return annealing.Path(q.log_prob, log_weight), lambda seed: q.sample(count, seed=seed)

    def _tuned(self, x, condition, seed):
        path, draw = self._path(x, condition)
        found = annealing.tune(path, draw(random.fold(seed, 0)), self._few, self._leapfrog, random.fold(seed, 1))
        return annealing.Moves(*(tf.gather(each, self._nearest) for each in found))

    def _forward(self, x, condition, moves, seed):
        path, draw = self._path(x, condition)
        z = draw(random.fold(seed, 0))
        return annealing.log_weights(path, z, self._heats, moves, self._leapfrog, random.fold(seed, 1))

    def _back(self, x, condition, z, moves, seed):
        path, _ = self._path(x, condition)
        moves = annealing.Moves(*(each[::-1] for each in moves))
        z = tf.repeat(z[None], self._count, axis=0)
        return annealing.log_weights(path, z, self._heats[::-1], moves, self._leapfrog, seed)

    def run(self, x, condition, seed, bar):
        """Returns ({bound: log w [C, B]}, the shares of accepted moves, the model's own draws)."""
        drawn, z = self.simulate(x, condition, random.fold(seed, 0))
        weights, accepted = {}, []
        moves = None
        for number, (name, values) in enumerate((("lower", x), ("simulated", drawn))):
            of = random.fold(seed, 1 + number)
            moves = self.tuned(values, condition, random.fold(of, 0))
            bar.add(1)
            weights[name], share = self.forward(values, condition, moves, random.fold(of, 1))
            bar.add(1)
            accepted.append(share)
        weights["upper"], share = self.back(drawn, condition, z, moves, random.fold(seed, 3))
        bar.add(1)
        return weights, [*accepted, share], drawn
