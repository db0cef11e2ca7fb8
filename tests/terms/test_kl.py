"""The clamps of the KL term on uneven replicas."""

import contextlib

import keras
import numpy as np
import pytest

from tests import suites
from tests.models import LATENT, digits, make, strategy
from tfvae import families, terms


@pytest.mark.filterwarnings("ignore:Gradients do not exist:UserWarning")  # the decoder's, for a KL alone
@pytest.mark.parametrize(
    "objective",
    [[terms.KL(free_bits=0.25)], [terms.KL(capacity=0.5)], [terms.KL(capacity=5.0)]],
    ids=["free bits", "capacity below", "capacity above"],
)
@pytest.mark.parametrize("count", suites.quick([35, 1], keep=[35], slow=[1]))
def test_clamps_act_on_the_batch_of_all_replicas(objective, count):
    """The closed form has no noise, so two replicas take the very step that one takes on the joined batch.

    The bound on the free bits lies between the dimensions' means, so that both
    sides of the clamp are met, and some replica's own mean is on the other side.
    """
    objective = [keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(objective[0]))]
    weights, values, start = [], [], None
    for scope in (contextlib.nullcontext(), strategy().scope()):
        keras.config.set_dtype_policy("float64")
        with scope:
            model = make(posterior=families.Normal(LATENT), objective=objective)
            model.compile(keras.optimizers.SGD(0.1))
            start = start or model.get_weights()
            model.set_weights(start)
        history = model.fit(digits()[:count], batch_size=count, shuffle=False, verbose=0).history
        values.append(history["kl"][0])
        weights.append(model.get_weights())
        objective = [type(objective[0]).from_config(objective[0].get_config())]
    assert values[0] == pytest.approx(values[1], rel=1e-9)
    moved = 0.0
    for before, one, two in zip(start, *weights, strict=True):
        np.testing.assert_allclose(two, one, rtol=0, atol=1e-10)
        moved += np.abs(one - before).max()
    assert moved > 1e-3
