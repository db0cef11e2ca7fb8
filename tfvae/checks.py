"""What a model checks of its parts and of a batch, before a step is taken."""

import math
import warnings
import weakref

import keras
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import arguments, kinds
from tfvae.data import Preprocessing
from tfvae.families import Family
from tfvae.networks import takes_condition
from tfvae.priors import Prior
from tfvae.priors.common_space import refuse_strangers
from tfvae.terms import Term


def _features(network, input_shape, dtype):
    """Returns the shape of a network's features, without running it."""
    inputs = [keras.Input(input_shape, dtype=dtype)]
    if takes_condition(network):
        inputs.append(keras.Input(network.condition_shape, dtype=network.condition_dtype))
    return network(*inputs)


def _one_output(network, family, features):
    """Refuses a network that gives mean and variance itself, or several outputs otherwise."""
    if hasattr(features, "shape"):
        return
    kind = f"a {type(features).__name__} of {len(features)}" if isinstance(features, dict | list | tuple) else features
    raise ValueError(
        f"The {network} returns {kind}. Expected one tensor of features. Mean and variance are not the network's: "
        f"{type(family).__name__} makes its parameters of the features by a dense layer of its own. Leave out the last "
        "layers, and the sampling: keras.Model(inputs, features)."
    )


def _expect(argument, part, kind, example):
    if not isinstance(part, kind):
        # The package where a user finds it, and not the file where it is.
        package = kind.__module__.replace("keras.src.", "keras.").rsplit(".", 1)[0]
        raise arguments.invalid(argument, f"a {package}.{kind.__name__}, such as {example}", part)


def build_parts(vae):
    """Builds every part for the shapes of its neighbours.

    Raises:
        ValueError: Parts that don't fit.
    """
    _expect("encoder", vae.encoder, keras.layers.Layer, "networks.mlp_encoder((28, 28, 1))")
    _expect("posterior", vae.posterior, Family, "families.Normal((16,))")
    _expect("prior", vae.prior, Prior, "priors.StandardNormal((16,))")
    _expect("decoder", vae.decoder, keras.layers.Layer, "networks.mlp_decoder((16,))")
    _expect("likelihood", vae.likelihood, Family, "families.Bernoulli((28, 28, 1))")
    if vae.preprocessing is not None:
        _expect("preprocessing", vae.preprocessing, Preprocessing, "data.DynamicBinarize(), or None")
    if vae.prior.event_shape != vae.posterior.event_shape:
        raise ValueError(
            "`prior` and `posterior` are laws of the same z and need one shape. Received: "
            f"prior.event_shape={vae.prior.event_shape}, posterior.event_shape={vae.posterior.event_shape}. "
            "Make one of them anew with the other's `event_shape`."
        )
    one_condition(vae)
    for head, network, event in (
        ("posterior", "encoder", vae.likelihood.event_shape),
        ("likelihood", "decoder", vae.posterior.event_shape),
    ):
        family = getattr(vae, head)
        try:
            features = _features(getattr(vae, network), event, vae.float_dtype)
        except Exception as error:
            raise ValueError(
                f"The {network} can't be called on events of shape {event}, which the "
                f"{'likelihood' if network == 'encoder' else 'posterior'} has. Give both the same shape. "
                f"The {network} says: {arguments.one_line(error)}"
            ) from error
        _one_output(network, family, features)
        features = features.shape
        # A model that is loaded from a file brings families that are built already.
        if not family.built:
            family.build(features)
        elif family.features_shape != tuple(features[1:]):
            raise ValueError(
                f"The {head} was built for features of shape {family.features_shape}, and the {network} gives "
                f"{tuple(features[1:])}. Make a new {type(family).__name__} for this model."
            )
    vae.prior.check(vae.encoder, vae.posterior, vae.likelihood)
    reparameterized(vae.posterior)
    if not takes_condition(vae.prior):
        refuse_strangers(vae.posterior, vae.prior)


def one_condition(vae):
    """Refuses parts that take conditions of several shapes or numbers of classes: a batch has one."""
    told = {name: getattr(vae, name) for name in ("encoder", "decoder", "prior")}
    told = {name: part for name, part in told.items() if takes_condition(part)}
    shapes = {name: part.condition_shape for name, part in told.items()}
    classes = {name: getattr(part, "num_classes", None) for name, part in told.items()}
    classes = {name: count for name, count in classes.items() if count is not None}
    for argument, values in (("condition_shape", shapes), ("num_classes", classes)):
        if len(set(values.values())) > 1:
            given = ", ".join(f"{name}: {argument}={value!r}" for name, value in values.items())
            raise ValueError(
                f"The parts that take a condition are all given the same one, and these expect other ones. Received: "
                f"{given}. Make their networks.Conditional with one `{argument}`."
            )


def reparameterized(posterior):
    """Refuses a posterior whose draws carry no gradient: its encoder would learn nothing of what the decoder needs."""
    trial = posterior.distribution(tf.zeros([1, *posterior.features_shape], posterior.float_dtype))
    kinds = tf.nest.flatten(trial.reparameterization_type)
    if any(kind != tfd.FULLY_REPARAMETERIZED for kind in kinds):
        raise ValueError(
            f"Draws from a {type(posterior).__name__} posterior carry no gradient to the encoder. For discrete latents "
            "use families.RelaxedBernoulli or families.RelaxedCategorical."
        )


def objective(vae):
    """Refuses an objective that is empty, holds something else than terms, or has no meaning for the parts."""
    if not vae.objective:
        raise ValueError("`objective` is empty. Expected terms, such as [terms.NegativeLogLikelihood(), terms.KL()].")
    for term in vae.objective:
        _expect("objective", term, Term, "terms.KL()")
        term.check(vae.posterior, vae.prior, vae.likelihood)


def event_shape(likelihood, x):
    """Refuses a batch that is not of the likelihood's event shape."""
    if x.shape.rank is not None and not x.shape[1:].is_compatible_with(likelihood.event_shape):
        event, shape = tuple(likelihood.event_shape), tuple(x.shape)
        raise ValueError(
            f"Expected a batch of shape (batch, {', '.join(map(str, event))}), the likelihood's event_shape. Received "
            f"a batch of shape {shape}. {_how_to_fit(event, shape)}."
        )


def _how_to_fit(event, shape):
    """Returns what makes x of a shape fit an event, where that can be told from the shapes."""
    inner = shape[1:]
    if shape == event:
        return "Batch the dataset by dataset.batch(128), and give a single example as x[None]"
    if len(inner) > 1 and (*inner[1:], inner[0]) == event:
        return "Its channels come first: transpose it, np.moveaxis(x, 1, -1), in a dataset tf.transpose"
    if len(inner) > 1 and (inner[-1], *inner[:-1]) == event:
        return "Its channels come last: transpose it, np.moveaxis(x, -1, 1), in a dataset tf.transpose"
    if (*inner, 1) == event:
        return "Give it the axis of channels: x[..., None], or dataset.map(lambda x: x[..., None])"
    if None not in inner and len(inner) == 1 and inner[0] == math.prod(event):
        return f"Its rows are flattened: reshape it, x.reshape(-1, {', '.join(map(str, event))})"
    if None not in inner and len(event) == 1 and math.prod(inner) == event[0]:
        return "The model is of vectors: flatten it, x.reshape(len(x), -1)"
    return "Batch the dataset if it isn't, resize or crop its images, or make the model with the data's event_shape"


def known(check, argument, value, *expected, **bounds):
    """Returns `check(argument, value, ...)` of a value that is known, and a tensor as it is."""
    return value if tf.is_tensor(value) else check(argument, value, *expected, **bounds)


def numbers(argument, value):
    """Returns a batch as something with a shape and a dtype of numbers.

    Raises:
        ValueError: It is none: text, a ragged list, a model.
    """
    kinds.check(argument, value)
    try:
        array = value if hasattr(value, "shape") else tf.convert_to_tensor(value)
        dtype = tf.as_dtype(array.dtype)
    except (TypeError, ValueError) as error:
        raise arguments.invalid(argument, "an array of numbers", value) from error
    if not (dtype.is_floating or dtype.is_integer or dtype.is_bool):
        raise arguments.invalid(argument, "an array of numbers", value)
    return array


def latent(posterior, z):
    """Returns latents [..., *event_shape], refusing those of another shape."""
    shape = tf.TensorShape(z.shape)
    event = posterior.event_shape
    if shape.rank is not None and not (
        shape.rank > len(event) and shape[-len(event) :].is_compatible_with(posterior.event_shape)
    ):
        raise ValueError(
            f"Invalid value for argument `z`. Expected latents of shape (..., batch, {', '.join(map(str, event))}). "
            f"Received shape: {tuple(shape)}"
        )
    return z


def batches(argument, dataset, ends=True):
    """Refuses an array, text or anything else that doesn't give batches one after another, and by default to an end."""
    if not hasattr(dataset, "__iter__") or hasattr(dataset, "shape") or isinstance(dataset, tuple | str):
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected a dataset of batches, such as data.from_array(images) "
            f"makes. Received: {type(dataset).__name__}"
        )
    if isinstance(dataset, tf.data.Dataset):
        kinds.elements(argument, dataset)
    if ends:
        kinds.ends(argument, dataset)


# Models that were warned of; no attribute, so that nothing of it is saved or copied.
_WARNED = weakref.WeakSet()
UNTRAINED = "This model is untrained"


def usable(model):
    """Refuses what is no model; warns once of one whose weights are the initial noise.

    Silent within a graph, which is traced and not used.
    """
    if not hasattr(model, "infer"):
        raise arguments.invalid("vae", "a VAE, as tfvae.VAE(...), a recipe or tfvae.load_model(path) gives it", model)
    if tf.inside_function() or model in _WARNED or model.trained:
        return
    _WARNED.add(model)
    warnings.warn(
        f"{UNTRAINED}: its weights are the random ones that it began with, and what it gives is noise. Train it with "
        "`fit`, or load a trained one with tfvae.load_model(path) or `load_weights`. Where its parts were trained "
        "elsewhere, say vae.trained = True.",
        UserWarning,
        stacklevel=3,
    )


def no_keras_losses(arguments):
    """Refuses `compile` arguments that would fight with the objective."""
    given = [name for name, value in arguments.items() if value is not None]
    if given:
        raise ValueError(
            f"`compile` got {', '.join(given)}, but a VAE's loss is its `objective`, and its metrics are the terms. "
            "Use compile(optimizer), and give VAE(objective=[...]) the terms."
        )
