"""A training to be killed: `python resumable.py FOLDER EPOCHS`; writes weights.npz when it ends."""

import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf

from tests.models import SHAPE, make
from tfvae import callbacks, data, networks, terms
from tfvae.training import optimizers


def main(folder, epochs):
    keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()
    layers = [keras.layers.Flatten(), keras.layers.Dense(16, "relu"), keras.layers.Dropout(0.2)]
    objective = [terms.NegativeLogLikelihood(), terms.KL(), terms.Adversarial(networks.mlp_critic(SHAPE, (16,)))]
    encoder = keras.Sequential([keras.Input(SHAPE), *layers])
    vae = make(encoder=encoder, objective=objective, preprocessing=data.DynamicBinarize())
    vae.compile(keras.optimizers.Adam(1e-3), jit_compile=True)
    dataset, _ = data.load("digits", "train", batch_size=64)
    log = (folder / "epochs.txt").open("a")

    def note(epoch, logs=None):
        del logs
        print(epoch, file=log, flush=True)

    vae.fit(
        dataset,
        epochs=epochs,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(on_epoch_begin=note),
            callbacks.BackupAndRestore(folder / "backup"),
        ],
    )
    state = [*vae.weights, *optimizers.variables(vae), vae._noise.state]
    np.savez(folder / "weights.npz", *[variable.numpy() for variable in state])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
