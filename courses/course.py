"""The things a course package is made of, as frozen values.

They carry no file names, no database keys and no page code. A lesson is named by its slug
and a question by its key, so content can be edited without changing any table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from markupsafe import Markup

from courses.question import CheckQuestion, Question

FactMark = Literal["A", "B"]
CardKind = Literal["idea", "trap", "exercise", "teach", "sheet"]

MAIN_CARDS: frozenset[str] = frozenset({"idea", "trap", "exercise"})


@dataclass(frozen=True)
class Skill:
    """A digital skill by its stable key; frameworks number and word it differently."""

    key: str
    title: str


@dataclass(frozen=True)
class FrameworkSkill:
    """The number and wording that one framework gives to a skill."""

    key: str
    number: int
    wording: str


@dataclass(frozen=True)
class Framework:
    """A list of skills as one authority published it."""

    key: str
    title: str
    source: str
    skills: tuple[FrameworkSkill, ...]


@dataclass(frozen=True)
class Rule:
    """What completes a course: all of `required`, and at least N of `elective`."""

    required: tuple[str, ...]
    elective: tuple[str, ...] = ()
    elective_at_least: int = 0


@dataclass(frozen=True)
class Programme:
    """Which skills make a whole programme complete: its rule names skills as a course's names lessons."""

    key: str
    title: str
    source: str
    rule: Rule


@dataclass(frozen=True)
class TestPlan:
    """How many questions a test draws, and the percentage that passes it."""

    __test__ = False

    draw: int
    pass_percent: int


@dataclass(frozen=True)
class FactBox:
    """A statement that can age: where it comes from, when checked, when to check again.

    `values` are its dates, limits and numbers by name; lessons write `{key.name}`, so that one
    edit changes them everywhere. `mark` is A for a letter, a law or an official text, and B for
    what the press or a provincial site tells of one: its day of checking is shown to learners.
    """

    key: str
    text: str
    source: str
    checked: date
    review: date
    values: Mapping[str, str] = field(default_factory=dict)
    mark: FactMark = "B"

    def is_due(self, today: date) -> bool:
        """Tell whether the statement is past its review day."""
        return self.review < today


@dataclass(frozen=True)
class Card:
    """One idea on one screen. `number` counts all cards of the lesson from 1.

    `facts` are the keys of the facts it rests on.
    """

    number: int
    kind: CardKind
    title: str
    markdown: str
    html: Markup
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A short run of cards, practice, and a bank from which the test draws."""

    number: int
    slug: str
    title: str
    minutes: int
    goal: str
    test: TestPlan
    facts: tuple[FactBox, ...]
    cards: tuple[Card, ...]
    practice: tuple[Question, ...]
    bank: tuple[Question, ...]

    @property
    def stem(self) -> str:
        """Return the file name of the lesson without its ending."""
        return f"{self.number:02d}-{self.slug}"

    @property
    def main_cards(self) -> tuple[Card, ...]:
        """Return the cards a learner walks through before the test."""
        return tuple(card for card in self.cards if card.kind in MAIN_CARDS)

    @property
    def teach_cards(self) -> tuple[Card, ...]:
        """Return the cards on how to teach this to others, shown after the test."""
        return tuple(card for card in self.cards if card.kind == "teach")

    @property
    def sheet_cards(self) -> tuple[Card, ...]:
        """Return the printable step sheets."""
        return tuple(card for card in self.cards if card.kind == "sheet")

    def card(self, number: int) -> Card | None:
        """Find a card by its number."""
        return next((card for card in self.cards if card.number == number), None)

    def question(self, key: str) -> Question | None:
        """Find a practice or test question by its key."""
        found = (question for question in self.practice + self.bank if question.key == key)
        return next(found, None)

    def fact(self, key: str) -> FactBox | None:
        """Find a fact by its key."""
        return next((fact for fact in self.facts if fact.key == key), None)


@dataclass(frozen=True)
class Variable:
    """A place where a province puts its own words, and what stands there until it does.

    Lessons write `{tinh.key}`. `label` asks the department's officer for it.
    """

    key: str
    label: str
    fallback: str


@dataclass(frozen=True)
class Media:
    """A picture of the package; its bytes stay in the source files under `media/<name>`."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Package:
    """One course as published: what is taught, how it is tested, what completes it."""

    slug: str
    title: str
    summary: str
    audience: str
    skills: tuple[str, ...]
    minutes: int
    rule: Rule
    license: str
    authors: tuple[str, ...]
    lessons: tuple[Lesson, ...]
    media: tuple[Media, ...]
    digest: str
    variables: tuple[Variable, ...] = ()
    loudspeaker: str = ""
    zalo: str = ""
    skill_check: tuple[CheckQuestion, ...] = ()

    def lesson(self, slug: str) -> Lesson | None:
        """Find a lesson by its slug."""
        return next((lesson for lesson in self.lessons if lesson.slug == slug), None)
