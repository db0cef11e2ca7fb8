"""What the recipes of several modalities have in common: a picture and its label, unless given others."""

import math
from typing import Any

from tfvae import arguments, data, families, networks, terms
from tfvae.recipes import by_size
from tfvae.recipes.recipe import model

# Of a pixel in [0, 1]. A scale that is learned ends near the pixels' noise, where the label has little say in z.
_SCALE = 0.25


def likelihood(event_shape, num_classes, parts) -> Any:
    """Returns the likelihood that is given among `parts`, or that of a picture and its label.

    Args:
        event_shape: Shape of the picture.
        num_classes: Number of labels.
        parts: The caller's.

    Raises:
        ValueError: `num_classes` is no int of 2 or more, or the likelihood is not of modalities.

    >>> likelihood((8, 8, 1), 10, {}).modalities
    ('image', 'label')
    """
    labels = arguments.integer("num_classes", num_classes, "an int >= 2", minimum=2)
    if "likelihood" not in parts:
        pair = {"image": families.Normal(event_shape, scale=_SCALE), "label": families.OneHot((labels,))}
        return families.Modalities(pair)
    if getattr(parts["likelihood"], "event_shapes", None) is None:
        raise arguments.invalid("likelihood", "families.Modalities({name: family, ...})", parts["likelihood"])
    return parts["likelihood"]


def experts(likelihood, latent_size):
    """Returns an expert for each modality of a likelihood, as a product."""
    return families.ProductOfExperts({name: families.Normal((latent_size,)) for name in likelihood.modalities})


def encoders(likelihood):
    """Returns an encoder for each modality of a likelihood, by its size."""
    shapes = likelihood.event_shapes
    return networks.ModalityEncoders({name: by_size.encoder(shape) for name, shape in shapes.items()})


def joint_encoder(likelihood):
    """Returns `encoders`, and one of them all on top."""
    each = encoders(likelihood)
    sizes = [math.prod(network.output_shape[1:]) for network in each.networks.values()]
    return networks.JointEncoder(each, networks.mlp_encoder((sum(sizes),)))


def reconstruction(likelihood, num_samples=1):
    """Returns the term of p(x|z) in which each modality weighs as if it had the dimensions of the largest.

    >>> reconstruction(families.Modalities({"image": families.Normal((8, 8, 1)), "label": families.OneHot((10,))}))
    ModalityLikelihoods({'image': 1.0, 'label': 6.4})
    """
    sizes = {name: math.prod(shape) for name, shape in likelihood.event_shapes.items()}
    weights = {name: max(sizes.values()) / size for name, size in sizes.items()}
    return terms.ModalityLikelihoods(weights, num_samples=num_samples)


def of(likelihood, latent_size, objective, /, **parts):
    """Returns a `VAE` of the parts given, with networks of each modality by its size.

    Args:
        likelihood: `families.Modalities`.
        latent_size: Number of latent dimensions.
        objective: List of terms.
        **parts: Arguments of `VAE`.
    """
    latent, shapes = (latent_size,), likelihood.event_shapes.items()
    defaults = {
        "encoder": lambda: encoders(likelihood),
        "decoder": lambda: networks.ModalityDecoders({name: by_size.decoder(latent, shape) for name, shape in shapes}),
        # Of a likelihood that is given nobody knows what its pixels are.
        "preprocessing": lambda: None if "likelihood" in parts else data.PerModality({"image": data.Rescale()}),
    }
    made = {name: make() for name, make in defaults.items() if name not in parts}
    return model(likelihood.event_shape, latent_size, objective, **{"likelihood": likelihood, **made, **parts})
