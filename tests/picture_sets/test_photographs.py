"""Crops of photographs: of several scales, with something in them, whole photographs held out."""

import numpy as np
import pytest
from PIL import Image

from scripts.picture_sets import photographs, three_folders


def photograph(seed, size=(400, 300)):
    """Noise of several scales."""
    generator = np.random.default_rng(seed)
    layers = [generator.integers(0, 256, [side, side, 3], "uint8") for side in (3, 12, 60)]
    images = [np.asarray(Image.fromarray(layer).resize(size, Image.Resampling.BICUBIC), float) for layer in layers]
    return Image.fromarray(np.mean(images, axis=0).astype("uint8"))


@pytest.fixture
def folder(tmp_path):
    """Ten photographs in JPEG and PNG, one of them in two sizes; one too small, one damaged, one of a clear sky."""
    for number in range(10):
        photograph(number).save(tmp_path / f"view{number}.{('jpg', 'png')[number % 2]}", quality=90)
    (tmp_path / "more").mkdir()
    photograph(3).resize((200, 150), Image.Resampling.LANCZOS).save(tmp_path / "more" / "again.jpg", quality=90)
    return tmp_path


def made(folder, count=110, size=32, **options):
    return [*photographs.pictures(photographs.in_folder(folder), count, size, **options)]


def test_whole_photographs_are_held_out(folder):
    found = made(folder)
    assert len(found) == len({name for _, name, _ in found}) == 110
    split_of = {}
    for split, name, image in found:
        assert image.size == (32, 32)
        assert image.mode == "RGB"
        assert split_of.setdefault(name.rsplit("-", 1)[0], split) == split
    assert set(split_of) == {"more-again", *(f"view{number}" for number in range(10))}
    assert split_of["more-again"] == split_of["view3"]
    counts = {split: [*split_of.values()].count(split) for split in three_folders.SPLITS}
    assert counts["train"] >= 7
    assert min(counts.values()) >= 1
    assert {name.rsplit("-", 1)[0]: 10 for _, name, _ in found} == dict.fromkeys(split_of, 10)


def test_a_photograph_in_two_sizes_is_in_one_split(tmp_path):
    for number in range(12):
        photograph(number).save(tmp_path / f"{number}-large.png")
        photograph(number).resize((200, 150), Image.Resampling.LANCZOS).save(
            tmp_path / f"{number}-small.jpg", quality=90
        )
    split_of = {name.rsplit("-", 1)[0]: split for split, name, _ in made(tmp_path, 48)}
    assert len(split_of) == 24
    assert all(split_of[f"{number}-large"] == split_of[f"{number}-small"] for number in range(12))
    assert set(split_of.values()) == set(three_folders.SPLITS)


def test_a_photograph_has_its_own_random_numbers(folder):
    first, again, other = (made(folder, **options) for options in ({}, {}, {"seed": 1}))

    def pixels(found):
        return {name: image.tobytes() for _, name, image in found}

    assert pixels(first) == pixels(again)
    assert not {*pixels(first).values()} & {*pixels(other).values()}
    copy = {"one": folder / "view0.jpg", "two": folder / "view0.jpg", "other": folder / "view1.png"}
    few = {
        name: image.tobytes() for _, name, image in photographs.pictures(copy | {"more": folder / "view2.jpg"}, 40, 32)
    }
    assert not {few[f"one-{at:05}"] for at in range(10)} & {few[f"two-{at:05}"] for at in range(10)}
    (folder / "view0.jpg").unlink()
    fewer = pixels(made(folder, count=100))
    assert fewer == {name: image for name, image in pixels(first).items() if not name.startswith("view0-")}


def test_scales_and_places(tmp_path):
    """Of a slope, whose red is a place's column, green its row."""
    columns, rows = np.meshgrid(np.arange(400), np.arange(320))
    slope = np.stack([columns * 255 / 400, rows * 255 / 320, 128 + 100 * np.sin(columns)], -1).astype("uint8")
    image = Image.fromarray(slope)
    crops = [*photographs._crops(image, 600, 20, np.random.default_rng(0))]
    assert len(crops) == 600
    red, green = (np.stack([np.asarray(crop)[..., at] for crop in crops]).astype(float) for at in (0, 1))
    widths = np.diff(red.mean(1), axis=1).mean(1) * 20 * 400 / 255
    heights = np.diff(green.mean(2), axis=1).mean(1) * 20 * 320 / 255
    np.testing.assert_allclose(widths, heights, rtol=0.1, atol=2)
    # log(side / 20) is uniform on 0..log 16.
    place = np.log(widths / 20) / np.log(16)
    assert -0.1 < place.min()
    assert place.max() < 1.02
    assert abs(place.mean() - 0.5) < 4 * np.sqrt(1 / 12 / 600) + 0.02
    for values, side, length in ((red, 400, widths), (green, 320, widths)):
        middle = values.mean((1, 2)) * side / 255
        free = side - length
        share = ((middle - length / 2) / free)[free > 40]
        assert -0.1 < share.min()
        assert share.max() < 1.1
        assert abs(share.mean() - 0.5) < 4 * np.sqrt(1 / 12 / len(share)) + 0.02


def test_a_smaller_version_of_a_photograph_shows_the_same():
    """Crops of the photograph in several sizes agree with those of the photograph itself."""
    image = photograph(0, (800, 600))
    levels = [image, image.reduce(2), image.reduce(4)]
    for seed in range(20):
        one, two = (photographs._crop(few, 32, np.random.default_rng(seed)) for few in (levels, levels[:1]))
        assert np.abs(np.asarray(one, int) - np.asarray(two, int)).mean() < 1.5


def test_what_shows_nothing_is_left_out_with_a_warning(folder):
    sky = np.full([300, 400, 3], (90, 140, 220), "uint8")
    Image.fromarray(sky).save(folder / "sky.png")
    sky[100:200, 150:250] = np.asarray(photograph(20))[:100, :100]
    Image.fromarray(sky).save(folder / "bird.png")
    with pytest.warns(UserWarning, match="sky shows too little for .* it gives 0"):
        found = made(folder, 130)
    birds = [image for _, name, image in found if name.startswith("bird-")]
    assert len(birds) == 10
    assert not [name for _, name, _ in found if name.startswith("sky-")]
    assert min(map(photographs.detail, birds)) >= 2
    assert photographs.detail(Image.fromarray(np.tile(np.uint8([[0, 8], [8, 0]]), (8, 8)))) == 8


def test_files_that_are_left_out_with_a_warning(folder):
    photograph(30, (31, 60)).save(folder / "small.png")
    (folder / "damaged.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture")
    with pytest.warns(UserWarning, match="left out") as caught:
        found = made(folder)
    messages = [str(warning.message) for warning in caught]
    assert any(message.startswith("small is 31x60, smaller than 32") for message in messages)
    assert any(message.startswith("damaged can't be read") for message in messages)
    assert len(found) == 110


def test_a_photograph_is_turned_as_it_was_taken(folder):
    image, exif = photograph(40), Image.Exif()
    exif[0x0112] = 6
    image.save(folder / "turned.png", exif=exif)
    opened = photographs._opened(folder / "turned.png")
    np.testing.assert_array_equal(opened, np.rot90(np.asarray(image), -1))


def test_the_photographs_of_a_package(tmp_path):
    names = ["nature/Aqua.jpg", "desktop/Stripes.png", "nature/Wood.jpg"]
    plasma = [f"Kite/contents/images/{size}.jpg" for size in ("1x1", "2x2")] + ["Altai/contents/images/1x1.png"]
    paths = [tmp_path / name for name in (*names, *plasma, "Bridge_by_Somebody.jpg", "free_by_Somebody.jpg")]
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * number)
    among = photographs.among
    assert among("mate-backgrounds", paths) == {"Aqua": paths[0], "Wood": paths[2]}
    assert among("plasma-workspace-wallpapers", paths) == {"Kite": paths[4]}
    assert among("lomiri-wallpapers-16.04", paths) == {"Bridge": paths[6], "free": paths[7]}


def test_bad_folders(tmp_path, folder):
    with pytest.raises(ValueError, match=r"There are no photographs \(.jpg, .* in .*nowhere"):
        made(tmp_path / "nowhere")
    for path in [*folder.rglob("view[2-9]*"), *folder.rglob("again*")]:
        path.unlink()
    with pytest.raises(ValueError, match=r"three groups of pictures or more. Received: 2"):
        made(folder)
