"""A dozen models with a planted fault: it is found first, and the change that is advised wins what it promised."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.linear_gaussian import LinearGaussian, set_normal_head
from tfvae import VAE, data, diagnosis, families, latent, networks, priors, recipes, terms
from tfvae.composition import copies
from tfvae.diagnosis.bounds import elbos

OBJECTIVE = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
MODEL = LinearGaussian.random(6, 3, 0.5)
SIGMAS = 4


def split(x):
    """Returns batches of training data and of a third of it held out."""
    first = 2 * len(x) // 3
    x = x.astype("float32")
    return data.from_array(x[:first], batch_size=64), data.from_array(x[first:], batch_size=128, shuffle=False)


def trained(vae, train, epochs, rate=3e-3):
    vae.compile(keras.optimizers.Adam(rate))
    vae.fit(train, epochs=epochs, verbose=0)
    return vae


def only_encoder_learns(vae):
    vae.decoder.trainable = vae.likelihood.trainable = False
    return vae


def known(vae):
    vae.trained = True
    return vae


def gained(vae, other, test):
    """Returns (mean, standard error) of what another model's ELBO is higher by."""
    won = elbos(other, test, 5) - elbos(vae, test, 5)
    return won.mean(), won.std() / np.sqrt(len(won))


def first(vae, train, test, part):
    """Returns the first finding, which is of the part that was planted.

    But for the comparison with a principal component analysis, which is no part: it is fitted anew as a whole, and so
    may win what other parts would.
    """
    found = [
        each for each in diagnosis.diagnose(vae, train, test).findings if part == "latents" or each.part != "latents"
    ]
    assert [each.part for each in found][:1] == [part], [str(each) for each in found]
    assert str(found[0]).startswith(f"{part}: ")
    return found[0]


def assert_won(vae, finding, train, test, epochs=10, rate=1e-3):
    """Asserts that the model, trained on with the change, wins at least what was promised."""
    assert finding.relation == "at least"
    won, error = gained(vae, trained(diagnosis.changed(vae, finding), train, epochs, rate), test)
    assert won > finding.nats.value - SIGMAS * np.hypot(error, finding.nats.standard_error), (won, finding)
    return won


def assert_at_most(finding, won, error, share):
    """Asserts that no more was won than was said, and that share of it."""
    assert finding.relation == "at most"
    at_most = finding.nats.value + SIGMAS * np.hypot(error, finding.nats.standard_error)
    assert share * finding.nats.value - SIGMAS * error < won < at_most


def test_of_a_model_that_is_right_nothing_is_said():
    vae = known(MODEL.vae(OBJECTIVE))
    found = diagnosis.diagnose(vae, *split(MODEL.sample(900)))
    assert found.findings == ()
    assert {each.part for each in found.others} == {
        "likelihood",
        "prior",
        "posterior",
        "encoder",
        "latents",
        "training",
    }
    assert "Nothing found" in str(found)


def test_a_scale_that_is_too_large():
    vae = known(MODEL.vae(OBJECTIVE, scale=1.5))
    train, test = split(MODEL.sample(1500))
    finding = first(vae, train, test, "likelihood")
    assert repr(finding.change["likelihood"]) == repr(families.Normal((6,), scale="optimal"))
    # The errors at draws of q: those of p(x|z) where q is p(z|x), whose variance is sigma^2.
    expected = 6 * (0.5 * (0.5 / 1.5) ** 2 - 0.5 - np.log(0.5 / 1.5))
    assert abs(finding.nats.value - expected) < SIGMAS * finding.nats.standard_error
    assert_won(vae, finding, train, test, epochs=1)


@pytest.mark.exhaustive
def test_dimensions_of_unequal_noise():
    rng = np.random.default_rng(3)
    x = MODEL.sample(1500) + rng.normal(size=(1500, 6)) * [0, 0, 0, 1.5, 1.5, 0]
    train, test = split(x)
    vae = trained(known(MODEL.vae(OBJECTIVE, scale="optimal")), train, 15)
    finding = first(vae, train, test, "likelihood")
    assert finding.change["likelihood"].scale == "optimal_dimension"
    assert_won(vae, finding, train, test)


@pytest.mark.exhaustive
def test_errors_with_heavy_tails():
    rng = np.random.default_rng(4)
    x = MODEL.sample(3000) + rng.laplace(size=(3000, 6)) * np.where(rng.uniform(size=(3000, 6)) < 0.1, 3.0, 0.05)
    train, test = split(x)
    vae = trained(known(MODEL.vae(OBJECTIVE, scale="optimal")), train, 15)
    finding = first(vae, train, test, "likelihood")
    assert isinstance(finding.change["likelihood"], families.Laplace)
    assert_won(vae, finding, train, test)


@pytest.mark.exhaustive
def test_pixels_that_err_together():
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(600, 18, 18))
    # The sum of nine neighbours: low frequencies have most of it.
    smooth = sum(noise[:, row : row + 16, column : column + 16] for row in range(3) for column in range(3)) / 3
    x = smooth[..., None] + rng.normal(size=(600, 1, 1, 1))
    train, test = split(x)
    shape = (16, 16, 1)
    pair = {"encoder": networks.mlp_encoder(shape, (8,)), "decoder": networks.mlp_decoder((1,), (8,))}
    vae = trained(recipes.sigma_vae(shape, 1, preprocessing=None, **pair), train, 10)
    finding = first(vae, train, test, "likelihood")
    assert isinstance(finding.change["likelihood"], families.SpectralNormal)
    won, error = gained(vae, latent.fit_likelihood(vae, train, **finding.change), test)
    assert abs(won - finding.nats.value) < SIGMAS * np.hypot(error, finding.nats.standard_error)


@pytest.mark.slow
def test_a_posterior_whose_dimensions_depend_on_each_other():
    model = LinearGaussian.random(6, 3, 0.4, orthogonal=False)
    train, test = split(model.sample(1500))
    vae = known(model.vae(OBJECTIVE))
    finding = first(vae, train, test, "posterior")
    assert isinstance(finding.change["posterior"], families.MultivariateNormal)
    exact = (np.log(np.diag(model.precision)).sum() - np.linalg.slogdet(model.precision)[1]) / 2
    assert finding.nats.value == pytest.approx(exact, abs=0.05)
    fresh = diagnosis.changed(vae, finding)
    only_encoder_learns(fresh)
    # Long steps find the way, and short ones end the shaking of the mean.
    won, error = gained(vae, trained(trained(fresh, train, 20, 3e-3), train, 20, 3e-4), test)
    assert won > finding.nats.value - 0.15 - SIGMAS * error


@keras.saving.register_keras_serializable("tests")
class Bend(keras.layers.Layer):
    """z -> z_2 + z_1^2, whose p(z|x) is a banana."""

    def call(self, z):
        return z[..., 1:] + z[..., :1] ** 2


@pytest.mark.exhaustive
def test_a_posterior_that_is_bent():
    rng = np.random.default_rng(6)
    z = rng.normal(size=(1500, 2))
    x = z[:, 1:] + z[:, :1] ** 2 + 0.3 * rng.normal(size=(1500, 1))
    train, test = split(x)
    likelihood = families.Normal((1,), scale=0.3)
    vae = VAE(
        encoder=networks.mlp_encoder((1,), (32, 32)),
        posterior=families.MultivariateNormal((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=keras.Sequential([keras.Input((2,)), Bend()]),
        likelihood=likelihood,
        objective=OBJECTIVE,
        seed=0,
    )
    set_normal_head(likelihood, np.ones((1, 1)), np.zeros(1))
    only_encoder_learns(vae)
    vae = trained(vae, train, 30)
    finding = next(each for each in diagnosis.diagnose(vae, train, test).findings if each.part == "posterior")
    assert "InverseAutoregressive" in repr(finding.change["posterior"])
    changed = diagnosis.changed(vae, finding)
    only_encoder_learns(changed)
    won, error = gained(vae, trained(changed, train, 100, 3e-3), test)
    assert won > 0.6 * finding.nats.value - SIGMAS * error


def test_an_encoder_that_is_off():
    shift = 0.8
    vae = known(MODEL.vae(OBJECTIVE, shift=shift))
    train, test = split(MODEL.sample(900))
    finding = first(vae, train, test, "encoder")
    assert (finding.relation, finding.change) == ("at most", {})
    # s^2 Lambda_ii scale_i^2 / 2 = s^2 / 2 a dimension.
    assert finding.nats.value == pytest.approx(3 * shift**2 / 2, abs=0.05)
    changed = copies.with_parts(vae)
    only_encoder_learns(changed)
    won, error = gained(vae, trained(changed, train, 40, 1e-2), test)
    assert_at_most(finding, won, error, share=0.9)


@pytest.mark.exhaustive
def test_an_encoder_too_simple():
    rng = np.random.default_rng(7)
    z = rng.normal(size=(1500, 1))
    x = np.concatenate([z**2, z**3 / 3], axis=1) + 0.2 * rng.normal(size=(1500, 2))
    train, test = split(x)
    decoder = networks.mlp_decoder((1,), (32, 32))
    parts = {
        "posterior": families.Normal((1,)),
        "prior": priors.StandardNormal((1,)),
        "decoder": decoder,
        "likelihood": families.Normal((2,), scale="optimal"),
        "objective": OBJECTIVE,
        "seed": 0,
    }
    vae = trained(VAE(encoder=networks.linear((2,)), **parts), train, 60, 1e-2)
    finding = next(each for each in diagnosis.diagnose(vae, train, test).findings if each.part == "encoder")
    posterior = families.Normal((1,))
    posterior.build((None, 32))
    wide = copies.with_parts(vae, encoder=networks.mlp_encoder((2,), (32, 32)), posterior=posterior)
    only_encoder_learns(wide)
    won, error = gained(vae, trained(wide, train, 60, 1e-2), test)
    assert_at_most(finding, won, error, share=0.5)


@pytest.mark.exhaustive
def test_codes_that_are_clusters():
    rng = np.random.default_rng(8)
    z = rng.choice([-3.0, 3.0], size=(1500, 3)) + 0.2 * rng.normal(size=(1500, 3))
    x = z @ MODEL.weight.T + MODEL.bias + MODEL.sigma * rng.normal(size=(1500, 6))
    train, test = split(x)
    vae = trained(known(MODEL.vae(OBJECTIVE)), train, 15)
    finding = first(vae, train, test, "prior")
    won, error = gained(vae, latent.fit_prior(vae, train, **finding.change), test)
    assert abs(won - finding.nats.value) < SIGMAS * np.hypot(error, finding.nats.standard_error)
    assert won > 1


def test_codes_that_are_wider_than_the_prior():
    wide = LinearGaussian(MODEL.weight / 3, MODEL.bias, MODEL.sigma)
    vae = known(wide.vae(OBJECTIVE))
    # Data whose z has three times the prior's spread.
    train, test = split(MODEL.sample(1500))
    finding = next(each for each in diagnosis.diagnose(vae, train, test).findings if each.part == "prior")
    won, _ = gained(vae, latent.fit_prior(vae, train, **finding.change), test)
    assert won == pytest.approx(finding.nats.value, rel=0.2)


@pytest.mark.slow
def test_latents_that_say_nothing():
    train, test = split(MODEL.sample(1500))
    vae = known(MODEL.vae([terms.NegativeLogLikelihood(), terms.KL()], scale="optimal"))
    # The posterior is the prior whatever x is, and the decoder gives the mean whatever z is.
    set_normal_head(vae.posterior, np.zeros((6, 3)), np.zeros(3), 1.0)
    set_normal_head(vae.likelihood, np.zeros((3, 6)), MODEL.bias)
    for _ in range(3):  # the optimal scale follows the errors
        vae = latent.fit_likelihood(vae, train, families.Normal((6,), scale="optimal"))
    finding = first(vae, train, test, "latents")
    assert "3 of 3 latent units are idle" in finding.says
    changed = diagnosis.changed(vae, finding)
    for layer, std in ((changed.posterior.head, 0.3), (changed.likelihood.head, 0.3)):
        layer.kernel.assign(tf.random.stateless_normal(layer.kernel.shape, [1, 2], 0.0, std))
    won, error = gained(vae, trained(changed, train, 100, 1e-2), test)
    assert won > finding.nats.value - SIGMAS * np.hypot(error, finding.nats.standard_error)


@pytest.mark.slow
def test_training_data_that_are_known_by_heart():
    x = MODEL.sample(120)
    few, test = data.from_array(x[:40].astype("float32"), batch_size=40), split(MODEL.sample(600))[1]
    vae = trained(recipes.sigma_vae((6,), 3, preprocessing=None, seed=1), few, 400, 3e-3)
    finding = next(each for each in diagnosis.diagnose(vae, few, test).findings if each.part == "training")
    assert finding.relation == "at most"
    more = trained(recipes.sigma_vae((6,), 3, preprocessing=None, seed=1), split(MODEL.sample(1500))[0], 40, 3e-3)
    won, error = gained(vae, more, test)
    assert won > 0
    assert won < finding.nats.value + SIGMAS * np.hypot(error, finding.nats.standard_error)


def test_of_binary_pixels_only_what_has_a_meaning_is_asked():
    images = data.digits("train")[0][:96]
    vae = recipes.vae((8, 8, 1), 2, preprocessing=data.Binarize(), seed=0)
    train = data.from_array(images[:64])
    vae = trained(vae, train, 1)
    found = diagnosis.diagnose(vae, train, data.from_array(images[64:]))
    assert {each.part for each in (*found.findings, *found.others)} == {"prior", "posterior", "encoder", "training"}
