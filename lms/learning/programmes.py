"""Programmes: enough skills completed make a whole programme complete, once, by the rule in force for the person.

The rule is data: all of some skills, and at least so many of others. Two rules count for somebody:
the one in force when they completed their first skill, so that no change takes anything away, and
the one in force now.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Integer, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

import courses
from lms.access import Actor
from lms.db import announce, insert_into
from lms.learning.counters import Place, count_one_more, programme_measure
from lms.learning.models import IN_CLASS, OWN_TEST, ProgrammeCompletion, SkillCompletion
from lms.learning.rules import fact_id, record_fact
from lms.library.models import Programme
from lms.library.queries import rule_of
from lms.signals import programme_completed


@dataclass(frozen=True)
class ProgrammeProgress:
    """How far somebody is in a programme, and the day it was completed, if it was."""

    title: str
    rule: courses.Rule
    done: frozenset[str]
    titles: Mapping[str, str]
    completed_at: datetime | None

    @property
    def missing(self) -> courses.Missing:
        """Return what still keeps the programme from being complete."""
        return courses.missing(self.rule, self.done)

    @property
    def required_done(self) -> int:
        """Return how many of the required skills are completed."""
        return len(self.rule.required) - len(self.missing.required)

    @property
    def elective_done(self) -> int:
        """Return how many of the elective skills asked for are completed; more than asked counts no further."""
        return self.rule.elective_at_least - self.missing.elective_count

    @property
    def still(self) -> str:
        """Say in one sentence what is still missing."""
        return courses.explain_missing(self.missing, self.titles, "kỹ năng")


def complete_programmes(session: Session, *, by: Actor, person_id: int, places: list[Place], now: datetime) -> None:
    """Store the programmes that a person's skills complete, each once for ever, and count the person.

    `places` are the person's own, held: see `completion.hold_places`.
    """
    grades = dict(
        session.execute(
            select(SkillCompletion.skill_key, SkillCompletion.grade).where(SkillCompletion.person_id == person_id)
        ).all()
    )
    for programme in _that_count(session, person_id):
        rule = rule_of(programme)
        if programme.completed_at is None and courses.is_complete(rule, grades):
            tested = {skill for skill, grade in grades.items() if grade == OWN_TEST}
            grade = OWN_TEST if courses.is_complete(rule, tested) else IN_CLASS
            _complete(session, by, person_id, programme, grade, places, now)


def programmes_of(
    session: Session, person_id: int, done: Set[str], titles: Mapping[str, str]
) -> tuple[ProgrammeProgress, ...]:
    """Return how far a person with these skills is in each programme, by the rule that asks least of them."""
    found = []
    for _, versions in groupby(_that_count(session, person_id), key=lambda programme: programme.key):
        ways = [
            ProgrammeProgress(row.title, rule_of(row), frozenset(done), titles, row.completed_at) for row in versions
        ]
        found.append(min(reversed(ways), key=_steps_left))
    return tuple(found)


def _steps_left(progress: ProgrammeProgress) -> int:
    return len(progress.missing.required) + progress.missing.elective_count


def _that_count(session: Session, person_id: int) -> list[Any]:
    """Return the programmes whose rule counts for a person, the one they began under before the one now in force."""
    return list(session.connection().execute(_THAT_COUNT, {"person": person_id}))


def _complete(
    session: Session, by: Actor, person_id: int, programme: Any, grade: str, places: list[Place], now: datetime
) -> None:
    row = insert_into(session, ProgrammeCompletion).values(
        person_id=person_id, programme_key=programme.key, programme_id=programme.id, completed_at=now
    )
    if session.scalar(row.on_conflict_do_nothing().returning(ProgrammeCompletion.person_id)) is None:
        return
    record_fact(
        session,
        by=by,
        id=fact_id("programme_completed", person_id, programme.key),
        person_id=person_id,
        kind="programme_completed",
        grade=grade,
        now=now,
        payload={"programme": programme.key, "number": programme.number},
    )
    count_one_more(session, places, programme_measure(programme.key))
    announce(session, programme_completed, person_id=person_id, programme=programme.key, programme_id=programme.id)


# Asked on every learner's first page, so put together once.
_PERSON: Any = bindparam("person", type_=Integer())
_BEGAN = select(func.min(SkillCompletion.completed_at)).where(SkillCompletion.person_id == _PERSON).scalar_subquery()
_THAT_COUNT = (
    select(
        Programme.id,
        Programme.key,
        Programme.number,
        Programme.title,
        Programme.rule,
        ProgrammeCompletion.completed_at,
    )
    .outerjoin(
        ProgrammeCompletion,
        and_(ProgrammeCompletion.programme_key == Programme.key, ProgrammeCompletion.person_id == _PERSON),
    )
    .where(or_(Programme.replaced_at.is_(None), and_(Programme.published_at <= _BEGAN, Programme.replaced_at > _BEGAN)))
    .order_by(Programme.key, Programme.number)
)
