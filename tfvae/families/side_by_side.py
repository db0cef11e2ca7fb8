"""The parameters of several families side by side: each family's, with its number before the name."""


def head_shapes(families):
    """Returns the shapes of every family's raw parameters, numbered."""
    return {
        f"{number}_{name}": shape or (1,) * len(family.event_shape)
        for number, family in enumerate(families)
        for name, shape in family.head_shapes().items()
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
