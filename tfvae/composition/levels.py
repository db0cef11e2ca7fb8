"""Builds the stochastic layers of a model of several, and refuses parts of which only some are of several."""

import keras

from tfvae import arguments
from tfvae.composition import heads
from tfvae.networks import takes_condition

_FIX = (
    "A model of several stochastic layers has posterior=families.TopDown([...]), prior=priors.Hierarchical(top, [...]) "
    "and decoder=networks.TopDownDecoder([...], latent_shapes)."
)


def check(vae):
    """Refuses parts that don't agree on the stochastic layers.

    Raises:
        ValueError: With the reason and the fix.
    """
    if vae.posterior.latent_shapes is None and vae.posterior.relative:
        raise ValueError(
            f"{vae.posterior!r} is the posterior of one level of several: it is made relative to the prior of its "
            "level. Put it into families.TopDown([...]), or use a family such as families.Normal."
        )
    parts = {name: getattr(vae, name) for name in ("posterior", "prior", "decoder")}
    shapes = {name: getattr(part, "latent_shapes", None) for name, part in parts.items()}
    # A decoder that is wrapped, as `latent.fit_prior` does, has the shapes of the one within.
    if all(shape is None for shape in shapes.values()):
        return
    if None in shapes.values():
        missing = ", ".join(name for name, shape in shapes.items() if shape is None)
        raise ValueError(f"Some parts of this model are of several stochastic layers, and {missing} isn't. {_FIX}")
    if len(set(shapes.values())) > 1:
        given = ", ".join(f"{name}: {shape}" for name, shape in shapes.items())
        raise ValueError(f"`posterior`, `prior` and `decoder` need one shape of z for each level. Received: {given}.")


def build(vae, encoded):
    """Makes the heads of posterior and prior for the encoder's features and the decoder's states.

    Args:
        vae: A model that `check` has passed.
        encoded: What the encoder makes of x, symbolic.
    """
    count = len(vae.posterior.latent_shapes)
    several = isinstance(encoded, list | tuple) and len(encoded) == count
    if not several or not all(hasattr(features, "shape") for features in encoded):
        received = f"{len(encoded)} of them" if isinstance(encoded, list | tuple) else "one tensor"
        raise ValueError(
            f"The encoder returns {received}. Expected a list of features for each of {count} levels, from the top, as "
            "networks.BottomUpEncoder returns."
        )
    above_each = [state.shape for state in states(vae)]
    for number, (family, features) in enumerate(zip(vae.posterior.families, encoded, strict=True)):
        shape = features.shape
        if number and family.sees_above:
            above = above_each[number - 1]
            if tuple(shape[1:-1]) != tuple(above[1:-1]):
                raise ValueError(
                    f"Level {number} of the posterior joins the encoder's features, {tuple(shape[1:])}, and the "
                    f"decoder's state above, {tuple(above[1:])}, on their last axis. Make the rest of their shapes one."
                )
            shape = (*shape[:-1], shape[-1] + above[-1])
        heads.one(f"posterior's level {number}", family, "level", shape)
    vae.posterior.built = True
    _heads_of_prior(vae.prior, above_each)
    for number, family in enumerate(vae.posterior.families):
        if family.relative:
            family.informed(family.kind(), vae.prior.kind(number))  # refuses a law that it can't be relative to


def _heads_of_prior(prior, above):
    for number, (level, shape) in enumerate(zip(prior.below, above, strict=False), start=1):  # none below the last
        part = level.part
        if level.prior is None:
            heads.one(f"prior's level {number}", part, "decoder", shape)
        elif part.condition_shape != tuple(shape[1:]):
            raise ValueError(
                f"The prior's level {number} is given the decoder's state above it as its condition, of shape "
                f"{tuple(shape[1:])}. Give {type(part).__name__} this `condition_shape`. Received: "
                f"condition_shape={part.condition_shape}"
            )


def head_for(vae, prior):
    """Makes the heads of a prior that is to stand in a model, so that what it begins with can be copied."""
    shapes = vae.prior.latent_shapes
    if shapes is not None and prior.latent_shapes == shapes:  # otherwise `check` says what is wrong with it
        _heads_of_prior(prior, [state.shape for state in states(vae)])


def states(vae):
    """Returns the decoder's states below each level, symbolic."""
    condition = None
    if takes_condition(vae.decoder):
        condition = keras.Input(vae.decoder.condition_shape, dtype=vae.decoder.condition_dtype)
    state, found = None, []
    for number, shape in enumerate(vae.decoder.latent_shapes):
        z = keras.Input(shape, dtype=vae.float_dtype)
        above = "" if state is None else f" and the state above, {tuple(state.shape[1:])}, joined on the last axis"
        with arguments.explained(
            f"Block {number} of the decoder can't be called on z of shape {shape}{above}. It says:"
        ):
            state = vae.decoder.block(number, state, z, condition, False)
        found.append(state)
    return found
