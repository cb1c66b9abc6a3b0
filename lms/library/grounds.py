"""What the lessons rest on: every fact of the current courses, the cards and questions that use it, when it is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

import courses
from lms.library import queries
from lms.library.pieces import Pieces

SOON = 60
"""Days ahead in which a fact counts as soon to be read again, where nobody chose otherwise."""

MARKS = {"A": "văn bản chính thức", "B": "báo chí, trang địa phương"}

_kept = Pieces(100)


@dataclass(frozen=True)
class CardUse:
    """A card that rests on a fact; `place` counts the cards one walks through, and is None for the others."""

    course: str
    lesson: str
    lesson_title: str
    card: courses.Card
    place: int | None


@dataclass(frozen=True)
class QuestionUse:
    """A question that tests a fact."""

    course: str
    lesson: str
    lesson_title: str
    key: str
    text: str


@dataclass(frozen=True)
class Ground:
    """A fact with all that hangs on it; `lessons` name it as theirs: course, slug and title of each."""

    fact: courses.FactBox
    lessons: tuple[tuple[str, str, str], ...]
    cards: tuple[CardUse, ...]
    questions: tuple[QuestionUse, ...]


def grounds_of(session: Session, now: queries.CourseNow) -> list[tuple[queries.LessonLine, tuple[Ground, ...]]]:
    """Return the facts of each lesson of a course, in the order of the lessons."""
    return _kept.get(now.digest, lambda: _read(session, now))


def grounds_now(session: Session) -> list[Ground]:
    """Return the facts of all current courses, each once: what several lessons share has all their cards."""
    found: dict[tuple[str, str], Ground] = {}
    for now in queries.courses_now(session):
        for _, grounds in grounds_of(session, now):
            for ground in grounds:
                named = ground.fact.key, ground.fact.text
                found[named] = _joined(found[named], ground) if named in found else ground
    return list(found.values())


def due(grounds: Iterable[Ground], *, today: date, days: int = SOON) -> list[Ground]:
    """Return the facts past their review day or soon there, the soonest first."""
    until = today + timedelta(days=days)
    return sorted(
        (ground for ground in grounds if ground.fact.review <= until),
        key=lambda ground: (ground.fact.review, ground.fact.key),
    )


def _joined(one: Ground, other: Ground) -> Ground:
    """Put together what hangs on one fact; if courses were checked on different days, the oldest day counts."""
    fact = min(one.fact, other.fact, key=lambda fact: fact.review)
    return Ground(fact, one.lessons + other.lessons, one.cards + other.cards, one.questions + other.questions)


def _read(session: Session, now: queries.CourseNow) -> list[tuple[queries.LessonLine, tuple[Ground, ...]]]:
    checks = queries.skill_check(session, now)
    found = []
    for line in now.course.lessons:
        here = queries.lesson_in(session, now, line.slug)
        assert here is not None, "a course has the lessons of its outline"
        checked = [check.question for check in checks if check.lesson == line.slug]
        asked = [*here.lesson.practice, *here.lesson.bank, *checked]
        found.append((line, tuple(_ground(here, fact, asked) for fact in here.lesson.facts)))
    return found


def _ground(here: queries.LessonNow, fact: courses.FactBox, asked: Iterable[courses.Question]) -> Ground:
    where = here.course.slug, here.lesson.slug, here.lesson.title
    places = {card.number: place for place, card in enumerate(here.lesson.main_cards, start=1)}
    return Ground(
        fact,
        (where,),
        tuple(CardUse(*where, card, places.get(card.number)) for card in here.lesson.cards if fact.key in card.facts),
        tuple(QuestionUse(*where, one.key, one.text) for one in asked if fact.key in one.facts),
    )
