"""Folders whose subfolders are the splits."""

import shutil
import warnings

import numpy as np
import pytest

from tests.data.loading import load
from tests.data.test_folder import write
from tfvae import data

SPLITS = {"train": range(12), "validation": range(12, 15), "test": range(15, 20)}


@pytest.fixture
def folder(tmp_path):
    """20 grey images, each of one brightness, its number; two classes in each split."""
    for split, numbers in SPLITS.items():
        for number in numbers:
            write(tmp_path / split / ("cats", "dogs")[number % 2] / f"{number}.png", np.full([4, 5], number))
    return tmp_path


def test_the_subfolders_are_the_splits(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for split, numbers in [*SPLITS.items(), ("all", range(20))]:
            images, labels, info = load(folder, split, labels=True)
            assert sorted(images[:, 0, 0, 0]) == [*numbers]
            np.testing.assert_array_equal(labels, images[:, 0, 0, 0] % 2)
            assert info.label_names == ("cats", "dogs")
    assert data.splits(folder) == {split: split for split in SPLITS}


def test_files_that_stand_in_the_splits_themselves(folder):
    for path in folder.rglob("*.png"):
        path.rename(path.parent.parent / path.name)
    images, _, info = load(folder, "test")
    assert sorted(images[:, 0, 0, 0]) == [*SPLITS["test"]]
    assert info.num_classes is None
    with pytest.raises(ValueError, match=r"`labels`.*Received: labels=True and \w+/\d+.png in no subfolder"):
        load(folder, labels=True)


@pytest.mark.parametrize("names", [("train", "test"), ("Train", "val", "test"), ("train", "validation", "dev")])
def test_similar_names_are_classes_and_a_warning_says_so(folder, names):
    for left in [*SPLITS][len(names) :]:
        shutil.rmtree(folder / left)
    for old in [*SPLITS][: len(names)]:
        (folder / old).rename(folder / f"{old} before")
    for old, new in zip(SPLITS, names, strict=False):
        (folder / f"{old} before").rename(folder / new)
    with pytest.warns(UserWarning, match=r"read as classes.*name them train, validation and test") as caught:
        _, info = data.load(folder, "all", batch_size=1)
    assert caught[0].filename == __file__
    assert info.label_names == tuple(sorted(names))


@pytest.mark.parametrize("other", ["loose.png", "more/other.png"])
def test_other_files_beside_them_make_them_classes(folder, other):
    write(folder / other, np.full([4, 5], 99))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load(folder, "train")[0]) > len(SPLITS["train"])
        assert len(load(folder, "all")[0]) == 21


def test_classes_of_other_names_are_classes(tmp_path):
    for number in range(12):
        write(tmp_path / ("train", "bus")[number % 2] / f"{number}.png", np.full([4, 5], number))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(tmp_path, labels=True)[2].label_names == ("bus", "train")
