"""Text to glyphs exactly as the layout engine shapes it: HarfBuzz at Pango's scale.

The layout engine asks Pango, and Pango asks HarfBuzz, in whole units of 1/1024 of a CSS pixel. The
same library with the same font at the same scale therefore gives the same numbers, to the last unit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import uharfbuzz

from lms.press.layout import FALLBACK, FONTS

UNITS = 1024
PIXELS_PER_POINT = 96 / 72
_LATIN, _COMMON = "Latn", "Zyyy"
SCRIPTS = (_LATIN, _COMMON)


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph and where HarfBuzz puts it, in units of 1/1024 pixel."""

    number: int
    advance: int
    is_moved: bool


def script_of(text: str) -> str:
    """Return the script in whose manner a line is set: Latin, or none if it is all digits and signs."""
    return _LATIN if text.upper() != text.lower() else _COMMON


def shape(text: str, font: str, points: float, script: str) -> Iterator[Glyph]:
    """Yield the glyphs of one line of Vietnamese from left to right."""
    for found, place in _shaped(text, _scaled(font, scale_of(points)), script):
        yield Glyph(found.codepoint, place.x_advance, bool(place.x_offset or place.y_offset))


def _shaped(
    text: str, scaled: uharfbuzz.Font, script: str
) -> Iterator[tuple[uharfbuzz.GlyphInfo, uharfbuzz.GlyphPosition]]:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.direction, buffer.script, buffer.language = "ltr", script, "vi"
    # Whole lines, as Pango says it: a mark without a letter before it then stands on a dotted circle.
    buffer.flags = uharfbuzz.BufferFlags.BOT | uharfbuzz.BufferFlags.EOT
    uharfbuzz.shape(scaled, buffer)
    return zip(buffer.glyph_infos or (), buffer.glyph_positions or (), strict=True)


def width_px(text: str, font: str, points: float) -> float:
    """Return how wide the line comes out in CSS pixels, kerning included."""
    script = script_of(text)
    return sum(glyph.advance for run, face in _runs(text, font) for glyph in shape(run, face, points, script)) / UNITS


def ink_px(text: str, font: str, points: float) -> tuple[float, float, float, float]:
    """Return how far the drawn letters reach: left, top, right, bottom.

    In CSS pixels from where the line begins, and upwards from the middle of its row.
    """
    at, edges = 0, [(0.0, 0.0, 0.0, 0.0)]
    for run, face in _runs(text, font):
        scaled, middle = _scaled(face, scale_of(points)), rise_of(font) * scale_of(points)
        for found, place in _shaped(run, scaled, script_of(text)):
            drawn = scaled.get_glyph_extents(found.codepoint)
            if drawn is not None:
                left, top = at + place.x_offset + drawn.x_bearing, place.y_offset + drawn.y_bearing - middle
                edges.append((left, top, left + drawn.width, top + drawn.height))
            at += place.x_advance
    lefts, tops, rights, bottoms = zip(*edges, strict=True)
    return min(lefts) / UNITS, max(tops) / UNITS, max(rights) / UNITS, min(bottoms) / UNITS


@cache
def rise_of(font: str) -> float:
    """Return how far the baseline lies under the middle of a row, for letters of size one."""
    extents = _scaled(font, UNITS).get_font_extents("ltr")
    return float(extents.ascender + extents.descender) / 2 / UNITS


def _runs(text: str, font: str) -> Iterator[tuple[str, str]]:
    """Part a line where a letter is missing in its font: that one is set in the font that has them all."""
    for is_missing, letters in groupby(text, lambda letter: glyph_of(letter, font) is None):
        yield "".join(letters), FALLBACK if is_missing else font


def scale_of(points: float) -> int:
    """Return a font size in Pango's units; the fraction is cut off, as Pango does."""
    return int(points * PIXELS_PER_POINT * UNITS)


def glyph_of(letter: str, font: str) -> int | None:
    """Return the glyph of a letter, if the font has one."""
    number: int | None = _scaled(font, UNITS).get_nominal_glyph(ord(letter))
    return number


@cache
def _scaled(font: str, scale: int) -> uharfbuzz.Font:
    scaled = uharfbuzz.Font(_face(font))
    scaled.scale = (scale, scale)
    return scaled


@cache
def _face(font: str) -> uharfbuzz.Face:
    return uharfbuzz.Face((FONTS / font).read_bytes())
