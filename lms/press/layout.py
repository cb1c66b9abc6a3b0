"""Where each line of a certificate stands: a design is a table of boxes over one drawn background.

A design is a folder of `designs/`: `design.yml` holds the table, `background.svg` the drawing. All
designs share one page (`designs/page.html`), so a design can move, colour and size a line but never
change what it says or the order in which it is read aloud. Each line has a box of its own: nothing
flows, so no line depends on another.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml

from lms.press.templates import PICTURES
from lms.press.wording import LINES

FOLDER = Path(__file__).parent / "designs"
FONTS = Path(__file__).parent.parent / "printing" / "fonts"
FALLBACK = "LiberationSerif-Regular.ttf"
"""Has every letter that is ever printed; used for those that a line's own font lacks."""

PAGE_MM = (297.0, 210.0)
ROW_HEIGHT = 1.15 * 25.4 / 72
"""How high one of several rows is, in millimetres, for letters of one point."""

HEAD_LINES = ("parent", "agency", "nation", "motto")
FOOT_LINES = ("site", "unsigned", "authority", "authority_2", "authority_3", "signer")
ALL_LINES = (*HEAD_LINES, *LINES, *FOOT_LINES)


@dataclass(frozen=True)
class Box:
    """A place on the page, in millimetres from its upper left corner."""

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        right, bottom = self.left + self.width, self.top + self.height
        if min(self.left, self.top) < 0 or min(self.width, self.height) <= 0:
            raise ValueError("a box begins on the page and has a size")
        if right > PAGE_MM[0] or bottom > PAGE_MM[1]:
            raise ValueError("a box ends on the page")


@dataclass(frozen=True)
class LineStyle(Box):
    """How one line looks.

    `font` is a file of the shipped fonts. `sizes` is the ladder in points: the first at which the
    line fits the width is taken. A line too wide at the last size is broken into at most `rows` rows,
    centred on the box; one that is too long even so is not printed.
    `spacing` opens the letters by so many points, for lines that say the same on every paper.
    `capitals` prints the line in capitals, however it was typed.
    """

    font: str
    sizes: tuple[float, ...]
    colour: str = "#000000"
    align: Literal["left", "center", "right"] = "center"
    rows: int = 1
    spacing: float = 0.0
    capitals: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (FONTS / self.font).is_file():
            raise ValueError(f"no such font: {self.font}")
        if not self.sizes or list(self.sizes) != sorted(set(self.sizes), reverse=True):
            raise ValueError("sizes go down")
        if self.align not in ("left", "center", "right") or self.rows < 1:
            raise ValueError("a line is aligned left, center or right and has a row")

    @property
    def family(self) -> str:
        """The name by which the page asks for the font: each file is a family of its own."""
        return Path(self.font).stem


@dataclass(frozen=True)
class Design:
    """One look: a box for every line, for the QR code and for the issuer's pictures."""

    key: str
    title: str
    lines: Mapping[str, LineStyle]
    qr: Box
    pictures: Mapping[str, Box]
    background: bytes

    @cached_property
    def fonts(self) -> tuple[str, ...]:
        """The font files the lines use, each once."""
        return tuple(sorted({line.font for line in self.lines.values()}))

    @cached_property
    def digest(self) -> str:
        """The sha256 of all that decides how the paper looks, fonts and the shared page included."""
        parts = [(FOLDER / self.key / "design.yml").read_bytes(), self.background]
        parts += [(FOLDER / name).read_bytes() for name in ("page.html", "page.css")]
        parts += [(FONTS / name).read_bytes() for name in self.fonts]
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


@cache
def design(key: str) -> Design:
    """Return one of our designs.

    Raises:
        KeyError: there is no such design.
        ValueError: its table is wrong; the message says where.
    """
    folder = FOLDER / key
    if key not in designs():
        raise KeyError(key)
    table = yaml.safe_load((folder / "design.yml").read_text("utf-8"))
    lines = {name: _line(key, name, row) for name, row in table["lines"].items()}
    missing, strange = set(ALL_LINES) - set(lines), set(lines) - set(ALL_LINES)
    if missing or strange or set(table["pictures"]) != set(PICTURES):
        raise ValueError(f"{key}: missing {sorted(missing)}, unknown {sorted(strange)}, or pictures")
    return Design(
        key=key,
        title=table["title"],
        lines=MappingProxyType(lines),
        qr=Box(**_millimetres(table["qr"])),
        pictures=MappingProxyType({name: Box(**_millimetres(row)) for name, row in table["pictures"].items()}),
        background=(folder / "background.svg").read_bytes(),
    )


@cache
def designs() -> tuple[str, ...]:
    """Return the keys of all designs."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/design.yml")))


def _millimetres(row: Mapping[str, Any]) -> dict[str, float]:
    return {side: float(row[side]) for side in ("left", "top", "width", "height")}


def _line(design_key: str, name: str, row: Mapping[str, Any]) -> LineStyle:
    try:
        return LineStyle(**{**row, **_millimetres(row), "sizes": tuple(float(size) for size in row["sizes"])})
    except (TypeError, ValueError, KeyError) as fault:
        raise ValueError(f"{design_key}, {name}: {fault}") from fault
