"""What all recipes have in common: arguments that are checked, and defaults for the parts they don't speak of."""

import functools
import inspect

from tfvae import arguments, data, families, priors, terms
from tfvae.component import shape_tuple
from tfvae.recipes import by_size
from tfvae.vae import VAE

_PARTS = [name for name in inspect.signature(VAE.__init__).parameters if name not in ("self", "kwargs")]


def recipe(function):
    """Gives a recipe the checks of the arguments that all have.

    Args:
        function: (event_shape, latent_size=..., own arguments, **parts) -> `VAE`; `parts` are those of `VAE`. A
            `latent_size` of None is one that suits the size of x.

    Raises:
        TypeError: From the recipe, for a keyword that neither it nor `VAE` has.
    """
    parameters = inspect.signature(function).parameters
    own = [name for name in parameters if name != "parts"]
    size = parameters["latent_size"].default

    @functools.wraps(function)
    def checked(event_shape, latent_size=size, *others, **parts):
        arguments.keywords(f"recipes.{function.__name__}", parts, [*own, *_PARTS, "name", "dtype"])
        event_shape = shape_tuple("event_shape", event_shape)
        latent_size = by_size.latent_size(event_shape) if latent_size is None else latent_size
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
    # Networks of pictures take a while to make: only those that are asked for.
    defaults = {
        "encoder": lambda: by_size.encoder(event_shape),
        "posterior": lambda: families.Normal(latent),
        "prior": lambda: priors.StandardNormal(latent),
        "decoder": lambda: by_size.decoder(latent, event_shape),
        "likelihood": lambda: families.Bernoulli(event_shape),
        "objective": lambda: objective,
        "preprocessing": data.DynamicBinarize,
    }
    return VAE(**{name: make() for name, make in defaults.items() if name not in parts}, **parts)


def of_points(event_shape, latent_size, others=(), /, **parts):
    """Returns an autoencoder: `model` with a point for each x, squared error, and other terms beside that.

    Args:
        event_shape: Shape of x.
        latent_size: Number of latent dimensions.
        others: List of terms.
        **parts: Arguments of `VAE`.
    """
    plain = {
        "posterior": families.Deterministic((latent_size,)),
        # 2 sigma^2 = 1: the log-likelihood is the sum of squared errors and a constant.
        "likelihood": families.Normal(event_shape, scale=0.5**0.5),
        "preprocessing": data.Rescale(),
    }
    return model(event_shape, latent_size, [terms.NegativeLogLikelihood(), *others], **(plain | parts))
