"""Read a trainer's document into the parts of a lesson. Runs in the background worker only."""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Any
from xml.parsers.expat import ExpatError

import yaml

import courses
from courses.cards import split_lesson
from courses.documents import read_yaml
from courses.faults import FaultList
from courses.limits import LONGEST_LESSON
from courses.texts import decode
from lms.library.gate import UnreadableDocument
from lms.library.pictures import UnreadablePicture, redraw
from lms.library.plain_markdown import to_markdown
from lms.words import nfc

MOST_PICTURES = 40
# What the reader of Word files raises over a broken one: it trusts that every part is there, that every
# number is a number, and that nothing lies deeper than its own calls may go (a RuntimeError).
_BROKEN = (
    ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    OSError,
    EOFError,
)


@dataclass
class ReadDocument:
    """What a document gave: cards in Markdown, pictures by name, and what the trainer should look at."""

    body: str
    media: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    front: dict[str, Any] = field(default_factory=dict)


def read_document(data: bytes, kind: str, *, title: str, slug: str) -> ReadDocument:
    """Read a document that has passed the gate.

    Raises:
        UnreadableDocument: it is broken, or holds nothing or too much for a lesson.
    """
    document = _read_word(data, slug) if kind == "docx" else _read_text(data)
    if not document.body.strip():
        raise UnreadableDocument("Trong tệp không có chữ nào.", "Hãy mở tệp kiểm tra, rồi tải lên lại.")
    document.body = courses.as_cards(document.body, str(document.front.get("title", title)))
    if len(document.body) > LONGEST_LESSON:
        raise UnreadableDocument("Tệp dài quá một bài học.", "Hãy chia thành nhiều bài ngắn rồi tải lên lại.")
    return document


def _read_text(data: bytes) -> ReadDocument:
    faults = FaultList()
    text = decode("bai.md", data, faults)
    front, body = split_lesson(text)
    read = read_yaml("bai.md", front.text, faults, offset=1) if front else None
    if faults.is_fatal:
        first = faults.all()[0]
        raise UnreadableDocument(f"Dòng {first.line}: {first.message}", "Hãy sửa tệp rồi tải lên lại.")
    # The reader has refused anchors, so nothing can grow here.
    values = yaml.safe_load(front.text) if front and read is not None else {}
    return ReadDocument(body.text, front=_known(values) if isinstance(values, dict) else {})


def _known(values: dict[Any, Any]) -> dict[str, Any]:
    """Return what of a front matter is what it should be; the rest is left to the form."""
    front: dict[str, Any] = {}
    if isinstance(values.get("title"), str) and nfc(values["title"]):
        front["title"] = nfc(values["title"])[:150]
    if isinstance(values.get("goal"), str):
        front["goal"] = nfc(values["goal"])[:300]
    if _is_number(values.get("minutes"), 240):
        front["minutes"] = values["minutes"]
    test = values.get("test")
    if isinstance(test, dict) and _is_number(test.get("draw"), 50) and _is_number(test.get("pass"), 100):
        front["test"] = {"draw": test["draw"], "pass": test["pass"]}
    if isinstance(values.get("facts"), list):
        front["facts"] = values["facts"]
    return front


def _is_number(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _read_word(data: bytes, slug: str) -> ReadDocument:
    import mammoth

    document = ReadDocument("")

    @mammoth.images.img_element  # type: ignore[untyped-decorator,unused-ignore]
    def keep_picture(image: Any) -> dict[str, str]:
        return _keep_picture(document, image, slug)

    try:
        html = mammoth.convert_to_html(
            io.BytesIO(data), convert_image=keep_picture, include_embedded_style_map=False
        ).value
    except _BROKEN as error:
        raise UnreadableDocument(
            "Tệp Word bị hỏng nên không đọc được.", "Mở lại bằng Word, lưu lại rồi tải lên lần nữa."
        ) from error
    document.body = _without_lost_pictures(to_markdown(html))
    return document


def _keep_picture(document: ReadDocument, image: Any, slug: str) -> dict[str, str]:
    number = len(document.media) + 1
    alt = " ".join((image.alt_text or "").split())[:150]
    if number > MOST_PICTURES:
        document.notes.append(f"Tệp có hơn {MOST_PICTURES} hình. Các hình sau đã bỏ.")
        return {"src": ""}
    try:
        with image.open() as stream:
            drawn = redraw(stream.read())
    except (UnreadablePicture, KeyError, OSError):
        document.notes.append(f"Có một hình sau hình {number - 1} không đọc được nên đã bỏ.")
        return {"src": ""}
    name = f"{slug[:40].rstrip('-')}-{number}.webp"
    document.media[name] = drawn
    if not alt:
        alt = f"Hình minh họa {number}"
        document.notes.append(f"Hình {number} chưa có chữ mô tả. Hãy sửa chữ “{alt}” trong dấu [ ].")
    return {"src": f"media:{name}", "alt": alt}


def _without_lost_pictures(text: str) -> str:
    kept = re.sub(r"!\[[^\]]*\]\(\)", "", text)
    return re.sub(r"\]\(media:", "](media/", kept)
