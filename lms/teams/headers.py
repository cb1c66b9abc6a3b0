r"""Recognise the heading row of a roster, in either official form and in the ways people retype it.

Headings are compared without diacritics and signs: "Tên Phường\\\\xã", "SỐ ĐT", "Điện thọai" and
"Họ, tên" all find their column. Likeness must reach 80 of 100, and short headings that look like
others ("STT" beside "SĐT") are told apart first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from lms.teams.reading import Row
from lms.words import fold

_LIKENESS = 80
_LOOK_AT = 60

_ALIASES = {
    "order": ("tt", "stt", "so tt", "so thu tu"),
    "commune": ("ten phuong xa", "phuong xa", "ten xa phuong", "xa phuong", "ten xa", "ten phuong", "ten don vi"),
    "team": ("ten to", "to", "thon xom", "ten thon", "ten thon xom", "thon to", "thon to dan pho", "ten to cnscd"),
    "decision": ("so quyet dinh", "quyet dinh", "so qd", "quyet dinh thanh lap", "qd thanh lap"),
    "decision_day": ("ngay quyet dinh", "ngay ban hanh", "ngay qd"),
    "name": ("ho ten thanh vien", "ho ten", "ho va ten", "ho va ten thanh vien", "ten thanh vien"),
    "role": ("chuc vu trong to", "chuc vu", "chuc danh", "vai tro", "nhiem vu trong to"),
    "phone": (
        "so dien thoai lien he",
        "so dien thoai",
        "dien thoai",
        "dien thoai lien he",
        "so dien thoai co dang ky zalo",
        "sdt",
        "so dt",
        "dtdd",
        "zalo",
        "so zalo",
    ),
    "note": ("ghi chu",),
}
_FIELD_OF = {alias: field for field, aliases in _ALIASES.items() for alias in aliases}
_SIGNS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Heading:
    """Where each field stands, and which rows (by index) are the heading itself."""

    first: int
    last: int
    columns: dict[str, int]
    mark: tuple[int, str]

    def is_repeated_by(self, cells: Sequence[str]) -> bool:
        """Say whether a row shows this heading again, as after a page break."""
        column, words = self.mark
        return column < len(cells) and plain(cells[column]) == words

    @property
    def form(self) -> str:
        """The form: "s1" when communes, teams or decisions stand in columns, else "s2"."""
        return "s1" if {"commune", "team", "decision"} & self.columns.keys() else "s2"


def find_heading(rows: Sequence[Row], start: int = 0, like: Heading | None = None) -> Heading | None:
    """Find the next heading row, which may be several rows down and may span two rows.

    With `like`, an earlier heading of the same sheet, only rows that repeat it are looked at,
    however far down.
    """
    for index in range(start, len(rows) if like else min(len(rows), start + _LOOK_AT)):
        if like and not like.is_repeated_by(rows[index].cells):
            continue
        if heading := _heading_at(rows, index) or (like and index and _heading_at(rows, index - 1)):
            return heading
    return None


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a heading without case, diacritics and signs."""
    return _SIGNS.sub(" ", fold(text)).strip()


def _heading_at(rows: Sequence[Row], index: int) -> Heading | None:
    upper = rows[index]
    columns = _columns(upper.cells)
    if "name" not in columns:
        return None
    if index + 1 < len(rows) and (both := _two_rows(upper, rows[index + 1], columns)):
        column = both.get("role", both.get("phone", 0))
        words = _words_at(rows[index + 1], column) or _words_at(upper, column)
        return Heading(index, index + 1, both, (column, words))
    if "role" not in columns and "phone" not in columns:
        return None
    column = columns.get("role", columns.get("phone", 0))
    return Heading(index, index, columns, (column, _words_at(upper, column)))


def _two_rows(upper: Row, lower: Row, columns: dict[str, int]) -> dict[str, int] | None:
    """Return the columns of both rows read together, when the lower row is heading too."""
    both = _columns(_joined(upper, lower))
    below = _words_at(lower, columns["name"])
    is_heading = below in ("", _words_at(upper, columns["name"])) or "name" in _columns(lower.cells)
    says_more = len(both) > len(columns) and bool({"role", "phone"} & both.keys())
    return both if is_heading and says_more and "name" in both else None


def _words_at(row: Row, column: int) -> str:
    return plain(row.cells[column]) if column < len(row.cells) else ""


def _joined(upper: Row, lower: Row) -> list[str]:
    width = max(len(upper.cells), len(lower.cells))
    pairs = [[(*row.cells, *[""] * width)[i] for row in (upper, lower)] for i in range(width)]
    return [top if top == under else f"{top} {under}".strip() for top, under in pairs]


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Give each field its best column; of two columns alike the left one."""
    best: dict[str, tuple[float, int]] = {}
    for column, cell in enumerate(cells[:60]):
        field, score = _field_of(plain(cell)) if cell and len(cell) < 120 else ("", 0.0)
        if field and score > best.get(field, (0.0, 0))[0]:
            best[field] = (score, column)
    return {field: column for field, (_, column) in best.items()}


@lru_cache(maxsize=2048)
def _field_of(heading: str) -> tuple[str, float]:
    if heading in _FIELD_OF:
        return _FIELD_OF[heading], 100.0
    if len(heading) < 4:
        return "", 0.0
    field, score = max(((f, _likeness(heading, alias)) for alias, f in _FIELD_OF.items()), key=lambda pair: pair[1])
    return (field, score) if score >= _LIKENESS else ("", 0.0)


def _likeness(heading: str, alias: str) -> float:
    from rapidfuzz import fuzz

    words = alias.split()
    likeness = float(fuzz.ratio(heading, alias)) if len(alias) > 3 else 0.0
    if len(words) > 1 and set(words) <= set(heading.split()):
        likeness = max(likeness, _LIKENESS + 19 * len(alias) / len(heading))
    return likeness
