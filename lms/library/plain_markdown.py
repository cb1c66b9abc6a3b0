"""Turn the simple HTML of a document into Markdown that its author can read and mend.

Only what a lesson card may hold survives: headings, paragraphs, lists, tables, bold, slanted,
links and pictures. Everything else keeps its words and loses its form.
"""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

import nh3

_TAGS = {"p", "br", "strong", "b", "em", "i", "ul", "ol", "li", "table", "thead", "tbody", "tr", "td", "th", "a", "img"}
_TAGS |= {f"h{level}" for level in range(1, 7)}
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*"}
_SPECIAL = re.compile(r"([\\`*_\[\]])")
_TAG_LIKE = re.compile(r"<(?=[a-zA-Z/!?])")
_LINE_START = re.compile(r"^(\s*)(#{1,6} |[-+] |\d+\. |\{:)")
_BOLD_LINE = re.compile(r"\*\*([^*\n]{2,80})\*\*")


def to_markdown(html: str) -> str:
    """Return the Markdown of a document's HTML.

    Many documents have no headings, only short bold lines; then these are the headings.
    """
    writer = _Writer()
    writer.feed(nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}, "img": {"src", "alt"}}, link_rel=None,
                          url_schemes={"http", "https", "tel", "mailto", "media"}))  # fmt: skip
    writer.close()
    blocks = writer.finish()
    if not any(block.startswith("#") for block in blocks):
        blocks = [_BOLD_LINE.sub(r"## \1", block) if _BOLD_LINE.fullmatch(block) else block for block in blocks]
    return "\n\n".join(blocks) + "\n" if blocks else ""


class _Writer(HTMLParser):
    """Collect blocks of Markdown while the tags go by."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[str] = []
        self._text: list[str] = []
        self._heading = 0
        self._lists: list[list[int | str]] = []
        self._items: list[str] = []
        self._rows: list[list[str]] | None = None
        self._link = ""

    def finish(self) -> list[str]:
        """Return the blocks; an unclosed one at the end counts too."""
        self._end_block()
        return [block for block in self._blocks if block.strip()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _MARKS:
            self._text.append(_MARKS[tag])
        elif tag == "br":
            self._text.append(" " if self._rows is not None or self._lists else "\n\n")
        elif tag == "img":
            self._picture(values)
        elif tag == "a":
            self._link = values.get("href", "")
            self._text.append("[")
        elif tag in ("ul", "ol"):
            self._begin_list(tag)
        elif tag == "table":
            self._end_block()
            self._rows = []
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif re.fullmatch("h[1-6]", tag):
            self._end_block()
            self._heading = int(tag[1])

    def handle_endtag(self, tag: str) -> None:
        if tag in _MARKS:
            self._close_mark(_MARKS[tag])
        elif tag == "a":
            self._text.append(f"]({self._link})" if self._link else "]")
        elif tag == "li":
            self._end_item()
        elif tag in ("ul", "ol"):
            self._end_list()
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].append(self._take().replace("|", "\\|").replace("\n", " "))
        elif tag == "table":
            self._end_table()
        elif tag == "p" and (self._lists or self._rows is not None):
            self._text.append(" ")
        elif tag == "p" or re.fullmatch("h[1-6]", tag):
            self._end_block()

    def handle_data(self, data: str) -> None:
        text = _SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", data))
        self._text.append(_TAG_LIKE.sub("< ", text))

    def _picture(self, values: Mapping[str, str]) -> None:
        alt = re.sub(r"[\[\]\n]", " ", values.get("alt", "")).strip()
        picture = f"![{alt}]({values.get('src', '')})"
        if self._rows is not None or self._lists:
            self._text.append(picture)
        else:
            self._end_block()
            self._blocks.append(picture)

    def _close_mark(self, mark: str) -> None:
        """Close bold or slanted where its last letter stands: Markdown takes no space before the mark."""
        for index in range(len(self._text) - 1, -1, -1):
            if self._text[index] == mark:
                inside = "".join(self._text[index + 1 :])
                outside = (" " if inside[:1] == " " else "", " " if inside[-1:] == " " else "")
                kept = f"{outside[0]}{mark}{inside.strip()}{mark}{outside[1]}" if inside.strip() else inside
                self._text[index:] = [kept]
                return

    def _begin_list(self, tag: str) -> None:
        if self._lists:
            self._write_item()
        else:
            self._end_block()
        self._lists.append([tag, 0])

    def _end_item(self) -> None:
        self._write_item()

    def _write_item(self) -> None:
        text = self._take()
        if not text or not self._lists:
            return
        current = self._lists[-1]
        current[1] = int(current[1]) + 1
        mark = f"{current[1]}." if current[0] == "ol" else "-"
        self._items.append("    " * (len(self._lists) - 1) + f"{mark} {text}")

    def _end_list(self) -> None:
        if self._lists:
            self._write_item()
            self._lists.pop()
        if not self._lists and self._items:
            self._blocks.append("\n".join(self._items))
            self._items = []

    def _end_table(self) -> None:
        rows = [row for row in self._rows or [] if any(row)]
        self._rows = None
        if not rows:
            return
        width = max(len(row) for row in rows)
        lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
        lines.insert(1, "|" + " --- |" * width)
        self._blocks.append("\n".join(lines))

    def _end_block(self) -> None:
        text = self._take()
        if text and self._heading:
            self._blocks.append("#" * self._heading + " " + text.replace("**", ""))
        elif text:
            self._blocks.append(_LINE_START.sub(r"\1\\\2", text))
        self._heading = 0

    def _take(self) -> str:
        text = "".join(self._text).strip()
        self._text = []
        return re.sub(r"[ \t]{3,}", " ", text)
