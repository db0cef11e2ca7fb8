"""`VAE`: the model together with its training; the only class with a train step."""

import math

import keras
import tensorflow as tf

from tfvae import arguments, random
from tfvae.component import register
from tfvae.composition import copies, parts, sentence
from tfvae.data import epoch
from tfvae.devices import replicas
from tfvae.files.saving import Saveable
from tfvae.inputs import arrays, conditions, datasets, form, models
from tfvae.model import LatentVariableModel
from tfvae.training import changes, execution, optimizers, plan, preparation, step, watch, workers
from tfvae.training.loss import Loss, no_keras_losses
from tfvae.training.progress import Progress


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
        seed: Seed of the model's noise. None takes one that `keras.utils.set_random_seed` fixes.
        **kwargs: `name` and `dtype`, as for every Keras model.

    Attributes:
        trained: Whether the weights are more than initial noise. The first use of an untrained model warns.

    Raises:
        TypeError: Unknown argument; the message names the closest match.
        ValueError: Parts that don't fit or make no sense together; the message gives the fix.

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
        self.critic_optimizer = None
        self.skip_above: float | None = None
        self.planned_steps = None
        self.epochs = None
        self.asked = {"jit_compile": "auto", "steps_per_execution": "auto"}
        self.built = True

    def _take_objective(self):
        parts.objective(self)
        has_elbo = not parts.without_density(self)
        self._loss = Loss(self.objective, has_elbo, bool(self.losses), self.likelihood.takes_missing)
        self.num_samples = self._loss.num_samples

    def __repr__(self):
        """Returns the model as the constructor call that makes it, one part per line."""
        return sentence.of(self)

    def with_prior(self, prior, objective=None):
        """Returns a model of the same parts and weights but for the prior, and leaves this one as it is.

        The two have no variable in common, so training one doesn't change the other: each part is copied by its
        configuration, as a file does, `prior` with whatever weights it has. A layer that two parts share is two layers
        in the copy. `trained`, the counts of steps and the state of the noise are this model's. It is not compiled.

        To fit the prior to what this model encodes, see `latent.fit_prior`.

        Args:
            prior: A `priors.Prior` over the same z.
            objective: A `terms.Term` or a list of them, where this model's objective doesn't fit the prior.

        Returns:
            A model of this class.

        Raises:
            ValueError: The prior, or a term of the objective with it, makes no sense with the other parts.
        """
        return copies.with_prior(self, prior, objective)

    def summary(self, line_length=None, positions=None, print_fn=None, **kwargs):
        """Prints the parts, as `repr` does, then Keras's table of layers. Arguments as for every Keras model."""
        (print_fn or keras.src.utils.io_utils.print_msg)(repr(self))
        super().summary(line_length, positions, print_fn, **kwargs)

    def compile(
        self,
        optimizer: str | keras.optimizers.Optimizer = "adam",
        *,
        critic_optimizer: str | keras.optimizers.Optimizer | None = None,
        jit_compile: str | bool = "auto",
        run_eagerly=False,
        steps_per_execution: str | int = "auto",
        skip_above: float | None = None,
        auto_scale_loss=True,
        **kwargs,
    ):
        """Chooses the optimizer; the loss is the model's objective.

        Args:
            optimizer: A Keras optimizer, or the name of one.
            critic_optimizer: Likewise for the critics of the terms that have one; None is Adam(1e-4, beta_1=0.5,
                beta_2=0.9).
            jit_compile: Whether XLA runs the steps. "auto" decides by the model,
                the device and the length of the training; see `tfvae.training.execution`.
            run_eagerly: Runs each step eagerly, for debugging.
            steps_per_execution: Steps between two calls of the callbacks. "auto"
                splits an epoch into 4 executions, or 20 with convolutions. If a
                callback of the user's own watches batches, each step is one execution.
            skip_above: The longest gradient that is applied, by the Euclidean norm of all gradients together, or None
                for any that is finite. A longer step is skipped and counted, as VDVAE (Child 2021, arXiv 2011.10650)
                has it, where `clipnorm` of the optimizer would shorten it.
            auto_scale_loss: As in Keras, for the dtype policy mixed_float16.
            **kwargs: Keras's other arguments, which are refused.

        Raises:
            ValueError: A Keras loss or metric was given, a critic's optimizer without a critic, or a `skip_above` that
                is no number > 0.
        """
        no_keras_losses(kwargs)
        if skip_above is not None:
            arguments.number("skip_above", skip_above, "a number > 0, or None", minimum=math.ulp(0.0))
        self.skip_above = skip_above
        self._trained = self.trained  # the new optimizer has taken no step; the one it replaces may have
        with self.distribute_strategy.scope():
            optimizer = keras.optimizers.get(optimizer)
            critic_optimizer = optimizers.critics(critic_optimizer, self.objective, optimizer)
            super().compile(
                optimizer=optimizer,
                jit_compile=jit_compile,
                run_eagerly=run_eagerly,
                steps_per_execution=1 if steps_per_execution == "auto" else steps_per_execution,
                auto_scale_loss=auto_scale_loss,
            )
            self.critic_optimizer = optimizers.scaled_as(self.optimizer, critic_optimizer)
        workers.refuse_strange_variables(self)
        self.asked = {"jit_compile": jit_compile, "steps_per_execution": steps_per_execution}
        given = {
            "optimizer": self.optimizer,
            "critic_optimizer": self.critic_optimizer,
            "run_eagerly": run_eagerly,
            "skip_above": skip_above,
            **self.asked,
            # The optimizer is already wrapped if it has to be.
            "auto_scale_loss": False,
        }
        self._compile_config = keras.src.saving.serialization_lib.SerializableDict(**given)
        with self.distribute_strategy.scope():
            optimizers.build(self)

    def compile_from_config(self, config):
        """Compiles the model as the saved one was."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose: str | int = "auto", callbacks=None, **kwargs):
        """Trains as every Keras model does; `y` is the condition of a conditional model.

        Checks one batch first, so that data that doesn't fit is refused before
        the first step, and tells tfvae's datasets which epoch it is. Warns about
        batches that are not finite, and about a schedule that is longer than the
        training.

        Raises:
            ValueError: Data that is empty, doesn't fit the model, or is not finite; arguments that are not valid
                numbers.
        """
        x, y, batch_size, kwargs = preparation.for_fit(self, x, y, batch_size, epochs, callbacks, kwargs)
        fixed = kwargs.get("steps_per_epoch")
        callbacks = watch.with_own(callbacks, self, one_iterator=bool(fixed))
        steps = plan.epoch_steps(x, batch_size, fixed, kwargs.get("validation_split", 0.0))
        often = plan.steps_per_execution(self, steps, bool(fixed), getattr(callbacks, "callbacks", callbacks))
        # Counts all epochs, including those before a resume, so that a resumed run goes as the uninterrupted one did.
        self.planned_steps = steps and steps * epochs
        source = execution.source(self, x, **kwargs)
        with execution.executing(self, often), execution.reading(self, source):
            x = x if source is None else source.numbers()
            return super().fit(x, y, batch_size, epochs, verbose, callbacks, **kwargs)

    def _make_function(self, step_function):
        # Keras's own loop for eager execution, and for replicas, whose collectives XLA can't compile here.
        if self.run_eagerly or not execution.in_one_place(self):
            return workers.with_logs_of_all(super()._make_function, step_function, self.distribute_strategy)
        return execution.Steps(self, step_function, learns=step_function == self.train_step)

    def predict(self, x, *args, **kwargs):
        """Returns the mean reconstructions, as every Keras model's `predict` returns its outputs.

        They are in the order of the input, even for a dataset of `tfvae.data` that shuffles. Any other dataset that
        shuffles can't be told apart, and its reconstructions come in the order in which it is read.
        """
        x = datasets.gathered(self, x)
        datasets.predicted(self, x, args[2] if len(args) > 2 else kwargs.get("steps"))
        # One step at a time, even within a `fit`, which takes several per execution.
        with epoch.in_order(), execution.executing(self, 1), conditions.in_words(self):
            found = super().predict(x, *args, **kwargs)
        return form.of(self).predicted(found)

    def evaluate(self, x=None, y=None, batch_size=None, verbose: str | int = "auto", sample_weight=None, **kwargs):
        """Evaluates as every Keras model does; `y` is the condition of a conditional model.

        A dataset of `tfvae.data` is read in the order of its input, so that each example always gets the same noise.

        Raises:
            ValueError: Data that is empty, doesn't fit the model, or is not finite; the message names the rows or the
                batch.
        """
        x, y = preparation.for_evaluate(self, x, y, sample_weight, kwargs.get("steps"))
        with epoch.in_order():
            result = super().evaluate(x, y, batch_size, verbose, sample_weight, **kwargs)
        watch.refuse_bad_batch(self)
        return result

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # Keras traces the model on the mean over replicas of the first batch, which fails if they get unequal
        # shares. There is nothing left to build: the constructor has done it.
        del iterator, data_batch

    @property
    def optimizers(self):
        """The model's optimizer and that of its critics, as far as there are any."""
        made = (getattr(self, "optimizer", None), self.critic_optimizer)
        return [optimizer for optimizer in made if optimizer is not None]

    @property
    def variables(self):
        """All variables, including the counts of steps and epochs, which are not weights."""
        return [*super().variables, *self.progress.variables]

    @property
    def metrics(self):
        """`loss`, `elbo`, each term, scheduled weight and balance, `regularization`, `skipped_steps`."""
        return self._loss.metrics

    @property
    def skipped_steps(self):
        """The metric that counts steps whose gradients were not finite."""
        return self._loss.skipped_steps

    def reset_metrics(self):
        """Resets the metrics, and restarts the fixed noise of `evaluate`."""
        super().reset_metrics()
        self._evaluation_noise.state.assign([0, 0])
        for function in (self.train_function, self.test_function):
            if isinstance(function, execution.Steps):
                function.begin()

    def train_step(self, data):
        """Takes one step on a batch of x, (x, condition) or (x, condition, sample_weight)."""
        return step.take(self, *self._weighed(data))

    def _weighed(self, data):
        x, condition, sample_weight = self.unpack(data, labels=True)
        return x, condition, conditions.weigh_unknown(self, condition, sample_weight)

    def test_step(self, data):
        """Evaluates the objective on a batch, with noise from a fixed stream."""
        x, condition, sample_weight = replicas.at_least_one(*self._weighed(data))
        # A model whose seed is 0 trains on the same stream, but its forward pass folds in 0 to 2: hence 3 here.
        seed = random.fold(random.next_seed(self._evaluation_noise), 3)
        inference = self.infer(x, condition, sample_weight, seed=seed)
        measured = self._loss.measure(inference, self.shares(inference))
        return self._loss.report(measured, self.progress.steps, inference.count)

    def shares(self, inference):
        """Returns the loss and every term of the objective for a forward pass; see `loss.Shares`."""
        return self._loss.shares(inference, self.progress.steps, self.losses)

    def predict_step(self, data):
        """Returns the mean reconstruction of a batch."""
        x, condition, _ = self.unpack(data)
        arrays.event_shape(self.likelihood, x)  # Keras would bury an error from `call` in a page of text
        again = self(x if condition is None else (x, condition), training=False)
        return tf.nest.map_structure(lambda values: conditions.stop_at_unknown(self, condition, values), again)

    def export(self, filepath, format="tf_saved_model", **kwargs):
        """Writes the model for serving ("tf_saved_model") or its decoder for mobile ("litert").

        See `tfvae.export.saved_model` and `tfvae.export.litert`.
        """
        models.usable(self)
        from tfvae import export  # The one upward import: by Keras's contract the model calls its exporter.

        return export.by_format(format)(self, filepath, **kwargs)
