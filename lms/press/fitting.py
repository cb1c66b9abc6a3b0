"""How large a line is printed: the first size of its ladder at which it fits its box.

The layout engine has no fit-to-width of its own, so the size is chosen here, from the measured
width, and both ways of making a paper ask this one function.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations, pairwise

from lms.press.layout import LineStyle
from lms.press.shaping import PIXELS_PER_POINT, width_px

PIXELS_PER_MM = 96 / 25.4


@dataclass(frozen=True, slots=True)
class Fitted:
    """A line as it will stand in its box: one row, or a few when it was too long for the last size."""

    points: float
    rows: tuple[str, ...]


@lru_cache(maxsize=4096)
def fit(text: str, style: LineStyle) -> Fitted:
    """Return size and rows of a line.

    A line too wide at the smallest size is broken at spaces into the fewest rows that fit, at most
    `style.rows`; if even that is too little, the rows run over their box.
    """
    for points in style.sizes:
        if fits(_width(text, style, points), style.width):
            return Fitted(points, (text,))
    return Fitted(style.sizes[-1], _rows(text, style))


def fits(width: float, room_mm: float) -> bool:
    """Say whether a line so many pixels wide goes into its box; both ways of making a paper ask here."""
    return width / PIXELS_PER_MM <= room_mm


def width_of(text: str, style: LineStyle, points: float) -> float:
    """Return the width of a line in millimetres, opened letters included."""
    return _width(text, style, points) / PIXELS_PER_MM


def _width(text: str, style: LineStyle, points: float) -> float:
    return width_px(text, style.font, points) + len(text) * style.spacing * PIXELS_PER_POINT


def _rows(text: str, style: LineStyle) -> tuple[str, ...]:
    """Break a line into as few rows as fit, as equal in width as its spaces allow."""
    words = text.split(" ")
    rows: tuple[str, ...] = (text,)
    for count in range(2, min(style.rows, len(words)) + 1):
        rows = _balanced(words, style, count)
        if all(width_of(row, style, style.sizes[-1]) <= style.width for row in rows):
            break
    return rows


def _balanced(words: list[str], style: LineStyle, count: int) -> tuple[str, ...]:
    """Of all ways to cut the words into rows, take the one whose widest row is the narrowest."""
    ends = [0.0, *accumulate(width_of(f"{word} ", style, style.sizes[-1]) for word in words)]

    def widest(cuts: tuple[int, ...]) -> float:
        return max(ends[last] - ends[first] for first, last in pairwise((0, *cuts, len(words))))

    best = min(combinations(range(1, len(words)), count - 1), key=widest)
    return tuple(" ".join(words[first:last]) for first, last in pairwise((0, *best, len(words))))
