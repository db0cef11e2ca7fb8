"""The text form of a model: the constructor call with its parts."""


def of(vae):
    """Returns a VAE as one would write it, one part per line."""
    names = ("encoder", "posterior", "prior", "decoder", "likelihood", "objective")
    lines = [f"    {name}={_described(getattr(vae, name))}," for name in names]
    if vae.preprocessing is not None:
        lines.append(f"    preprocessing={vae.preprocessing!r},")
    return "\n".join([f"{type(vae).__name__}(", *lines, ")"])


def _described(part):
    """Returns a part's repr, or for a Keras model, whose repr says nothing, its shapes and size."""
    if not hasattr(part, "input_shape"):
        return repr(part)
    shapes = " -> ".join(str(shape[1:]) for shape in (part.input_shape, part.output_shape))
    return f"<{type(part).__name__} {shapes}, {part.count_params():,} parameters>"
