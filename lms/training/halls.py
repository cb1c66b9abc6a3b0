"""A class under its lock: entered once a unit, its places counted once, its seats added and moved.

Everything about the seats of a class is decided here and in the queue, after the lock. People are
locked after their class, needs last of all. None of these locks stops a row elsewhere from naming
the class or the person, so that telling somebody of a seat never waits for another class.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict

from lms.access import Actor
from lms.errors import NotFound
from lms.people.models import Person
from lms.training.models import LATE_ENTRY, Call, ClassSession, Seat, TrainingClass, new_token
from lms.training.transitions import (
    FILLING,
    LIVE_SEATS,
    OPEN_SEATS,
    event_of,
    in_states,
    move,
    write_event,
    write_events,
)


@dataclass
class Hall:
    """A class under its lock: how many places are taken, how many people wait, and when the next offer lapses.

    They are counted once, after the lock and before anything is written; every later decision of
    the unit goes by this count and by the unit's own moves. Where the class itself is
    only read, `row` may be a plain row: it has the same names. `who_may_go` are the roles its call
    sends, or None for any. `needs` are those whose seats the unit has moved: whoever entered the
    hall settles them before leaving (`fulfilling.settle_needs`). `held` are the people locked so far.
    """

    row: TrainingClass
    taken: int
    waiting: int
    lapses_at: datetime | None
    who_may_go: Sequence[str] | None = None
    needs: set[int] = field(default_factory=set)
    held: set[int] = field(default_factory=set)

    @property
    def room(self) -> int:
        """Return how many places are free."""
        return self.row.capacity - self.taken

    def is_free_at_once(self, now: datetime) -> bool:
        """Say whether whoever comes now is invited at once: a place is free, nobody waits, no offer has lapsed."""
        return self.room > 0 and not self.waiting and (self.lapses_at is None or now < self.lapses_at)

    def note_move(self, came_from: str | None, to: str) -> None:
        """Keep the counts true when a seat comes, or goes from one state to another."""
        self.taken += (to in LIVE_SEATS) - (came_from in LIVE_SEATS)
        self.waiting += (to == "waiting") - (came_from == "waiting")

    def snapshot(self, seat: Seat) -> dict[str, Any]:
        """Return what an event keeps: what was true when the move was made."""
        return {
            "class": self.row.id,
            "capacity": self.row.capacity,
            "live": self.taken,
            "seq": seat.seq,
            "order": [seat.rank, seat.place],
        }

    def lock_people(self, session: Session, people: Iterable[int]) -> None:
        """Lock those of the people who are not locked by this unit yet."""
        wanted = set(people) - self.held
        if wanted:
            lock_people(session, wanted)
            self.held |= wanted


@dataclass(frozen=True)
class Entry:
    """Somebody about to enter the queue."""

    person_id: int
    team_id: int
    need_id: int | None
    rank: int = LATE_ENTRY


def enter_hall(session: Session, class_id: int) -> Hall:
    """Lock the class, then count its taken places.

    Raises:
        NotFound: there is no such class.
    """
    row = session.scalars(_LOCK_CLASS, {"class": class_id}).one_or_none()
    if row is None:
        raise NotFound(f"class {class_id}")
    return Hall(row, *session.connection().execute(_COUNTS, {"class": row.id}).one())


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
    hall.note_move(seat.state, to)
    if seat.need_id is not None:
        hall.needs.add(seat.need_id)
    move(session, seat, to, by=by, now=now, snapshot=hall.snapshot(seat) | (snapshot or {}), **more)


def add_seats(session: Session, hall: Hall, entries: Sequence[Entry], *, by: Actor, now: datetime) -> list[Seat]:
    """Put people at the end of the queue in the order given."""
    first = take_seqs(session, hall.row, len(entries))
    seats = [_store_seat(session, hall, entry, seq, {"queued_at": now}) for seq, entry in enumerate(entries, first)]
    for seat in seats:
        hall.note_move(None, seat.state)
    write_events(session, [_comes(session, hall, seat, by, now) for seat in seats])
    return seats


def add_invited(session: Session, hall: Hall, entry: Entry, *, by: Actor, now: datetime, until: datetime) -> Seat:
    """Let somebody enter a queue in which nobody waits and take its free place: one row, and both events."""
    values = {"queued_at": now, "state": "offered", "offered_at": now, "expires_at": until}
    seat = _store_seat(session, hall, entry, take_seqs(session, hall.row, 1), values)
    comes = _comes(session, hall, seat, by, now)
    hall.note_move(None, seat.state)
    invited = event_of(session, seat, "waiting", seat.state, by=by, now=now, snapshot=hall.snapshot(seat))
    write_events(session, [comes, invited])
    return seat


def add_seat(
    session: Session,
    hall: Hall,
    entry: Entry,
    *,
    by: Actor,
    now: datetime,
    values: dict[str, Any] | None = None,
    snapshot: dict[str, Any] | None = None,
    **event: Any,
) -> Seat:
    """Give one person a seat of the locked class in the state that `values` say, waiting unless told.

    For whoever takes over what another had, walks in, makes up, comes from a merged class, or
    returns to the queue; `event` goes to the seat's first event (reason, channel, on_behalf_of).
    """
    seat = _store_seat(session, hall, entry, take_seqs(session, hall.row, 1), {"queued_at": now} | (values or {}))
    hall.note_move(None, seat.state)
    write_event(session, seat, None, by=by, now=now, snapshot=hall.snapshot(seat) | (snapshot or {}), **event)
    return seat


def take_seqs(session: Session, row: TrainingClass, count: int) -> int:
    """Take numbers from the class, never given before, and return the first."""
    last: int = session.connection().scalars(_TAKE_SEQS, {"class": row.id, "how_many": count}).one()
    return last - count + 1


def is_filling(row: TrainingClass, now: datetime) -> bool:
    """Say whether free places are still filled by themselves: published, and before the list is closed."""
    return row.state in FILLING and now < row.locks_at


def begins_at(row: TrainingClass) -> datetime:
    """Return when the first session of the class begins."""
    return row.locks_at + timedelta(hours=row.lock_hours)


def lock_people(session: Session, people: Iterable[int]) -> None:
    """Lock people in ascending order, so that two classes cannot take one person at once."""
    asked = sorted(set(people))
    session.connection().execute(_LOCK_PEOPLE, {"people": asked}).all()


def taken_elsewhere(session: Session, row: TrainingClass, people: Iterable[int]) -> dict[int, str]:
    """Return, for those who cannot enter this class, the class that stands in the way."""
    asked = {"people": list(set(people)), "class": row.id}
    return dict(session.connection().execute(_TAKEN_ELSEWHERE, asked).all())


def _comes(session: Session, hall: Hall, seat: Seat, by: Actor, now: datetime) -> dict[str, Any]:
    return event_of(session, seat, None, "waiting", by=by, now=now, snapshot=hall.snapshot(seat))


def _store_seat(session: Session, hall: Hall, entry: Entry, seq: int, but: dict[str, Any]) -> Seat:
    """Store a seat and return its object without reading it back."""
    if entry.need_id is not None:
        hall.needs.add(entry.need_id)
    values = _NEW_SEAT | {
        "class_id": hall.row.id,
        "person_id": entry.person_id,
        "team_id": entry.team_id,
        "need_id": entry.need_id,
        "rank": entry.rank,
        "topic": hall.row.topic,
        "seq": seq,
        "place": seq,
        "token": new_token(),
    } | but  # fmt: skip
    seat = Seat()
    instance_dict(seat).update(values, id=session.connection().scalars(_ADD_SEAT, values).one())
    make_transient_to_detached(seat)
    session.add(seat)
    return seat


# Put together once: they are asked under the lock of a class, while all others wait.
_NEW_SEAT: dict[str, Any] = {
    "state": "waiting",
    "score": None,
    "kind": "regular",
    "makes_up_for_id": None,
    "lapses": 0,
    "offered_at": None,
    "expires_at": None,
    "confirmed_at": None,
    "ended_at": None,
    "reason": "",
    "result": None,
}
_CLASS: Any = bindparam("class", type_=Integer())
_CLASSES: Any = TrainingClass.__table__
_OWN = aliased(TrainingClass)
_SEATS: Any = Seat.__table__
_HERE, _THERE = aliased(ClassSession), aliased(ClassSession)
_LOCK_CLASS = (
    select(TrainingClass)
    .where(TrainingClass.id == _CLASS)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
_LOCK_PEOPLE = (
    select(Person.id)
    .where(Person.id.in_(bindparam("people", expanding=True)))
    .order_by(Person.id)
    .with_for_update(key_share=True)
)
_WHO_MAY_GO = (
    select(Call.who_may_go)
    .join(TrainingClass, TrainingClass.call_id == Call.id)
    .where(TrainingClass.id == _CLASS)
    .scalar_subquery()
)
COUNTS = select(
    func.count().filter(in_states(Seat.state, LIVE_SEATS)).label("taken"),
    func.count().filter(Seat.state == "waiting").label("waiting"),
    func.min(Seat.expires_at).filter(Seat.state == "offered").label("lapses_at"),
).where(Seat.class_id == _CLASS, in_states(Seat.state, LIVE_SEATS | {"waiting"}))
"""How a class named `class` stands, as a `Hall` keeps it."""
_COUNTS = COUNTS.add_columns(_WHO_MAY_GO)
_TAKE_SEQS = (
    update(_CLASSES)
    .where(TrainingClass.id == _CLASS)
    .values(seat_seq=TrainingClass.seat_seq + bindparam("how_many", type_=Integer()))
    .returning(TrainingClass.seat_seq)
)
_ADD_SEAT = insert(_SEATS).returning(Seat.id)
OVERLAPS = exists(
    select(_THERE.id)
    .join(_HERE, (_HERE.held_on == _THERE.held_on) & (_HERE.half_day == _THERE.half_day))
    .where(_THERE.class_id == Seat.class_id, _HERE.class_id == _CLASS)
    .correlate(Seat)
)
"""The class of a seat meets at the same time as the class named `class`."""
_TOPIC = select(_OWN.topic).where(_OWN.id == _CLASS).scalar_subquery()
ELSEWHERE = (
    select(Seat.person_id, TrainingClass.title)
    .join(TrainingClass, TrainingClass.id == Seat.class_id)
    .where(in_states(Seat.state, OPEN_SEATS), or_(Seat.topic == _TOPIC, OVERLAPS))
)
"""Who holds or waits for a seat of the same topic as the class named `class`, or at the same time; and where."""
_TAKEN_ELSEWHERE = ELSEWHERE.where(Seat.person_id.in_(bindparam("people", expanding=True)))
