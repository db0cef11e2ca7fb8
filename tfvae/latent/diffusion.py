"""A diffusion prior of the size of a model's latents, whatever its stochastic layers."""

from tfvae.composition import levels
from tfvae.inputs import models
from tfvae.priors import Diffusion, Hierarchical


def diffusion(vae, **options):
    """Returns a `priors.Diffusion` for z of a model, to be fitted by `latent.fit_prior`.

    Of a model of several stochastic layers it is a `priors.Hierarchical`, whose top is one and whose levels below each
    are one given the decoder's state above them. So they know how the places of a map depend on each other.

    Args:
        vae: The model.
        **options: Arguments of each `priors.Diffusion`, such as `steps`.

    Returns:
        A `priors.Prior`, as it is before any fit.

    >>> from tfvae import recipes
    >>> diffusion(recipes.image_vae((32, 32, 3), 16, details=4), steps=20)
    Hierarchical(Diffusion((16,), steps=20), [Diffusion((4, 4, 4), condition_shape=(4, 4, 64), steps=20)])
    """
    models.expect(vae)
    shapes = vae.posterior.latent_shapes
    if shapes is None:
        return Diffusion(vae.posterior.event_shape, **options)
    above = [tuple(state.shape[1:]) for state in levels.states(vae)]
    below = [
        Diffusion(shape, condition_shape=state, **options) for shape, state in zip(shapes[1:], above, strict=False)
    ]
    return Hierarchical(Diffusion(shapes[0], **options), below)
