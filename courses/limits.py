"""How much a text may hold before the Markdown reader would take too long over it.

The reader's time grows with the square, or worse, of some signs: twenty thousand brackets
keep it busy for minutes, and a preview runs while the author waits. So a text is counted
first, which is quick, and one that holds too much is never read at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_LESSON = 60_000
MOST_CARDS = 60
LONGEST_CARD = 6_000
LONGEST_PART = 1_000

# Measured: within these bounds no card takes half a second, whatever is mixed in it.
_MOST_SIGNS = {"[": 100, "<": 100, "`": 200, "!": 400, "*": 400, "_": 400, "\\": 400}
_MOST_LINKS = 200
_MOST_LINES = 400
# A row is filled up to the width of its table, so cells are counted as lines times bars.
_MOST_CELLS = 3_000
_DEEPEST = 20
_NESTED = re.compile(rf"[ \t]*(?:[-+*][ \t]+|\d+\.[ \t]+|>[ \t]*){{{_DEEPEST}}}")


@dataclass(frozen=True)
class Excess:
    """What a text holds too much of, in Vietnamese, and the line (from 1) where it does."""

    line: int
    message: str


def lesson_excess(text: str, cards: int) -> Excess | None:
    """Return what keeps a whole lesson from being read, though each card alone might be."""
    if len(text) > LONGEST_LESSON:
        return Excess(1, f"Bài dài quá {LONGEST_LESSON:,} ký tự.".replace(",", ".") + " Hãy chia thành nhiều bài.")
    if cards > MOST_CARDS:
        return Excess(1, f"Bài có {cards} thẻ, tối đa {MOST_CARDS}. Hãy chia thành nhiều bài.")
    if text.count("[") > _MOST_LINKS:
        return Excess(_line_after(text, "[", _MOST_LINKS), f"Bài có quá {_MOST_LINKS} dấu [. Hãy bỏ bớt.")
    return None


def excess(text: str) -> Excess | None:
    """Return what keeps a card's text from being read; nothing for a text like any other.

    The sentence lacks its beginning, "Thẻ 3 …": only the caller knows the card.
    """
    # The reader makes four spaces of a tab.
    if len(text) + 3 * text.count("\t") > LONGEST_CARD:
        return Excess(1, "quá dài. Hãy tách thành nhiều thẻ.")
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:
        return Excess(_MOST_LINES + 1, f"có quá {_MOST_LINES} dòng. Hãy tách thành nhiều thẻ.")
    return _too_many_signs(text) or _too_deep(lines) or _too_many_cells(lines)


def _too_many_signs(text: str) -> Excess | None:
    for sign, most in _MOST_SIGNS.items():
        if text.count(sign) > most:
            return Excess(_line_after(text, sign, most), f"có quá {most} dấu {sign} nên không đọc được. Hãy bỏ bớt.")
    return None


def _too_deep(lines: list[str]) -> Excess | None:
    for number, line in enumerate(lines, start=1):
        if _NESTED.match(line):
            return Excess(number, f"có dòng mở đầu bằng {_DEEPEST} dấu lồng nhau. Hãy bỏ bớt.")
    return None


def _too_many_cells(lines: list[str]) -> Excess | None:
    widest = max(range(len(lines)), key=lambda index: lines[index].count("|"))
    if lines[widest].count("|") * len(lines) > _MOST_CELLS:
        return Excess(widest + 1, "có bảng quá lớn. Hãy chia thành nhiều bảng nhỏ.")
    return None


def _line_after(text: str, sign: str, count: int) -> int:
    """Return the line of the first sign after so many."""
    before = text.split(sign, count + 1)[: count + 1]
    return sum(part.count("\n") for part in before) + 1
