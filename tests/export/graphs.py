"""Recipes whose exported graphs differ: an objective is in none of them."""

import keras
import numpy as np

from tests.models import SHAPE, recipe

# Whose neighbouring codes may lie far apart, so that rounding in an encoder changes what it says by much.
OF_FAR_CODES = ("vq_vae", "rq_vae", "lfq_vae")
# Whose means are a softmax of all of x times its total: 8 bits hold them to 24 dB, and the exporter refuses that.
OF_TOTALS = ("count_vae", "mult_vae")
# Of the decoder, the encoder and the reconstruction.
OF_NETWORKS = (
    *("vae", "planar_flow_vae", "radial_flow_vae", "iaf_vae", "categorical_vae", "conditional_vae"),
    *("sigma_vae", "student_t_vae", "continuous_bernoulli_vae", "ppca", "factor_analysis", "autoencoder"),
    *("ladder_vae", "top_down_vae", "very_deep_vae", "nvae", "sequential_vae", "autoencoder_kl", "rae_sn"),
    *("fsq_vae", *OF_FAR_CODES, "mixture_posterior_vae", "semi_implicit_vae"),
    *("hyperspherical_vae", "toroidal_vae", "poincare_vae", "mixed_curvature_vae"),
    *("semi_supervised_vae", "stacked_semi_supervised_vae", "gmvae", "joint_vae"),
    *("mvae", "mmvae", "mopoe_vae", "jmvae"),
    *("count_vae", "mult_vae", "prod_lda"),
)
# Of those, the ones that another stands for in int8, whose conversions are slow: `hyperspherical_vae` for the others on
# manifolds, `semi_supervised_vae` for those of classes, `mvae` for those of modalities.
LIKE_OTHERS_IN_INT8 = (
    *("mixture_posterior_vae", "semi_implicit_vae", "toroidal_vae", "poincare_vae", "mixed_curvature_vae"),
    *("stacked_semi_supervised_vae", "gmvae", "joint_vae", "mmvae", "mopoe_vae", "jmvae"),
)
# Of these and of drawing z.
OF_ALL = (
    *(*OF_NETWORKS, "gaussian_mixture_prior_vae", "vamp_prior_vae", "autoregressive_prior_vae"),
    *("conditional_prior_vae", "diffusion_prior_vae"),
)


def build(name):
    """Returns a small model of a recipe."""
    keras.utils.set_random_seed(0)
    return recipe(name, SHAPE, 3, seed=0)


def given(model, images, labels):
    """Returns what a model takes of images and their labels: x, (x, condition), or an x of both."""
    if model.likelihood.modalities is not None:
        return {"image": images, "label": np.eye(10, dtype="float32")[labels]}
    return (images, labels) if model.conditional else images


def graph(model, *roles):
    """Returns what tells a model's graph from others': its networks' sizes, and other parts by their reprs."""
    networks = [(type(part).__name__, part.count_params()) for part in (model.encoder, model.decoder)]
    # What only the encoder of a training sees is in no graph.
    preprocessing = getattr(model.preprocessing, "preprocessing", model.preprocessing)
    return (*networks, repr(preprocessing), *(repr(getattr(model, role)) for role in roles))
