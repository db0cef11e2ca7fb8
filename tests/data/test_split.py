"""Splits by a hash."""

import numpy as np
import pytest

from tfvae.data import split as splits

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
