"""The calendar file of a seat: when and where, for the phone's own calendar.

Half-days keep their identity however often a class is put off, and the number of what has happened
to seat and class is the sequence, so that a calendar that took the file once takes the newer one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event, Timezone, TimezoneStandard
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import VIETNAM
from lms.errors import NotFound, Refused
from lms.training.models import ClassSession, Seat, TrainingClass, TrainingEvent
from lms.training.standing import NoLongerInTeam, NotLeader, answer_for_seat, name_of

CONFIRMED = frozenset({"confirmed", "completed", "incomplete", "no_show"})
UNSURE = frozenset({"offered", "away"})
OFF = frozenset({"postponed", "cancelled", "merged"})
_AHEAD = timedelta(hours=7)


class NoDatesYet(Refused):
    """Somebody who waits has no place yet, so nothing to write into a calendar."""

    def __init__(self) -> None:
        super().__init__(
            "Chỗ này còn đang chờ nên chưa có lịch.", remedy="Khi được mời, anh/chị sẽ tải được lịch của lớp."
        )


def seat_calendar(session: Session, *, by: Actor, seat_id: int, host: str, address: str) -> bytes:
    """Return the file of a seat, for the person, leader, deputy, clerk or officer.

    `host` makes the identities unique in the world; `address` is where one answers.

    Raises:
        NoDatesYet: the person still waits.
        NotFound: a stranger's seat.
    """
    seat, row = _seen_seat(session, by, seat_id)
    if seat.offered_at is None and seat.state not in CONFIRMED | UNSURE:
        raise NoDatesYet
    number, last = session.execute(
        select(func.count(), func.max(TrainingEvent.at)).where(
            or_(
                and_(TrainingEvent.entity == "seat", TrainingEvent.entity_id == seat.id),
                and_(TrainingEvent.entity == "class", TrainingEvent.entity_id == row.id),
            )
        )
    ).one()
    held = session.scalars(
        select(ClassSession).where(ClassSession.class_id == row.id).order_by(ClassSession.number)
    ).all()
    who = "" if seat.person_id == by.person_id else name_of(session, seat.person_id)
    return _file(seat, row, held, who=who, sequence=number, at=last, host=host, address=address)


def _seen_seat(session: Session, by: Actor, seat_id: int) -> tuple[Seat, TrainingClass]:
    seat = session.get(Seat, seat_id)
    if seat is None:
        raise NotFound(f"seat {seat_id}")
    row = session.get_one(TrainingClass, seat.class_id)
    if row.province_code not in by.provinces:
        try:
            answer_for_seat(session, by, seat)
        except (NotLeader, NoLongerInTeam) as stranger:
            raise NotFound(f"seat {seat_id}") from stranger
    return seat, row


def _file(
    seat: Seat,
    row: TrainingClass,
    held: Sequence[ClassSession],
    *,
    who: str,
    sequence: int,
    at: datetime,
    host: str,
    address: str,
) -> bytes:
    status = _status(seat, row)
    calendar = Calendar()
    calendar.add("prodid", "-//Binh dan hoc vu so//Tap huan//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if status == "CANCELLED" else "PUBLISH")
    calendar.add_component(_vietnam())
    title = f"{row.title} – {who}" if who else row.title
    for one in held:
        entry = Event()
        entry.add("uid", f"cho-{seat.id}-buoi-{one.number}@{host}")
        entry.add("sequence", sequence)
        entry.add("dtstamp", at)
        entry.add("dtstart", one.begins_at.astimezone(VIETNAM))
        entry.add("dtend", one.ends_at.astimezone(VIETNAM))
        entry.add("summary", f"{title} (buổi {one.number})")
        entry.add("location", row.venue)
        entry.add("description", f"Lớp tập huấn. Xem chỗ của anh/chị tại: {address}")
        entry.add("status", status)
        calendar.add_component(entry)
    data: bytes = calendar.to_ical()
    return data


def _status(seat: Seat, row: TrainingClass) -> str:
    if row.state in OFF or seat.state not in CONFIRMED | UNSURE:
        return "CANCELLED"
    return "TENTATIVE" if seat.state in UNSURE else "CONFIRMED"


def _vietnam() -> Timezone:
    """Return the one zone of the country: seven hours ahead since 1975, without summer time."""
    zone, rule = Timezone(), TimezoneStandard()
    zone.add("tzid", "Asia/Ho_Chi_Minh")
    rule.add("dtstart", datetime(1975, 6, 13))  # noqa: DTZ001 - the format wants a local time here
    rule.add("tzoffsetfrom", _AHEAD)
    rule.add("tzoffsetto", _AHEAD)
    rule.add("tzname", "+07")
    zone.add_component(rule)
    return zone
