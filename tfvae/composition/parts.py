"""Composes parts into a model: builds each for its neighbours, and refuses combinations that make no sense."""

import keras
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import arguments
from tfvae.composition import heads, levels, modalities
from tfvae.data import Preprocessing
from tfvae.families import Family
from tfvae.networks import run, takes_condition
from tfvae.priors import Prior
from tfvae.priors.common_space import refuse_strangers
from tfvae.terms import Term

#: The arguments of a model that are parts, but for the objective, which is a list.
NAMES = ("encoder", "posterior", "prior", "decoder", "likelihood", "preprocessing")


def features(vae, network, event):
    """Returns what a network makes of events of a shape, symbolic, without running it."""
    part = getattr(vae, network)
    inputs = [keras.Input(event, dtype=vae.float_dtype)]
    if takes_condition(part):
        inputs.append(keras.Input(part.condition_shape, dtype=part.condition_dtype))
    with arguments.explained(
        f"The {network} can't be called on events of shape {event}, which the "
        f"{'likelihood' if network == 'encoder' else 'posterior'} has. Give both the same shape. The {network} says:"
    ):
        return part(*inputs)


def expect(argument, part, kind, example):
    """Refuses a part of another kind than the argument's."""
    if not isinstance(part, kind):
        # The package that a user imports it from, not the module that defines it.
        package = kind.__module__.replace("keras.src.", "keras.").rsplit(".", 1)[0]
        raise arguments.invalid(argument, f"a {package}.{kind.__name__}, such as {example}", part)


def build(vae):
    """Builds every part for the shapes of its neighbours.

    Raises:
        ValueError: Parts that don't fit.
    """
    expect("encoder", vae.encoder, keras.layers.Layer, "networks.mlp_encoder((28, 28, 1))")
    expect("posterior", vae.posterior, Family, "families.Normal((16,))")
    expect("prior", vae.prior, Prior, "priors.StandardNormal((16,))")
    expect("decoder", vae.decoder, keras.layers.Layer, "networks.mlp_decoder((16,))")
    expect("likelihood", vae.likelihood, Family, "families.Bernoulli((28, 28, 1))")
    if vae.preprocessing is not None:
        expect("preprocessing", vae.preprocessing, Preprocessing, "data.DynamicBinarize(), or None")
    if vae.prior.event_shape != vae.posterior.event_shape:
        raise ValueError(
            "`prior` and `posterior` are laws of the same z and need one shape. Received: "
            f"prior.event_shape={vae.prior.event_shape}, posterior.event_shape={vae.posterior.event_shape}. "
            "Make one of them anew with the other's `event_shape`."
        )
    levels.check(vae)
    modalities.check(vae)
    one_condition(vae)
    moving(vae)
    encoded = features(vae, "encoder", vae.likelihood.event_shape)
    if vae.posterior.latent_shapes is None:
        heads.make("posterior", vae.posterior, "encoder", encoded)
    else:
        levels.build(vae, encoded)
    heads.make("likelihood", vae.likelihood, "decoder", features(vae, "decoder", vae.posterior.event_shape))
    if vae.likelihood.takes_missing:
        missing(vae, modalities.sparsest(vae))
    vae.prior.check(vae.encoder, vae.posterior, vae.likelihood)
    reparameterized(vae.posterior)
    refuse_strangers(vae.posterior, vae.prior)


def missing(vae, x):
    """Refuses an encoder that makes NaN of an x whose entries are missing, as every network without a mask does."""
    # No attribute would tell it of a network of the user's own; so it is tried.
    condition = None
    if takes_condition(vae.encoder):
        condition = tf.zeros([1, *vae.encoder.condition_shape], vae.encoder.condition_dtype)
    found = tf.nest.flatten(run(vae.encoder, x, condition, training=False))
    if not all(bool(tf.reduce_all(tf.math.is_finite(each))) for each in found if each.dtype.is_floating):
        raise ValueError(
            f"The likelihood {type(vae.likelihood).__name__} takes an x with missing entries, NaN, and the encoder "
            "makes NaN of it. Expected a network that is told which entries are there: "
            "encoder=networks.WithMask(network), where the network's input has twice the channels."
        )


def one_condition(vae, terms=()):
    """Refuses parts and terms whose conditions differ in shape or labels: a batch has only one condition."""
    parts = {name: getattr(vae, name) for name in ("encoder", "posterior", "decoder", "prior")}
    parts |= {f"objective[{number}]": term for number, term in enumerate(terms)}
    told = {name: part for name, part in parts.items() if takes_condition(part)}
    shapes = {name: part.condition_shape for name, part in told.items()}
    labels = {
        argument: {name: getattr(part, argument) for name, part in told.items() if getattr(part, argument, None)}
        for argument in ("num_classes", "num_values")
    }
    for argument, values in (("condition_shape", shapes), *labels.items()):
        if len(set(values.values())) > 1:
            given = ", ".join(f"{name}: {argument}={value!r}" for name, value in values.items())
            raise ValueError(
                f"The parts that take a condition are all given the same one, and these expect other ones. Received: "
                f"{given}. Make them with one `{argument}`."
            )


def moving(vae):
    """Refuses a family that moves without a gradient where nothing moves it."""
    for family in vae._flatten_layers():
        if not isinstance(family, Family) or not family.statistic_shapes():
            continue
        if family.moves_as is None or family is not getattr(vae, family.moves_as):
            raise ValueError(
                f"{family!r} moves by statistics of the batch, which only the model's own {family.moves_as} does. Give "
                f"it to the model as its `{family.moves_as}`, or take one that learns by gradient."
            )
        if vae.posterior.enumerated > 1:
            raise ValueError(
                f"{family!r} moves by the mean over draws of z, and the posterior {type(vae.posterior).__name__} gives "
                "every class with the probability of each. Take a family that learns by gradient, such as "
                'families.Normal(event_shape, scale="shared").'
            )


def without_density(vae):
    """Returns the parts that an ELBO needs the density of and that have none, such as ["posterior"]."""
    known = {
        "posterior": vae.posterior.has_density,
        "prior": vae.prior.has_density(vae.posterior),
        "likelihood": vae.likelihood.has_density,
    }
    return [name for name, dense in known.items() if not dense]


def reparameterized(posterior):
    """Refuses a posterior whose draws carry no gradient: the decoder could teach the encoder nothing."""
    top, *below = posterior.by_level()
    drawn = below if top.enumerated > 1 else [top, *below]  # every value of it is taken, and none is drawn
    kinds = tf.nest.flatten([family.kind().reparameterization_type for family in drawn])
    if any(kind != tfd.FULLY_REPARAMETERIZED for kind in kinds):
        raise ValueError(
            f"Draws from a {type(posterior).__name__} posterior carry no gradient to the encoder. For discrete latents "
            "use families.RelaxedBernoulli or families.RelaxedCategorical."
        )


def objective(vae):
    """Refuses an objective that is empty, holds anything but terms, or makes no sense for the parts."""
    if not vae.objective:
        raise ValueError("`objective` is empty. Expected terms, such as [terms.NegativeLogLikelihood(), terms.KL()].")
    for term in vae.objective:
        expect("objective", term, Term, "terms.KL()")
        term.check(vae.posterior, vae.prior, vae.likelihood)
        term.check_others([other for other in vae.objective if other is not term])
    one_condition(vae, vae.objective)


def keeps_objective(vae, prior):
    """Refuses another prior for a model if its objective makes no sense with it; the error says how to give another."""
    if prior.event_shape != vae.posterior.event_shape:
        return  # `build` says what is wrong with it
    for term in vae.objective:
        try:
            term.check(vae.posterior, prior, vae.likelihood)
        except ValueError as error:
            other = ", terms.KL(monte_carlo=True)" if prior.has_density(vae.posterior) else ""
            raise ValueError(
                f"{error} A model with another prior may have another objective, too: give `objective`, such as "
                f"objective=[terms.NegativeLogLikelihood(){other}]."
            ) from None
