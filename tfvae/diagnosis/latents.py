"""Whether the latents say less than a linear model's would."""

import math

import numpy as np

from tfvae import random, schedules, terms
from tfvae.data import epoch
from tfvae.diagnosis.finding import Finding
from tfvae.evaluation.estimate import of_examples

_STEPS = 1000


def check(vae, train, test, before, activity, seed):
    """Returns the findings on collapse: what a principal component analysis with as many latents wins.

    log p(x) of a probabilistic PCA has a closed form, and a VAE with linear networks can reach it. One that is below it
    uses its latents badly. Where x is discrete there is no such number.

    Args:
        vae: The model.
        train: Batches.
        test: Batches.
        before: [N], the ELBO of the held-out examples.
        activity: `evaluation.Activity` on them.
        seed: int.
    """
    if vae.likelihood.discrete or vae.likelihood.takes_missing or vae.likelihood.modalities is not None:
        return []
    from sklearn.decomposition import PCA

    seen, held_out = (_values(vae, dataset, seed) for dataset in (train, test))
    most = min(len(seen) - 1, seen.shape[1] - 1, math.prod(vae.posterior.event_shape))
    if most < 1:
        return []
    linear = PCA(most, svd_solver="full").fit(seen)
    won = of_examples(linear.score_samples(held_out) - before)
    idle = int(np.sum(~activity.active))
    kl = terms.KL(weight=schedules.Linear(0.0, 1.0, _STEPS))
    return [
        Finding(
            "latents",
            f"a principal component analysis with {most} components knows more of x; {idle} of {len(activity.active)} "
            "latent units are idle.",
            won,
            "at least",
            "Let the weight of the KL rise from 0, so that z is used before it costs; and train longer.",
            {"objective": [terms.NegativeLogLikelihood(), kl]},
        )
    ]


def _values(vae, dataset, seed):
    """Returns x as the likelihood has it, [N, D]."""
    base, found = random.as_seed(seed, None), []
    with epoch.in_order():
        for number, batch in enumerate(dataset):
            x = vae.preprocess(vae.unpack(batch)[0], random.fold(base, number)).numpy()
            found.append(x.reshape(len(x), -1).astype("float64"))
    return np.concatenate(found)
