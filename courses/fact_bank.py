"""The facts that several courses share, and how a course takes along those it uses.

`content/facts/*.yml` holds every fact once. A package must stand alone (exported, published,
kept offline), so reading a course's folder there adds a `facts.yml` with just the facts it
names. An edited fact therefore changes the courses that use it, and no other.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from courses import packing
from courses.cards import split_lesson
from courses.documents import Value, plain_yaml, read_yaml
from courses.facts import FACTS, REFERENCE
from courses.faults import FaultList
from courses.packing import SourceFiles
from courses.parts import cut
from courses.texts import decode

BANK = "facts"


def read_folder(folder: Path) -> SourceFiles:
    """Read a package from a folder, with the facts it uses from the bank two folders up, if there is one.

    Raises:
        PackageFaults: no such folder, links to elsewhere, too many or too large files.
    """
    files = packing.read_folder(folder)
    bank = bank_of(folder)
    if bank and FACTS not in files:
        files[FACTS] = _written(_taken(bank, named_facts(files)))
    return files


def origins(folder: Path) -> Mapping[int, tuple[Path, int]]:
    """Return where each line of the `facts.yml` that `read_folder` adds stands in the bank; nothing if it adds none.

    An author is told of a fault where he can mend it.
    """
    files = packing.read_folder(folder)
    bank = bank_of(folder)
    if not bank or FACTS in files:
        return {}
    lines = [(one.path, line) for one in _taken(bank, named_facts(files)) for line, _ in enumerate(one.lines, one.line)]
    return dict(enumerate(lines, start=2))


def bank_of(folder: Path) -> tuple[Path, ...]:
    """Return the fact files that a course in this folder shares with its sisters."""
    places = (Path(os.path.normpath(folder / up / BANK)) for up in ("..", "../.."))
    return next((tuple(sorted(place.glob("*.yml"))) for place in places if place.is_dir()), ())


def named_facts(files: Mapping[str, bytes]) -> frozenset[str]:
    """Return the keys of the facts a package speaks of, known or not."""
    named: set[str] = set()
    for path, data in files.items():
        if path.endswith((".md", ".yml", ".txt")) and path != FACTS:
            text = data.decode("utf-8", errors="replace")
            named |= {key for key, _ in REFERENCE.findall(text)}
            named |= set(_listed(path, text))
    return frozenset(named)


def _listed(path: str, text: str) -> Iterator[str]:
    """Yield the keys that front matter and questions list under `facts`."""
    if path.endswith(".md"):
        front, _ = split_lesson(text)
        text = front.text if front else ""
    yield from _under_facts(plain_yaml(text))


def _under_facts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name == "facts" and isinstance(part, list):
                yield from (key for key in part if isinstance(key, str))
            else:
                yield from _under_facts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _under_facts(part)


@dataclass(frozen=True)
class _Cut:
    """A fact as it is written in a file of the bank."""

    path: Path
    line: int
    key: str
    lines: tuple[str, ...]


def _taken(bank: Iterable[Path], wanted: frozenset[str]) -> list[_Cut]:
    """Cut the wanted facts out of the bank as they are written there, in its order."""
    return [one for path in bank for one in _cuts(path, path.read_bytes()) if one.key in wanted]


def _written(taken: Iterable[_Cut]) -> bytes:
    lines = [line for cut in taken for line in cut.lines]
    return "\n".join(["facts:", *lines, ""]).encode() if lines else b"facts: []\n"


@lru_cache(maxsize=100)
def _cuts(path: Path, data: bytes) -> tuple[_Cut, ...]:
    """Cut a file of the bank into its facts; every course asks for the same files."""
    text = decode(BANK, data, FaultList())
    return tuple(_cut(path, text, item) for item in listed_facts(read_yaml(BANK, text, FaultList())))


def _cut(path: Path, text: str, item: Value) -> _Cut:
    key = item.peek("key")
    # Files of the bank may be indented differently; side by side they must be alike.
    lines = dedent(cut(text, item.line, item.last_line).text).rstrip().split("\n")
    return _Cut(path, item.line, key.written if key else "", tuple(lines))


def listed_facts(root: Value | None) -> list[Value]:
    """Return the facts of a file as they are written, whatever is wrong with them."""
    listed = root.peek("facts") if root else None
    return listed.items("facts") if listed else []
