"""How far a LiteRT file is from Keras, on the same inputs."""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import arguments, random
from tfvae.export.parity import ExportMismatch

# Draws for each input when a KL has no closed form.
_DRAWS = 32
# Inputs to run at once: activations of all inputs would take more memory than the model needs.
_AT_ONCE = 64
# What noise is moved by to see whether rounding decides a draw, ten times what float32 loses in a sum of probabilities;
# and what it may do to x, as a fraction of the range.
_NEAR, _STEADY = 4e-6, 1e-2


class Thresholds(NamedTuple):
    """Limits that an export must stay within; beyond them it is an `ExportMismatch`.

    Attributes:
        max_error: Largest error of any one value, as a fraction of the range of Keras's results (at least 1).
        min_psnr: Smallest peak signal-to-noise ratio, of that range to the root mean squared error, in dB.
        max_kl: Largest mean KL(Keras || file) between their distributions, in nats per dimension of the event.
    """

    max_error: float
    min_psnr: float
    max_kl: float


#: Defaults by quantization, for networks of up to six layers, about 10 dB looser than the numbers' precision implies.
#: 8 bits: a weight's step is 1/127 of its channel's largest and an activation's 1/255 of its range, so each layer adds
#: about 1 % of noise to its sums, and six layers 3 %. On logits with a spread of 5 that is 0.15. A probability moves by
#: at most a quarter of that: by 0.2 at five standard deviations, and by 0.01 on average over pixels, which are mostly
#: black or white. That is 40 dB. The KL is 0.05 / 2 * 0.15^2 = 6e-4 nats per pixel, and for a posterior ten times
#: narrower than the prior 0.3^2 / 2 = 0.05 nats.
#: float16: weights to 2^-11, so 7e-4 of the sums after six layers; likewise at most 5e-3, 74 dB, and 2e-5 nats.
#: float32: rounding, for which every export has the same bound; see `parity`.
DEFAULTS = {
    None: Thresholds(1e-4, 100.0, 1e-5),
    "float16": Thresholds(2e-2, 60.0, 1e-3),
    "dynamic": Thresholds(0.5, 30.0, 5e-2),
    "int8": Thresholds(0.5, 30.0, 5e-2),
}


def thresholds(quantization, output, max_error, min_psnr, max_kl):
    """Returns the `Thresholds` of a call; an argument that is None takes the quantization's default.

    Bytes are rounded. An error e, however small, moves a value to the next level if the value is that close to the
    midpoint between two levels, which happens in 255 e of all cases. So the squared error grows by e / 255.
    """
    given = {"max_error": max_error, "min_psnr": min_psnr, "max_kl": max_kl}
    for name, value in given.items():
        if value is not None:
            arguments.number(name, value, "a number >= 0, or None for the quantization's own", minimum=0)
    limits = DEFAULTS[quantization]
    if output == "uint8":
        rms = 10 ** (-limits.min_psnr / 20)
        limits = limits._replace(max_error=limits.max_error + 1 / 255, min_psnr=-10 * math.log10(rms**2 + rms / 255))
    return limits._replace(**{name: value for name, value in given.items() if value is not None})


def steady(function, inputs):
    """Returns the batches of noise for which rounding doesn't decide what is drawn.

    A draw of one of several, a code or a component, jumps where a uniform number passes the edge between two. Where it
    is that near to one, the file may well draw the other, which is as good; so it is not compared.

    Args:
        function: Of a part that draws.
        inputs: {name: [batches, batch_size, ...]}, with "noise".

    Raises:
        ExportMismatch: There is no such batch.
    """
    found, kept = keras(function, inputs), True
    for change in (-_NEAR, _NEAR):
        noise = np.clip(inputs["noise"] + change, 0, np.nextafter(1, 0, dtype="float32"))
        moved = keras(function, {**inputs, "noise": noise.astype(inputs["noise"].dtype)})
        for name, value in found.items():
            value = value.astype("float64")
            apart = np.abs(moved[name] - value).reshape(len(value), -1).max(axis=1)
            kept &= apart <= _STEADY * max(1.0, float(np.ptp(value)))
    kept = np.broadcast_to(kept, inputs["noise"].shape[0] * inputs["noise"].shape[1])
    kept = kept.reshape(inputs["noise"].shape[:2]).all(axis=1)
    if not kept.any():
        raise ExportMismatch("Each draw of p(z) is decided by rounding, so no file could be compared with Keras.")
    return {name: value[kept] for name, value in inputs.items()}


def run(content, inputs):
    """Runs a file's bytes in the LiteRT interpreter.

    Args:
        content: The bytes.
        inputs: {name: [batches, batch_size, ...]}.

    Returns:
        {name: [batches * batch_size, ...]}.
    """
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_content=content).get_signature_runner("serving_default")
    count = len(next(iter(inputs.values())))
    found = [runner(**{name: value[at] for name, value in inputs.items()}) for at in range(count)]
    return {name: np.concatenate([each[name].copy() for each in found]) for name in found[0]}


def keras(function, inputs):
    """Returns what Keras computes from the same inputs, {name: [batches * batch_size, ...]}."""
    flat = _flat(inputs)
    batches = [[value[at : at + _AT_ONCE] for value in flat] for at in range(0, len(flat[0]), _AT_ONCE)]
    found = [function(*map(tf.constant, batch)) for batch in batches]
    return {name: np.concatenate([each[name].numpy() for each in found]) for name in found[0]}


def _flat(inputs):
    return [value.reshape(-1, *value.shape[2:]) for value in inputs.values()]


def by_input(function, inputs):
    """Splits parameters into those with one value per input and those that are the model's own.

    Returns:
        `function`, reduced to return only the former; and the latter, {name: tensor}.
    """
    flat = _flat(inputs)
    one, two = (function(*(tf.constant(np.resize(value, (n, *value.shape[1:]))) for value in flat)) for n in (1, 2))
    own = {name: value for name, value in one.items() if value.shape == two[name].shape}

    def varying(first, condition=None):
        return {name: value for name, value in function(first, condition).items() if name not in own}

    return varying, own


def errors(what, expected, received):
    """Compares the first output, which is the result.

    Returns:
        {"max_abs_error": float, "psnr_db": float or None if there is no error at all, "peak": float}.

    Raises:
        ExportMismatch: Outputs or shapes differ, or values are not finite.

    >>> errors("a file", {"mean": np.array([0.0, 4.0])}, {"mean": np.array([0.0, 4.0 - 0.4 * 2**0.5])})
    {'max_abs_error': 0.565..., 'psnr_db': 20.0, 'peak': 4.0}
    """
    if set(expected) != set(received):
        raise ExportMismatch(f"{what} has outputs {sorted(received)}, and Keras gives {sorted(expected)}.")
    for name, value in expected.items():
        if value.shape != received[name].shape:
            raise ExportMismatch(f"{what}: {name} has the shape {received[name].shape}, and Keras gives {value.shape}.")
        if not np.isfinite(value).all():
            raise ExportMismatch(f"Keras's {name} is not finite: the weights hold NaN. Train again, or load another.")
        if not np.isfinite(received[name]).all():
            raise ExportMismatch(f"{what}: {name} is not finite, where Keras's is.")
    name = next(iter(expected))
    value = expected[name].astype("float64")
    difference = np.abs(received[name].astype("float64") - value)
    peak = 255.0 if expected[name].dtype == np.uint8 else max(1.0, float(np.ptp(value)))
    squared = float(np.mean(difference**2))
    psnr = round(10 * math.log10(peak**2 / squared), 2) if squared > 0 else None
    return {"max_abs_error": float(difference.max()), "psnr_db": psnr, "peak": peak}


def kl(law, expected, received, own):
    """Returns the mean KL(Keras || file) of the distributions in nats per input, or None without a density.

    In closed form if TFP has one; otherwise the mean of log p(x) - log q(x) over
    32 draws x from Keras's distribution for each input, from a fixed seed.

    Args:
        law: A `families.Family`.
        expected: Keras's parameters, {name: [N, ...]}.
        received: The file's parameters.
        own: The model's own parameters, the same for both.

    Returns:
        {"kl_nats": float, "kl_standard_error": float, or None in closed form}.
    """
    if not law.has_density:
        return None
    both = ({name: tf.constant(value) for name, value in each.items()} for each in (expected, received))
    p, q = (law.build_distribution(**own, **each) for each in both)
    try:
        values = tfd.kl_divergence(p, q).numpy().astype("float64")
        return {"kl_nats": max(0.0, float(values.mean())), "kl_standard_error": None}  # below 0 only by rounding
    except NotImplementedError:
        pass
    if not law.density_anywhere:
        return None  # the file's distribution can't evaluate the density of Keras's draws
    x = p.sample(_DRAWS, seed=random.as_seed(0, None))
    values = (p.log_prob(x) - q.log_prob(x)).numpy().astype("float64").mean(axis=0)
    return {"kl_nats": float(values.mean()), "kl_standard_error": float(values.std() / math.sqrt(len(values)))}


def check(what, found, dimensions, limits):
    """Refuses a file that is beyond the `Thresholds`.

    Args:
        what: Names the file, for the error.
        found: What `errors` and `kl` measured.
        dimensions: Number of dimensions of the distribution's event.
        limits: `Thresholds`.

    Raises:
        ExportMismatch: The message has the figure, the threshold, and what to do.
    """
    error, psnr = found["max_abs_error"] / found["peak"], found["psnr_db"]
    fix = "Nothing was written. Try another quantization, train with smaller weights, or give `{}` if this will do."
    if not error <= limits.max_error:
        raise ExportMismatch(
            f"{what} differs from Keras by up to {error:.2e} of its range, more than max_error={limits.max_error:.2e}. "
            + fix.format("max_error")
        )
    if psnr is not None and not psnr >= limits.min_psnr:
        raise ExportMismatch(
            f"{what} has a signal-to-noise ratio of {psnr:.1f} dB, less than min_psnr={limits.min_psnr:.1f}. "
            + fix.format("min_psnr")
        )
    nats = found.get("kl_nats")
    if nats is not None:
        share, noise = nats / dimensions, (found["kl_standard_error"] or 0.0) / dimensions
        if not share - 3 * noise <= limits.max_kl:
            raise ExportMismatch(
                f"{what}: Keras's law is {nats:.3g} nats from the file's, {share:.2e} for each of {dimensions} "
                f"dimensions, more than max_kl={limits.max_kl:.2e}. " + fix.format("max_kl")
            )
