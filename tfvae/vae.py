"""VAE: the model and its training, and the only class with a train step."""

import functools

import keras
import tensorflow as tf

from tfvae import (
    batch,
    changes,
    checks,
    conditions,
    execution,
    gradients,
    guard,
    inputs,
    kinds,
    pieces,
    plan,
    random,
    replicas,
    sentence,
    watch,
    workers,
)
from tfvae.component import register
from tfvae.data import epoch
from tfvae.loss import Loss
from tfvae.model import LatentVariableModel
from tfvae.progress import Progress
from tfvae.saving import Saveable


@register
class VAE(Saveable, LatentVariableModel):
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
        objective: A `terms.Term` or a list of them; their weighted values are summed.
        preprocessing: `data.Preprocessing`, raw pixels -> x, or None.
        seed: Of the model's noise; None takes one that `keras.utils.set_random_seed` fixes.
        **kwargs: `name` and `dtype` of a Keras model.

    Attributes:
        trained: Whether the weights are more than initial noise; the first use of a model that isn't warns.

    Raises:
        TypeError: An argument that there is not; names the nearest.
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
        super().__init__(encoder, posterior, prior, decoder, likelihood, preprocessing, seed, **kwargs)
        self.objective = list(objective) if isinstance(objective, list | tuple) else [objective]
        self._evaluation_noise = random.generator(0)
        self.progress = Progress()
        self._take_objective()
        self._traced = changes.Traced(self)
        self.planned_steps = None
        self.epochs = None
        self.asked = {"jit_compile": "auto", "steps_per_execution": "auto"}
        self.built = True

    def _take_objective(self):
        checks.objective(self)
        has_elbo = self.posterior.has_density and self.likelihood.has_density
        self._loss = Loss(self.objective, has_elbo, regularized=bool(self.losses))
        self.num_samples = self._loss.num_samples

    def __repr__(self):
        """Returns the model as a sentence of parts, one a line."""
        return sentence.of(self)

    def summary(self, line_length=None, positions=None, print_fn=None, **kwargs):
        """Prints the sentence of parts, then Keras's table of layers; arguments as for every Keras model."""
        (print_fn or keras.src.utils.io_utils.print_msg)(repr(self))
        super().summary(line_length, positions, print_fn, **kwargs)

    def compile(
        self,
        optimizer: str | keras.optimizers.Optimizer = "adam",
        *,
        jit_compile: str | bool = "auto",
        run_eagerly=False,
        steps_per_execution: str | int = "auto",
        auto_scale_loss=True,
        **kwargs,
    ):
        """Chooses the optimizer; the loss is the model's objective.

        Args:
            optimizer: Name of a Keras optimizer, or one.
            jit_compile: Whether XLA runs the steps; "auto" decides by the model,
                the device and the length of the training, see `tfvae.execution`.
            run_eagerly: Runs Python at each step, for debugging.
            steps_per_execution: Steps between two calls of the callbacks; "auto"
                makes 4 executions of an epoch, 20 with convolutions, or one of
                each step where a callback of the user's own watches batches.
            auto_scale_loss: As for Keras, for the dtype policy mixed_float16.
            **kwargs: What else Keras takes is refused.

        Raises:
            ValueError: A Keras loss or metric was given.
        """
        checks.no_keras_losses(kwargs)
        self._trained = self.trained  # an optimizer that has taken no step takes the place of one that may have
        with self.distribute_strategy.scope():
            super().compile(
                optimizer=optimizer,
                jit_compile=jit_compile,
                run_eagerly=run_eagerly,
                steps_per_execution=1 if steps_per_execution == "auto" else steps_per_execution,
                auto_scale_loss=auto_scale_loss,
            )
        workers.refuse_strange_variables(self)
        self.asked = {"jit_compile": jit_compile, "steps_per_execution": steps_per_execution}
        arguments = {
            "optimizer": self.optimizer,
            "run_eagerly": run_eagerly,
            **self.asked,
            # Already wrapped where it had to be.
            "auto_scale_loss": False,
        }
        self._compile_config = keras.src.saving.serialization_lib.SerializableDict(**arguments)
        with self.distribute_strategy.scope():
            self.optimizer.build(self.trainable_variables)

    def compile_from_config(self, config):
        """Compiles as the saved model was."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose: str | int = "auto", callbacks=None, **kwargs):
        """Trains as every Keras model does; `y` is the condition of a conditional model.

        Looks at one batch first, so that what doesn't fit is said before the
        first step, and tells tfvae's datasets which epoch it is. Warns of
        batches that are not finite, and of a schedule that is longer than the
        training.

        Raises:
            ValueError: Data that is empty, doesn't fit the model, or is not finite; numbers that are none.
        """
        workers.refuse_what_keras_cannot(self)
        changes.follow(self)
        x, y = kinds.plain(x), kinds.plain(y)
        inputs.fit_arguments(self, x, y, batch_size, epochs, callbacks, kwargs)
        x = inputs.first_batch(self, x, y, kwargs.get("sample_weight"))
        if kwargs.get("validation_data") is not None:
            given, steps = kwargs["validation_data"], kwargs.get("validation_steps")
            kwargs["validation_data"] = inputs.validation(self, given, steps)
        x, y, batch_size, kwargs = workers.in_one_order(self.distribute_strategy, x, y, batch_size, **kwargs)
        y = batch.keep_weights(x, y, kwargs.get("sample_weight"))
        validation = kwargs.get("validation_data")
        if isinstance(validation, tuple) and len(validation) == 3:
            kwargs["validation_data"] = (validation[0], batch.keep_weights(*validation), validation[2])
        fixed = kwargs.get("steps_per_epoch")
        callbacks = watch.with_own(callbacks, self, one_iterator=bool(fixed))
        if isinstance(x, tf.data.Dataset):
            kwargs.setdefault("shuffle", False)  # Keras's default warns that it can't shuffle a dataset
        steps = plan.epoch_steps(x, batch_size, fixed, kwargs.get("validation_split", 0.0))
        often = plan.steps_per_execution(self, steps, bool(fixed), getattr(callbacks, "callbacks", callbacks))
        # All epochs, also those before a resume, so that a resumed training runs as the whole one did.
        self.planned_steps = steps and steps * epochs
        source = execution.source(self, x, **kwargs)
        with execution.executing(self, often), execution.reading(self, source):
            x = x if source is None else source.numbers()
            return super().fit(x, y, batch_size, epochs, verbose, callbacks, **kwargs)

    def _make_function(self, step_function):
        # Keras's loop for Python at each step, and for replicas, whose collectives XLA can't compile there.
        if self.run_eagerly or not execution.in_one_place(self):
            return workers.with_logs_of_all(super()._make_function, step_function, self.distribute_strategy)
        return execution.Steps(self, step_function, learns=step_function == self.train_step)

    def predict(self, x, *args, **kwargs):
        """Returns the mean reconstructions, as every Keras model's `predict` does its outputs.

        They are in the order of the input, also of a dataset of `tfvae.data` that shuffles. A foreign dataset that
        shuffles can't be told from others, and its reconstructions come in the order that it takes.
        """
        x = kinds.plain(x)
        inputs.predicted(self, x, args[2] if len(args) > 2 else kwargs.get("steps"))
        # One step at a time also within a `fit`, which takes many.
        with epoch.in_order(), execution.executing(self, 1), conditions.in_words(self):
            return super().predict(x, *args, **kwargs)

    def evaluate(self, x=None, y=None, batch_size=None, verbose: str | int = "auto", sample_weight=None, **kwargs):
        """Evaluates as every Keras model does; `y` is the condition of a conditional model.

        A dataset of `tfvae.data` is read in the order of its input, so that the same noise meets the same example.

        Raises:
            ValueError: Data that is empty, doesn't fit the model, or is not finite; names the rows or the batch.
        """
        workers.refuse_what_keras_cannot(self)
        changes.follow(self)
        x, y = kinds.plain(x), kinds.plain(y)
        inputs.evaluated(self, x, y, sample_weight, kwargs.get("steps"))
        y = batch.keep_weights(x, y, sample_weight)
        with epoch.in_order():
            result = super().evaluate(x, y, batch_size, verbose, sample_weight, **kwargs)
        watch.refuse_bad_batch(self)
        return result

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # Keras traces the model on the mean over replicas of the first batch, which fails where they get unequal
        # shares. There is nothing to build: the constructor did.
        del iterator, data_batch

    @property
    def variables(self):
        """All variables, with the counts of steps and epochs, which are no weights."""
        return [*super().variables, *self.progress.variables]

    @property
    def metrics(self):
        """`loss`, `elbo`, each term and scheduled weight, `regularization`, `skipped_steps`."""
        return self._loss.metrics

    @property
    def skipped_steps(self):
        """The metric that counts steps whose gradients were not finite."""
        return self._loss.skipped_steps

    def reset_metrics(self):
        """Starts the metrics, and the fixed noise of `evaluate`, from the beginning."""
        super().reset_metrics()
        self._evaluation_noise.state.assign([0, 0])
        for function in (self.train_function, self.test_function):
            if isinstance(function, execution.Steps):
                function.begin()

    def train_step(self, data):
        """Takes one step on a batch of x, (x, condition) or (x, condition, sample_weight)."""
        moved = guard.state(self)
        before, taken = guard.read(moved), tf.convert_to_tensor(self.optimizer.iterations)
        x, condition, sample_weight = replicas.at_least_one(*self._weighed(data))
        weights, count = replicas.example_weights(tf.shape(x)[0], sample_weight, self.float_dtype)
        seed, step = random.next_seed(self._noise), tf.convert_to_tensor(self.progress.steps)
        size = pieces.size(self, x.shape[0] or tf.shape(x)[0])
        if size is None:
            measured, *found = self._learn(count, x, condition, weights, seed)
        else:
            reported = tf.TensorSpec([len(self._loss.measured) + 1], self.float_dtype)
            learn, like = functools.partial(self._learn, count), [reported, *self.trainable_variables]
            measured, *found = pieces.total(learn, x, condition, weights, seed, size, like)
        applied = guard.all_finite(measured[0], found, self.optimizer)
        guard.apply_if(applied, self.optimizer, found, self.trainable_variables, moved, before)
        self.progress.advance(tf.convert_to_tensor(self.optimizer.iterations) - taken)
        return self._loss.report(measured, step, count, applied)

    def _learn(self, count, x, condition, weights, seed, portion=None):
        """Returns what is reported of a batch, or of a piece of it, and the gradient of each trainable variable."""
        with tf.GradientTape(persistent=self._loss.has_surrogates) as tape:
            inference = self.infer_weighted(x, condition, weights, count, self.num_samples, seed, training=True)
            losses = self.losses if portion is None else [loss * tf.cast(portion, loss.dtype) for loss in self.losses]
            shares = self._loss.shares(inference, self.progress.steps, losses)
            scaled = [self.optimizer.scale_loss(loss) for loss in self._loss.surrogates(inference, shares)]
        found = gradients.of(tape, scaled, self)
        if portion is not None:  # they are added up
            found = [
                tf.zeros_like(variable) if gradient is None else tf.convert_to_tensor(gradient)
                for variable, gradient in zip(self.trainable_variables, found, strict=True)
            ]
        return [self._loss.measure(inference, shares), *found]

    @property
    def divisible(self):
        """Whether the gradient of a batch is the sum of those of its parts."""
        # A network with state of its own, such as batch normalisation, has it from the whole batch.
        stateful = self.encoder.non_trainable_weights or self.decoder.non_trainable_weights
        return not stateful and not self._loss.couples_examples

    def _weighed(self, data):
        x, condition, sample_weight = self.unpack(data)
        return x, condition, conditions.weigh_unknown(self, condition, sample_weight)

    def test_step(self, data):
        """Evaluates the objective on a batch, with noise of a fixed stream."""
        x, condition, sample_weight = replicas.at_least_one(*self._weighed(data))
        # A model whose seed is 0 trains on the same numbers: its forward pass folds 0 to 2 into them.
        seed = random.fold(random.next_seed(self._evaluation_noise), 3)
        inference = self.infer(x, condition, sample_weight, seed=seed)
        measured = self._loss.measure(inference, self.shares(inference))
        return self._loss.report(measured, self.progress.steps, inference.count)

    def shares(self, inference):
        """Returns every term of the objective for a forward pass, and the loss; see `loss.Shares`."""
        return self._loss.shares(inference, self.progress.steps, self.losses)

    def predict_step(self, data):
        """Returns the mean reconstruction of a batch."""
        x, condition, _ = self.unpack(data)
        checks.event_shape(self.likelihood, x)  # Keras would wrap what `call` says in a page
        again = self(x if condition is None else (x, condition), training=False)
        return conditions.stop_at_unknown(self, condition, again)

    def export(self, filepath, format="tf_saved_model", **kwargs):
        """Writes the model for serving ("tf_saved_model") or its decoder for mobile ("litert").

        See `tfvae.export.saved_model` and `tfvae.export.litert`.
        """
        checks.usable(self)
        from tfvae import export  # Keras's contract has the model call its exporter; the one import upwards.

        return export.by_format(format)(self, filepath, **kwargs)


def _described(part):
    """Returns a part's repr; a Keras model, whose own says nothing, by its shapes and size."""
    if not hasattr(part, "input_shape"):
        return repr(part)
    shapes = " -> ".join(str(shape[1:]) for shape in (part.input_shape, part.output_shape))
    return f"<{type(part).__name__} {shapes}, {part.count_params():,} parameters>"
