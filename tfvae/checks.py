"""What a model checks of its parts and its data, before a step is taken."""

import warnings

import keras
import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae.families import Family
from tfvae.networks import takes_condition
from tfvae.priors import Prior
from tfvae.terms import Term


def _features(network, input_shape, dtype):
    """Returns the shape of a network's features, without running it."""
    inputs = [keras.Input(input_shape, dtype=dtype)]
    if takes_condition(network):
        inputs.append(keras.Input(network.condition_shape, dtype=network.condition_dtype))
    return network(*inputs).shape


def _expect(argument, part, kind, example):
    if not isinstance(part, kind):
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected a {kind.__module__}.{kind.__qualname__}, such as "
            f"{example}. Received: {argument}={part!r}"
        )


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
    if vae.prior.event_shape != vae.posterior.event_shape:
        raise ValueError(
            "`prior` and `posterior` are laws of the same z and need one shape. Received: "
            f"prior.event_shape={vae.prior.event_shape}, posterior.event_shape={vae.posterior.event_shape}"
        )
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
                f"The {network} says: {error}"
            ) from error
        # A model that is loaded from a file brings families that are built already.
        if not family.built:
            family.build(features)
        elif family.features_shape != tuple(features[1:]):
            raise ValueError(
                f"The {head} was built for features of shape {family.features_shape}, and the {network} gives "
                f"{tuple(features[1:])}. Make a new {type(family).__name__} for this model."
            )
    reparameterized(vae.posterior)


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
        raise ValueError(
            f"Expected a batch of shape (batch, {', '.join(map(str, likelihood.event_shape))}), the likelihood's "
            f"event_shape. Received a batch of shape {tuple(x.shape)}. Batch the dataset, or reshape its images or "
            "change the likelihood's event_shape."
        )


def condition(conditional, value, count=None):
    """Refuses a condition for an unconditional model, the lack of one for a conditional model, and too few or many."""
    if value is not None and not conditional:
        shape = getattr(value, "shape", None)
        raise ValueError(
            f"This model takes no condition, and the batch has a second element (labels?) of shape {shape}. Drop it: "
            "dataset.map(lambda x, *_: x), or data.load(..., labels=False). To use it, wrap the networks in "
            "networks.Conditional."
        )
    if value is None and conditional:
        raise ValueError(
            "This model is conditional: give batches of (x, condition), such as data.load(..., labels=True) makes, "
            "or the argument `condition`."
        )
    if value is not None and isinstance(count, int) and not tf.is_symbolic_tensor(value) and len(value) != count:
        raise ValueError(
            f"Expected one condition for each of {count} samples. Received {len(value)}: repeat the one that is meant, "
            "such as condition=np.full(n, label)."
        )


def temperature(value):
    """Refuses a negative temperature where its value is known."""
    if not tf.is_tensor(value) and not (np.isfinite(value) and value >= 0):
        raise ValueError(
            f"Invalid value for argument `temperature`. Expected a number >= 0. Received: temperature={value!r}"
        )


def no_keras_losses(arguments):
    """Refuses `compile` arguments that would fight with the objective."""
    given = [name for name, value in arguments.items() if value is not None]
    if given:
        raise ValueError(
            f"`compile` got {', '.join(given)}, but a VAE's loss is its `objective`, and its metrics are the terms. "
            "Use compile(optimizer), and give VAE(objective=[...]) the terms."
        )


def first_batch(vae, x):
    """Looks at one batch, eagerly: shapes and conditions are refused here, values outside the support warned of."""
    if isinstance(x, tf.data.Dataset):
        data = next(iter(x.take(1)), None)
    elif isinstance(x, np.ndarray | tf.Tensor) and len(x):
        data = x[:32]
    else:
        return
    if data is None:
        raise ValueError("The dataset given to `fit` is empty. Expected at least one batch.")
    raw, *rest = data if isinstance(data, tuple | list) else (data,)
    if rest and not (isinstance(rest[0], tuple) and not rest[0]):
        condition(vae.conditional, rest[0])
    if vae.preprocessing is not None:
        vae.preprocessing.check(raw)
    values = vae.preprocess(raw, seed=tf.constant([0, 0]))
    if not bool(tf.reduce_all(vae.likelihood.in_support(values))):
        low, high = float(tf.reduce_min(values)), float(tf.reduce_max(values))
        warnings.warn(
            f"The data has values outside the support of the {type(vae.likelihood).__name__} likelihood (they range "
            f"from {low:.4g} to {high:.4g}): what it gives is a training loss, but no log-likelihood. For grey pixels "
            "use preprocessing=data.DynamicBinarize(), or another likelihood such as families.Normal(event_shape, "
            "scale='shared') with data.Dequantize(), or families.DiscretizedLogistic(...) with data.Quantize().",
            UserWarning,
            stacklevel=3,
        )
