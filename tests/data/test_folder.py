"""Folders of image files."""

import unicodedata
import warnings

import numpy as np
import pytest
from PIL import Image

from tests.data.loading import load
from tfvae import data
from tfvae.data import memory

NAMES = ("train", "validation", "test")


def write(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, "uint8")).save(path, **options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """120 grey 4x5 images, each of one brightness, its number; three classes, one with folders of its own."""
    root = tmp_path_factory.mktemp("pictures")
    for number in range(120):
        name = ("cats", "birds/small", "dogs")[number % 3]
        write(root / name / f"{number:03}.{('png', 'BMP', 'gif')[number % 3]}", np.full([4, 5], number))
    (root / "birds" / "._000.png").write_bytes(b"no picture")
    (root / "notes.txt").write_text("no picture")
    return root


def test_images_and_their_labels(folder):
    images, labels, info = load(str(folder), labels=True, channels=1)
    assert info == data.DatasetInfo(str(folder), "all", 120, (4, 5, 1), 3, 256, ("birds", "cats", "dogs"))
    assert images.dtype == np.uint8
    assert labels.dtype == np.int32
    numbers = images[:, 0, 0, 0]
    np.testing.assert_array_equal(images, np.broadcast_to(numbers[:, None, None, None], images.shape))
    assert sorted(numbers) == [*range(120)]
    # birds, cats, dogs
    np.testing.assert_array_equal(labels, np.array([1, 0, 2])[numbers % 3])


def test_splits_are_disjoint_stable_and_together_everything(folder, tmp_path):
    parts = {split: set(load(folder, split)[0][:, 0, 0, 0]) for split in NAMES}
    assert sum(map(len, parts.values())) == 120
    assert set.union(*parts.values()) == set(range(120))
    assert len(parts["train"]) > 80
    # The same files elsewhere, and others beside them.
    other = tmp_path / "other"
    for path in folder.rglob("*.*"):
        target = other / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    for number in range(20):
        write(other / "cats" / f"new{number}.png", np.full([4, 5], 200))
    for split in NAMES:
        assert set(load(other, split)[0][:, 0, 0, 0]) - {200} == parts[split]


def test_labels_are_those_of_all_splits(folder):
    whole = dict(zip(*(column.tolist() for column in _numbers_and_labels(folder, "all")), strict=True))
    for split in NAMES:
        numbers, labels = _numbers_and_labels(folder, split)
        assert [whole[number] for number in numbers.tolist()] == labels.tolist()


def _numbers_and_labels(folder, split):
    images, labels, info = load(folder, split, labels=True)
    assert info.num_classes == 3
    return images[:, 0, 0, 0], labels


def test_the_spelling_of_a_name_in_unicode_changes_no_split(tmp_path):
    for form in ("NFC", "NFD"):
        for number in range(40):
            write(tmp_path / form / unicodedata.normalize(form, f"é{number}.png"), np.full([2, 2], number))
    for split in NAMES:
        one, two = (sorted(load(tmp_path / form, split)[0][:, 0, 0, 0]) for form in ("NFC", "NFD"))
        assert one == two


def test_crop_keeps_the_centre_and_plain_resizing_keeps_everything(tmp_path):
    # 20 rows of 60: black, white, black thirds.
    wide = np.zeros([20, 60], "uint8")
    wide[:, 20:40] = 255
    write(tmp_path / "wide.png", wide)
    write(tmp_path / "tall.png", wide.T)
    images, _, _ = load(tmp_path, image_size=(10, 10), channels=1)
    assert images[:, 2:-2, 2:-2].min() > 250
    (tall, wide), _, info = load(tmp_path, image_size=(10, 12), channels=1, crop=False)
    assert info.image_shape == (10, 12, 1)
    assert wide[:, [0, 1, 2, -3, -2, -1]].max() < 10
    assert wide[:, 5:7].min() > 250
    assert tall[[0, 1, -2, -1]].max() < 10


def test_colours_transparency_depth_and_orientation(tmp_path):
    red = np.zeros([2, 3, 3], "uint8")
    red[..., 0] = 255
    write(tmp_path / "a_red.png", red)
    see_through = np.zeros([2, 3, 4], "uint8")
    see_through[0, :, 3] = 255
    write(tmp_path / "b_half.png", see_through)
    Image.fromarray(np.full([2, 3], 0x8123, "uint16")).save(tmp_path / "c_deep.png")
    photograph = np.zeros([3, 2], "uint8")
    photograph[0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    write(tmp_path / "d_turned.png", photograph, exif=exif)
    (red, half, deep, turned), _, info = load(tmp_path)
    assert info.image_shape == (2, 3, 3)
    assert red[0, 0].tolist() == [255, 0, 0]
    assert half[:, 0, 0].tolist() == [0, 255]
    assert np.unique(deep).tolist() == [0x81]
    assert turned[0, :, 0].tolist() == [0, 0, 255]
    assert load(tmp_path, channels=1)[0][0, 0, 0, 0] == 76  # ITU-R 601 luma of red


def test_a_jpeg_is_read(tmp_path):
    write(tmp_path / "grey.JPG", np.full([8, 8], 100), quality=95)
    assert abs(load(tmp_path)[0].astype(int) - 100).max() <= 1


@pytest.fixture
def damaged(tmp_path):
    for number in range(8):
        write(tmp_path / f"{number}.png", np.random.default_rng(number).integers(0, 256, [16, 16]))
    for number in range(6):
        content = (tmp_path / f"{number}.png").read_bytes()
        (tmp_path / f"bad{number}.png").write_bytes((b"", content[:100], b"GIF89a", content[1:])[number % 4])
    return tmp_path


def test_unreadable_files_are_skipped_with_one_warning_that_names_them(damaged):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _, info = data.load(damaged, "all", batch_size=8, channels=1)
    assert info.num_examples == 8
    (warning,) = [one for one in caught if issubclass(one.category, UserWarning)]
    text = str(warning.message)
    assert "6 of 14 images" in text
    assert [f"bad{number}.png (" in text for number in range(6)] == [True] * 5 + [False]
    assert "strict=True" in text
    assert warning.filename == __file__


def test_strict_refuses_unreadable_files(damaged):
    with pytest.raises(ValueError, match=r"6 of 14 images .* can't be read: bad0.png .*strict=False"):
        data.load(damaged, "all", strict=True)
    for number in range(8):
        (damaged / f"{number}.png").unlink()
    with pytest.raises(ValueError, match=r"6 of 6 images .* can't be read.*Repair or delete them\.$"):
        data.load(damaged, "all")


def test_labels_stay_with_their_images_when_a_file_is_skipped(tmp_path):
    for number in range(6):
        write(tmp_path / f"class{number}" / "a.png", np.full([2, 2], number))
    (tmp_path / "class2" / "a.png").write_bytes(b"")
    with pytest.warns(UserWarning, match="1 of 6 images"):
        images, labels, info = load(tmp_path, labels=True)
    assert images[:, 0, 0, 0].tolist() == labels.tolist() == [0, 1, 3, 4, 5]
    assert info.num_classes == 6


def test_images_of_several_sizes_are_refused_with_the_fix(tmp_path):
    write(tmp_path / "a.png", np.zeros([2, 3]))
    write(tmp_path / "b.png", np.zeros([4, 3]))
    with pytest.raises(ValueError, match=r"a.png of .* \(2, 3\) and b.png of \(4, 3\) .*Pass image_size="):
        data.load(tmp_path, "all")


def test_bad_folders(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"Expected images \(.png.*Received: none"):
        data.load(tmp_path)
    write(tmp_path / "a.png", np.zeros([2, 3]))
    write(tmp_path / "cats" / "a.png", np.zeros([2, 3]))
    with pytest.raises(ValueError, match=r"`labels`.*labels=True and a.png in no subfolder. Move it"):
        data.load(tmp_path, "all", labels=True)
    assert data.load(tmp_path, "all", batch_size=2)[1].num_classes is None
    empty = next(split for split in NAMES if _is_empty(tmp_path, split))
    with pytest.raises(ValueError, match=rf"split '{empty}' of .* is empty.*Received: 2 examples in all"):
        data.load(tmp_path, empty)
    with pytest.raises(ValueError, match=r"`split`. Expected one of train, validation, test, all"):
        data.load(tmp_path, "train[:10]")
    monkeypatch.setattr(memory, "LIMIT", 2 * 2 * 3 * 3 - 1)
    with pytest.raises(ValueError, match=r"2 images of shape \(2, 3, 3\), more than .*image_size="):
        data.load(tmp_path, "all")


def _is_empty(folder, split):
    try:
        data.load(folder, split, batch_size=1)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 64}, r"`image_size`. Expected None or \(height, width\).*image_size=64"),
        ({"image_size": (64, 0)}, r"`image_size`.*image_size=\(64, 0\)"),
        ({"image_size": (64.0, 64.0)}, "`image_size`"),
        ({"channels": 4}, r"`channels`. Expected 1 .* or 3 .*channels=4"),
        ({"data_dir": "/data"}, "`data_dir` does not apply to a folder"),
    ],
)
def test_bad_arguments(folder, options, message):
    with pytest.raises(ValueError, match=message):
        data.load(folder, **options)


def _write(folder, values, suffix="png"):
    folder.mkdir(exist_ok=True)
    for number, value in enumerate(values):
        Image.fromarray(value).save(folder / f"{len(list(folder.iterdir())):03}-{number}.{suffix}")


def _all(folder, **options):
    dataset, info = data.load(folder, "all", channels=1, shuffle=False, **options)
    return np.concatenate([batch.numpy() for batch in dataset]), info


def _values(count=6):
    return np.random.default_rng(0).integers(0, 256, (count, 6, 5)).astype("uint8")


@pytest.mark.parametrize("suffix", ["png", "tif", "tiff"])
def test_sixteen_bits_are_read_as_eight(tmp_path, suffix):
    _write(tmp_path / "images", _values().astype("uint16") * 257, suffix)
    read, info = _all(tmp_path / "images")
    np.testing.assert_array_equal(np.sort(read.ravel()), np.sort(_values().ravel()))
    assert (read.dtype, info.maximum) == (np.uint8, 255)


def test_twelve_bits_are_not_black(tmp_path):
    _write(tmp_path / "images", _values().astype("uint16") * 16)
    with pytest.warns(UserWarning, match=r"are 40\d\d at most.*images of 12 bits, of which 4095 is white"):
        read, _ = _all(tmp_path / "images")
    np.testing.assert_array_equal(np.sort(read.ravel()), np.sort(_values().ravel()))


def test_eight_and_sixteen_bits_side_by_side(tmp_path):
    for order in ((0, 1), (1, 0)):
        folder = tmp_path / f"images{order[0]}"
        for deep in order:
            _write(folder, _values().astype("uint16") * 257 if deep else _values())
        read, _ = _all(folder)
        np.testing.assert_array_equal(read[:6], read[6:])
        np.testing.assert_array_equal(read[:6, ..., 0], _values())


def test_sixteen_bits_are_resized(tmp_path):
    _write(tmp_path / "images", np.full((3, 8, 8), 40000, "uint16"))
    read, _ = _all(tmp_path / "images", image_size=(4, 4))
    np.testing.assert_array_equal(read, np.full((3, 4, 4, 1), 40000 >> 8, "uint8"))


def test_files_that_are_not_read_are_named(tmp_path):
    _write(tmp_path / "images", _values())
    (tmp_path / "images" / "more.npy").touch()
    (tmp_path / "images" / "notes.txt").touch()
    with pytest.warns(UserWarning, match=r"1 files of .* are not read: more\.npy\..*Save them as PNG"):
        read, _ = _all(tmp_path / "images")
    assert len(read) == 6
