"""A warning about unused latent dimensions."""

import copy
import warnings

import keras
import tensorflow as tf

from tfvae import arguments
from tfvae.evaluation import activity
from tfvae.inputs import datasets


class CollapseWarning(keras.callbacks.Callback):
    """Warns of posterior collapse: latent dimensions that say nothing about x.

    When training ends, and optionally every few epochs, it measures
    `evaluation.activity` on validation data and warns of each dimension whose
    posterior mean has a variance of at most `threshold` over the data. For a
    model that uses all of its dimensions, there is no warning.

    Reference: Burda et al. (2016), arXiv 1509.00519, section 5.2; Bowman et al.
    (2016), arXiv 1511.06349, for the collapse and the warm-up against it.

    Args:
        validation_data: A finite dataset of batches as for `fit`.
        threshold: Variance of the posterior means, in the latent's units squared.
        every: Epochs between checks during training; None checks only at its end.

    Attributes:
        activity: The latest `evaluation.Activity`, None before the first check.

    Raises:
        ValueError: `every` is not a positive int, `threshold` is not a number >= 0, or `validation_data` is an
            array instead of batches.
    """

    def __init__(self, validation_data, threshold=0.01, every=None):
        super().__init__()
        if every is not None:
            every = arguments.integer("every", every, "a positive number of epochs or None")
        datasets.batches("validation_data", validation_data)
        self.validation_data = validation_data
        self.threshold = arguments.number("threshold", threshold, "a number >= 0", minimum=0)
        self.every = every
        self.activity = None

    def __deepcopy__(self, memo):
        """Copies everything except the dataset, which can't be copied and never changes."""
        memo[id(self.validation_data)] = self.validation_data
        other = copy.copy(self)
        memo[id(self)] = other
        other.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return other

    def on_epoch_end(self, epoch, logs=None):
        """Checks for collapse after every `every` epochs."""
        del logs
        if self.every is not None and (epoch + 1) % self.every == 0:
            self._look(f"after epoch {epoch + 1}")

    def on_train_end(self, logs=None):
        """Checks for collapse."""
        del logs
        self._look("at the end of the training")

    def _look(self, when):
        if self._too_few():
            warnings.warn(
                f"Posterior collapse was not looked for {when}: `validation_data` has fewer than two examples, and a "
                "variance needs them.",
                UserWarning,
                stacklevel=2,
            )
            return
        self.activity = found = activity(self.model, self.validation_data, self.threshold)
        dead = [int(number) for number, active in enumerate(found.active) if not active]
        if not dead:
            return
        measured = f"variance of the posterior means at most {found.mean_variance[dead].max():.2g}"
        if found.kl_per_dimension is not None:
            measured += f", KL at most {found.kl_per_dimension[dead].max():.2g} nats each"
        smaller = f"a smaller latent, of {len(found.active) - len(dead)} dimensions" if found.active.any() else ""
        against = "terms.KL(free_bits=0.25), or terms.KL(weight=schedules.Linear(0.0, 1.0, steps=...)) as a warm-up"
        compared = self.model.posterior.has_density and self.model.prior.has_density(self.model.posterior)
        remedies = [against if compared else "", smaller]
        warnings.warn(
            f"Posterior collapse {when}: {len(dead)} of {len(found.active)} latent dimensions are inactive: "
            f"{', '.join(map(str, dead))} ({measured}). Their posterior is the same whatever x is, so the decoder "
            "learns nothing of x from them, and the latent holds less than its size promises. "
            f"Try {', or '.join(filter(None, remedies)) or 'a lower learning rate'}.",
            UserWarning,
            stacklevel=2,
        )

    def _too_few(self):
        count = 0
        for batch in self.validation_data:
            count += tf.nest.flatten(batch)[0].shape[0]
            if count > 1:
                return False
        return True
