"""Tests: a paper is drawn, answers are saved one by one, the paper is handed in and graded here.

The row exists from the first moment, so a dead battery loses nothing: the same paper with its
answers is there again, on this phone or another.
"""

import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session

import courses
from courses.texts import is_slug
from lms.access import Actor
from lms.db import UtcDateTime, insert_into, insert_on
from lms.errors import NotFound, Refused
from lms.learning.completion import pass_lesson
from lms.learning.models import Answer, Attempt
from lms.learning.rules import fact_id, learner, record_fact
from lms.learning.sheets import Sheet, sheet_of
from lms.library import queries as library
from lms.library.models import CourseVersion, Lesson

GetList = Callable[[str], Iterable[object]]
_LAST_SEQ = 2**31 - 1


class AlreadySubmitted(Refused):
    """The paper was handed in; its answers stand as they were."""

    def __init__(self) -> None:
        super().__init__(
            "Bài kiểm tra này đã nộp rồi nên không sửa được nữa. Kết quả vẫn còn nguyên.",
            remedy="Hãy xem kết quả, hoặc bấm “Làm lại” để làm bài khác.",
        )


@dataclass(frozen=True)
class Saved:
    """What became of an answer: stored, or left alone because a newer one is there."""

    is_stored: bool
    seq: int


def start_attempt(session: Session, *, by: Actor, course: str, lesson: str, now: datetime) -> str:
    """Return the person's open paper of a lesson, drawing one if there is none.

    A paper begun under an older version stays the person's paper until it is handed in. Two
    phones that start at once end with one paper: the database allows one open attempt.

    Raises:
        NotFound: the current version has no such lesson.
    """
    person_id = learner(by)
    begun = session.scalar(_open_paper(person_id, course, lesson))
    if begun is not None:
        return begun
    here = library.lesson_now(session, course, lesson)
    if here is None:
        raise NotFound(f"lesson {course}/{lesson}")
    seed = secrets.randbelow(_LAST_SEQ)
    row = insert_into(session, Attempt).values(
        id=str(uuid.uuid4()),
        person_id=person_id,
        lesson_id=library.lesson_id(session, here.version_id, lesson),
        seed=seed,
        paper=courses.draw_paper(here.lesson, seed).as_data()["items"],
        started_at=now,
    )
    session.execute(row.on_conflict_do_nothing())
    return session.scalars(_open_paper(person_id, course, lesson)).one()


def save_answer(
    session: Session, *, by: Actor, sheet: Sheet, question: str, getlist: GetList, seq: int | None, now: datetime
) -> Saved:
    """Store the answer to one question, in one statement.

    `seq` counts a device's changes; an older one never overwrites a newer one, the same one again
    changes nothing. Without it (a plain form) the answer is the newest there is. The attempt is
    looked at inside the statement, so an answer cannot slip in behind the handing in.

    Raises:
        NotFound: the paper is somebody else's, or does not ask this question.
        AlreadySubmitted: the paper was handed in.
    """
    if sheet.person_id != learner(by):
        raise NotFound(f"attempt {sheet.attempt_id}")
    asked = sheet.question(question)
    # An answer taken back is stored as empty: that too is news, with its own place in the sequence.
    value = courses.read_answer(asked, sheet.paper.order_of(question), getlist) or ""
    upsert = _answer_upsert(session.get_bind().dialect.name, is_counted=seq is not None)
    row = {
        "attempt": sheet.attempt_id,
        "person": sheet.person_id,
        "question": question,
        "answer": value,
        "count": 1 if seq is None else max(0, min(seq, _LAST_SEQ)),
        "now": now,
    }
    stored = session.connection().scalar(upsert, row)
    if stored is not None:
        return Saved(True, stored)
    return Saved(False, _newer_seq(session, sheet, question))


def submit_attempt(session: Session, *, by: Actor, attempt_id: str, now: datetime) -> Attempt:
    """Hand in a paper: grade it here, store score and outcome once, and complete what it completes.

    Handing in again returns the same result. What the phone thinks about right and wrong is never
    asked.

    Raises:
        NotFound: the paper is not this person's.
    """
    attempt = session.scalar(
        select(Attempt)
        .where(Attempt.id == attempt_id, Attempt.person_id == learner(by))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if attempt is None:
        raise NotFound(f"attempt {attempt_id}")
    if attempt.submitted_at is not None:
        return attempt
    sheet = sheet_of(session, attempt)
    result = courses.grade_paper(sheet.here.lesson.test, sheet.questions, answers_of(session, attempt_id))
    attempt.submitted_at, attempt.score, attempt.passed = now, result.percent, result.passed
    session.flush()
    _record_submission(session, by, sheet, result, now)
    if result.passed:
        pass_lesson(
            session,
            by=by,
            person_id=attempt.person_id,
            version_id=sheet.here.version_id,
            lesson=sheet.here.lesson.slug,
            attempt_id=attempt_id,
            now=now,
        )
    return attempt


def open_attempt(session: Session, *, by: Actor, course: str, lesson: str) -> str | None:
    """Return the id of the person's open paper of a lesson, in whichever version."""
    return session.scalar(_open_paper(learner(by), course, lesson))


def answers_of(session: Session, attempt_id: str) -> dict[str, Any]:
    """Return the stored answers of a paper by question key."""
    rows = session.execute(select(Answer.question_key, Answer.value).where(Answer.attempt_id == attempt_id))
    return dict(rows.all())


def _open_paper(person_id: int, course: str, lesson: str) -> Select[str]:
    if not (is_slug(course) and is_slug(lesson)):
        raise NotFound(f"lesson {course!r}/{lesson!r}")
    return (
        select(Attempt.id)
        .join(Lesson, Lesson.id == Attempt.lesson_id)
        .join(CourseVersion, CourseVersion.id == Lesson.version_id)
        .where(
            Attempt.person_id == person_id,
            Attempt.submitted_at.is_(None),
            Lesson.slug == lesson,
            CourseVersion.course_slug == course,
        )
        .order_by(Attempt.started_at, Attempt.id)
        .limit(1)
    )


@cache
def _answer_upsert(engine: str, *, is_counted: bool) -> Any:
    """Return the upsert that takes its row from the attempt, if that is still open and the person's.

    Made once: putting a statement together costs more than sending it.
    """
    kind = Answer.__table__.c
    mine_and_open = (
        select(
            Attempt.id,
            bindparam("question", type_=kind.question_key.type),
            bindparam("answer", type_=kind.value.type),
            bindparam("count", type_=kind.seq.type),
            bindparam("now", type_=UtcDateTime()),
        )
        .where(
            Attempt.id == bindparam("attempt"),
            Attempt.person_id == bindparam("person"),
            Attempt.submitted_at.is_(None),
        )
        # Shared, so that handing in waits for this answer, or this answer sees the handing in.
        .with_for_update(read=True)
    )
    row = insert_on(engine, Answer.__table__)
    new = row.excluded
    return (
        row.from_select(["attempt_id", "question_key", "value", "seq", "saved_at"], mine_and_open)
        .on_conflict_do_update(
            index_elements=("attempt_id", "question_key"),
            set_={"value": new.value, "saved_at": new.saved_at, "seq": new.seq if is_counted else Answer.seq + 1},
            where=new.seq >= Answer.seq if is_counted else None,
        )
        .returning(Answer.seq)
    )


def _newer_seq(session: Session, sheet: Sheet, question: str) -> int:
    row = session.execute(
        select(Attempt.submitted_at, Answer.seq)
        .outerjoin(Answer, and_(Answer.attempt_id == Attempt.id, Answer.question_key == question))
        .where(Attempt.id == sheet.attempt_id)
    ).first()
    if row is None:
        raise NotFound(f"attempt {sheet.attempt_id}")
    if row.submitted_at is not None:
        raise AlreadySubmitted
    return row.seq or 0


def _record_submission(session: Session, by: Actor, sheet: Sheet, result: courses.PaperResult, now: datetime) -> None:
    record_fact(
        session,
        by=by,
        id=fact_id("attempt_submitted", sheet.attempt_id),
        person_id=sheet.person_id,
        kind="attempt_submitted",
        grade="A",
        now=now,
        course=sheet.here.course.slug,
        lesson=sheet.here.lesson.slug,
        version_id=sheet.here.version_id,
        payload={"attempt": sheet.attempt_id, "score": result.percent, "passed": result.passed},
    )
