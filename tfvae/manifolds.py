"""Curved spaces that latents may be on: what a density on them is over, and the point between two."""

import math

from tensorflow_probability import distributions as tfd

from tfvae import arguments
from tfvae.vectors import by_place


def spheres(event_shape):
    """Returns what a density of unit vectors along the last axis is over, as `Family.measure` does.

    Raises:
        ValueError: Vectors of one number.

    >>> spheres((2, 3))[0], len(spheres((2, 3)))
    ('spherical (S^2)', 6)
    """
    if event_shape[-1] < 2:
        expected = "unit vectors along the last axis, of two numbers or more, such as (3,) or (16, 2)"
        raise arguments.invalid("event_shape", expected, event_shape)
    return (f"spherical (S^{event_shape[-1] - 1})",) * math.prod(event_shape)


def hyperbolic(event_shape, curvature):
    """Returns likewise what a density of points of hyperbolic space along the last axis is over."""
    return (f"hyperbolic (H^{event_shape[-1]}, curvature {curvature:g})",) * math.prod(event_shape)


def between(law, start, end, t):
    """Returns the point at `t` times the way from `start` to `end`, in the space of a law's events.

    A law on a curved manifold has a method `between` of its own, so that the point stays on it.

    Args:
        law: A `tfd.Distribution`.
        start: [..., *event], a point that the law may draw.
        end: Likewise.
        t: A number; 0 is `start`, 1 is `end`.

    >>> between(tfd.Normal([0.0], 1.0), 1.0, 3.0, 0.25)
    1.5
    """
    if isinstance(law, tfd.Independent):
        return between(law.distribution, start, end, t)
    pieces = getattr(law, "distributions", None)  # of a product
    if pieces is not None:
        shapes = [tuple(piece.event_shape) for piece in pieces]
        ends = zip(pieces, by_place.split(start, shapes), by_place.split(end, shapes), strict=True)
        return by_place.join([between(*piece, t) for piece in ends], shapes)
    own = getattr(law, "between", None)
    return start + t * (end - start) if own is None else own(start, end, t)
