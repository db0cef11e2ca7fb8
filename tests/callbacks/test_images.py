"""Pictures of each epoch, and a training that they don't disturb."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.models import SHAPE, digits, make
from tests.test_latent import conditional
from tfvae import VAE, callbacks, data, families, networks, pictures, priors, terms


def fit(model, *watch, epochs=2, rate=0.01, condition=None):
    model.compile(keras.optimizers.Adam(rate), run_eagerly=True)
    dataset = data.from_array(digits(), condition, batch_size=12)
    model.fit(dataset, epochs=epochs, verbose=0, callbacks=list(watch))
    return model


def plane():
    return VAE(
        encoder=networks.mlp_encoder(SHAPE, (16,)),
        posterior=families.Normal((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=networks.mlp_decoder((2,), (16,)),
        likelihood=families.Bernoulli(SHAPE),
        objective=[terms.NegativeLogLikelihood(), terms.KL()],
        preprocessing=data.Binarize(),
    )


def read(folder, epoch):
    return np.asarray(Image.open(folder / f"epoch_{epoch:04d}.png"))[..., None]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_samples_are_those_of_one_seed(tmp_path):
    folder = tmp_path / "deep" / "samples"
    vae = fit(make(), callbacks.Samples(folder, count=4, seed=7))
    assert names(folder) == ["epoch_0001.png", "epoch_0002.png"]
    np.testing.assert_array_equal(read(folder, 2), pictures.grid(vae.sample(4, seed=7).numpy()))
    assert (read(folder, 1) != read(folder, 2)).any()
    # Where the model stands still, so does the picture: the noise is the same.
    still = tmp_path / "still"
    fit(make(), callbacks.Samples(still, count=4), rate=0.0)
    np.testing.assert_array_equal(read(still, 1), read(still, 2))


def test_reconstructions_stand_beside_their_originals(tmp_path):
    x = digits(8)
    fit(make(), callbacks.Reconstructions(x, tmp_path, every=2), epochs=3)
    assert names(tmp_path) == ["epoch_0002.png"]
    picture = read(tmp_path, 2)
    # Four columns, two of originals; each image of 8 pixels and a gap of 2.
    assert picture.shape == (2 + 4 * 10, 2 + 4 * 10, 1)
    for number in range(8):
        top, left = 2 + 10 * (number // 2), 2 + 20 * (number % 2)
        np.testing.assert_array_equal(picture[top : top + 8, left : left + 8], x[number])
    assert (picture[2:10, 12:20] != x[0]).any()


def test_traversals_have_a_row_for_each_dimension(tmp_path):
    vae = fit(make(), callbacks.Traversals(digits(2), tmp_path, dimensions=[0, 2]), epochs=1)
    picture = read(tmp_path, 1)
    assert picture.shape == (2 + 4 * 10, 2 + 7 * 10, 1)
    z = vae.encode(digits(2)).mean().numpy()[1]
    z[2] = 3.0  # the last row's last column: the second image's dimension 2
    expected = pictures.grid(vae.decode(z[None]).mean().numpy())[2:10, 2:10].astype(int)
    assert np.abs(picture[32:40, 62:70].astype(int) - expected).max() <= 1


def test_the_manifold_is_the_plane_of_quantiles(tmp_path):
    vae = fit(plane(), callbacks.Manifold(tmp_path, size=3), epochs=1)
    picture = read(tmp_path, 1)
    assert picture.shape == (2 + 3 * 10, 2 + 3 * 10, 1)
    corner = pictures.grid(vae.decode(np.array([[1.6448536, -1.6448536]])).mean().numpy())[2:10, 2:10].astype(int)
    assert np.abs(picture[2:10, 22:30].astype(int) - corner).max() <= 1  # first dimension to the right


def test_a_manifold_of_three_dimensions_is_refused_before_the_first_step(tmp_path):
    vae = make()
    with pytest.raises(ValueError, match=r"two dimensions.*\(3,\).*Traversals"):
        fit(vae, callbacks.Manifold(tmp_path / "manifold"))
    assert int(vae.optimizer.iterations) == 0
    assert not (tmp_path / "manifold").exists()


def test_pictures_leave_the_training_as_it_was(tmp_path):
    def model():
        keras.utils.set_random_seed(0)
        layers = [keras.layers.Flatten(), keras.layers.Dense(16, "relu"), keras.layers.Dropout(0.2)]
        return make(encoder=keras.Sequential([keras.Input(SHAPE), *layers]), preprocessing=data.DynamicBinarize())

    x = digits(3)
    watch = [
        callbacks.Samples(tmp_path / "s", 4),
        callbacks.Reconstructions(x, tmp_path / "r"),
        callbacks.Traversals(x, tmp_path / "t"),
    ]
    with_pictures, without = fit(model(), *watch), fit(model())
    for one, two in zip(with_pictures.variables, without.variables, strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(with_pictures._noise.state, without._noise.state)


def test_conditional_models(tmp_path):
    labels = data.digits("train")[1][:36]
    fit(
        conditional(),
        callbacks.Samples(tmp_path / "s", 3, condition=np.array([1, 2, 3])),
        callbacks.Reconstructions(digits(4), tmp_path / "r", condition=labels[:4]),
        callbacks.Traversals(digits(2), tmp_path / "t", condition=labels[:2]),
        epochs=1,
        condition=labels,
    )
    assert [names(tmp_path / folder) for folder in "srt"] == [["epoch_0001.png"]] * 3
    with pytest.raises(ValueError, match="conditional"):
        fit(conditional(), callbacks.Samples(tmp_path / "x", 3), condition=labels)


def test_tensorboard_gets_the_same_picture(tmp_path):
    fit(make(), callbacks.Samples(tmp_path / "s", 4, every=2, log_dir=tmp_path / "logs"), epochs=4)
    records = tf.data.TFRecordDataset([str(file) for file in (tmp_path / "logs").iterdir()])
    parsed = [tf.compat.v1.Event.FromString(record.numpy()) for record in records]
    events = [(event.step, value) for event in parsed for value in event.summary.value]
    assert sorted(step for step, _ in events) == [2, 4]
    for step, value in events:
        assert value.tag == "samples"
        assert value.metadata.plugin_data.plugin_name == "images"
        width, height, png = tf.make_ndarray(value.tensor)
        image = tf.io.decode_png(png).numpy()
        assert (int(height), int(width)) == image.shape[:2]
        np.testing.assert_array_equal(image, read(tmp_path / "s", step))


@pytest.mark.parametrize("every", [0, 1.5, True])
def test_every_is_checked(every, tmp_path):
    with pytest.raises(ValueError, match="`every`"):
        callbacks.Samples(tmp_path, every=every)


def test_no_images_no_training(tmp_path):
    vae = make(likelihood=families.Bernoulli((64,)), encoder=networks.mlp_encoder((64,), (16,)))
    vae.compile()
    with pytest.raises(ValueError, match="`images`"):
        vae.fit(
            data.from_array(digits().reshape(-1, 64), batch_size=12), verbose=0, callbacks=[callbacks.Samples(tmp_path)]
        )
    assert int(vae.optimizer.iterations) == 0
