"""A lesson taught to a room is credited to those the trainer ticked; it can be undone for a day.

A fact never un-happens. So a credit waits first, and only when its day is over does it become a
fact of each person: "attended a class" (grade C), weaker than one's own test (grade A).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor, RoleView
from lms.areas.models import Area
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.journal.rules import record
from lms.learning.class_queries import (
    UNDO_TIME,
    WAITING,
    Pupil,
    class_roster,
    class_team,
    credit_for,
    names_of_past_members,
)
from lms.learning.completion import hold_places_of, pass_lesson
from lms.learning.models import IN_CLASS, ClassCredit, CreditedPerson
from lms.learning.rules import fact_id, record_fact
from lms.library import queries as library
from lms.people.models import Account, Person
from lms.people.queries import took_back
from lms.teams.models import Team

MOST_PEOPLE = 40
_AT_ONCE = 5
_OTHERS_STAND = "Hãy bỏ dấu chọn những người đó rồi bấm lại. Những người khác vẫn ghi nhận được."


class NobodyTicked(Refused):
    """A class without people is no class."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Chưa chọn người nào nên chưa ghi nhận gì.", remedy="Hãy đánh dấu những người có mặt.")


class TooManyTicked(Refused):
    """More people than one trainer can teach and know in one room."""

    status = 422

    def __init__(self, count: int) -> None:
        super().__init__(
            f"Anh/chị đã chọn {count} người. Mỗi lần chỉ ghi nhận được nhiều nhất {MOST_PEOPLE} người. Chưa ghi gì cả.",
            remedy="Hãy bỏ bớt dấu chọn. Ghi nhận xong nhóm này thì làm tiếp nhóm sau.",
        )


class LeftTheTeam(Refused):
    """Somebody ticked is no longer in the team."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Không còn trong tổ này: {', '.join(names)}. Chưa ghi gì cho ai cả.",
            remedy="Hãy xem lại danh sách mới của tổ rồi bấm lại. Những người khác vẫn ghi nhận được.",
        )


class LearnerWithdrew(Refused):
    """Somebody ticked took back their yes to keeping what they learn."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Đã rút lại đồng ý cho lưu kết quả học nên không ghi nhận được: {', '.join(names)}. "
            "Chưa ghi gì cho ai cả.",
            remedy=_OTHERS_STAND,
        )


class AlreadyWaiting(Refused):
    """A credit of the same lesson waits for somebody ticked."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Đã được ghi nhận bài này từ trước và đang chờ chốt: {', '.join(names)}. Lần này chưa ghi gì cho ai cả.",
            remedy=_OTHERS_STAND,
        )


class CreditsOneself(Refused):
    """The trainer is on the roster and ticked their own name."""

    def __init__(self) -> None:
        super().__init__(
            "Anh/chị không tự ghi nhận cho mình được. Chưa ghi gì cho ai cả.",
            remedy="Hãy bỏ dấu chọn tên mình rồi bấm lại. Muốn được tính bài này thì tự làm bài kiểm tra.",
        )


class UndoTooLate(Refused):
    """The day is over: the credit counts."""

    def __init__(self) -> None:
        super().__init__(
            "Đã quá một ngày kể từ lúc ghi nhận nên không bỏ được nữa. Kết quả của mọi người vẫn như đã ghi.",
            remedy="Nếu có người bị ghi nhầm, hãy nhắc người đó học lại bài và tự làm bài kiểm tra.",
        )


def credit_class(
    session: Session, *, by: Actor, course: str, lesson: str, team_id: int, people: Collection[int], now: datetime
) -> ClassCredit:
    """Note who of a team was in the room when a lesson was taught; it counts after a day.

    All or nothing, under the team's lock: two trainers with the same list cannot credit it twice.

    Raises:
        NotFound: no such lesson, or a stranger's team or person.
        NobodyTicked, TooManyTicked: as they say.
        LeftTheTeam, LearnerWithdrew, AlreadyWaiting: says who.
        CreditsOneself: the trainer ticked their own name.
    """
    here = library.lesson_now(session, course, lesson)
    if here is None:
        raise NotFound(f"lesson {course}/{lesson}")
    team, area = class_team(session, by, team_id)
    ticked = sorted(set(people))
    if not ticked:
        raise NobodyTicked
    if len(ticked) > MOST_PEOPLE:
        raise TooManyTicked(len(ticked))
    locked(session, Team, team.id)
    _refuse_some(session, team.id, ticked, class_roster(session, by, team.id, course, lesson))
    credit = ClassCredit(
        version_id=here.version_id,
        course_slug=course,
        lesson_slug=lesson,
        team_id=team.id,
        given_at=now,
        given_by_id=by.account_id,
    )
    session.add(credit)
    session.flush()
    session.add_all(CreditedPerson(credit_id=credit.id, person_id=person_id) for person_id in ticked)
    _note(session, by, "credit_class", credit, area.code, now, people=len(ticked))
    session.flush()
    return credit


def undo_credit(session: Session, *, by: Actor, credit_id: int, now: datetime) -> ClassCredit:
    """Take a credit back before its day is over; taking it back twice changes nothing.

    Raises:
        NotFound: neither given by this person nor in a province whose officer they are.
        UndoTooLate: the day is over.
    """
    credit_for(session, by, credit_id)
    credit = locked(session, ClassCredit, credit_id)
    if credit.undone_at is not None:
        return credit
    if credit.settled_at is not None or now >= credit.given_at + UNDO_TIME:
        raise UndoTooLate
    credit.undone_at, credit.undone_by_id = now, by.account_id
    _note(session, by, "undo_credit", credit, session.get_one(Team, credit.team_id).commune_code, now)
    return credit


def settle_credits(session: Session, now: datetime) -> int:
    """Let the credits whose day is over count; return how many were settled.

    Done by the worker every minute, a few at a time. Several workers skip each other's rows, and a
    fact's id is made of credit and person, so settling twice is once.
    """
    due = session.scalars(
        select(ClassCredit)
        .where(WAITING, ClassCredit.given_at <= now - UNDO_TIME)
        .order_by(ClassCredit.given_at, ClassCredit.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    willing = {credit.id: _willing(session, credit) for credit in due}
    # Every lock before the first sum: who completes a skill meanwhile cannot wait for us in a ring.
    hold_places_of(session, {person_id for people in willing.values() for person_id in people})
    for credit in due:
        _settle(session, credit, willing[credit.id], now)
    return len(due)


def _refuse_some(session: Session, team_id: int, ticked: Sequence[int], roster: Sequence[Pupil]) -> None:
    """Say by name who cannot be credited, before anything is stored."""
    by_id = {pupil.person_id: pupil for pupil in roster}
    gone = [person_id for person_id in ticked if person_id not in by_id]
    if gone:
        names = names_of_past_members(session, team_id, gone)
        if len(names) < len(gone):
            raise NotFound(f"people {gone} of team {team_id}")
        raise LeftTheTeam(names)
    chosen = [by_id[person_id] for person_id in ticked]
    if any(pupil.is_the_trainer for pupil in chosen):
        raise CreditsOneself
    if withdrawn := [pupil.name for pupil in chosen if pupil.has_withdrawn]:
        raise LearnerWithdrew(withdrawn)
    if waiting := [pupil.name for pupil in chosen if pupil.waiting_since is not None]:
        raise AlreadyWaiting(waiting)


def _willing(session: Session, credit: ClassCredit) -> list[int]:
    """Return who was ticked, without those who took back their yes while the credit waited."""
    ticked = session.scalars(
        select(CreditedPerson.person_id)
        .where(CreditedPerson.credit_id == credit.id)
        .order_by(CreditedPerson.person_id)
    ).all()  # fmt: skip
    withdrawn = took_back(session, ticked, "learning")
    return [person_id for person_id in ticked if person_id not in withdrawn]


def _settle(session: Session, credit: ClassCredit, people: Sequence[int], now: datetime) -> None:
    area = session.get_one(Area, session.get_one(Team, credit.team_id).commune_code)
    trainer = _trainer_of(session, credit, area)
    for person_id in people:
        record_fact(
            session,
            by=trainer,
            id=fact_id("lesson_credited", credit.id, person_id),
            person_id=person_id,
            kind="lesson_credited",
            grade=IN_CLASS,
            now=now,
            course=credit.course_slug,
            lesson=credit.lesson_slug,
            version_id=credit.version_id,
            payload={"credit": credit.id, "team": credit.team_id},
            device_time=credit.given_at,
        )
        pass_lesson(
            session,
            by=trainer,
            person_id=person_id,
            version_id=credit.version_id,
            lesson=credit.lesson_slug,
            grade=IN_CLASS,
            now=now,
        )
    credit.settled_at = now
    _note(session, SYSTEM, "settle_credit", credit, area.code, now, people=len(people))


def _trainer_of(session: Session, credit: ClassCredit, area: Area) -> Actor:
    """Return who gave the credit as the trainer they were in that room, whatever their task is today."""
    person_id, name = session.execute(
        select(Person.id, Person.full_name)
        .join(Account, Account.person_id == Person.id)
        .where(Account.id == credit.given_by_id)
    ).one()
    return Actor(credit.given_by_id, person_id, name, (RoleView("trainer", area.parent_code or ""),))


def _note(
    session: Session, by: Actor, verb: str, credit: ClassCredit, commune: str, now: datetime, **detail: object
) -> None:
    lesson = f"{credit.course_slug}/{credit.lesson_slug}"
    record(
        session,
        by=by,
        verb=verb,
        kind="class_credit",
        object_id=credit.id,
        area=commune,
        detail={"lesson": lesson, "team": credit.team_id, **detail},
        now=now,
    )
