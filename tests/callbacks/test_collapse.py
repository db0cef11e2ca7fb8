"""The collapse warning names the dead dimensions, and is silent on a healthy model."""

import warnings

import keras
import pytest

from tests.evaluation.test_activity import plant
from tests.models import LATENT, digits, make
from tfvae import callbacks, data, families, terms


def fit(vae, callback, epochs=1):
    # Steps of size zero: the planted state stays.
    vae.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        vae.fit(dataset(), epochs=epochs, verbose=0, callbacks=[callback])
    return [str(warning.message) for warning in caught if "collapse" in str(warning.message)]


def dataset():
    return data.from_array(digits(), batch_size=36)


def test_it_is_silent_on_a_healthy_model():
    callback = callbacks.CollapseWarning(dataset())
    assert fit(make(), callback) == []
    assert callback.activity.active.all()


def test_it_names_exactly_the_dead_dimensions_and_the_remedy():
    (message,) = fit(plant(make(), 0, 2), callbacks.CollapseWarning(dataset()))
    assert "2 of 3 latent dimensions are inactive: 0, 2 (" in message
    assert "KL at most" in message
    for remedy in ("KL(free_bits=0.25)", "schedules.Linear(0.0, 1.0, steps=...)", "smaller latent, of 1 dimensions"):
        assert remedy in message


def test_it_names_no_remedy_that_the_model_would_refuse():
    autoencoder = make(posterior=families.Deterministic(LATENT), objective=[terms.NegativeLogLikelihood()])
    (message,) = fit(plant(autoencoder, 1), callbacks.CollapseWarning(dataset()))
    assert "1 of 3 latent dimensions are inactive: 1 (" in message
    assert "KL" not in message
    assert "smaller latent, of 2 dimensions" in message


def test_it_looks_every_so_often():
    messages = fit(plant(make(), 1), callbacks.CollapseWarning(dataset(), every=2), epochs=4)
    assert [message.split(":")[0].removeprefix("Posterior collapse ") for message in messages] == [
        "after epoch 2",
        "after epoch 4",
        "at the end of the training",
    ]


def test_the_threshold_is_used():
    (message,) = fit(make(), callbacks.CollapseWarning(dataset(), threshold=1e6))
    assert "3 of 3" in message
    assert "smaller latent" not in message


@pytest.mark.parametrize("every", [0, -1, 1.5, True])
def test_every_is_checked(every):
    with pytest.raises(ValueError, match="`every`"):
        callbacks.CollapseWarning(dataset(), every=every)
