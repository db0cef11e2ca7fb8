"""A prior fitted to the aggregate posterior: closed forms, scikit-learn's numbers, and nothing else that moves."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from scipy import stats
from sklearn import mixture

import tfvae
from tests.linear_gaussian import LinearGaussian, gaussian_log_density
from tests.models import LATENT, SHAPE, digits, make
from tfvae import data, export, families, latent, networks, priors, terms

tfd = tfp.distributions

LABELS = np.arange(36) % 10
SAMPLED = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]


def autoencoder(model, **parts):
    """Returns a linear autoencoder in float64, whose z are the means of the exact posterior."""
    with in_float64():
        vae = model.vae([terms.NegativeLogLikelihood()], posterior=families.Deterministic((model.latents,)), **parts)
    kernel = np.linalg.solve(model.precision, model.weight.T / model.sigma**2).T
    vae.posterior.head.kernel.assign(kernel)
    vae.posterior.head.bias.assign(3.0 - model.bias @ kernel)  # far from the standard normal
    vae.trained = True
    return vae


@contextlib.contextmanager
def in_float64():
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy("float32")


def steps(count, *arrays):
    """Returns one epoch of `count` batches, each of which is all of the data."""
    return tf.data.Dataset.from_tensors(arrays if len(arrays) > 1 else arrays[0]).repeat(count)


def adam(rate=0.1):
    return {"optimizer": keras.optimizers.Adam(rate), "verbose": 0}


def gaussian(size):
    """Returns a Gaussian with any covariance, to be learned."""
    return priors.Learned(families.MultivariateNormal((size,), dtype="float64"), dtype="float64")


def draws(vae, x):
    return vae.encode(x).mean().numpy()


def test_the_gaussian_that_fits_an_autoencoder_has_the_moments_of_its_codes():
    model = LinearGaussian.random(orthogonal=False)
    vae, x = autoencoder(model), model.sample(400)
    fitted = latent.fit_prior(vae, steps(800, x), gaussian(3), **adam())
    law, z = fitted.prior_distribution(), draws(vae, x)
    np.testing.assert_allclose(law.mean(), z.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(law.covariance(), np.cov(z.T, bias=True), rtol=0, atol=1e-6)


def test_sample_weights_are_examples_that_are_repeated():
    model = LinearGaussian.random(orthogonal=False)
    vae, x = autoencoder(model), model.sample(40)
    weights = np.arange(40) % 4
    batches = steps(800, x, np.zeros((40, 0)), weights.astype("float64"))
    fitted = latent.fit_prior(vae, batches, gaussian(3), **adam())
    law, z = fitted.prior_distribution(), np.repeat(draws(vae, x), weights, axis=0)
    np.testing.assert_allclose(law.mean(), z.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(law.covariance(), np.cov(z.T, bias=True), rtol=0, atol=1e-6)


def test_the_kl_of_the_aggregate_posterior_falls_to_that_of_the_best_gaussian():
    """q(z) is a mixture of N examples' posteriors, and E_q[log p(z)] of a Gaussian p follows from its two moments."""
    model, count = LinearGaussian.random(), 2000
    with in_float64():
        vae = model.vae(SAMPLED, shift=2.0, widen=0.5)
    vae.trained = True
    x = model.sample(count)
    q = vae.encode(x)
    mean = q.mean().numpy().mean(axis=0)
    covariance = np.cov(q.mean().numpy().T, bias=True) + np.diag(q.variance().numpy().mean(axis=0))

    def expected_log(loc, scale):
        spread = covariance + np.outer(mean - loc, mean - loc)
        return gaussian_log_density(loc[None], loc, scale)[0] - 0.5 * np.trace(np.linalg.solve(scale, spread))

    rates = keras.optimizers.schedules.CosineDecay(0.1, 400)
    fitted = latent.fit_prior(vae, steps(400, x), gaussian(3), **adam(rates))
    law = fitted.prior_distribution()
    first, last = expected_log(np.zeros(3), np.eye(3)), expected_log(law.mean().numpy(), law.covariance().numpy())
    best = -0.5 * (np.linalg.slogdet(covariance)[1] + 3 * np.log(2 * np.pi) + 3)
    # The entropy of q(z), which the KL has besides, is the same for all. The maximum likelihood of 2000 draws loses
    # chi^2 / 4000 nats, of 9 degrees of freedom for as many numbers; 400 steps, each with draws of its own, lose less.
    assert first < best - 1.0
    assert best - stats.chi2.ppf(0.999, 9) / (2 * count) < last <= best


def mixture_prior(components):
    keras.utils.set_random_seed(0)
    return priors.GaussianMixture((3,), components, dtype="float64")


def mixture_of(z, components, seed, covariance):
    return mixture.GaussianMixture(
        components, covariance_type=covariance, reg_covar=1e-6, max_iter=1000, random_state=seed
    ).fit(z)


@pytest.mark.parametrize("full", [False, True])
def test_em_gives_the_numbers_of_scikit_learn(full):
    model = LinearGaussian.random()
    vae, x = autoencoder(model), model.sample(300)
    x[:100] += 4.0  # two clusters
    prior = priors.GaussianMixture((3,), 4, full_covariance=full, dtype="float64")
    before = [variable.numpy() for variable in prior.variables]
    fitted = latent.fit_prior(vae, x, prior, seed=5)
    z = draws(vae, x)
    expected = mixture_of(z, 4, 5, "full" if full else "diag")
    law = fitted.prior_distribution()
    np.testing.assert_allclose(law.log_prob(z), expected.score_samples(z), rtol=0, atol=1e-10)
    law = law.distribution if full else law  # without the shape of z
    np.testing.assert_allclose(law.mixture_distribution.probs_parameter(), expected.weights_, rtol=1e-12)
    np.testing.assert_allclose(law.components_distribution.mean(), expected.means_, rtol=1e-12)
    spread = law.components_distribution.covariance() if full else law.components_distribution.variance()
    np.testing.assert_allclose(spread, expected.covariances_, rtol=1e-10, atol=1e-14)
    for variable, value in zip(prior.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)


def test_em_sees_one_draw_of_each_posterior_with_its_spread():
    model, count = LinearGaussian.random(), 4000
    with in_float64():
        vae = model.vae([terms.NegativeLogLikelihood()], widen=4.0)
    vae.trained = True
    x = model.sample(count)
    law = latent.fit_prior(vae, x, priors.GaussianMixture((3,), 1, dtype="float64")).prior_distribution()
    q = vae.encode(x)
    variance = q.mean().numpy().var(axis=0) + q.variance().numpy().mean(axis=0)
    # One component is the draws' own moments, whose standard errors are those of a Gaussian.
    sigmas = (law.mean().numpy() - q.mean().numpy().mean(axis=0)) / np.sqrt(variance / count)
    assert np.abs(sigmas).max() < 4
    assert np.abs((law.variance().numpy() / variance - 1) / np.sqrt(2 / count)).max() < 4


def test_each_batch_has_noise_of_its_own():
    vae, x = make(objective=SAMPLED), np.repeat(digits()[:1], 2, axis=0)
    vae.trained = True
    fitted = latent.fit_prior(vae, data.from_array(x, batch_size=1), priors.GaussianMixture(LATENT, 1))
    assert np.min(fitted.prior_distribution().components_distribution.stddev()) > 0.01
    other = latent.fit_prior(vae, x, priors.GaussianMixture(LATENT, 1), seed=1)
    assert np.abs(other.prior.loc - fitted.prior.loc).max() > 0.01


def test_what_is_shuffled_is_read_in_its_own_order():
    """So that the draws, and with them the fit, are a function of the seed."""
    vae = make(objective=SAMPLED)
    vae.trained = True
    kinds = (data.from_array(digits(), batch_size=5, shuffle=shuffle) for shuffle in (False, True))
    straight, shuffled = (latent.fit_prior(vae, each, priors.GaussianMixture(LATENT, 1)) for each in kinds)
    np.testing.assert_array_equal(straight.prior.loc, shuffled.prior.loc)


def test_a_code_that_is_not_finite_is_named():
    vae = autoencoder(LinearGaussian.random())
    x = np.zeros((6, 5))
    x[4] = np.nan
    stream = tf.data.Dataset.from_tensor_slices(x).batch(3)
    with pytest.raises(ValueError, match=r"1 of 6 examples have a z .* at the rows 4"):
        latent.fit_prior(vae, stream, priors.GaussianMixture((3,), 2, dtype="float64"))


def test_with_an_optimizer_a_mixture_is_fitted_by_gradient_and_takes_weights():
    """Of two clusters, of which one has no weight, it sees the other."""
    model = LinearGaussian.random()
    vae, x = autoencoder(model), model.sample(100)
    x[50:] += 50.0
    batches = steps(600, x, np.zeros((100, 0)), np.repeat([1.0, 0.0], 50))
    fitted = latent.fit_prior(vae, batches, mixture_prior(1), **adam())
    np.testing.assert_allclose(fitted.prior.loc[0], draws(vae, x[:50]).mean(axis=0), rtol=0, atol=1e-4)


def test_the_seed_is_that_of_the_draws():
    vae = make(objective=SAMPLED)
    vae.trained = True
    fits = [
        latent.fit_prior(vae, digits(), priors.Learned(families.Normal(LATENT)), seed=seed, verbose=0, shuffle=False)
        for seed in (3, 3, 4)
    ]
    first, again, other = (np.concatenate([v.numpy().ravel() for v in fit.prior.trainable_variables]) for fit in fits)
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_a_component_as_narrow_as_it_may_be_is_finite():
    prior = priors.GaussianMixture((2,), 2)
    prior.fit_to(np.repeat([[0.0, 1.0], [5.0, 1.0]], 3, axis=0), seed=0)
    np.testing.assert_allclose(prior.distribution().components_distribution.stddev(), 1e-3, rtol=1e-6)
    assert np.isfinite(prior.raw_scale).all()


def test_more_dimensions_than_one_keep_their_places():
    z = np.random.default_rng(0).normal(size=(200, 3, 2)) * np.arange(1, 7).reshape(3, 2)
    prior = priors.GaussianMixture((3, 2), 1, dtype="float64")
    prior.fit_to(z, seed=0)
    np.testing.assert_allclose(prior.distribution().mean(), z.mean(axis=0), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(prior.distribution().stddev(), z.std(axis=0), rtol=1e-4)


def busy():
    """An encoder and a decoder with all that a train step would move or draw."""

    def network(shape, size):
        return keras.Sequential(
            [
                keras.Input(shape),
                keras.layers.Flatten(),
                keras.layers.Dense(size),
                keras.layers.BatchNormalization(momentum=0.5),
                keras.layers.Dropout(0.5),
            ]
        )

    return {"encoder": network(SHAPE, 8), "decoder": network(LATENT, 8)}


def trained(**parts):
    vae = make(**(busy() | parts))
    vae.compile("adam")
    vae.fit(digits(), batch_size=12, verbose=0)
    return vae


def numbers(vae, *names):
    parts = [getattr(vae, name) for name in names or ("encoder", "posterior", "decoder", "likelihood")]
    return [variable.numpy() for part in parts for variable in part.variables]


ways = pytest.mark.parametrize(
    ("prior", "options"),
    [
        (lambda: priors.GaussianMixture(LATENT, 3), {}),
        (
            lambda: priors.Learned(families.Transformed(families.Normal(LATENT), families_flow())),
            {"batch_size": 12, "verbose": 0},
        ),
        (lambda: priors.VampPrior(LATENT, SHAPE, 4), {"optimizer": "sgd", "batch_size": 12, "verbose": 0}),
        (
            lambda: priors.Product([priors.GaussianMixture((2,), 3), priors.Learned(families.Normal((1,)))]),
            {"batch_size": 12, "verbose": 0},
        ),
    ],
    ids=["em", "flow", "vamp", "product"],
)


def families_flow():
    return tfvae.flows.Inverted(tfvae.flows.InverseAutoregressive(LATENT, units=(8,)))


@ways
def test_nothing_but_the_prior_moves_and_the_first_model_not_at_all(prior, options):
    vae, given = trained(), prior()
    everything = [variable.numpy() for variable in vae.variables]
    start = [variable.numpy() for variable in given.variables]
    sampled, learning = vae.sample(4, seed=0), len(vae.trainable_variables)
    fitted = latent.fit_prior(vae, digits(), given, SAMPLED, **options)
    for before, after in zip(everything, vae.variables, strict=True):
        np.testing.assert_array_equal(before, after)
    for before, after in zip(numbers(vae), numbers(fitted), strict=True):
        np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(vae.sample(4, seed=0), sampled)
    assert any(np.any(a != b) for a, b in zip(start, numbers(fitted, "prior"), strict=True))
    assert len(fitted.trainable_variables) == learning + len(given.trainable_variables)
    assert fitted.trained
    assert {id(v) for v in fitted.variables}.isdisjoint(id(v) for v in [*vae.variables, *given.variables])


def test_dropout_and_batch_statistics_are_those_of_inference():
    """The loss of the first step, at a rate of almost 0, is that of codes in inference."""
    vae = trained(posterior=families.Deterministic(LATENT), objective=[terms.NegativeLogLikelihood()])
    history = keras.callbacks.History()
    prior = priors.GaussianMixture(LATENT, 3)
    latent.fit_prior(
        vae, digits(), prior, optimizer=keras.optimizers.SGD(1e-30), batch_size=36, verbose=0, callbacks=[history]
    )
    expected = -np.mean(prior.distribution().log_prob(draws(vae, digits())))
    np.testing.assert_allclose(history.history["cross_entropy"], [expected], rtol=1e-5)


def test_its_steps_compute_no_reconstruction():
    """Of a model that has an ELBO, whose likelihood each step would need."""
    vae, history = make(objective=SAMPLED), keras.callbacks.History()
    vae.trained = True
    latent.fit_prior(vae, digits(), priors.Learned(families.Normal(LATENT)), verbose=0, callbacks=[history])
    assert set(history.history) == {"loss", "cross_entropy", "skipped_steps"}


def test_the_elbo_rises_with_a_fitted_prior_and_a_second_fit_is_the_first():
    """The posterior's mean is 2 of its scales from the exact one, which costs 2 nats a dimension with the old prior."""
    model = LinearGaussian.random()
    with in_float64():
        vae = model.vae(SAMPLED, shift=2.0)
    vae.trained = True
    x = model.sample(500)
    once, twice = (latent.fit_prior(vae, data.from_array(x, batch_size=90), mixture_prior(2)) for _ in range(2))
    again = latent.fit_prior(once, data.from_array(x, batch_size=90), mixture_prior(2))
    for first, second, third in zip(*(numbers(each, "prior") for each in (once, twice, again)), strict=True):
        np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(first, third)
    bounds = []
    for each in (vae, once):
        each.compile("sgd")
        bounds.append(each.evaluate(x, batch_size=500, verbose=0, return_dict=True)["elbo"])
    assert bounds[1] > bounds[0] + 1.0


def test_an_autoencoder_samples_after_it_and_before_it_doesnt(tmp_path):
    """The samples' mean log density under the law of the data, and the files and exports of what samples."""
    model = LinearGaussian.random()
    keras.utils.set_random_seed(0)
    vae, x = autoencoder(model), model.sample(2000).astype("float32")
    fitted = latent.fit_prior(vae, x, priors.GaussianMixture((3,), 2, dtype="float64"))
    shift = model.weight @ np.full(3, 3.0)  # the decoder undoes what the encoder added, for z where the codes are

    def fits(vae):
        return np.mean(model.log_marginal(vae.sample(2000, mean=False, seed=1).numpy() - shift))

    # In expectation it is log p of the model's own draws, -entropy, plus what the codes' smaller variance gives.
    entropy = 0.5 * (np.linalg.slogdet(model.covariance)[1] + 5 * np.log(2 * np.pi) + 5)
    assert fits(vae) < -entropy - 2.0
    assert abs(fits(fitted) + entropy) < 1.0
    path = tmp_path / "fitted.keras"
    fitted.save(path)
    np.testing.assert_array_equal(tfvae.load_model(path).sample(5, seed=3), fitted.sample(5, seed=3))


def test_what_is_exported_samples_from_the_fitted_prior(tmp_path):
    vae = trained(preprocessing=data.Binarize())
    fitted = latent.fit_prior(vae, digits(), priors.GaussianMixture(LATENT, 3), SAMPLED)
    served = tf.saved_model.load(str(export.saved_model(fitted, tmp_path))).signatures["generate"]
    seed = tf.constant([1, 2])
    drawn = served(seed=seed, count=tf.constant(4), temperature=tf.constant(1.0))["mean"]
    np.testing.assert_allclose(drawn, fitted.sample(4, seed=seed), atol=1e-5)
    assert np.abs(drawn - vae.sample(4, seed=seed)).max() > 0.01
    path = export.litert(fitted, tmp_path / "decoder.tflite", timed=False)  # which compares it with Keras
    assert path.stat().st_size > 0


def conditional(prior=None, **parts):
    vae = make(
        encoder=networks.Conditional(networks.mlp_encoder((8, 8, 11), (8,)), num_classes=10),
        decoder=networks.Conditional(networks.mlp_decoder((13,), (8,)), num_classes=10),
        **parts,
    )
    vae.trained = True
    return vae


@keras.saving.register_keras_serializable("tests")
class PerClass(priors.Prior):
    """A Gaussian for each class."""

    condition_shape, condition_dtype, num_classes = (), "int32", 10

    def __init__(self, event_shape, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.loc = self.add_weight(shape=(10, *self.event_shape), initializer="zeros", name="loc", autocast=False)

    def distribution(self, condition=None, encode=None):
        loc = tf.gather(tf.convert_to_tensor(self.loc), tf.reshape(tf.cast(condition, tf.int32), [-1]))
        return tfd.Independent(tfd.Normal(loc, 1.0), 1)


def test_in_a_conditional_model_em_fits_what_all_conditions_give_together():
    vae, labels = conditional(posterior=families.Deterministic(LATENT), objective=terms.NegativeLogLikelihood()), LABELS
    prior = priors.GaussianMixture(LATENT, 2)
    fitted = latent.fit_prior(vae, (digits(), labels), prior)
    expected = mixture_of(vae.encode(digits(), labels).mean().numpy().astype("float64"), 2, 0, "diag")
    np.testing.assert_allclose(fitted.prior.loc, expected.means_, rtol=1e-5)
    assert fitted.sample(2, condition=[1, 2], seed=0).shape == (2, *SHAPE)


def test_a_prior_that_takes_the_condition_learns_the_mean_of_each_class():
    vae = conditional(posterior=families.Deterministic(LATENT), objective=terms.NegativeLogLikelihood())
    z = vae.encode(digits(), LABELS).mean().numpy()
    fitted = latent.fit_prior(vae, steps(400, digits(), LABELS), PerClass(LATENT), **adam())
    expected = [z[label == LABELS].mean(axis=0) for label in range(10)]
    np.testing.assert_allclose(fitted.prior.loc, expected, rtol=0, atol=1e-4)
    one = latent.fit_prior(vae, (digits(), LABELS), PerClass(LATENT), optimizer=keras.optimizers.SGD(1.0), verbose=0)
    assert np.any(one.prior.loc)
