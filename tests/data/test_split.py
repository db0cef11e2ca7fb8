"""Splits by a hash."""

import itertools

import numpy as np
import pytest

from tests.data import idx_files
from tests.data.loading import load
from tfvae import data
from tfvae.data import split as splits
from tfvae.data import tfds_source

NAMES = ("train", "validation", "test")


def test_splitmix64_gives_the_published_numbers():
    # The generator's first outputs from the seed 1234567 (Rosetta Code, Pseudo-random numbers/Splitmix64). Its state
    # goes up by `golden` a number, so the hash of n is its first output from the seed n * golden.
    golden = 0x9E3779B97F4A7C15
    first = 1234567 * pow(golden, -1, 2**64)
    numbers = np.array([(first + step) % 2**64 for step in range(3)], "uint64")
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [int(number) for number in splits.hash_numbers(numbers)] == published


def test_names_hash_alike_everywhere():
    import hashlib

    expected = int.from_bytes(hashlib.blake2b("ä/1.png".encode(), digest_size=8).digest(), "little")
    assert [int(n) for n in splits.hash_names(["ä/1.png"])] == [expected]
    assert len(splits.hash_names([])) == 0


@pytest.mark.parametrize("hashes", [splits.hash_numbers(range(20000)), splits.hash_names(map(str, range(20000)))])
def test_splits_are_disjoint_whole_and_of_the_right_size(hashes):
    parts = [splits.choose(name, hashes, "") for name in NAMES]
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(20000))
    np.testing.assert_array_equal(splits.choose("all", hashes, ""), np.arange(20000))
    # Binomial counts, within 5 standard deviations.
    for part, share in zip(parts, (0.8, 0.1, 0.1), strict=True):
        assert abs(len(part) - 20000 * share) < 5 * np.sqrt(20000 * share * (1 - share))


def test_an_example_stays_where_it_is_when_others_are_added():
    few, many = (splits.choose("validation", splits.hash_numbers(range(n)), "") for n in (500, 700))
    np.testing.assert_array_equal(few, many[many < 500])


def test_bad_splits():
    with pytest.raises(ValueError, match=r"`split`. Expected one of train, validation, test, all. .*split='valid'"):
        splits.choose("valid", splits.hash_numbers(range(9)), "")
    with pytest.raises(ValueError, match=r"'test' of data.npy is empty.* Received: 2 examples in all. Add"):
        splits.choose("test", splits.hash_numbers(range(2)), "data.npy")


@pytest.mark.parametrize("count", range(3, 40))
def test_no_split_of_a_few_is_empty(count):
    for hashes in (splits.hash_numbers(range(count)), splits.hash_names(map(str, range(count)))):
        parts = [splits.choose(name, hashes, "") for name in NAMES]
        assert all(len(part) for part in parts)
        np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(count))


def _tell_apart(count):
    """Images of one number each, [N, 2, 3, 1]."""
    return np.repeat(np.arange(count, dtype="uint8"), 6).reshape(count, 2, 3, 1)


def _digits(tmp_path):
    from sklearn.datasets import load_digits

    images = np.rint(load_digits().images * (255 / 16)).astype("uint8")[..., None]
    return [data.digits(name)[0] for name in NAMES], images


def _sprites(tmp_path):
    return [data.sprites(name)[0] for name in NAMES], data.sprites("all")[0]


def _npy(tmp_path):
    np.save(tmp_path / "images.npy", _tell_apart(200))
    return [load(tmp_path / "images.npy", name)[0] for name in NAMES], _tell_apart(200)


def _npz(tmp_path):
    np.savez(tmp_path / "images.npz", images=_tell_apart(200), labels=np.arange(200))
    return [load(tmp_path / "images.npz", name, labels=True)[0] for name in NAMES], _tell_apart(200)


def _folder(tmp_path):
    from PIL import Image

    for number, image in enumerate(_tell_apart(200)):
        (tmp_path / str(number % 3)).mkdir(exist_ok=True)
        Image.fromarray(image[..., 0]).save(tmp_path / str(number % 3) / f"{number}.png")
    return [load(tmp_path, name, channels=1)[0] for name in NAMES], _tell_apart(200)


def _tfds(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(idx_files, "SIZES", {"train": 200, "t10k": 20})
        arrays = idx_files.write(tmp_path / "source")
    data.prepare("mnist", tmp_path / "source", tmp_path / "data")
    found = tfds_source.three_splits("mnist", tmp_path / "data")
    parts = [tfds_source.read("mnist", found[name], False, tmp_path / "data")[0] for name in NAMES]
    return parts, np.concatenate([arrays[name][0] for name in arrays])[..., None]


SOURCES = {"digits": _digits, "sprites": _sprites, ".npy": _npy, ".npz": _npz, "folder": _folder, "tfds": _tfds}


@pytest.mark.parametrize("source", SOURCES)
def test_the_splits_of_a_source_are_disjoint_and_whole(source, tmp_path):
    parts, everything = SOURCES[source](tmp_path)
    parts = [[image.tobytes() for image in part] for part in parts]
    assert sorted(itertools.chain(*parts)) == sorted(image.tobytes() for image in everything)
    train, validation, test = map(set, parts)
    assert not train & validation
    assert not train & test
    assert not validation & test
    assert len(train) > 3 * len(validation) > 0
