"""The table of recipes."""

import inspect
import json
import re
import warnings

import keras
import numpy as np
import pytest

from tests import suites
from tests.contracts import COMPARISONS, run_model_test
from tests.models import SHAPE, OneDraw, RegularNoise, decided, digits, gradients_of, recipe, seeing
from tests.parts.composed import with_views
from tfvae import data, families, networks, priors, recipes, terms

NAMES = recipes.__all__
# Of each kind one; all are trained by the contract, with smaller networks.
TRAINED = ("vae", "iwae", "vamp_prior_vae", "autoencoder", "conditional_vae", "categorical_vae")
DEEP = ("nvae", "very_deep_vae")
LEVELS = (*DEEP, "ladder_vae", "sequential_vae", "top_down_vae")
# Which are told labels; of the last two some may be unknown.
PARTLY = ("semi_supervised_vae", "stacked_semi_supervised_vae")
TOLD = ("conditional_vae", "conditional_prior_vae", *PARTLY)
# Whose z has other parts beside that of `latent_size` numbers.
OTHER_LATENTS = (*TOLD, "gmvae", "joint_vae")
LINEAR = ("factor_analysis", "ppca")
SHARP = ("autoencoder_kl", "dfc_vae", "ms_ssim_vae", "vae_gan")
QUANTISED = ("fsq_vae", "lfq_vae", "rq_vae", "vq_vae")
MATCHING = (
    *("adversarial_autoencoder", "info_vae", "sinkhorn_autoencoder"),
    *("sliced_wasserstein_autoencoder", "wae_gan", "wae_mmd"),
)
COUNTS = ("count_vae", "mult_vae", "prod_lda")
MODAL = ("jmvae", "mmvae", "mopoe_vae", "mvae")
# And the shape of z where the recipe is asked for three latents.
MANIFOLDS = {"toroidal_vae": (3, 2), "mixed_curvature_vae": (10,)}
RAE = ("rae_gp", "rae_l2", "rae_sn")
PLAIN = ("autoencoder", "denoising_autoencoder", "sparse_autoencoder", *RAE, *MATCHING[2:])


def _narrowed(posterior):
    """Returns the posterior with its least scale near 0, None if it has no scale."""
    config = json.dumps(posterior.get_config())  # without the features that it was built for
    if "min_scale" not in config:
        return None
    narrowed = re.sub(r'"min_scale": [^,}]+', '"min_scale": 1e-9', config)
    return type(posterior).from_config(json.loads(narrowed))


def small(name):
    """A recipe that is quick to check: small networks, x without noise, a posterior that the contract can narrow."""
    parts = {}
    if name == "categorical_vae":
        parts |= {"encoder": networks.mlp_encoder(SHAPE, (16,)), "decoder": networks.mlp_decoder((3, 10), (16,))}
    elif name in MANIFOLDS:
        encoder, decoder = networks.mlp_encoder(SHAPE, (16,)), networks.mlp_decoder(MANIFOLDS[name], (16,))
        parts |= {"encoder": encoder, "decoder": decoder}
    elif name not in (*LINEAR, *LEVELS, *QUANTISED, *OTHER_LATENTS, *MODAL, "autoencoder_kl"):
        parts |= {"encoder": networks.mlp_encoder(SHAPE, (16,)), "decoder": networks.mlp_decoder((3,), (16,))}
    if name in COUNTS:
        parts["encoder"] = networks.LogCounts(parts["encoder"])
    sizes = {"filters": 8} if name in DEEP else {}
    # log q of a mixture, or a KL to each, would be lost in rounding; their draws are `regular_noise`'s anyway.
    posterior = None if name in MODAL else _narrowed(recipe(name, SHAPE, 3, **sizes).posterior)
    if posterior is not None:
        parts |= {"posterior": posterior}
    if name in ("hamiltonian_vae", "riemannian_hamiltonian_vae"):
        parts |= {"decoder": networks.mlp_decoder((3,), (16,), "tanh")}
    if name in ("dreg_iwae", "sticking_the_landing_vae"):
        parts |= {"posterior": RegularNoise((3,), scale="shared")}
    others = ("sigma_vae", "student_t_vae", "continuous_bernoulli_vae")
    if name not in (*LINEAR, *PLAIN, *SHARP, *QUANTISED, *MODAL, *COUNTS, *others):
        parts |= {"preprocessing": data.Binarize()}
    if name in MATCHING:
        parts |= {"prior": OneDraw((3,))}  # whose draws are the same on two replicas
    if name == "denoising_autoencoder":
        parts |= {"preprocessing": data.Corrupt(data.Rescale(), salt_and_pepper=1.0, low=0.5, high=0.5)}
    keras.utils.set_random_seed(0)
    model = recipe(name, SHAPE, 3, seed=0, **sizes, **parts)
    if name == "autoencoder_kl":
        decided(model.objective[-1].critic)
    return model


@pytest.mark.filterwarnings("ignore:The weight of (KL|Adversarial):UserWarning")
@pytest.mark.parametrize("name", suites.of_recipes(NAMES, "contract"))
def test_a_recipe_keeps_the_contract_of_models(name, tmp_path):
    labels = data.digits("train")[1][:36] if name in TOLD else None
    if name in PARTLY:
        labels = np.where(np.arange(36) % 3, -1, labels)
    # Its parts are compared in every way by their own contracts, and a recipe in one of them.
    compared = [COMPARISONS[NAMES.index(name) % len(COMPARISONS)]]
    # On two replicas the draws of the prior are other ones, and those of a lower layer, on which a sampled KL depends.
    if name in ("vae_gan", "gmvae"):
        compared = COMPARISONS[:1]
    x = with_views() if name in MODAL else None
    run_model_test(lambda: small(name), tmp_path, x, condition=labels, comparisons=compared)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_is_short_and_says_where_it_is_from(name):
    function = getattr(recipes, name)
    documentation = inspect.getdoc(function)
    assert re.search(r"\((19|20)\d\d\)", documentation), "no citation"
    assert re.search(r"^(loss|log p|x|z) .*=|^log p", documentation, re.MULTILINE), "no equation"
    source = inspect.getsource(function)
    code = source.split('"""')[2].strip().splitlines()
    assert len(code) <= 12


@pytest.mark.filterwarnings("ignore:The weight of KL:UserWarning")  # warm_up_vae's 1000 steps
@pytest.mark.parametrize("name", TRAINED)
def test_a_recipe_trains_and_samples_with_its_own_networks(name):
    model = getattr(recipes, name)(SHAPE, 2)
    model.compile("adam")
    labels = data.digits("train")[1][:36] if model.conditional else None
    history = model.fit(digits(), labels, batch_size=12, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    condition = [3] * 4 if model.conditional else None
    assert model.sample(4, condition=condition).shape == (4, *SHAPE)


def test_the_autoencoders_loss_is_squared_error_and_a_constant():
    model = recipes.autoencoder(SHAPE, 2)
    model.compile()
    loss = model.evaluate(digits(), batch_size=36, verbose=0, return_dict=True)["loss"]
    error = np.sum((digits() / 255.0 - model(digits()).numpy()) ** 2, axis=(1, 2, 3)).mean()
    np.testing.assert_allclose(loss, error + 32 * np.log(np.pi), rtol=1e-5)


def test_an_info_vae_of_no_worth_is_the_vae():
    """In its loss, and in all gradients."""
    found = []
    for make, options in ((recipes.vae, {}), (recipes.info_vae, {"alpha": 0.0, "lambda_": 1.0})):
        keras.utils.set_random_seed(0)
        model = make(SHAPE, 2, seed=0, preprocessing=data.Binarize(), **options)
        model.compile("sgd")
        gradients, loss = gradients_of(model, digits())
        found.append([loss, *gradients])
    for one, two in zip(*found, strict=True):
        assert np.any(one)
        np.testing.assert_allclose(one, two, rtol=1e-6, atol=1e-7)


def test_any_part_can_be_replaced():
    model = recipes.iwae(
        SHAPE,
        4,
        num_samples=3,
        encoder=networks.conv_encoder(SHAPE),
        decoder=networks.conv_decoder((4,), SHAPE[:2]),
        likelihood=families.Normal(SHAPE),
        preprocessing=data.Dequantize(17),
    )
    assert repr(model.likelihood) == "Normal((8, 8, 1))"
    assert model.infer(digits(), seed=0).log_weight.shape == (3, 36)


@pytest.mark.parametrize(
    ("shape", "first", "latents"),
    [
        ((30,), "Flatten", 16),
        ((8, 8, 1), "Flatten", 16),
        ((17, 17, 1), "Flatten", 16),  # an odd side can't be halved
        ((28, 28, 1), "Conv2D", 32),
        ((32, 48, 3), "ResidualBlock", 64),
        ((64, 64, 3), "ResidualBlock", 128),
    ],
)
def test_networks_and_latents_are_by_the_size_of_x(shape, first, latents):
    vae = recipes.image_vae(shape, details=0)
    kinds = [type(layer).__name__ for layer in vae.encoder.layers]
    assert first in kinds
    assert ("ResidualBlock" in kinds) == (first == "ResidualBlock")
    assert vae.posterior.event_shape == (latents,)
    assert repr(vae.likelihood) == f"Normal({shape}, scale='optimal')"
    vae.trained = True
    assert vae.sample(2, seed=0).shape == (2, *shape)


@pytest.mark.parametrize(
    "name",
    suites.quick(
        [name for name in NAMES if name not in (*LINEAR, "prod_lda")],  # the decoder of topics is a softmax
        keep=[name for name in suites.RECIPES if name not in LINEAR],
        slow=(),
    ),
)
def test_every_recipe_has_networks_of_pictures(name):
    model = recipe(name, (16, 16, 1), 4)
    convolutions = [layer for layer in model._flatten_layers() if "Conv2D" in type(layer).__name__]
    assert len(convolutions) >= 4
    model.trained = True
    condition = [3] * 2 if model.conditional else None
    drawn = model.sample(2, condition=condition, seed=0)
    assert (drawn["image"] if name in MODAL else drawn).shape == (2, 16, 16, 1)


@pytest.mark.parametrize("name", MODAL)
def test_modalities_are_those_of_the_likelihood_that_is_given(name):
    """Their networks are by their sizes, and each weighs as if it had the dimensions of the largest."""
    three = {"image": families.Bernoulli((16, 16, 1)), "label": families.OneHot((4,)), "sound": families.Normal((32,))}
    model = getattr(recipes, name)((16, 16, 1), 3, likelihood=families.Modalities(three))
    assert model.encoder.modalities == model.decoder.modalities == ("image", "label", "sound")
    assert model.preprocessing is None
    assert model.objective[0].modality_weights == {"image": 1.0, "label": 64.0, "sound": 8.0}
    model.trained = True
    found = model.reconstruct({"label": np.eye(4)[:2]}, seed=0)
    assert {modality: values.shape for modality, values in found.items()} == {
        "image": (2, 16, 16, 1),
        "label": (2, 4),
        "sound": (2, 32),
    }


def test_binary_pixels_have_a_bernoulli():
    vae = recipes.image_vae(SHAPE, 2, binary=True)
    assert (repr(vae.likelihood), repr(vae.preprocessing)) == ("Bernoulli((8, 8, 1))", "Binarize()")


# Of the terms that are balanced one of a network's features, and one of a critic's.
@pytest.mark.parametrize("name", suites.quick(SHARP, keep=("dfc_vae", "vae_gan")))
def test_every_sharp_recipe_keeps_its_promise(name):
    """Each pulls beside the likelihood, and none is left out of the step."""
    model = recipe(name, (16, 16, 3), 4)
    model.compile("adam")
    x = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
    # Batches of any size, too, of which the last one is.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the critic of latent diffusion comes later than this ends
        found = {name: values[0] for name, values in model.fit(x, batch_size=5, verbose=0).history.items()}
    balanced = [metric for metric in found if metric.endswith("_balance")]
    assert len(balanced) == sum(term.balanced for term in model.objective) > 0
    assert all(1 < found[metric] < 1e7 for metric in balanced)


def test_the_critic_of_latent_diffusion_comes_late():
    model = recipes.autoencoder_kl((16, 16, 3), network=seeing((16, 16, 3)), start=7, weight=0.25)
    game = model.objective[-1]
    assert [float(game.weight_at(step)) for step in (0, 7, 8)] == [0.0, 0.0, 0.25]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recipes.autoencoder_kl((17, 16, 1), network=seeing((17, 16, 1))), "with even sides"),
        (lambda: recipes.autoencoder_kl((30,), network=False), "with even sides"),
        (lambda: recipes.nvae((30,)), "with even sides"),
        (lambda: recipes.very_deep_vae((17, 16, 1)), "with even sides"),
        (lambda: recipes.dfc_vae((16, 16, 3)), "sides of 32 or more"),
        (lambda: recipes.dfc_vae((64, 64, 2)), "1 or 3"),
        (lambda: recipes.ms_ssim_vae((30,)), "pictures"),
        (lambda: recipes.vae_gan((30,)), "image_shape"),
    ],
)
def test_no_pictures_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("shape", "latents", "below", "smallest"),
    [
        ((32, 48, 3), 64, (4, 6, 2), (2, 3)),
        ((40, 48, 1), 80, (5, 6, 2), (5, 6)),  # an odd side can't be halved
        ((128, 128, 1), 256, (8, 8, 2), (4, 4)),
    ],
)
def test_details_are_a_map_below_the_flat_latents(shape, latents, below, smallest):
    vae = recipes.image_vae(shape, details=2)
    assert vae.posterior.latent_shapes == vae.prior.latent_shapes == ((latents,), below)
    assert repr(vae.prior.families) == f"[Normal({below})]"  # with a scale that is told of the whole
    reshape = next(layer for layer in vae.decoder.blocks[0].layers if type(layer).__name__ == "Reshape")
    assert reshape.target_shape == (*smallest, 64)
    assert vae.decoder.blocks[1].output_shape == (None, *shape[:2], 16)
    assert (repr(vae.likelihood), repr(vae.preprocessing)) == (f"Normal({shape}, scale='optimal')", "Rescale()")
    vae.trained = True
    assert vae.sample(2, seed=0).shape == (2, *shape)


def test_details_train_with_the_rest():
    """Every weight moves: each is on the way to the loss."""
    keras.utils.set_random_seed(0)
    vae = recipes.image_vae((32, 32, 1), 3, details=1)
    vae.compile("adam", run_eagerly=True)  # two steps: the graph would take most of the time
    before = [weight.numpy() for weight in vae.trainable_weights]
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 1)).astype("uint8")
    vae.fit(images, batch_size=8, epochs=2, verbose=0)
    for old, weight in zip(before, vae.trainable_weights, strict=True):
        assert np.any(old != weight.numpy()), weight.path


def test_details_go_with_a_latent_size_and_other_parts():
    vae = recipes.image_vae((32, 32, 1), 5, binary=True, details=2)
    assert vae.posterior.latent_shapes == ((5,), (4, 4, 2))
    assert repr(vae.likelihood) == "Bernoulli((32, 32, 1))"
    parts = {
        "likelihood": families.Normal((32, 32, 1), scale=0.5),
        "posterior": families.TopDown([families.Normal((5,)), families.Laplace((4, 4, 2))]),
    }
    vae = recipes.image_vae((32, 32, 1), 5, details=2, objective=[terms.NegativeLogLikelihood()], **parts)
    assert (vae.likelihood, vae.posterior) == (parts["likelihood"], parts["posterior"])


def test_details_are_the_default_of_pictures_that_have_them():
    assert recipes.image_vae((32, 32, 1), 5).posterior.latent_shapes == ((5,), (4, 4, 8))
    assert recipes.image_vae((33, 33, 1), 5).posterior.latent_shapes is None
    # One of the parts that a second layer would make says that there is none.
    assert recipes.image_vae((32, 32, 1), 5, prior=priors.StandardNormal((5,))).posterior.latent_shapes is None


@pytest.mark.parametrize(
    ("shape", "details", "expected"),
    [
        ((28, 28, 1), 8, r"`details`.*0 for x of shape \(28, 28, 1\).*details=8"),
        ((30,), 8, r"`details`.*0 for x of shape \(30,\)"),
        ((33, 33, 1), 1, r"`details`.*even sides"),
        ((64, 64, 3), -1, r"`details`.*a number of channels.*details=-1"),
        ((64, 64, 3), 2.5, r"`details`.*details=2.5"),
    ],
)
def test_details_are_for_pictures_that_have_them(shape, details, expected):
    with pytest.raises(ValueError, match=expected):
        recipes.image_vae(shape, details=details)


@pytest.mark.parametrize("name", ["very_deep_vae", "nvae"])
def test_each_level_of_a_pyramid_reaches_the_picture(name):
    """z of each level is added to the state, and each level's view of x has a residual block."""
    vae = recipe(name, (8, 8, 1), 2, filters=8)
    vae.trained = True
    size = vae.posterior.event_shape[0]
    z = np.random.default_rng(0).normal(size=(1, size)).astype("float32")
    start = 0
    for shape in vae.posterior.latent_shapes:
        other = z.copy()
        other[:, start : start + int(np.prod(shape))] += 3.0
        start += int(np.prod(shape))
        assert np.abs(vae.decode(other).mean() - vae.decode(z).mean()).max() > 1e-6, shape
    assert all(isinstance(block.layers[-1], networks.ResidualBlock) for block in vae.encoder.blocks)
