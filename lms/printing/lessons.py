"""The papers of learning: the sheet of one lesson, and a whole course as a small book."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lms.errors import Refused
from lms.printing.letters import largest_fitting
from lms.printing.paper import Asset, place_of, render_pdf
from lms.printing.passages import Part, Passages, read_card, words_of
from lms.printing.qr import qr_asset

# Tried in turn: letters in points, the tallest a picture may be in millimetres, and the lines for notes
# there must be. The style sheet has a class for each size.
_LAYOUTS = (
    (20, 92, 4), (20, 80, 4), (18, 80, 3), (18, 68, 3), (18, 56, 3),
    (16, 68, 3), (16, 56, 2), (16, 44, 1), (16, 44, 0),
)  # fmt: skip
_END_OF_SHEET = 277.0
_NOTES_HEADING = 12.0
_LINE = 10.5
_MOST_LINES = 14
_LISTS = ("ol", "ul", "table")

# In the book, pictures stand beside the words of a card as long as both surely fit one page; a card
# of up to so many letters is not broken across pages.
_MOST_BESIDE = 2
_LONGEST_BESIDE = 900
_LONGEST_WHOLE = 2200

_FAMILY = re.compile(rb"""(font-family\s*[=:]\s*)("[^"]*"|'[^']*'|[^;"'}]+)""")
_ROOT = re.compile(rb"<svg\b")
_OUR_FONTS = b"Be Vietnam Pro, Liberation Serif"


class SheetTooLong(Refused):
    """The steps fill more than one page although the letters are as small as they may be."""

    status = 422

    def __init__(self, lesson: str) -> None:
        super().__init__(
            f"Phiếu của bài “{lesson}” dài hơn một trang A4 chữ lớn nên chưa in được. Bài học vẫn đọc được.",
            remedy="Người soạn bài hãy bớt bước, hoặc viết mỗi bước ngắn hơn, rồi phát hành lại.",
        )


@dataclass(frozen=True)
class CardPaper:
    """A card as printed: its HTML was cleaned when it was published, the province's words are in it."""

    title: str
    html: str
    kind: str = "idea"


@dataclass(frozen=True)
class SheetPaper:
    """The sheet of one lesson: its steps to hang on a wall, and lines for one's own notes."""

    course: str
    number: int
    lesson: str
    cards: tuple[CardPaper, ...]
    address: str
    version: int
    day: date
    pictures: Mapping[str, Asset]


@dataclass(frozen=True)
class SourcePaper:
    """A statement that can age, where it comes from, and when that was looked up."""

    text: str
    source: str
    checked: date


@dataclass(frozen=True)
class LessonPaper:
    """A lesson as the book prints it: what one learns, how one teaches it, what it rests on."""

    slug: str
    title: str
    goal: str
    minutes: int
    cards: tuple[CardPaper, ...]
    sources: tuple[SourcePaper, ...] = ()


@dataclass(frozen=True)
class BookletPaper:
    """A whole course on paper."""

    title: str
    summary: str
    audience: str
    lessons: tuple[LessonPaper, ...]
    address: str
    version: int
    day: date
    pictures: Mapping[str, Asset]


def sheet_pdf(paper: SheetPaper) -> bytes:
    """Print the sheet of a lesson on one A4 page.

    Pictures give way first, then the lines for notes; the letters never go below 16 points.

    Raises:
        SheetTooLong: it is more than a page even so.
    """
    values, assets = _sheet_values(paper), _assets(paper.pictures, paper.address)
    for size, picture, least in _LAYOUTS:
        values |= {"size": size, "picture": picture, "lines": 0}
        pages, end = place_of("het", "sheet", values, assets=assets)
        lines = min(int((_END_OF_SHEET - _NOTES_HEADING - end) / _LINE), _MOST_LINES)
        if pages == 1 and end <= _END_OF_SHEET and lines >= least:
            return render_pdf("sheet", values | {"lines": max(lines, 0)}, assets=assets)
    raise SheetTooLong(paper.lesson)


def booklet_pdf(paper: BookletPaper) -> bytes:
    """Print a course as a small book: cover, contents with page numbers, each lesson on a page of its own."""
    slugs = {lesson.slug for lesson in paper.lessons}
    values = {
        "title": paper.title,
        "summary": paper.summary,
        "audience": paper.audience,
        "version": paper.version,
        "day": paper.day,
        "host": _without_scheme(paper.address),
        "lessons": [_lesson_values(lesson, slugs) for lesson in paper.lessons],
    }
    return render_pdf("booklet", values, assets=_assets(paper.pictures, paper.address))


def _sheet_values(paper: SheetPaper) -> dict[str, Any]:
    read = [read_card(card.html) for card in paper.cards]
    steps, rest = _steps_and_rest(paper.cards, read)
    return {
        "course": paper.course,
        "number": paper.number,
        "lesson": paper.lesson,
        "title": paper.cards[0].title,
        "title_size": largest_fitting(paper.cards[0].title, "BeVietnamPro-Bold.ttf", (25, 23, 21), 180),
        "steps": steps,
        "rest": rest,
        "pictures": _pictures(read),
        "host": _without_scheme(paper.address),
        "version": paper.version,
        "day": paper.day,
    }


def _steps_and_rest(cards: Sequence[CardPaper], read: Iterable[Passages]) -> tuple[list[Part], list[Part]]:
    """Part the steps from what comes after them, mostly lines to fill in; a second card keeps its title."""
    parts: list[Part] = []
    for place, (card, passages) in enumerate(zip(cards, read, strict=True)):
        if place:
            parts.append({"tag": "h3", "parts": [card.title]})
        parts += passages.parts
    tags = ["" if isinstance(part, str) else part["tag"] for part in parts]
    lists = [place for place, tag in enumerate(tags, start=1) if tag in _LISTS]
    end = lists[-1] if lists else next((place for place, tag in enumerate(tags) if tag == "fill"), len(parts))
    return parts[:end], parts[end:]


def _lesson_values(lesson: LessonPaper, slugs: set[str]) -> dict[str, Any]:
    days = {source.checked for source in lesson.sources}
    return {
        "slug": lesson.slug,
        "title": lesson.title,
        "goal": lesson.goal,
        "minutes": lesson.minutes,
        "cards": [_card_values(card, slugs) for card in lesson.cards],
        "sources": [{"text": s.text, "source": s.source, "checked": s.checked} for s in lesson.sources],
        "checked": days.pop() if len(days) == 1 else None,
    }


def _card_values(card: CardPaper, slugs: set[str]) -> dict[str, Any]:
    read = read_card(card.html, lessons=slugs)
    pictures = _pictures([read])
    words = sum(map(len, map(words_of, read.parts)))
    return {
        "title": card.title,
        "kind": card.kind,
        "parts": read.parts,
        "pictures": pictures,
        "is_beside": 0 < len(pictures) <= _MOST_BESIDE and words <= _LONGEST_BESIDE,
        "is_long": len(pictures) > _MOST_BESIDE or words > _LONGEST_WHOLE,
    }


def _pictures(read: Iterable[Passages]) -> list[dict[str, str]]:
    return [{"name": picture.name, "alt": picture.alt} for passages in read for picture in passages.pictures]


def _assets(pictures: Mapping[str, Asset], address: str) -> dict[str, Asset]:
    return {**{name: _in_our_fonts(asset) for name, asset in pictures.items()}, "qr.svg": qr_asset(address)}


def _in_our_fonts(asset: Asset) -> Asset:
    """Return a drawing whose words are set in the shipped fonts: "sans-serif" is another font on every machine."""
    if asset.media_type != "image/svg+xml":
        return asset
    named = _FAMILY.sub(lambda found: found[1] + _quoted_like(found[2]), asset.data)
    return Asset(_ROOT.sub(b'<svg font-family="' + _OUR_FONTS + b'"', named, count=1), asset.media_type)


def _quoted_like(name: bytes) -> bytes:
    quote = name[:1] if name[:1] in (b'"', b"'") else b""
    return quote + _OUR_FONTS + quote


def _without_scheme(address: str) -> str:
    return address.partition("://")[2] or address
