"""Makes the heads of families for the features that they are given."""


def make(role, family, network, found):
    """Makes a family's head, or its several, for the features of a network, refusing those that they can't be for.

    Args:
        role: "posterior" or "likelihood", for messages.
        family: The `Family`.
        network: "encoder" or "decoder", likewise.
        found: What the network returns, symbolic.
    """
    for part, each, features in family.heads(role, network, found):
        if not hasattr(features, "shape"):
            several = isinstance(features, dict | list | tuple)
            kind = f"a {type(features).__name__} of {len(features)}" if several else features
            raise ValueError(
                f"The {network} returns {kind}. Expected one tensor of features. Mean and variance are not the "
                f"network's: {type(each).__name__} makes its parameters of the features by a dense layer of its own. "
                "Leave out the last layers, and the sampling: keras.Model(inputs, features)."
            )
        one(part, each, network, features.shape)
    family.built = True


def one(role, family, giver, shape):
    """Makes a family's own head for features of a shape [B, ...]; `role` and `giver` are for messages."""
    # The families of a model loaded from a file are already built.
    if not family.built:
        family.build(shape)
    elif family.features_shape != tuple(shape[1:]):
        raise ValueError(
            f"The {role} was built for features of shape {family.features_shape}, and the {giver} gives "
            f"{tuple(shape[1:])}. Make a new {type(family).__name__} for this model."
        )


def in_common(own, other):
    """Returns {parameter of `other`: that of `own` which is the same}: of the same name and shape.

    Of a family around another one, a parameter of the inner one has the name that it has there, after "base_".
    """
    names = {**{f"base_{name}": name for name in own.raw_shapes}, **{name: name for name in own.raw_shapes}}
    return {
        name: names[name]
        for name, shape in other.raw_shapes.items()
        if name in names and own.raw_shapes[names[name]] == shape
    }
