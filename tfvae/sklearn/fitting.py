"""From rows to a trained model, as a function of one seed."""

import contextlib
import math
import random

import keras
import numpy as np

from tfvae import arguments, data
from tfvae.sklearn import models

#: Steps of a training whose epochs aren't given, and the fewest epochs of one.
STEPS, EPOCHS = 1000, 10


def epochs_for(count, batch_size):
    """Returns how many epochs of `count` rows make some 1,000 steps, at least 10.

    >>> epochs_for(500, 64), epochs_for(1_000_000, 64)
    (125, 10)
    """
    return max(EPOCHS, math.ceil(STEPS / math.ceil(count / batch_size)))


@contextlib.contextmanager
def _in_float64(seed):
    """Makes what is made within of float64 and of a seed, and leaves the process as it was.

    Keras takes the seeds of what is given none, such as initial weights, from Python's generator.
    """
    policy, floatx, state = keras.config.dtype_policy(), keras.config.floatx(), random.getstate()
    keras.config.set_dtype_policy("float64")
    keras.config.set_floatx("float64")  # of inputs: a network would cast what it is given to it
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)


def trained(rows, chosen, seed, check=lambda vae: None):
    """Returns a model trained on rows.

    It computes in float64: a row's results are then the same, to the last few digits, in whatever batch it comes. The
    tables are small, so that this costs little.

    Args:
        rows: float64 [n, d], as the model sees them, NaN where an entry is missing.
        chosen: The estimator, whose arguments say how.
        seed: int. The same seed gives the same model.
        check: vae -> None, raises where the estimator has no use for such a model.

    Raises:
        ValueError: An argument that is not valid, or a model that doesn't fit.
    """
    latent_size = arguments.integer("latent_size", chosen.latent_size)
    batch_size = arguments.integer("batch_size", chosen.batch_size)
    epochs = chosen.epochs
    if epochs is not None:
        epochs = arguments.integer("epochs", epochs, "a positive int, or None for some 1,000 steps")
    verbose = chosen.verbose if not isinstance(chosen.verbose, bool) else int(chosen.verbose)
    verbose = arguments.integer("verbose", verbose, "0, 1 or 2, as for Keras's `fit`", minimum=0, maximum=2)
    rate = arguments.number("learning_rate", chosen.learning_rate, "a number > 0", minimum=math.ulp(0.0))
    epochs = epochs_for(len(rows), batch_size) if epochs is None else epochs
    with _in_float64(seed):
        vae = models.made(chosen.make_model, rows.shape[1:], latent_size, chosen._default_model)
        models.refuse_other_units(vae, rows[:100])
        check(vae)
        vae.compile(keras.optimizers.Adam(rate))
        missing = vae.likelihood.takes_missing
        dataset = data.from_array(rows, batch_size=batch_size, seed=seed, missing=missing)
        vae.fit(dataset, epochs=epochs, verbose=verbose)
    return vae


def seed_of(random_state):
    """Returns an int for what scikit-learn takes as a `random_state`: None, an int or a `RandomState`."""
    from sklearn.utils import check_random_state

    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
