"""Measure the parts of a spreadsheet before any reader of spreadsheets opens it.

A reader keeps one slot for every cell of the used rectangle, and one copy of a shared string for
every cell that points to it: a small file can ask for far more memory than it has bytes. Here the
bytes are only counted, never turned into cells.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

_PREFIX = rb"<((?:[^<>/\s:]+:)?)"
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{0,3})(\d{1,8})[\"'][^<>]*>")
_CELL = re.compile(_PREFIX + rb"c[\s/>]")
_HOLDS_CELLS = re.compile(_PREFIX + rb"(?:c|si|is)[\s/>]")
_TAG = re.compile(rb"<[^<>]*>")
_END_IN_QUOTES = re.compile(rb"=\s*(?:\"[^\"<>]*>|'[^'<>]*>)")


def _element(name: bytes) -> re.Pattern[bytes]:
    return re.compile(_PREFIX + name + rb"(?:\s[^<>]*?)?(?:/>|>(.*?)</\1" + name + rb"\s*>)", re.DOTALL)


_STRING, _INLINE, _VALUE = _element(b"si"), _element(b"is"), _element(b"v")
_POINTER = re.compile(r"\s*\+?([0-9]+)\s*")
#: "<si/>" is five bytes, and a file holds at most a hundred million.
_MOST_STRINGS = 20_000_000
_NESTED = re.compile(_PREFIX + rb"(?:si|is|v)[\s/>]")


class NotPlain(ValueError):
    """The part is not XML as spreadsheet programs write it, so its bytes cannot be trusted to count."""


def holds_cells(part: bytes) -> bool:
    """Say whether a part of the package is a sheet or the list of shared strings."""
    return bool(_HOLDS_CELLS.search(part))


def check_plain(part: bytes) -> None:
    """Make sure that every "<" in the part begins a tag, so that text cannot hide from counting.

    No spreadsheet program writes comments or raw sections into cells, or ends of tags into quotes.

    Raises:
        NotPlain: it is not well-formed, or holds a comment, raw section or instruction.
    """
    if b"<!" in part or part.rfind(b"<?") > 3 or _END_IN_QUOTES.search(part):
        raise NotPlain
    try:
        expat.ParserCreate("utf-8").Parse(part, True)
    except expat.ExpatError as error:
        raise NotPlain from error


def rectangle(sheet: bytes) -> int:
    """Return how many slots the used rectangle of a sheet has.

    One value in the last row and one in the last column would ask for 500 GB of slots.
    Empty cells that only carry a format do not count: readers pass over them.
    """
    height = width = 0
    for row, column in _references(sheet):
        height, width = max(height, row), max(width, column)
    return height * max(width, 1)


@dataclass(slots=True)
class Texts:
    """The text in the cells of one workbook: the longest piece, and how much it is once copied out."""

    longest: int = 0
    limit: int = 0
    shared: list[list[int]] = field(default_factory=list)
    pointed: Counter[int] = field(default_factory=Counter)

    def count(self, part: bytes) -> None:
        """Count the strings that a part holds, and the values that may point to shared ones.

        Raises:
            NotPlain: one string lies inside another.
        """
        strings = [self._weigh(found[2] or b"") for found in _STRING.finditer(part)]
        if strings:
            self.shared.append(strings)
        for found in _INLINE.finditer(part):
            self._weigh(found[2] or b"")
        for found in _VALUE.finditer(part):
            value = found[2] or b""
            self._weigh(value)
            number = _POINTER.fullmatch(_plain_text(value))
            if number and int(number[1]) < _MOST_STRINGS:
                self.pointed[int(number[1])] += 1

    @property
    def copied(self) -> int:
        """How many bytes of shared text the cells hold in all, were every number a pointer."""
        return sum(
            times * strings[at] for strings in self.shared for at, times in self.pointed.items() if at < len(strings)
        )

    def _weigh(self, markup: bytes) -> int:
        """Return the bytes of text between the tags; only what is long is looked at closely."""
        if b"<" not in markup and len(markup) <= self.limit:
            return len(markup)
        if _NESTED.search(markup):
            raise NotPlain
        text = _plain_text(markup)
        self.longest = max(self.longest, len(text))
        return len(text.encode())


def _plain_text(markup: bytes) -> str:
    """Return text without tags and with its letters no longer written as numbers."""
    is_plain = b"<" not in markup and b"&" not in markup
    return markup.decode() if is_plain else html.unescape(_TAG.sub(b"", markup).decode())


def _references(sheet: bytes) -> Iterator[tuple[int, int]]:
    """Yield row and column of every cell that is not empty.

    The number on a row counts only in a sheet where some cell does not say its own place.
    """
    placed = sum(1 for found in _REFERENCE.finditer(sheet) if found[1])
    rows_count = sum(1 for _ in _CELL.finditer(sheet)) > placed
    columns: dict[bytes, int] = {b"": 0}
    for found in _REFERENCE.finditer(sheet):
        letters = found[1]
        is_empty = sheet[found.end() - 2 : found.end()] == b"/>" or sheet.startswith(b"</", found.end())
        if not is_empty and (letters or rows_count):
            columns.setdefault(letters, _column_number(letters))
            yield int(found[2]), columns[letters]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
