"""A question as a frozen value, and the form controls that ask it.

Which HTML draws the controls is the pages' business; which controls there are, what they
are called and in which order they stand is decided here, next to the grading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

QuestionKind = Literal["choice", "several", "truefalse", "order", "match", "tap", "short"]
Control = Literal["radio", "checkbox", "select", "tap", "text"]

CONTROLS: dict[str, Control] = {
    "choice": "radio",
    "truefalse": "radio",
    "several": "checkbox",
    "order": "select",
    "match": "select",
    "tap": "tap",
    "short": "text",
}
KINDS = tuple(CONTROLS)


@dataclass(frozen=True)
class Option:
    """An answer to tick. `help` says in one sentence why it is wrong (or right).

    For a tap question `at` is the place on the screen: left, top, width, height in the units
    of the drawing; `text` names the place for whoever does not see it.
    """

    key: str
    text: str
    right: bool
    help: str = ""
    at: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class Screen:
    """The drawn screen of a tap question: a picture of the package, and its size in its own units."""

    name: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class Pair:
    """A left side and the right side that belongs to it."""

    left: str
    right: str


@dataclass(frozen=True)
class ShownChoice:
    """One line of a drop-down list."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class ShownItem:
    """One form control of a question, in the order the learner sees it.

    `value` and `chosen` serve tick boxes and radio buttons, `choices` drop-down lists;
    for a short answer `value` is what was typed so far.
    """

    field: str
    text: str
    value: str = ""
    chosen: bool = False
    choices: tuple[ShownChoice, ...] = ()
    at: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class Question:
    """A practice or test question; `card` is the card that explains it.

    `options` are filled for choice, several, truefalse and tap, `steps` for order (in the right
    order), `pairs` for match, `accept` for short and `screen` for tap.
    """

    key: str
    kind: QuestionKind
    text: str
    card: int
    facts: tuple[str, ...] = ()
    help: str = ""
    options: tuple[Option, ...] = ()
    steps: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    accept: tuple[str, ...] = ()
    screen: Screen | None = None

    @property
    def control(self) -> Control:
        """Return the kind of form control that asks this question."""
        return CONTROLS[self.kind]

    @property
    def field(self) -> str:
        """Return the form field's name (without the number that order and match add)."""
        return f"q-{self.key}"

    @property
    def size(self) -> int:
        """Return how many things are shown in drawn order (0 for a short answer)."""
        return len(self.options) or len(self.steps) or len(self.pairs)

    def field_at(self, place: int) -> str:
        """Return the field name of the control shown at `place`, counted from 1."""
        return f"{self.field}-{place}"

    def shown(self, order: Sequence[int] = (), answer: object = None) -> tuple[ShownItem, ...]:
        """Return the form controls in the drawn order, filled with an earlier answer.

        `order` is what the paper stored: indexes in file order. Anything that is not a
        full order counts as the file order, so an old paper can always be shown.
        """
        if self.kind == "short":
            typed = answer if isinstance(answer, str) else ""
            return (ShownItem(self.field, "", typed),)
        order = self.full_order(order)
        if self.kind == "order":
            return self._shown_steps(order, answer)
        if self.kind == "match":
            return self._shown_pairs(order, answer)
        return self._shown_options(order, answer)

    def full_order(self, order: Sequence[int]) -> tuple[int, ...]:
        """Return `order` if it is a permutation of what is shown, else the file order."""
        natural = tuple(range(self.size))
        return tuple(order) if sorted(order) == list(natural) else natural

    def _shown_options(self, order: Sequence[int], answer: object) -> tuple[ShownItem, ...]:
        chosen = answer if isinstance(answer, list) else [answer]
        options = [self.options[index] for index in order]
        return tuple(
            ShownItem(self.field, option.text, option.key, option.key in chosen, at=option.at) for option in options
        )

    def _shown_steps(self, order: Sequence[int], answer: object) -> tuple[ShownItem, ...]:
        places = [str(place + 1) for place in range(self.size)]
        return tuple(
            ShownItem(
                self.field_at(place),
                self.steps[index],
                choices=tuple(
                    ShownChoice(text, text, number + 1 == _at(answer, index)) for number, text in enumerate(places)
                ),
            )
            for place, index in enumerate(order, start=1)
        )

    def _shown_pairs(self, order: Sequence[int], answer: object) -> tuple[ShownItem, ...]:
        return tuple(
            ShownItem(
                self.field_at(left + 1),
                pair.left,
                choices=tuple(
                    ShownChoice(str(place), self.pairs[index].right, index == _at(answer, left))
                    for place, index in enumerate(order, start=1)
                ),
            )
            for left, pair in enumerate(self.pairs)
        )


@dataclass(frozen=True)
class CheckQuestion:
    """One of the questions asked before and after a course, and the lesson that answers it."""

    lesson: str
    question: Question


def _at(answer: object, index: int) -> object:
    return answer[index] if isinstance(answer, list) and index < len(answer) else None
