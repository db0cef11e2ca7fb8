"""Augmentation: exact, and a function of (seed, epoch, place)."""

import itertools
import time

import numpy as np
import pytest
import tensorflow as tf

from tfvae import data
from tfvae.data import epoch

GENERATOR = np.random.default_rng(0)
# No two pixels of a picture are equal, nor the first of two pictures.
X = np.stack([GENERATOR.permutation(30).reshape(5, 6, 1) for _ in range(23)]).astype("uint8") * 8
X[:, 0, 0, 0] = np.arange(23) + 230
MANY = np.tile(X, [10, 1, 1, 1])


def read(dataset):
    return np.concatenate([np.asarray(batch) for batch in dataset])


def passes(dataset, count=3, first=0):
    with epoch.at(first):
        return [read(dataset) for _ in range(count)]


def varied(seed=0, batch_size=6, x=X, shuffle=True, **options):
    options = options or {"flip": True, "shift": (2, 1), "crop": 0.7}
    return data.augment(data.from_array(x, batch_size=batch_size, shuffle=shuffle), seed=seed, **options)


def ordered(**options):
    """One pass in the order of X, varied all the same."""
    return passes(varied(batch_size=23, shuffle=False, **options), 1)[0]


def moved(image, down, right, mode):
    padded = np.pad(image, [(4, 4), (5, 5), (0, 0)], mode=mode)
    return padded[4 - down : 9 - down, 5 - right : 11 - right]


def test_a_flip_is_the_mirrored_picture_or_the_picture():
    found = np.stack(passes(varied(x=MANY, batch_size=230, shuffle=False, flip=True), 4)).reshape(-1, *X.shape)
    same, mirrored = ((found == image).all((2, 3, 4)) for image in (X, X[:, :, ::-1]))
    assert (same ^ mirrored).all()
    assert abs(mirrored.mean() - 0.5) < 4 * 0.5 / np.sqrt(mirrored.size)
    # Each picture by itself, and each time anew.
    assert 0 < mirrored.mean(0).min() < mirrored.mean(0).max() < 1
    assert 0 < mirrored.mean(1).min() < mirrored.mean(1).max() < 1


@pytest.mark.parametrize(("reflect", "mode"), [(True, "reflect"), (False, "edge")])
def test_a_shift_is_by_whole_pixels(reflect, mode):
    options = {"x": MANY, "batch_size": 230, "shuffle": False, "shift": (2, 3), "reflect": reflect}
    found = np.stack(passes(varied(**options), 3)).reshape(-1, *X.shape)
    shifts = [*itertools.product(range(-2, 3), range(-3, 4))]
    tables = np.stack([np.stack([moved(image, *shift, mode) for shift in shifts]) for image in X])
    hits = (found[:, :, None] == tables[None]).all((3, 4, 5))
    np.testing.assert_array_equal(hits.sum(-1), 1)
    counts = hits.sum((0, 1))
    expected = counts.sum() / len(shifts)
    assert counts.min() > 0  # at 20 expected, none has a probability of e^-20
    assert np.abs(counts - expected).max() < 5 * np.sqrt(expected)


def test_a_crop_is_a_smaller_part_enlarged():
    """Of a slope, whose values are places: a crop is a slope that is as much less steep."""
    rows, columns = np.meshgrid(np.arange(20.0), np.arange(30.0), indexing="ij")
    x = np.repeat(np.stack([rows, columns], -1)[None], 400, axis=0).astype("float32")
    (found,) = passes(varied(x=x, batch_size=400, shuffle=False, crop=0.5), 1)
    inner = found[:, 2:-2, 2:-2]  # the outermost pixels may be half a pixel beyond the last one
    steps = np.diff(inner[..., 0], axis=1)
    scale = steps.mean((1, 2))
    np.testing.assert_allclose(steps, np.broadcast_to(scale[:, None, None], steps.shape), atol=1e-4)
    np.testing.assert_allclose(np.diff(inner[..., 1], axis=2).mean((1, 2)), scale, atol=1e-5)
    assert scale.min() > 0.5
    assert scale.max() < 1
    assert abs(scale.mean() - 0.75) < 4 * np.sqrt(1 / 48 / 400)
    # A crop lies within the picture, anywhere: its first row is between 0 and what it leaves.
    for axis, side in ((0, 20), (1, 30)):
        middle = found[..., axis].mean((1, 2))
        free = (1 - scale) * side / 2
        place = (middle - (side - 1) / 2) / free
        assert np.abs(place).max() < 1.01
        assert abs(place.mean()) < 4 * np.sqrt(1 / 3 / 400)
    assert found.min() >= 0
    assert found[..., 1].max() <= 29


def test_a_crop_rounds_whole_numbers_and_keeps_what_is_even():
    (pictures,) = passes(varied(x=np.full([50, 4, 4, 3], 201, "uint8"), batch_size=50, crop=0.3), 1)
    assert pictures.dtype == np.uint8
    np.testing.assert_array_equal(pictures, 201)
    whole = np.round(passes(varied(x=X.astype("float32"), batch_size=23, shuffle=False, crop=0.5), 1)[0])
    np.testing.assert_array_equal(ordered(crop=0.5), whole)


def test_missing_values_move_with_the_rest():
    x = X.astype("float32")
    x[:, 2, 1] = np.nan
    dataset = data.from_array(x, batch_size=23, shuffle=False, missing=True)
    plain = ordered(flip=True, shift=1)
    (found,) = passes(data.augment(dataset, flip=True, shift=1), 1)
    missing = np.isnan(found)
    assert missing.sum() >= 23
    np.testing.assert_array_equal(found[~missing], plain[~missing])


SOURCES = {
    "in memory": lambda: varied(),
    "mapped, of one batch": lambda: data.augment(data.from_array(X, batch_size=23).map(lambda x: x), shift=2),
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_pass_is_a_function_of_the_seed_and_the_epoch(source):
    make = SOURCES[source]
    three = passes(make(), 3)
    assert len({one.tobytes() for one in three}) == 3
    # In another order of passes, of another dataset made alike, read half-way before.
    dataset = make()
    with epoch.at(2):
        next(iter(dataset))
    for number in (1, 0):
        np.testing.assert_array_equal(passes(dataset, 1, number)[0], three[number])
    # Left after a batch, a pass has been one.
    with epoch.at(0):
        found = [next(iter(dataset)).numpy() for _ in range(3)]
    for one, whole in zip(found, three, strict=True):
        np.testing.assert_array_equal(one, whole[: len(one)])


def test_a_pass_has_its_epoch_where_the_data_were_read_ahead():
    """The data are at their end, and their number is the next pass's, before their only batch is varied."""

    def slowly(x):
        time.sleep(0.1)
        return x

    def late(x):
        return tf.ensure_shape(tf.numpy_function(slowly, [x], x.dtype), x.shape)

    ahead = data.from_array(X, batch_size=23).prefetch(2).map(late)
    for one, two in zip(
        passes(data.augment(ahead, shift=2), 3), passes(varied(batch_size=23, shift=2), 3), strict=True
    ):
        np.testing.assert_array_equal(one, two)


def test_seeds_differ_and_no_two_pictures_are_varied_alike():
    shift = {"shift": (4, 5), "x": np.repeat(X[:1], 64, axis=0), "batch_size": 8, "shuffle": False}
    kinds = [[picture.tobytes() for picture in one] for seed in (0, 1) for one in passes(varied(seed, **shift), 2)]
    # 99 shifts, as likely: of two passes 1 in 99 pictures agrees.
    for one, two in itertools.combinations(kinds, 2):
        assert np.mean([a == b for a, b in zip(one, two, strict=True)]) < 1 / 99 + 5 * np.sqrt(1 / 99 / 64)
    for one in kinds:  # batches of a pass, and pictures of a batch
        assert len(set(one)) > 30


def test_conditions_and_weights_stay_beside_their_pictures():
    labels, weights = np.arange(23), np.arange(23.0)
    for given, number in ((data.from_array(X, labels, weights, batch_size=6), 3), (data.from_array(X, labels), 2)):
        with epoch.at(5):
            batches = [*data.augment(given, flip=True, shift=(1, 0))]
        assert all(len(batch) == number for batch in batches)
        found, kept = (np.concatenate([batch[at] for batch in batches]) for at in (0, 1))
        assert sorted(kept) == [*range(23)]
        for picture, label in zip(found, kept, strict=True):
            source = X[label]
            options = [moved(image, down, 0, "reflect") for image in (source, source[:, ::-1]) for down in (-1, 0, 1)]
            assert any(np.array_equal(picture, option) for option in options)
    absent = data.from_array(X, sample_weight=weights, batch_size=6)
    assert data.augment(absent, flip=True).element_spec == absent.element_spec


def test_records(tmp_path):
    with tf.io.TFRecordWriter(str(tmp_path / "x.tfrecord")) as writer:
        for picture in X:
            writer.write(picture.tobytes())

    def parse(records):
        return tf.reshape(tf.io.decode_raw(records, tf.uint8), [-1, 5, 6, 1])

    records = data.from_records(str(tmp_path / "x.tfrecord"), parse, batch_size=6, seed=0)
    for one, two in zip(passes(data.augment(records, shift=2), 2), passes(varied(shift=2), 2), strict=True):
        np.testing.assert_array_equal(one, two)
