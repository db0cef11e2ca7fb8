"""Laws for z beside the factorised Gaussian: densities, KLs and what they can express."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tests.identities.statistics import assert_mean
from tests.linear_gaussian import LinearGaussian, gaussian_log_density
from tfvae import VAE, families, networks, priors
from tfvae.families import positive
from tfvae.terms import KL, NegativeLogLikelihood

tfd = tfp.distributions


@pytest.fixture
def _double():
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


def trapezoid(values, points):
    return np.sum((values[1:] + values[:-1]) / 2 * np.diff(points))


# Full covariance.


@pytest.mark.usefixtures("_double")
def test_a_full_covariance_has_the_density_of_its_formula():
    family = families.MultivariateNormal((4,))
    distribution = family.distribution(np.random.default_rng(0).normal(size=(6, 5)))
    draws = distribution.sample(3, seed=[1, 2]).numpy()
    loc, covariance = distribution.mean().numpy(), distribution.covariance().numpy()
    # Some of it correlated, or the test would be one of the factorised family.
    assert np.abs(covariance[:, 0, 1]).max() > 0.05
    for number in range(6):
        expected = gaussian_log_density(draws[:, number], loc[number], covariance[number])
        np.testing.assert_allclose(distribution.log_prob(draws)[:, number], expected, rtol=1e-9)


def test_a_full_covariance_draw_has_the_density_of_its_point():
    law = families.MultivariateNormal((3,)).distribution(tf.random.stateless_normal([5, 4], [1, 2]))
    for shape in (7, [2, 3], []):
        z, log_prob = law.experimental_sample_and_log_prob(shape, seed=[1, 2])
        np.testing.assert_allclose(log_prob, law.log_prob(z), atol=1e-5)


@pytest.mark.usefixtures("_double")
def test_the_registered_kl_is_that_of_two_full_covariances():
    rng = np.random.default_rng(0)
    q = families.MultivariateNormal((4,)).distribution(rng.normal(size=(6, 5)))
    loc, scale = rng.normal(size=4), rng.uniform(0.3, 2.0, size=4)
    p = tfd.Independent(tfd.Normal(tf.constant(loc), tf.constant(scale)), 1)
    full = tfd.MultivariateNormalTriL(tf.constant(loc), tf.constant(np.diag(scale)))
    np.testing.assert_allclose(tfd.kl_divergence(q, p), tfd.kl_divergence(q, full), rtol=1e-10)
    # And by draws, which know nothing of the formula.
    draws = q[0].sample(20_000, seed=[1, 2])
    assert_mean(q[0].log_prob(draws) - p.log_prob(draws), float(tfd.kl_divergence(q, p)[0]))


def test_the_kl_to_other_laws_stays_refused():
    prior = priors.Fixed(families.Laplace((3,)), {"loc": 0.0, "scale": 1.0})
    with pytest.raises(ValueError, match=r"No closed form.*MultivariateNormal.*monte_carlo=True"):
        LinearGaussian.random().vae([KL()], posterior=families.MultivariateNormal((3,)), prior=prior)


def correlated(posterior=None):
    """Returns a linear-Gaussian model whose exact posterior is correlated, and its VAE with the best such q."""
    model = LinearGaussian.random(orthogonal=False)
    extra = {} if posterior is None else {"posterior": posterior}
    vae = model.vae([NegativeLogLikelihood(), KL()], **extra)
    if posterior is not None:
        tril = np.linalg.cholesky(np.linalg.inv(model.precision))
        scale = np.diag(tril)
        unit = tril / scale[:, None]
        triangle = tfp.math.fill_triangular_inverse(np.tril(unit[1:, :-1])).numpy()
        kernel = np.linalg.solve(model.precision, model.weight.T / model.sigma**2).T
        raw = positive.inverse(tf.constant(scale), vae.posterior.min_scale).numpy()
        rest = np.concatenate([raw, triangle])
        kernel_all = np.concatenate([kernel, np.zeros((len(kernel), len(rest)))], axis=1)
        vae.posterior.head.kernel.assign(kernel_all)
        vae.posterior.head.bias.assign(np.concatenate([-model.bias @ kernel, rest]))
    return model, vae


@pytest.mark.usefixtures("_double")
def test_full_covariance_reaches_log_p_where_mean_field_stays_its_gap_below():
    model, full = correlated(families.MultivariateNormal((3,)))
    x = model.sample(4)
    # Every single draw of the bound is log p(x): the posterior is exact.
    weights = full.infer(x, num_samples=5, seed=0).log_weight.numpy()
    np.testing.assert_allclose(weights, np.broadcast_to(model.log_marginal(x), weights.shape), rtol=1e-9)
    # The best factorised one stays KL(q || p(z|x)) = 1/2 (sum log Lambda_ii - log det Lambda) below.
    gap = 0.5 * (np.sum(np.log(np.diag(model.precision))) - np.linalg.slogdet(model.precision)[1])
    assert gap > 0.2
    _, factorised = correlated()
    weights = factorised.infer(x, num_samples=20_000, seed=0).log_weight.numpy()
    assert_mean((weights - model.log_marginal(x)).mean(axis=1), -gap)


@pytest.mark.slow
@pytest.mark.usefixtures("_double")
def test_fit_finds_the_full_covariance():
    model, _ = correlated()
    x = model.sample(500)
    gap = 0.5 * (np.sum(np.log(np.diag(model.precision))) - np.linalg.slogdet(model.precision)[1])
    for posterior, below in ((families.MultivariateNormal((3,)), 0.0), (None, gap)):
        _, vae = correlated(posterior)
        # From the start that every head has, with p(x, z) held where it is known.
        vae.posterior.head.kernel.assign(tf.zeros_like(vae.posterior.head.kernel))
        vae.posterior.head.bias.assign(tf.zeros_like(vae.posterior.head.bias))
        vae.likelihood.trainable = False
        rate = keras.optimizers.schedules.CosineDecay(0.03, 2000, alpha=1e-3)
        vae.compile(keras.optimizers.Adam(rate), steps_per_execution=100)
        vae.fit(tf.data.Dataset.from_tensors(x).repeat(2000), epochs=1, verbose=0)
        weights = vae.infer(x, num_samples=200, seed=0).log_weight.numpy().mean(axis=0)
        assert (weights - model.log_marginal(x)).mean() == pytest.approx(-below, abs=0.01)


# Other laws on the line.

PAIRS = {
    "laplace": (families.Laplace((1,), scale=0.7), families.Normal((1,)), {"loc": 0.0, "scale": 1.0}),
    "logistic": (families.Logistic((1,), scale=0.4), families.Normal((1,)), {"loc": 0.0, "scale": 1.0}),
    "student's t": (
        families.StudentT((1,), df=6.0, scale=0.8),
        families.StudentT((1,), df=3.0),
        {"loc": 0.0, "scale": 1.0, "df": 3.0},
    ),
    "logistic prior": (families.Normal((1,), scale=0.6), families.Logistic((1,)), {"loc": 0.0, "scale": 0.5}),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.usefixtures("_double")
def test_the_sampled_kl_is_that_of_quadrature(name):
    family, prior_family, parameters = PAIRS[name]
    posterior = type(family).from_config({**family.get_config(), "dtype": "float64"})
    q = posterior.build_distribution(**posterior.constrain({"loc": tf.constant([[0.6]], "float64")}))
    p = priors.Fixed(type(prior_family)((1,), dtype="float64"), parameters, dtype="float64").distribution()
    x = 0.6 + np.sinh(np.linspace(-12, 12, 20_001))
    log_q, log_p = q.log_prob(x[:, None, None])[:, 0].numpy(), p.log_prob(x[:, None]).numpy()
    assert trapezoid(np.exp(log_p), x) == pytest.approx(1.0, abs=1e-6)
    kl = trapezoid(np.exp(log_q) * (log_q - log_p), x)
    assert kl > 0.05
    z, log_q = q.experimental_sample_and_log_prob(50_000, seed=[1, 2])
    assert_mean(log_q[:, 0] - p.log_prob(z)[:, 0], kl)


def test_a_uniform_posterior_stays_within_its_prior():
    family = families.Uniform((2,), low=-3.0, high=5.0)
    rng = np.random.default_rng(0)
    raw = {name: tf.constant(rng.normal(size=(500, 2)) * 20, tf.float32) for name in family.head_shapes()}
    parameters = family.constrain(raw)
    low, high = (parameters[name].numpy() for name in ("low", "high"))
    assert np.all((low >= -3) & (high <= 5) & (high > low))
    q = family.build_distribution(**parameters)
    p = priors.Fixed(family, {"low": -3.0, "high": 5.0}).distribution()
    expected = np.sum(np.log(8 / (high.astype("float64") - low)), axis=1)
    # Widths of nearly 8 have lost what a KL near 0 is made of: 8 in float32 is known to 5e-7.
    np.testing.assert_allclose(tfd.kl_divergence(q, p), expected, rtol=1e-4, atol=1e-6)
    z, log_q = q.experimental_sample_and_log_prob(10, seed=[1, 2])
    np.testing.assert_allclose(log_q - p.log_prob(z), np.broadcast_to(expected, (10, 500)), rtol=1e-3, atol=1e-3)


# Discrete laws, relaxed.


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_relaxed_density_integrates_to_one_on_the_simplex(temperature):
    # In log-ratios to the last class, whose volume element is the product of the coordinates.
    logits = np.array([1.0, -0.5, 0.3], "float32")
    family = families.RelaxedCategorical((3,), temperature=temperature)
    axis = np.linspace(-40, 40, 801) / min(temperature, 1.0)
    u, v = np.meshgrid(axis, axis, indexing="ij")
    ratios = np.stack([u, v, np.zeros_like(u)], axis=-1)
    log_z = ratios - np.log(np.sum(np.exp(ratios - ratios.max(-1, keepdims=True)), -1, keepdims=True))
    log_z -= ratios.max(-1, keepdims=True)
    inside = log_z.min(axis=-1) > -80  # below, float32 has no such number
    distribution = family.build_distribution(tf.constant(logits))
    log_prob = distribution.log_prob(np.exp(log_z[inside]).astype("float32")).numpy().astype("float64")
    mass = np.sum(np.exp(log_prob + log_z[inside].sum(axis=-1))) * (axis[1] - axis[0]) ** 2
    assert mass == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_relaxed_bit_integrates_to_one_and_is_two_classes(temperature):
    distribution = families.RelaxedBernoulli((1,), temperature, dtype="float64").build_distribution(
        tf.constant([[1.3]], "float64")
    )
    y = np.linspace(-36, 36, 4001)
    z = 1 / (1 + np.exp(-y))
    log_prob = distribution.log_prob(z[:, None, None])[:, 0].numpy()
    assert trapezoid(np.exp(log_prob) * z * (1 - z), y) == pytest.approx(1.0, abs=1e-4)
    both = families.RelaxedCategorical((2,), temperature, dtype="float64").build_distribution(
        tf.constant([1.3, 0.0], "float64")
    )
    near = np.abs(y) < 10
    pairs = np.stack([z, 1 - z], axis=-1)
    np.testing.assert_allclose(both.log_prob(pairs)[near], log_prob[near], rtol=1e-9)


@pytest.mark.usefixtures("_double")
def test_the_relaxed_kl_is_that_of_quadrature():
    q, p = (
        families.RelaxedBernoulli((1,), 0.7).build_distribution(tf.constant([[logits]], "float64"))
        for logits in (1.3, 0.0)
    )
    y = np.linspace(-36, 36, 8001)
    z = 1 / (1 + np.exp(-y))
    log_q, log_p = (law.log_prob(z[:, None, None])[:, 0].numpy() for law in (q, p))
    kl = trapezoid(np.exp(log_q) * (log_q - log_p) * z * (1 - z), y)
    draws, log_density = q.experimental_sample_and_log_prob(50_000, seed=[1, 2])
    assert_mean(log_density[:, 0] - p.log_prob(draws)[:, 0], kl)


@pytest.mark.parametrize("straight_through", [False, True])
def test_classes_are_drawn_with_their_probabilities(straight_through):
    logits = np.log([0.1, 0.2, 0.7]).astype("float32")
    family = families.RelaxedCategorical((3,), straight_through=straight_through)
    draws = family.build_distribution(tf.constant(logits)).sample(20_000, seed=[1, 2]).numpy()
    # The largest coordinate of a relaxed draw is distributed as the class itself, whatever the temperature.
    share = np.bincount(draws.argmax(axis=1), minlength=3) / len(draws)
    error = np.sqrt(share * (1 - share) / len(draws))
    assert np.all(np.abs(share - np.exp(logits)) < 4 * error)
    if straight_through:
        assert set(np.unique(draws)) == {0.0, 1.0}
        np.testing.assert_array_equal(draws.sum(axis=1), 1.0)


@pytest.mark.parametrize(
    "make",
    [lambda **k: families.RelaxedCategorical((3,), **k), lambda **k: families.RelaxedBernoulli((3,), **k)],
    ids=["categorical", "bernoulli"],
)
def test_a_straight_through_draw_has_the_relaxed_gradient(make):
    logits = tf.constant([[0.3, -0.2, 1.0]])
    weight = tf.constant([[1.0, 2.0, 4.0]])
    gradients = []
    for straight_through in (False, True):
        family = make(temperature=0.8, straight_through=straight_through)
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = tf.reduce_sum(weight * family.build_distribution(logits).sample(20, seed=[1, 2]))
        gradients.append(tape.gradient(loss, logits).numpy())
    assert np.abs(gradients[0]).max() > 0.05
    np.testing.assert_array_equal(gradients[1], gradients[0])


def test_extreme_logits_have_finite_densities_and_gradients():
    for straight_through in (False, True):
        for family in (
            families.RelaxedCategorical((3,), 0.2, straight_through),
            families.RelaxedBernoulli((3,), 0.2, straight_through),
        ):
            logits = tf.constant([[1e4, 0.0, -1e4], [30.0, 0.0, -30.0], [0.0, 0.0, 0.0]])
            with tf.GradientTape() as tape:
                tape.watch(logits)
                z, log_prob = family.build_distribution(logits).experimental_sample_and_log_prob(100, seed=[1, 2])
                loss = tf.reduce_sum(log_prob) + tf.reduce_sum(z)
            assert np.isfinite(log_prob).all()
            assert np.isfinite(tape.gradient(loss, logits)).all()


def planted(count=400):
    """Returns points of two classes, a third of them in the second, and which they are of."""
    rng = np.random.default_rng(0)
    label = (rng.uniform(size=count) < 1 / 3).astype(int)
    centres = np.array([[1.0, 1.0, -1.0, 0.5], [-1.0, 0.0, 1.0, -0.5]])
    return (centres[label] + 0.3 * rng.normal(size=(count, 4))).astype("float32"), label


@pytest.mark.parametrize(
    ("posterior", "objective"),
    [
        pytest.param(families.RelaxedCategorical((1, 2)), KL(monte_carlo=True), marks=pytest.mark.slow),
        (families.RelaxedCategorical((1, 2), straight_through=True), KL()),
        (families.RelaxedBernoulli((1,)), KL(monte_carlo=True)),
        pytest.param(families.RelaxedBernoulli((1,), straight_through=True), KL(), marks=pytest.mark.slow),
    ],
    ids=["categorical", "categorical, straight-through", "bernoulli", "bernoulli, straight-through"],
)
def test_a_latent_of_two_values_separates_two_planted_classes(posterior, objective):
    x, label = planted()
    keras.utils.set_random_seed(1)
    vae = VAE(
        encoder=networks.linear((4,)),
        posterior=posterior,
        prior=priors.Fixed(type(posterior).from_config(posterior.get_config()), {"logits": 0.0}),
        decoder=networks.linear(posterior.event_shape),
        likelihood=families.Normal((4,), scale=0.3),
        objective=[NegativeLogLikelihood(), objective],
        seed=0,
    )
    vae.compile(keras.optimizers.Adam(0.05))
    vae.fit(x, batch_size=100, epochs=40, verbose=0)
    probability = vae.encode(x).mean().numpy().reshape(len(x), -1)[:, 0]
    agreement = np.mean((probability > 0.5) == label)
    assert max(agreement, 1 - agreement) > 0.99


# Discrete beside continuous.


@pytest.mark.usefixtures("_double")
def test_a_joint_posterior_is_its_pieces():
    pieces = [families.Normal((3,)), families.RelaxedCategorical((2, 4), straight_through=True)]
    joint = families.Joint(pieces)
    features = np.random.default_rng(0).normal(size=(5, 6))
    q = joint.distribution(features)
    p = priors.Product([priors.StandardNormal((3,)), priors.Fixed(pieces[1], {"logits": 0.0})]).distribution()
    z, log_q = q.experimental_sample_and_log_prob(20_000, seed=[1, 2])
    parameters = joint.parameters(features)
    normal = tfd.Independent(tfd.Normal(parameters["0_loc"], parameters["0_scale"]), 1)
    categorical = tfd.Independent(tfd.OneHotCategorical(parameters["1_logits"], dtype="float64"), 1)
    expected = normal.log_prob(z[..., :3]) + categorical.log_prob(tf.reshape(z[..., 3:], [-1, 5, 2, 4]))
    np.testing.assert_allclose(log_q, expected, rtol=1e-9)
    kl = tfd.kl_divergence(q, p).numpy()
    for row in range(5):
        assert_mean((log_q - p.log_prob(z))[:, row], kl[row])


def test_a_model_of_mixed_latents_trains_and_samples(tmp_path):
    x, _ = planted(120)
    discrete = families.RelaxedBernoulli((1,), straight_through=True)
    vae = VAE(
        encoder=networks.linear((4,)),
        posterior=families.Joint([families.Normal((2,)), discrete]),
        prior=priors.Product([priors.StandardNormal((2,)), priors.Fixed(discrete, {"logits": 0.0})]),
        decoder=networks.linear((3,)),
        likelihood=families.Normal((4,), scale="shared"),
        objective=[NegativeLogLikelihood(), KL()],
        seed=0,
    )
    vae.compile(keras.optimizers.Adam(0.03))
    history = vae.fit(x, batch_size=40, epochs=15, verbose=0).history["loss"]
    assert history[-1] < history[0] - 0.5
    draws = vae.prior.sample(50, seed=tf.constant([1, 2]))
    assert set(np.unique(draws[:, 2])) == {0.0, 1.0}
    vae.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.sample(3, seed=1), vae.sample(3, seed=1))


def test_pieces_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        LinearGaussian.random().vae([KL()], posterior=families.Joint([families.Normal((2,)), families.Normal((2,))]))
