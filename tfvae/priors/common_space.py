"""Checks that q(z|x) and p(z) are distributions of the same z, so that log q(z|x) - log p(z) is meaningful."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

# The number of posterior distributions tried, draws from each, and how far out in the support they go.
_LAWS, _DRAWS, _FAR = 16, 8, 10.0


def refuse_strangers(posterior, prior):
    """Refuses a posterior with another kind of density than the prior's, or that draws z where p(z) is 0.

    Where one of the two has no density nothing is checked: they are then never compared.

    Args:
        posterior: A built `Family`.
        prior: A `Prior` over the same event shape. One that takes a condition is asked without any.

    Raises:
        ValueError: With the reason and the fix.
    """
    if not posterior.has_density or not prior.has_density(posterior):
        return
    if posterior.latent_shapes is None:
        _refuse(posterior, prior, prior.measure(posterior), lambda encode: prior.distribution(encode=encode))
        return
    top, *below = posterior.families
    _refuse(top, prior.top, prior.top.measure(top), lambda encode: prior.top.distribution(encode=encode))
    for family, given in zip(below, prior.below, strict=True):
        _refuse(family, given.part, given.measure, lambda _, given=given: given.kind())


def _refuse(posterior, prior, others, law):
    """Refuses one stochastic layer; `others` is what its prior measures, and `law` makes it of x -> q(z|x)."""
    names = f"a {type(posterior).__name__} posterior and a {type(prior).__name__} prior"
    kinds = posterior.measure
    same = f"prior=priors.StandardNormal({posterior.event_shape})"
    if all(kind.startswith("spherical") for kind in kinds):
        same = f"prior=priors.HypersphericalUniform({posterior.event_shape})"
    elif set(kinds) != {"real"}:
        same = f"prior=priors.Learned({posterior!r})"
    if kinds != others:
        raise ValueError(
            f"`posterior` and `prior` don't go together: log q(z|x) - log p(z) of {names} means nothing, as one is of "
            f"{_said(kinds)} dimensions and the other of {_said(others)}. Make both of one kind, such as {same}."
        )
    z, p = _trial(posterior), law(lambda x: _law(posterior, tf.shape(x)[0]))
    if not bool(tf.reduce_all(tf.math.is_finite(p.log_prob(z)))) or not _within(p, z):
        raise ValueError(
            f"`posterior` and `prior` don't go together: p(z) of {names} is 0 at some z that q(z|x) draws, so the KL "
            f"is infinite. Use a prior that has a density wherever the posterior draws, such as {same}, or a posterior "
            "that stays within the prior's support."
        )


def _said(kinds):
    """Returns the kinds of dimensions with their counts, such as "1 real, 2 discrete"."""
    runs = [[kinds[0], 0]]
    for kind in kinds:
        if kind != runs[-1][0]:
            runs.append([kind, 0])
        runs[-1][1] += 1
    return ", ".join(f"{number} {kind}" for kind, number in runs)


def _law(posterior, count):
    """Returns posterior distributions with random raw parameters of order 1, in place of the head's outputs."""
    raw = {}
    for number, (name, shape) in enumerate(posterior.raw_shapes.items()):
        raw[name] = tf.random.stateless_normal([count, *shape], (number, 0), dtype=posterior.float_dtype)
    return posterior.build_distribution(**posterior.constrain(raw))


def _trial(posterior):
    """Returns points [N, laws, *event_shape] of the posterior's support, including its far ends where known."""
    law = _law(posterior, _LAWS)
    z, onto = law.sample(_DRAWS, seed=[0, 1]), _bijector(law)
    if onto is None:
        return z
    ends = [onto.forward(tf.fill(z.shape[1:], tf.constant(end, z.dtype))) for end in (-_FAR, _FAR)]
    return tf.concat([z, ends], axis=0)


def _bijector(law):
    """Returns the map from all real numbers onto the support of each dimension, or None where it is not known."""
    law = law.distribution if isinstance(law, tfd.Independent) else law
    try:
        return None if law.event_shape.rank else law.experimental_default_event_space_bijector()
    except (NotImplementedError, TypeError, ValueError):
        return None


def _within(law, z):
    """Returns whether points are in the support, even where log_prob gives a number outside of it."""
    onto = _bijector(law)
    return onto is None or not bool(tf.reduce_any(tf.math.is_nan(onto.inverse(z))))
