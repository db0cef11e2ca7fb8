"""The parts of a model that become LiteRT files, as pure functions of named tensors with a static batch."""

from typing import Any, NamedTuple

import tensorflow as tf

from tfvae import arguments, families, hierarchy, networks, random
from tfvae.export import given
from tfvae.export.signatures import condition_spec, latent_spec
from tfvae.inputs import models


class Part(NamedTuple):
    """One function of a model.

    Attributes:
        function: Takes the inputs in order, returns {name: tensor}; the first is the result, others add to it.
        parameters: Likewise, returns the parameters of the distribution whose moments `function` returns.
        law: The `families.Family` that makes a distribution of `parameters`.
        inputs: A `tf.TensorSpec` with a name for each.
    """

    function: Any
    parameters: Any
    law: Any
    inputs: list[tf.TensorSpec]


def of(vae, name, batch_size=1, output="x"):
    """Returns a `Part` of a model.

        decoder      latent[, condition] -> mean[, stddev] of p(x|z)
        encoder      x[, condition] -> mean[, stddev] of q(z|x), x raw pixels
        reconstruct  x[, condition] -> mean of p(x|z) at the mean of q(z|x)
        generate     noise[, condition] -> mean of p(x|z) at a draw z of p(z)

    Args:
        vae: The model.
        name: "decoder", "encoder", "reconstruct" or "generate".
        batch_size: Examples in one call.
        output: "x" for the above; "uint8" returns the mean as a picture, `image`, instead.

    Raises:
        ValueError: There is no such part or output, or it makes no sense for the model.
    """
    if name not in _PARTS:
        raise arguments.invalid("part", f"one of {', '.join(_PARTS)}", name)
    if output not in ("x", "uint8"):
        raise arguments.invalid("output", "'x', the moments in x's units, or 'uint8', a picture", output)
    part = _PARTS[name](vae, batch_size)
    if output == "x":
        return part
    models.of_one_array(vae, "output='uint8'", "Use output='x', and make a picture of the mean of one of them.")
    if name == "encoder":
        raise arguments.invalid("output", "'x' for the encoder, whose latents are no picture", output)
    to_intensity(vae, tf.zeros([1, *vae.likelihood.event_shape], vae.float_dtype))

    def picture(first, condition=None):
        return {"image": to_bytes(to_intensity(vae, part.function(first, condition)["mean"]))}

    return part._replace(function=picture)


def to_intensity(vae, x):
    """Returns x as intensities, [0, 1] in a picture; for a model without preprocessing, x itself.

    Raises:
        ValueError: The preprocessing defines no intensities.
    """
    try:
        return x if vae.preprocessing is None else vae.preprocessing.intensity(x)
    except NotImplementedError as error:
        kind = type(vae.preprocessing).__name__
        raise ValueError(
            f"Invalid value for argument `output`. Expected 'x': {kind} doesn't say which picture an x is. Give it a "
            "method intensity(x) that returns intensities in [0, 1]. Received: output='uint8'"
        ) from error


def to_bytes(intensity):
    """Returns intensities as uint8, 0 to 255, clipped to [0, 1] first."""
    return tf.cast(tf.round(255 * tf.clip_by_value(intensity, 0.0, 1.0)), tf.uint8)


def _for(network, condition):
    """Returns the condition if the network takes one, else None."""
    return condition if networks.takes_condition(network) else None


def _posterior(vae, x, condition):
    return vae.posterior.parameters(networks.run(vae.encoder, vae.preprocess(x), condition, training=False))


def _mean(vae, x, condition):
    """Returns E[q(z|x)]; of several stochastic layers that of each, given the means above."""
    return vae.encode_preprocessed(vae.preprocess(x), condition).mean()


def _likelihood(vae, z, condition):
    return vae.likelihood.parameters(networks.run(vae.decoder, z, condition, training=False))


def _decoder(vae, batch_size):
    def parameters(latent, condition=None):
        return _likelihood(vae, latent, condition)

    def function(latent, condition=None):
        return given.of(vae).moments(vae.likelihood.build_distribution(**parameters(latent, condition)))

    inputs = [latent_spec(vae, batch_size), *condition_spec(batch_size, vae.decoder)]
    return Part(function, parameters, vae.likelihood, inputs)


def _encoder(vae, batch_size):
    inputs = [given.vector_spec(vae, batch_size), *condition_spec(batch_size, vae.encoder)]
    if vae.posterior.latent_shapes is not None:
        return _encoder_of_levels(vae, inputs)

    def parameters(x, condition=None):
        return _posterior(vae, x, condition)

    def function(x, condition=None):
        return given.moments(vae.posterior.build_distribution(**parameters(x, condition)))

    return Part(function, parameters, vae.posterior, inputs)


def _encoder_of_levels(vae, inputs):
    """Returns the mean alone: the distribution of all levels has no parameters of its own."""

    def function(x, condition=None):
        return {"mean": _mean(vae, x, condition)}

    law = families.Deterministic(vae.posterior.event_shape)
    return Part(function, function, law, inputs)


def _reconstruct(vae, batch_size):
    def parameters(x, condition=None):
        return _likelihood(vae, _mean(vae, x, _for(vae.encoder, condition)), _for(vae.decoder, condition))

    def function(x, condition=None):
        law = vae.likelihood.build_distribution(**parameters(x, condition))
        return given.of(vae).mean(vae.likelihood.read_off(law, vae.preprocess(x)).mean())

    inputs = [given.vector_spec(vae, batch_size), *condition_spec(batch_size, vae.encoder, vae.decoder)]
    return Part(function, parameters, vae.likelihood, inputs)


def _generate(vae, batch_size):
    """Returns the part that holds the prior: LiteRT's own random numbers have no seed, so noise is an input."""

    def drawn(count, condition):
        return hierarchy.of(vae, condition).sample(count, tf.zeros([2], tf.int32), 1.0)

    def parameters(noise, condition=None):
        with random.given(noise, columns):
            z = drawn(noise.shape[0], condition)
        return _likelihood(vae, z, _for(vae.decoder, condition))

    def function(noise, condition=None):
        return given.of(vae).mean(vae.likelihood.build_distribution(**parameters(noise, condition)).mean())

    told = condition_spec(batch_size, vae.prior, vae.decoder)
    columns = random.columns_of(
        lambda count: drawn(count, *[tf.zeros([count, *spec.shape[1:]], spec.dtype) for spec in told] or [None])
    )
    noise = tf.TensorSpec([batch_size, sum(columns)], vae.float_dtype, "noise")
    return Part(function, parameters, vae.likelihood, [noise, *told])


#: Those of networks alone.
NETWORKS = {"decoder": _decoder, "encoder": _encoder, "reconstruct": _reconstruct}
_PARTS = {**NETWORKS, "generate": _generate}
#: The names of all parts.
NAMES = tuple(_PARTS)
