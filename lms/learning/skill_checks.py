"""Five questions about a skill, once before learning it and once after, so that the gain can be seen.

Nothing hangs on them: they pass and complete nothing. After the first time nobody is told what was
right, or the second time would measure memory.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import courses
from lms.access import Actor
from lms.db import insert_into, locked, row_exists
from lms.errors import NotFound, Refused
from lms.learning.models import Fact, LessonProgress, SkillCheck, SkillCompletion
from lms.learning.rules import fact_id, learner, record_fact
from lms.library import queries as library
from lms.people.models import Person

BEFORE, AFTER = "before", "after"
_NOTHING_STORED = "Chưa ghi gì cả. Kết quả học của anh/chị vẫn nguyên."


class NoSkillCheck(Refused):
    """The course asks nothing before and after."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            f"Khóa học này chưa có câu hỏi thử sức. {_NOTHING_STORED}",
            remedy="Anh/chị cứ học các bài của khóa như thường.",
        )


class TooLateForBefore(Refused):
    """A lesson is passed already: an answer now would no longer say what was known before."""

    def __init__(self) -> None:
        super().__init__(
            f"Thử sức trước khi học chỉ làm được lúc chưa đạt bài nào của khóa. {_NOTHING_STORED}",
            remedy="Anh/chị cứ học tiếp. Học xong cả khóa sẽ có phần thử sức sau khi học.",
        )


class TooEarlyForAfter(Refused):
    """The skill is not completed yet."""

    def __init__(self) -> None:
        super().__init__(
            f"Thử sức sau khi học mở ra khi anh/chị hoàn thành kỹ năng này. {_NOTHING_STORED}",
            remedy="Anh/chị học nốt các bài còn lại của khóa rồi quay lại.",
        )


@dataclass(frozen=True)
class Result:
    """How somebody answered at one moment, and the version whose questions these were."""

    correct: int
    total: int
    version_id: int


@dataclass(frozen=True)
class CheckState:
    """What somebody answered before and after a course, and which moment it is time for (`moment`), if any."""

    before: Result | None
    after: Result | None
    moment: str | None


@dataclass(frozen=True)
class Asked:
    """One question as a person meets it: its place in their order, and the order of its parts."""

    number: int
    lesson: str
    question: courses.Question
    order: tuple[int, ...]


def check_for(session: Session, *, by: Actor | None, now: library.CourseNow) -> CheckState | None:
    """Return where a reader stands with the questions of a course; nothing if there are none for them."""
    if by is None or by.person_id is None or not by.may_be_recorded:
        return None
    return _state(session, by.person_id, now)


def answer_check(
    session: Session, *, by: Actor, course: str, moment: str, answers: Mapping[str, object], now: datetime
) -> Result:
    """Grade the five answers here and store how many are right, once for each moment.

    Sending again returns the first result and changes nothing.

    Raises:
        NotFound: no such course or moment.
        NoSkillCheck: the course asks nothing before and after.
        TooLateForBefore: the person has passed a lesson of the course.
        TooEarlyForAfter: the person has not completed the skill.
    """
    person_id = learner(by)
    here = library.course_now(session, course)
    if here is None or moment not in (BEFORE, AFTER):
        raise NotFound(f"questions {moment!r} of {course!r}")
    locked(session, Person, person_id)
    state = _state(session, person_id, here)
    if state is None:
        raise NoSkillCheck
    given = state.before if moment == BEFORE else state.after
    if given is not None:
        return given
    if moment != state.moment:
        raise TooLateForBefore if moment == BEFORE else TooEarlyForAfter
    return _store(session, by, person_id, here, moment, answers, now)


def questions_for(session: Session, person_id: int, here: library.CourseNow) -> tuple[Asked, ...]:
    """Return the questions of a course in the order this person meets them, always the same for them."""
    check = sorted(library.skill_check(session, here), key=lambda one: _place(person_id, one.question.key))
    return tuple(
        Asked(number, one.lesson, one.question, courses.shown_order(one.question, person_id))
        for number, one in enumerate(check, start=1)
    )


def answers_given(session: Session, person_id: int, here: library.CourseNow, moment: str) -> Mapping[str, Any]:
    """Return what a person answered at a moment, by question key."""
    skill = here.course.checked_skill
    payload = session.scalar(select(Fact.payload).where(Fact.id == _fact_of(person_id, skill, moment)))
    return payload["answers"] if payload else {}


def _state(session: Session, person_id: int, here: library.CourseNow) -> CheckState | None:
    skill = here.course.checked_skill
    if skill is None:
        return None
    rows = session.scalars(select(SkillCheck).where(SkillCheck.person_id == person_id, SkillCheck.skill_key == skill))
    given = {row.moment: Result(row.correct, row.total, row.version_id) for row in rows}
    before, after = given.get(BEFORE), given.get(AFTER)
    moment = None
    if _has_completed(session, person_id, skill):
        moment = AFTER if after is None else None
    elif before is None and not _has_passed(session, person_id, here.course.slug):
        moment = BEFORE
    return CheckState(before, after, moment)


def _store(
    session: Session,
    by: Actor,
    person_id: int,
    here: library.CourseNow,
    moment: str,
    answers: Mapping[str, object],
    now: datetime,
) -> Result:
    asked = [one.question for one in library.skill_check(session, here)]
    correct = sum(courses.grade(question, answers.get(question.key)).correct for question in asked)
    skill = here.course.checked_skill
    session.execute(
        insert_into(session, SkillCheck).values(
            person_id=person_id,
            skill_key=skill,
            moment=moment,
            version_id=here.version_id,
            correct=correct,
            total=len(asked),
            answered_at=now,
        )
    )
    record_fact(
        session,
        by=by,
        id=_fact_of(person_id, skill, moment),
        person_id=person_id,
        kind="skill_check",
        grade="D",
        now=now,
        course=here.course.slug,
        version_id=here.version_id,
        payload={
            "skill": skill,
            "moment": moment,
            "correct": correct,
            "total": len(asked),
            "answers": {question.key: answers.get(question.key) for question in asked},
        },
    )
    return Result(correct, len(asked), here.version_id)


def _has_completed(session: Session, person_id: int, skill: str) -> bool:
    return row_exists(
        session, SkillCompletion, SkillCompletion.person_id == person_id, SkillCompletion.skill_key == skill
    )


def _has_passed(session: Session, person_id: int, course: str) -> bool:
    """Say whether a person has passed any lesson of a course."""
    return row_exists(
        session,
        LessonProgress,
        LessonProgress.person_id == person_id,
        LessonProgress.course_slug == course,
        LessonProgress.passed_at.is_not(None),
    )


def _fact_of(person_id: int, skill: str | None, moment: str) -> str:
    return fact_id("skill_check", person_id, skill, moment)


def _place(person_id: int, key: str) -> bytes:
    return hashlib.sha256(f"{person_id}\n{key}".encode()).digest()
