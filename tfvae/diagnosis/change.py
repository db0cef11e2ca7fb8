"""A model with what a finding advises."""

import numpy as np

from tfvae.composition import copies, heads
from tfvae.families import Family


def changed(vae, finding):
    """Returns a model like `vae` with the parts that a finding advises, to be trained; `vae` stays as it is.

    All other parts keep their weights, and so do the outputs of a new family's head that give a parameter which the old
    one has, too, such as the mean.

    Args:
        vae: The model.
        finding: A `Finding` of it.

    Returns:
        A `VAE`, which is not compiled.

    Raises:
        ValueError: The finding advises no other part.
    """
    if not finding.change:
        raise ValueError(f"This finding advises no other part. {finding.advice}")
    others = {}
    for name, part in finding.change.items():
        others[name] = part
        if isinstance(part, Family):
            own, fresh = getattr(vae, name), type(part).from_config(part.get_config())
            fresh.build((None, *own.features_shape))
            if fresh.head is not None and own.head is not None:
                _inherit(fresh, own)
            others[name] = fresh
    return copies.with_parts(vae, **others)


def _inherit(fresh, own):
    """Gives a family's head the outputs of another one's, parameter by parameter."""
    known, begun = _columns(own), _columns(fresh)
    weights = [np.array(each) for each in fresh.head.get_weights()]
    for name, same in heads.in_common(own, fresh).items():
        for mine, given in zip(weights, own.head.get_weights(), strict=True):
            mine[..., begun[name]] = given[..., known[same]]
    fresh.head.set_weights(weights)


def _columns(family):
    """Returns {parameter: slice of the head's outputs}."""
    sizes = family.output_sizes()
    ends = np.cumsum(list(sizes.values()))
    return {name: slice(int(end) - size, int(end)) for (name, size), end in zip(sizes.items(), ends, strict=True)}
