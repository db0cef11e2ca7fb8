"""A weight of 2 is an example that stands in the batch twice, a weight of 0 one that doesn't."""

import keras
import numpy as np
import pytest

from tests.linear_gaussian import LinearGaussian
from tfvae import VAE, data, families, networks, priors
from tfvae.terms import KL, ImportanceWeighted, NegativeLogLikelihood

WEIGHTS = np.array([2, 0, 1, 3, 0])


def autoencoder():
    """A model without noise, the encoder's layer trains, too."""
    return VAE(
        encoder=networks.linear((5,)),
        posterior=families.Deterministic((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=networks.linear((2,)),
        likelihood=families.Normal((5,), scale="shared"),
        objective=[NegativeLogLikelihood()],
        seed=0,
    )


def encoder_only(**kl):
    """A model whose loss, a KL, doesn't depend on the noise."""

    def make():
        vae = LinearGaussian.random().vae([KL(**kl)], widen=2.0)
        vae.likelihood.trainable = False
        return vae

    return make


def weights_after(make, batches):
    """Returns the trainable weights after a step on each batch, and the last metrics."""
    keras.utils.set_random_seed(0)
    vae = make()
    vae.compile(keras.optimizers.SGD(0.05), run_eagerly=True)
    before = [v.numpy() for v in vae.trainable_variables]
    for batch in batches:
        vae.reset_metrics()
        logs = vae.train_step(batch)
    after = [v.numpy() for v in vae.trainable_variables]
    assert all(np.abs(a - b).max() > 1e-6 for a, b in zip(before, after, strict=True))
    return after, float(logs["loss"])


@pytest.mark.parametrize(
    "make",
    [autoencoder, encoder_only(), encoder_only(free_bits=0.28), encoder_only(capacity=2.0)],
    ids=["likelihood", "kl", "free_bits", "capacity"],
)
def test_integer_weights_are_repeated_examples_in_training(make):
    x = LinearGaussian.random().sample(5)
    weighted, weighted_loss = weights_after(make, [(x, (), WEIGHTS), (x, (), WEIGHTS)])
    repeated, repeated_loss = weights_after(make, [np.repeat(x, WEIGHTS, axis=0)] * 2)
    unweighted, unweighted_loss = weights_after(make, [x, x])
    for one, other in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
    assert weighted_loss == pytest.approx(repeated_loss, rel=1e-10)
    assert abs(weighted_loss - unweighted_loss) > 1e-3
    assert any(np.abs(one - other).max() > 1e-4 for one, other in zip(weighted, unweighted, strict=True))


def test_integer_weights_are_repeated_examples_in_evaluation():
    # At the exact posterior each example's bound is log p(x) whatever the noise, so that means must agree exactly,
    # also over batches of unequal weight.
    model = LinearGaussian.random()
    x = model.sample(5)
    vae = model.vae([ImportanceWeighted(3)])
    vae.compile("adam", run_eagerly=True)
    batches = data.from_array(x, sample_weight=WEIGHTS.astype("float64"), batch_size=2, shuffle=False)
    result = vae.evaluate(batches, return_dict=True, verbose=0)
    expected = np.average(model.log_marginal(x), weights=WEIGHTS)
    assert result["elbo"] == pytest.approx(expected, abs=1e-10)
    assert result["importance_weighted"] == pytest.approx(-expected, abs=1e-10)
    assert abs(expected - model.log_marginal(x).mean()) > 0.01
