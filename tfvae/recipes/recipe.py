"""What all recipes have in common: arguments that are checked, and defaults for the parts they don't speak of."""

import functools
import inspect

from tfvae import arguments, data, families, networks, priors
from tfvae.component import shape_tuple
from tfvae.vae import VAE

_PARTS = [name for name in inspect.signature(VAE.__init__).parameters if name not in ("self", "kwargs")]


def recipe(function):
    """Gives a recipe the checks of the arguments that all have.

    Args:
        function: (event_shape, latent_size=..., own arguments, **parts) -> `VAE`; `parts` are those of `VAE`.

    Raises:
        TypeError: From the recipe, for a keyword that neither it nor `VAE` has.
    """
    own = [name for name in inspect.signature(function).parameters if name != "parts"]

    @functools.wraps(function)
    def checked(event_shape, latent_size=16, *others, **parts):
        arguments.keywords(f"recipes.{function.__name__}", parts, [*own, *_PARTS, "name", "dtype"])
        event_shape = shape_tuple("event_shape", event_shape)
        return function(event_shape, arguments.integer("latent_size", latent_size), *others, **parts)

    return checked


def model(event_shape, latent_size, objective, /, **parts):
    """Returns a `VAE` of the parts given, and the defaults of all recipes for the others.

    Args:
        event_shape: Shape of x.
        latent_size: Number of latent dimensions.
        objective: List of terms.
        **parts: Arguments of `VAE`.
    """
    latent = (latent_size,)
    defaults = {
        "encoder": networks.mlp_encoder(event_shape),
        "posterior": families.Normal(latent),
        "prior": priors.StandardNormal(latent),
        "decoder": networks.mlp_decoder(latent),
        "likelihood": families.Bernoulli(event_shape),
        "objective": objective,
        "preprocessing": data.DynamicBinarize(),
    }
    return VAE(**(defaults | parts))
