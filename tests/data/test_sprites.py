"""Images of known factors, by what is exact about them."""

import hashlib
import itertools
import math

import numpy as np
import pytest

from tfvae import data
from tfvae.data.sprites import FACTORS

SIZES = (3, 6, 12, 12, 12)
SYMMETRY = np.array([3, 6, 12])


@pytest.fixture(scope="module")
def everything():
    return data.sprites("all")


def moments(images):
    """Returns the area, column and row of the centre of mass of each image."""
    inside, axis = images[..., 0] > 0, np.arange(64)
    area = inside.sum((1, 2))
    return area, inside.sum(1) @ axis / area, inside.sum(2) @ axis / area


def test_images_are_binary_and_of_all_factors_once(everything):
    images, factors = everything
    assert images.shape == (math.prod(SIZES), 64, 64, 1)
    assert (images.dtype, factors.dtype) == (np.uint8, np.int32)
    assert np.unique(images).tolist() == [0, 255]
    assert tuple(map(len, FACTORS.values())) == SIZES
    assert [tuple(row) for row in factors.tolist()] == [*itertools.product(*map(range, SIZES))]


def test_no_sprite_touches_the_border(everything):
    images, _ = everything
    frame = np.ones([64, 64], bool)
    frame[1:-1, 1:-1] = False
    # At x = 15 the widest reaches 14.2 pixels to the left of its centre: column 0 stays free.
    assert not images[:, frame].any()


def test_areas_go_with_the_square_of_the_scale(everything):
    images, factors = everything
    here = (factors[:, 3] == 0) & (factors[:, 4] == 0)
    area, _, _ = moments(images[here])
    area = area.reshape(SIZES[:3])
    scale = np.array(FACTORS["scale"])
    expected = 420.25 * scale**2
    # A boundary of length P crosses about P pixels, each of which is off by less than 1, half of them either way.
    side = math.sqrt(420.25) * scale
    assert (abs(area - expected[None, :, None]) < (side * 4)[None, :, None] / 2).all()
    # The errors of different rotations cancel, but for the square, which has three only.
    np.testing.assert_allclose(area[1:].mean(2), np.tile(expected, (2, 1)), rtol=0.01)
    np.testing.assert_allclose(area[0].mean(1), expected, rtol=0.06)


def test_a_place_is_the_centre_of_mass(everything):
    images, factors = everything
    _, column, row = moments(images)
    for found, place, name in ((column, factors[:, 3], "x"), (row, factors[:, 4], "y")):
        error = found - np.array(FACTORS[name])[place]
        symmetric = factors[:, 0] < 2
        assert abs(error[symmetric]).max() < 1e-4
        assert abs(error).max() < 0.15


def test_a_step_moves_the_same_pixels(everything):
    images, _ = everything
    grid = images.reshape(*SIZES, 64, 64)[:, ::5, ::5]
    np.testing.assert_array_equal(grid[:, :, :, 1:, ..., 3:], grid[:, :, :, :-1, ..., :-3])
    np.testing.assert_array_equal(grid[:, :, :, :, 1:, 3:, :], grid[:, :, :, :, :-1, :-3, :])


def test_shapes_are_what_they_are_called(everything):
    images, _ = everything
    largest = images.reshape(*SIZES, 64, 64)[:, -1, :, 5, 5] > 0  # centre at column 30 and row 30
    square, ellipse, heart = largest[:, 0, 20:41, 15:46]
    assert square[:, 5:26].all()
    assert not square[:, :5].any()
    assert (ellipse.any(0).sum(), ellipse.any(1).sum()) == (29, 19)  # half axes 14.2 and 9.4
    assert np.array_equal(heart, heart[:, ::-1])
    # Two lobes at the top, a point at the bottom.
    full = largest[2, 0]
    rows = np.flatnonzero(full.any(1))
    assert full[rows[0], 30] == 0
    assert full[rows[-1], 30]
    assert full[rows[-1]].sum() <= 3
    # A quarter turn counter-clockwise, exactly, about the pixel (30, 30).
    for shape, turn in itertools.product(range(3), range(12)):
        before, after = (largest[shape, at, 10:51, 10:51] for at in (turn, (turn + 3) % 12))
        assert (np.rot90(before) != after).mean() < 0.005


def test_equal_images_are_those_of_equal_factors_and_in_one_split(everything):
    images, factors = everything
    keys = [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]
    same = factors.copy()
    same[:, 2] %= SYMMETRY[same[:, 0]]
    codes = np.ravel_multi_index(tuple(same.T), SIZES)
    assert len(set(keys)) == len(set(codes)) == len(set(zip(keys, codes, strict=True))) == 18_144
    seen = {}
    for split in ("train", "validation", "test"):
        part, labels = data.sprites(split)
        rows = np.ravel_multi_index(tuple(labels.T), SIZES)
        np.testing.assert_array_equal(part, images[rows])
        seen[split] = rows
    assert [len(rows) for rows in seen.values()] == [24_932, 3_060, 3_112]
    assert sorted(np.concatenate([*seen.values()])) == [*range(math.prod(SIZES))]
    looks = [{keys[row] for row in rows} for rows in seen.values()]
    assert not any(a & b for a, b in itertools.combinations(looks, 2))


def test_the_images_are_the_same_on_every_machine(everything):
    images, factors = everything
    digest = hashlib.sha256(images.tobytes() + factors.astype("<i4").tobytes()).hexdigest()
    assert digest == "a4cd3a149632de784f3561b7464b5267730a28271d978a51d3a114985c69ace9"


def test_load(everything):
    dataset, info = data.load("sprites", "test", batch_size=100, labels=True)
    names = ("shape", "scale", "rotation", "x", "y")
    assert info == data.DatasetInfo("sprites", "test", 3112, (64, 64, 1), None, 2, factor_names=names)
    images, factors = next(iter(dataset))
    whole = everything[0].reshape(*SIZES, 64, 64, 1)
    np.testing.assert_array_equal(images, whole[tuple(factors.numpy().T)])
    with pytest.raises(ValueError, match=r"`split`. Expected one of train, validation, test, all"):
        data.load("sprites", "valid")
