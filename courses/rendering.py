"""Markdown to safe HTML: the only place in the project that says "this HTML is safe".

Two walls stand one behind the other. Raw HTML is switched off in the Markdown reader, so it
comes out as visible text; then everything passes an allow-list, because Markdown alone
still lets `[x](javascript:…)` and foreign pictures through. Before both, a text that would
take too long is not read at all and comes out as it was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from xml.etree.ElementTree import Element

import markdown
import nh3
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AMP_SUBSTITUTE
from markupsafe import Markup

from courses.limits import excess

MEDIA_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.(?:svg|png|jpg|webp)")

_MEDIA_ADDRESS = re.compile(rf"\.\./media/{MEDIA_NAME.pattern}")
_SCHEMES = {"http", "https", "tel", "mailto"}
_LINK = re.compile(r"(?:https?://|tel:|mailto:)\S+", re.IGNORECASE)
_TO_LESSON = re.compile(r"bai:([a-z0-9]+(?:-[a-z0-9]+)*)")
_LESSON_ADDRESS = re.compile(r"\.\./[a-z0-9]+(?:-[a-z0-9]+)*/")
_TAG_NAMES = "p br strong em h3 h4 h5 h6 ul ol li blockquote code pre hr a img table thead tbody tr th td"
_TAGS = set(_TAG_NAMES.split())
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "loading"},
    "ol": {"start"},
    "td": {"data-label"},
}
_LONGEST_LABEL = 80
_RAW_HTML = re.compile(r"<(?:!--|[!?]|/?[a-zA-Z](?![a-zA-Z+.-]*:[^\s>]+>)(?![^\s<>@]*@[^\s<>]+>))")
_CODE = re.compile(r"(`+)[^\n]*?\1")


@dataclass(frozen=True)
class Picture:
    """A picture as the author named it."""

    source: str
    alt: str

    @property
    def name(self) -> str | None:
        """Return the name under `media/`, or nothing if it lies elsewhere."""
        name = self.source.removeprefix("media/")
        is_ours = self.source.startswith("media/") and MEDIA_NAME.fullmatch(name)
        return name if is_ours else None


@dataclass(frozen=True)
class Rendered:
    """A text made into HTML, and what its author should be told about."""

    html: Markup
    pictures: tuple[Picture, ...]
    refused_links: tuple[str, ...]
    lessons: tuple[str, ...] = ()
    was_read: bool = True

    @property
    def words(self) -> int:
        """Return how many words a reader sees."""
        return len(unescape(nh3.clean(self.html, tags=set())).split())


def render(text: str) -> Rendered:
    """Make a card's Markdown into HTML that may stand in any page.

    Headings begin at level 3 (the page has the first, the card's title the second) and
    never skip a level. Pictures come only from the package; links open only web, telephone
    and mail addresses, and a sister lesson by `bai:<slug>`. A text that holds too much to be
    read (see `limits`) comes out as one paragraph, as it was written.
    """
    if excess(text):
        return unread(text)
    watch = _Watch()
    reader = markdown.Markdown(extensions=["tables", "sane_lists", watch])
    try:
        html = reader.convert(text)
    except RecursionError:
        # Lists in quotes in lists: how deep it may go depends on who calls.
        return unread(text)
    return Rendered(clean(html), tuple(watch.pictures), tuple(watch.refused_links), tuple(watch.lessons))


def unread(text: str) -> Rendered:
    """Show a text as it was written, every sign of it harmless."""
    return Rendered(Markup("<p>{}</p>").format(text), (), (), was_read=False)


def clean(html: str) -> Markup:
    """Let through only the tags, attributes and addresses a lesson needs.

    The second wall: it holds even if the Markdown reader lets something slip.
    """
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"table": {"class": "table"}, "th": {"scope": "col"}},
    )
    return Markup(safe)  # noqa: S704 - the allow-list above has just made it safe


def stored_html(html: str) -> Markup:
    """Take back HTML that `render` made earlier and our own database kept.

    Publishing makes lesson HTML once; cleaning it again for every reader would only cost.
    Never call it with anything that did not come out of `render`.
    """
    return Markup(html)  # noqa: S704 - it came out of clean() when it was published


def raw_html_lines(text: str) -> list[int]:
    """Return the lines (from 1) where an author wrote HTML tags into Markdown.

    None in a text that holds too much: `render` shows it as it was written.
    """
    if excess(text):
        return []
    return [number for number, line in enumerate(text.split("\n"), start=1) if _RAW_HTML.search(_CODE.sub("", line))]


def _filter(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if _MEDIA_ADDRESS.fullmatch(value) else None
    if tag == "a" and name == "href":
        return value if _LINK.fullmatch(value) or _LESSON_ADDRESS.fullmatch(value) else None
    return value


class _Watch(Extension):
    """Switch raw HTML off, and look over headings, pictures, links and tables."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[Picture] = []
        self.refused_links: list[str] = []
        self.lessons: list[str] = []

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802 - Markdown's name
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")
        # After "unescape" (priority 0): only then are addresses and texts final.
        md.treeprocessors.register(_Look(md, self), "courses", -1)


class _Look(Treeprocessor):
    def __init__(self, md: markdown.Markdown, watch: _Watch) -> None:
        super().__init__(md)
        self.watch = watch

    def run(self, root: Element) -> None:
        level = 2
        for parent in list(root.iter()):
            for child in list(parent):
                if child.tag == "img":
                    self._picture(parent, child)
                elif child.tag == "a":
                    self._link(child)
        for element in root.iter():
            if re.fullmatch("h[1-6]", element.tag):
                level = min(max(int(element.tag[1]), 3), level + 1)
                element.tag = f"h{level}"
            elif element.tag == "table":
                _label_cells(element)

    def _picture(self, parent: Element, image: Element) -> None:
        picture = Picture(image.get("src", ""), (image.get("alt") or "").strip())
        self.watch.pictures.append(picture)
        if picture.name:
            image.set("src", f"../media/{picture.name}")
            image.set("loading", "lazy")
        else:
            _replace_by_text(parent, image, picture.alt)

    def _link(self, link: Element) -> None:
        address = unescape(link.get("href", "").replace(AMP_SUBSTITUTE, "&"))
        to_lesson = _TO_LESSON.fullmatch(address)
        if to_lesson:
            self.watch.lessons.append(to_lesson[1])
            link.set("href", f"../{to_lesson[1]}/")
        elif not _LINK.fullmatch(address):
            self.watch.refused_links.append(address)
            link.attrib.pop("href", None)


def _replace_by_text(parent: Element, child: Element, text: str) -> None:
    text += child.tail or ""
    index = list(parent).index(child)
    if index:
        before = parent[index - 1]
        before.tail = (before.tail or "") + text
    else:
        parent.text = (parent.text or "") + text
    parent.remove(child)


def _label_cells(table: Element) -> None:
    """Write each column's heading on its cells: on a phone the rows become cards."""
    labels = ["".join(cell.itertext()).strip()[:_LONGEST_LABEL] for cell in table.iter("th")]
    for row in table.iter("tr"):
        for label, cell in zip(labels, row.findall("td"), strict=False):
            cell.set("data-label", label)
