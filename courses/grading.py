"""Read answers from a form and grade them. Pure: no clock, no chance, no database.

Whatever a form sends, nothing here raises: a question not answered, or answered with
nonsense, is simply not right.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from courses.course import TestPlan
from courses.question import Question
from courses.texts import fold

LONGEST_TYPED = 200

Answer = None | str | list[str] | list[int | None]
GetList = Callable[[str], Iterable[object]]


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, one sentence of help, and the card that explains."""

    correct: bool
    help: str
    card: int


@dataclass(frozen=True)
class PaperResult:
    """The outcome of a whole paper; `verdicts` by question key, in the order asked."""

    verdicts: dict[str, Verdict]
    correct: int
    total: int
    percent: int
    passed: bool


def read_answer(question: Question, order: Sequence[int], getlist: GetList) -> Answer:
    """Read a question's answer from form values as plain JSON-able data.

    What comes back does not depend on the shown order: option keys for choices, for each
    step its given place, for each left side the index of its right side, or what was typed.
    None means nothing was answered (for order and match: None at the parts left open).
    """
    if question.kind == "short":
        return _clean(_first(getlist(question.field))) or None
    if question.kind == "order":
        return _read_places(question, order, getlist)
    if question.kind == "match":
        return _read_matches(question, order, getlist)
    keys = [option.key for option in question.options]
    sent = set(_texts(getlist(question.field)))
    chosen = [key for key in keys if key in sent]
    if question.kind == "several":
        return chosen or None
    return chosen[0] if chosen else None


def is_answered(question: Question, answer: object) -> bool:
    """Tell whether a question is answered in all its parts."""
    if question.kind in {"order", "match"}:
        return isinstance(answer, list) and len(answer) == question.size and all(part is not None for part in answer)
    return bool(answer)


def grade(question: Question, answer: object) -> Verdict:
    """Grade one answer and say in one sentence what helps."""
    if not is_answered(question, answer):
        return Verdict(False, "Câu này chưa có câu trả lời.", question.card)
    correct = _is_correct(question, answer)
    return Verdict(correct, _help(question, answer, correct), question.card)


def grade_paper(plan: TestPlan, questions: Iterable[Question], answers: Mapping[str, object]) -> PaperResult:
    """Grade a whole paper: percent rounded down, passed from the lesson's pass mark on.

    A paper without questions is never passed.
    """
    verdicts = {question.key: grade(question, answers.get(question.key)) for question in questions}
    correct = sum(verdict.correct for verdict in verdicts.values())
    total = len(verdicts)
    percent = correct * 100 // total if total else 0
    passed = total > 0 and percent >= plan.pass_percent
    return PaperResult(verdicts, correct, total, percent, passed)


def _read_places(question: Question, order: Sequence[int], getlist: GetList) -> list[int | None] | None:
    places: list[int | None] = [None] * question.size
    for shown, index in enumerate(question.full_order(order), start=1):
        places[index] = _number(getlist(question.field_at(shown)), question.size)
    return places if any(place is not None for place in places) else None


def _read_matches(question: Question, order: Sequence[int], getlist: GetList) -> list[int | None] | None:
    order = question.full_order(order)
    matches: list[int | None] = []
    for left in range(1, question.size + 1):
        place = _number(getlist(question.field_at(left)), question.size)
        matches.append(None if place is None else order[place - 1])
    return matches if any(match is not None for match in matches) else None


def _is_correct(question: Question, answer: object) -> bool:
    if question.kind == "order":
        return answer == list(range(1, question.size + 1))
    if question.kind == "match":
        return answer == list(range(question.size))
    if question.kind == "short":
        typed = fold(answer) if isinstance(answer, str) else ""
        return bool(typed) and typed in {fold(text) for text in question.accept}
    right = [option.key for option in question.options if option.right]
    return sorted(_chosen(answer)) == right


def _help(question: Question, answer: object, correct: bool) -> str:
    chosen = _chosen(answer)
    told = [
        option.help for option in question.options if option.key in chosen and option.right == correct and option.help
    ]
    if told:
        return told[0]
    if question.kind == "several" and not correct and not _has_wrong(question, chosen):
        return question.help or "Còn thiếu lựa chọn đúng."
    if question.help or correct:
        return question.help
    return f"Chưa đúng. Anh/chị xem lại thẻ {question.card}."


def _has_wrong(question: Question, chosen: list[str]) -> bool:
    return any(option.key in chosen and not option.right for option in question.options)


def _chosen(answer: object) -> list[str]:
    parts = answer if isinstance(answer, list) else [answer]
    return [part for part in parts if isinstance(part, str)]


def _texts(values: Iterable[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _first(values: Iterable[object]) -> str:
    return next(iter(_texts(values)), "")


def _number(values: Iterable[object], most: int) -> int | None:
    """Return the sent number if it is one of "1".."most", compared as text."""
    sent = _first(values)
    return next((number for number in range(1, most + 1) if str(number) == sent), None)


def _clean(text: str) -> str:
    """Keep what a database can store: no control signs, no half letters, not endless."""
    kept = "".join(sign for sign in text[:LONGEST_TYPED] if unicodedata.category(sign)[0] != "C")
    return unicodedata.normalize("NFC", kept).strip()
