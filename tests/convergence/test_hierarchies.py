"""Several stochastic layers, trained on digits: each is used, and together they know more than one."""

import keras
import numpy as np
import pytest

from tests import suites
from tests.identities.statistics import assert_positive_mean
from tfvae import data, evaluation, networks, recipes
from tfvae.families import Normal, TopDown

SHAPE, LATENTS = (8, 8, 1), 16


def load(split):
    return data.load("digits", split, batch_size=64 if split == "train" else 180)[0]


def trained(recipe, epochs=60, **parts):
    keras.utils.set_random_seed(0)
    vae = getattr(recipes, recipe)(SHAPE, LATENTS, preprocessing=data.Binarize(), seed=0, **parts)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(load("train")), alpha=1e-2)
    vae.compile(keras.optimizers.Adam(rate))
    history = vae.fit(load("train"), epochs=epochs, verbose=0).history
    assert sum(history["skipped_steps"]) == 0
    return vae


def networks_of(units):
    """Networks of one size for all, so that the number of layers is what differs."""
    blocks = [networks.mlp_decoder((4,), (units // 2,)), networks.mlp_decoder((units // 2 + 12,), (units,))]
    return {
        "encoder": networks.BottomUpEncoder(
            [networks.mlp_encoder(SHAPE, (units,)), networks.mlp_encoder((units,), (units // 2,))]
        ),
        "decoder": networks.TopDownDecoder(blocks, [(4,), (12,)]),
    }


@pytest.fixture(scope="module")
def one_layer():
    parts = {"encoder": networks.mlp_encoder(SHAPE, (128,)), "decoder": networks.mlp_decoder((LATENTS,), (128,))}
    return evaluation.log_likelihood(trained("vae", **parts), load("test"), 1000, verbose=0)


@pytest.mark.parametrize("recipe", suites.chosen(["ladder_vae", "top_down_vae"], slow=["top_down_vae"]))
def test_both_layers_are_used_and_know_more_than_one(recipe, one_layer, record_property):
    vae = trained(recipe, steps=20 * len(load("train")), **networks_of(128))
    kls = [kl.numpy().sum() for kl in vae.posterior.split(evaluation.activity(vae, load("test")).kl_per_dimension)]
    found = evaluation.log_likelihood(vae, load("test"), 1000, verbose=0)
    record_property("kl of each layer", [float(kl) for kl in kls])
    record_property("log_likelihood", (found.mean, found.standard_error))
    print(
        f"{recipe}: KL of each layer {np.round(kls, 2)}, log p(x) {found.mean:.2f}, of one layer {one_layer.mean:.2f}"
    )
    assert min(kls) > 1.0
    assert_positive_mean(found.per_example - one_layer.per_example)
    bound = vae.evaluate(load("test"), return_dict=True, verbose=0)
    assert bound["elbo"] < found.mean
    # One draw above for each example: the same quantity with other noise.
    assert abs(sum(kls) - bound["kl_level_0"] - bound["kl_level_1"]) < 0.2


@pytest.mark.slow
def test_each_step_of_a_sequence_is_used_and_brings_the_picture_nearer():
    vae = trained("sequential_vae", epochs=20, steps=20 * 23)
    kls = vae.posterior.split(evaluation.activity(vae, load("test")).kl_per_dimension)
    assert min(kl.numpy().sum() for kl in kls) > 0.5
    images = data.digits("test")[0]
    z = vae.posterior.split(vae.encode(images).mean())
    # Steps whose z is 0 know nothing of x.
    seen = [np.concatenate([*(z[:step]), *(0 * each for each in z[step:])], axis=1) for step in range(4)]
    errors = [float(np.mean((images / 255.0 - vae.decode(each.astype("float32")).mean()) ** 2)) for each in seen]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.slow
def test_samples_at_a_low_temperature_of_the_lower_layer_are_alike_where_the_top_is():
    """What the top layer decides stays, and what the lower one adds is gone: the spread of samples falls."""
    vae = trained("top_down_vae", epochs=20, steps=200, **networks_of(128))
    assert isinstance(vae.posterior, TopDown)
    assert all(isinstance(family, Normal) for family in vae.posterior.families)
    spread = [
        float(np.var(vae.sample(500, temperature=hot, seed=0), axis=0).sum())
        for hot in ([1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0])
    ]
    assert spread[0] > spread[1] > spread[3]
    assert spread[0] > spread[2] > spread[3]
    assert spread[3] < 1e-9
