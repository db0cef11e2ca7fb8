#!/usr/bin/env python
"""How many draws log p(x) needs: z from the prior against z from q(z|x).

Trains a VAE on the embedded digits and estimates log p(x) of test digits twice:

    naive       log 1/K sum_k p(x | z_k),                   z_k ~ p(z)
    importance  log 1/K sum_k p(x | z_k) p(z_k) / q(z_k|x), z_k ~ q(z|x)

Both are unbiased before the logarithm, so both approach log p(x) from below.
The draws are streamed; the estimate for K draws uses the first K of a stream.
"""

import argparse
import math


def arguments():
    """Returns the command line; TensorFlow is imported only after it, so that --help answers at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=200, help="training, about 30 s on two cores")
    parser.add_argument("--digits", type=int, default=180, help="test digits, at most 180")
    parser.add_argument("--draws", type=int, default=100_000, help="the largest K; rows go up to it in powers of 10")
    parser.add_argument("--repeats", type=int, default=5, help="independent streams, at least 2")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def train(epochs, seed):
    """Returns a VAE of binarised digits, 8 latent dimensions, trained; and the test digits."""
    import keras

    from tfvae import VAE, data, families, networks, priors, terms

    keras.utils.set_random_seed(seed)
    shape, latent = (8, 8, 1), (8,)
    vae = VAE(
        encoder=networks.mlp_encoder(shape, units=(128,)),
        posterior=families.Normal(latent),
        prior=priors.StandardNormal(latent),
        decoder=networks.mlp_decoder(latent, units=(128,)),
        likelihood=families.Bernoulli(shape),
        objective=[terms.NegativeLogLikelihood(), terms.KL()],
        preprocessing=data.Binarize(),
    )
    vae.compile("adam")
    vae.fit(data.load("digits", "train", batch_size=64)[0], epochs=epochs, verbose=0)
    return vae, data.digits("test")[0]


def streams(vae, raw, draws, seed, chunk=500):
    """Yields (K, naive, importance) for K = 1, 10, ..., draws; estimates of log p(x), [B] in nats."""
    import numpy as np
    import tensorflow as tf

    from tfvae import random

    x = vae.preprocess(raw)

    @tf.function(reduce_retracing=True)
    def log_sums(count, number):
        prior_seed, posterior_seed = random.fold(seed, number, 0), random.fold(seed, number, 1)
        z = vae.prior_distribution().sample([count, len(raw)], seed=prior_seed)
        naive = vae.decode(z).log_prob(x)
        importance = vae.infer_from(vae.encode_preprocessed(x), x, None, count, posterior_seed).log_weight
        return tf.reduce_logsumexp(tf.cast(tf.stack([naive, importance]), tf.float64), axis=1)

    total, done, number = np.full([2, len(raw)], -np.inf), 0, 0
    for target in (10**power for power in range(round(math.log10(draws)) + 1)):
        while done < target:
            count = min(chunk, target - done)
            total = np.logaddexp(total, log_sums(tf.constant(count), tf.constant(number)).numpy())
            done, number = done + count, number + 1
        yield target, *(total - math.log(target))


def main():
    """Trains, estimates, prints the table."""
    chosen = arguments()
    import numpy as np

    from tfvae import random

    vae, raw = train(chosen.epochs, chosen.seed)
    raw = raw[: chosen.digits]
    kl = float(vae.evaluate(raw, verbose=0, return_dict=True)["kl"])
    estimates = {}
    for repeat in range(chosen.repeats):
        for draws, *pair in streams(vae, raw, chosen.draws, random.as_seed(chosen.seed + 1 + repeat, None)):
            estimates.setdefault(draws, []).append(pair)
    estimates = {draws: np.array(pairs) for draws, pairs in estimates.items()}  # [repeats, 2, digits]
    reference = estimates[max(estimates)][:, 1].mean(axis=0)
    print(f"{len(raw)} test digits, {chosen.repeats} repeats")
    print(f"KL(q(z|x) || p(z)) = {kl:.1f} nats, exp of it {math.exp(kl):,.0f}")
    print("mean: log p(x) in nats, over digits and repeats. spread: standard deviation between repeats, for one digit.")
    print("far: share of estimates more than 1 nat below the best, importance with the most draws.\n")
    print(f"{'':>9}   {'naive':^26}   {'importance':^26}")
    print(f"{'draws':>9}" + 2 * f"   {'mean':>9} {'spread':>8} {'far':>7}")
    for draws, values in estimates.items():
        row = f"{draws:>9,}"
        for column in (0, 1):
            own = values[:, column]
            spread = math.sqrt(own.var(axis=0, ddof=1).mean())
            row += f"   {own.mean():>9.2f} {spread:>8.2f} {(own < reference - 1).mean():>7.1%}"
        print(row)


if __name__ == "__main__":
    main()
