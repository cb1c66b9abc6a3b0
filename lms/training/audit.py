"""The auditor: replays the events of training and proves what must always hold.

Read-only. Each finding is a sentence for the operator; no finding means that every state follows
from its chain of events and that no class was ever over capacity. The numbers are those of the
invariants: 1 capacity, 2 one seat, 3 one need, 4 no idle place, 6 numbers, 7 chains, 9 who and by
which rule, 10 only declared moves, 19 no two places at once.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from lms.training.models import Call, ClassSession, Need, Seat, TrainingClass, TrainingEvent
from lms.training.queue import is_filling
from lms.training.transitions import LIVE_NEEDS, LIVE_SEATS, MOVES, OPEN_SEATS

_TABLES: dict[str, Any] = {"need": Need, "class": TrainingClass, "seat": Seat}


@dataclass(frozen=True)
class Finding:
    """One broken invariant: its number, the row, and what is wrong."""

    invariant: int
    entity: str
    entity_id: int
    sentence: str


@dataclass(frozen=True)
class AuditReport:
    """How much was looked at, and what was found."""

    events: int
    seats: int
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Say whether everything holds."""
        return not self.findings


def audit(session: Session, *, now: datetime) -> AuditReport:
    """Replay every event in order and compare with what the tables say."""
    events = session.scalars(select(TrainingEvent).order_by(TrainingEvent.id)).all()
    seats = {seat.id: seat for seat in session.scalars(select(Seat))}
    chains: dict[tuple[str, int], list[TrainingEvent]] = defaultdict(list)
    for event in events:
        chains[event.entity, event.entity_id].append(event)
    findings = [
        *_broken_chains(session, chains),
        *_changed_numbers(session, chains),
        *_overfull_moments(events, seats),
        *_overfull_now(session),
        *_idle_places(session, now),
        *_seats_twice(session),
        *_needs_twice(session),
        *_two_places_at_once(session),
    ]
    return AuditReport(len(events), len(seats), tuple(findings))


def _broken_chains(session: Session, chains: dict[tuple[str, int], list[TrainingEvent]]) -> Iterator[Finding]:
    """7, 9, 10: every state is reached by declared moves, each with its author and rule."""
    for entity, model in _TABLES.items():
        for row_id, state in session.execute(select(model.id, model.state)):
            chain = chains.get((entity, row_id), [])
            reached: str | None = None
            for event in chain:
                if event.from_state != reached:
                    yield Finding(7, entity, row_id, f"chuỗi đứt ở sự kiện {event.id}")
                if event.to_state not in MOVES[entity].get(event.from_state, frozenset()):
                    yield Finding(10, entity, row_id, f"bước {event.from_state} → {event.to_state} không có")
                if not event.actor_label or not event.rule_version:
                    yield Finding(9, entity, row_id, f"sự kiện {event.id} thiếu người làm hoặc quy tắc")
                reached = event.to_state
            if reached != state:
                yield Finding(7, entity, row_id, f"trạng thái {state}, chuỗi sự kiện ra {reached}")


def _changed_numbers(session: Session, chains: dict[tuple[str, int], list[TrainingEvent]]) -> Iterator[Finding]:
    """6: numbers are given once, never beyond the parent's last, never changed."""
    needs = select(Need.id, Need.queue_seq, Call.need_seq).join(Call, Call.id == Need.call_id)
    seats = select(Seat.id, Seat.seq, TrainingClass.seat_seq).join(TrainingClass, TrainingClass.id == Seat.class_id)
    for entity, query in (("need", needs), ("seat", seats)):
        for row_id, number, last in session.execute(query):
            chain = chains.get((entity, row_id), [])
            told = [event.snapshot["seq"] for event in chain if "seq" in event.snapshot]
            if not 1 <= number <= last or any(seq != number for seq in told):
                yield Finding(6, entity, row_id, f"số thứ tự {number} không khớp sự kiện hoặc số cuối {last}")


def _overfull_moments(events: Any, seats: dict[int, Seat]) -> Iterator[Finding]:
    """1: at no moment were more places taken than there were."""
    capacity: dict[int, int] = {}
    taken: dict[int, int] = defaultdict(int)
    for event in events:
        if event.entity == "class":
            capacity[event.entity_id] = event.snapshot.get("capacity", capacity.get(event.entity_id, 0))
        elif event.entity == "seat" and event.entity_id in seats:
            class_id = seats[event.entity_id].class_id
            taken[class_id] += (event.to_state in LIVE_SEATS) - (event.from_state in LIVE_SEATS)
            if taken[class_id] > capacity.get(class_id, 0):
                sentence = f"sự kiện {event.id}: {taken[class_id]} người, {capacity.get(class_id, 0)} chỗ"
                yield Finding(1, "class", class_id, sentence)


def _overfull_now(session: Session) -> Iterator[Finding]:
    for row, taken, _ in _fill(session):
        if taken > row.capacity:
            yield Finding(1, "class", row.id, f"{taken} người, {row.capacity} chỗ")


def _idle_places(session: Session, now: datetime) -> Iterator[Finding]:
    """4: no place is free while somebody waits for it."""
    for row, taken, waiting in _fill(session):
        if is_filling(row, now) and taken < row.capacity and waiting:
            yield Finding(4, "class", row.id, f"còn {row.capacity - taken} chỗ mà {waiting} người chờ")


def _fill(session: Session) -> Iterator[tuple[TrainingClass, int, int]]:
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for class_id, state, count in session.execute(
        select(Seat.class_id, Seat.state, func.count()).group_by(Seat.class_id, Seat.state)
    ):
        counts[class_id][state] = count
    for row in session.scalars(select(TrainingClass).order_by(TrainingClass.id)):
        states = counts[row.id]
        yield row, sum(states.get(state, 0) for state in LIVE_SEATS), states.get("waiting", 0)


def _seats_twice(session: Session) -> Iterator[Finding]:
    """2: one open seat for a person in a class, and in a topic."""
    for column, what in ((Seat.class_id, "cùng lớp"), (Seat.topic, "cùng chuyên đề")):
        rows = session.execute(
            select(func.max(Seat.id), func.count())
            .where(Seat.state.in_(OPEN_SEATS))
            .group_by(Seat.person_id, column)
            .having(func.count() > 1)
        )
        for seat_id, count in rows:
            yield Finding(2, "seat", seat_id, f"một người có {count} chỗ {what}")


def _needs_twice(session: Session) -> Iterator[Finding]:
    """3: one live need for a team, topic and call."""
    rows = session.execute(
        select(func.max(Need.id), func.count())
        .where(Need.state.in_(LIVE_NEEDS))
        .group_by(Need.call_id, Need.team_id, Need.topic)
        .having(func.count() > 1)
    )
    for need_id, count in rows:
        yield Finding(3, "need", need_id, f"tổ có {count} nhu cầu cùng chuyên đề trong một đợt")


def _two_places_at_once(session: Session) -> Iterator[Finding]:
    """19: nobody holds live seats in two classes that meet at the same time."""
    one, other = aliased(Seat), aliased(Seat)
    mine, theirs = aliased(ClassSession), aliased(ClassSession)
    rows = session.execute(
        select(one.id, other.class_id)
        .join(other, (other.person_id == one.person_id) & (other.class_id > one.class_id))
        .join(mine, mine.class_id == one.class_id)
        .join(
            theirs,
            (theirs.class_id == other.class_id) & (theirs.held_on == mine.held_on) & (theirs.half_day == mine.half_day),
        )
        .where(one.state.in_(LIVE_SEATS), other.state.in_(LIVE_SEATS))
        .distinct()
    )
    for seat_id, class_id in rows:
        yield Finding(19, "seat", seat_id, f"trùng buổi với lớp {class_id}")
