"""How large a line is printed: the first size of its ladder at which it fits its box.

The layout engine has no fit-to-width of its own, so the size is chosen here, from the measured
width, and both ways of making a paper ask this one function. No line leaves its box: one that is too
long is broken into rows, inside a word if it must be; one that is too long even so is told.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations, pairwise

from lms.press.layout import ROW_HEIGHT, LineStyle
from lms.press.shaping import PIXELS_PER_POINT, ink_px, width_px

PIXELS_PER_MM = 96 / 25.4
_WIDEST_LETTER = 1.5
"""No Latin letter of any font is wider, for letters of size one."""
_only_latin = re.compile(r"[ -ɏḀ-ỿ]*").fullmatch


@dataclass(frozen=True, slots=True)
class Fitted:
    """A line as it will stand in its box: one row, or a few when it was too long for the last size.

    Without room it runs over its box all the same; such a line is shown while it is typed, never printed.
    """

    points: float
    rows: tuple[str, ...]
    has_room: bool = True


@lru_cache(maxsize=4096)
def fit(text: str, style: LineStyle) -> Fitted:
    """Return size and rows of a line.

    A line too wide at the smallest size is broken at spaces into the fewest rows that fit, at most
    `style.rows`; if that is too little, each row is filled to its end, even if that breaks a word.
    """
    for points in style.sizes:
        if fits(_width(text, style, points), style.width) and _is_low((text,), style, points):
            return Fitted(points, (text,))
    for rows in (_rows(text, style), _filled_rows(text, style)):
        if _have_room(rows, style):
            return Fitted(style.sizes[-1], rows)
    return Fitted(style.sizes[-1], rows, has_room=False)


def has_room(text: str, style: LineStyle) -> bool:
    """Say whether a line has room at some size; of thousands of people few have a line worth measuring."""
    widest = _WIDEST_LETTER * style.sizes[-1] + style.spacing
    return (
        bool(fits(len(text) * widest * PIXELS_PER_POINT, style.width) and _only_latin(text))
        or fit(text, style).has_room
    )


def fits(width: float, room_mm: float) -> bool:
    """Say whether a line so many pixels wide goes into its box; both ways of making a paper ask here."""
    return width / PIXELS_PER_MM <= room_mm


def width_of(text: str, style: LineStyle, points: float) -> float:
    """Return the width of a line in millimetres, opened letters included."""
    return _width(text, style, points) / PIXELS_PER_MM


def _width(text: str, style: LineStyle, points: float) -> float:
    wide = width_px(text, style.font, points) + len(text) * style.spacing * PIXELS_PER_POINT
    if not has_marks(text):
        return wide
    # A mark that stands beside its letter reaches beyond the line, which stands in the middle of its box.
    left, _, right, _ = ink_px(text, style.font, points)
    return max(wide, 2 * right - wide, wide - 2 * left)


def has_marks(text: str) -> bool:
    """Say whether a letter carries a mark that is not part of it, so that it may stand anywhere around it."""
    return not text.isascii() and any(unicodedata.category(letter).startswith("M") for letter in text)


def _have_room(rows: tuple[str, ...], style: LineStyle) -> bool:
    points = style.sizes[-1]
    return (
        len(rows) <= style.rows
        and all(width_of(row, style, points) <= style.width for row in rows)
        and _is_low(rows, style, points)
    )


def _is_low(rows: tuple[str, ...], style: LineStyle, points: float) -> bool:
    """Whether marks piled upon each other stay in the height of a row; letters do at every size of a ladder."""
    height = style.height if len(rows) == 1 else points * ROW_HEIGHT
    ink = [ink_px(row, style.font, points) for row in rows if has_marks(row)]
    return all(2 * max(top, -bottom) <= height * PIXELS_PER_MM for _, top, _, bottom in ink)


def _rows(text: str, style: LineStyle) -> tuple[str, ...]:
    """Break a line into as few rows as fit, as equal in width as its spaces allow."""
    words = text.split(" ")
    rows: tuple[str, ...] = (text,)
    for count in range(2, min(style.rows, len(words)) + 1):
        rows = _balanced(words, style, count)
        if _have_room(rows, style):
            break
    return rows


def _balanced(words: list[str], style: LineStyle, count: int) -> tuple[str, ...]:
    """Of all ways to cut the words into rows, take the one whose widest row is the narrowest."""
    ends = [0.0, *accumulate(width_of(f"{word} ", style, style.sizes[-1]) for word in words)]

    def widest(cuts: tuple[int, ...]) -> float:
        return max(ends[last] - ends[first] for first, last in pairwise((0, *cuts, len(words))))

    best = min(combinations(range(1, len(words)), count - 1), key=widest)
    return tuple(" ".join(words[first:last]) for first, last in pairwise((0, *best, len(words))))


def _filled_rows(text: str, style: LineStyle) -> tuple[str, ...]:
    """Fill one row after the other with all the letters it holds; the last takes what no row is left for."""
    rows: list[str] = []
    while text and len(rows) < style.rows:
        ends = list(_ends_of_letters(text))
        held = bisect_right(ends, style.width, key=lambda end: width_of(text[:end].rstrip(), style, style.sizes[-1]))
        end = ends[max(held - 1, 0)]
        rows.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return (*rows, text) if text else tuple(rows)


def _ends_of_letters(text: str) -> Iterator[int]:
    """Yield where each letter ends, its marks included."""
    for place in range(1, len(text)):
        if not has_marks(text[place]):
            yield place
    yield len(text)
