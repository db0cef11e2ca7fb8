#!/usr/bin/env python
"""How noisy one draw's gradient is: the reparameterisation trick against the score function.

Trains the VAE of scripts/documents/naive_estimator.py on the embedded digits and measures,
for each test digit, the variance of three unbiased estimates of the gradient of
E_q[log p(x|z)] in the posterior's mean:

    reparameterised    d/dloc log p(x | loc + scale * noise)
    score function     log p(x|z) d/dloc log q(z|x)
    with a baseline    (log p(x|z) - mean over the draws) d/dloc log q(z|x)
"""

import argparse


def arguments():
    """Returns the command line; TensorFlow is imported only after it, so that --help answers at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=200, help="training, about 30 s on two cores")
    parser.add_argument("--draws", type=int, default=2000, help="draws for each digit")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def gradients(vae, raw, draws, seed):
    """Returns {estimator: gradients in loc, [draws, digits, latent]}."""
    import tensorflow as tf

    from tfvae import random

    x = vae.preprocess(raw)
    posterior = vae.encode(raw)
    loc, scale = posterior.mean(), posterior.stddev()
    noise = tf.random.stateless_normal([draws, *loc.shape], random.as_seed(seed, None))
    with tf.GradientTape() as tape:
        z = loc + scale * noise
        tape.watch(z)
        log_likelihood = vae.decode(z).log_prob(x)
    # z moves as loc does, so the gradient in z is that in loc.
    path = tape.gradient(log_likelihood, z)
    score = noise / scale  # d/dloc log N(z; loc, scale^2)
    centred = log_likelihood - tf.reduce_mean(log_likelihood, axis=0)
    return {
        "reparameterised": path,
        "score function": log_likelihood[..., None] * score,
        "with a baseline": centred[..., None] * score,
    }


def main():
    """Trains, measures, prints the table."""
    chosen = arguments()
    import numpy as np
    from naive_estimator import train

    vae, raw = train(chosen.epochs, chosen.seed)
    found = {name: value.numpy() for name, value in gradients(vae, raw, chosen.draws, chosen.seed + 1).items()}
    # Summed over latent dimensions, averaged over digits.
    variances = {name: value.var(axis=0, ddof=1).sum(axis=-1).mean() for name, value in found.items()}
    mean = found["reparameterised"].mean(axis=0)
    print(f"{len(raw)} test digits, {chosen.draws} draws each; squared gradient {np.square(mean).sum(-1).mean():.1f}\n")
    print(f"{'estimator':<16} {'variance':>10} {'ratio':>8}")
    for name, variance in variances.items():
        print(f"{name:<16} {variance:>10,.1f} {variance / variances['reparameterised']:>8,.1f}")


if __name__ == "__main__":
    main()
