"""What follows from the clock: the list is closed, the class begins and is over, too few people are told."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.clock import vn_day, vn_moment
from lms.errors import NotFound, Refused
from lms.training.attendance import OPENS_BEFORE, class_sessions, is_chief
from lms.training.classes import NotNow, allow, enter_own_hall, note_class, numbers
from lms.training.evidence import Dispute, disputes_of
from lms.training.models import ClassSession, Seat, TrainingClass
from lms.training.notices import tell_officers
from lms.training.queue import Hall, enter_hall
from lms.training.transitions import LIVE_SEATS, move, write_event

TOO_FEW_BEFORE = timedelta(days=7)
_TO_BEGIN = frozenset({"published", "roster_locked"})
_CLOSABLE = frozenset({"running", "ended"})


class ClosedBefore(Refused):
    """The marks have been declared complete before."""

    def __init__(self) -> None:
        super().__init__("Lớp này đã đóng điểm danh rồi.", remedy="Nay chỉ còn chốt kết quả.")


class SessionAhead(Refused):
    """A session that has not begun yet still has to be marked."""


class MarksDisputed(Refused):
    """Some marks contradict each other, or nobody stands by them yet."""

    def __init__(self, people: int) -> None:
        super().__init__(
            f"Còn {people} người có dấu điểm danh chưa rõ nên chưa làm được. Chưa thay đổi gì.",
            remedy="Giảng viên chính hoặc cán bộ Sở hãy xem từng người rồi quyết định.",
        )


def close_roster(session: Session, *, by: Actor, class_id: int, now: datetime) -> TrainingClass:
    """Close the list before its hour: nobody is promoted by itself any more.

    Raises:
        AlreadySettled: not published, or closed before.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    allow(why_not_close_roster(hall.row))
    move(session, hall.row, "roster_locked", by=by, now=now, snapshot=numbers(hall))
    note_class(session, by, hall.row, "close_roster", now)
    return hall.row


def why_not_close_roster(row: TrainingClass) -> Refused | None:
    """Say why the list cannot be closed now, or None."""
    return None if row.state == "published" else NotNow(row, "chốt danh sách")


def close_attendance(session: Session, *, by: Actor, class_id: int, now: datetime) -> TrainingClass:
    """Say that the marks of the class are complete, so that the department can fix the results.

    Raises:
        SessionAhead: its last session has not begun.
        MarksDisputed: marks contradict each other, or somebody's own word waits for a yes.
        ClosedBefore: somebody did it before.
        AlreadySettled: the class has not begun, or its results are fixed.
        NotFound: neither the class's chief trainer nor the province's officer.
    """
    row = session.get(TrainingClass, class_id)
    if row is None or not is_chief(by, row):
        raise NotFound(f"class {class_id}")
    hall = enter_hall(session, class_id)
    bring_up_to_date(session, hall, now)
    allow(why_not_close_attendance(hall.row, class_sessions(session, class_id), now))
    allow(why_disputed(disputes_of(session, hall.row)))
    values: dict[str, Any] = {"attendance_closed_at": now, "attendance_closed_by_id": by.account_id}
    if hall.row.state == "running":
        move(session, hall.row, "ended", by=by, now=now, reason="đóng điểm danh", snapshot=numbers(hall), **values)
    else:
        hall.row.attendance_closed_at, hall.row.attendance_closed_by_id = now, by.account_id
        session.flush()
        write_event(session, hall.row, "ended", by=by, now=now, reason="đóng điểm danh", snapshot=numbers(hall))
    note_class(session, by, hall.row, "close_attendance", now)
    return hall.row


def why_not_close_attendance(row: TrainingClass, held: Sequence[ClassSession], now: datetime) -> Refused | None:
    """Say why the marks cannot be declared complete now, or None."""
    if row.attendance_closed_at is not None:
        return ClosedBefore()
    if row.state not in _CLOSABLE:
        return NotNow(row, "đóng điểm danh")
    ahead = [one for one in held if one.begins_at > now]
    if ahead:
        return SessionAhead(
            f"Buổi {ahead[0].number} bắt đầu lúc {vn_moment(ahead[0].begins_at)} nên chưa đóng điểm danh được.",
            remedy="Hãy đóng sau buổi cuối.",
        )
    return None


def why_disputed(disputes: Sequence[Dispute]) -> Refused | None:
    """Say that the marks are not ready for a result, or None (L8: every dispute is answered before)."""
    people = {one.seat_id for one in disputes}
    return MarksDisputed(len(people)) if people else None


def bring_up_to_date(session: Session, hall: Hall, now: datetime) -> None:
    """Make the moves of the locked class that the clock asks for, whether or not the timer was there in time."""
    held = class_sessions(session, hall.row.id)
    if hall.row.state in _TO_BEGIN and held[0].begins_at - OPENS_BEFORE <= now:
        move(session, hall.row, "running", by=SYSTEM, now=now, reason="đến giờ học", snapshot=numbers(hall))
    if hall.row.state == "running" and held[-1].ends_at <= now:
        move(session, hall.row, "ended", by=SYSTEM, now=now, reason="đã hết buổi cuối", snapshot=numbers(hall))


def lock_due_rosters(session: Session, now: datetime) -> int:
    """Close the lists whose hour has come; return how many. A timer."""
    done = 0
    for hall in _due(session, TrainingClass.state == "published", TrainingClass.locks_at <= now):
        if hall.row.state == "published" and hall.row.locks_at <= now:
            move(session, hall.row, "roster_locked", by=SYSTEM, now=now, reason="đến giờ chốt", snapshot=numbers(hall))
            done += 1
    return done


def start_due_classes(session: Session, now: datetime) -> None:
    """Begin the classes whose first session is about to begin. A timer."""
    first = _time_of(func.min(ClassSession.begins_at))
    for hall in _due(session, TrainingClass.state.in_(_TO_BEGIN), first <= now + OPENS_BEFORE):
        bring_up_to_date(session, hall, now)


def end_due_classes(session: Session, now: datetime) -> None:
    """End the classes whose last session is over. A timer."""
    last = _time_of(func.max(ClassSession.ends_at))
    for hall in _due(session, TrainingClass.state == "running", last <= now):
        bring_up_to_date(session, hall, now)


def warn_too_few(session: Session, now: datetime) -> int:
    """Tell the officers once of each class that soon begins with too few people; return how many. A timer."""
    told = 0
    soon = TrainingClass.starts_on <= (now + TOO_FEW_BEFORE + timedelta(days=1)).date()
    for hall in _due(session, TrainingClass.state == "published", TrainingClass.too_few_told_at.is_(None), soon):
        sentence = too_few(hall.row, people_of(session, hall.row.id), class_sessions(session, hall.row.id), now)
        if sentence and hall.row.state == "published" and hall.row.too_few_told_at is None:
            move(session, hall.row, "published", by=SYSTEM, now=now, reason="còn ít người", snapshot=numbers(hall),
                 too_few_told_at=now)  # fmt: skip
            # New dates may bring the same warning again, so the moment belongs to the event.
            event, text = f"class-{hall.row.id}-too-few-{now:%y%m%d%H%M}", f"“{hall.row.title}”: {sentence}"
            tell_officers(session, hall.row.province_code, template="class-too-few", event=event, text=text, but=None,
                          now=now)  # fmt: skip
            told += 1
    return told


def too_few(row: TrainingClass, people: int, held: Sequence[ClassSession], now: datetime) -> str | None:
    """Return the warning of a class that begins within a week with too few people, or None."""
    is_soon = held[0].begins_at - TOO_FEW_BEFORE <= now
    if row.state not in _TO_BEGIN or not is_soon or people >= row.min_viable:
        return None
    return (
        f"Lớp bắt đầu ngày {vn_day(held[0].held_on)} mà mới có {people} người, ít nhất phải có {row.min_viable}. "
        "Hãy gộp với lớp khác, giảm số người ít nhất, hoặc hủy lớp."
    )


def people_of(session: Session, class_id: int) -> int:
    """Return how many hold a place in the class or wait for one."""
    counted = Seat.state.in_(LIVE_SEATS | {"waiting"})
    return session.scalars(select(func.count()).where(Seat.class_id == class_id, counted)).one()


def _time_of(moment: Any) -> Any:
    return select(moment).where(ClassSession.class_id == TrainingClass.id).correlate(TrainingClass).scalar_subquery()


def _due(session: Session, *conditions: Any) -> Iterator[Hall]:
    """Yield the classes due under their locks, in ascending order."""
    for class_id in session.scalars(select(TrainingClass.id).where(*conditions).order_by(TrainingClass.id)).all():
        yield enter_hall(session, class_id)
