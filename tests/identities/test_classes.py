"""A class that is a latent: linear-Gaussian models of classes, whose posterior and log p(x) are known in closed form.

p(y) = 1/C, p(z) = N(0, I), p(x|y, z) = N(W z + A_y, sigma^2 I) give p(x|y) = N(A_y, S), S = W W^T + sigma^2 I. As S is
one for all y, log p(y|x) is linear in x, and a posterior of linear heads is exact.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from tests.identities.statistics import SIGMAS
from tests.linear_gaussian import LinearGaussian, gaussian_log_density, set_normal_head
from tfvae import VAE, families, latent, networks, priors
from tfvae.recipes.by_size import lowest
from tfvae.terms import KL, Classification, NegativeLogLikelihood

CLASSES, SIZE, LATENTS, SIGMA = 3, 5, 2, 0.7
LINEAR = LinearGaussian.random(SIZE, LATENTS, SIGMA)
SHIFTS = np.random.default_rng(4).normal(size=(CLASSES, SIZE))  # A_y
RNG = np.random.default_rng(5)
LABELS = RNG.integers(CLASSES, size=7)
X = RNG.normal(size=(7, LATENTS)) @ LINEAR.weight.T + SHIFTS[LABELS] + SIGMA * RNG.normal(size=(7, SIZE))


def set_head(family, kernels, biases):
    """Sets the head's kernel and bias by the names of the parameters; what isn't named is 0."""
    kernel, bias = np.zeros(family.head.kernel.shape), np.zeros(family.head.bias.shape)
    start = 0
    for name, size in family.output_sizes().items():
        kernel[:, start : start + size] = np.reshape(kernels.get(name, np.zeros(size)), (-1, size))
        bias[start : start + size] = np.broadcast_to(biases.get(name, 0.0), size)
        start += size
    family.head.kernel.assign(kernel)
    family.head.bias.assign(bias)


def log_of_classes(x):
    """Returns log p(x|y), [B, C]."""
    return np.stack([gaussian_log_density(x, shift, LINEAR.covariance) for shift in SHIFTS], axis=1)


def model(objective=None, shift=0.0, **parts):
    """Returns the model with its exact posterior; `shift` moves q(y|x) away from it."""
    scale = LINEAR.mean_field_scale
    given = {
        "encoder": networks.linear((SIZE,)),
        "posterior": families.ClassConditional(CLASSES, families.Normal((LATENTS,))),
        "prior": priors.WithClass(CLASSES, priors.StandardNormal((LATENTS,))),
        "decoder": networks.linear((CLASSES + LATENTS,)),
        "likelihood": families.Normal((SIZE,), scale=SIGMA),
        "objective": objective or [NegativeLogLikelihood(), KL()],
        "seed": 0,
    }
    vae = VAE(**(given | parts))
    set_normal_head(vae.likelihood, np.concatenate([SHIFTS, LINEAR.weight.T]), np.zeros(SIZE))
    precise = np.linalg.solve(LINEAR.covariance, SHIFTS.T)  # [D, C]
    kernel = np.linalg.solve(LINEAR.precision, LINEAR.weight.T / SIGMA**2).T
    inner = families.Normal((LATENTS,))
    set_head(
        vae.posterior,
        {"logits": precise, "of_loc": np.tile(kernel, (1, CLASSES))},
        {
            "logits": -0.5 * np.sum(SHIFTS.T * precise, axis=0) + shift * np.arange(CLASSES),
            "of_loc": -(SHIFTS @ kernel).ravel(),
            "of_scale": np.tile(inner.raw_from_scale(scale), CLASSES),
        },
    )
    vae.trained = True
    return vae


def log_p():
    return special.logsumexp(log_of_classes(X), axis=1) - np.log(CLASSES)


def test_without_labels_each_draw_of_each_class_gives_log_p_of_the_mixture():
    inference = model().infer(X, num_samples=2, seed=3)
    assert inference.z.shape == (2 * CLASSES, 7, CLASSES + LATENTS)
    np.testing.assert_allclose(inference.log_weight, np.broadcast_to(log_p(), (6, 7)), rtol=0, atol=1e-10)
    bound = inference.expected(inference.log_likelihood) - inference.latents[0].kl
    unknown = model().infer(X, np.full(7, -1), num_samples=2, seed=3)
    np.testing.assert_allclose(unknown.expected(unknown.log_likelihood) - unknown.latents[0].kl, bound, atol=1e-12)
    # Every class is there, with the probability of each.
    each = np.asarray(inference.latents[0].shares).reshape(2, CLASSES, 7).sum(axis=0).T
    np.testing.assert_allclose(each, special.softmax(log_of_classes(X), axis=1), rtol=1e-10)
    classes = np.asarray(inference.z)[..., :CLASSES].reshape(2, CLASSES, 7, CLASSES)
    np.testing.assert_array_equal(classes, np.broadcast_to(np.eye(CLASSES)[:, None], classes.shape))


def test_with_all_labels_it_is_the_bound_of_a_conditional_model():
    """Of draws with the label's class alone, each of which gives log p(x|y)."""
    inference = model().infer(X, LABELS, num_samples=2, seed=3)
    exact = log_of_classes(X)[np.arange(7), LABELS]
    found = np.asarray(inference.log_weight).reshape(2, CLASSES, 7)[:, LABELS, np.arange(7)]
    np.testing.assert_allclose(found, [exact] * 2, rtol=0, atol=1e-10)
    known = np.asarray(inference.z)[..., :CLASSES].argmax(-1) == LABELS
    np.testing.assert_array_equal(np.asarray(inference.latents[0].shares), known / 2)
    # The bound of `recipes.conditional_vae`'s kind with the same networks, in closed form: exact as q(z|x, y) is.
    told = {
        "encoder": networks.Conditional(networks.linear((SIZE + CLASSES,)), num_classes=CLASSES),
        "posterior": families.Normal((LATENTS,)),
        "prior": priors.StandardNormal((LATENTS,)),
        "decoder": networks.Conditional(networks.linear((LATENTS + CLASSES,)), num_classes=CLASSES),
        "likelihood": families.Normal((SIZE,), scale=SIGMA),
        "objective": [NegativeLogLikelihood(), KL()],
    }
    conditional = VAE(**told)
    kernel = np.linalg.solve(LINEAR.precision, LINEAR.weight.T / SIGMA**2).T
    kernel = np.concatenate([kernel, -SHIFTS @ kernel])
    set_normal_head(conditional.posterior, kernel, np.zeros(LATENTS), LINEAR.mean_field_scale)
    set_normal_head(conditional.likelihood, np.concatenate([LINEAR.weight.T, SHIFTS]), np.zeros(SIZE))
    other = conditional.infer(X, LABELS, seed=3)
    np.testing.assert_allclose(inference.latents[0].kl, other.latents[0].kl, rtol=1e-10)
    np.testing.assert_allclose(other.log_weight[0], exact, rtol=0, atol=1e-10)


def test_labels_of_a_part_are_known_where_they_are():
    some = np.where(np.arange(7) % 2, LABELS, -1)
    vae = model(shift=0.8)
    found, none, known = (vae.infer(X, labels, seed=3) for labels in (some, None, LABELS))
    for value in (lambda i: i.latents[0].kl, lambda i: i.expected(i.log_likelihood)):
        np.testing.assert_allclose(value(found), np.where(some < 0, value(none), value(known)), atol=1e-12)


@pytest.mark.parametrize("monte_carlo", [False, True])
def test_the_terms_are_sums_over_classes(monte_carlo):
    """By hand, from the network's numbers, where q is not exact."""
    vae = model([NegativeLogLikelihood(), KL(monte_carlo=monte_carlo)], shift=0.8)
    inference = vae.infer(X, num_samples=2, seed=3)
    q = special.softmax(log_of_classes(X) + 0.8 * np.arange(CLASSES), axis=1)
    z = np.asarray(inference.z)[..., CLASSES:].reshape(2, CLASSES, 7, LATENTS)
    mean = z @ LINEAR.weight.T + SHIFTS[:, None]
    log_x = -0.5 * np.sum(((X - mean) / SIGMA) ** 2 + np.log(2 * np.pi * SIGMA**2), axis=-1)
    np.testing.assert_allclose(vae.objective[0].value(inference), -np.mean(np.sum(q.T * log_x, axis=1), axis=0))
    kernel = np.linalg.solve(LINEAR.precision, LINEAR.weight.T / SIGMA**2).T
    loc, scale = (X[:, None] - SHIFTS) @ kernel, LINEAR.mean_field_scale
    if monte_carlo:
        noise = (z - loc.transpose(1, 0, 2)) / scale
        each = np.mean(np.sum(-np.log(scale) - noise**2 / 2 + z**2 / 2, axis=-1), axis=0).T
    else:
        each = 0.5 * np.sum(loc**2 + scale**2 - 1 - 2 * np.log(scale), axis=-1)
    expected = np.sum(q * (np.log(q) + np.log(CLASSES) + each), axis=1)
    np.testing.assert_allclose(vae.objective[1].value(inference), expected, rtol=1e-9)


def test_the_gradient_of_the_classifier_is_that_of_the_sum():
    """By differences of the loss, whose draws of z are the same."""
    vae = model([NegativeLogLikelihood(), KL(), Classification(2.0)], shift=0.8)
    some = np.where(np.arange(7) % 2, LABELS, -1)
    bias = vae.posterior.head.bias

    def loss():
        return vae.shares(vae.infer(X, some, seed=3)).loss

    with tf.GradientTape() as tape:
        value = loss()
    found = np.asarray(tape.gradient(value, bias.value))[:CLASSES]
    start = bias.numpy()
    for number in range(CLASSES):
        ends = []
        for step in (1e-5, -1e-5):
            bias.assign(start + step * np.eye(len(start))[number])
            ends.append(float(loss()))
        np.testing.assert_allclose((ends[0] - ends[1]) / 2e-5, found[number], rtol=1e-6, atol=1e-9)
    assert np.abs(found).min() > 1e-4


def test_the_loss_of_the_classifier_is_of_what_it_says_before_the_label():
    term = Classification()
    vae = model([NegativeLogLikelihood(), KL(), term], shift=0.8)
    some = np.where(np.arange(7) % 2, LABELS, -1)
    q = special.log_softmax(log_of_classes(X) + 0.8 * np.arange(CLASSES), axis=1)
    expected = np.where(some < 0, 0.0, -q[np.arange(7), LABELS])
    np.testing.assert_allclose(term.value(vae.infer(X, some, seed=0)), expected, rtol=1e-10)
    np.testing.assert_array_equal(term.value(vae.infer(X, seed=0)), np.zeros(7))
    np.testing.assert_allclose(latent.class_probabilities(vae, (X, some)), np.exp(q), rtol=1e-10)
    np.testing.assert_allclose(latent.class_probabilities(vae, X), np.exp(q), rtol=1e-10)


def test_draws_are_those_of_the_law():
    """As an estimate of log p(x) uses them: of one class each."""
    for labels, exact in ((None, log_p()), (LABELS, log_of_classes(X)[np.arange(7), LABELS])):
        vae = model()
        inference = vae.infer_from(vae.encode(X, labels), X, labels, 3, tf.constant([1, 2]))
        np.testing.assert_allclose(inference.log_weight, [exact] * 3, rtol=0, atol=1e-8)
    law, count = model(shift=0.8).encode(X), 4000
    z = np.asarray(law.sample(count, seed=[1, 2]))
    probabilities = special.softmax(log_of_classes(X) + 0.8 * np.arange(CLASSES), axis=1)
    error = np.sqrt(probabilities * (1 - probabilities) / count) + 1e-9
    assert np.all(np.abs(z[..., :CLASSES].mean(0) - probabilities) < SIGMAS * error)
    error = law.stddev() / np.sqrt(count)  # the draws' own is 0 where a class is so rare that none is of it
    assert np.all(np.abs(z.mean(axis=0) - law.mean()) < SIGMAS * error + 1e-9)
    np.testing.assert_allclose(z[..., CLASSES:].std(axis=0), law.stddev()[:, CLASSES:], rtol=0.1)


def test_the_prior_draws_the_class_that_is_asked_for():
    vae = model()
    z = np.asarray(vae.sample_prior(6, condition=[0, 1, 2, 2, -1, -1], seed=0))
    np.testing.assert_array_equal(z[:4, :CLASSES], np.eye(CLASSES)[[0, 1, 2, 2]])
    np.testing.assert_array_equal(z[:, :CLASSES].sum(axis=1), np.ones(6))
    every = np.asarray(vae.sample_prior(3000, seed=0))
    assert np.all(np.abs(every[:, :CLASSES].mean(0) - 1 / 3) < SIGMAS * np.sqrt(2 / 9 / 3000))
    assert np.all(np.abs(every[:, CLASSES:].mean(0)) < SIGMAS / np.sqrt(3000))
    cold = np.asarray(vae.sample_prior(3, temperature=0.0, seed=0))
    np.testing.assert_array_equal(cold[:, CLASSES:], np.zeros((3, LATENTS)))
    assert np.all(cold[:, :CLASSES].max(axis=1) == 1)


def test_two_layers_with_a_class_on_top_are_exact():
    """M1+M2: y and z_1 ~ N(0, I) above, z_2 ~ N(B z_1 + A_y, t^2 I), x ~ N(W z_2, sigma^2 I)."""
    rng = np.random.default_rng(6)
    above, below, scale = 2, 3, 0.6
    shifts, mix = rng.normal(size=(CLASSES, below)), rng.normal(size=(below, above))
    weight = rng.normal(size=(SIZE, below))
    mix = np.linalg.qr(mix)[0]  # so that the posterior of z_1 can be factorised, below
    weight = np.linalg.qr(weight)[0]
    vae = VAE(
        encoder=networks.BottomUpEncoder([networks.linear((SIZE,)), networks.linear((SIZE,))]),
        posterior=families.TopDown(
            [families.ClassConditional(CLASSES, families.Normal((above,))), families.Normal((below,))]
        ),
        prior=priors.Hierarchical(
            priors.WithClass(CLASSES, priors.StandardNormal((above,))), [families.Normal((below,), scale=scale)]
        ),
        decoder=networks.TopDownDecoder(
            [
                networks.linear((CLASSES + above,)),
                lowest(CLASSES + above, below, networks.linear((below,))),
            ],
            [(CLASSES + above,), (below,)],
        ),
        likelihood=families.Normal((SIZE,), scale=SIGMA),
        objective=[NegativeLogLikelihood(), KL(level=0), KL(level=1)],
        seed=0,
    )
    set_normal_head(vae.likelihood, weight.T, np.zeros(SIZE))
    set_normal_head(vae.prior.families[0], np.concatenate([shifts, mix.T]), np.zeros(below))
    # x = W (A_y + B z_1) + noise of covariance N
    noise = scale**2 * weight @ weight.T + SIGMA**2 * np.eye(SIZE)
    marginal = weight @ mix @ mix.T @ weight.T + noise
    top, inner = vae.posterior.families
    gain = np.linalg.solve(noise, weight @ mix)
    precision = np.eye(above) + (weight @ mix).T @ gain
    np.testing.assert_allclose(precision, np.diag(np.diag(precision)), atol=1e-10)
    kernel = np.linalg.solve(precision, gain.T).T
    moved = shifts @ weight.T
    precise = np.linalg.solve(marginal, moved.T)
    set_head(
        top,
        {"logits": precise, "of_loc": np.tile(kernel, (1, CLASSES))},
        {
            "logits": -0.5 * np.sum(moved.T * precise, axis=0),
            "of_loc": -(moved @ kernel).ravel(),
            "of_scale": np.tile(families.Normal((above,)).raw_from_scale(np.diag(precision) ** -0.5), CLASSES),
        },
    )
    given = 1 / (1 / scale**2 + 1 / SIGMA**2)  # the variance of z_2 given all else, as W is orthogonal
    kernel = np.concatenate([given / SIGMA**2 * weight, given / scale**2 * np.concatenate([shifts, mix.T])])
    set_normal_head(inner, kernel, np.zeros(below), np.full(below, np.sqrt(given)))
    inference = vae.infer(X, num_samples=2, seed=3)
    each = np.stack([gaussian_log_density(X, shift, marginal) for shift in moved], axis=1)
    exact = special.logsumexp(each, axis=1) - np.log(CLASSES)
    np.testing.assert_allclose(inference.log_weight, np.broadcast_to(exact, (6, 7)), rtol=0, atol=1e-9)
    # The KL of the lower layer is the mean by the classes' probabilities.
    lower = inference.latents[1]
    q, p = lower.posterior.distribution, lower.prior.distribution
    ratio = (np.asarray(q.scale) / np.asarray(p.scale)) ** 2
    kl = 0.5 * np.sum(ratio + ((q.loc - p.loc) / p.scale) ** 2 - 1 - np.log(ratio), axis=-1)
    shares = np.repeat([special.softmax(each, axis=1).T / 2], 2, axis=0).reshape(6, 7)
    np.testing.assert_allclose(vae.objective[2].value(inference), np.sum(shares * kl, axis=0), rtol=1e-9)
    keras.utils.set_random_seed(0)
    known = vae.infer(X, LABELS, seed=3)
    weights = np.asarray(known.log_weight)[LABELS, np.arange(7)]
    np.testing.assert_allclose(weights, each[np.arange(7), LABELS], rtol=0, atol=1e-9)
