"""NumPy's files."""

import zipfile

import numpy as np
import pytest

from tests.data.loading import load
from tfvae import data
from tfvae.data import epoch, memory

NAMES = ("train", "validation", "test")


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, [200, 3, 4], "uint8")


def test_npy(tmp_path, images):
    path = tmp_path / "images.npy"
    np.save(path, images)
    found, _, info = load(str(path))
    assert info == data.DatasetInfo(str(path), "all", 200, (3, 4, 1), None, 256)
    np.testing.assert_array_equal(found[..., 0], images)
    assert found.dtype == np.uint8
    np.save(path, np.repeat(images[..., None], 3, axis=-1))
    assert load(path)[2].image_shape == (3, 4, 3)


def test_splits_are_disjoint_stable_and_together_everything(tmp_path):
    rows = np.arange(200, dtype="float32")[:, None, None] * np.ones([2, 2], "float32")
    np.save(tmp_path / "few.npy", rows[:150])
    np.savez(tmp_path / "many.npz", rows)
    parts = {split: load(tmp_path / "many.npz", split)[0][:, 0, 0, 0] for split in NAMES}
    assert sorted(np.concatenate([*parts.values()])) == [*range(200)]
    for split, part in parts.items():
        np.testing.assert_array_equal(load(tmp_path / "few.npy", split)[0][:, 0, 0, 0], part[part < 150])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4"])
def test_floats_are_taken_as_they_are(tmp_path, dtype):
    values = np.linspace(-1, 2, 24).reshape(2, 3, 4).astype(dtype)
    np.save(tmp_path / "floats.npy", np.asfortranarray(values))
    found, _, info = load(tmp_path / "floats.npy")
    np.testing.assert_array_equal(found[..., 0], values)
    assert found.dtype == np.dtype(dtype).newbyteorder("=")
    assert info.levels is None


@pytest.mark.parametrize("key", ["images", "x", "faces"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_with_labels(tmp_path, images, key, save):
    classes = np.arange(200) % 7
    save(tmp_path / "faces.NPZ".lower(), **{key: images, "labels": classes})
    found, labels, info = load(tmp_path / "faces.npz", "test", labels=True)
    assert info.num_classes == 7
    assert labels.dtype == np.int32
    rows = [int(np.flatnonzero((images == one[..., 0]).all((1, 2)))[0]) for one in found]
    np.testing.assert_array_equal(labels, classes[rows])
    assert load(tmp_path / "faces.npz")[1] is None


def test_labels_that_are_no_classes_stay_what_they_are(tmp_path, images):
    factors = np.random.default_rng(0).normal(size=(200, 2))
    np.savez(tmp_path / "factors.npz", images=images, labels=factors)
    _, labels, info = load(tmp_path / "factors.npz", labels=True)
    np.testing.assert_array_equal(labels, factors)
    assert info.num_classes is None


def test_an_npy_file_of_more_than_memory_holds_is_read_by_batches(tmp_path, images, monkeypatch):
    np.save(tmp_path / "images.npy", images)
    np.savez(tmp_path / "images.npz", images)
    with epoch.at(0):
        in_memory = [batch.numpy() for batch in data.load(tmp_path / "images.npy", batch_size=30, seed=4)[0]]
    monkeypatch.setattr(memory, "LIMIT", 40 * 12)
    dataset, info = data.load(tmp_path / "images.npy", batch_size=30, seed=4)
    assert dataset.element_spec.shape == (None, 3, 4, 1)
    assert info.image_shape == (3, 4, 1)
    for batch, same in zip(dataset, in_memory, strict=True):
        np.testing.assert_array_equal(batch, same)
    with pytest.raises(ValueError, match=r"array 'arr_0' of .*takes \d+ bytes, more than .*numpy.save"):
        load(tmp_path / "images.npz", "test")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": np.zeros([2, 3, 3]), "b": np.zeros([2, 3, 3])}, r"'images' or 'x' .* Received: \['a', 'b'\]"),
        ({"labels": np.zeros([2])}, r"'images' or 'x'"),
        ({"images": np.zeros([9])}, r"shape \(n, height, width.*Received shape: \(9,\)"),
        (
            {"images": np.zeros([9, 3, 32, 32])},
            r"\(9, 3, 32, 32\), whose channels.*moveaxis\(images, 1, -1\)",
        ),
        ({"images": np.zeros([0, 3, 3])}, r"Received shape: \(0, 3, 3\)"),
        ({"images": np.zeros([2, 3, 3], "complex64")}, r"Expected numbers in .*complex64.*astype\('float32'\)"),
        ({"images": np.zeros([2, 3, 3], "O")}, r"'images' of .* holds objects"),
        ({"images": np.zeros([2, 3, 3])}, r"has no labels. Load it with labels=False"),
        ({"images": np.zeros([2, 3, 3]), "labels": np.zeros([3], int)}, r"Expected 2 labels .*\(3,\)"),
        ({"images": np.zeros([2, 3, 3]), "labels": np.array(["a", "b"])}, r"int32 or floats.*<U1"),
        ({"images": np.zeros([2, 3, 3]), "labels": np.array([0, 2**31])}, r"int32 or floats"),
    ],
)
def test_bad_archives(tmp_path, arrays, message):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "bad.npz", labels=True)


def test_bad_files(tmp_path, images):
    np.save(tmp_path / "images.npy", images[:2])
    with pytest.raises(ValueError, match=r"has no labels. Load it with labels=False, or write both"):
        load(tmp_path / "images.npy", labels=True)
    with pytest.raises(ValueError, match=r"`split`. Expected one of train, validation, test, all"):
        load(tmp_path / "images.npy", "train[:10]")
    with pytest.raises(ValueError, match=r"split 'test' of .*images.npy is empty.*Received: 2 examples in all"):
        load(tmp_path / "images.npy", "test")
    content = (tmp_path / "images.npy").read_bytes()
    for damaged in (b"", b"no array", content[:-1]):
        (tmp_path / "images.npy").write_bytes(damaged)
        with pytest.raises(ValueError, match=r"is no NumPy file of numbers, or is damaged"):
            load(tmp_path / "images.npy")
    np.savez(tmp_path / "images.npz", images)
    (tmp_path / "images.npz").write_bytes((tmp_path / "images.npz").read_bytes()[:-30])
    with pytest.raises(ValueError, match=r"is no NumPy file of numbers, or is damaged"):
        load(tmp_path / "images.npz")


def test_an_archive_of_other_files_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "notes.npz", "w") as archive:
        archive.writestr("x", "no array")
    with pytest.raises(ValueError, match=r"Expected an array 'images' or 'x' in .* Received: \['x'\]"):
        load(tmp_path / "notes.npz")


def test_no_pickle_is_ever_loaded(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([[[print]]], "O"))
    with pytest.raises(ValueError, match="is no NumPy file of numbers"):
        load(tmp_path / "objects.npy")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_rows_that_are_not_finite_are_named(tmp_path, value):
    images = np.zeros([200, 3, 4], "float32")
    np.save(tmp_path / "x.npy", images)
    load(tmp_path / "x.npy")
    images[[17, 150], 1] = value
    np.save(tmp_path / "x.npy", images)
    with pytest.raises(ValueError, match=r"x\.npy. Received: NaN or infinity in 2 of 200 images, at the rows 17, 150"):
        load(tmp_path / "x.npy")


def test_nan_may_mark_what_is_missing_in_a_file(tmp_path):
    images = np.zeros([200, 3, 4], "float32")
    images[17, 1] = np.nan
    np.save(tmp_path / "x.npy", images)
    with pytest.raises(ValueError, match=r"missing=True lets it through"):
        load(tmp_path / "x.npy")
    dataset, _ = data.load(tmp_path / "x.npy", "all", shuffle=False, missing=True)
    np.testing.assert_array_equal(np.concatenate(list(dataset)), images[..., None])
    images[19, 1] = np.inf
    np.save(tmp_path / "x.npy", images)
    with pytest.raises(ValueError, match=r"x\.npy. Received: infinity in 1 of 200 images, at the rows 19"):
        data.load(tmp_path / "x.npy", "all", missing=True)
    with pytest.raises(ValueError, match=r"`missing` does not apply to anything but a file of arrays"):
        data.load("digits", missing=True)


@pytest.mark.parametrize(
    ("shape", "dtype", "event_shape", "maximum"),
    [
        ((30, 7), "float32", (7,), 1),
        ((30, 6, 5), "bool", (6, 5, 1), 1),
        ((30, 6, 5, 5), "uint16", (6, 5, 5), 65535),
        ((30, 4, 6, 5, 2), "int64", (4, 6, 5, 2), 255),
    ],
)
def test_examples_of_any_shape_and_number(tmp_path, shape, dtype, event_shape, maximum):
    values = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    np.save(tmp_path / "x.npy", values)
    dataset, info = data.load(tmp_path / "x.npy", "all", shuffle=False)
    assert (info.image_shape, info.maximum) == (event_shape, maximum)
    read = np.concatenate([batch.numpy() for batch in dataset])
    np.testing.assert_array_equal(read, values.reshape(30, *event_shape))
    assert read.dtype == values.dtype
