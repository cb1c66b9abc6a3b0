"""Grouping: which people of which needs enter the queue of a class, in the order of their needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import Refused
from lms.people.models import Person
from lms.teams.models import Team
from lms.training.classes import enter_own_hall
from lms.training.models import Need, Seat
from lms.training.queue import Entry, Hall, add_seats, is_filling, lock_people, promote, taken_elsewhere
from lms.training.standing import leaders_of, members_by_rank
from lms.training.transitions import move

GROUPABLE = frozenset({"submitted", "confirmed", "partly_met"})
_HELD = frozenset({"waiting", "offered", "confirmed", "completed", "incomplete", "no_show"})
_SAID_NO = frozenset({"declined", "moved"})


class ClassNotOpenForNeeds(Refused):
    """The class has begun, ended or been cancelled."""


@dataclass(frozen=True)
class Grouped:
    """Who entered the queue, and a sentence for each person or place that did not."""

    seats: tuple[Seat, ...]
    left_out: tuple[str, ...]


def group_needs(session: Session, *, by: Actor, class_id: int, need_ids: Iterable[int], now: datetime) -> Grouped:
    """Put the people of the chosen needs into the queue of the class, by the number of their need.

    Places for which nobody is named yet ("cử sau") go to the leader, then the deputies; the team
    may send somebody else in their place. Whoever cannot enter is named with the reason, and the
    others enter all the same.

    Raises:
        ClassNotOpenForNeeds: too late for this class.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    if hall.row.state != "planned" and not is_filling(hall.row, now):
        raise ClassNotOpenForNeeds("Lớp này không xếp thêm người nữa. Chưa ghi gì cả.", remedy="Hãy chọn lớp khác.")
    needs = _chosen_needs(session, hall, need_ids)
    wanted = {need.id: _people_to_seat(session, need) for need in needs}
    everybody = [person for people in wanted.values() for person in people]
    lock_people(session, everybody)
    barred = taken_elsewhere(session, hall.row, everybody)
    entries, left_out = _entries(session, needs, wanted, barred)
    seats = add_seats(session, hall, entries, by=by, now=now)
    grouped = {entry.need_id for entry in entries}
    for need in needs:
        if need.id in grouped:
            snapshot = {"seq": need.queue_seq, "class": class_id}
            move(session, need, "grouped", by=by, now=now, snapshot=snapshot)
    promote(session, hall, by=by, now=now)
    return Grouped(tuple(seats), tuple(left_out))


def _chosen_needs(session: Session, hall: Hall, need_ids: Iterable[int]) -> Sequence[Need]:
    return session.scalars(
        select(Need)
        .where(
            Need.id.in_(set(need_ids)),
            Need.call_id == hall.row.call_id,
            Need.topic == hall.row.topic,
            Need.state.in_(GROUPABLE),
        )
        .order_by(Need.queue_seq)
        .execution_options(populate_existing=True)
    ).all()


def _people_to_seat(session: Session, need: Need) -> list[int]:
    """Return who goes: those named and still in the team, then leader and deputies, up to the wish."""
    history = session.execute(select(Seat.person_id, Seat.state).where(Seat.need_id == need.id)).all()
    placed = {person for person, state in history if state in _HELD}
    refused = {person for person, state in history if state in _SAID_NO}
    members = members_by_rank(session, need.team_id)
    named = [person for person in need.nominee_ids if person in members]
    order = named + [person for person in leaders_of(session, need.team_id) if person not in named]
    free = [person for person in order if person not in placed | refused]
    return free[: max(0, need.seats_wanted - len(placed))]


def _entries(
    session: Session, needs: Sequence[Need], wanted: dict[int, list[int]], barred: dict[int, str]
) -> tuple[list[Entry], list[str]]:
    names = _names(session, wanted.values())
    teams = dict(session.execute(select(Team.id, Team.name).where(Team.id.in_({need.team_id for need in needs}))).all())
    entries, left_out, seen = [], [], set[int]()
    for need in needs:
        if not wanted[need.id]:
            left_out.append(f"{teams[need.team_id]}: chưa có người để xếp chỗ.")
        for person in wanted[need.id]:
            if person in barred:
                left_out.append(f"{names[person]}: đã có chỗ hoặc đang chờ ở lớp “{barred[person]}”.")
            elif person in seen:
                left_out.append(f"{names[person]}: được hai tổ cử, chỉ xếp một lần.")
            else:
                seen.add(person)
                entries.append(Entry(person, need.team_id, need.id, need.queue_seq))
    return entries, left_out


def _names(session: Session, groups: Iterable[list[int]]) -> dict[int, str]:
    people = {person for group in groups for person in group}
    rows = session.execute(select(Person.id, Person.full_name).where(Person.id.in_(people)))
    return dict(rows.all())
