"""Look through an SVG picture for anything that acts, loads or hides.

A picture in a lesson is drawn by a phone that trusts this site. So only plain drawing is
let in, by a list of what is allowed; what is new or strange is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.parsers import expat

_DRAWING = (
    "svg g path rect circle ellipse line polyline polygon text tspan textPath title desc defs"
    " symbol use linearGradient radialGradient stop clipPath mask marker pattern style"
)
DRAWING = frozenset(_DRAWING.split())
_NAMESPACE = "http://www.w3.org/2000/svg"
_LINKS = {"href", "src"}
_OUTSIDE = re.compile(
    r"url\s*\(\s*['\"]?\s*(?!#)[^\s'\")]|@import|javascript:|data:|expression\s*\(|\\",
    re.IGNORECASE,
)

_SIZE = re.compile(rb"""<svg\b[^>]*\bviewBox=["']0 0 (\d{1,4}) (\d{1,4})["']""")

Note = Callable[[int, str], None]


def size_of(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a drawing in its own units, if it says them as “0 0 width height”."""
    found = _SIZE.search(data[:2000])
    return (int(found[1]), int(found[2])) if found else None


class _Stop(Exception):
    """The rest of the picture is not worth reading."""


def check_svg(data: bytes, note: Note) -> None:
    """Note, with its line, everything in the picture that is more than drawing."""
    reader = expat.ParserCreate(namespace_separator=" ")
    watch = _Watch(reader, note)
    reader.StartElementHandler = watch.element
    reader.EndElementHandler = watch.end
    reader.CharacterDataHandler = watch.text
    reader.StartDoctypeDeclHandler = watch.doctype
    reader.ProcessingInstructionHandler = watch.instruction
    try:
        reader.Parse(data, True)
    except expat.ExpatError as error:
        note(error.lineno, "Hình SVG viết sai cách, không vẽ được. Hãy lưu lại từ chương trình vẽ.")
    except (_Stop, ValueError, LookupError):
        pass
    if not watch.elements:
        note(1, "Tệp này không phải hình SVG. Hãy thay bằng hình đúng.")


class _Watch:
    def __init__(self, reader: expat.XMLParserType, note: Note) -> None:
        self.reader = reader
        self.elements = 0
        self._note = note
        self._in_style = False
        self._style: list[str] = []

    def element(self, name: str, attributes: dict[str, str]) -> None:
        space, _, tag = name.rpartition(" ")
        if not self.elements and (space, tag) != (_NAMESPACE, "svg"):
            raise _Stop
        self.elements += 1
        if space != _NAMESPACE or tag not in DRAWING or self._in_style:
            self._say(f"Hình có phần tử “{tag}” không được phép. Hãy xóa phần tử đó.")
        for key, value in attributes.items():
            self._attribute(key.rpartition(" ")[2].lower(), value)
        self._in_style = self._in_style or tag == "style"

    def text(self, text: str) -> None:
        if self._in_style:
            self._style.append(text)

    def end(self, name: str) -> None:
        if not name.endswith(" style"):
            return
        if _OUTSIDE.search("".join(self._style)):
            self._say("Kiểu trình bày của hình gọi ra bên ngoài. Hãy bỏ kiểu đó.")
        self._style.clear()
        self._in_style = False

    def doctype(self, *_: object) -> None:
        self._say("Hình có khai báo DOCTYPE. Hãy xóa dòng đó.")
        self.elements += 1
        raise _Stop

    def instruction(self, target: str, _: str) -> None:
        self._say(f"Hình có lệnh xử lý “{target}”. Hãy xóa dòng đó.")

    def _attribute(self, name: str, value: str) -> None:
        if name.startswith("on"):
            self._say(f"Hình có lệnh chạy “{name}”. Hãy xóa thuộc tính đó.")
        elif name in _LINKS and not value.strip().startswith("#"):
            self._say("Hình gọi ra bên ngoài. Hãy bỏ đường dẫn đó.")
        elif name == "base" or _OUTSIDE.search(value):
            self._say(f"Thuộc tính “{name}” của hình gọi ra bên ngoài. Hãy xóa thuộc tính đó.")

    def _say(self, message: str) -> None:
        self._note(self.reader.CurrentLineNumber, message)
