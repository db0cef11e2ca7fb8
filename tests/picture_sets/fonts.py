"""Small fonts with colour pictures in them."""

import io

from fontTools import fontBuilder, ttLib
from fontTools.ttLib.tables import C_B_D_T_, E_B_L_C_
from PIL import Image


def png(image):
    """A picture as PNG."""
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def write(path, singles, sequences=None, sizes=(109,), colours=True, also=None):
    """Writes a font.

    Args:
        path: Of the file.
        singles: {code point: `PIL.Image`, or None where it has no picture}.
        sequences: {tuple of code points: `PIL.Image`}, whose parts are among the singles.
        sizes: Pixels of each strike; the pictures stand in the largest, the others are blank.
        colours: Whether there are pictures in it at all.
        also: {another code point of a sequence's picture: the sequence}.
    """
    names = {(code,): f"u{code:04X}" for code in singles}
    names |= {codes: "s" + "_".join(f"{code:04X}" for code in codes) for codes in sequences or {}}
    images = {names[(code,)]: image for code, image in singles.items() if image is not None}
    images |= {names[codes]: image for codes, image in (sequences or {}).items()}
    builder = fontBuilder.FontBuilder(128, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    others = {code: names[codes] for code, codes in (also or {}).items()}
    builder.setupCharacterMap({code: names[(code,)] for code in singles} | others)
    builder.setupGlyf({name: ttLib.getTableModule("glyf").Glyph() for name in builder.font.getGlyphOrder()})
    builder.setupHorizontalMetrics({name: (136, 0) for name in builder.font.getGlyphOrder()})
    builder.setupHorizontalHeader()
    builder.setupPost()
    if sequences:
        rules = [f"sub {' '.join(names[(code,)] for code in codes)} by {names[codes]};" for codes in sequences]
        builder.addOpenTypeFeatures("feature ccmp {\n" + "\n".join(rules) + "\n} ccmp;")
    if colours:
        _add(builder.font, images, sizes)
    builder.save(path)


def _add(font, images, sizes):
    order = [name for name in font.getGlyphOrder() if name in images]
    font["CBDT"], font["CBLC"] = ttLib.newTable("CBDT"), ttLib.newTable("CBLC")
    font["CBDT"].version = font["CBLC"].version = 3.0
    font["CBDT"].strikeData = [_strike(order, images, size == max(sizes)) for size in sizes]
    font["CBLC"].strikes = [_index(font, order, size) for size in sizes]


def _strike(order, images, shown):
    strike = {}
    for name in order:
        glyph = C_B_D_T_.cbdt_bitmap_format_17(b"", None)
        glyph.metrics = C_B_D_T_.SmallGlyphMetrics()
        for key in ("height", "width", "BearingX", "BearingY", "Advance"):
            setattr(glyph.metrics, key, 100)
        glyph.imageData = png(images[name] if shown else Image.new("RGBA", (8, 8)))
        strike[name] = glyph
    return strike


def _index(font, order, size):
    strike = E_B_L_C_.Strike()
    table = strike.bitmapSizeTable = E_B_L_C_.BitmapSizeTable()
    table.colorRef, table.flags, table.bitDepth = 0, 1, 32
    table.ppemX = table.ppemY = size
    table.startGlyphIndex, table.endGlyphIndex = (font.getGlyphID(order[at]) for at in (0, -1))
    for direction in ("hori", "vert"):
        line = E_B_L_C_.SbitLineMetrics()
        for key in ("ascender", "descender", "widthMax", "caretSlopeNumerator", "caretSlopeDenominator"):
            setattr(line, key, 0)
        for key in ("caretOffset", "minOriginSB", "minAdvanceSB", "maxBeforeBL", "minAfterBL", "pad1", "pad2"):
            setattr(line, key, 0)
        setattr(table, direction, line)
    index = E_B_L_C_.eblc_index_sub_table_1(b"", None)
    index.indexFormat, index.imageFormat, index.names = 1, 17, order
    strike.indexSubTables = [index]
    return strike
