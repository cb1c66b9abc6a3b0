"""Split a lesson file into its front matter and its cards, and check each card."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from courses.course import MAIN_CARDS, Card, CardKind, FactBox
from courses.facts import fill_references, written_out
from courses.faults import FaultList
from courses.limits import excess, lesson_excess
from courses.parts import Part
from courses.rendering import Rendered, raw_html_lines, render, unread

MOST_MAIN_CARDS = 7

KINDS: dict[str, CardKind] = {
    ".trap": "trap",
    ".exercise": "exercise",
    ".teach": "teach",
    ".sheet": "sheet",
}
_MARK = re.compile(r"\{:(.*)\}")
_LABEL = re.compile(r"\s*(\.[a-z]+)?\s*(?:facts=\"([a-z0-9 -]*)\")?\s*")


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
class Use:
    """The name of something a card or question uses, a picture or a lesson, and the line where it does."""

    name: str
    line: int


@dataclass(frozen=True)
class Surroundings:
    """What a lesson's cards and questions may refer to: its facts, and the province's own words."""

    facts: Mapping[str, FactBox] = field(default_factory=dict)
    variables: Collection[str] = ()


class CardReader:
    """Read the cards of one lesson file, noting faults with their lines."""

    def __init__(self, path: str, faults: FaultList, around: Surroundings) -> None:
        self.path = path
        self.pictures: list[Use] = []
        self.lessons: list[Use] = []
        self.sources: dict[int, Part] = {}
        self._faults = faults
        self._around = around
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
            self._fault(line, "Có chữ đứng trước thẻ đầu tiên. Hãy thêm dòng “## Tên thẻ” ở trên.")
        cards = tuple(self._card(number, part) for number, part in enumerate(parts, start=1))
        self._check_set(body.line, parts, cards)
        return cards

    def _card(self, number: int, part: Part) -> Card:
        title = part.lines[0][2:].strip()
        if not title:
            self._fault(part.line, f"Thẻ {number} chưa có tên sau dấu ##. Hãy viết tên thẻ.")
        kind, named, raw = self._label(number, part)
        self.sources[number] = Part(part.line, (title, *raw.lines))
        content = self._written_out(raw)
        heading = self._heading(part.line, title)
        rendered = render(content.text) if self._is_readable else unread(content.text)
        if rendered.was_read:
            self._check(number, content, rendered)
        elif self._is_readable:
            self._say_why_unread(number, content)
        referred = written_out(f"{title}\n{raw.text}", self._around.facts).facts
        facts = tuple(dict.fromkeys([*named, *referred]))
        return Card(number, kind, heading, content.text.strip(), rendered.html, facts)

    def _label(self, number: int, part: Part) -> tuple[CardKind, list[str], Part]:
        """Read the line right under the heading: the card's kind and the facts it rests on."""
        kind: CardKind = "idea"
        named: list[str] = []
        rest = Part(part.line + 1, part.lines[1:])
        for index, line in enumerate(rest.lines):
            mark = _MARK.fullmatch(line.strip())
            label = _LABEL.fullmatch(mark[1]) if mark and index == 0 else None
            if label and label[0].strip() and (label[1] is None or label[1] in KINDS):
                kind = KINDS.get(label[1] or "", "idea")
                named = self._known_facts(rest.line, (label[2] or "").split())
                rest = Part(rest.line, ("", *rest.lines[1:]))
            elif mark:
                self._fault(
                    rest.line + index,
                    f"Thẻ {number}: nhãn “{line.strip()}” sai. Hãy đặt nhãn ngay dưới tên thẻ, là"
                    ' {: .trap}, {: .exercise}, {: .teach} hoặc {: .sheet}, có thể thêm facts="mã mã".',
                )
        return kind, named, rest

    def _known_facts(self, line: int, keys: list[str]) -> list[str]:
        for key in keys:
            if key not in self._around.facts:
                self._fault(line, f"Không có thông tin “{key}” trong mục facts của bài. Hãy thêm mã vào đó.")
        return keys

    def _written_out(self, raw: Part) -> Part:
        around = self._around
        lines = fill_references(self.path, raw, around.facts, self._faults, variables=around.variables)
        return Part(raw.line, lines)

    def _heading(self, line: int, title: str) -> str:
        """Write out a card's title; a province's own words stand only where they are filled in, below it."""
        return fill_references(self.path, Part(line, (title,)), self._around.facts, self._faults, variables=None)[0]

    def _say_why_unread(self, number: int, content: Part) -> None:
        over = excess(content.text)
        if over:
            self._fault(content.line + over.line - 1, f"Thẻ {number} {over.message}")
        else:
            self._fault(content.line, f"Thẻ {number} có các mục lồng nhau quá sâu. Hãy viết phẳng hơn.")

    def _check(self, number: int, content: Part, rendered: Rendered) -> None:
        for line in raw_html_lines(content.text):
            self._fault(content.line + line - 1, "Không viết mã HTML trong bài. Hãy bỏ dấu < >.")
        if not rendered.words and not rendered.pictures:
            self._fault(content.line - 1, f"Thẻ {number} chưa có nội dung. Hãy viết vào, hoặc xóa thẻ.")
        self._check_pictures(content, rendered)
        for link in rendered.refused_links:
            line = content.line_of(link)
            starts = "https:, http:, tel:, mailto: hoặc bai:"
            self._fault(line, f"Đường dẫn “{link}” phải bắt đầu bằng {starts}. Hãy sửa lại.")
        for slug in rendered.lessons:
            self.lessons.append(Use(slug, content.line_of(f"bai:{slug}")))

    def _check_pictures(self, content: Part, rendered: Rendered) -> None:
        for picture in rendered.pictures:
            line = content.line_of(picture.source)
            if not picture.alt:
                self._fault(line, f"Hình “{picture.source}” chưa có chữ thay thế. Hãy tả hình trong dấu [ ].")
            if picture.name:
                self.pictures.append(Use(picture.name, line))
            else:
                self._fault(line, f"Hình “{picture.source}” phải nằm trong media/ của khóa học. Hãy chép hình vào đó.")

    def _check_set(self, line: int, parts: list[Part], cards: tuple[Card, ...]) -> None:
        main = [card for card in cards if card.kind in MAIN_CARDS]
        if not main:
            self._fault(line, "Bài chưa có thẻ nào để học. Hãy viết thẻ.")
        if len(main) > MOST_MAIN_CARDS:
            place = parts[main[MOST_MAIN_CARDS].number - 1].line
            self._fault(place, f"Bài có {len(main)} thẻ học, tối đa {MOST_MAIN_CARDS}. Hãy tách bài.")
        kinds = {card.kind for card in cards}
        if "teach" not in kinds:
            self._fault(line, "Thiếu thẻ {: .teach} (hướng dẫn lại cho người khác). Hãy thêm một thẻ.")
        if "sheet" not in kinds:
            self._fault(line, "Thiếu thẻ {: .sheet} (phiếu các bước để in). Hãy thêm một thẻ.")

    def _fault(self, line: int, message: str) -> None:
        self._faults.add(self.path, line, message)
