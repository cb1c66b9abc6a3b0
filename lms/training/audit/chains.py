"""Chains: every state is reached by declared moves, each with its author, and numbers never change."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.training.audit.findings import Finding
from lms.training.audit.marks import RESULTS
from lms.training.audit.story import Story
from lms.training.fulfilling import FOLLOWS, follows_from
from lms.training.models import Decision
from lms.training.transitions import MOVES, OPEN_SEATS


def prove(session: Session, story: Story) -> Iterator[Finding]:
    """Compare every row with its chain of events."""
    yield from _chains(story)
    yield from _numbers(story)
    yield from _two_deeds_of_one_form(story)
    yield from _needs_that_do_not_follow(story)
    yield from _decisions(session, story)


def _chains(story: Story) -> Iterator[Finding]:
    """7, 9, 10: from nothing to the state the row is in, link by link."""
    for entity in ("call", "need", "class", "seat"):
        rows = story.rows_of(entity)
        for row_id, row in rows.items():
            yield from _chain(entity, row, story.chains.get((entity, row_id), []))
        for row_id in sorted({found for kind, found in story.chains if kind == entity} - rows.keys()):
            yield Finding(7, entity, row_id, "có sự kiện mà không còn dòng nào")


def _chain(entity: str, row: Any, chain: list[Any]) -> Iterator[Finding]:
    reached: str | None = None
    capacity: int | None = None
    for event in chain:
        if event.from_state != reached:
            yield Finding(7, entity, row.id, f"chuỗi đứt ở sự kiện {event.id}")
        if event.to_state not in MOVES[entity].get(event.from_state, frozenset()):
            yield Finding(10, entity, row.id, f"bước {event.from_state} → {event.to_state} không có")
        if not event.actor_label or not event.rule_version:
            yield Finding(9, entity, row.id, f"sự kiện {event.id} thiếu người làm hoặc quy tắc")
        reached = event.to_state
        capacity = event.snapshot.get("capacity", capacity)
    if reached != row.state:
        yield Finding(7, entity, row.id, f"trạng thái {row.state}, chuỗi sự kiện ra {reached}")
    if entity == "class" and capacity != row.capacity:
        yield Finding(7, entity, row.id, f"lớp có {row.capacity} chỗ, chuỗi sự kiện ra {capacity}")


def _numbers(story: Story) -> Iterator[Finding]:
    """6: numbers are given once, never beyond the parent's last, never changed."""
    given: Counter[tuple[str, int, int]] = Counter()
    for entity, column, parent, parents, last in (
        ("need", "queue_seq", "call_id", story.calls, "need_seq"),
        ("seat", "seq", "class_id", story.classes, "seat_seq"),
    ):
        for row_id, row in story.rows_of(entity).items():
            number, parent_id = getattr(row, column), getattr(row, parent)
            if number is None:
                continue
            above = getattr(parents.get(parent_id), last, 0)
            told = (event.snapshot.get("seq") for event in story.chains.get((entity, row_id), []))
            if not 1 <= number <= above or any(seq not in (None, number) for seq in told):
                yield Finding(6, entity, row_id, f"số thứ tự {number} không khớp sự kiện hoặc số cuối {above}")
            given[entity, parent_id, number] += 1
            if given[entity, parent_id, number] == 2:
                yield Finding(6, entity, row_id, f"số thứ tự {number} đã cho dòng khác")


def _two_deeds_of_one_form(story: Story) -> Iterator[Finding]:
    """8: what was sent under one key was done once, so all of it happened at one moment."""
    moments: dict[str, datetime] = {}
    for event in story.events:
        if event.request_key and moments.setdefault(event.request_key, event.at) != event.at:
            yield Finding(8, event.entity, event.entity_id, f"sự kiện {event.id}: một lần gửi được làm hai lần")


def _needs_that_do_not_follow(story: Story) -> Iterator[Finding]:
    """7: a need is as met as its seats make it."""
    seats: dict[int, Counter[str]] = defaultdict(Counter)
    for seat in story.seats.values():
        if seat.need_id is not None:
            seats[seat.need_id][seat.state] += 1
    for need_id, need in story.needs.items():
        states = seats[need_id]
        if need.state in FOLLOWS:
            follows = follows_from(states, need.seats_wanted)
            if follows != need.state:
                yield Finding(7, "need", need_id, f"trạng thái {need.state}, theo chỗ của tổ thì là {follows}")
        elif any(states[state] for state in OPEN_SEATS):
            yield Finding(7, "need", need_id, f"trạng thái {need.state} mà tổ còn chỗ chưa xong")


def _decisions(session: Session, story: Story) -> Iterator[Finding]:
    """9, 10: two persons decide; a fixed result changes only by their word or by a make-up class."""
    table: Any = Decision.__table__
    corrected: dict[int, int] = Counter()
    for row in session.connection().execute(select(table).where(table.c.outcome == "accepted")):
        if row.decided_by_id is None or row.decided_by_id == row.asked_by_id:
            yield Finding(9, "class", row.class_id, f"quyết định {row.id} chỉ có một người")
        if row.kind == "correct":
            corrected[row.seat_id] += 1
    made_up = Counter(seat.makes_up_for_id for seat in story.seats.values() if seat.state in RESULTS)
    for seat_id in story.seats:
        changes = sum(event.from_state in RESULTS for event in story.chains.get(("seat", seat_id), []))
        if changes > corrected[seat_id] + made_up[seat_id]:
            yield Finding(10, "seat", seat_id, "kết quả đã chốt bị đổi mà không có hai người quyết định")
