"""What every part and every model must keep, whichever it is.

A new family, prior, term or recipe is given to its contract; nothing here
knows a part by name.
"""

import contextlib
import functools
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import digits, gradients_of, regular_noise, strategy, without_noise


def config_round_trip(part):
    """A part rebuilt from its configuration has the same one, through JSON-like data alone."""
    config = keras.saving.serialize_keras_object(part)
    rebuilt = keras.saving.deserialize_keras_object(config)
    assert type(rebuilt) is type(part)
    assert rebuilt is not part
    assert keras.saving.serialize_keras_object(rebuilt)["config"] == config["config"]
    return rebuilt


def run_family_test(make_family, features_shape=(7,), event=None):
    """Checks a family by itself.

    Args:
        make_family: dtype -> family.
        features_shape: Shape of one example's features.
        event: [B, *event_shape] in its support; by default its own draw.
    """
    family = make_family("float32")
    features = tf.random.stateless_normal([5, *features_shape], [1, 2])
    distribution = family.distribution(features)
    assert distribution.batch_shape == (5,)
    assert distribution.event_shape == family.event_shape
    first, again, other = (family(features, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    if family.has_density:
        assert not np.array_equal(first, other)
        event = first if event is None else event
        assert _log_density(family, distribution, event).shape == (5,)

    # Leading axes are only axes: the same numbers for each sample.
    stacked = family.distribution(tf.stack([features, 2 * features]))
    assert stacked.batch_shape == (2, 5)
    np.testing.assert_allclose(stacked.mean()[0], distribution.mean(), atol=1e-5)

    # As a layer in a functional model, the sampling layer of the textbook.
    inputs = keras.Input(features_shape)
    model = keras.Model(inputs, make_family("float32")(inputs))
    assert model.output_shape == (None, *family.event_shape)
    assert model(features).shape == (5, *family.event_shape)

    rebuilt = config_round_trip(family)
    rebuilt.parameters(features)
    for target, source in zip(rebuilt.weights, family.weights, strict=True):
        target.assign(source)
    np.testing.assert_array_equal(rebuilt.distribution(features).mean(), distribution.mean())

    for policy, expected in (("mixed_bfloat16", "float32"), ("mixed_float16", "float32"), ("float64", "float64")):
        typed = make_family(policy)
        parameters = typed.parameters(tf.cast(features, typed.compute_dtype))
        assert {value.dtype.name for value in parameters.values()} == {expected}
        assert typed(features, seed=1).dtype.name == expected

    # The gradient reaches every variable through the density, and none through stopped parameters.
    with tf.GradientTape(persistent=True) as tape:
        open_value = tf.reduce_sum(family.distribution(features).mean() ** 2)
        closed = family.distribution(features, stop_parameters=True)
        closed_value = tf.reduce_sum(closed.mean() ** 2)
        if family.has_density:
            if family.density_anywhere:
                closed_value += tf.reduce_sum(closed.log_prob(event))
            open_value += tf.reduce_sum(_log_density(family, family.distribution(features), event))
    variables = family.trainable_variables
    for gradient in tape.gradient(open_value, variables):
        assert np.isfinite(gradient).all()
        assert np.any(gradient)
    assert tape.gradient(closed_value, variables) == [None] * len(variables)


def _log_density(family, distribution, event):
    """Returns the log density of an event, or else of a draw where the family knows no other."""
    if family.density_anywhere:
        return distribution.log_prob(event)
    with pytest.raises(NotImplementedError, match="own draws"):
        distribution.log_prob(event)
    return distribution.experimental_sample_and_log_prob(seed=[3, 4])[1]


def run_model_test(make_model, tmp_path, x=None, condition=None, comparisons=None):
    """Checks a model: files, compilation, precision, replicas, gradients, learning.

    Args:
        make_model: () -> VAE, deterministic but for weights.
        tmp_path: Folder for files.
        x: Raw batch.
        condition: Of a conditional model, one for each of `x`.
        comparisons: Those of `COMPARISONS` to make, which take most of the time; all by default.
    """
    x = digits() if x is None else x
    _check_gradients(make_model(), x, condition)
    vae = make_model()
    _check_learning(vae, x, condition)
    _check_files(vae, tmp_path, x, condition)
    with regular_noise():
        for compare in COMPARISONS if comparisons is None else comparisons:
            compare(make_model, x, condition)


def metrics_on(vae, x, y=None, **kwargs):
    """The metrics of `evaluate` on one batch."""
    return vae.evaluate(x, y, batch_size=len(x), return_dict=True, verbose=0, **kwargs)


def _check_files(vae, tmp_path, x, condition):
    """A model that was trained is the same from its file; tracing its step once more would take most of the time."""
    path = tmp_path / "model.keras"
    vae.save(path)
    loaded = keras.saving.load_model(path)
    # As JSON: a file has lists where a configuration has tuples.
    assert json.dumps(loaded.get_config(), sort_keys=True) == json.dumps(vae.get_config(), sort_keys=True)
    told = None if condition is None else condition[:4]
    _same_values(loaded.sample(4, told, seed=1), vae.sample(4, told, seed=1))
    # The state of the noise is in the file, too: the next draw is the next draw.
    _same_values(loaded.sample(4, told), vae.sample(4, told))
    assert metrics_on(loaded, x, condition) == metrics_on(vae, x, condition)
    for mine, theirs in zip(vae.optimizers, loaded.optimizers, strict=True):
        assert int(theirs.iterations) == int(mine.iterations) > 0
        for saved, restored in zip(mine.variables, theirs.variables, strict=True):
            np.testing.assert_array_equal(restored, saved)


def _same_values(received, expected):
    """Samples are one array, or one for each modality."""
    tf.nest.map_structure(np.testing.assert_array_equal, received, expected)


def _check_gradients(vae, x, condition):
    vae.compile("sgd")
    vae.progress.steps.assign(100)  # a warm-up may begin at 0, where a prior learns nothing
    gradients, _ = gradients_of(vae, x, condition=condition)
    assert len(gradients) > 0
    for variable, gradient in zip(vae.trainable_variables, gradients, strict=True):
        assert gradient is not None, f"no gradient for {variable.path}"
        assert np.isfinite(gradient).all(), f"gradient of {variable.path} is not finite"
        assert np.any(gradient), f"gradient of {variable.path} is zero"


def _check_learning(vae, x, condition):
    vae.compile(keras.optimizers.Adam(1e-2))
    history = vae.fit(x, condition, batch_size=len(x), epochs=15, verbose=0).history
    assert np.mean(history["loss"][-3:]) < np.mean(history["loss"][:3])
    assert sum(history["skipped_steps"]) == 0


def _check_xla(make_model, x, condition):
    """The gradients of the compiled step are those of the plain one.

    In float64, with noise that is no other under XLA, and with a posterior of
    almost no width for families whose noise is TFP's. Their gradient doesn't
    depend on it, also where the value of log q does.
    """
    vae = _in_float64(make_model)
    vae.compile("sgd")
    plain, _ = gradients_of(vae, x, condition=condition)
    step = tf.function(lambda: gradients_of(vae, x, condition=condition)[0], jit_compile=True, autograph=False)
    compiled = step()
    for expected, received in zip(plain, compiled, strict=True):
        np.testing.assert_allclose(received, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


def _in_float64(make_model):
    keras.config.set_dtype_policy("float64")
    vae = without_noise(make_model())
    keras.config.set_dtype_policy("float32")
    return vae


POLICIES = ("mixed_bfloat16", "mixed_float16")


def _check_mixed_precision(make_model, x, condition, policies=POLICIES):
    reference = without_noise(make_model())
    reference.compile("sgd")
    expected = metrics_on(reference, x, condition)
    for policy in policies:
        keras.config.set_dtype_policy(policy)
        vae = make_model()
        keras.config.set_dtype_policy("float32")
        fresh = vae.get_weights()
        vae.set_weights(reference.get_weights())
        vae.compile("adam")  # whose steps are no larger where a term's weight is
        inference = vae.infer(x, condition, seed=0)
        assert inference.log_likelihood.dtype == tf.float32
        for latent in inference.latents:
            assert latent.z.dtype == tf.float32
        for name, value in metrics_on(vae, x, condition).items():
            # bfloat16 keeps 8 bits: 1/128 an operation, of values of a few tens of nats.
            np.testing.assert_allclose(value, expected[name], rtol=3e-2, atol=3e-2, err_msg=f"{policy} {name}")
        # From weights that a training begins with: those without noise are far from them, and may diverge. Where the
        # first losses are scaled by too much their steps are skipped, and an epoch may have none.
        vae.set_weights(fresh)
        history = vae.fit(x, condition, batch_size=12, epochs=6, verbose=0).history
        assert np.isfinite(history["loss"][-1])


def _check_replicas(make_model, x, condition):
    """A step of two replicas is that of one on the joined batch: of even, uneven and empty shares; see `_check_xla`."""
    start, seen = None, []
    batch = (x,) if condition is None else (x, condition)
    for scope in (contextlib.nullcontext(), strategy().scope()):
        with scope:
            vae = _in_float64(make_model)
            # So small a rate that no constraint clips the step, which would hide how large its rounding may be: the
            # gradient of a density as narrow as this posterior's is of order 10^6.
            vae.compile(keras.optimizers.SGD(1e-6))
        start = vae.get_weights() if start is None else start
        steps = []
        for count in (len(x), 17, max(term.least_examples for term in vae.objective)):
            vae.set_weights(start)
            # Batches of any size, so that all of them are one graph.
            rows = tf.data.Dataset.from_tensor_slices(tuple(part[:count] for part in batch)).batch(count)
            history = vae.fit(rows, epochs=1, verbose=0).history
            steps.append((history, vae.get_weights()))
        seen.append(steps)
    for (expected, one), (received, two) in zip(*seen, strict=True):
        assert received.keys() == expected.keys()
        for name, value in expected.items():
            np.testing.assert_allclose(received[name], value, rtol=1e-6, atol=1e-6, err_msg=name)
        for before, alone, together in zip(start, one, two, strict=True):
            step = np.abs(alone - before).max()
            np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6 * step + 1e-15)


#: Of one model run in several ways.
COMPARISONS = (_check_xla, _check_mixed_precision, _check_replicas)


def comparisons(number):
    """All comparisons, with one of the two mixed policies: for rows of a table, which then take turns."""
    one = functools.partial(_check_mixed_precision, policies=(POLICIES[number % len(POLICIES)],))
    return [_check_xla, one, _check_replicas]
