"""Where a model takes missing entries: NaN is no fault, infinity is, and whatever looks at x knows it."""

import itertools
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.export import session
from tests.models import SHAPE, digits, make
from tests.parts.composed import with_gaps, with_views
from tfvae import callbacks, data, evaluation, export, families, networks, priors
from tfvae_client.errors import InvalidRequest
from tfvae_client.inputs import arrays
from tfvae_client.signature import Signature, Spec


def model(**parts):
    vae = make(
        likelihood=families.Observed(families.Bernoulli(SHAPE)),
        encoder=networks.WithMask(networks.mlp_encoder((8, 8, 2), (16,))),
        **parts,
    )
    vae.compile("sgd")
    return vae


def stream(x, first=None):
    """Batches of twelve of a generator; the first one that is asked for, which `fit` looks at, is of `first`."""
    passes = itertools.count()

    def generate():
        rows = x if next(passes) or first is None else first
        yield from rows.reshape(-1, 12, *SHAPE)

    dataset = tf.data.Dataset.from_generator(generate, output_signature=tf.TensorSpec([None, *SHAPE], tf.float32))
    return dataset.apply(tf.data.experimental.assert_cardinality(3))


def infinite():
    x = with_gaps()
    x[13] = np.inf
    return x


def plain(preprocessing=None):
    vae = make(likelihood=families.Normal(SHAPE, scale=1.0), preprocessing=preprocessing)
    vae.compile("sgd")
    return vae


def test_every_way_of_giving_data_takes_gaps():
    x = with_gaps()
    kept = data.from_array(x, batch_size=12, missing=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        for given in ({"x": x, "batch_size": 12}, {"x": kept}, {"x": stream(x)}):
            vae = model()
            history = vae.fit(**given, epochs=2, verbose=0, validation_data=kept).history
            assert history["skipped_steps"] == history["val_skipped_steps"] == [0, 0]
            assert np.isfinite([*history["loss"], *history["val_loss"]]).all()
            assert int(vae.progress.steps) == 6
        losses = [vae.evaluate(given, batch_size=size, verbose=0) for given, size in ((x, 12), (kept, None))]
        assert losses[0] == losses[1]
        assert np.isfinite(vae.predict(x, verbose=0)).all()
        for filled in (vae.predict(kept, verbose=0), vae.reconstruct(x, seed=0), vae.variations(x, 2, seed=0)):
            assert np.isfinite(filled).all()
        assert np.isfinite(evaluation.activity(vae, kept).kl_per_dimension).all()
        assert np.isfinite(evaluation.log_likelihood(vae, kept, 3, verbose=0).per_example).all()


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_block_of_steps_takes_gaps(jit_compile):
    """A block that XLA ran and one of plain steps have the same result, and no step is skipped."""
    vae = model()
    vae.compile(keras.optimizers.SGD(1e-2), jit_compile=jit_compile, steps_per_execution=2)
    history = vae.fit(data.from_array(with_gaps(), batch_size=6, missing=True), epochs=2, verbose=0).history
    assert history["skipped_steps"] == [0, 0]
    assert int(vae.progress.steps) == 12


def test_what_stands_where_an_entry_is_missing_has_no_influence():
    """An example with gaps gets what it would with 0 there, if the mask said so: the encoder sees nothing else."""
    x = with_gaps()
    vae = model(preprocessing=None)
    masked = np.concatenate([np.nan_to_num(x), ~np.isnan(x)], axis=-1)
    inside = vae.encoder.network
    np.testing.assert_array_equal(vae.encoder(x), inside(masked))
    assert np.any(vae.encoder(np.nan_to_num(x)).numpy() != vae.encoder(x).numpy())
    # All bits that a NaN can hold are a gap.
    other = x.view("int32")
    other = np.where(np.isnan(x), other + 5, other).astype("int32").view("float32")
    assert np.isnan(other[np.isnan(x)]).all()
    np.testing.assert_array_equal(vae.encoder(other), vae.encoder(x))
    condition = networks.Conditional(networks.WithMask(networks.mlp_encoder((8, 8, 22), (4,))), num_classes=10)
    assert np.isfinite(condition(x, np.arange(36) % 10)).all()


def test_an_infinity_in_a_stream_is_named():
    with pytest.warns(UserWarning, match=r"Batch 1 of epoch 1 .*holds infinity.* 1 steps .*is_inf") as caught:
        history = model().fit(stream(infinite(), first=with_gaps()), verbose=0).history
    assert history["skipped_steps"] == [1]
    assert not [w for w in caught if "NaN" in str(w.message)]
    with pytest.raises(ValueError, match=r"Batch 1 of the data to evaluate .* holds infinity: the data.*is_inf"):
        model().evaluate(stream(infinite()), verbose=0)


def test_a_nan_in_a_stream_of_a_model_of_whole_data_is_named_as_ever():
    whole = digits().astype("float32") / 255
    holed = whole.copy()
    holed[13, 0, 0] = np.nan
    with pytest.warns(UserWarning, match=r"Batch 1 of epoch 1 .* holds NaN or infinity.* 1 steps .*is_finite"):
        assert plain().fit(stream(holed, first=whole), verbose=0).history["skipped_steps"] == [1]
    for given in (data.from_array(holed, missing=True), holed):
        for use in (plain().fit, plain().evaluate, plain().predict):
            with pytest.raises(
                ValueError, match=r"`x`.*NaN or infinity in 1 of 36 examples, at the rows 13\..*Observed"
            ):
                use(given, verbose=0)


def test_bits_count_what_is_there():
    x = with_gaps()
    vae = model()
    vae.trained = True
    dataset = data.from_array(x, batch_size=10, missing=True)
    found = evaluation.log_likelihood(vae, dataset, 5, verbose=0)
    there = (~np.isnan(x)).sum() / len(x)
    np.testing.assert_allclose(found.bits_per_dimension, -found.mean / (there * np.log(2)), rtol=1e-6)
    empty = data.from_array(np.full([3, *SHAPE], np.nan, "float32"), missing=True)
    nothing = evaluation.log_likelihood(vae, empty, 500, verbose=0)
    np.testing.assert_allclose(nothing.per_example, 0.0, atol=0.2)  # log mean p(z) / q(z), whose mean is 1
    assert np.isnan(nothing.bits_per_dimension)


def test_values_outside_of_the_support_are_seen_between_gaps():
    x = with_gaps()
    with pytest.warns(UserWarning, match=r"support of the Observed likelihood \(they range from 0 to 1\)"):
        model(preprocessing=data.Rescale()).fit(x, verbose=0)


def test_pictures_draw_what_is_missing_black(tmp_path):
    watch = callbacks.Reconstructions(with_gaps()[:4], tmp_path)
    model().fit(with_gaps(), verbose=0, callbacks=[watch])
    assert (tmp_path / "epoch_0001.png").exists()


def test_what_is_served_takes_gaps_and_no_infinity(tmp_path):
    vae = model()
    vae.trained = True
    version = export.saved_model(vae, tmp_path)
    x, seed = with_gaps()[:3], np.array([1, 2], "int32")
    with session.loaded(version) as run:
        np.testing.assert_allclose(run("reconstruct", {"x": x})["mean"], vae.predict(x, verbose=0), atol=1e-5)
        np.testing.assert_allclose(run("encode", {"x": x})["mean"], vae.encode(x).mean(), atol=1e-5)
        asked = {"x": x, "num_samples": np.array(4, "int32"), "seed": seed}
        assert np.isfinite(run("score", asked)["log_likelihood"]).all()
        x = infinite()[12:15]
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"`x`. Expected finite numbers, or NaN .*\[inf"):
            run("encode", {"x": x})
    version = export.saved_model(plain_trained(), tmp_path / "plain")
    with session.loaded(version) as run:
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"`x`. Expected finite numbers\. Received:\] \[nan"):
            run("encode", {"x": with_gaps()[:3]})


def plain_trained():
    vae = plain()
    vae.trained = True
    return vae


def test_a_client_hands_gaps_of_x_to_the_server_that_knows_the_model():
    encode = Signature("encode", {"x": Spec("float32", (None, 2))}, {})
    np.testing.assert_array_equal(arrays(encode, {"x": [[0.5, np.nan]]})["x"], np.float32([[0.5, np.nan]]))
    with pytest.raises(InvalidRequest, match=r"`x`. Expected finite numbers. Received: infinity in row 1"):
        arrays(encode, {"x": [[0.5, np.nan], [np.inf, 0.0]]})


@pytest.mark.slow
@pytest.mark.parametrize("part", ["encoder", "reconstruct"])
def test_a_file_for_phones_takes_gaps(part, tmp_path):
    from ai_edge_litert.interpreter import Interpreter

    vae = model()
    vae.trained = True
    path = export.litert(vae, tmp_path / "part.tflite", part=part, data=with_gaps())
    interpreter = Interpreter(str(path))
    x = with_gaps()[:1]
    received = interpreter.get_signature_runner()(x=x)["mean"]
    expected = vae.encode(x).mean() if part == "encoder" else vae.predict(x, verbose=0)
    np.testing.assert_allclose(received, expected, atol=1e-5)


@pytest.mark.slow
def test_trained_with_gaps_digits_are_filled_better_than_by_the_mean():
    x, whole = with_gaps(1400), digits(1400) / 255
    vae = make(
        likelihood=families.Observed(families.Normal(SHAPE, scale=0.25)),
        encoder=networks.WithMask(networks.mlp_encoder((8, 8, 2), (128,))),
        decoder=networks.mlp_decoder((8,), (128,)),
        posterior=families.Normal((8,)),
        prior=priors.StandardNormal((8,)),
        preprocessing=data.Rescale(),
    )
    vae.compile(keras.optimizers.Adam(2e-3))
    vae.fit(x[:1200], batch_size=50, epochs=60, verbose=0)
    gaps = np.isnan(x[1200:])
    mean = np.nanmean(x[:1200], axis=0) + np.zeros_like(x[1200:])
    errors = [np.mean((filled - whole[1200:])[gaps] ** 2) for filled in (vae.predict(x[1200:], verbose=0), mean)]
    assert errors[0] < 0.6 * errors[1]


@pytest.mark.slow
def test_an_image_and_its_label_are_made_of_each_other():
    x, labels = with_views(1437), data.digits("train")[1]
    vae = make(
        likelihood=families.Joint(
            [families.Observed(families.Normal(SHAPE, scale=0.25)), families.Observed(families.Bernoulli((10,)))]
        ),
        encoder=networks.WithMask(networks.mlp_encoder((2 * 74,), (256,))),
        decoder=networks.mlp_decoder((8,), (256,)),
        posterior=families.Normal((8,)),
        prior=priors.StandardNormal((8,)),
        preprocessing=None,
    )
    vae.compile(keras.optimizers.Adam(2e-3))
    assert sum(vae.fit(x, batch_size=64, epochs=80, verbose=0).history["skipped_steps"]) == 0
    images, truth = data.digits("test")
    alone = np.concatenate([images.reshape(-1, 64) / np.float32(255), np.full([len(images), 10], np.nan)], axis=1)
    assert np.mean(vae.predict(alone, verbose=0)[:, 64:].argmax(axis=1) == truth) > 0.85
    told = np.concatenate([np.full([10, 64], np.nan, "float32"), np.eye(10)], axis=1)
    drawn = vae.predict(told, verbose=0)[:, :64]
    means = np.stack([digits(1437)[labels == label].reshape(-1, 64).mean(axis=0) / 255 for label in range(10)])
    nearest = np.square(drawn[:, None] - means).sum(axis=-1).argmin(axis=1)
    np.testing.assert_array_equal(nearest, np.arange(10))
