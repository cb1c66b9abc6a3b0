"""Many papers in one file, written as a stream: a run for the printer, or a ZIP.

Whatever the number of papers, no more than one of them is held at a time.
"""

import io
import re
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from lms.press.facts import Facts
from lms.press.filling import Filler, NotCovered
from lms.press.frozen import Frozen
from lms.press.pdf import SharedPart, place, shared_by_pages, stream
from lms.press.pressing import press_compiled

_PAGES_IN_A_BRANCH = 128
_TAG = re.compile(rb"/\w+\n(?:<</MCID \d+>>\nBDC|BMC)\n|EMC\n")
_LINE_BEGINS = b"q\nq\n/Span\n"
_WHOLE_LINE = re.compile(
    re.escape(_LINE_BEGINS) + rb"<</MCID \d+>>\nBDC\n(?:[^\n]+\n){2}BT\n(?:[^\n]+\n){3}ET\nEMC\nQ\nQ\n"
)


class PrintRun:
    """One PDF with a page for each paper, made for a printer: fonts and background stand in it once.

    Iterate over it to get its bytes. It is plain: no tags, no attached facts, no signature; what counts is
    each person's own file. Whoever the frozen template does not cover stands in `left_out` afterwards, and
    is printed from that own file.
    """

    def __init__(self, frozen: Frozen, papers: Iterable[Facts]) -> None:
        self.left_out: list[Facts] = []
        self.pages = 0
        self._frozen = frozen
        self._papers = papers

    def __iter__(self) -> Iterator[bytes]:
        filler, share = _for_runs(self._frozen)
        book = None
        for facts in self._papers:
            try:
                content = filler.content(facts)
            except NotCovered:
                self.left_out.append(facts)
                continue
            if book is None:
                book = _Book(shared_by_pages(bytes(press_compiled(self._frozen, facts)), share))
                yield book.shared.data
            self.pages += 1
            yield book.page(content)
        if book is not None:
            yield book.end()


def _for_runs(frozen: Frozen) -> tuple[Filler, Callable[[bytes], bytes]]:
    """Return what fills in the pages of a run, and what makes the shared content of a run out of the stem's.

    On a page of its own each line stands in reading order, tagged, so what never changes lies between what
    does. Nobody has a print run read aloud: there it is drawn once, before the first line that changes.
    """
    moved: list[bytes] = []

    def take(line: re.Match[bytes]) -> bytes:
        moved.append(line[0])
        return b""

    between = tuple(_TAG.sub(b"", _WHOLE_LINE.sub(take, piece)) for piece in frozen.between)

    def share(front: bytes) -> bytes:
        first_change = front.rindex(_LINE_BEGINS)
        return _TAG.sub(b"", b"".join((front[:first_change], *moved, front[first_change:])))

    return Filler(replace(frozen, between=between)), share


class _Book:
    """The file of a print run while it is written; of what is written only the places are kept."""

    def __init__(self, shared: SharedPart) -> None:
        self.shared = shared
        self._written = len(shared.data)
        self._offsets = array("Q")
        self._catalog, self._tree = self._new_number(), self._new_number()
        self._branches: list[int] = []
        self._leaves: list[int] = []
        self._pages = 0

    def page(self, content: bytes) -> bytes:
        """Write a page, and the branch of the page tree that it fills."""
        if not self._leaves:
            self._branches.append(self._new_number())
        number, drawn = self._new_number(), self._new_number()
        self._leaves.append(number)
        self._pages += 1
        about = b"/Type/Page/Parent %d 0 R/Contents[%d 0 R %d 0 R]" % (self._branches[-1], self.shared.front, drawn)
        data = self._put(drawn, stream(drawn, zlib.compress(content), b"/Filter/FlateDecode"))
        data += self._put(number, _dictionary(number, about))
        return data + self._branch() if len(self._leaves) == _PAGES_IN_A_BRANCH else data

    def end(self) -> bytes:
        """Write the tree of all pages, the catalog and the table of places."""
        data = self._branch() if self._leaves else b""
        kids = b"/Type/Pages/Count %d/Kids[%s]%s" % (self._pages, _references(self._branches), self.shared.common)
        data += self._put(self._tree, _dictionary(self._tree, kids))
        data += self._put(self._catalog, _dictionary(self._catalog, b"/Type/Catalog/Pages %d 0 R" % self._tree))
        table = self._new_number()
        at = self._written
        self._put(table, b"")
        places = self.shared.places + b"".join(place(1, offset, 0) for offset in self._offsets)
        about = b"/Type/XRef/W[1 4 1]/Size %d/Root %d 0 R/Filter/FlateDecode" % (table + 1, self._catalog)
        return data + stream(table, zlib.compress(places), about) + b"startxref\n%d\n%%%%EOF\n" % at

    def _branch(self) -> bytes:
        kids, self._leaves = self._leaves, []
        about = b"/Type/Pages/Parent %d 0 R/Count %d/Kids[%s]" % (self._tree, len(kids), _references(kids))
        return self._put(self._branches[-1], _dictionary(self._branches[-1], about))

    def _new_number(self) -> int:
        self._offsets.append(0)
        return self.shared.first_free + len(self._offsets) - 1

    def _put(self, number: int, data: bytes) -> bytes:
        self._offsets[number - self.shared.first_free] = self._written
        self._written += len(data)
        return data


def _dictionary(number: int, about: bytes) -> bytes:
    return b"%d 0 obj\n<<%s>>\nendobj\n" % (number, about)


def _references(numbers: Iterable[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def zip_of(papers: Iterable[tuple[str, Iterable[bytes]]], day: date) -> Iterator[bytes]:
    """Yield a ZIP of files, each given as its name and its parts; nothing is packed, a PDF already is.

    All files carry the given day, so that the same papers give the same ZIP.
    """
    spout = _Spout()
    with zipfile.ZipFile(spout, "w", zipfile.ZIP_STORED) as bound:
        for name, parts in papers:
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            with bound.open(entry, "w") as file:
                for part in parts:
                    file.write(part)
            yield spout.taken()
    yield spout.taken()


class _Spout(io.RawIOBase):
    """Something to write to that is emptied again and again, and so cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
