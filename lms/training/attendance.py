"""Attendance: a mark for each seat and session; marks are only added, and the last one counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import vn_date, vn_day
from lms.errors import NotFound, Refused
from lms.people.models import Person
from lms.training.classes import note_class, open_seats
from lms.training.models import AttendanceMark, ClassSession, Seat, TrainingClass
from lms.training.queue import Hall, enter_hall
from lms.training.transitions import AlreadySettled, move
from lms.training.wording import MARK_WORDS

BEGUN = frozenset({"published", "roster_locked", "running"})


class SessionNotYet(Refused):
    """Nobody can have been present before the day."""


class OverrideNeedsReason(Refused):
    """A mark that stands is evidence; changing it says why."""

    status = 422


class UnknownMark(Refused):
    """The mark, or the person it is for, does not belong to this sheet."""

    status = 422


class Mark(NamedTuple):
    """What the trainer says of one seat in one session."""

    mark: str
    reason: str = ""


def mark_session(session: Session, *, by: Actor, session_id: int, marks: Mapping[int, Mark], now: datetime) -> int:
    """Mark confirmed seats of one session; return how many marks were added.

    Marks are only added, the last one counts; the same mark again adds nothing. The first mark
    begins the class.

    Raises:
        SessionNotYet: before the day of the session.
        OverrideNeedsReason: a mark that stands would change without a reason.
        UnknownMark: a seat that is not on the sheet.
        AlreadySettled: the class has not been published, or its results are final.
        NotFound: neither the class's trainer nor the province's officer.
    """
    hall, held = _own_sheet(session, by, session_id)
    if hall.row.state not in BEGUN:
        raise AlreadySettled("class", hall.row.state)
    if vn_date(now) < held.held_on:
        raise SessionNotYet(
            f"Buổi này học ngày {vn_day(held.held_on)}, chưa điểm danh được. Chưa ghi gì cả.",
            remedy="Hãy điểm danh từ ngày đó.",
        )
    expected = {seat.id: seat for seat in open_seats(session, hall.row.id) if seat.state == "confirmed"}
    before = latest_marks(session, hall.row.id)
    added = 0
    for seat_id, given in marks.items():
        _check_mark(expected, seat_id, given)
        added += _add_mark(session, by, hall.row, expected[seat_id], held, given, before, now)
    if added and hall.row.state != "running":
        move(session, hall.row, "running", by=by, now=now, snapshot={"capacity": hall.row.capacity, "live": hall.taken})
    return added


def latest_marks(session: Session, class_id: int) -> dict[tuple[int, int], str]:
    """Return the mark that counts for each (seat, session) of the class."""
    rows = session.execute(
        select(AttendanceMark.seat_id, AttendanceMark.session_id, AttendanceMark.mark)
        .join(ClassSession, ClassSession.id == AttendanceMark.session_id)
        .where(ClassSession.class_id == class_id)
        .order_by(AttendanceMark.id)
    )
    return {(seat_id, session_id): mark for seat_id, session_id, mark in rows}


def may_mark(by: Actor, row: TrainingClass) -> bool:
    """Say whether this is the class's own trainer, or the officer of its province."""
    is_own_trainer = row.trainer_id is not None and row.trainer_id == by.account_id
    return (is_own_trainer and row.province_code in by.trainer_provinces) or row.province_code in by.provinces


def _own_sheet(session: Session, by: Actor, session_id: int) -> tuple[Hall, ClassSession]:
    held = session.get(ClassSession, session_id)
    row = session.get(TrainingClass, held.class_id) if held else None
    if held is None or row is None or not may_mark(by, row):
        raise NotFound(f"session {session_id}")
    return enter_hall(session, row.id), held


def _check_mark(expected: Mapping[int, Seat], seat_id: int, given: Mark) -> None:
    if seat_id not in expected:
        raise UnknownMark(
            "Có người không còn trong danh sách lớp. Chưa ghi gì cả.", remedy="Hãy mở lại trang điểm danh."
        )
    if given.mark not in MARK_WORDS:
        raise UnknownMark("Có ô điểm danh chưa chọn đúng. Chưa ghi gì cả.", remedy="Hãy chọn lại.")


def _add_mark(
    session: Session,
    by: Actor,
    row: TrainingClass,
    seat: Seat,
    held: ClassSession,
    given: Mark,
    before: Mapping[tuple[int, int], str],
    now: datetime,
) -> bool:
    stands = before.get((seat.id, held.id))
    if stands == given.mark:
        return False
    if stands is not None and not given.reason.strip():
        name = session.scalars(select(Person.full_name).where(Person.id == seat.person_id)).one()
        raise OverrideNeedsReason(
            f"{name} đã được ghi “{MARK_WORDS[stands]}”. Muốn đổi thì phải ghi lý do.",
            remedy="Các ô khác chưa được ghi. Hãy ghi lý do rồi lưu lại.",
        )
    session.add(
        AttendanceMark(
            seat_id=seat.id,
            session_id=held.id,
            mark=given.mark,
            reason=given.reason.strip()[:300],
            marked_at=now,
            marked_by_id=by.account_id,
        )
    )
    if stands is not None:
        detail = {"seat": seat.id, "from": stands, "to": given.mark, "reason": given.reason.strip()}
        note_class(session, by, row, "override_mark", now, **detail)
    return True


def class_sessions(session: Session, class_id: int) -> Sequence[ClassSession]:
    """Return the sessions of a class in time order."""
    return session.scalars(
        select(ClassSession).where(ClassSession.class_id == class_id).order_by(ClassSession.number)
    ).all()
