"""Draw a test paper from a lesson's bank.

The same seed always gives the same paper, on every machine and Python version: places come
from SHA-256 and not from a random generator. A paper that was begun can so be shown again
after a lost line, and an auditor can draw it anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from courses.course import Lesson
from courses.question import Question


@dataclass(frozen=True)
class PaperItem:
    """A drawn question by its key, and the order in which its parts are shown."""

    key: str
    order: tuple[int, ...]


@dataclass(frozen=True)
class Paper:
    """The questions of one attempt, in the order asked."""

    seed: str
    items: tuple[PaperItem, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the question keys in the order asked."""
        return tuple(item.key for item in self.items)

    def order_of(self, key: str) -> tuple[int, ...]:
        """Return the shown order of a question, empty if it was not drawn."""
        return next((item.order for item in self.items if item.key == key), ())

    def questions(self, lesson: Lesson) -> tuple[Question, ...]:
        """Return the drawn questions in the order asked."""
        by_key = {question.key: question for question in lesson.bank}
        return tuple(by_key[key] for key in self.keys if key in by_key)

    def as_data(self) -> dict[str, object]:
        """Return the paper as plain JSON-able data."""
        items = [{"key": item.key, "order": list(item.order)} for item in self.items]
        return {"seed": self.seed, "items": items}

    @staticmethod
    def from_data(data: Mapping[str, object]) -> Paper:
        """Take back a paper from what `as_data` gave."""
        items = data["items"]
        assert isinstance(items, list), "a stored paper holds a list of items"
        return Paper(
            str(data["seed"]),
            tuple(PaperItem(item["key"], tuple(item["order"])) for item in items),
        )


def draw_paper(lesson: Lesson, seed: str | int) -> Paper:
    """Draw as many questions as the lesson's test asks for.

    The kinds of question take turns, so that a short paper is not all true-or-false.
    """
    chosen = _spread(lesson.bank, str(seed))[: lesson.test.draw]
    chosen.sort(key=lambda question: _place(seed, "asked", question.key))
    items = (PaperItem(question.key, shown_order(question, seed)) for question in chosen)
    return Paper(str(seed), tuple(items))


def shown_order(question: Question, seed: str | int) -> tuple[int, ...]:
    """Return the order in which a question's parts are shown, as indexes in file order.

    True and false keep their places. Steps and pairs never stand in the right order.
    """
    natural = list(range(question.size))
    if question.kind == "truefalse":
        return tuple(natural)
    order = sorted(natural, key=lambda index: _place(seed, question.key, str(index)))
    if question.kind in {"order", "match"} and order == natural:
        order = order[1:] + order[:1]
    return tuple(order)


def _spread(bank: Sequence[Question], seed: str) -> list[Question]:
    shuffled = sorted(bank, key=lambda question: _place(seed, "drawn", question.key))
    turns: dict[str, int] = {}
    ranked = []
    for place, question in enumerate(shuffled):
        turn = turns[question.kind] = turns.get(question.kind, -1) + 1
        ranked.append((turn, place, question))
    ranked.sort(key=lambda rank: rank[:2])
    return [question for _, _, question in ranked]


def _place(seed: str | int, *names: str) -> bytes:
    return hashlib.sha256("\n".join([str(seed), *names]).encode(errors="replace")).digest()
