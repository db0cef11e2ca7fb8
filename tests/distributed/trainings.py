"""Trainings under a strategy: the same in two processes of one replica each, and in one process of two."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tests.notes import Notes
from tfvae import callbacks, data, families, recipes, terms
from tfvae.devices import replicas


def whole(strategy, folder):
    """A training with all that goes with it, over an uneven last batch of weighted examples."""
    number, _ = replicas.worker(strategy)
    with strategy.scope():
        vae = make(preprocessing=data.DynamicBinarize(), seed=number)  # the chief's weights are everybody's
        vae.compile(keras.optimizers.Adam(0.01))
    weights = np.linspace(0.0, 2.0, 37)
    validation = data.from_array(digits(21), batch_size=8, shuffle=False)
    history = vae.fit(
        data.from_array(digits(37), sample_weight=weights, batch_size=8),
        epochs=2,
        verbose=0,
        validation_data=validation,
        callbacks=[
            callbacks.BackupAndRestore(folder / "backup", delete_checkpoint=False),
            callbacks.ModelCheckpoint(folder / "best.keras"),
            callbacks.EarlyStopping(patience=5),
            callbacks.Samples(folder / "samples", count=4, every=2),
            callbacks.Scalars(str(folder / "logs")),
        ],
    ).history
    evaluated = vae.evaluate(validation, verbose=0, return_dict=True)
    with strategy.scope():  # where the workers make each variable together, also those that Keras makes to save
        vae.save(folder / "model.keras")
        vae.save_weights(folder / "model.weights.h5")
    state = [*vae.weights, *vae.optimizer.variables, vae._noise.state]
    return {
        **{f"state {position}": variable.numpy() for position, variable in enumerate(state)},
        **{f"history {name}": values for name, values in history.items()},
        **{f"evaluated {name}": value for name, value in evaluated.items()},
        # 33 leave the second worker an empty share of the last batch.
        "predicted": vae.predict(digits(33), batch_size=8, verbose=0),
    }


def resumed(strategy, folder):
    """A training of two epochs that was killed after the first."""

    def fit(epochs, **options):
        keras.utils.set_random_seed(0)
        with strategy.scope():
            vae = make(preprocessing=data.DynamicBinarize(), seed=0)
            vae.compile(keras.optimizers.Adam(0.01))
        backup = [callbacks.BackupAndRestore(folder / "again", **options)] if options else []
        history = vae.fit(data.from_array(digits(16), batch_size=8), epochs=epochs, verbose=0, callbacks=backup).history
        return vae, history["loss"]

    fit(1, delete_checkpoint=False)
    number, count = replicas.worker(strategy)
    if count > 1:
        # As if a kill had come before the second worker's first file.
        own, hidden = folder / "again" / f"last-{number}.npz", folder / "hidden.npz"
        if number:
            own.rename(hidden)
        with pytest.raises(ValueError, match=r"different epochs: \[-1, 0\].*Copy one worker's file"):
            fit(2, delete_checkpoint=False)
        if number:
            hidden.rename(own)
    vae, losses = fit(2, delete_checkpoint=True)
    whole, expected = fit(2)
    for one, two in zip(vae.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-7)
    return {"losses": losses, "expected": expected}


def skipping(strategy, folder):
    """A training whose second batch holds NaN, in the share of the second replica."""
    del folder
    images = digits(16) / np.float32(255)
    images[15] = 9.0
    dataset = data.from_array(images, batch_size=8, shuffle=False)
    keras.utils.set_random_seed(0)
    with strategy.scope():
        likelihood = families.Normal(SHAPE, scale="shared")
        vae = recipes.vae(SHAPE, *LATENT, likelihood=likelihood, preprocessing=None, seed=0)
        vae.compile("sgd")
    with pytest.warns(UserWarning, match="Batch 1 of epoch 1 .* NaN"):
        history = vae.fit(dataset.map(lambda x: tf.where(x > 8.0, np.nan, x)), verbose=0).history
    return {
        **{f"state {position}": weight for position, weight in enumerate(vae.get_weights())},
        **{f"history {name}": values for name, values in history.items()},
    }


def coupled(strategy, folder):
    """A training by a term that compares the examples of all replicas with draws of the prior."""
    del folder
    keras.utils.set_random_seed(0)
    with strategy.scope():
        vae = make(objective=[terms.NegativeLogLikelihood(), terms.MMD(weight=5.0)], seed=0)
        vae.compile(keras.optimizers.Adam(0.01))
    # 33 leave the second worker an empty share of the last batch.
    history = vae.fit(data.from_array(digits(33), batch_size=8), epochs=2, verbose=0).history
    return {
        **{f"state {position}": weight for position, weight in enumerate(vae.get_weights())},
        **{f"history {name}": values for name, values in history.items()},
    }


def arrays(strategy, folder):
    """What this process sees of shuffled arrays, whatever its own seed, and the loss."""
    del folder
    number, _ = replicas.worker(strategy)
    images = np.arange(20, dtype="uint8")[:, None, None, None] * np.ones(SHAPE, "uint8")
    notes = Notes()
    notes.seen = []
    with strategy.scope():
        vae = make(preprocessing=notes, seed=number)
        vae.compile("sgd")
    begin = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: notes.seen.clear())
    vae.fit(images, batch_size=8, verbose=0, callbacks=[begin])
    return {"seen": np.concatenate(notes.seen)}
