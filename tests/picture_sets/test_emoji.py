"""Emoji out of a font, and which of them are variants of one."""

import doctest
import os
import pathlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from scripts.picture_sets import alike, emoji, packages, three_folders
from tests.picture_sets import fonts

COOK, MAN, WOMAN, THUMB, TONE, JOINER, FEMALE = 0x1F373, 0x1F468, 0x1F469, 0x1F44D, 0x1F3FD, 0x200D, 0x2640


def picture(seed, tint=0):
    """A picture of its own, see-through at its edge; `tint` changes it a little."""
    generator = np.random.default_rng(seed)
    image = Image.new("RGBA", (136, 128))
    blocks = Image.fromarray(generator.integers(0, 200, [4, 4, 3]).astype("uint8") + np.uint8(tint))
    image.paste(blocks.resize((120, 100), Image.Resampling.NEAREST), (8, 14))
    return image


@pytest.mark.parametrize("module", [alike, emoji, three_folders])
def test_examples(module):
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0


@pytest.fixture
def font(tmp_path):
    """Sixty objects, thumbs of two tones, cooks of two genders, a glyph without a picture, one picture twice."""
    singles = {0x1F900 + number: picture(number) for number in range(60)}
    singles |= {THUMB: picture(100), TONE: None, JOINER: None, FEMALE: None, COOK: picture(101), MAN: picture(102)}
    singles |= {WOMAN: picture(103), 0x1F980: picture(0)}
    sequences = {
        (THUMB, TONE): picture(104),
        (MAN, JOINER, COOK): picture(105),
        (WOMAN, TONE, JOINER, COOK): picture(106),
    }
    path = tmp_path / "emoji.ttf"
    fonts.write(path, singles, sequences, sizes=(64, 109, 32))
    return path


def test_code_points_and_the_pictures_of_the_largest_strike(font):
    found = emoji.read(font)
    assert len(found) == 65 + 3
    assert set(found) >= {(THUMB,), (THUMB, TONE), (MAN, JOINER, COOK), (WOMAN, TONE, JOINER, COOK), (0x1F900,)}
    assert (TONE,) not in found
    assert found[THUMB, TONE] == fonts.png(picture(104))


def test_a_private_code_point_is_no_name_where_there_is_another(tmp_path):
    flag, private = (0x1F1E9, 0x1F1EA), 0xFE4E8
    fonts.write(tmp_path / "f.ttf", {code: None for code in flag}, {flag: picture(0)}, also={private: flag})
    assert [*emoji.read(tmp_path / "f.ttf")] == [flag]


def test_a_sequence_that_is_there_backwards_too_has_its_own_order(tmp_path):
    once, backwards = (WOMAN, TONE, JOINER, COOK), (COOK, JOINER, WOMAN, TONE)
    singles = {code: None for code in once} | {THUMB: picture(0)}
    fonts.write(tmp_path / "f.ttf", singles, {once: picture(1)})
    from fontTools import ttLib

    with ttLib.TTFont(tmp_path / "f.ttf") as font:
        (ligature,) = font["GSUB"].table.LookupList.Lookup[0].SubTable[0].ligatures[f"u{WOMAN:04X}"]
        other = ttLib.tables.otTables.Ligature()
        other.LigGlyph, other.Component = ligature.LigGlyph, [f"u{code:04X}" for code in backwards[1:]]
        font["GSUB"].table.LookupList.Lookup[0].SubTable[0].ligatures[f"u{COOK:04X}"] = [other]
        assert emoji.sequences(font)[ligature.LigGlyph] == once


def test_drawn_square_on_the_background():
    wide = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    ImageDraw.Draw(wide).rectangle((10, 5, 29, 14), fill=(255, 0, 0, 255))
    for background, colour in (("white", (255, 255, 255)), ("#102030", (16, 32, 48))):
        image = emoji.drawn(fonts.png(wide), 40, background)
        assert image.size == (40, 40)
        assert image.mode == "RGB"
        assert {image.getpixel(at) for at in ((0, 0), (39, 39), (20, 8), (5, 20))} == {colour}
        assert image.getpixel((20, 20)) == (255, 0, 0)
        red = np.argwhere((np.asarray(image) == (255, 0, 0)).all(-1))
        assert [red.min(0).tolist(), red.max(0).tolist()] == [[15, 10], [24, 29]]
    assert emoji.drawn(fonts.png(wide), 16).size == (16, 16)


def test_each_picture_once_and_variants_in_one_split(font):
    made = emoji.pictures(font, 32)
    split_of = {name: split for split, name, _ in made}
    assert len(made) == len(split_of) == 67
    assert len({image.tobytes() for _, _, image in made}) == 67
    assert "1f980" not in split_of  # 1f900's picture
    assert split_of["1f44d"] == split_of["1f44d-1f3fd"]
    assert split_of["1f468-200d-1f373"] == split_of["1f468"] == split_of["1f469"]
    assert split_of["1f469-1f3fd-200d-1f373"] == split_of["1f468"]
    counts = [list(split_of.values()).count(split) for split in three_folders.SPLITS]
    assert counts[1] in (5, 6)
    assert counts[2] in (5, 6)


@pytest.mark.parametrize(
    ("one", "two", "related"),
    [
        ((0x1F3C3,), (0x1F3C3, TONE, JOINER, 0x2642), True),
        ((0x1F46D,), (WOMAN, JOINER, 0x2764, JOINER, MAN), True),
        ((0x1F1E6, 0x1F1F9), (0x1F1E6, 0x1F1FA), False),
        ((0x30, 0x20E3), (0x39, 0x20E3), True),
        ((0x1F408,), (0x1F408, JOINER, 0x2B1B), True),
        ((0x1F408,), (0x1F415,), False),
        ((TONE,), (0x1F3FE,), False),
        ((0x1F3C3, JOINER, FEMALE), (0x1F6B6, TONE, JOINER, FEMALE), False),
    ],
)
def test_what_is_a_variant_of_what(one, two, related):
    assert bool(emoji.keys(one) & emoji.keys(two)) == related


def test_pictures_that_look_alike_are_one_group():
    thumbnails = np.stack([np.full([16, 16, 3], value, "uint8") for value in (0, 100, 109, 118, 200)])
    keys = [[number] for number in range(5)]
    assert alike.groups(keys, thumbnails, 10.0).tolist() == [0, 1, 1, 1, 2]
    assert alike.groups(keys, thumbnails, 8.0).tolist() == [0, 1, 2, 3, 4]
    assert alike.groups([[0], [1], [2], [3], [1]], thumbnails, 10.0).tolist() == [0, 1, 1, 1, 1]
    # More than one block of the table of distances.
    many = np.repeat(thumbnails, 300, axis=0)
    assert np.bincount(alike.groups([[number] for number in range(1500)], many, 5.0)).tolist() == [300] * 5


def test_bad_fonts(tmp_path, font):
    fonts.write(tmp_path / "plain.ttf", {0x41: picture(0)}, colours=False)
    with pytest.raises(ValueError, match=r"plain.ttf is a font without colour pictures .*NotoColorEmoji"):
        emoji.read(tmp_path / "plain.ttf")
    (tmp_path / "cut.ttf").write_bytes(font.read_bytes()[:3000])
    (tmp_path / "none.ttf").write_bytes(b"no font")
    for name in ("cut", "none", "nowhere"):
        with pytest.raises(ValueError, match=rf"{name}.ttf is no font, or is damaged"):
            emoji.read(tmp_path / f"{name}.ttf")


FONT = next(iter(packages.installed(emoji.PACKAGE, emoji.FOLDER, (".ttf",))), os.environ.get("TFVAE_EMOJI"))


@pytest.mark.slow
@pytest.mark.skipif(FONT is None, reason="fonts-noto-color-emoji is not installed, and TFVAE_EMOJI, its file, is unset")
def test_the_real_font():
    made = emoji.pictures(pathlib.Path(FONT), 32)
    split_of = {name: split for split, name, _ in made}
    assert len(split_of) == len(made) > 3500
    assert set(split_of) >= {"1f600", "1f468-1f3fb-200d-1f373", "1f1e9-1f1ea"}
    for name, split in split_of.items():
        bare = "-".join(part for part in name.split("-") if part not in ("1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"))
        assert split_of.get(bare, split) == split, name
    for split in ("validation", "test"):
        assert abs([*split_of.values()].count(split) / len(made) - 0.1) < 0.01
    held_out = np.stack([alike.thumbnail(image) for split, _, image in made if split != "train"])
    trained = np.stack([alike.thumbnail(image) for split, _, image in made if split == "train"])
    pairs = alike.close(np.concatenate([trained, held_out]), 13.0)
    assert not [pair for pair in pairs if pair[0] >= len(trained) > pair[1]]
