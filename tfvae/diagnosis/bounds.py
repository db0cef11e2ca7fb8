"""The ELBO of each example, by draws that two models of the same encoder share."""

import numpy as np
import tensorflow as tf

from tfvae import random
from tfvae.data import epoch

_DRAWS = 16


def elbos(vae, dataset, seed):
    """Returns the ELBO of each example, float64 [N] in nats: E_q[log p(x|z) + log p(z) - log q(z|x)] by some draws.

    Two models that differ in the likelihood or the prior alone are given the same z, so their difference has little
    noise.

    Args:
        vae: A model whose parts have densities.
        dataset: Batches.
        seed: int.
    """

    def measure(x, condition, seed):
        return tf.reduce_mean(vae.infer(x, condition, num_samples=_DRAWS, seed=seed).log_weight, axis=0)

    compiled = tf.function(measure, autograph=False, reduce_retracing=True)
    base, found = random.as_seed(seed, None), []
    with epoch.in_order():
        for number, batch in enumerate(dataset):
            x, condition, _ = vae.unpack(batch)
            found.append(compiled(x, condition, random.fold(base, number)).numpy().astype("float64"))
    return np.concatenate(found)
