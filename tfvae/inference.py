"""The result of one forward pass.

A frozen dataclass rather than a NamedTuple: several terms and the metrics need
the log densities, and a cached property computes each of them once, inside the
gradient tape, on first use.
"""

import dataclasses
from functools import cached_property
from typing import Any

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae.devices import replicas
from tfvae.vectors import by_place


def expected(values, shares: Any = None):
    """Returns the mean over draws, [K, B] -> [B]: of equal shares, or those of draws that are no equals."""
    if shares is None:
        return tf.reduce_mean(values, axis=0)
    return tf.reduce_sum(tf.cast(shares, values.dtype) * values, axis=0)


def pieces(law) -> list[Any]:
    """Returns the laws of the pieces of a law of several side by side, in their order; of any other the law itself."""
    return list(law.distributions) if isinstance(law, tfd.Blockwise) else [law]


@dataclasses.dataclass(frozen=True)
class Latent:
    """One stochastic layer. Of several, q and p are conditional on the draws of the layers above.

    Attributes:
        z: [K, B, ...] draws from the posterior.
        log_q: [K, B], log q(z|x) in nats, or None where the posterior has no density.
        posterior: q(z|x), batch shape [B], below another layer [K, B].
        prior: p(z), batch shape [] or broadcastable to [K, B].
        stopped: () -> the posterior with constant parameters, whose log_prob has a gradient in z alone. None if
            no term is evaluated, and for several layers.
        bound: (latent, seed) -> [K, B], log p(z) or a lower bound on it; see `Prior.bound`.
        shares: [K, B], the share of each draw in an expectation, or None where all have the same; see `Family.draw`.
    """

    z: tf.Tensor
    log_q: tf.Tensor | None
    posterior: tfd.Distribution
    prior: tfd.Distribution
    stopped: Any
    bound: Any = None
    shares: Any = None

    @cached_property
    def log_prior(self):
        """[K, B], log p(z) in nats."""
        return self.prior.log_prob(self.z)

    @cached_property
    def log_ratio(self):
        """[K, B], log q(z|x) - log p(z): one draw's estimate of the layer's KL, in nats."""
        return self.log_q - self.log_prior

    @cached_property
    def path_log_q(self):
        """[K, B], log q(z|x) in nats, with a gradient through z alone (the pathwise gradient)."""
        return self.stopped().log_prob(self.z)

    @cached_property
    def pieces(self):
        """A `Latent` for each piece of z where q and p are made of pieces side by side; else of this one alone."""
        laws = [*zip(pieces(self.posterior), pieces(self.prior), strict=True)]
        if len(laws) == 1:
            return [self]
        parts = by_place.split(self.z, [tuple(q.event_shape) for q, _ in laws])
        return [
            Latent(z, None if self.log_q is None else q.log_prob(z), q, p, None, shares=self.shares)
            for z, (q, p) in zip(parts, laws, strict=True)
        ]

    @cached_property
    def kl(self):
        """[B], KL(q(z|x) || p(z)) in nats, in closed form; below another layer the mean over the draws above."""
        kl = tfd.kl_divergence(self.posterior, self.prior)
        return expected(kl, self.shares) if kl.shape.rank > 1 else kl


@dataclasses.dataclass(frozen=True)
class Inference:
    """What `VAE.infer` returns and a term's `value` takes.

    Attributes:
        x: [B, ...], the preprocessed batch.
        latents: One `Latent` per stochastic layer, from the top.
        likelihood: p(x|z), batch shape [K, B].
        num_samples: K, draws of z for each example.
        weights: [B], each example's share of the batch mean; they sum to 1 over all replicas.
        count: Scalar, the sum of the raw sample weights over all replicas; without weights, the batch size.
        seeds: place -> int32[2], the noise of terms that draw. None if no term is evaluated.
        prior: () -> p(z), of several layers together.
        generate: seed -> [B, ...], the means of p(x|z) at draws of p(z), one for each example.
        decode: z, as `z` below -> p(x|z), by the networks as this pass ran them.
        generative: (decoder, likelihood), the parts whose weights make p(x|z) of z.
        condition: [B, ...], what came with x: what the networks are told, or labels for a term alone. None without.
    """

    x: tf.Tensor
    latents: tuple[Latent, ...]
    likelihood: tfd.Distribution
    num_samples: int
    weights: tf.Tensor
    count: tf.Tensor
    seeds: Any = None
    prior: Any = None
    generate: Any = None
    decode: Any = None
    generative: Any = None
    condition: Any = None
    _kept: dict = dataclasses.field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def z(self):
        """[K, B, ...], the draws; of several layers each flattened, and joined from the top, [K, B, D]."""
        if len(self.latents) == 1:
            return self.latents[0].z
        draws = [latent.z for latent in self.latents]
        return by_place.join(draws, [tuple(z.shape[2:]) for z in draws])

    @cached_property
    def reconstruction(self):
        """[K, B, ...], the means of p(x|z)."""
        return self._known(self.likelihood.mean(), 2)

    def _known(self, events, leading):
        """Returns events with x's static shape, which TFP's means of batches of any size may lack."""
        if events.shape[leading:].is_fully_defined():
            return events
        return tf.ensure_shape(events, [None] * leading + self.x.shape[1:].as_list())

    @cached_property
    def log_likelihood(self):
        """[K, B], log p(x|z) in nats, summed over the event."""
        return self.likelihood.log_prob(self.x)

    @cached_property
    def log_ratio(self):
        """[K, B], log q(z|x) - log p(z): one draw's estimate of the KL, in nats."""
        return sum(latent.log_ratio for latent in self.latents)

    @cached_property
    def log_weight(self):
        """[K, B], log p(x, z) - log q(z|x): the importance weights of Burda et al. (2016)."""
        return self.log_likelihood - self.log_ratio

    @cached_property
    def path_log_weight(self):
        """[K, B], `log_weight`, whose gradient in q's parameters goes through z alone."""
        return self.log_likelihood + sum(latent.log_prior - latent.path_log_q for latent in self.latents)

    @cached_property
    def log_prior_at_constant_z(self):
        """[K, B], log p(z) in nats, without a gradient in z."""
        return sum(latent.prior.log_prob(tf.stop_gradient(latent.z)) for latent in self.latents)

    def expected(self, values):
        """Returns E_q of what each draw gives, [K, B] -> [B]: the mean, by the draws' shares if they have some."""
        return expected(values, self.latents[0].shares)

    def share(self, values):
        """Returns this replica's part of the batch mean of `values`, [B, ...] -> [...]."""
        weights = tf.reshape(self.weights, [-1] + [1] * (values.shape.rank - 1))
        return tf.reduce_sum(tf.cast(weights, values.dtype) * values, axis=0)

    def batch_mean(self, values):
        """Returns the mean of `values` over the batch of all replicas, [B, ...] -> [...]."""
        return replicas.all_sum(self.share(values))

    def _place(self):
        # No cached property: in Python 3.11 one holds a lock for all instances while it computes, and a replica that
        # waited for the others within would wait forever.
        if "place" not in self._kept:
            self._kept["place"] = replicas.place(tf.shape(self.weights)[0])
        return self._kept["place"]

    @property
    def rows(self):
        """[B], where this replica's examples stand among those of `whole_batch`."""
        return self._place()[0] + tf.range(tf.shape(self.weights)[0])

    def whole_batch(self, values):
        """Returns `values` for the examples of all replicas, [B, ...] -> [N, ...]; with one replica `values` itself.

        For a term that compares examples with each other. Its value for each of its own B examples may depend on all
        N, and the gradient arrives where they are: the shares of all replicas add up to the value and the gradient of
        the joined batch. Their weights are `whole_batch(self.weights)`; an example that stands in for an empty
        replica has weight 0.
        """
        return replicas.join(values, *self._place())

    def alike(self, value):
        """Returns [B], a term's value for the whole batch, [], as that of each example."""
        return value * tf.ones_like(self.weights, value.dtype)

    def once(self, key, make):
        """Returns what `make` does, made once for each `key`: for what several terms need of this batch."""
        made = self._kept.setdefault("once", {})
        if key not in made:
            made[key] = make()
        return made[key]

    def generated(self, term):
        """Returns [B, ...], the means of p(x|z) at draws of p(z) that are `term`'s own, the same whenever it asks."""
        return self.once(("generated", term), lambda: self._known(self.generate(self.seed(term)), 1))

    def seed(self, term):
        """Returns `term`'s own seed for this batch, int32[2], the same whenever it asks."""
        drawing = self._kept.setdefault("drawing", {})
        return self.seeds(drawing.setdefault(term, len(drawing)))
