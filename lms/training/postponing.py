"""Putting a class off: at once, since a storm does not wait, and with new dates everybody says yes again."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import vn_day
from lms.errors import Refused
from lms.training.attendance import class_sessions
from lms.training.cancelling import ReasonNeeded
from lms.training.class_plans import (
    RosterTimePassed,
    SessionPlan,
    add_sessions,
    check_sessions,
    dates_of,
    in_time_order,
)
from lms.training.classes import NotNow, allow, enter_own_hall, note_class, numbers, open_seats
from lms.training.displacing import displace, go_first_next_time
from lms.training.models import ClassSession, TrainingClass
from lms.training.notices import ended_text, tell_seat, tell_trainers
from lms.training.queue import Hall, answer_by, bars_of, move_seat, promote, tell_of_offer
from lms.training.transitions import LIVE_SEATS, move
from lms.words import nfc

_TO_PUT_OFF = frozenset({"published", "roster_locked"})
_DATABLE = frozenset({"planned", "postponed"})
_BUSY = "ngày mới trùng buổi với lớp khác của anh/chị nên chỗ này phải rút lại"


def postpone_class(session: Session, *, by: Actor, class_id: int, reason: str, now: datetime) -> TrainingClass:
    """Put a published class off until it has new dates; everybody is told, and nobody loses the place in the queue.

    Raises:
        ReasonNeeded: no reason.
        AlreadySettled: not published, begun, or put off before.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    allow(why_not_postpone(hall.row))
    words = nfc(reason)
    if not words:
        raise ReasonNeeded("hoãn lớp")
    move(session, hall.row, "postponed", by=by, now=now, reason=words, snapshot=numbers(hall))
    for seat in open_seats(session, class_id):
        if seat.state == "offered":
            # Nobody can answer now, so no offer lapses either.
            move_seat(session, hall, seat, "offered", by=by, now=now, reason=words, expires_at=None)
        text = ended_text(hall.row, "lớp hoãn, Sở sẽ báo ngày mới và mời xác nhận lại", words)
        tell_seat(session, seat, hall.row, template="class-postponed", text=text, but=None, now=now)
    text = ended_text(hall.row, "lớp hoãn, Sở sẽ báo ngày mới", words)
    tell_trainers(session, hall.row, template="class-postponed-teach", text=text, but=by.person_id, now=now)
    note_class(session, by, hall.row, "postpone_class", now, reason=words)
    return hall.row


def why_not_postpone(row: TrainingClass) -> Refused | None:
    """Say why a class cannot be put off now, or None."""
    return None if row.state in _TO_PUT_OFF else NotNow(row, "hoãn")


def set_new_dates(
    session: Session,
    *,
    by: Actor,
    class_id: int,
    sessions: Sequence[SessionPlan | tuple[date, str]],
    lock_hours: int,
    now: datetime,
    venue: str = "",
) -> TrainingClass:
    """Give a class other dates; one that was put off is published again and whoever held a place must say yes again.

    Whoever has another class at the new time loses the place here and goes first in the next class.

    Raises:
        ClassBadlyPlanned: the sessions do not hold.
        RosterTimePassed: the list would have to be closed already.
        AlreadySettled: neither planned nor put off.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    row, held = hall.row, in_time_order(sessions)
    allow(why_not_date(row))
    check_sessions(held, row.sessions_required, row.minutes_required, now)
    dates = dates_of(held, max(0, lock_hours))
    if dates["locks_at"] <= now:
        raise RosterTimePassed(dates["locks_at"])
    snapshot = numbers(hall) | {
        "dates_before": [one.begins_at.isoformat() for one in class_sessions(session, class_id)],
        "dates": [one.begins_at.isoformat() for one in held],
    }
    session.execute(delete(ClassSession).where(ClassSession.class_id == class_id))
    add_sessions(session, class_id, held)
    changed = dates | {"lock_hours": max(0, lock_hours), "venue": nfc(venue) or row.venue, "too_few_told_at": None}
    to = "published" if row.state == "postponed" else "planned"
    move(session, row, to, by=by, now=now, reason="ngày học mới", snapshot=snapshot, **changed)
    note_class(session, by, row, "set_new_dates", now, starts_on=row.starts_on.isoformat())
    if to == "published":
        _offer_again(session, hall, by, now)
    return row


def why_not_date(row: TrainingClass) -> Refused | None:
    """Say why the dates cannot change now, or None."""
    return None if row.state in _DATABLE else NotNow(row, "đổi ngày")


def _offer_again(session: Session, hall: Hall, by: Actor, now: datetime) -> None:
    seats = [seat for seat in open_seats(session, hall.row.id) if seat.state in LIVE_SEATS]
    hall.lock_people(session, [seat.person_id for seat in seats])
    bars, lost = bars_of(session, seats, hall.row, None), []
    again: dict[str, Any] = {"offered_at": now, "expires_at": answer_by(hall.row, now), "confirmed_at": None}
    reason = f"ngày học mới, từ {vn_day(hall.row.starts_on)}"
    for seat in seats:
        if bars.get(seat.id) == "seat_elsewhere":
            displace(session, hall, seat, text=_BUSY, by=by, reason="trùng buổi với lớp khác", now=now)
            lost.append(seat.need_id)
        else:
            move_seat(session, hall, seat, "offered", by=by, now=now, reason=reason, **again)
            tell_of_offer(session, hall, seat, now)
    promote(session, hall, by=by, now=now)
    go_first_next_time(session, hall, lost, now=now)
    _tell_new_dates(session, hall.row, by, now)


def _tell_new_dates(session: Session, row: TrainingClass, by: Actor, now: datetime) -> None:
    """Tell whoever waits and whoever teaches; who is invited reads the dates in the invitation."""
    dates = f"Lớp “{row.title}” có ngày học mới: từ ngày {vn_day(row.starts_on)} tại {row.venue}."
    waiting = [seat for seat in open_seats(session, row.id) if seat.state == "waiting"]
    for place, seat in enumerate(waiting, 1):
        text = f"{dates} Anh/chị đứng thứ {place} trong hàng chờ."
        tell_seat(session, seat, row, template="class-new-dates", text=text, but=None, now=now)
    tell_trainers(session, row, template="class-new-dates-teach", text=dates, but=by.person_id, now=now)
