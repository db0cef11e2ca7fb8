"""The probabilistic model: parts, distributions and draws, without training."""

from typing import Any

import keras
import tensorflow as tf

from tfvae import arguments, hierarchy, manifolds, networks, random
from tfvae.component import Configured
from tfvae.composition import parts
from tfvae.devices import replicas
from tfvae.inference import Inference
from tfvae.inputs import arrays, batch, conditions, form, models
from tfvae.networks.conditional import given, told


class LatentVariableModel(Configured, keras.Model):
    """p(z) p(x|z) with an inference network q(z|x), made of parts.

    The abstract half of `VAE`: everything that the model can do, except how
    it is trained. Arguments as for `VAE`.

    Attributes:
        num_samples: Draws of z for each example that `infer` takes by default;
            `VAE` sets it to what its objective needs.
        trained: Whether the weights are more than initial noise; `VAE` keeps track.
        objective: The terms, of a model that is trained.
    """

    objective: Any = ()
    num_samples = 1
    trained = True

    def __init__(self, encoder, posterior, prior, decoder, likelihood, preprocessing, seed, **kwargs):
        super().__init__(**{"autocast": False, **kwargs})
        self.encoder = encoder
        self.posterior = posterior
        self.prior = prior
        self.decoder = decoder
        self.likelihood = likelihood
        self.preprocessing = preprocessing
        self.seed = seed
        self.float_dtype = "float64" if self.compute_dtype == "float64" else "float32"
        self._noise = random.generator(seed)
        parts.build(self)

    @property
    def conditional(self):
        """Whether a part takes a condition, so that batches are (x, condition)."""
        return bool(told(self))

    @property
    def labelled(self):
        """Whether batches are or may be (x, condition): for a part, or as labels for a term of the objective alone."""
        return bool(given(self))

    @property
    def condition_optional(self):
        """Whether a label may be unknown, -1, or all labels left out."""
        return conditions.optional(self)

    def unpack(self, data, labels=False):
        """Returns (x, condition, sample_weight) of a batch, with None for what is absent; see `batch.unpack`.

        Args:
            data: The batch.
            labels: Whether labels that are for a term alone count as a condition: no network is told them.
        """
        x, condition, sample_weight = batch.unpack(data, self)
        conditions.check(self, condition, _count(x))
        return x, condition if labels or self.conditional else None, sample_weight

    def preprocess(self, x, seed=None):
        """Returns x as the encoder and the likelihood see it. Deterministic without a seed."""
        x = arrays.numbers("x", form.of(self).read("x", x))
        if self.preprocessing is not None:
            self.preprocessing.bounds(x)
            x = self.preprocessing(x, seed=seed)
        x = tf.cast(x, self.float_dtype)
        arrays.event_shape(self.likelihood, x)
        return x

    def encode(self, x, condition=None):
        """Returns q(z|x), a `tfd.Distribution` of batch shape [B], for raw x [B, ...]."""
        x = self.preprocess(x)
        self._told(self.encoder, condition, _count(x))
        return self.encode_preprocessed(x, condition)

    def decode(self, z, condition=None, like=None):
        """Returns p(x|z), a `tfd.Distribution` of batch shape [..., B], for z [..., B, *latent].

        `like` is a raw x, [B, ...], or None: of counts, mean and draws then have its totals.
        """
        z = arrays.latent(self.posterior, arrays.numbers("z", z))
        arrays.on_manifold(self.posterior, z)
        self._told(self.decoder, condition, _count(z, 1 + len(self.posterior.event_shape)))
        law = self._likelihood(tf.cast(z, self.float_dtype), condition, training=False)
        return law if like is None else self.likelihood.read_off(law, self.preprocess(like))

    def _told(self, network, condition, count):
        if condition is not None or networks.takes_condition(network):
            conditions.presence(self, condition)
        conditions.check(self, condition, count, one_for_all=True)

    def encode_preprocessed(self, x, condition=None):
        """Returns q(z|x) for x as `preprocess` returns it."""
        return self._posterior(x, condition, training=False)

    def _posterior(self, x, condition, training):
        features = networks.run(self.encoder, x, condition, training)
        return hierarchy.of(self, condition, training).posterior(features)

    def prior_distribution(self, condition=None):
        """Returns p(z), or p(z|condition) for a prior that takes a condition, a `tfd.Distribution`."""
        self._told(self.prior, condition, None)
        return hierarchy.of(self, condition).prior()

    def _likelihood(self, z, condition, training):
        return self.likelihood.distribution(hierarchy.of(self, condition, training).decode(z))

    def infer(self, x, condition=None, sample_weight=None, *, num_samples=None, seed=None, training=False):
        """Runs one forward pass; the encoder sees x with the corruption of the preprocessing, if any.

        Args:
            x: [B, ...] raw batch.
            condition: [B, ...] or None.
            sample_weight: [B] or None.
            num_samples: K, draws of z for each example; by default what the objective needs.
            seed: int, int32[2], or None for the model's own stream.
            training: As for every Keras layer.

        Returns:
            An `Inference`.
        """
        seed, x = random.as_seed(seed, self._noise), form.of(self).read("x", x)
        weights, total = replicas.example_weights(tf.shape(x)[0], sample_weight, self.float_dtype)
        count = self.num_samples
        if num_samples is not None:
            count = arguments.known(arguments.integer, "num_samples", num_samples)
        return self.infer_weighted(x, condition, weights, total, count, seed, training)

    def infer_weighted(self, x, condition, weights, count, num_samples, seed, training):
        """Runs one forward pass, as `infer` does, given each example's share of a mean that may span more examples.

        Args:
            x: [B, ...] raw batch.
            condition: [B, ...] or None.
            weights: [B] shares of the mean.
            count: Scalar, the sum of the sample weights of all examples in the mean.
            num_samples: K.
            seed: int32[2].
            training: As for every Keras layer.

        Returns:
            An `Inference`.
        """
        x = self.preprocess(x, random.fold(seed, 0))
        # Everything downstream, terms and likelihood, sees only the clean x.
        seen = x if self.preprocessing is None else self.preprocessing.corrupted(x, random.fold(seed, 2))
        features = networks.run(self.encoder, seen, condition, training)
        return self.infer_from(
            hierarchy.of(self, condition, training).posterior(features),
            x,
            condition,
            num_samples,
            random.fold(seed, 1),
            training,
            weights,
            count,
            features=features,
            # 3 and 4 are an evaluation's and those of the first look at data; see `VAE.test_step`.
            seeds=lambda place: random.fold(seed, 5, place),
        )

    def infer_from(
        self,
        posterior,
        x,
        condition,
        num_samples,
        seed,
        training=False,
        weights=None,
        count=None,
        features=None,
        seeds=None,
    ):
        """Draws z from `posterior` and decodes it: the part of `infer` after the encoder.

        Args:
            posterior: q(z|x).
            x: [B, ...] as `preprocess` returns it.
            condition: [B, ...] or None.
            num_samples: K.
            seed: int32[2].
            training: As for every Keras layer.
            weights: [B] shares of the batch mean, or None for equal shares.
            count: Scalar, the sum of the sample weights.
            features: What `posterior` was made of, for terms that need gradients through z alone.
            seeds: place -> int32[2], for terms that draw.

        Returns:
            An `Inference`.
        """
        if weights is None or count is None:
            weights, count = replicas.example_weights(tf.shape(x)[0], None, self.float_dtype)
        levels = hierarchy.of(self, condition, training)
        latents, decoded = levels.infer(posterior, num_samples, seed, features)
        likelihood = self.likelihood.read_off(self.likelihood.distribution(decoded), x)

        def decode(z):
            return self.likelihood.distribution(levels.decode(z))

        def generate(drawn):
            return decode(levels.sample(tf.shape(x)[0], drawn, 1.0)).mean()

        return Inference(
            *(x, latents, likelihood, num_samples, weights, count, seeds),
            prior=levels.prior,
            generate=generate,
            decode=decode,
            generative=(self.decoder, self.likelihood),
            condition=condition,
        )

    def call(self, inputs, training=None):
        """Returns the mean reconstruction in x's units, for raw x or (x, condition)."""
        x, condition, _ = self.unpack(inputs)
        x = self.preprocess(x)
        z = self._posterior(x, condition, bool(training)).mean()
        law = self.likelihood.read_off(self._likelihood(z, condition, bool(training)), x)
        return form.of(self).shown(law.mean())

    def sample(self, n, condition=None, temperature=1.0, mean=True, seed=None):
        """Generates `n` events: z from the prior, decoded.

        Args:
            n: How many.
            condition: [n, ...] for a conditional model.
            temperature: Multiplies z's distance from the prior's mean; 1 is the model's own distribution. With several
                stochastic layers one number, or a list of one for each, from the top. A prior of codes divides its
                logits by it.
            mean: Whether to return the mean of p(x|z) rather than a draw from it.
            seed: int, int32[2], or None for the model's own stream.

        Returns:
            [n, *event] in x's units; of several modalities {name: [n, *event]}.

        Raises:
            ValueError: `n` is not a positive int, `temperature` not a number >= 0, or the condition doesn't fit.
        """
        n = self._drawable(n, condition, temperature)
        models.usable(self)
        seed = random.as_seed(seed, self._noise)
        z = hierarchy.of(self, condition).sample(n, random.fold(seed, 0), temperature)
        return self._emit(z, condition, mean, seed)

    def sample_prior(self, n, condition=None, temperature=1.0, seed=None):
        """Returns `n` draws of p(z), [n, *latent]. Arguments and errors as for `sample`, which decodes them."""
        n = self._drawable(n, condition, temperature)
        models.usable(self)
        return hierarchy.of(self, condition).sample(n, random.as_seed(seed, self._noise), temperature)

    def _drawable(self, n, condition, temperature):
        """Returns `n`, refusing what can't be drawn; before the noise moves on."""
        n = arguments.known(arguments.integer, "n", n)
        conditions.presence(self, condition, count=n)
        conditions.check(self, condition)
        hierarchy.check_temperature(self, temperature)
        return n

    def reconstruct(self, x, condition=None, mean=True, seed=None):
        """Returns x' ~ p(x'|z), z ~ q(z|x), for raw x [B, ...]; the mean of p(x'|z) by default.

        Of several modalities it returns all, also those that are absent in x.
        """
        models.usable(self)
        again = self.variations(x, 1, condition=condition, mean=mean, seed=seed)
        return tf.nest.map_structure(lambda values: values[0], again)

    def variations(self, x, n, scale=1.0, seed=None, condition=None, mean=True):
        """Returns events around x: z from q(z|x) with its spread multiplied by `scale`, decoded.

        Args:
            x: [B, ...] raw.
            n: Variations of each example.
            scale: 0 repeats the reconstruction from the posterior's mean n times; 1 draws from the posterior.
            seed: int, int32[2], or None for the model's own stream.
            condition: [B, ...] for a conditional model.
            mean: Whether to return the mean of p(x|z) rather than a draw from it.

        Returns:
            [n, B, *event] in x's units; of several modalities {name: [n, B, *event]}.

        Raises:
            ValueError: `n` is not a positive int, `scale` not a number >= 0, or the batch doesn't fit.
        """
        n = arguments.known(arguments.integer, "n", n)
        arguments.known(arguments.number, "scale", scale, "a number >= 0", minimum=0)
        conditions.presence(self, condition)
        x = form.of(self).read("x", x)
        conditions.check(self, condition, _count(x), one_for_all=True)
        models.usable(self)
        seed = random.as_seed(seed, self._noise)
        posterior = self.encode(x, condition)
        z = manifolds.between(posterior, posterior.mean(), posterior.sample(n, seed=random.fold(seed, 0)), scale)
        return self._emit(z, condition, mean, seed, x)

    def _emit(self, z, condition, mean, seed, like=None):
        likelihood = self.decode(z, condition, like)
        return form.of(self).shown(likelihood.mean() if mean else likelihood.sample(seed=random.fold(seed, 1)))


def _count(x, last=None):
    """Returns the size of the first axis, or of axis `-last`; None if unknown."""
    shape = getattr(x, "shape", ())
    return shape[-last if last else 0] if tf.TensorShape(shape).rank else None
