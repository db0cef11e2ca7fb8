"""Posteriors of experts, and what is asked of them: closed forms, explicit sums, and their means within errors."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats
from tensorflow_probability import distributions as tfd

from tests.identities.test_modalities import SEEN, SIZES, as_dict, exact, mixed, modal_vae, truth
from tests.linear_gaussian import LinearGaussian, set_normal_head
from tfvae import VAE, data, evaluation, families, networks, priors
from tfvae.terms import KL, ModalityKL, ModalityLikelihoods, NegativeLogLikelihood, OnSubsets
from tfvae.vectors import by_name

NAMES = ("a", "b", "c")
EVERY = [list(s) for size in (1, 2, 3) for s in itertools.combinations(NAMES, size)]


def said(count=4, dimensions=2):
    """Means and scales of each expert, [B, D], and in which examples its modality is there: of the last, none."""
    rng = np.random.default_rng(2)
    loc = {name: rng.normal(size=(count, dimensions)) for name in NAMES}
    scale = {name: rng.uniform(0.3, 2.0, (count, dimensions)) for name in NAMES}
    there = {name: np.array([True, number != 0, number == 2, False]) for number, name in enumerate(NAMES)}
    return loc, scale, there


def product(loc, scale, there):
    experts = {name: tfd.Independent(tfd.Normal(loc[name], scale[name]), 1) for name in NAMES}
    family = families.ProductOfExperts({name: families.Normal((2,), dtype="float64") for name in NAMES})
    parameters = {}
    for number, name in enumerate(NAMES):
        parameters[f"{number}_loc"], parameters[f"{number}_scale"] = loc[name], scale[name]
        parameters[f"{number}_there"] = tf.cast(there[name], tf.float64)
    law = family.build_distribution(**{key: tf.convert_to_tensor(value) for key, value in parameters.items()})
    assert set(law.experts) == set(experts)
    return family, parameters, law


def by_hand(loc, scale, names, row):
    """Mean and variance of N(0, I) times the experts of `names`, from the definition, for one example."""
    precision = 1 + sum(scale[name][row] ** -2 for name in names)
    return sum((loc[name][row] / scale[name][row] ** 2 for name in names), np.zeros(2)) / precision, 1 / precision


def mixture(subsets=None):
    loc, scale, there = said()
    family, parameters, _ = product(loc, scale, there)
    mixed_family = families.MixtureOfExperts(family, subsets, dtype="float64")
    law = mixed_family.build_distribution(**{key: tf.convert_to_tensor(value) for key, value in parameters.items()})
    return loc, scale, there, law


def parts_of(subsets, there, row):
    """The subsets of which all modalities are there; of an example of nothing, nothing."""
    return [s for s in subsets if all(there[name][row] for name in s)] or [[]]


def test_a_product_is_the_normalised_product_of_densities():
    loc, scale, there = said()
    _, _, law = product(loc, scale, there)
    for row in range(4):
        seen = [name for name in NAMES if there[name][row]]
        mean, variance = by_hand(loc, scale, seen, row)
        np.testing.assert_allclose(law.mean()[row], mean, rtol=0, atol=1e-12)
        np.testing.assert_allclose(law.variance()[row], variance, rtol=0, atol=1e-12)
        # Up to a constant its log density is the sum of those of its factors, at any two points.
        points = np.random.default_rng(row).normal(size=(2, 1, 2))
        logs = stats.norm.logpdf(points[:, 0]).sum(-1)
        logs += sum((stats.norm.logpdf(points[:, 0], loc[n][row], scale[n][row]).sum(-1) for n in seen), np.zeros(2))
        found = np.array([law.log_prob(np.repeat(point, 4, 0))[row] for point in points])
        np.testing.assert_allclose(found[0] - found[1], logs[0] - logs[1], rtol=0, atol=1e-12)


@pytest.mark.parametrize("subset", EVERY, ids="".join)
def test_of_a_subset_it_is_the_product_of_what_is_there_of_it(subset):
    loc, scale, there = said()
    law = product(loc, scale, there)[2].given({name: tf.constant(name in subset) for name in NAMES})
    for row in range(4):
        mean, variance = by_hand(loc, scale, [name for name in subset if there[name][row]], row)
        np.testing.assert_allclose(law.mean()[row], mean, rtol=0, atol=1e-12)
        np.testing.assert_allclose(law.variance()[row], variance, rtol=0, atol=1e-12)


@pytest.mark.parametrize("subsets", [None, EVERY], ids=["each alone", "every subset"])
def test_a_mixture_is_the_explicit_sum_of_what_is_there_as_a_whole(subsets):
    loc, scale, there, law = mixture(subsets)
    z = np.random.default_rng(3).normal(size=(5, 4, 2))
    found = law.log_prob(z).numpy()
    for row in range(4):
        seen = parts_of(subsets or [[n] for n in NAMES], there, row)
        parts = [by_hand(loc, scale, s, row) for s in seen]
        density = np.mean([stats.norm.pdf(z[:, row], mean, var**0.5).prod(-1) for mean, var in parts], axis=0)
        np.testing.assert_allclose(found[:, row], np.log(density), rtol=0, atol=1e-12)
        mean = np.mean([mean for mean, _ in parts], axis=0)
        np.testing.assert_allclose(law.mean()[row], mean, rtol=0, atol=1e-12)
        second = np.mean([var + mean**2 for mean, var in parts], axis=0)
        np.testing.assert_allclose(law.stddev()[row] ** 2, second - mean**2, rtol=0, atol=1e-12)
        # Of nothing, each component is N(0, I), and all count.
        assert np.count_nonzero(law.weights[row]) == (len(law.weights[row]) if seen == [[]] else len(parts))


def apart(count):
    """A mixture of three experts so sure, and so far from each other, that a draw tells whose it is."""
    experts = {name: families.Normal((1,)) for name in NAMES}
    parameters = {}
    for number in range(3):
        parameters[f"{number}_loc"] = tf.fill([count, 1], 100.0 * number)
        parameters[f"{number}_scale"] = tf.fill([count, 1], 1e-3)
        parameters[f"{number}_there"] = tf.ones([count])
    return families.MixtureOfExperts(families.ProductOfExperts(experts)).build_distribution(**parameters)


@pytest.mark.parametrize("draws", [1, 2, 3, 4, 6])
def test_draws_are_the_strata_and_any_one_is_a_draw_of_the_mixture(draws):
    count = 3000
    whose = np.rint(apart(count).sample(draws, seed=[1, 2]).numpy()[..., 0] / 100).astype(int)
    often = np.stack([np.sum(whose == number, axis=0) for number in range(3)])
    assert often.min() >= draws // 3
    assert often.max() <= -(-draws // 3)
    # Each place is of each component in a third of the examples: 4.5 standard errors.
    for place in whose:
        shares = np.bincount(place, minlength=3) / count
        assert np.all(np.abs(shares - 1 / 3) < 4.5 * math.sqrt(2 / 9 / count))


def test_draws_have_the_moments_and_the_gradients_of_the_mixture():
    """E[z^2] is the mean over components of loc^2 + scale^2, and so are its gradients in each."""
    count = 4000
    loc = {name: tf.Variable(value) for name, value in zip(NAMES, (-1.0, 0.5, 2.0), strict=True)}
    family = families.MixtureOfExperts(families.ProductOfExperts({name: families.Normal((1,)) for name in NAMES}))
    with tf.GradientTape() as tape:
        parameters = {}
        for number, name in enumerate(NAMES):
            parameters[f"{number}_loc"] = loc[name] * tf.ones([count, 1])
            parameters[f"{number}_scale"] = tf.fill([count, 1], 1.0)
            parameters[f"{number}_there"] = tf.ones([count])
        z = family.build_distribution(**parameters).sample(3, seed=[3, 4])
        mean = tf.reduce_mean(z**2)
    gradients = tape.gradient(mean, list(loc.values()))
    # N(0, 1) times N(m, 1) is N(m / 2, 1 / 2).
    values = np.array([-1.0, 0.5, 2.0]) / 2
    squares = z.numpy()[..., 0] ** 2
    error = squares.mean(axis=0).std() / math.sqrt(count)
    assert abs(float(mean) - np.mean(values**2 + 0.5)) < 4.5 * error
    # d/dm of (m^2 / 4 + 1 / 2) / 3 is m / 6; its noise is that of z / 3, of standard deviation 0.71 / 3.
    np.testing.assert_allclose(gradients, values / 3, rtol=0, atol=4.5 * 0.71 / 3 / math.sqrt(count))


def test_the_sampled_kl_of_a_mixture_is_its_integral():
    law = apart(1)
    loc, scale = [-1.5, 0.2, 1.0], [0.4, 0.8, 2.0]
    experts = families.ProductOfExperts({name: families.Normal((1,), dtype="float64") for name in NAMES})
    count, parameters = 20_000, {}
    for number in range(3):
        parameters[f"{number}_loc"] = tf.fill([count, 1], tf.constant(loc[number], tf.float64))
        parameters[f"{number}_scale"] = tf.fill([count, 1], tf.constant(scale[number], tf.float64))
        parameters[f"{number}_there"] = tf.ones([count], tf.float64)
    law = families.MixtureOfExperts(experts).build_distribution(**parameters)
    z = law.sample(3, seed=[5, 6])
    ratio = tf.reduce_mean(law.log_prob(z) - stats.norm.logpdf(z[..., 0]), axis=0).numpy()

    def density(z):
        precisions = [1 + s**-2 for s in scale]
        each = [(m / s**2 / p, p**-0.5) for m, s, p in zip(loc, scale, precisions, strict=True)]
        return np.mean([stats.norm.pdf(z, m, s) for m, s in each])

    def integrand(z):
        return density(z) * (np.log(density(z)) - stats.norm.logpdf(z))

    expected, _ = integrate.quad(integrand, -8, 8, limit=200)
    assert abs(ratio.mean() - expected) < 4.5 * ratio.std() / math.sqrt(count)


def test_a_mixture_as_proposal_finds_log_p():
    """It is no exact posterior, but what is weighed by it is: log p(x_seen) within its errors, whatever is absent."""
    model = truth()
    experts = {name: families.Normal((2,)) for name in SIZES}
    subsets = [["image"], ["sound"], ["image", "sound"]]
    posterior = families.MixtureOfExperts(families.ProductOfExperts(experts), subsets)
    sampled = [NegativeLogLikelihood(num_samples=3), KL(monte_carlo=True, num_samples=3)]
    vae = modal_vae(model, sampled, posterior=posterior)
    give_exact_experts(model, experts)
    both, rows = mixed(model.sample(12))
    found = evaluation.log_likelihood(vae, data.from_array(both, batch_size=12, missing=True), 1000, 2, verbose=0)
    truths = np.zeros(12)
    for seen, at in rows.items():
        truths[at] = exact(model, model.sample(12)[at], seen)[2]
    errors = np.abs(found.per_example - truths)
    assert np.all(errors <= 4.5 * found.per_example_error + 1e-9)
    bound = vae.evaluate(both, batch_size=12, verbose=0, return_dict=True)["elbo"]
    assert bound <= truths.mean()


def give_exact_experts(model, experts):
    for name, family in experts.items():
        rows = {"image": slice(0, 4), "sound": slice(4, 7)}[name]
        own = LinearGaussian(model.weight[rows], model.bias[rows], model.sigma)
        extra = np.diag(own.precision) - 1
        kernel = own.weight / own.sigma**2 / extra
        set_normal_head(family, kernel, -own.bias @ kernel, extra**-0.5)


def test_the_bounds_of_single_modalities_are_exact_at_exact_posteriors():
    """Each is log p of what is there of it: -sum_m log p(x_m), and of an example that lacks one the other's."""
    model = truth()
    x = model.sample(8)
    both, rows = mixed(x)
    vae = modal_vae(model, [NegativeLogLikelihood(), KL(), OnSubsets([NegativeLogLikelihood(), KL(monte_carlo=True)])])
    inference = vae.infer(both, seed=3)
    value = vae.objective[-1].value(inference).numpy()
    for seen, at in rows.items():
        expected = -sum((exact(model, x[at], (name,))[2] for name in seen), np.zeros(len(at)))
        np.testing.assert_allclose(value[at], expected, rtol=0, atol=1e-9)


def test_what_is_asked_of_subsets_has_the_weights_of_its_terms():
    model = truth()
    x = as_dict(model.sample(4))
    plain, weighed = (OnSubsets([ModalityLikelihoods({"sound": w}), KL(weight=b)]) for w, b in ((1.0, 1.0), (3.0, 0.5)))
    vae = modal_vae(model, [NegativeLogLikelihood(), KL(), plain])
    parts = {}
    for name in SIZES:
        # The same noise as the term's own: of the first term that draws, for each subset in the order of names.
        inference = vae.infer(x, seed=1)
        only = OnSubsets([ModalityLikelihoods({name: 1.0, **{o: 0.0 for o in SIZES if o != name}})])
        parts[name] = only.value(inference).numpy()
    kl = OnSubsets([KL()]).value(vae.infer(x, seed=1)).numpy()
    found = [term.value(vae.infer(x, seed=1)).numpy() for term in (plain, weighed)]
    np.testing.assert_allclose(found[0], parts["image"] + parts["sound"] + kl, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found[1], parts["image"] + 3 * parts["sound"] + 0.5 * kl, rtol=0, atol=1e-9)


def three():
    """A linear-Gaussian model of three modalities, each of two numbers, every p(z|x_s) factorised."""
    rng = np.random.default_rng(7)
    blocks = [np.linalg.qr(rng.normal(size=(2, 2)))[0] * rng.uniform(0.5, 2.0, 2) for _ in NAMES]
    model = LinearGaussian(np.concatenate(blocks), rng.normal(size=6), 0.5)
    experts = {name: families.Normal((2,)) for name in NAMES}
    vae = VAE(
        networks.ModalityEncoders({name: networks.linear((2,)) for name in NAMES}),
        families.ProductOfExperts(experts),
        priors.StandardNormal((2,)),
        networks.ModalityDecoders({name: networks.linear((2,)) for name in NAMES}),
        families.Modalities({name: families.Normal((2,), scale=0.5) for name in NAMES}),
        [NegativeLogLikelihood(), KL(), OnSubsets([NegativeLogLikelihood(), KL(monte_carlo=True)], num_random=1)],
        seed=0,
    )
    for number, name in enumerate(NAMES):
        rows = slice(2 * number, 2 * number + 2)
        own = LinearGaussian(model.weight[rows], model.bias[rows], 0.5)
        extra = np.diag(own.precision) - 1
        kernel = own.weight / 0.25 / extra
        set_normal_head(experts[name], kernel, -own.bias @ kernel, extra**-0.5)
        set_normal_head(vae.likelihood.families[name], own.weight.T, own.bias)
    return model, vae


def test_random_subsets_are_pairs_of_three_each_example_with_its_own():
    model, vae = three()
    x = model.sample(300)
    value = vae.objective[-1].value(vae.infer({n: x[:, 2 * i : 2 * i + 2] for i, n in enumerate(NAMES)}, seed=1))

    def log_p(names):
        rows = np.concatenate([np.arange(2 * NAMES.index(n), 2 * NAMES.index(n) + 2) for n in names])
        weight = model.weight[rows]
        covariance = weight @ weight.T + 0.25 * np.eye(len(rows))
        return stats.multivariate_normal.logpdf(x[:, rows], model.bias[rows], covariance)

    extra = -value.numpy() - sum(log_p([name]) for name in NAMES)
    distance = np.abs(extra - np.stack([log_p(pair) for pair in itertools.combinations(NAMES, 2)]))
    np.testing.assert_allclose(distance.min(axis=0), 0, atol=1e-8)
    shares = np.bincount(distance.argmin(axis=0), minlength=3) / 300
    assert np.all(np.abs(shares - 1 / 3) < 4.5 * math.sqrt(2 / 9 / 300))


def test_the_joint_gaussian_counts_where_all_are_there():
    experts = families.ProductOfExperts({name: families.Normal((2,), scale=1.0) for name in SIZES})
    family = families.JointAndExperts(experts, families.Normal((2,), scale=0.1))
    rng = np.random.default_rng(0)
    loc = {name: rng.normal(size=(4, 2)).astype("float32") for name in (*sorted(SIZES), "all")}
    there = np.array([[True, True, False, False], [True, False, True, False]])
    parameters = {"1_loc": loc["all"], "1_scale": np.full((4, 2), 0.1, "float32")}
    for number, name in enumerate(sorted(SIZES)):
        parameters[f"0_{number}_loc"], parameters[f"0_{number}_scale"] = loc[name], np.ones((4, 2), "float32")
        parameters[f"0_{number}_there"] = there[number].astype("float32")
    law = family.build_distribution(**{key: tf.constant(value) for key, value in parameters.items()})
    halves = [loc[name] / 2 for name in sorted(SIZES)]
    np.testing.assert_allclose(law.mean(), [loc["all"][0], halves[0][1], halves[1][2], [0, 0]], atol=1e-6)
    np.testing.assert_allclose(law.variance()[:, 0], [0.01, 0.5, 0.5, 1], atol=1e-6)
    alone = law.given({"image": tf.constant(True), "sound": tf.constant(False)})
    np.testing.assert_allclose(alone.mean(), [halves[0][0], halves[0][1], [0, 0], [0, 0]], atol=1e-6)


def test_the_kls_to_each_are_the_closed_form_over_what_is_there():
    model = truth()
    x = model.sample(8)
    both, rows = mixed(x)
    vae = modal_vae(model, [NegativeLogLikelihood(), KL(), ModalityKL(0.1)])
    value = vae.objective[-1].value(vae.infer(both, seed=3)).numpy()
    for seen, at in rows.items():
        expected = np.zeros(len(at))
        mean, covariance, _ = exact(model, x[at], seen)
        for name in seen:
            alone, wide, _ = exact(model, x[at], (name,))
            inverse = np.linalg.inv(wide)
            gap = mean - alone
            expected += 0.5 * (
                np.trace(inverse @ covariance)
                + np.einsum("bi,ij,bj->b", gap, inverse, gap)
                - 2
                + np.log(np.linalg.det(wide) / np.linalg.det(covariance))
            )
        np.testing.assert_allclose(value[at], expected, rtol=0, atol=1e-9)
        if len(seen) < 2:
            np.testing.assert_allclose(value[at], 0, atol=1e-12)
    assert len(SEEN) == len(rows)


def test_a_joint_encoder_sees_the_features_of_all():
    each = networks.ModalityEncoders({"a": networks.linear((2,)), "b": networks.linear((3,))})
    encoder = networks.JointEncoder(each, networks.linear((5,)))
    x = by_name.join({"a": tf.constant([[1.0, 2.0]]), "b": tf.constant([[3.0, 4.0, 5.0]])}, {"a": (2,), "b": (3,)})
    found = encoder(x)
    np.testing.assert_array_equal(found["+"][0], [[1, 2, 3, 4, 5]])
    absent = by_name.join({"a": tf.constant([[1.0, 2.0]])}, {"a": (2,), "b": (3,)})
    assert not bool(encoder(absent)["+"][1][0])
    assert np.isfinite(encoder(absent)["+"][0]).all()
