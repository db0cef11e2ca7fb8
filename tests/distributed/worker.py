"""One of several workers on this machine, whose TF_CONFIG says which: `python -m tests.distributed.worker FOLDER`.

Runs the trainings that are named and writes what came of them to FOLDER/<training>_<number>.npz.
"""

import pathlib
import sys

import numpy as np
import tensorflow as tf

# Before any other operation.
STRATEGY = tf.distribute.MultiWorkerMirroredStrategy()

from tests.distributed import trainings  # noqa: E402
from tfvae.devices import replicas  # noqa: E402


def main(folder, names):
    number, _ = replicas.worker(STRATEGY)
    for name in names:
        found = getattr(trainings, name)(STRATEGY, folder)
        np.savez(folder / f"{name}_{number}.npz", **found)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
