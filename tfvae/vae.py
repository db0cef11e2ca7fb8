"""VAE: the model, and the only class with a train step."""

import keras
import tensorflow as tf

from tfvae import checks, guard, random, replicas
from tfvae.component import Configured, register, snake_case
from tfvae.data.epoch import SetEpoch
from tfvae.inference import Inference, Latent


@register
class VAE(Configured, keras.Model):
    """A variational autoencoder, composed of parts.

    x -> encoder -> posterior q(z|x) -> z -> decoder -> likelihood p(x|z)

    trained on a sum of weighted terms, by default the negative ELBO

    -ELBO = -E_q[log p(x|z)] + KL(q(z|x) || p(z))

    in nats, summed over the event and averaged over the batch.

    Args:
        encoder: Keras model or layer, [B, *event] -> features.
        posterior: `families.Family` over z, the sampling layer.
        prior: `priors.Prior` over z.
        decoder: Keras model or layer, [B, *latent] -> features.
        likelihood: `families.Family` over x.
        objective: `terms.Term`s; their weighted values are summed.
        preprocessing: `data.Preprocessing`, raw pixels -> x, or None.
        seed: Of the model's noise; None takes one that `keras.utils.set_random_seed` fixes.
        **kwargs: `name` and `dtype` of a Keras model.

    Raises:
        ValueError: Parts that don't fit or that have no meaning together, with the fix.

    Reference: Kingma and Welling (2014), arXiv 1312.6114.

    >>> from tfvae import VAE, families, networks, priors, terms
    >>> vae = VAE(
    ...     encoder=networks.mlp_encoder((8, 8, 1)),
    ...     posterior=families.Normal((2,)),
    ...     prior=priors.StandardNormal((2,)),
    ...     decoder=networks.mlp_decoder((2,)),
    ...     likelihood=families.Bernoulli((8, 8, 1)),
    ...     objective=[terms.NegativeLogLikelihood(), terms.KL()],
    ... )
    >>> vae.sample(3, seed=0).shape
    TensorShape([3, 8, 8, 1])
    """

    def __init__(
        self, encoder, posterior, prior, decoder, likelihood, objective, preprocessing=None, seed=None, **kwargs
    ):
        super().__init__(**{"autocast": False, **kwargs})
        self.encoder = encoder
        self.posterior = posterior
        self.prior = prior
        self.decoder = decoder
        self.likelihood = likelihood
        self.objective = list(objective)
        self.preprocessing = preprocessing
        self.seed = seed
        self.float_dtype = "float64" if self.compute_dtype == "float64" else "float32"
        self._noise = random.generator(seed)
        self._evaluation_noise = random.generator(0)
        checks.build_parts(self)
        self._terms = dict(zip(_term_names(self.objective), self.objective, strict=True))
        self._num_samples = max(term.num_samples for term in self.objective)
        self._has_elbo = posterior.has_density and likelihood.has_density
        self._means = {name: keras.metrics.Mean(name) for name in self._mean_names()}
        self._skipped = guard.SkippedSteps()
        self.built = True

    @property
    def conditional(self):
        """Whether a part takes a condition, so that batches are (x, condition)."""
        return any(checks.takes_condition(part) for part in (self.encoder, self.decoder, self.prior))

    # The model's distributions ---------------------------------------------------------------------------------

    def preprocess(self, x, seed=None):
        """Returns x as the encoder and the likelihood see it; deterministic without a seed."""
        if self.preprocessing is not None:
            x = self.preprocessing(x, seed=seed)
        x = tf.cast(x, self.float_dtype)
        checks.event_shape(self.likelihood, x)
        return x

    def encode(self, x, condition=None):
        """Returns q(z|x), a `tfd.Distribution` of batch shape [B], for raw x [B, ...]."""
        return self.encode_preprocessed(self.preprocess(x), condition)

    def decode(self, z, condition=None):
        """Returns p(x|z), a `tfd.Distribution` of batch shape [..., B], for z [..., B, *latent]."""
        return self._likelihood(tf.cast(z, self.float_dtype), condition, training=False)

    def encode_preprocessed(self, x, condition=None):
        """Returns q(z|x) for x as `preprocess` gives it."""
        return self._posterior(x, condition, training=False)

    def _posterior(self, x, condition, training):
        return self.posterior.distribution(_run(self.encoder, x, condition, training))

    def _prior(self, condition):
        return self.prior.distribution(condition, lambda x: self._posterior(x, condition, training=False))

    def _likelihood(self, z, condition, training):
        # The network sees one batch axis; the head and the distribution see samples and examples apart.
        event = len(self.posterior.event_shape)
        leading = tf.shape(z)[:-event]
        flat = tf.reshape(z, [-1, *self.posterior.event_shape])
        if condition is not None:
            copies = tf.shape(flat)[0] // tf.maximum(tf.shape(condition)[0], 1)
            condition = tf.tile(condition, [copies] + [1] * (len(condition.shape) - 1))
        features = _run(self.decoder, flat, condition, training)
        features = tf.reshape(features, tf.concat([leading, features.shape[1:]], 0))
        features = tf.ensure_shape(features, [*z.shape[:-event], *features.shape[-len(self.likelihood.features_shape) :]])
        return self.likelihood.distribution(features)

    def infer(self, x, condition=None, sample_weight=None, *, num_samples=None, seed=None, training=False):
        """Runs one forward pass.

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
        seed = random.as_seed(seed, self._noise)
        x = self.preprocess(x, random.fold(seed, 0))
        weights, _ = replicas.example_weights(tf.shape(x)[0], sample_weight, self.float_dtype)
        posterior = self._posterior(x, condition, training)
        count = self._num_samples if num_samples is None else num_samples
        return self.infer_from(posterior, x, condition, weights, count, random.fold(seed, 1), training)

    def infer_from(self, posterior, x, condition, weights, num_samples, seed, training=False):
        """Draws z from `posterior` and decodes it: `infer` from where the encoder has run."""
        if self.posterior.has_density:
            z, log_q = posterior.experimental_sample_and_log_prob(num_samples, seed=seed)
        else:
            z, log_q = posterior.sample(num_samples, seed=seed), None
        latent = Latent(z, log_q, posterior, self._prior(condition))
        return Inference(x, (latent,), self._likelihood(z, condition, training), num_samples, weights)

    # Keras's contract ------------------------------------------------------------------------------------------

    def call(self, inputs, training=None):
        """Returns the mean reconstruction in x's units, for raw x or (x, condition)."""
        x, condition, _ = self.unpack(inputs)
        z = self._posterior(self.preprocess(x), condition, bool(training)).mean()
        return self._likelihood(z, condition, bool(training)).mean()

    def compile(
        self,
        optimizer="adam",
        *,
        jit_compile="auto",
        run_eagerly=False,
        steps_per_execution=1,
        auto_scale_loss=True,
        **kwargs,
    ):
        """Chooses the optimizer; the loss is the model's objective.

        Raises:
            ValueError: A Keras loss or metric was given.
        """
        checks.no_keras_losses(kwargs)
        super().compile(
            optimizer=optimizer,
            jit_compile=jit_compile,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            auto_scale_loss=auto_scale_loss,
        )
        arguments = {
            "optimizer": self.optimizer,
            "jit_compile": jit_compile,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            # Already wrapped where it had to be.
            "auto_scale_loss": False,
        }
        self._compile_config = keras.src.saving.serialization_lib.SerializableDict(**arguments)
        with self.distribute_strategy.scope():
            self.optimizer.build(self.trainable_variables)

    def compile_from_config(self, config):
        """Compiles as the saved model was."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, **kwargs):
        """Trains as every Keras model does; `y` is the condition of a conditional model.

        Looks at one batch first, so that what doesn't fit is said before the
        first step, and tells tfvae's datasets which epoch it is.
        """
        checks.first_batch(self, x)
        if isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks.append(SetEpoch())
        else:
            callbacks = [SetEpoch(), *tf.nest.flatten(callbacks or [])]
        if isinstance(x, tf.data.Dataset):
            kwargs.setdefault("shuffle", False)  # Keras's default warns that it can't shuffle a dataset
        return super().fit(x, y, batch_size, epochs, verbose, callbacks, **kwargs)

    @property
    def metrics(self):
        """`loss`, `elbo`, each term and scheduled weight, `regularization`, `skipped_steps`."""
        return [*self._means.values(), self._skipped]

    def reset_metrics(self):
        """Starts the metrics, and the fixed noise of `evaluate`, from the beginning."""
        super().reset_metrics()
        self._evaluation_noise.state.assign([0, 0])

    def train_step(self, data):
        """Takes one step on a batch of x, (x, condition) or (x, condition, sample_weight)."""
        x, condition, sample_weight = self.unpack(data)
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            inference = self.infer(x, condition, sample_weight, training=True)
            shares, loss = self._shares(inference)
            scaled = self.optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, variables)
        applied = guard.all_finite(loss, gradients)
        if variables:
            guard.apply_if(applied, self.optimizer, gradients, variables)
        self._skipped.update_state(applied)
        return self._update_means(inference, shares, loss, sample_weight, applied)

    def test_step(self, data):
        """Evaluates the objective on a batch, with noise of a fixed stream."""
        x, condition, sample_weight = self.unpack(data)
        seed = random.next_seed(self._evaluation_noise)
        inference = self.infer(x, condition, sample_weight, seed=seed)
        shares, loss = self._shares(inference)
        return self._update_means(inference, shares, loss, sample_weight, tf.constant(True))

    def predict_step(self, data):
        """Returns the mean reconstruction of a batch."""
        x, condition, _ = self.unpack(data)
        return self(x if condition is None else (x, condition), training=False)

    def unpack(self, data):
        """Returns (x, condition, sample_weight) of a batch, None for what is absent.

        Raises:
            ValueError: A condition for an unconditional model, or none for a conditional one.
        """
        x, condition, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        condition = None if isinstance(condition, tuple) and not condition else condition
        checks.condition(self.conditional, condition)
        return x, condition, sample_weight

    def _mean_names(self):
        names = ["loss", *(["elbo"] if self._has_elbo else []), *self._terms]
        names += [f"{name}_weight" for name, term in self._terms.items() if term.scheduled]
        return names + (["regularization"] if self.losses else [])

    def _shares(self, inference):
        """Returns this replica's share of each term and of the loss: over all replicas they sum to the means."""
        step = self.optimizer.iterations if self.compiled else 0
        shares = {name: inference.share(term.value(inference)) for name, term in self._terms.items()}
        loss = sum(tf.cast(t.weight_at(step), shares[name].dtype) * shares[name] for name, t in self._terms.items())
        if self.losses:
            shares["regularization"] = tf.cast(sum(self.losses), loss.dtype) / replicas.count()
            loss += shares["regularization"]
        return shares, loss

    def _update_means(self, inference, shares, loss, sample_weight, applied):
        shares = {"loss": loss, **shares}
        if self._has_elbo:
            shares["elbo"] = inference.share(tf.reduce_mean(inference.log_likelihood, 0) - self._kl(inference))
        sums = replicas.all_sum(tf.stack(list(shares.values())))
        means = dict(zip(shares, tf.unstack(sums), strict=True))
        step = self.optimizer.iterations if self.compiled else 0
        means |= {f"{name}_weight": term.weight_at(step) for name, term in self._terms.items()}
        _, total = replicas.example_weights(tf.shape(inference.x)[0], sample_weight, self.float_dtype)
        # A step that was not applied says nothing about the model; one NaN would hide the epoch.
        weight = tf.where(applied, total, 0.0)
        for name, mean in self._means.items():
            mean.update_state(tf.where(applied, means[name], tf.zeros_like(means[name])), sample_weight=weight)
        return {metric.name: metric.result() for metric in self.metrics}

    def _kl(self, inference):
        own = (term.kl(inference) for term in self.objective)
        return next((kl for kl in own if kl is not None), tf.reduce_mean(inference.log_ratio, axis=0))

    # Generating ------------------------------------------------------------------------------------------------

    def sample(self, n, condition=None, temperature=1.0, mean=True, seed=None):
        """Generates `n` events: z from the prior, decoded.

        Args:
            n: How many.
            condition: [n, ...] for a conditional model.
            temperature: Multiplies z's distance from the prior's mean; 1 is the model's own law.
            mean: Return p(x|z)'s mean, or else a draw from it.
            seed: int, int32[2], or None for the model's own stream.

        Returns:
            [n, *event] in x's units.
        """
        checks.condition(self.conditional, condition)
        checks.temperature(temperature)
        seed = random.as_seed(seed, self._noise)
        z = self.prior.sample(n, random.fold(seed, 0), temperature, condition, self.encode)
        return self._emit(z, condition, mean, seed)

    def reconstruct(self, x, condition=None, mean=True, seed=None):
        """Returns x' ~ p(x'|z), z ~ q(z|x), for raw x [B, ...]; the mean of p(x'|z) by default."""
        return self.variations(x, None, condition=condition, mean=mean, seed=seed)[0]

    def variations(self, x, n, scale=1.0, seed=None, condition=None, mean=True):
        """Returns events around x: z from q(z|x) with its spread multiplied by `scale`, decoded.

        Args:
            x: [B, ...] raw.
            n: Variations of each example.
            scale: 0 gives n times the reconstruction from the posterior's mean, 1 draws from the posterior.
            seed: int, int32[2], or None for the model's own stream.
            condition: [B, ...] for a conditional model.
            mean: Return p(x|z)'s mean, or else a draw from it.

        Returns:
            [n, B, *event] in x's units.
        """
        checks.condition(self.conditional, condition)
        seed = random.as_seed(seed, self._noise)
        posterior = self.encode(x, condition)
        centre = posterior.mean()
        z = centre + scale * (posterior.sample(1 if n is None else n, seed=random.fold(seed, 0)) - centre)
        return self._emit(z, condition, mean, seed)

    def _emit(self, z, condition, mean, seed):
        likelihood = self.decode(z, condition)
        return likelihood.mean() if mean else likelihood.sample(seed=random.fold(seed, 1))

    # Files -----------------------------------------------------------------------------------------------------

    def save_own_variables(self, store):
        """Stores the model's own variables and the state of every seed generator, which Keras leaves out."""
        super().save_own_variables(store)
        for number, state in enumerate(self._random_states()):
            store[f"random_{number}"] = state.numpy()

    def load_own_variables(self, store):
        """Restores what `save_own_variables` stored."""
        own = {key: store[key] for key in store.keys() if not key.startswith("random_")}  # noqa: SIM118
        super().load_own_variables(own)
        for number, state in enumerate(self._random_states()):
            if f"random_{number}" in store.keys():  # noqa: SIM118
                state.assign(store[f"random_{number}"])

    def _random_states(self):
        others = {id(v) for v in (*self.weights, *(v for metric in self.metrics for v in metric.variables))}
        return [variable for variable in self.variables if id(variable) not in others]

    def export(self, filepath, format="tf_saved_model", **kwargs):
        """Writes the model for serving ("tf_saved_model") or its decoder for mobile ("litert").

        See `tfvae.export.saved_model` and `tfvae.export.litert`.
        """
        from tfvae import export  # Keras's contract has the model call its exporter; the one import upwards.

        return export.by_format(format)(self, filepath, **kwargs)


def _run(network, x, condition, training):
    if checks.takes_condition(network):
        return network(x, condition, training=training)
    return network(x, training=training)


def _term_names(objective):
    """Returns each term's metric name: what the user called it, else its class, numbered where it occurs twice."""
    names = []
    for term in objective:
        name = base = term.given_name or snake_case(type(term).__name__)
        while name in names:
            name = f"{base}_{names.count(base) + sum(n.startswith(base + '_') for n in names)}"
        names.append(name)
    return names
