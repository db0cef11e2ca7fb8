"""A model of several modalities is the model of what is there of them."""

import numpy as np
import pytest
import tensorflow as tf

from tests.linear_gaussian import LinearGaussian, gaussian_log_density, set_normal_head
from tests.models import gradients_of
from tfvae import VAE, data, evaluation, families, networks, priors
from tfvae.terms import KL, ImportanceWeighted, ModalityLikelihoods, NegativeLogLikelihood

SIZES = {"sound": 3, "image": 4}  # not in the order of their names
ROWS = {"image": slice(0, 4), "sound": slice(4, 7)}
SEEN = [("image", "sound"), ("image",), ("sound",), ()]


def truth(latents=2):
    """x = [image, sound], the columns of each modality's weight orthogonal: every p(z|x_seen) is factorised."""
    rng = np.random.default_rng(5)
    blocks = [np.linalg.qr(rng.normal(size=(rows.stop - rows.start, latents)))[0] for rows in ROWS.values()]
    weight = np.concatenate([block * rng.uniform(0.5, 2.0, latents) for block in blocks])
    return LinearGaussian(weight, rng.normal(size=len(weight)), 0.4)


def part(model, name):
    return LinearGaussian(model.weight[ROWS[name]], model.bias[ROWS[name]], model.sigma)


def modal_vae(model, objective=None, **kwargs):
    """Its experts N(m, s^2) are p(x_m|z) as functions of z: precision W'W / sigma^2, W of one modality."""
    latents, order = (model.latents,), ("sound", "image")
    parts = {
        "encoder": networks.ModalityEncoders({name: networks.linear((SIZES[name],)) for name in order}),
        "posterior": families.ProductOfExperts({name: families.Normal(latents) for name in order}),
        "prior": priors.StandardNormal(latents),
        "decoder": networks.ModalityDecoders({name: networks.linear(latents) for name in order}),
        "likelihood": families.Modalities({name: families.Normal((SIZES[name],), scale=model.sigma) for name in order}),
    }
    vae = VAE(objective=objective or [NegativeLogLikelihood(), KL()], seed=0, **(parts | kwargs))
    vae.compile("sgd")
    vae.trained = True
    for name in order:
        own = part(model, name)
        said = np.diag(own.precision) - 1
        kernel = own.weight / own.sigma**2 / said
        if "posterior" not in kwargs:
            set_normal_head(vae.posterior.families[name], kernel, -own.bias @ kernel, said**-0.5)
        set_normal_head(vae.likelihood.families[name], own.weight.T, own.bias)
    return vae


def as_dict(x, seen=("image", "sound")):
    return {name: x[:, ROWS[name]] for name in seen}


def exact(model, x, seen):
    """Returns mean [B, d] and covariance [d, d] of p(z|x_seen), and log p(x_seen), [B]."""
    rows = np.concatenate([np.arange(7)[ROWS[name]] for name in seen]).astype(int) if seen else np.arange(0)
    weight = model.weight[rows]
    covariance = np.linalg.inv(np.eye(model.latents) + weight.T @ weight / model.sigma**2)
    mean = (x[:, rows] - model.bias[rows]) @ weight @ covariance.T / model.sigma**2
    marginal = weight @ weight.T + model.sigma**2 * np.eye(len(rows))
    log_p = gaussian_log_density(x[:, rows], model.bias[rows], marginal) if seen else np.zeros(len(x))
    return mean, covariance, log_p


def mixed(x):
    """Returns a dict of both, of which each pattern of `SEEN` has some examples, and {pattern: rows}."""
    rows = {seen: np.arange(number, len(x), 4) for number, seen in enumerate(SEEN)}
    both = {name: value.copy() for name, value in as_dict(x).items()}
    for seen, found in rows.items():
        for name in both.keys() - set(seen):
            both[name][found] = np.nan
    return both, rows


@pytest.mark.parametrize("seen", SEEN[:3])
def test_the_product_is_the_exact_posterior_of_what_is_there(seen):
    model = truth()
    x = model.sample(6)
    posterior = modal_vae(model).encode(as_dict(x, seen))
    mean, covariance, _ = exact(model, x, seen)
    np.testing.assert_allclose(posterior.mean(), mean, rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.diag(np.diag(covariance)), covariance, rtol=0, atol=1e-12)
    np.testing.assert_allclose(posterior.variance(), [np.diag(covariance)] * 6, rtol=0, atol=1e-12)


def test_examples_of_one_batch_may_lack_other_modalities_or_all():
    model = truth()
    x = model.sample(12)
    both, rows = mixed(x)
    vae = modal_vae(model, [ImportanceWeighted(3)])
    posterior = vae.encode(both)
    estimate = evaluation.log_likelihood(vae, data.from_array(both, batch_size=5, missing=True), 4, verbose=0)
    for seen, found in rows.items():
        mean, covariance, log_p = exact(model, x[found], seen)
        np.testing.assert_allclose(posterior.mean().numpy()[found], mean, rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            posterior.stddev().numpy()[found] ** 2, [np.diag(covariance)] * 3, rtol=0, atol=1e-12
        )
        np.testing.assert_allclose(estimate.per_example[found], log_p, rtol=0, atol=1e-10)
    assert not estimate.per_example[rows[()]].any()
    np.testing.assert_array_equal(posterior.stddev().numpy()[rows[()]], 1)
    # At the exact posterior every draw weighs the same: the bound is log p, whatever the noise.
    metrics = vae.evaluate(both, batch_size=5, verbose=0, return_dict=True)
    np.testing.assert_allclose(metrics["loss"], -estimate.per_example.mean(), rtol=0, atol=1e-10)


def test_the_closed_form_is_that_of_what_is_there():
    model = truth()
    x = model.sample(8)
    both, rows = mixed(x)
    loss = modal_vae(model, [NegativeLogLikelihood(), KL(monte_carlo=True)]).evaluate(both, verbose=0, return_dict=True)
    expected = np.mean([exact(model, x[found], seen)[2] for seen, found in rows.items()])
    np.testing.assert_allclose(loss["elbo"], expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("gone", ["image", "sound"])
def test_an_absent_modality_has_no_gradient_and_no_influence(gone):
    model = truth()
    x = as_dict(model.sample(5))
    there = {name: value for name, value in x.items() if name != gone}
    vae = modal_vae(model)
    # What its network would say must not matter, not even if that is extreme.
    expert = vae.posterior.families[gone].head.kernel
    expert.assign(np.full(expert.shape, 1e3))
    gradients, loss = gradients_of(vae, there)
    found = dict(zip((variable.path for variable in vae.trainable_variables), gradients, strict=True))
    idle = [*vae.posterior.families[gone].trainable_variables, *vae.likelihood.families[gone].trainable_variables]
    for variable in idle:
        np.testing.assert_array_equal(found[variable.path], 0, err_msg=variable.path)
    for name in there:
        for variable in vae.posterior.families[name].trainable_variables:
            assert np.isfinite(found[variable.path]).all()
            assert np.any(found[variable.path])
    # Nor beside examples that have it, which only have no weight.
    beside = {name: np.concatenate([there.get(name, np.full_like(x[name], np.nan)), x[name]]) for name in x}
    only = np.r_[np.ones(5), np.zeros(5)]
    again, same = gradients_of(vae, beside, sample_weight=only)
    assert np.isfinite([loss, same]).all()
    again = dict(zip((variable.path for variable in vae.trainable_variables), again, strict=True))
    assert all(np.isfinite(gradient).all() for gradient in again.values())
    for variable in idle:
        np.testing.assert_array_equal(again[variable.path], 0, err_msg=variable.path)


def test_an_encoder_of_the_whole_vector_does_as_well():
    model = truth()
    x = model.sample(6)
    vae = modal_vae(
        model, encoder=networks.WithMask(networks.linear((14,))), posterior=families.Normal((model.latents,))
    )
    weight = model.weight
    kernel = np.linalg.solve(model.precision, weight.T / model.sigma**2).T
    kernel = np.concatenate([kernel, -model.bias[:, None] * kernel])
    set_normal_head(vae.posterior, kernel, np.zeros(model.latents), np.diag(model.precision) ** -0.5)
    bound = vae.evaluate(as_dict(x), verbose=0, return_dict=True)["elbo"]
    posterior = vae.encode(as_dict(x))
    np.testing.assert_allclose(posterior.mean(), exact(model, x, SEEN[0])[0], rtol=0, atol=1e-12)
    assert np.isfinite(bound)


@pytest.mark.parametrize("seen", SEEN[:3])
def test_absent_modalities_are_reconstructed_from_what_is_there(seen):
    model = truth()
    x = model.sample(4)
    expected = exact(model, x, seen)[0] @ model.weight.T + model.bias
    vae = modal_vae(model)
    for again in (vae.predict(as_dict(x, seen), verbose=0), vae.variations(as_dict(x, seen), 1, scale=0.0)):
        for name, rows in ROWS.items():
            value = np.asarray(again[name])
            np.testing.assert_allclose(value.reshape(4, -1), expected[:, rows], rtol=0, atol=1e-12)


def test_a_family_whose_entries_depend_on_each_other_is_there_as_a_whole():
    likelihood = families.Modalities({"a": families.MultivariateNormal((2,)), "b": families.Normal((1,), scale=1.0)})
    features = {"a": tf.random.stateless_normal([3, 5], [1, 2], dtype=tf.float64), "b": tf.zeros([3, 5], tf.float64)}
    law = likelihood.distribution(features)
    x = tf.constant([[0.3, -1.0, 2.0], [np.nan, np.nan, 2.0], [0.3, -1.0, np.nan]], tf.float64)
    one, other = law.modalities["a"].log_prob(x[:1, :2])[0], law.modalities["b"].log_prob(x[:1, 2:])[0]
    np.testing.assert_allclose(law.log_prob(x)[:2], [one + other, other], rtol=0, atol=1e-12)
    assert np.isfinite(law.log_prob(x)[2])


def test_entries_of_a_modality_may_be_missing_where_its_family_takes_that():
    model = truth()
    x = as_dict(model.sample(4))
    x["image"][0, 1] = np.nan
    x["image"][1] = np.nan
    observed = families.Modalities(
        {
            "image": families.Observed(families.Normal((4,), scale=model.sigma)),
            "sound": families.Normal((3,), scale=model.sigma),
        }
    )
    encoder = networks.ModalityEncoders(
        {"image": networks.WithMask(networks.linear((8,))), "sound": networks.linear((3,))},
        event_shapes={"image": (4,), "sound": (3,)},
    )
    vae = VAE(
        encoder,
        families.ProductOfExperts({name: families.Normal((2,)) for name in SIZES}),
        priors.StandardNormal((2,)),
        networks.ModalityDecoders({name: networks.linear((2,)) for name in SIZES}),
        observed,
        [NegativeLogLikelihood(), KL()],
    )
    inference = vae.infer(x, seed=1)
    law = inference.likelihood.modalities["image"]
    whole = law.mean().numpy()
    there = np.delete(np.arange(4), 1)
    expected = gaussian_log_density(x["image"][:1, there] - whole[0, :1, there].T, np.zeros(3), 0.16 * np.eye(3))
    np.testing.assert_allclose(law.log_prob(x["image"])[0, 0], expected[0], rtol=0, atol=1e-10)
    # In the sum over modalities, and in the posterior, what is there of it counts.
    sound = inference.likelihood.modalities["sound"].log_prob(x["sound"])[0]
    np.testing.assert_allclose(inference.log_likelihood[0], law.log_prob(x["image"])[0] + sound, rtol=0, atol=1e-12)
    posterior, without = (vae.encode(each).mean().numpy() for each in (x, {"sound": x["sound"]}))
    assert np.all(posterior[[0, 2, 3]] != without[[0, 2, 3]])
    np.testing.assert_array_equal(posterior[1], without[1])
    gradients, loss = gradients_of(vae, x)
    assert np.isfinite(float(loss))
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_an_absent_expert_may_be_as_sure_as_it_likes():
    """Its precision, were it taken, would be infinite, and the gradient of a selection alone 0 times that."""
    model = truth()
    pair = {name: families.Normal((2,), min_scale=1e-200) for name in SIZES}
    vae = modal_vae(model, posterior=families.ProductOfExperts(pair))
    head = pair["image"].head
    head.bias.assign(np.r_[np.zeros(2), np.full(2, -1e3)])
    head.kernel.assign(np.zeros(head.kernel.shape))
    gradients, loss = gradients_of(vae, as_dict(model.sample(3), ["sound"]))
    assert np.isfinite(float(loss))
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_every_modality_alone_is_the_sum_of_bounds():
    """The mean over what `with_each_alone` makes is (ELBO(x_1, x_2) + ELBO(x_1) + ELBO(x_2)) / 3."""
    model = truth()
    x = model.sample(5)
    vae = modal_vae(model, [NegativeLogLikelihood(), KL(monte_carlo=True)])
    dataset = data.from_array(as_dict(x), batch_size=5).map(data.with_each_alone)
    bound = vae.evaluate(dataset, verbose=0, return_dict=True)["elbo"]
    expected = np.mean([exact(model, x, seen)[2] for seen in SEEN[:3]])
    np.testing.assert_allclose(bound, expected, rtol=0, atol=1e-10)


def test_weights_are_those_of_the_modalities_that_are_there():
    model = truth()
    both, rows = mixed(model.sample(8))
    term, plain = ModalityLikelihoods({"sound": 10.0}, num_samples=3), NegativeLogLikelihood(num_samples=3)
    inference = modal_vae(model, [term, KL()]).infer(both, seed=2)
    each = {}
    for name, at in ROWS.items():
        loc = inference.likelihood.mean().numpy()[..., at]
        errors = ((both[name] - loc) / model.sigma) ** 2 + np.log(2 * np.pi * model.sigma**2)
        each[name] = np.nan_to_num(-0.5 * errors).sum(-1).mean(0)
    np.testing.assert_allclose(term.value(inference), -each["image"] - 10 * each["sound"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(plain.value(inference), -each["image"] - each["sound"], rtol=0, atol=1e-10)
    assert not np.any(term.value(inference).numpy()[rows[()]])


def test_draws_are_of_each_modality():
    """Of 4,000 draws of one z, each mean is within 4.5 standard errors of its own."""
    model = truth()
    law = modal_vae(model).decode(np.ones([1, 2]))
    drawn, expected = law.sample(4000, seed=1).numpy()[:, 0], model.weight.sum(axis=1) + model.bias
    assert np.all(np.abs(drawn.mean(axis=0) - expected) < 4.5 * model.sigma / np.sqrt(4000))
    np.testing.assert_allclose(law.mean()[0], expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(law.stddev()[0], model.sigma, rtol=0, atol=1e-12)
    alike = families.Modalities({"a": families.Normal((2,), scale=1.0), "b": families.Normal((2,), scale=1.0)})
    one, other = np.split(alike.kind().sample(4000, seed=[1, 2]).numpy()[:, 0], 2, axis=1)
    assert abs(np.mean(one * other)) < 4.5 / np.sqrt(8000)


def test_bits_count_the_units_of_what_is_there():
    """An image in half the unit has one bit less a dimension, a sound without a step has what it had."""
    model = truth()
    both, _ = mixed(model.sample(8))
    both["sound"][1] = 0.5
    bits = []
    step = data.PerModality({"image": data.Rescale(2.0, raw_dtype="float64")})
    for vae, raw in (
        (modal_vae(model), both),
        (modal_vae(model, preprocessing=step), {**both, "image": both["image"] / 2}),
    ):
        dataset = data.from_array(raw, missing=True)
        bits.append(evaluation.log_likelihood(vae, dataset, 4, verbose=0).bits_per_dimension)
    images, sounds = (int(np.sum(~np.isnan(both[name]))) for name in ("image", "sound"))
    assert images / sounds != 4 / 3
    np.testing.assert_allclose(bits[1], bits[0] - images / (images + sounds), rtol=0, atol=1e-10)
