"""The one queue of a class, worked only under the lock of its class.

Order: the need's number in the call, then the place in which the seat was queued; people who come
late without a need stand after every need. Whoever frees a place promotes the next in the same
transaction, so no place stays free while somebody waits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import Integer, bindparam, case, exists, func, insert, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased, make_transient_to_detached

from lms.access import Actor
from lms.clock import VIETNAM, vn_date
from lms.db import announce
from lms.errors import NotFound, Refused
from lms.people.models import Person
from lms.signals import seat_offered
from lms.teams.models import Membership
from lms.training.models import ClassSession, Seat, TrainingClass
from lms.training.notices import ended_text, offer_text, tell_seat
from lms.training.transitions import FILLING, LIVE_SEATS, OPEN_SEATS, in_states, move, write_event

IN_ORDER = (Seat.need_seq, Seat.place, Seat.id)


class AlreadySeated(Refused):
    """A person holds or waits for one seat a topic, and cannot sit in two classes at once."""


@dataclass
class Hall:
    """A class under its lock: how many of its places are taken, and when the next offer lapses.

    The places are counted once, after the lock and before anything is written; every later
    decision of the unit goes by this count and by the unit's own moves. Where the class itself is
    only read, `row` may be a plain row: it has the same names.
    """

    row: TrainingClass
    taken: int
    lapses_at: datetime | None

    @property
    def room(self) -> int:
        """Return how many places are free."""
        return self.row.capacity - self.taken

    def snapshot(self, seat: Seat) -> dict[str, Any]:
        """Return what an event keeps: what was true when the move was made."""
        return {
            "class": self.row.id,
            "capacity": self.row.capacity,
            "live": self.taken,
            "seq": seat.seq,
            "order": [seat.need_seq, seat.place],
        }


@dataclass(frozen=True)
class Entry:
    """Somebody about to enter the queue."""

    person_id: int
    team_id: int
    need_id: int | None
    need_seq: int


def enter_hall(session: Session, class_id: int) -> Hall:
    """Lock the class, then count its taken places.

    Raises:
        NotFound: there is no such class.
    """
    row = session.scalars(_LOCK_CLASS, {"class": class_id}).one_or_none()
    if row is None:
        raise NotFound(f"class {class_id}")
    return Hall(row, *session.connection().execute(_LIVE, {"class": row.id}).one())


def enter_hall_with(session: Session, class_id: int, person_id: int) -> tuple[Hall, str | None]:
    """Lock the class and one person who wants a seat; return the hall, and the class that stands in the way.

    What `enter_hall`, `lock_people` and `taken_elsewhere` do, in two statements and without objects:
    two thousand people may ask at once. The class is locked before the person, as everywhere.

    Raises:
        NotFound: there is no such class.
    """
    connection, of = session.connection(), {"class": class_id, "person": person_id}
    row = connection.execute(_LOCK_BOTH, of).first()
    if row is None:
        raise NotFound(f"class {class_id}")
    taken, lapses_at, in_the_way = connection.execute(_LIVE_AND_IN_THE_WAY, of | {"topic": row.topic}).one()
    return Hall(cast(TrainingClass, row), taken, lapses_at), in_the_way


def move_seat(
    session: Session,
    hall: Hall,
    seat: Seat,
    to: str,
    *,
    by: Actor,
    now: datetime,
    snapshot: dict[str, Any] | None = None,
    **more: Any,
) -> None:
    """Move a seat of the locked class and keep the count of taken places true.

    Raises:
        AlreadySettled: the seat has already gone another way.
    """
    hall.taken += (to in LIVE_SEATS) - (seat.state in LIVE_SEATS)
    move(session, seat, to, by=by, now=now, snapshot=hall.snapshot(seat) | (snapshot or {}), **more)


def add_seats(session: Session, hall: Hall, entries: Sequence[Entry], *, by: Actor, now: datetime) -> list[Seat]:
    """Put people at the end of the queue in the order given."""
    first = take_seqs(session, hall.row, len(entries))
    seats = [_add_seat(session, hall, entry, seq, now) for seq, entry in enumerate(entries, first)]
    for seat in seats:
        write_event(session, seat, None, by=by, now=now, snapshot=hall.snapshot(seat))
    return seats


def take_seqs(session: Session, row: TrainingClass, count: int) -> int:
    """Take numbers from the class, never given before, and return the first."""
    last: int = session.connection().scalars(_TAKE_SEQS, {"class": row.id, "how_many": count}).one()
    return last - count + 1


def promote(session: Session, hall: Hall, *, by: Actor, now: datetime) -> list[Seat]:
    """Invite the first in the queue to every free place; return the seats offered.

    People who have left their team since they were queued lose the place in the queue, so that
    they do not hold up the others.
    """
    if not is_filling(hall.row, now):
        return []
    expire_lapsed(session, hall, by=by, now=now)
    offered: list[Seat] = []
    while hall.room > 0 and (waiting := _next_waiting(session, hall)):
        present = _still_members(session, waiting)
        for seat in waiting:
            if (seat.team_id, seat.person_id) in present:
                offered.append(_offer(session, hall, seat, by=by, now=now))
            else:
                _drop_leaver(session, hall, seat, by=by, now=now)
    return offered


def expire_lapsed(session: Session, hall: Hall, *, by: Actor, now: datetime) -> int:
    """End the offers that nobody answered in time; return how many."""
    if hall.lapses_at is None or hall.lapses_at > now:
        return 0
    lapsed = session.scalars(
        select(Seat)
        .where(Seat.class_id == hall.row.id, Seat.state == "offered", Seat.expires_at <= now)
        .order_by(*IN_ORDER)
    ).all()
    for seat in lapsed:
        move_seat(session, hall, seat, "expired", by=by, now=now, reason="quá hạn trả lời", ended_at=now)
        text = ended_text(hall.row, "lời mời đã quá hạn nên chỗ được mời người khác", "")
        tell_seat(session, seat, hall.row, template="seat-expired", text=text, but=None, now=now)
    return len(lapsed)


def is_filling(row: TrainingClass, now: datetime) -> bool:
    """Say whether free places are still filled by themselves: published, and not past its first day."""
    return row.state in FILLING and vn_date(now) <= row.starts_on


def lock_people(session: Session, people: Iterable[int]) -> None:
    """Lock people in ascending order, so that two classes cannot take one person at once."""
    session.execute(
        select(Person.id).where(Person.id.in_(sorted(set(people)))).order_by(Person.id).with_for_update()
    ).all()


def taken_elsewhere(session: Session, row: TrainingClass, people: Iterable[int]) -> dict[int, str]:
    """Return, for those who cannot enter this class, the class that stands in the way."""
    asked = {"people": list(set(people)), "class": row.id, "topic": row.topic}
    return dict(session.connection().execute(_TAKEN_ELSEWHERE, asked).all())


def _add_seat(session: Session, hall: Hall, entry: Entry, seq: int, now: datetime) -> Seat:
    """Store a waiting seat and return its object without reading it back."""
    values = {
        "class_id": hall.row.id,
        "person_id": entry.person_id,
        "team_id": entry.team_id,
        "need_id": entry.need_id,
        "need_seq": entry.need_seq,
        "topic": hall.row.topic,
        "state": "waiting",
        "seq": seq,
        "place": seq,
        "queued_at": now,
        "reason": "",
    }
    seat = Seat(id=session.connection().scalars(_ADD_SEAT, values).one(), **values)
    make_transient_to_detached(seat)
    session.add(seat)
    return seat


def _next_waiting(session: Session, hall: Hall) -> Sequence[Seat]:
    return session.scalars(_NEXT_WAITING, {"class": hall.row.id, "room": hall.room}).all()


def _still_members(session: Session, seats: Sequence[Seat]) -> set[tuple[int, int]]:
    pairs = [(seat.team_id, seat.person_id) for seat in seats]
    return {(team, person) for team, person in session.connection().execute(_STILL_MEMBERS, {"pairs": pairs})}


def _offer(session: Session, hall: Hall, seat: Seat, *, by: Actor, now: datetime) -> Seat:
    move_seat(session, hall, seat, "offered", by=by, now=now, offered_at=now, expires_at=_answer_by(hall.row, now))
    text = offer_text(seat, hall.row)
    tell_seat(session, seat, hall.row, template="seat-offered", text=text, but=None, now=now)
    announce(session, seat_offered, seat_id=seat.id, person_id=seat.person_id)
    return seat


def _answer_by(row: TrainingClass, now: datetime) -> datetime:
    """Give the stated hours, but not beyond the first day of the class."""
    end_of_first_day = datetime.combine(row.starts_on, time(23, 59, 59), tzinfo=VIETNAM)
    return min(now + timedelta(hours=row.offer_hours), end_of_first_day)


def _drop_leaver(session: Session, hall: Hall, seat: Seat, *, by: Actor, now: datetime) -> None:
    move_seat(session, hall, seat, "cancelled", by=by, now=now, reason="đã rời tổ", ended_at=now)
    seat.reason = "đã rời tổ"


# Put together once: they are asked under the lock of a class, while all others wait.
_CLASS: Any = bindparam("class", type_=Integer())
_CLASSES: Any = TrainingClass.__table__
_SEATS: Any = Seat.__table__
_HERE, _THERE = aliased(ClassSession), aliased(ClassSession)
_READ = ("id", "province_code", "topic", "title", "venue", "capacity", "state", "offer_hours", "starts_on")
_LOCK_CLASS = (
    select(TrainingClass).where(TrainingClass.id == _CLASS).with_for_update().execution_options(populate_existing=True)
)
_LOCK_BOTH = (
    select(*(_CLASSES.c[name] for name in _READ))
    .join(Person, Person.id == bindparam("person"))
    .where(TrainingClass.id == _CLASS)
    .with_for_update()
)
_LIVE = select(func.count(), func.min(case((Seat.state == "offered", Seat.expires_at)))).where(
    Seat.class_id == _CLASS, in_states(Seat.state, LIVE_SEATS)
)
_TAKE_SEQS = (
    update(_CLASSES)
    .where(TrainingClass.id == _CLASS)
    .values(seat_seq=TrainingClass.seat_seq + bindparam("how_many", type_=Integer()))
    .returning(TrainingClass.seat_seq)
)
_ADD_SEAT = insert(_SEATS).returning(Seat.id)
_OVERLAPS = exists(
    select(_THERE.id)
    .join(_HERE, (_HERE.held_on == _THERE.held_on) & (_HERE.half_day == _THERE.half_day))
    .where(_THERE.class_id == Seat.class_id, _HERE.class_id == _CLASS)
    .correlate(Seat)
)
_ELSEWHERE = (
    select(Seat.person_id, TrainingClass.title)
    .join(TrainingClass, TrainingClass.id == Seat.class_id)
    .where(in_states(Seat.state, OPEN_SEATS), or_(Seat.topic == bindparam("topic"), _OVERLAPS))
)
_TAKEN_ELSEWHERE = _ELSEWHERE.where(Seat.person_id.in_(bindparam("people", expanding=True)))
_LIVE_AND_IN_THE_WAY = _LIVE.add_columns(
    _ELSEWHERE.with_only_columns(TrainingClass.title)
    .where(Seat.person_id == bindparam("person"))
    .limit(1)
    .correlate(None)
    .scalar_subquery()
)
_NEXT_WAITING = (
    select(Seat)
    .where(Seat.class_id == _CLASS, Seat.state == "waiting")
    .order_by(*IN_ORDER)
    .limit(bindparam("room", type_=Integer()))
    .execution_options(populate_existing=True)
)
_STILL_MEMBERS = select(Membership.team_id, Membership.person_id).where(
    tuple_(Membership.team_id, Membership.person_id).in_(bindparam("pairs", expanding=True)),
    Membership.left_at.is_(None),
)
