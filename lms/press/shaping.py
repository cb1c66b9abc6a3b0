"""Text to glyphs exactly as the layout engine shapes it: HarfBuzz at Pango's scale.

The layout engine asks Pango, and Pango asks HarfBuzz, in whole units of 1/1024 of a CSS pixel. The
same library with the same font at the same scale therefore gives the same numbers, to the last unit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import uharfbuzz

from lms.press.layout import FONTS

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
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.direction, buffer.script, buffer.language = "ltr", script, "vi"
    uharfbuzz.shape(_scaled(font, scale_of(points)), buffer)
    for found, place in zip(buffer.glyph_infos or (), buffer.glyph_positions or (), strict=True):
        yield Glyph(found.codepoint, place.x_advance, bool(place.x_offset or place.y_offset))


def width_px(text: str, font: str, points: float) -> float:
    """Return how wide the line comes out in CSS pixels, kerning included."""
    return sum(glyph.advance for glyph in shape(text, font, points, script_of(text))) / UNITS


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
