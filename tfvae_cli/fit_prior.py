"""`tfvae fit-prior`: a prior fitted to what a trained model encodes, so that its samples are better."""

import math
import sys

from tfvae_cli.opened import Opened
from tfvae_cli.problem import Problem

# Examples for each number of z and component from which on full covariances say more of held-out codes than diagonal
# ones. Of emoji, 128 numbers and 4 components: 1 example -172 nats against -69, 2 -63 against -71, 6 -45 against -70.
_ENOUGH = 2
_COMPONENTS = 4
# Of a diffusion, steps that a fit takes where no epochs are given; of a prior of codes, epochs.
_STEPS, _EPOCHS = 1500, 30


def fit_prior(options):
    """Writes a model with the prior that suits its latents, or that was asked for. Returns the exit status."""
    opened = Opened(options, "fitted.keras")
    vae = opened.load()
    kind = _kind(vae, options)
    if options.epochs is not None and kind is _mixture:
        raise Problem("--epochs: a mixture is fitted to all images at once. Leave it out, or add --diffusion.")
    dataset, info = opened.images(options.split or "train", shuffle=kind is not _mixture)
    import keras

    from tfvae.files import whole

    keras.utils.set_random_seed(options.seed)  # of a prior's first weights
    fitted = kind(vae, dataset, info, options)
    opened.output.parent.mkdir(parents=True, exist_ok=True)
    with whole.replacing(opened.output) as temporary:
        fitted.save(temporary)
    print(f"{opened.output}\nNext: tfvae sample {opened.output}")
    return 0


def _kind(vae, options):
    mixture = options.components is not None or options.full is not None
    if options.diffusion and mixture:
        raise Problem("--diffusion: --components and --full are of a mixture. Leave out the one or the others.")
    if options.diffusion or vae.posterior.latent_shapes is not None:
        return _diffusion
    return _codes if vae.posterior.book_sizes and not mixture else _mixture


def _mixture(vae, dataset, info, options):
    from tfvae import latent, priors, terms

    shape, components = vae.posterior.event_shape, options.components or _COMPONENTS
    enough = _ENOUGH * components * math.prod(shape)
    full = info.num_examples >= enough if options.full is None else options.full
    kind = "full covariances" if full else "diagonal covariances"
    _say(info, f"a mixture of {components} Gaussians with {kind}, for z of {math.prod(shape):,} numbers")
    prior = priors.GaussianMixture(shape, components, min_scale=options.min_scale, full_covariance=full)
    # Of a mixture the KL has no closed form; without a density of q(z|x) there is none at all.
    kl = [terms.KL(monte_carlo=True)] if vae.posterior.has_density else []
    return latent.fit_prior(vae, dataset, prior, [terms.NegativeLogLikelihood(), *kl], seed=options.seed)


def _diffusion(vae, dataset, info, options):
    import keras

    from tfvae import latent, terms

    steps, size = int(dataset.cardinality()), math.prod(vae.posterior.event_shape)
    epochs = options.epochs or max(1, math.ceil(_STEPS / steps))
    _say(info, f"a diffusion, for z of {size:,} numbers", epochs)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * steps, alpha=0.02)
    prior = latent.diffusion(vae, min_noise=options.min_noise)
    return _by_gradient(
        vae, dataset, prior, epochs, options, keras.optimizers.Adam(rate), terms.NegativeLogLikelihood()
    )


def _codes(vae, dataset, info, options):
    from tfvae import priors

    family, epochs = vae.posterior, options.epochs or _EPOCHS
    _say(info, f"an autoregressive prior of {math.prod(family.indices_shape):,} codes a picture", epochs)
    prior = priors.Autoregressive(family.event_shape, family.book_sizes)
    return _by_gradient(vae, dataset, prior, epochs, options)


def _by_gradient(vae, dataset, prior, epochs, options, optimizer=None, objective=None):
    from tfvae import latent
    from tfvae_cli.progress import Progress

    progress = Progress(epochs, int(dataset.cardinality()))
    fit = {"epochs": epochs, "verbose": 0, "callbacks": [progress]}
    try:
        return latent.fit_prior(vae, dataset, prior, objective, optimizer=optimizer, seed=options.seed, **fit)
    finally:
        progress.close()


def _say(info, kind, epochs=None):
    passes = "" if epochs is None else f" in {epochs} epoch{'s' * (epochs > 1)}"
    print(f"{kind}, fitted to {info.num_examples:,} images of {info.name}{passes}", file=sys.stderr)
