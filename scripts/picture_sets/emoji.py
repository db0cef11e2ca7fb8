"""Emoji: the colour pictures within a font, by their code points."""

import io
import itertools
import unicodedata

from . import alike, three_folders

PACKAGE = "fonts-noto-color-emoji"
FOLDER = "/usr/share/fonts"

_JOINER, _KEYCAP = 0x200D, 0x20E3
_TONES = range(0x1F3FB, 0x1F400)
# Of no meaning without what they stand beside: variation selectors, gender signs, an arrow that says where to look.
_MODIFIERS = {_JOINER, _KEYCAP, 0xFE0E, 0xFE0F, 0x2640, 0x2642, 0x27A1, *_TONES, *range(0xE0020, 0xE0080)}
# Faces and bodies that most people are drawn with, alone, as couples or families.
_PEOPLE = {*range(0x1F466, 0x1F46E), 0x1F474, 0x1F475, 0x1F476, 0x1F48F, 0x1F491, *range(0x1F9D1, 0x1F9D4)}
_FLAG = range(0x1F1E6, 0x1F200)
_CLOSE = 13.0  # grey levels, of thumbnails: clocks of two hours, flags with and without arms


def sequences(font):
    """Returns {glyph's name: its code points}, for single characters and for sequences (ligatures).

    Args:
        font: A `fontTools.ttLib.TTFont`.
    """
    found = {}
    for code, glyph in sorted(font.getBestCmap().items()):
        found.setdefault(glyph, (code,))
    tables = [lookup.SubTable for lookup in font["GSUB"].table.LookupList.Lookup] if "GSUB" in font else []
    tables = [getattr(table, "ExtSubTable", table) for lookup in tables for table in lookup]
    made = {}
    for table in tables:
        for first, ligatures in getattr(table, "ligatures", {}).items():
            for ligature in ligatures:
                parts = [first, *ligature.Component]
                if all(part in found for part in parts):
                    codes = tuple(code for part in parts for code in found[part])
                    made.setdefault(ligature.LigGlyph, []).append(codes)
    bases = {one for several in made.values() for codes in several for one, two in _steps(codes) if two in _TONES}
    private = {glyph: codes for glyph, codes in found.items() if unicodedata.category(chr(codes[0])) == "Co"}
    public = {glyph: codes for glyph, codes in found.items() if glyph not in private}
    chosen = {glyph: max(several, key=lambda codes: _forwards(codes, bases)) for glyph, several in made.items()}
    return private | chosen | public


def _steps(codes):
    return [(one, two) for one, two in itertools.pairwise(codes) if one != _JOINER]


def _forwards(codes, bases):
    # A font may have a sequence backwards, too, for scripts that run from right to left.
    after = sum(one == _JOINER and two in _TONES for one, two in itertools.pairwise(codes))
    return -after, codes[0] not in _MODIFIERS, codes[0] in bases, codes


def keys(codes):
    """Returns what an emoji is a variant of: emoji with a key in common belong together.

    Skin tones, genders and directions are left out. All with a person's face or body are one: a man who cooks and one
    who flies have the same head.

    >>> keys((0x1F44D, 0x1F3FD)) == keys((0x1F44D,))
    True
    >>> keys((0x1F469, 0x1F3FD, 0x200D, 0x1F373)) == keys((0x1F468,))
    True
    >>> keys((0x1F1E9, 0x1F1EA)) == keys((0x1F1E9, 0x1F1F0))
    False
    """
    if codes[0] in _FLAG and len(codes) > 1:
        return {codes}
    if any(code in _PEOPLE for code in codes):
        return {"person"}
    if _KEYCAP in codes:
        return {_KEYCAP}
    return {code for code in codes if code not in _MODIFIERS} or {codes[0]}


def read(path):
    """Returns {code points: PNG} of the largest pictures in a font.

    Raises:
        ValueError: It is no font, or one without pictures (tables CBDT and CBLC).
    """
    from fontTools import ttLib

    try:
        with open(path, "rb") as file, ttLib.TTFont(file, lazy=True) as font:
            found = _pictures(font) if "CBDT" in font else {}
    except (
        Exception
    ) as error:  # a damaged file makes fontTools raise anything, struct.error and AssertionError included
        raise ValueError(f"{path} is no font, or is damaged ({type(error).__name__}: {error}).") from error
    if not found:
        raise ValueError(f"{path} is a font without colour pictures (tables CBDT, CBLC). Expected NotoColorEmoji.ttf.")
    return found


def _pictures(font):
    sizes = [strike.bitmapSizeTable.ppemY for strike in font["CBLC"].strikes]
    strike = font["CBDT"].strikeData[sizes.index(max(sizes))]
    named = sequences(font)
    pictures = {named[glyph]: getattr(strike[glyph], "imageData", b"") for glyph in strike if glyph in named}
    return {codes: picture for codes, picture in pictures.items() if picture}


def drawn(png, size, background="white"):
    """Returns a picture on a background, made square and resized, as a `PIL.Image` in colour."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    side = max(picture.size)
    square = Image.new("RGBA", (side, side), background)
    square.alpha_composite(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)


def name(codes):
    """Returns the name of an emoji's file: its code points.

    >>> name((0x1F469, 0x200D, 0x1F680))
    '1f469-200d-1f680'
    """
    return "-".join(f"{code:04x}" for code in codes)


def pictures(path, size, background="white"):
    """Returns a list of (split, name, `PIL.Image`), each different picture once.

    Args:
        path: Of the font.
        size: Side of the pictures in pixels.
        background: A colour that Pillow knows.
    """
    found = {}
    for codes, png in sorted(read(path).items(), key=lambda item: (len(item[0]), item[0])):
        image = drawn(png, size, background)
        found.setdefault(image.tobytes(), (codes, image))
    every = list(found.values())
    thumbnails = [alike.thumbnail(image) for _, image in every]
    numbers = alike.groups([keys(codes) for codes, _ in every], thumbnails, _CLOSE).tolist()
    names = {number: name(every[numbers.index(number)][0]) for number in set(numbers)}
    assigned = three_folders.assign({names[number]: numbers.count(number) for number in names}, 0.1)
    return [
        (assigned[names[number]], name(codes), image) for number, (codes, image) in zip(numbers, every, strict=True)
    ]
