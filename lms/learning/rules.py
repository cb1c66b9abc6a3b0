"""Record what learners do: facts that are never changed, and how far they have read."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import case
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import insert_into
from lms.errors import NotFound, Refused
from lms.learning.models import Fact, LessonProgress
from lms.library import queries as library
from lms.people.rules import refuse_after_withdrawal

_NAMESPACE = uuid.UUID("5d0f6e0c-51a1-4b7b-9f6b-6f3a2f6f1f00")


class NotALearner(Refused):
    """The account belongs to nobody who learns (the system itself, a service)."""

    def __init__(self) -> None:
        super().__init__(
            "Tài khoản này không gắn với người học nào. Chưa ghi gì cả.",
            remedy="Hãy đăng nhập bằng tài khoản của mình.",
        )


def fact_id(*parts: object) -> str:
    """Return the id of a fact that can happen only once, the same whoever computes it."""
    return str(uuid.uuid5(_NAMESPACE, "|".join(map(str, parts))))


def record_fact(
    session: Session,
    *,
    by: Actor,
    id: str,
    person_id: int,
    kind: str,
    grade: str,
    now: datetime,
    course: str | None = None,
    lesson: str | None = None,
    version_id: int | None = None,
    payload: dict[str, Any] | None = None,
    device_time: datetime | None = None,
) -> bool:
    """Store a learner's act once; return whether it was new.

    A phone sends the same act again when it has not heard the answer. The id was made where the
    act happened, so the second sending changes nothing and is no fault.
    """
    row = insert_into(session, Fact).values(
        id=id,
        person_id=person_id,
        kind=kind,
        course_slug=course,
        lesson_slug=lesson,
        version_id=version_id,
        payload=payload,
        actor_kind=_actor_kind(by, person_id),
        actor_id=by.account_id,
        grade=grade,
        device_time=device_time,
        server_time=now,
    )
    return session.scalar(row.on_conflict_do_nothing().returning(Fact.id)) is not None


def see_card(session: Session, *, by: Actor, course: str, lesson: str, card: int, now: datetime) -> None:
    """Remember the furthest card a person has opened, so that "Học tiếp" leads back to it.

    Going back to read an earlier card does not move the mark back.

    Raises:
        NotFound: the current version has no such lesson or card.
    """
    person_id = learner(by)
    here = library.lesson_now(session, course, lesson)
    if here is None or not 1 <= card <= len(here.lesson.main_cards):
        raise NotFound(f"card {card} of {course}/{lesson}")
    row = insert_into(session, LessonProgress).values(
        person_id=person_id, course_slug=course, lesson_slug=lesson, card=card, seen_at=now
    )
    furthest = case((row.excluded.card > LessonProgress.card, row.excluded.card), else_=LessonProgress.card)
    session.execute(
        row.on_conflict_do_update(
            index_elements=("person_id", "course_slug", "lesson_slug"),
            set_={"card": furthest, "seen_at": row.excluded.seen_at},
        )
    )
    if card == len(here.lesson.main_cards):
        record_fact(
            session,
            by=by,
            id=fact_id("lesson_read", person_id, here.version_id, lesson),
            person_id=person_id,
            kind="lesson_read",
            grade="D",
            now=now,
            course=course,
            lesson=lesson,
            version_id=here.version_id,
        )


def learner(by: Actor) -> int:
    """Return the person who is learning.

    Raises:
        NotALearner: the actor is not a person.
        ConsentWithdrawn: they took back their yes to keeping what they learn.
    """
    if by.person_id is None:
        raise NotALearner
    refuse_after_withdrawal(by)
    return by.person_id


def _actor_kind(by: Actor, person_id: int) -> str:
    if by.person_id == person_id:
        return "self"
    if by.person_id is None:
        return "system"
    return "trainer" if by.is_trainer else "assisted"
