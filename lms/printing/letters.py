"""Which letters the shipped fonts can print, and how wide a line comes out.

Both fonts hold every Vietnamese letter; the serif also holds those of Jrai, Bahnar and Ê-đê
(ƀ, ĕ, ĭ, ŏ). A letter outside would be drawn by whatever font the machine happens to have, or
as nothing at all, so it is found before it is printed.
"""

import unicodedata
from functools import cache
from pathlib import Path

_FONTS = Path(__file__).parent / "fonts"
_WIDEST_REPERTOIRE = "LiberationSerif-Regular.ttf"
_MM_PER_POINT = 25.4 / 72
_GAP = "□"


def unprintable(text: str) -> list[str]:
    """Return the letters of the text that the shipped fonts cannot print, each once, in order.

    Line breaks and tabs are spaces; other control and direction marks can never be printed.
    """
    letters = unicodedata.normalize("NFC", text)
    return list(dict.fromkeys(x for x in letters if not x.isspace() and x not in _known()))


def printable(text: str) -> str:
    """Return the text in NFC with a box in place of every letter that cannot be printed.

    Invisible marks (text direction, joiners, soft hyphens) are left out: they only mislead.
    """
    letters = unicodedata.normalize("NFC", text)
    if _known().issuperset(letters):
        return letters
    kept = (x for x in letters if unicodedata.category(x) != "Cf")
    return "".join(x if x.isspace() or x in _known() else _GAP for x in kept)


def width_mm(text: str, font: str, points: float) -> float:
    """Return the width of one line, kerning left aside (it only makes a line narrower)."""
    cmap, widths, units = _metrics(font)
    missing = widths[".notdef"]
    total = sum(widths[cmap[ord(x)]] if ord(x) in cmap else missing for x in text)
    return total / units * points * _MM_PER_POINT


def largest_fitting(text: str, font: str, sizes: tuple[int, ...], box_mm: float) -> int:
    """Return the first size (largest first) at which the text fits one line, else the last."""
    return next((size for size in sizes if width_mm(text, font, size) <= box_mm), sizes[-1])


@cache
def _known() -> frozenset[str]:
    cmap, _widths, _units = _metrics(_WIDEST_REPERTOIRE)
    return frozenset(x for x in map(chr, cmap) if x >= " " and unicodedata.category(x) not in ("Cc", "Cf"))


@cache
def _metrics(font: str) -> tuple[dict[int, str], dict[str, int], int]:
    from fontTools.ttLib import TTFont

    with TTFont(_FONTS / font, lazy=True) as face:
        widths = {name: advance for name, (advance, _side) in face["hmtx"].metrics.items()}
        return face.getBestCmap(), widths, face["head"].unitsPerEm
