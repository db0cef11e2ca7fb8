"""The p-values of a served model, by the calibration that goes along with it."""

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.evaluation import conformal


def check(vae, typicality, max_num_samples):
    """Refuses what isn't a calibration of this model's log-likelihood by no more draws than are allowed.

    Raises:
        ValueError: It isn't one.
    """
    if typicality is None:
        return
    if getattr(getattr(typicality, "score", None), "vae", None) is not vae:
        expected = "what evaluation.typicality(vae, validation) returned for this very model, or None"
        raise arguments.invalid("typicality", expected, typicality)
    if typicality.score.num_samples > max_num_samples:
        expected = f"at least {typicality.score.num_samples}, the draws that calibrated `typicality`"
        raise arguments.invalid("max_num_samples", expected, max_num_samples)


def facts(typicality):
    """Returns what a manifest says of a calibration."""
    return {
        "num_samples": typicality.score.num_samples,
        "calibrated_on": len(typicality.calibration),
        "two_sided": typicality.two_sided,
    }


def p_values(typicality, log_likelihood):
    """Returns the p-values [B] of estimates of log p(x) [B], which are rounded as the calibration is."""
    calibration = tf.constant(np.asarray(typicality.calibration, log_likelihood.dtype.as_numpy_dtype))
    return conformal.p_values(calibration, -log_likelihood, typicality.two_sided)


def following(typicality):
    """Returns a function of the outputs of `score` by as many draws as calibrated: the p-values that they have to be.

    Another rounding of log p(x) may pass a neighbour, which moves its rank by one.
    """
    return lambda found: {"p_value": p_values(typicality, tf.constant(found["log_likelihood"])).numpy()}
