"""The one queue of a class, worked only under the lock of its class.

Order: the need's number in the call, then the place in which the seat was queued; people who come
late without a need stand after every need. Whoever frees a place promotes the next in the same
transaction, so no place stays free while somebody waits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import case, exists, func, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from lms.access import Actor
from lms.clock import VIETNAM, vn_date
from lms.db import announce, locked
from lms.errors import Refused
from lms.people.models import Person
from lms.signals import seat_offered
from lms.teams.models import Membership
from lms.training.models import ClassSession, Seat, TrainingClass, TrainingEvent
from lms.training.notices import ended_text, offer_text, tell_seat
from lms.training.transitions import FILLING, LIVE_SEATS, OPEN_SEATS, move, write_event

IN_ORDER = (Seat.need_seq, Seat.place, Seat.id)


class AlreadySeated(Refused):
    """A person holds or waits for one seat a topic, and cannot sit in two classes at once."""


@dataclass
class Hall:
    """A class under its lock: how many of its places are taken, and when the next offer lapses.

    The places are counted once, after the lock and before anything is written; every later
    decision of the unit goes by this count and by the unit's own moves.
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
    row = locked(session, TrainingClass, class_id)
    taken, lapses_at = session.execute(
        select(func.count(), func.min(case((Seat.state == "offered", Seat.expires_at)))).where(
            Seat.class_id == class_id, Seat.state.in_(LIVE_SEATS)
        )
    ).one()
    return Hall(row, taken, lapses_at)


def move_seat(
    session: Session, hall: Hall, seat: Seat, to: str, *, by: Actor, now: datetime, **more: Any
) -> TrainingEvent:
    """Move a seat of the locked class and keep the count of taken places true.

    Raises:
        AlreadySettled: the seat has already gone another way.
    """
    was_live = seat.state in LIVE_SEATS
    event = move(session, seat, to, by=by, now=now, **more)
    hall.taken += (to in LIVE_SEATS) - was_live
    event.snapshot = hall.snapshot(seat) | event.snapshot
    return event


def add_seats(session: Session, hall: Hall, entries: Sequence[Entry], *, by: Actor, now: datetime) -> list[Seat]:
    """Put people at the end of the queue in the order given."""
    first = take_seqs(session, hall.row, len(entries))
    seats = [
        Seat(
            class_id=hall.row.id,
            person_id=entry.person_id,
            team_id=entry.team_id,
            need_id=entry.need_id,
            need_seq=entry.need_seq,
            topic=hall.row.topic,
            state="waiting",
            seq=seq,
            place=seq,
            queued_at=now,
        )
        for seq, entry in enumerate(entries, first)
    ]
    session.add_all(seats)
    session.flush()
    for seat in seats:
        write_event(session, seat, None, by=by, now=now, snapshot=hall.snapshot(seat))
    return seats


def take_seqs(session: Session, row: TrainingClass, count: int) -> int:
    """Take numbers from the class, never given before, and return the first."""
    last = session.scalars(
        update(TrainingClass)
        .where(TrainingClass.id == row.id)
        .values(seat_seq=TrainingClass.seat_seq + count)
        .returning(TrainingClass.seat_seq)
        .execution_options(synchronize_session=False)
    ).one()
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
    mine, other = aliased(ClassSession), aliased(ClassSession)
    overlaps = exists(
        select(other.id)
        .join(mine, (mine.held_on == other.held_on) & (mine.half_day == other.half_day))
        .where(other.class_id == Seat.class_id, mine.class_id == row.id)
        .correlate(Seat)
    )
    rows = session.execute(
        select(Seat.person_id, TrainingClass.title)
        .join(TrainingClass, TrainingClass.id == Seat.class_id)
        .where(
            Seat.person_id.in_(set(people)),
            Seat.state.in_(OPEN_SEATS),
            or_(Seat.topic == row.topic, overlaps),
        )
    )
    return dict(rows.all())


def _next_waiting(session: Session, hall: Hall) -> Sequence[Seat]:
    return session.scalars(
        select(Seat)
        .where(Seat.class_id == hall.row.id, Seat.state == "waiting")
        .order_by(*IN_ORDER)
        .limit(hall.room)
        .execution_options(populate_existing=True)
    ).all()


def _still_members(session: Session, seats: Sequence[Seat]) -> set[tuple[int, int]]:
    pairs = [(seat.team_id, seat.person_id) for seat in seats]
    rows = session.execute(
        select(Membership.team_id, Membership.person_id).where(
            tuple_(Membership.team_id, Membership.person_id).in_(pairs), Membership.left_at.is_(None)
        )
    )
    return {(team_id, person_id) for team_id, person_id in rows}


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
