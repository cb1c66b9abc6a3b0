"""A template after its compilation: all bytes that no person changes, and where each line goes.

It is plain data that can be stored. What it rests on is stored with it: the versions of the layout
engine, of HarfBuzz and of the system's libraries, the design, the fonts. A frozen template made with
others is refused, and its papers go the slow way until it has been compiled and proved anew.
"""

import ctypes
import ctypes.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Literal, Self

import msgspec

from lms.press.layout import design
from lms.press.pdf import Stem

_EDITION = "1"
_ENGINES = ("weasyprint", "pydyf", "uharfbuzz", "segno")
_LIBRARIES = {
    "pango-1.0": "pango_version_string",
    "harfbuzz": "hb_version_string",
    "harfbuzz-subset": "hb_version_string",
}
"""Those of the system that lay out and cut down fonts, and what each is asked for its version."""


class Stale(Exception):
    """This frozen template was made with another engine, design or font, or is damaged."""


@dataclass(frozen=True)
class Spot:
    """One size of a line's ladder, and how high the line stands then, as the layout engine wrote both."""

    points: float
    baseline: str
    size: str


@dataclass(frozen=True)
class Slot:
    """A line that differs from paper to paper: its wording, its box, its font."""

    key: str
    wording: str
    capitals: bool
    align: Literal["left", "center", "right"]
    left_mm: float
    width_mm: float
    font: str
    name_in_file: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, eq=False)
class Frozen:
    """A compiled template.

    Behind the stem's own content stand in turns what changes (`slots`, the QR code among them as the
    one without a wording) and what does not (`between`, one more than slots). `letters` tells, for
    each font, the letters that may be set and how wide the file says each of their glyphs is.
    """

    template: str
    made_with: Mapping[str, str]
    stem: Stem
    slots: tuple[Slot | None, ...]
    between: tuple[bytes, ...]
    letters: Mapping[str, Mapping[str, int]]
    address_letters: int
    is_in_capitals: bool = True
    """Whether the addresses are, as all were before schools below a path were thought of."""

    def to_bytes(self) -> bytes:
        """Return the frozen template for storing."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Return a stored frozen template.

        Raises:
            Stale: it cannot be read, or rests on versions, a design or fonts that are not ours now.
        """
        try:
            frozen = msgspec.msgpack.decode(stored, type=cls)
        except msgspec.DecodeError as fault:
            raise Stale("it cannot be read") from fault
        now = ground(frozen.made_with.get("design", ""))
        # Templates from before the libraries were named stay of use: their papers must come out again.
        if frozen.made_with.keys() | _LIBRARIES.keys() != now.keys() or not frozen.made_with.items() <= now.items():
            raise Stale("it was made with another engine, library, design or font")
        return frozen


@cache
def ground(design_key: str) -> dict[str, str]:
    """Return all that a compiled template of this design rests on."""
    try:
        look = design(design_key).digest
    except KeyError:
        look = ""
    engines = {name: version(name) for name in _ENGINES}
    libraries = {name: _version_told(name, asked) for name, asked in _LIBRARIES.items()}
    return {"edition": _EDITION, "design": design_key, "look": look} | engines | libraries


@cache
def _version_told(library: str, asked: str) -> str:
    """Return what a library of the system says of itself; one that is missing says nothing."""
    found = ctypes.util.find_library(library)
    if found is None:
        return ""
    tell = getattr(ctypes.CDLL(found), asked)
    tell.restype = ctypes.c_char_p
    told: bytes = tell()
    return told.decode()
