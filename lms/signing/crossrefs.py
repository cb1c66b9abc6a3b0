"""The end of a PDF: where its list of objects is, read from the file and written behind it.

A PDF says at its end where each object stands, as a table or as a stream. An update adds a list of its
own, of the same kind, that names the one before (ISO 32000-1, 7.5.4, 7.5.6, 7.5.8).
"""

import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_ROOT = re.compile(rb"/Root\s+(\d+ \d+ R)")
_INFO = re.compile(rb"/Info\s+(\d+ \d+ R)")
_SIZE = re.compile(rb"/Size\s+(\d+)")
_ID = re.compile(rb"/ID\s*\[\s*(<[0-9A-Fa-f]*>|\((?:[^()\\]|\\.)*\))", re.DOTALL)
_OURS = re.compile(rb"\d+ 0 obj\n<</Type/XRef/W\[1 4 1\]/Size (\d+)/Root (\d+ 0 R)/Info (\d+ 0 R)/ID\[(<[0-9a-f]+>)")
_LONGEST_END = 48
_COMPRESSED, _PLAIN = 2, 1
_ROW = struct.Struct(">BIH")


class Ending(NamedTuple):
    """What the end of a file says: the offset of its list, and what every list must repeat."""

    offset: int
    is_stream: bool
    root: bytes
    info: bytes
    size: int
    first_id: bytes

    @property
    def shape(self) -> tuple[bool, bytes, bytes, int]:
        """What files of one template have in common."""
        return self.is_stream, self.root, self.info, self.size


def read_ending(stem: bytes, rest: bytes) -> Ending:
    """Return the ending of the file `stem + rest`, whose list must not straddle the two.

    Raises:
        ValueError: this is no end of a PDF of our press.
    """
    last, before = (rest, len(stem)) if rest else (stem, 0)
    found = _START.search(last, max(0, len(last) - _LONGEST_END))
    if found is None:
        raise ValueError("the file does not end as a PDF ends")
    offset = int(found[1])
    place = offset - before
    if not 0 <= place < found.start():
        raise ValueError("the list of objects does not stand in the last part of the file")
    if ours := _OURS.match(last, place):  # as our press writes it, read at one glance
        return Ending(offset, True, ours[2], ours[3], int(ours[1]), ours[4])
    is_stream = not last.startswith(b"xref", place)
    words = _dictionary(last, place, found.start(), is_stream)
    info = _INFO.search(words)
    try:
        return Ending(
            offset, is_stream, _ROOT.search(words)[1], info[1] if info else b"",  # type: ignore[index]
            int(_SIZE.search(words)[1]), _ID.search(words)[1],  # type: ignore[index]
        )  # fmt: skip
    except TypeError as fault:
        raise ValueError("the list of objects lacks its root, size or id") from fault


def _dictionary(last: bytes, start: int, end: int, is_stream: bool) -> bytes:
    if not is_stream:
        return last[last.rindex(b"trailer", start, end) : end]
    data = last.find(b"stream", start, end)
    if data < 0:
        raise ValueError("the list of objects is neither a table nor a stream")
    return last[start:data]


@dataclass(frozen=True)
class Listing:
    """Writes the list of an update: `number` is the first that is free, `packed` are the objects inside another."""

    number: int
    packed: Mapping[int, tuple[int, int]]

    def write(self, ending: Ending, places: Mapping[int, int], at: int, second_id: bytes) -> bytes:
        """Return the list that stands at the offset `at` and tells the places of the update's objects."""
        info = b"/Info " + ending.info if ending.info else b""
        size, second = self.number + ending.is_stream, second_id.hex().encode()
        common = b"/Size %d/Root %b%b/ID[%b<%b>]/Prev %d" % (
            size, ending.root, info, ending.first_id, second, ending.offset,
        )  # fmt: skip
        body = self._stream(common, places, at) if ending.is_stream else _table(common, places)
        return b"%bstartxref\n%d\n%%%%EOF\n" % (body, at)

    def _stream(self, common: bytes, places: Mapping[int, int], at: int) -> bytes:
        plain = {**places, self.number: at}
        rows = self._packed_rows + b"".join([_ROW.pack(_PLAIN, plain[number], 0) for number in sorted(plain)])
        return b"%d 0 obj\n<</Type/XRef%b/W[1 4 2]/Index[%b]/Length %d>>\nstream\n%b\nendstream\nendobj\n" % (
            self.number, common, self._index, len(rows), rows,
        )  # fmt: skip

    @cached_property
    def _packed_rows(self) -> bytes:
        """The rows of the objects inside another; their numbers are lower than all others of the update."""
        return b"".join(_ROW.pack(_COMPRESSED, *self.packed[number]) for number in sorted(self.packed))

    @cached_property
    def _index(self) -> bytes:
        """The numbers listed: those inside another, the signature, the stream that holds them, the list itself."""
        runs = _runs([*self.packed, self.number - 2, self.number - 1, self.number])
        return b" ".join(b"%d %d" % (run[0], len(run)) for run in runs)


def _table(common: bytes, places: Mapping[int, int]) -> bytes:
    lines = [b"xref\n"]
    for run in _runs(places):
        lines.append(b"%d %d\n" % (run[0], len(run)))
        lines.extend(b"%010d 00000 n \n" % places[number] for number in run)
    return b"%btrailer\n<<%b>>\n" % (b"".join(lines), common)


def _runs(numbers: Iterable[int]) -> list[list[int]]:
    """Return the numbers in order, parted where one is missing."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
