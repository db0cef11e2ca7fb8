"""Several families side by side, as one: what it knows, and its parameters with the family's number before the name."""


def take_knowledge(part, families):
    """Gives a family that is made of others the attributes that hold of it where they hold of all."""
    for name in ("has_density", "density_anywhere", "path_gradient", "discrete"):
        setattr(part, name, all(getattr(family, name) for family in families))
    part.curved = any(family.curved for family in families)


def measure(families):
    """Returns the measures of the families, in order; see `Family.measure`."""
    return tuple(kind for family in families for kind in family.measure)


def head_shapes(families):
    """Returns the shapes of every family's raw parameters, numbered."""
    return {
        f"{number}_{name}": shape for number, family in enumerate(families) for name, shape in family.raw_shapes.items()
    }


def numbered(parameters):
    """Returns one {numbered parameter: value} for a list of {parameter: value}, one for each family."""
    return {f"{number}_{name}": value for number, each in enumerate(parameters) for name, value in each.items()}


def split(families, parameters):
    """Returns {parameter: value} for each family."""
    found = [{} for _ in families]
    for key, value in parameters.items():
        number, name = key.split("_", 1)
        found[int(number)][name] = value
    return found


def constrain(families, raw):
    """Returns the parameters of every family, numbered, for raw ones that are numbered likewise."""
    return numbered([family.constrain(each) for family, each in zip(families, split(families, raw), strict=True)])
