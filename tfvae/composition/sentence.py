"""The text form of a model: the constructor call with its parts."""

from tfvae.component import described


def of(vae):
    """Returns a VAE as one would write it, one part per line."""
    names = ("encoder", "posterior", "prior", "decoder", "likelihood", "objective")
    lines = [f"    {name}={described(getattr(vae, name))}," for name in names]
    if vae.preprocessing is not None:
        lines.append(f"    preprocessing={vae.preprocessing!r},")
    return "\n".join([f"{type(vae).__name__}(", *lines, ")"])
