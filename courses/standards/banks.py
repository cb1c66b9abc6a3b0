"""What a course's questions must keep to: enough of them, no two alike, no pattern in the key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from courses.course import MAIN_CARDS, FactBox, Lesson
from courses.faults import FaultList
from courses.lessons import ReadLesson
from courses.parts import Part
from courses.question import Question
from courses.sidepieces import SKILL_CHECK
from courses.standards.notes import check_by_hand, unfounded
from courses.standards.numbers import FactValues, handwritten, numbers_in
from courses.standards.reading import Reading
from courses.standards.words import foreign_words
from courses.texts import fold

SMALLEST_BANK = 8
_ENOUGH_FOR_A_PATTERN = 3
_PATTERNS = (
    ("choice", "đáp án đúng luôn ở cùng một chỗ", "Hãy đổi chỗ vài câu."),
    ("truefalse", "câu đúng hay sai luôn cùng một đáp án", "Hãy viết lại vài câu cho ngược lại."),
)
# Names in a file that hold figures but say nothing: keys, cards, places on a screen, pictures.
_SILENT = re.compile(r"\b(?:key|card|at|picture|lesson|facts):\s*(?:\[[^\[\]]*\]|[\w.-]+)")


@dataclass(frozen=True)
class _Asked:
    """A question, where it stands, and the facts it may refer to."""

    path: str
    question: Question
    source: Part
    lesson: Lesson | None
    facts: tuple[FactBox, ...]
    known: FactValues


def check_banks(reading: Reading, faults: FaultList) -> None:
    """Note what of a package's questions is below the standard."""
    for read in reading.lessons:
        bank = read.lesson.bank
        if read.questions and len(bank) < SMALLEST_BANK:
            message = f"Ngân hàng có {len(bank)} câu, cần ít nhất {SMALLEST_BANK}. Hãy viết thêm câu."
            faults.fall_short(read.files.questions_path, 1, message)
        _check_pattern(read, faults)
    seen: dict[str, str] = {}
    for asked in _all_asked(reading):
        _check_card(asked, faults)
        _check_words(asked, faults)
        _check_numbers(asked, faults)
        _check_duplicate(asked, seen, faults)


def _all_asked(reading: Reading) -> Iterator[_Asked]:
    for read in reading.lessons:
        facts = read.lesson.facts
        known = FactValues(facts)
        for question in read.lesson.practice + read.lesson.bank:
            source = read.questions[question.key]
            yield _Asked(read.files.questions_path, question, source, read.lesson, facts, known)
    facts = tuple(reading.facts.values())
    known = FactValues(facts)
    for one in reading.side.skill_check:
        source = reading.side.asked[one.question.key]
        yield _Asked(SKILL_CHECK, one.question, source, reading.package.lesson(one.lesson), facts, known)


def _check_card(asked: _Asked, faults: FaultList) -> None:
    """A learner reads the cards on teaching and the sheet only after the test."""
    card = asked.lesson.card(asked.question.card) if asked.lesson else None
    if card is not None and card.kind not in MAIN_CARDS:
        message = (
            f"Câu “{asked.question.key}” dựa vào thẻ {card.number}, người học chưa đọc thẻ ấy lúc kiểm tra."
            " Hãy trỏ sang một thẻ học."
        )
        faults.fall_short(asked.path, asked.source.line, message)


def _check_words(asked: _Asked, faults: FaultList) -> None:
    for word in foreign_words(" ; ".join(_shown(asked.question))):
        message = (
            f"Câu “{asked.question.key}”: chữ “{word}” không phải tiếng Việt thường dùng. Hãy nói bằng tiếng Việt."
        )
        faults.fall_short(asked.path, asked.source.line_of(word), message)


def _shown(question: Question) -> Iterator[str]:
    """Yield all that a learner reads of a question."""
    yield question.text
    yield question.help
    yield from question.steps
    for option in question.options:
        yield from (option.text, option.help)
    for pair in question.pairs:
        yield from (pair.left, pair.right)
    if question.screen:
        yield question.screen.alt


def _check_numbers(asked: _Asked, faults: FaultList) -> None:
    wrong = {number.bare for text in _claimed_to_be_wrong(asked.question) for number in numbers_in(text)}
    for line, written in enumerate(asked.source.lines, start=asked.source.line):
        typed = _SILENT.sub(" ", handwritten(written))
        check_by_hand(asked.path, line, typed, asked.known, faults, but=wrong)
    named = FactValues(fact for fact in asked.facts if fact.key in asked.question.facts)
    for claim in _claims(asked.question):
        for written, message in unfounded(claim, asked.known, named):
            line = asked.source.line_of(written)
            faults.fall_short(asked.path, line, f"Câu “{asked.question.key}”: {message}")


def _claimed_to_be_wrong(question: Question) -> Iterator[str]:
    if question.kind == "truefalse":
        if not question.options[0].right:
            yield question.text
        return
    yield from (option.text for option in question.options if not option.right)


def _claims(question: Question) -> Iterator[str]:
    """Yield what a question says is so: right answers and help, not the case it tells."""
    yield question.help
    yield from question.accept
    yield from question.steps
    yield from (f"{pair.left} ; {pair.right}" for pair in question.pairs)
    if question.kind == "truefalse":
        if question.options[0].right:
            yield question.text
        return
    yield from (option.text for option in question.options if option.right)
    yield from (option.help for option in question.options)


def _check_duplicate(asked: _Asked, seen: dict[str, str], faults: FaultList) -> None:
    key, folded = asked.question.key, fold(asked.question.text)
    if folded in seen:
        message = f"Câu “{key}” trùng với {seen[folded]}. Hãy đổi một câu."
        faults.fall_short(asked.path, asked.source.line, message)
    seen.setdefault(folded, f"{asked.path}, câu “{key}”")


def _check_pattern(read: ReadLesson, faults: FaultList) -> None:
    for kind, what, mend in _PATTERNS:
        asked = [question for question in read.lesson.bank if question.kind == kind]
        places = {next((n for n, option in enumerate(one.options) if option.right), 0) for one in asked}
        if len(asked) >= _ENOUGH_FOR_A_PATTERN and len(places) == 1:
            line = read.questions[asked[0].key].line
            faults.fall_short(read.files.questions_path, line, f"Trong ngân hàng, {what}. {mend}")
