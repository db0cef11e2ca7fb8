import gzip
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from tests.data import idx_files
from tfvae import data
from tfvae.data import tfds_source
from tfvae.data.idx import read_idx

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts" / "prepare_tfds"
TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    idx_files.write(folder)
    return folder


@pytest.mark.parametrize("shape", [(7,), (3, 2), (2, 3, 4), (0, 28, 28)])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_read_idx_returns_what_was_written(tmp_path, shape, suffix):
    array = np.random.default_rng(0).integers(0, 256, shape).astype("uint8")
    content = idx_files.encode(array)
    path = tmp_path / f"file{suffix}"
    path.write_bytes(gzip.compress(content) if suffix else content)
    result = read_idx(path)
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, array)


GOOD = idx_files.encode(np.arange(24).reshape(2, 3, 4))
DAMAGED = {
    "empty": (b"", "no IDX file"),
    "three bytes": (GOOD[:3], "no IDX file"),
    "another type": (b"\0\0\x0d" + GOOD[3:], "Expected it to begin with 00 00 08. Received: 00 00 0d 03"),
    "another format": (b"\x89PNG", "no IDX file"),
    "header cut": (GOOD[:9], "damaged"),
    "data cut": (GOOD[:-1], "Expected 40 bytes for its shape .2, 3, 4.. Received: 39 bytes"),
    "too long": (GOOD + b"\0", "Received: 41 bytes"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_read_idx_names_the_damaged_file(tmp_path, case):
    content, message = DAMAGED[case]
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("damage", ["cut", "flipped", "not gzip"])
def test_read_idx_names_the_damaged_gzip_file(tmp_path, damage):
    whole = gzip.compress(idx_files.encode(np.random.default_rng(0).integers(0, 256, (50, 28, 28))))
    middle = len(whole) // 2
    content = {
        "cut": whole[:middle],
        "flipped": whole[:middle] + bytes(byte ^ 0xFF for byte in whole[middle : middle + 8]) + whole[middle + 8 :],
        "not gzip": GOOD,
    }[damage]
    path = tmp_path / "file.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged") as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_a_prepared_dataset_holds_the_files_in_order(tmp_path, name, compressed):
    arrays = idx_files.write(tmp_path / "source", compressed=compressed)
    path = data.prepare(name, tmp_path / "source", tmp_path / "data")
    assert path.parent == tmp_path / "data" / name
    for split, (images, labels) in arrays.items():
        read_images, read_labels, names = tfds_source.read(name, split, True, tmp_path / "data")
        assert len(names) == 10
        np.testing.assert_array_equal(read_images[..., 0], images)
        np.testing.assert_array_equal(read_labels, labels)


def test_prepare_takes_the_other_spelling(tmp_path):
    idx_files.write(tmp_path / "source")
    for path in list((tmp_path / "source").iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert data.prepare("mnist", tmp_path / "source", tmp_path / "data").is_dir()


def test_a_prepared_dataset_is_one_of_tfds(tmp_path, source):
    import tensorflow_datasets as tfds

    data.prepare("mnist", source, tmp_path / "data")
    loaded, info = tfds.load("mnist", split="test", data_dir=tmp_path / "data", download=False, with_info=True)
    assert info.splits["train"].num_examples == idx_files.SIZES["train"]
    assert sum(1 for _ in loaded) == idx_files.SIZES["t10k"]


def test_prepare_leaves_nothing_else_behind(tmp_path, source):
    path = data.prepare("mnist", source, tmp_path / "data")
    assert [*(tmp_path / "data").iterdir()] == [path.parent]
    assert [*path.parent.iterdir()] == [path]


def test_prepare_refuses_a_version_that_is_there(tmp_path, source):
    path = data.prepare("mnist", source, tmp_path / "data")
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    with pytest.raises(ValueError, match=r"exists already. Delete it"):
        data.prepare("mnist", source, tmp_path / "data")
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before


def _remove(folder):
    (folder / TRAIN_LABELS).unlink()


def _cut(folder):
    path = folder / TRAIN_IMAGES
    path.write_bytes(path.read_bytes()[:-20])


def _swap_splits(folder):
    (folder / "t10k-labels-idx1-ubyte.gz").replace(folder / TRAIN_LABELS)


def _labels_for_images(folder):
    (folder / TRAIN_IMAGES).write_bytes((folder / TRAIN_LABELS).read_bytes())


def _images_for_labels(folder):
    (folder / TRAIN_LABELS).write_bytes((folder / TRAIN_IMAGES).read_bytes())


def _smaller(folder):
    idx_files.write(folder, side=8)


def _many_classes(folder):
    labels = np.full(idx_files.SIZES["train"], 200)
    (folder / TRAIN_LABELS).write_bytes(gzip.compress(idx_files.encode(labels)))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_remove, "`source`. Expected a folder with train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz"),
        (_cut, f"{TRAIN_IMAGES} is a damaged gzip file"),
        (_labels_for_images, r"doesn't hold images of mnist. Expected shape \('N', 28, 28\). Received: \(12,\)"),
        (_smaller, r"Received: \(12, 8, 8\)"),
        (_images_for_labels, "Expected 12 labels. Received shape: .12, 28, 28."),
        (_swap_splits, f"{TRAIN_LABELS} doesn't belong to .*{TRAIN_IMAGES}. Expected 12 labels"),
        (_many_classes, r"Expected 0\.\.9. Received: 200"),
    ],
)
def test_prepare_refuses_files_that_are_wrong_and_writes_nothing(tmp_path, source, damage, message):
    damage(source)
    with pytest.raises(ValueError, match=message):
        data.prepare("mnist", source, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_prepare_writes_nothing_when_the_writer_fails(tmp_path, source, monkeypatch):
    import tensorflow_datasets as tfds

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(tfds.core.SequentialWriter, "close_all", full)
    with pytest.raises(OSError, match="No space left"):
        data.prepare("mnist", source, tmp_path / "data")
    assert [*(tmp_path / "data").iterdir()] == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fashion_mnst", "Did you mean fashion_mnist"),
        ("digits", "Expected an image dataset of TensorFlow Datasets"),
        ("cifar10", "Expected a dataset of images of one channel with labels"),
        ("imdb_reviews", "whose features are .'label', 'text'."),
    ],
)
def test_prepare_refuses_other_datasets(tmp_path, source, name, message):
    with pytest.raises(ValueError, match=message):
        data.prepare(name, source, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def _script(*arguments):
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_the_script_prepares_and_says_how_to_load(tmp_path, source):
    result = _script("mnist", "--source", source, "--data-dir", tmp_path / "data")
    assert result.returncode == 0, result.stderr
    folder, advice = result.stdout.splitlines()
    assert pathlib.Path(folder).is_dir()
    assert advice == f"Load it with tfvae.data.load('mnist', data_dir={str(tmp_path / 'data')!r})."


@pytest.mark.slow
def test_the_script_fails_with_one_line(tmp_path):
    result = _script("mnist", "--source", tmp_path / "nowhere", "--data-dir", tmp_path / "data")
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("prepare_tfds: Invalid value for argument `source`.")


def test_the_script_helps_without_loading_tensorflow():
    environment = {**os.environ, "PYTHONPROFILEIMPORTTIME": "1"}
    command = [sys.executable, str(SCRIPT), "--help"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert result.returncode == 0
    assert "--data-dir" in result.stdout
    assert "argparse" in result.stderr
    assert "tensorflow" not in result.stderr


@pytest.mark.slow
@pytest.mark.skipif(
    "TFVAE_FASHION_MNIST" not in os.environ, reason="TFVAE_FASHION_MNIST, a folder of IDX files, is unset"
)
def test_the_real_fashion_mnist(tmp_path):
    source = pathlib.Path(os.environ["TFVAE_FASHION_MNIST"])
    data.prepare("fashion_mnist", source, tmp_path)
    for split, prefix, count in (("train", "train", 60_000), ("test", "t10k", 10_000)):
        images, labels, names = tfds_source.read("fashion_mnist", split, True, tmp_path)
        assert images.shape == (count, 28, 28, 1)
        assert names[0] == "T-shirt/top"
        np.testing.assert_array_equal(np.bincount(labels), count // 10)
        np.testing.assert_array_equal(images[..., 0], read_idx(source / f"{prefix}-images-idx3-ubyte.gz"))
        np.testing.assert_array_equal(labels, read_idx(source / f"{prefix}-labels-idx1-ubyte.gz"))
    dataset, info = data.load("fashion_mnist", "train[:90%]", data_dir=tmp_path)
    assert info == data.DatasetInfo("fashion_mnist", "train[:90%]", 54_000, (28, 28, 1), 10, 256, names)
    assert sum(len(batch) for batch in dataset) == 54_000
