"""Split a lesson file into its front matter and its cards, and check each card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from courses.course import MAIN_CARDS, Card, CardKind
from courses.faults import FaultList
from courses.limits import excess, lesson_excess
from courses.rendering import Rendered, raw_html_lines, render, unread

MOST_MAIN_CARDS = 7
WORDS_ON_A_CARD = 90

KINDS: dict[str, CardKind] = {
    ".trap": "trap",
    ".exercise": "exercise",
    ".teach": "teach",
    ".sheet": "sheet",
}
_MARK = re.compile(r"\{:(.*)\}")


@dataclass(frozen=True)
class Part:
    """Lines of a file, with the number of the first."""

    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines)


def split_lesson(text: str) -> tuple[Part | None, Part]:
    """Part a lesson file into front matter (nothing if there is none) and body."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return None, Part(1, tuple(lines))
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return Part(2, tuple(lines[1:index])), Part(index + 2, tuple(lines[index + 1 :]))
    return None, Part(1, tuple(lines))


def split_cards(body: Part) -> list[Part]:
    """Part a lesson's body at each `## ` heading; the first part is what stands before."""
    starts = [index for index, line in enumerate(body.lines) if is_heading(line)]
    edges = [0, *starts, len(body.lines)]
    return [Part(body.line + start, body.lines[start:end]) for start, end in pairwise(edges)]


def is_heading(line: str) -> bool:
    """Tell whether a line begins a card."""
    return line == "##" or line.startswith("## ")


@dataclass(frozen=True)
class PictureUse:
    """A picture's name and the line where a card shows it."""

    name: str
    line: int


class CardReader:
    """Read the cards of one lesson file, noting faults with their lines."""

    def __init__(self, path: str, faults: FaultList) -> None:
        self.path = path
        self.pictures: list[PictureUse] = []
        self._faults = faults
        self._is_readable = True

    def read(self, body: Part) -> tuple[Card, ...]:
        """Return all cards of a lesson's body."""
        before, *parts = split_cards(body)
        over = lesson_excess(body.text, len(parts))
        if over:
            self._is_readable = False
            self._fault(body.line + over.line - 1, over.message)
        if before.text.strip():
            line = before.line + next(i for i, text in enumerate(before.lines) if text.strip())
            self._fault(line, "Có chữ đứng trước thẻ đầu tiên. Thêm dòng “## Tên thẻ” ở trên.")
        cards = tuple(self._card(number, part) for number, part in enumerate(parts, start=1))
        self._check_set(body.line, parts, cards)
        return cards

    def _card(self, number: int, part: Part) -> Card:
        title = part.lines[0][2:].strip()
        if not title:
            self._fault(part.line, f"Thẻ {number} chưa có tên sau dấu ##.")
        kind, content = self._kind(number, part)
        rendered = render(content.text) if self._is_readable else unread(content.text)
        if rendered.was_read:
            self._check(number, content, rendered)
            self._check_length(number, kind, part.line, rendered)
        elif self._is_readable:
            self._say_why_unread(number, content)
        return Card(number, kind, title, content.text.strip(), rendered.html)

    def _kind(self, number: int, part: Part) -> tuple[CardKind, Part]:
        rest = Part(part.line + 1, part.lines[1:])
        for index, line in enumerate(rest.lines):
            mark = _MARK.fullmatch(line.strip())
            kind = KINDS.get(mark.group(1).strip()) if mark else None
            if kind and index == 0:
                return kind, Part(rest.line + 1, rest.lines[1:])
            if mark:
                self._fault(
                    rest.line + index,
                    f"Thẻ {number}: nhãn “{line.strip()}” sai. Nhãn đứng ngay dưới tên thẻ, là"
                    " {: .trap}, {: .exercise}, {: .teach} hoặc {: .sheet}.",
                )
        return "idea", rest

    def _say_why_unread(self, number: int, content: Part) -> None:
        over = excess(content.text)
        if over:
            self._fault(content.line + over.line - 1, f"Thẻ {number} {over.message}")
        else:
            self._fault(content.line, f"Thẻ {number} có các mục lồng nhau quá sâu. Hãy viết phẳng hơn.")

    def _check(self, number: int, content: Part, rendered: Rendered) -> None:
        for line in raw_html_lines(content.text):
            self._fault(content.line + line - 1, "Không viết mã HTML trong bài.")
        if not rendered.words and not rendered.pictures:
            self._fault(content.line - 1, f"Thẻ {number} chưa có nội dung.")
        self._check_pictures(content, rendered)
        for link in rendered.refused_links:
            line = _line_of(content, link)
            self._fault(line, f"Đường dẫn “{link}” phải bắt đầu bằng https:, http:, tel:, mailto:.")

    def _check_pictures(self, content: Part, rendered: Rendered) -> None:
        for picture in rendered.pictures:
            line = _line_of(content, picture.source)
            if not picture.alt:
                self._fault(line, f"Hình “{picture.source}” chưa có chữ thay thế trong dấu [ ].")
            if picture.name:
                self.pictures.append(PictureUse(picture.name, line))
            else:
                self._fault(line, f"Hình “{picture.source}” phải nằm trong media/ của khóa học.")

    def _check_length(self, number: int, kind: CardKind, line: int, rendered: Rendered) -> None:
        if kind in MAIN_CARDS and rendered.words > WORDS_ON_A_CARD:
            self._faults.warn(
                self.path,
                line,
                f"Thẻ {number} có {rendered.words} chữ. Nên dưới {WORDS_ON_A_CARD} chữ.",
            )

    def _check_set(self, line: int, parts: list[Part], cards: tuple[Card, ...]) -> None:
        main = [card for card in cards if card.kind in MAIN_CARDS]
        if not main:
            self._fault(line, "Bài chưa có thẻ nào để học.")
        if len(main) > MOST_MAIN_CARDS:
            place = parts[main[MOST_MAIN_CARDS].number - 1].line
            self._fault(place, f"Bài có {len(main)} thẻ học, tối đa {MOST_MAIN_CARDS}. Hãy tách bài.")
        kinds = {card.kind for card in cards}
        if "teach" not in kinds:
            self._fault(line, "Thiếu thẻ {: .teach} (hướng dẫn lại cho người khác).")
        if "sheet" not in kinds:
            self._fault(line, "Thiếu thẻ {: .sheet} (phiếu các bước để in).")

    def _fault(self, line: int, message: str) -> None:
        self._faults.add(self.path, line, message)


def _line_of(part: Part, text: str) -> int:
    found = (index for index, line in enumerate(part.lines) if text and text in line)
    return part.line + next(found, 0)
