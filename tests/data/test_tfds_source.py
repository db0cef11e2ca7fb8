import socket
import time

import numpy as np
import pytest
import tensorflow_datasets as tfds

from tests.data import idx_files
from tfvae import data
from tfvae.data import memory, tfds_source


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    arrays = idx_files.write(folder / "source")
    data.prepare("mnist", folder / "source", folder / "data")
    return folder / "data", arrays


@pytest.fixture
def offline(monkeypatch):
    def refuse(*_, **__):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def _epoch(dataset):
    return [np.concatenate(columns) for columns in zip(*dataset.as_numpy_iterator(), strict=True)]


def test_load_reads_images_and_labels_without_a_network(prepared, offline):
    folder, arrays = prepared
    dataset, info = data.load("mnist", "test", batch_size=2, labels=True, data_dir=folder)
    images, labels = _epoch(dataset)
    assert info == data.DatasetInfo("mnist", "test", 5, (28, 28, 1), 10, 256, tuple("0123456789"))
    assert images.dtype == np.uint8
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(images[..., 0], arrays["test"][0])
    np.testing.assert_array_equal(labels, arrays["test"][1])


def test_images_and_labels_stay_together_when_shuffled(prepared):
    folder, arrays = prepared
    dataset, _ = data.load("mnist", "train", batch_size=5, seed=3, labels=True, data_dir=folder)
    images, labels = _epoch(dataset)
    label_of = {image.tobytes(): label for image, label in zip(*arrays["train"], strict=True)}
    assert [label_of[image.tobytes()] for image in images] == list(labels)
    assert sorted(image.tobytes() for image in images) == sorted(label_of)
    assert list(labels) != list(arrays["train"][1])


def test_without_labels_a_batch_is_the_images(prepared):
    folder, arrays = prepared
    dataset, info = data.load("mnist", "test", batch_size=5, data_dir=str(folder))
    (batch,) = dataset.as_numpy_iterator()
    assert info.num_classes == 10
    np.testing.assert_array_equal(batch[..., 0], arrays["test"][0])


@pytest.mark.parametrize(("split", "rows"), [("train[:50%]", slice(0, 6)), ("train[9:]", slice(9, 12))])
def test_a_slice_of_a_split_is_those_examples(prepared, split, rows):
    folder, arrays = prepared
    images, labels, _ = tfds_source.read("mnist", split, True, folder)
    np.testing.assert_array_equal(images[..., 0], arrays["train"][0][rows])
    np.testing.assert_array_equal(labels, arrays["train"][1][rows])


@pytest.mark.parametrize("split", ["validation", "train[:half]", ""])
def test_an_unknown_split_is_refused_with_those_there_are(prepared, split):
    with pytest.raises(ValueError, match=r"argument `split`. Expected one of train, test or a slice") as caught:
        data.load("mnist", split, data_dir=prepared[0])
    assert f"Received: split={split!r}" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("digts", "Did you mean digits"), ("fashionmnist", "Did you mean fashion_mnist"), ("qqqqqq", "list_builders")],
)
def test_an_unknown_name_is_refused_with_near_ones(tmp_path, name, hint):
    with pytest.raises(ValueError, match=r"argument `name`. Expected digits, sprites, an image dataset") as caught:
        data.load(name, data_dir=tmp_path)
    assert hint in str(caught.value)
    assert f"Received: name={name!r}" in str(caught.value)


@pytest.mark.parametrize("name", ["imdb_reviews", "imagenette"])
def test_a_dataset_without_images_of_one_size_is_refused_before_any_download(tmp_path, name, offline):
    with pytest.raises(ValueError, match="no feature `image` of uint8 and a fixed size"):
        data.load(name, data_dir=tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_labels_of_a_dataset_without_labels_are_refused(tmp_path, offline):
    with pytest.raises(ValueError, match=r"no feature `label`. Load it with labels=False"):
        data.load("binarized_mnist", labels=True, data_dir=tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_without_a_network_the_error_is_quick_and_names_the_script(tmp_path, offline):
    start = time.monotonic()
    with pytest.raises(ValueError, match=r"is not prepared in .* could not be downloaded") as caught:
        data.load("fashion_mnist", data_dir=tmp_path)
    assert time.monotonic() - start < 10
    assert "scripts/prepare_tfds fashion_mnist --source FOLDER --data-dir DIR" in str(caught.value)
    assert [*tmp_path.iterdir()] == []


def test_a_reachable_host_that_refuses_head_does_not_stop_the_download(tmp_path, monkeypatch):
    import email.message
    import io
    import urllib.error
    import urllib.request

    def forbidden(request, timeout):
        assert request.get_method() == "HEAD"
        assert timeout <= 10
        raise urllib.error.HTTPError(request.full_url, 403, "Forbidden", email.message.Message(), io.BytesIO())

    asked = []

    def download(builder):
        asked.append(builder.name)
        raise OSError("no such file on the server")

    monkeypatch.setattr(urllib.request, "urlopen", forbidden)
    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", download)
    with pytest.raises(ValueError, match=r"could not be downloaded \(OSError\)"):
        data.load("mnist", data_dir=tmp_path)
    assert asked == ["mnist"]


def test_more_than_memory_should_hold_is_refused(prepared, monkeypatch):
    monkeypatch.setattr(memory, "LIMIT", 12 * 28 * 28 - 1)
    with pytest.raises(ValueError, match=r"12 images of shape .28, 28, 1., more than"):
        data.load("mnist", "train", data_dir=prepared[0])
    assert data.load("mnist", "train[:11]", batch_size=4, data_dir=prepared[0])[1].num_examples == 11
