"""`tfvae fit-prior`: a prior fitted to what a trained model encodes, so that its samples are better."""

import math
import sys

from tfvae_cli.opened import Opened

# Examples for each number of z and component from which on full covariances say more of held-out codes than diagonal
# ones. Of emoji, 128 numbers and 4 components: 1 example -172 nats against -69, 2 -63 against -71, 6 -45 against -70.
_ENOUGH = 2


def fit_prior(options):
    """Writes a model with a mixture of Gaussians as its prior. Returns the exit status."""
    split = options.split or "train"
    opened = Opened(options, "fitted.keras")
    vae = opened.load()
    dataset, info = opened.images(split)
    from tfvae import latent, priors, terms
    from tfvae.files import whole

    shape = vae.posterior.event_shape
    enough = _ENOUGH * options.components * math.prod(shape)
    full = info.num_examples >= enough if options.full is None else options.full
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
