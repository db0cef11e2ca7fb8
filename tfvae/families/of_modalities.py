"""A family for each modality, by its name: what a likelihood and a posterior of several modalities have in common."""

from tfvae import arguments
from tfvae.families.family import Family
from tfvae.vectors import by_name


def named(value, example):
    """Returns {name: family} in the order of the names.

    Args:
        value: The argument `families`.
        example: For the error.

    Raises:
        ValueError: It is no such dict, or a name can't be a part of the name of a served input.
    """
    good = isinstance(value, dict) and value and all(isinstance(family, Family) for family in value.values())
    if not good or not all(isinstance(name, str) and name.isidentifier() for name in value):
        raise arguments.invalid("families", f"a dict of a family for each modality, such as {example}", value)
    several = [name for name, family in value.items() if family.modalities or family.latent_shapes]
    if several:
        raise arguments.invalid("families", "families of one modality and one stochastic layer each", value)
    return by_name.ordered(value)


def heads(role, families, network, found):
    """Returns [(role, family, features)] of each modality, for the features that a network gives for each by name.

    Raises:
        ValueError: The network gives something else.
    """
    names = sorted(found) if isinstance(found, dict) else None
    if names != list(families):
        received = "features for " + ", ".join(map(str, names)) if names else f"one {type(found).__name__}"
        maker = {"encoder": "ModalityEncoders", "decoder": "ModalityDecoders"}[network]
        raise ValueError(
            f"The {role} needs features for each of the modalities {', '.join(families)}, and the {network} returns "
            f"{received}. Use {network}=networks.{maker}({{name: network, ...}})."
        )
    return [(f"{role} of {name}", family, found[name]) for name, family in families.items()]


def build(families, shapes):
    """Makes the heads that are not made yet, for {name: shape of a modality's features}."""
    for name, family in families.items():
        if not family.built:
            family.build(shapes[name])
