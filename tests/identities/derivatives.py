"""The gradient of a term in a model's variables, against differences."""

import numpy as np
import pytest
import tensorflow as tf


def assert_of_differences(term, vae, x, variables, rng, rel):
    """Asserts that the gradient of a term's loss in each variable is that of differences, along a random direction.

    Args:
        term: A term of `vae`'s objective, with the same draws in every pass.
        vae: A model in float64.
        x: Its data.
        variables: Keras variables.
        rng: A NumPy generator, for the directions.
        rel: Relative tolerance.
    """

    def loss():
        inference = vae.infer(x, seed=0)
        return inference.share(term.value(inference))

    with tf.GradientTape() as tape:
        value = loss()
    for variable, gradient in zip(variables, tape.gradient(value, [v.value for v in variables]), strict=True):
        before, way = variable.numpy(), rng.normal(size=variable.shape)
        ends = []
        for sign in (1, -1):
            variable.assign(before + sign * 1e-5 * way)
            ends.append(float(loss()))
        variable.assign(before)
        assert np.sum(gradient * way) == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=rel)
