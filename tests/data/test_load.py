"""What a name means."""

import numpy as np
import pytest

from tfvae import data
from tfvae.data import tfds_source

OPTIONS = [{"image_size": (8, 8)}, {"channels": 1}, {"crop": False}, {"strict": True}]


def test_a_path_that_does_not_exist_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (tmp_path / "nothing", str(tmp_path / "nothing"), "./nothing", "../nothing", "~/nothing", "a\\b"):
        with pytest.raises(ValueError, match=r"`name`.*and there is no such folder or file in "):
            data.load(name)
    for name in ("images.npy", "folder/images.npz"):
        with pytest.raises(ValueError, match=rf"Received: name='{name}', and there is no such folder or file"):
            data.load(name)


def test_another_file_is_refused(tmp_path):
    (tmp_path / "images.txt").write_text("no images")
    with pytest.raises(ValueError, match=r"Expected the path of a folder of images, or of an .npy.*another file"):
        data.load(tmp_path / "images.txt")


@pytest.mark.parametrize("name", [None, 3, ""])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ValueError, match=rf"`name`. Expected a name or a path. Received: name={name!r}"):
        data.load(name)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("sprits", "Did you mean sprites"), ("fashion-mnist", "Did you mean fashion_mnist"), ("a/b c", "list_builders")],
)
def test_an_unknown_name_is_refused_with_near_ones(name, hint):
    with pytest.raises(ValueError, match=r"Expected digits, sprites, an image dataset of .* or the path") as caught:
        data.load(name)
    assert hint in str(caught.value)


def test_an_unknown_configuration_is_left_to_tfds(tmp_path):
    with pytest.raises(ValueError, match="not found"):
        data.load("mnist/colourful", data_dir=tmp_path)


def test_a_dataset_goes_before_a_folder_of_its_name(tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    for name in ("digits", "fashion_mnist", "holidays"):
        (tmp_path / name).mkdir()
        Image.fromarray(np.zeros([2, 3], "uint8")).save(tmp_path / name / "a.png")
    assert data.load("digits", "test")[1].image_shape == (8, 8, 1)
    assert data.load("holidays", "all", batch_size=1)[1].image_shape == (2, 3, 3)
    assert data.load("./fashion_mnist", "all", batch_size=1)[1].image_shape == (2, 3, 3)
    asked = []

    def answer(name, *_, **__):
        asked.append(name)
        return np.zeros([5, 28, 28, 1], "uint8"), None, ("Trouser", "Bag")

    monkeypatch.setattr(tfds_source, "read", answer)
    assert data.load("fashion_mnist", batch_size=5)[1].image_shape == (28, 28, 1)
    assert asked == ["fashion_mnist"]


@pytest.mark.parametrize("options", OPTIONS)
def test_options_of_folders_are_refused_elsewhere(tmp_path, options):
    np.save(tmp_path / "images.npy", np.zeros([2, 3, 4], "uint8"))
    names = ("digits", "sprites", tmp_path / "images.npy", *(["mnist"] if "strict" in options else []))
    for name in names:
        with pytest.raises(ValueError, match=rf"`{next(iter(options))}` does not apply to anything but a folder"):
            data.load(name, "all", **options)


def test_data_dir_is_refused_where_tfds_is_not_asked(tmp_path):
    np.save(tmp_path / "images.npy", np.zeros([2, 3, 4], "uint8"))
    for name in ("digits", "sprites", tmp_path / "images.npy"):
        with pytest.raises(ValueError, match=r"`data_dir` does not apply to anything but TFDS's datasets"):
            data.load(name, data_dir=tmp_path)


def test_only_train_is_shuffled_by_itself(tmp_path):
    rows = np.arange(100, dtype="uint8")[:, None, None] * np.ones([2, 2], "uint8")
    np.save(tmp_path / "images.npy", rows)
    for split, ordered in (("train", False), ("all", True)):
        batches = data.load(tmp_path / "images.npy", split, batch_size=50)[0].as_numpy_iterator()
        numbers = np.concatenate([batch[:, 0, 0, 0] for batch in batches])
        assert np.array_equal(numbers, np.sort(numbers)) == ordered
