"""The loss is the weighted sum of the terms, and `elbo` is the ELBO whatever the loss is."""

import keras
import numpy as np
import pytest

from tests.linear_gaussian import LinearGaussian
from tfvae import VAE, data, families, priors, schedules
from tfvae.terms import KL, ImportanceWeighted, NegativeLogLikelihood


def logs(vae, batch):
    """Returns the metrics of one `test_step`, whose noise is the same for every model of these tests."""
    if not vae.compiled:
        vae.compile("adam", run_eagerly=True)
    vae.reset_metrics()
    return {name: float(value) for name, value in vae.test_step(batch).items()}


def test_the_plain_loss_is_minus_the_elbo():
    model = LinearGaussian.random(orthogonal=False)
    x = model.sample(6)
    for kl in (KL(), KL(monte_carlo=True)):
        result = logs(model.vae([NegativeLogLikelihood(), kl]), x)
        assert result["loss"] == pytest.approx(-result["elbo"], rel=1e-12)
        assert result["loss"] == pytest.approx(result["negative_log_likelihood"] + result["kl"], rel=1e-12)
        assert set(result) == {"loss", "elbo", "negative_log_likelihood", "kl", "skipped_steps"}


@pytest.mark.parametrize(
    "changed", [{"weight": 4.0}, {"weight": 0.0}, {"free_bits": 2.0}, {"capacity": 25.0}, {"weight": 2, "capacity": 1}]
)
def test_the_elbo_is_unweighted_and_unclamped(changed):
    model = LinearGaussian.random(orthogonal=False)
    x = model.sample(6)
    plain = logs(model.vae([NegativeLogLikelihood(), KL()]), x)
    other = logs(model.vae([NegativeLogLikelihood(weight=0.5), KL(**changed)]), x)
    assert other["elbo"] == pytest.approx(plain["elbo"], rel=1e-12)
    assert abs(other["loss"] - plain["loss"]) > 0.1
    assert other["negative_log_likelihood"] == pytest.approx(plain["negative_log_likelihood"], rel=1e-12)


def test_the_elbo_of_another_objective_is_the_sampled_one():
    model = LinearGaussian.random()
    x = model.sample(6)
    exact = logs(model.vae([ImportanceWeighted(5)]), x)
    assert exact["elbo"] == pytest.approx(model.log_marginal(x).mean(), abs=1e-10)
    wide = logs(model.vae([ImportanceWeighted(5)], widen=1.6), x)
    assert wide["loss"] == pytest.approx(wide["importance_weighted"], rel=1e-12)
    # By Jensen's inequality, draw for draw.
    assert wide["elbo"] < -wide["loss"]
    no_kl = logs(model.vae([NegativeLogLikelihood()]), x)
    assert no_kl["elbo"] == pytest.approx(model.log_marginal(x).mean(), abs=1e-10)


def regularized():
    """Returns a model with three terms, one scheduled weight and two layers that add losses."""
    keras.utils.set_random_seed(1)
    hidden = keras.layers.Dense(4, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.25))
    output = keras.layers.Dense(6, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.5))
    return VAE(
        encoder=keras.Sequential([keras.Input((5,)), hidden]),
        posterior=families.Normal((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=keras.Sequential([keras.Input((2,)), output]),
        likelihood=families.Normal((5,), scale="shared"),
        objective=[
            NegativeLogLikelihood(weight=0.5, num_samples=2),
            KL(weight=schedules.Linear(0.0, 1.0, steps=4)),
            KL(weight=8.0, capacity=3.0, name="target"),
        ],
        seed=0,
    )


@pytest.mark.parametrize("step", ["train_step", "test_step"])
def test_the_loss_is_the_weighted_sum_of_the_terms_and_the_regularization(step):
    vae = regularized()
    vae.compile(keras.optimizers.SGD(1e-3), run_eagerly=True)
    x = LinearGaussian.random().sample(6)
    for number in range(3):
        vae.reset_metrics()
        kernels = [vae.encoder.layers[-1].kernel.numpy(), vae.decoder.layers[-1].kernel.numpy()]
        result = {name: float(value) for name, value in getattr(vae, step)(x).items()}
        scheduled = number / 4 if step == "train_step" else 0.0
        assert result["kl_weight"] == scheduled
        penalty = 0.25 * np.sum(kernels[0] ** 2) + 0.5 * np.sum(kernels[1] ** 2)
        assert result["regularization"] == pytest.approx(penalty, rel=1e-12)
        terms = 0.5 * result["negative_log_likelihood"] + scheduled * result["kl"] + 8 * result["target"]
        assert result["loss"] == pytest.approx(terms + penalty, rel=1e-12)
        assert result["elbo"] == pytest.approx(-result["negative_log_likelihood"] - result["kl"], rel=1e-12)


def test_a_train_step_is_the_gradient_step_of_the_metric_that_it_reports():
    # Plain SGD moves the weights by -rate * gradient, so that to first order the loss on the same draws falls by
    # rate * |gradient|^2 = |movement|^2 / rate; the second order is proportional to the rate.
    rate = 1e-6
    vae = regularized()
    vae.compile(keras.optimizers.SGD(rate), run_eagerly=True)
    x = LinearGaussian.random().sample(6)
    stream = vae._noise.state.numpy()
    losses, weights = [], []
    for _ in range(2):
        vae.reset_metrics()
        vae._noise.state.assign(stream)
        vae.progress.steps.assign(3)
        weights.append(np.concatenate([v.numpy().ravel() for v in vae.trainable_variables]))
        losses.append(float(vae.train_step(x)["loss"]))
    movement = np.sum((weights[1] - weights[0]) ** 2) / rate
    assert movement > 0
    assert losses[0] - losses[1] == pytest.approx(movement, rel=1e-2)


def test_metrics_of_an_epoch_weigh_the_last_batch_by_its_size():
    model = LinearGaussian.random()
    x = model.sample(10)
    vae = model.vae([ImportanceWeighted(2)])
    vae.compile("adam", run_eagerly=True)
    result = vae.evaluate(data.from_array(x, batch_size=4, shuffle=False), return_dict=True, verbose=0)
    assert result["elbo"] == pytest.approx(model.log_marginal(x).mean(), abs=1e-10)
    assert result["loss"] == pytest.approx(-model.log_marginal(x).mean(), abs=1e-10)
