"""A family once for each class, its parameters side by side: [..., C, *shape]."""

from tfvae import arguments
from tfvae.families.family import Family


def check(family):
    """Returns `family`, refusing one whose law for each class can't be compared with those for the others."""
    plain = isinstance(family, Family) and family.has_density and family.density_anywhere
    if not plain or family.statistic_shapes() or family.latent_shapes is not None or family.enumerated > 1:
        expected = "a family with a density at any point, such as families.Normal((16,))"
        raise arguments.invalid("family", expected, family)
    return family


def head_shapes(count, family):
    """Returns the shapes of a logit for each class and of the family's raw parameters for each."""
    each = {f"of_{name}": (count, *shape) for name, shape in family.raw_shapes.items()}
    return {"logits": (count,)} | each


def constrain(family, raw):
    """Returns the logits as they are, and the family's parameters for each class."""
    return {"logits": raw["logits"]} | {f"of_{name}": value for name, value in family.constrain(_own(raw)).items()}


def build(family, parameters):
    """Returns the family's law for each class, batch shape [..., C]."""
    return family.build_distribution(**_own(parameters))


def _own(named):
    return {name.removeprefix("of_"): value for name, value in named.items() if name.startswith("of_")}
