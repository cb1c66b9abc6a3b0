"""The door: people who come without a seat, places of those who have not come, and those who come late."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.errors import NotFound
from lms.people.models import Account, Person
from lms.teams.models import Membership, Team
from lms.training.answering import note_seat
from lms.training.attendance import class_sessions, may_mark, opens_at
from lms.training.classes import allow
from lms.training.coming_back import let_back
from lms.training.conditions import (
    AlreadySeated,
    why_no_room,
    why_not_away,
    why_not_elsewhere,
    why_not_let_in,
)
from lms.training.fulfilling import settle_needs
from lms.training.halls import Entry, Hall, add_seat, enter_hall, move_seat, taken_elsewhere
from lms.training.models import LATE_ENTRY, AttendanceMark, ClassSession, Seat, TrainingClass
from lms.training.notices import tell_officers, tell_seat
from lms.training.queue import expire_lapsed, promote
from lms.training.standing import name_of
from lms.training.transitions import OPEN_SEATS, in_states
from lms.words import fold

MOST_FOUND = 20


def add_walk_in(session: Session, *, by: Actor, class_id: int, person_id: int, now: datetime) -> Seat:
    """Let in somebody of any roster of the province who has come without a seat, while a place is free.

    Whoever waits for this very class comes in on their own place in the queue: the waiting seat is
    moved, and the need it belongs to is served.

    Raises:
        DoorClosed: not from a quarter of an hour before the first session to the end of the last.
        NoPlaceLeft: every place is taken.
        AlreadySeated: on the list already, or with a seat of this topic or another class at that time.
        NotFound: nobody of the province's rosters, or not one's own class.
    """
    hall = _own_hall(session, by, class_id)
    held = class_sessions(session, class_id)
    allow(why_not_let_in(hall.row, opens_at(held[0]), held[-1].ends_at, now))
    hall.lock_people(session, (person_id,))
    team_id = _team_of(session, person_id, hall.row.province_code)
    name = name_of(session, person_id)
    if (own := _open_seat(session, class_id, person_id)) is not None and own.state != "waiting":
        raise AlreadySeated(
            f"{name} đã có tên trong danh sách lớp này. Chưa thay đổi gì.", remedy="Hãy điểm danh như mọi người."
        )
    expire_lapsed(session, hall, now=now)
    promote(session, hall, by=by, now=now)
    # Where the list closes only when the class begins, the queue may just have come to this very person.
    own = _open_seat(session, class_id, person_id)
    if own is None:
        allow(why_not_elsewhere(name, taken_elsewhere(session, hall.row, (person_id,)).get(person_id)))
    if own is None or own.state == "waiting":
        allow(why_no_room(hall.row, hall.room))
    seat = _let_in(session, by, hall, own, Entry(person_id, team_id, None, LATE_ENTRY), now)
    settle_needs(session, hall.needs, now=now)
    return seat


def set_away(session: Session, *, by: Actor, session_id: int, seat_ids: Sequence[int], now: datetime) -> int:
    """Free the places of confirmed people who have not come half an hour after the session began.

    They keep their seat and come back while a place is left. Return how many were set away.

    Raises:
        NotAwayYet: too early, or somebody is marked as there.
        DoorClosed: the session is over.
        AlreadySettled: the seat is not a confirmed one.
        NotFound: not one's own class, or a seat of another.
    """
    held = session.get(ClassSession, session_id)
    if held is None:
        raise NotFound(f"session {session_id}")
    hall = _own_hall(session, by, held.class_id)
    seats = session.scalars(
        select(Seat)
        .where(Seat.class_id == held.class_id, Seat.id.in_(set(seat_ids)))
        .order_by(Seat.id)
        .execution_options(populate_existing=True)
    ).all()
    if len(seats) != len(set(seat_ids)):
        raise NotFound(f"seats of session {session_id}")
    marks = marks_in_session(session, session_id)
    for seat in seats:
        allow(why_not_away(held, seat, marks.get(seat.id), now))
        snapshot = {"session": held.number}
        words = "chưa đến sau 30 phút, nhường chỗ"
        move_seat(session, hall, seat, "away", by=by, now=now, reason=words, snapshot=snapshot)
        note_seat(session, by, hall, seat, "seat_away", "", None, now)
    settle_needs(session, hall.needs, now=now)
    return len(seats)


def come_back(session: Session, *, by: Actor, seat_id: int, now: datetime) -> Seat:
    """Let in somebody who came after their place was freed, while a place is left.

    Raises:
        NoPlaceLeft: every place is taken.
        AlreadySettled: the seat is not away.
        DoorClosed: the results are fixed.
        NotFound: not one's own class.
    """
    class_id = session.scalar(select(Seat.class_id).where(Seat.id == seat_id))
    if class_id is None:
        raise NotFound(f"seat {seat_id}")
    hall = _own_hall(session, by, class_id)
    seat = session.scalars(select(Seat).where(Seat.id == seat_id).execution_options(populate_existing=True)).one()
    let_back(session, by, hall, seat, now=now)
    return seat


def find_people(session: Session, row: TrainingClass, typed: str) -> Sequence[Any]:
    """Return (person id, name, phone, team, commune) of people on the province's rosters, by name or member code."""
    words = fold(typed)
    if len(words) < 2:
        return []
    named = [Person.fold.contains(word, autoescape=True) for word in words.split()]
    code = "".join(typed.split()).upper()
    by_code = select(Account.id).where(Account.person_id == Person.id, Account.code == code).exists()
    statement = select(Person.id, Person.full_name, Person.phone, Team.name.label("team"), Area.name.label("commune"))
    return session.execute(
        _on_rosters(statement, row.province_code)
        .where(Person.erased_at.is_(None), or_(by_code, and_(*named)))
        .order_by(Person.sort_key, Person.id)
        .limit(MOST_FOUND)
    ).all()


def marks_in_session(session: Session, session_id: int) -> dict[int, str]:
    """Return the last mark of each seat in a session; what people scanned themselves speaks for them too."""
    rows = session.execute(
        select(AttendanceMark.seat_id, AttendanceMark.mark)
        .where(AttendanceMark.session_id == session_id, AttendanceMark.repeat_of_id.is_(None))
        .order_by(AttendanceMark.happened_at, AttendanceMark.id)
    )
    return dict(rows.all())


def _own_hall(session: Session, by: Actor, class_id: int) -> Hall:
    hall = enter_hall(session, class_id)
    if not may_mark(session, by, hall.row):
        raise NotFound(f"class {class_id}")
    return hall


def _team_of(session: Session, person_id: int, province_code: str) -> int:
    statement = _on_rosters(select(Team.id), province_code).where(Person.id == person_id)
    team_id: int | None = session.scalars(statement.order_by(Membership.id).limit(1)).one_or_none()
    if team_id is None:
        raise NotFound(f"person {person_id}")
    return team_id


def _on_rosters(statement: Any, province_code: str) -> Any:
    return (
        statement.select_from(Person)
        .join(Membership, Membership.person_id == Person.id)
        .join(Team, Team.id == Membership.team_id)
        .join(Area, Area.code == Team.commune_code)
        .where(Membership.left_at.is_(None), Team.ended_at.is_(None), Area.parent_code == province_code)
    )


def _open_seat(session: Session, class_id: int, person_id: int) -> Seat | None:
    return session.scalars(
        select(Seat)
        .where(Seat.class_id == class_id, Seat.person_id == person_id, in_states(Seat.state, OPEN_SEATS))
        .execution_options(populate_existing=True)
    ).one_or_none()


def _let_in(session: Session, by: Actor, hall: Hall, own: Seat | None, entry: Entry, now: datetime) -> Seat:
    values: dict[str, Any] = {"state": "confirmed", "kind": "walk_in", "confirmed_at": now}
    snapshot: dict[str, Any] = {}
    if own is not None:
        move_seat(session, hall, own, "moved", by=by, now=now, reason="đã đến tận lớp, còn chỗ", ended_at=now)
        entry = Entry(own.person_id, own.team_id, own.need_id, own.rank)
        values |= {"place": own.place, "score": own.score, "queued_at": own.queued_at}
        snapshot = {"replaces": own.id}
    seat = add_seat(
        session, hall, entry, by=by, now=now, values=values, snapshot=snapshot, reason="đến tại cửa, còn chỗ",
        on_behalf_of=entry.person_id,
    )  # fmt: skip
    note_seat(session, by, hall, seat, "seat_walk_in", "", entry.person_id, now)
    text = f"Được nhận vào lớp “{hall.row.title}” tại cửa."
    tell_seat(session, seat, hall.row, template="seat-walk-in", text=text, but=by.person_id, now=now)
    said = f"{name_of(session, seat.person_id)} được nhận vào lớp “{hall.row.title}” tại cửa."
    tell_officers(session, hall.row.province_code, template="seat-walk-in-office", event=f"seat-{seat.id}-walk-in",
                  text=said, but=by.person_id, now=now)  # fmt: skip
    return seat
