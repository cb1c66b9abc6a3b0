"""A lesson's card as plain parts: its words in order, and its pictures set apart.

A card comes as HTML that was cleaned when it was published. No markup enters a template here,
so it is read once more into plain data, and the template writes the few tags it knows.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

Part = str | dict[str, Any]

_KEPT = frozenset(
    {"p", "strong", "em", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "code", "pre"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
_INLINE = frozenset({"a", "strong", "em", "code"})
_ALONE = frozenset({"br", "hr"})
_SPACES = (" ", "\n")
_PICTURE = re.compile(r"(?:\.\./)+media/([a-z0-9.-]+)(?:\?.*)?")
_LESSON = re.compile(r"\.\./([a-z0-9-]+)/")
_WEB = re.compile(r"https?://(\S+)")
_BLANK = re.compile(r"\s*(?:…{2,}|\.{6,})\s*")
_LONGEST_LINE_TO_FILL = 60


@dataclass(frozen=True)
class Picture:
    """A picture of a card: its name in the package, and its words for those who listen."""

    name: str
    alt: str


@dataclass
class Passages:
    """The parts of a card in order, and its pictures."""

    parts: list[Part] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


def read_card(html: str, *, lessons: Collection[str] = ()) -> Passages:
    """Return a card's parts; links to the lessons named become `to`, other links plain words.

    Dots that stand for a pen become blanks: `{"tag": "blank"}`, and a short line with a blank is
    one to fill in: `{"tag": "fill"}`.
    """
    reader = _Reader(lessons)
    reader.feed(html)
    reader.close()
    return Passages([part for part in map(_finished, reader.top) if not _is_empty(part)], reader.pictures)


def pictures_of(html: str) -> list[str]:
    """Return the names of the pictures a card shows."""
    return [picture.name for picture in read_card(html).pictures]


def words_of(part: Part) -> str:
    """Return the words of a part without any marks."""
    return part if isinstance(part, str) else "".join(map(words_of, part.get("parts", ())))


class _Reader(HTMLParser):
    """Builds the tree of known tags; the words of unknown ones stay."""

    def __init__(self, lessons: Collection[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.top: list[Part] = []
        self.pictures: list[Picture] = []
        self._lessons = lessons
        self._open: list[tuple[str, dict[str, Any]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            self._picture(given)
        elif tag in _ALONE:
            self._here.append({"tag": tag})
        elif tag == "a" or tag in _KEPT:
            part = self._link(given) if tag == "a" else {"tag": tag, "parts": []}
            if tag == "ol" and given.get("start", "").isdigit():
                part["start"] = given["start"]
            if tag in _INLINE:
                self._take_the_space_along(part)
            self._here.append(part)
            self._open.append((tag, part))

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _ in self._open):
            while True:
                name, part = self._open.pop()
                if "address" in part:
                    part["parts"].append(_unless_said(part))
                if name == tag:
                    return

    def handle_data(self, data: str) -> None:
        if any(name in ("code", "pre") for name, _ in self._open):
            self._here.append(data)
            return
        words = _BLANK.split(data)
        for place, text in enumerate(words):
            if place:
                self._here.append({"tag": "blank"})
            if text.strip() or (text and len(words) == 1):
                self._here.append(text)

    @property
    def _here(self) -> list[Part]:
        parts: list[Part] = self._open[-1][1]["parts"] if self._open else self.top
        return parts

    def _take_the_space_along(self, part: dict[str, Any]) -> None:
        """Move the space before a marked word into it.

        A line that ends exactly before that space would else be broken after its first word: the
        layout engine looks for a place to break in the words before the space, from the left.
        """
        here = self._here
        if here and isinstance(here[-1], str) and here[-1].endswith(_SPACES):
            here[-1] = here[-1].rstrip("".join(_SPACES))
            part["parts"].append(" ")

    def _picture(self, given: dict[str, str]) -> None:
        found = _PICTURE.fullmatch(given.get("src", ""))
        if found:
            self.pictures.append(Picture(found[1], given.get("alt", "")))

    def _link(self, given: dict[str, str]) -> dict[str, Any]:
        address = given.get("href", "")
        lesson, web = _LESSON.fullmatch(address), _WEB.fullmatch(address)
        if lesson and lesson[1] in self._lessons:
            return {"tag": "to", "lesson": lesson[1], "parts": []}
        return {"tag": "span", "parts": [], **({"address": web[1]} if web else {})}


def _unless_said(part: dict[str, Any]) -> str:
    """Return a web address in brackets: a finger cannot press a word on paper."""
    address = part.pop("address").rstrip("/")
    return "" if address in words_of(part) else f" ({address})"


def _finished(part: Part) -> Part:
    """Turn a short paragraph with a blank into a line to fill in, each of its words a part of its own."""
    if isinstance(part, str) or part["tag"] != "p" or len(words_of(part)) > _LONGEST_LINE_TO_FILL:
        return part
    if not any(isinstance(inner, dict) and inner["tag"] == "blank" for inner in part["parts"]):
        return part
    parts = [inner if isinstance(inner, dict) else {"tag": "span", "parts": [inner.strip()]} for inner in part["parts"]]
    return {"tag": "fill", "parts": parts}


def _is_empty(part: Part) -> bool:
    """Say whether nothing would be printed, as of the paragraph a picture stood in."""
    if isinstance(part, str):
        return not part.strip()
    return part["tag"] in _KEPT and all(map(_is_empty, part["parts"]))
