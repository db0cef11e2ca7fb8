"""`tfvae fit-prior`: a prior fitted to what a trained model encodes, so that its samples are better."""

import math
import sys

from tfvae_cli.opened import Opened

# Examples for each number of z from which on a covariance of all of them is worth its weights.
_ENOUGH = 4


def fit_prior(options):
    """Writes a model with a mixture of Gaussians as its prior. Returns the exit status."""
    split = options.split or "train"
    opened = Opened(options, "fitted.keras")
    vae = opened.load()
    dataset, info = opened.images(split)
    from tfvae import latent, priors, terms
    from tfvae.files import whole

    shape = vae.posterior.event_shape
    full = info.num_examples >= _ENOUGH * math.prod(shape) if options.full is None else options.full
    kind = "full covariances" if full else "diagonal covariances"
    print(
        f"a mixture of {options.components} Gaussians with {kind}, for z of {math.prod(shape):,} numbers, fitted to "
        f"{info.num_examples:,} images of {info.name}",
        file=sys.stderr,
    )
    prior = priors.GaussianMixture(shape, options.components, min_scale=options.min_scale, full_covariance=full)
    # Of a mixture the KL has no closed form; without a density of q(z|x) there is none at all.
    kl = [terms.KL(monte_carlo=True)] if vae.posterior.has_density else []
    fitted = latent.fit_prior(vae, dataset, prior, [terms.NegativeLogLikelihood(), *kl], seed=options.seed)
    opened.output.parent.mkdir(parents=True, exist_ok=True)
    with whole.replacing(opened.output) as temporary:
        fitted.save(temporary)
    print(f"{opened.output}\nNext: tfvae sample {opened.output}")
    return 0
