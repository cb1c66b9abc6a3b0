"""Grouping: which people of which needs enter the queue of a class, in the order of their needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import NotFound, Refused
from lms.people.models import Person
from lms.teams.models import Membership, Team
from lms.training.cancelling import ReasonNeeded
from lms.training.classes import NotNow, allow, enter_own_hall, note_class
from lms.training.fulfilling import settle_needs
from lms.training.models import RETURNED, CallCommune, Need, Seat, TrainingClass
from lms.training.queue import Entry, Hall, add_seats, is_filling, move_seat, promote, taken_elsewhere
from lms.training.standing import members_by_rank
from lms.training.transitions import move
from lms.training.waiting import tell_waiting
from lms.words import nfc

GROUPABLE = frozenset({"confirmed", "partly_met"})
_HELD = frozenset({"waiting", "offered", "confirmed", "away", "completed", "incomplete", "no_show"})
_SAID_NO = frozenset({"declined", "moved"})
_GO_UNNAMED = frozenset({"leader", "deputy"})


class ClassNotOpenForNeeds(Refused):
    """The class has begun, ended or been cancelled."""


class ClusterMismatch(Refused):
    """A team of another cluster of communes enters the class only with a reason."""

    status = 422


@dataclass(frozen=True)
class Grouped:
    """Who entered the queue, and for each person or place that did not, the need and a sentence."""

    seats: tuple[Seat, ...]
    missing: tuple[tuple[int, str], ...]

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return the sentences."""
        return tuple(sentence for _, sentence in self.missing)


def group_needs(
    session: Session, *, by: Actor, class_id: int, need_ids: Iterable[int], now: datetime, reason: str = ""
) -> Grouped:
    """Put the people of the chosen needs into the queue of the class, by the number of their need.

    Places for which nobody is named yet ("cử sau") go to the leader, then the deputies, as far as
    the call sends them; the team may send somebody else in their place. Whoever cannot enter is
    named with the reason, and the others enter all the same. Once the class is published the ranks
    are given, so needs that come later stand behind them.

    Raises:
        ClassNotOpenForNeeds: too late for this class.
        ClusterMismatch: teams of another cluster, and no reason.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    allow(why_not_group(hall.row, now))
    needs = _chosen_needs(session, hall, need_ids)
    _check_cluster(session, hall.row, needs, nfc(reason))
    wanted = {need.id: _people_to_seat(session, hall, need) for need in needs}
    everybody = [person for people in wanted.values() for person in people]
    hall.lock_people(session, everybody)
    barred = taken_elsewhere(session, hall.row, everybody)
    entries, missing = _entries(session, hall, needs, wanted, barred)
    seats = add_seats(session, hall, entries, by=by, now=now)
    grouped = {entry.need_id for entry in entries}
    for need in needs:
        if need.id in grouped:
            snapshot = {"seq": need.queue_seq, "class": class_id}
            move(session, need, "grouped", by=by, now=now, reason=nfc(reason), snapshot=snapshot)
    promote(session, hall, by=by, now=now)
    tell_waiting(session, hall.row, seats, but=None, now=now)
    settle_needs(session, hall.needs, now=now)
    return Grouped(tuple(seats), tuple(missing))


def why_not_group(row: TrainingClass, now: datetime) -> Refused | None:
    """Say why no need enters this class now, or None."""
    if row.state == "planned" or is_filling(row, now):
        return None
    return ClassNotOpenForNeeds("Lớp này không xếp thêm người nữa. Chưa ghi gì cả.", remedy="Hãy chọn lớp khác.")


def ungroup_need(session: Session, *, by: Actor, class_id: int, need_id: int, reason: str, now: datetime) -> Need:
    """Take a need out of a planned class; it is free for another one and keeps its number.

    Raises:
        ReasonNeeded: no reason.
        AlreadySettled: the class is published, so people know their place in it.
        NotFound: not a class of the officer's province, or the need is not in it.
    """
    hall = enter_own_hall(session, by, class_id)
    if hall.row.state != "planned":
        raise NotNow(hall.row, "bỏ nhu cầu ra")
    words = nfc(reason)
    if not words:
        raise ReasonNeeded("bỏ nhu cầu ra khỏi lớp")
    seats = session.scalars(
        select(Seat)
        .where(Seat.class_id == class_id, Seat.need_id == need_id, Seat.state == "waiting")
        .order_by(Seat.id)
        .execution_options(populate_existing=True)
    ).all()
    if not seats:
        raise NotFound(f"need {need_id} in class {class_id}")
    for seat in seats:
        move_seat(session, hall, seat, "cancelled", by=by, now=now, reason=words, reason_code="regrouped", ended_at=now)
        seat.reason = f"chuyển lớp: {words}"[:300]
    note_class(session, by, hall.row, "ungroup_need", now, need=need_id, reason=words)
    settle_needs(session, hall.needs, now=now)
    return session.get_one(Need, need_id)


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


def teams_of_other_clusters(session: Session, row: TrainingClass, needs: Sequence[Need]) -> list[str]:
    """Return the names of the teams whose commune belongs to another cluster than the class is for."""
    if not row.cluster or row.call_id is None:
        return []
    names = (
        select(Team.name)
        .join(CallCommune, CallCommune.commune_code == Team.commune_code)
        .where(
            Team.id.in_({need.team_id for need in needs}),
            CallCommune.call_id == row.call_id,
            CallCommune.cluster.not_in(("", row.cluster)),
        )
        .order_by(Team.sort_key, Team.id)
    )
    return list(session.scalars(names))


def _check_cluster(session: Session, row: TrainingClass, needs: Sequence[Need], reason: str) -> None:
    strangers = [] if reason else teams_of_other_clusters(session, row, needs)
    if strangers:
        shown = ", ".join(strangers[:5]) + (f" và {len(strangers) - 5} tổ khác" if len(strangers) > 5 else "")
        raise ClusterMismatch(
            f"Lớp này dành cho cụm {row.cluster}, mà có tổ ở cụm khác: {shown}. Chưa xếp ai cả.",
            remedy="Bỏ các tổ đó, hoặc ghi lý do xếp khác cụm.",
        )


def _people_to_seat(session: Session, hall: Hall, need: Need) -> list[int]:
    """Return who goes: those named and still in the team, then leader and deputies, up to the wish.

    Who said no, or let somebody else go instead, is not asked again for the same need; where
    somebody had several seats, the last one says it.
    """
    history = session.execute(select(Seat.person_id, Seat.state).where(Seat.need_id == need.id).order_by(Seat.id)).all()
    last = dict(history)
    placed = {person for person, state in last.items() if state in _HELD}
    refused = {person for person, state in last.items() if state in _SAID_NO}
    roles = dict(
        session.execute(
            select(Membership.person_id, Membership.role).where(
                Membership.team_id == need.team_id, Membership.left_at.is_(None)
            )
        ).all()
    )
    members = [person for person in members_by_rank(session, need.team_id) if _may_go(hall, roles[person])]
    named = [person for person in need.nominee_ids if person in members]
    unnamed = [p for p in members if roles[p] in _GO_UNNAMED and need.role_wanted in ("any", roles[p])]
    free = [person for person in dict.fromkeys(named + unnamed) if person not in placed | refused]
    return free[: max(0, need.seats_wanted - len(placed))]


def _may_go(hall: Hall, role: str) -> bool:
    return not hall.who_may_go or role in hall.who_may_go


def _entries(
    session: Session, hall: Hall, needs: Sequence[Need], wanted: dict[int, list[int]], barred: dict[int, str]
) -> tuple[list[Entry], list[tuple[int, str]]]:
    names = _names(session, wanted.values())
    teams = dict(session.execute(select(Team.id, Team.name).where(Team.id.in_({need.team_id for need in needs}))).all())
    ranks = _ranks(session, hall.row, needs)
    entries, missing, seen = [], [], set[int]()
    for need in needs:
        if not wanted[need.id]:
            missing.append((need.id, f"{teams[need.team_id]}: chưa có người để xếp chỗ."))
        for person in wanted[need.id]:
            if person in barred:
                missing.append((need.id, f"{names[person]}: đã có chỗ hoặc đang chờ ở lớp “{barred[person]}”."))
            elif person in seen:
                missing.append((need.id, f"{names[person]}: được hai tổ cử, chỉ xếp một lần."))
            else:
                seen.add(person)
                entries.append(Entry(person, need.team_id, need.id, ranks[need.id]))
    return entries, missing


def _ranks(session: Session, row: TrainingClass, needs: Sequence[Need]) -> dict[int, int]:
    """Return the rank of each need: its number, and behind those ranked before once the class is published."""
    if row.state == "planned":
        return {need.id: need.queue_seq or RETURNED for need in needs}
    ranked = select(func.max(Seat.rank)).where(Seat.class_id == row.id, Seat.rank < RETURNED)
    last = session.scalar(ranked) or 0
    return {need.id: last + step for step, need in enumerate(needs, 1)}


def _names(session: Session, groups: Iterable[list[int]]) -> dict[int, str]:
    people = {person for group in groups for person in group}
    rows = session.execute(select(Person.id, Person.full_name).where(Person.id.in_(people)))
    return dict(rows.all())
