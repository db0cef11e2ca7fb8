"""Datasets of TFDS with the features of CelebA, CIFAR-10 and one whose pictures differ in size."""

import pathlib

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image, ImageOps

from tests.data.loading import load
from tfvae import data
from tfvae.data import memory, tfds_source


def write(name, folder, splits, label_names=None):
    """Writes examples {split: [dictionary]} as the dataset of TFDS of that name."""
    info = tfds.builder(name, data_dir=str(folder)).info
    if label_names is not None:  # as the published files name them
        info.features["label"].names = label_names
    pathlib.Path(info.data_dir).mkdir(parents=True)
    writer = tfds.core.SequentialWriter(info, max_examples_per_shard=1000)
    writer.initialize_splits(list(splits))
    writer.add_examples(splits)
    writer.close_all()


def pictures(count, shape, seed):
    """Smooth pictures: JPEG, as which CelebA is stored, keeps them nearly."""
    coarse = np.random.default_rng(seed).integers(0, 256, [count, 4, 4, 3], "uint8")
    size = (shape[1], shape[0])
    return [np.asarray(Image.fromarray(one).resize(size, Image.Resampling.BICUBIC)) for one in coarse]


@pytest.fixture(scope="module")
def celeb_a(tmp_path_factory):
    """CelebA's features, 218x178 with attributes and landmarks; six pictures and three."""
    folder = tmp_path_factory.mktemp("celeb_a")
    info = tfds.builder("celeb_a", data_dir=str(folder)).info

    def example(image, number):
        attributes = {name: number % 2 == 0 for name in info.features["attributes"]}
        landmarks = {name: number for name in info.features["landmarks"]}
        return {"image": image, "attributes": attributes, "landmarks": landmarks, "identity": {"Identity_No": number}}

    shown = {split: pictures(count, (218, 178), count) for split, count in (("train", 6), ("validation", 3))}
    write("celeb_a", folder, {split: [*map(example, images, range(9))] for split, images in shown.items()})
    return folder, shown


@pytest.fixture(scope="module")
def cifar10(tmp_path_factory):
    """CIFAR-10's features; PNG, so exact."""
    folder = tmp_path_factory.mktemp("cifar10")
    images = np.random.default_rng(0).integers(0, 256, [12, 32, 32, 3], "uint8")
    examples = [{"id": f"{at}", "image": image, "label": at % 10} for at, image in enumerate(images)]
    write("cifar10", folder, {"train": examples[:10], "test": examples[10:]}, [f"class {at}" for at in range(10)])
    return folder, images


def test_cifar10_as_it_is(cifar10):
    folder, expected = cifar10
    images, labels, info = load("cifar10", "train", labels=True, data_dir=folder)
    np.testing.assert_array_equal(images, expected[:10])
    np.testing.assert_array_equal(labels, range(10))
    assert info == data.DatasetInfo("cifar10", "train", 10, (32, 32, 3), 10, 256, info.label_names)
    assert info.label_names[:2] == ("class 0", "class 1")
    assert data.splits("cifar10", folder) == {"train": "train[:90%]", "validation": "train[90%:100%]", "test": "test"}


def test_cifar10_smaller_and_grey(cifar10):
    folder, expected = cifar10
    images, labels, info = load(
        "cifar10", "train[2:7]", labels=True, data_dir=folder, image_size=(16, 8), channels=1, crop=False
    )
    assert info.image_shape == (16, 8, 1)
    np.testing.assert_array_equal(labels, range(2, 7))
    for image, source in zip(images, expected[2:7], strict=True):
        grey = Image.fromarray(source).convert("L").resize((8, 16), Image.Resampling.LANCZOS)
        np.testing.assert_array_equal(image[..., 0], grey)
    # Only the number of channels.
    images, _, _ = load("cifar10", "test", data_dir=folder, channels=1)
    np.testing.assert_array_equal(images[1, ..., 0], Image.fromarray(expected[11]).convert("L"))


def test_celeb_a_cropped_to_its_centre(celeb_a):
    folder, shown = celeb_a
    for split, sources in shown.items():
        images, _, info = load("celeb_a", split, data_dir=folder, image_size=(64, 64))
        assert info.image_shape == (64, 64, 3)
        assert info.num_classes is None
        for image, source in zip(images, sources, strict=True):
            # The middle 178 of 218 rows.
            square = Image.fromarray(source[20:198])
            expected = np.asarray(square.resize((64, 64), Image.Resampling.LANCZOS), int)
            assert np.abs(image - expected).mean() < 2  # of grey levels, by JPEG
            whole = np.asarray(Image.fromarray(source).resize((64, 64), Image.Resampling.LANCZOS), int)
            assert np.abs(image - whole).mean() > 4
    whole, _, info = load("celeb_a", "train", data_dir=folder)
    assert info.image_shape == (218, 178, 3)
    assert np.abs(whole[0] - shown["train"][0].astype(int)).mean() < 2


def test_a_folder_and_tfds_give_the_same(cifar10, tmp_path):
    folder, images = cifar10
    for number, image in enumerate(images[:10]):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
    options = {"image_size": (20, 12), "channels": 3}
    np.testing.assert_array_equal(
        load(tmp_path, "all", **options)[0], load("cifar10", "train", data_dir=folder, **options)[0]
    )


def test_pictures_of_several_sizes(tmp_path):
    """Imagenette's features, whose shape is (None, None, 3)."""
    shown = [*pictures(1, (30, 40), 1), *pictures(1, (50, 20), 2)]
    write("imagenette", tmp_path, {"train": [{"image": image, "label": 3} for image in shown]})
    images, labels, _ = tfds_source.read("imagenette", "train", True, tmp_path, image_size=(16, 16))
    assert images.shape == (2, 16, 16, 3)
    assert labels.tolist() == [3, 3]
    for image, source in zip(images, shown, strict=True):
        expected = np.asarray(ImageOps.fit(Image.fromarray(source), (16, 16), Image.Resampling.LANCZOS), int)
        assert np.abs(image - expected).mean() < 8  # by JPEG
    with pytest.raises(ValueError, match=r"no feature `image` of uint8 and a fixed size.*pass image_size="):
        tfds_source.read("imagenette", "train", True, tmp_path)


def test_memory_is_that_of_the_resized_pictures(celeb_a, monkeypatch):
    folder, _ = celeb_a
    monkeypatch.setattr(memory, "LIMIT", 6 * 64 * 64 * 3)
    assert load("celeb_a", "train", data_dir=folder, image_size=(64, 64))[2].num_examples == 6
    with pytest.raises(ValueError, match=r"6 images of shape .218, 178, 3., more than .*image_size="):
        data.load("celeb_a", "train", data_dir=folder)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 64}, r"`image_size`. Expected None or \(height, width\).*image_size=64"),
        ({"channels": 4}, r"`channels`. Expected 1 .* or 3 .*channels=4"),
        ({"strict": True}, "`strict` does not apply to anything but a folder"),
        ({"labels": True}, "no feature `label`. Load it with labels=False"),
    ],
)
def test_bad_arguments(celeb_a, options, message):
    with pytest.raises(ValueError, match=message):
        data.load("celeb_a", "train", data_dir=celeb_a[0], **options)


@pytest.mark.parametrize(
    ("name", "shape", "factors"),
    [
        ("dsprites", (64, 64, 1), ("orientation", "scale", "shape", "x_position", "y_position")),
        ("shapes3d", (64, 64, 3), ("floor_hue", "object_hue", "orientation", "scale", "shape", "wall_hue")),
    ],
)
def test_several_labels_are_factors(tmp_path, name, shape, factors):
    draws = np.random.default_rng(0)
    shown = draws.integers(0, 256, [7, *shape], "uint8")
    known = draws.integers(0, 3, [7, len(factors)])
    info = tfds.builder(name, data_dir=str(tmp_path)).info
    others = {feature: np.float32(0.5) for feature in info.features if feature.startswith("value_")}
    others |= {"id": "0"} if "id" in info.features else {}
    examples = [
        {"image": image, **{f"label_{factor}": value for factor, value in zip(factors, values, strict=True)}, **others}
        for image, values in zip(shown, known, strict=True)
    ]
    write(name, tmp_path, {"train": examples})
    images, labels, info = load(name, "train[2:]", labels=True, data_dir=tmp_path, batch_size=2)
    np.testing.assert_array_equal(images, shown[2:])
    np.testing.assert_array_equal(labels, known[2:])
    assert labels.dtype == np.int32
    assert info == data.DatasetInfo(name, "train[2:]", 5, shape, None, 256, None, 255, factors)
    assert load(name, "train", data_dir=tmp_path)[2].factor_names == factors
    small = tfds_source.read(name, "train", True, tmp_path, image_size=(8, 8))
    np.testing.assert_array_equal(small[1], known)
    assert len(small[0]) == 7
