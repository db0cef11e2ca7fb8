"""Recipes whose exported graphs differ: an objective is in none of them."""

import keras

from tests.models import SHAPE, recipe

# Whose neighbouring codes may lie far apart, so that rounding in an encoder changes what it says by much.
OF_FAR_CODES = ("vq_vae", "rq_vae", "lfq_vae")
# Of the decoder, the encoder and the reconstruction.
OF_NETWORKS = (
    *("vae", "planar_flow_vae", "radial_flow_vae", "iaf_vae", "categorical_vae", "conditional_vae"),
    *("sigma_vae", "student_t_vae", "continuous_bernoulli_vae", "ppca", "factor_analysis", "autoencoder"),
    *("ladder_vae", "top_down_vae", "sequential_vae", "autoencoder_kl", "rae_sn"),
    *("fsq_vae", *OF_FAR_CODES),
)
# Of these and of drawing z.
OF_ALL = (*OF_NETWORKS, "gaussian_mixture_prior_vae", "vamp_prior_vae", "autoregressive_prior_vae")


def build(name):
    """Returns a small model of a recipe."""
    keras.utils.set_random_seed(0)
    return recipe(name, SHAPE, 3, seed=0)


def graph(model, *roles):
    """Returns what tells a model's graph from others': its networks' sizes, and other parts by their reprs."""
    networks = [(type(part).__name__, part.count_params()) for part in (model.encoder, model.decoder)]
    # What only the encoder of a training sees is in no graph.
    preprocessing = getattr(model.preprocessing, "preprocessing", model.preprocessing)
    return (*networks, repr(preprocessing), *(repr(getattr(model, role)) for role in roles))
