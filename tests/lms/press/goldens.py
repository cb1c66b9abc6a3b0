"""What each design's certificate was when somebody last looked at it: bytes, text, structure.

After a change that was meant, look at the pages and write them anew:
`.venv/bin/python -m tests.lms.press.goldens`.
"""

import hashlib
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf

from lms.press.pressing import press_laid_out
from tests.lms.press import specimens

_FOLDER = Path(__file__).parent / "golden"


def page(design: str) -> bytes:
    """Print the certificate that is kept of a design."""
    return bytes(press_laid_out(specimens.template(design), specimens.facts()))


def seen(pdf: bytes) -> dict[str, Any]:
    """Return what is compared: the hash of the bytes, the rows of text, the tags in order."""
    return {
        "sha256": hashlib.sha256(pdf).hexdigest(),
        "text": specimens.rows_of(pdf),
        "structure": list(_tags(pdf)),
    }


def kept(design: str) -> dict[str, Any]:
    """Return what was seen last time."""
    golden: dict[str, Any] = json.loads((_FOLDER / f"{design}.json").read_text("utf-8"))
    return golden


def _tags(pdf: bytes) -> Iterator[str]:
    with pikepdf.open(BytesIO(pdf)) as document:
        yield from _under(document.Root.StructTreeRoot.K, 0)


def _under(element: pikepdf.Object, depth: int) -> Iterator[str]:
    if isinstance(element, pikepdf.Array):
        for child in element:
            yield from _under(child, depth)
    elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
        words = f" “{element.Alt}”" if "/Alt" in element else ""
        yield f"{'  ' * depth}{str(element.S).removeprefix('/')}{words}"
        yield from _under(element.get("/K", pikepdf.Array()), depth + 1)


def _write() -> None:
    for design in specimens.DESIGNS:
        text = json.dumps(seen(page(design)), ensure_ascii=False, indent=1)
        (_FOLDER / f"{design}.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    _write()
