"""Moments: the queue of every class played again, unit by unit.

All events of one transaction are judged together, when it was committed: a cut moves many seats and
the capacity at once. Whoever moves seats of a class holds its lock, so one class's units never mingle.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from lms.training.audit.findings import Finding
from lms.training.audit.story import Story, unit_of
from lms.training.queue import is_filling
from lms.training.transitions import FILLING, LIVE_SEATS

_BY_HAND = frozenset({"phone"})
Place = tuple[int, int, int]


@dataclass
class _Room:
    """A class at a moment of its past."""

    row: Any
    capacity: int = 0
    state: str | None = None
    locks_at: datetime | None = None
    live: int = 0
    waiting: dict[int, Place] = field(default_factory=dict)
    queue: list[Place] = field(default_factory=list)
    last: Any = None

    def enter(self, seat_id: int, order: list[int]) -> None:
        """Let somebody wait, or give who waits another rank."""
        self.waiting[seat_id] = place = (order[0], order[1], seat_id)
        heappush(self.queue, place)

    def first(self) -> Place | None:
        """Return who is the first of those who wait."""
        while self.queue and self.waiting.get(self.queue[0][2]) != self.queue[0]:
            heappop(self.queue)
        return self.queue[0] if self.queue else None

    def was_filling(self, at: datetime) -> bool:
        """Say whether free places were filled by themselves."""
        return self.state in FILLING and self.locks_at is not None and at < self.locks_at


def prove(story: Story, now: datetime) -> Iterator[Finding]:
    """1, 4, 5: at no commit too many, none idle, and always the first promoted."""
    rooms = {class_id: _Room(row) for class_id, row in story.classes.items()}
    dated = _last_dated(story)
    for event in story.events:
        room = rooms.get(_class_of(story, event) or 0)
        if room is None:
            continue
        if room.last is not None and unit_of(room.last) != unit_of(event):
            yield from _at_commit(room, room.last.at)
        yield from _follow(story, room, event)
        if event.id >= dated.get(room.row.id, 0):
            room.locks_at = room.row.locks_at
        room.last = event
    for room in rooms.values():
        yield from _at_commit(room, now)
    yield from _as_they_stand(story, now)


def _last_dated(story: Story) -> dict[int, int]:
    """Return the event by which a class that was put off got its present dates; the earlier ones are not kept."""
    return {
        event.entity_id: event.id
        for event in story.events
        if event.entity == "class" and event.from_state == "postponed" and event.to_state == "published"
    }


def _class_of(story: Story, event: Any) -> int | None:
    if event.entity == "class":
        return int(event.entity_id)
    seat = story.seats.get(event.entity_id) if event.entity == "seat" else None
    return seat.class_id if seat is not None else None


def _follow(story: Story, room: _Room, event: Any) -> Iterator[Finding]:
    if event.entity == "class":
        room.capacity = event.snapshot.get("capacity", room.capacity)
        room.state = event.to_state
        return
    seat = story.seats[event.entity_id]
    if event.from_state is None and event.to_state in LIVE_SEATS and "replaces" not in event.snapshot:
        yield from _ahead_of_queue(room, event)
    if event.from_state == "waiting":
        if event.to_state == "offered" and event.channel not in _BY_HAND:
            yield from _promoted(room, event)
        room.waiting.pop(seat.id, None)
    if event.to_state == "waiting":
        room.enter(seat.id, event.snapshot.get("order", [seat.rank, seat.place]))
    room.live += (event.to_state in LIVE_SEATS) - (event.from_state in LIVE_SEATS)
    told = event.snapshot.get("live", room.live)
    if told != room.live:
        sentence = f"sự kiện {event.id} ghi {told} người có chỗ, chạy lại ra {room.live}"
        yield Finding(1, "class", room.row.id, sentence)


def _promoted(room: _Room, event: Any) -> Iterator[Finding]:
    first, own = room.first(), room.waiting.get(event.entity_id)
    if first is not None and first != own:
        yield Finding(5, "seat", event.entity_id, f"sự kiện {event.id}: được mời trước chỗ {first[2]} đứng trên")


def _ahead_of_queue(room: _Room, event: Any) -> Iterator[Finding]:
    """A place given outside the queue (a make-up, a walk-in) while the queue fills by itself and somebody waits."""
    if room.was_filling(event.at) and (first := room.first()) is not None:
        yield Finding(5, "seat", event.entity_id, f"sự kiện {event.id}: có chỗ ngay trong khi chỗ {first[2]} còn chờ")


def _at_commit(room: _Room, at: datetime) -> Iterator[Finding]:
    if room.live > room.capacity:
        sentence = f"sau sự kiện {room.last.id}: {room.live} người, {room.capacity} chỗ"
        yield Finding(1, "class", room.row.id, sentence)
    if room.live < room.capacity and room.waiting and room.was_filling(at):
        sentence = f"sau sự kiện {room.last.id}: còn {room.capacity - room.live} chỗ mà {len(room.waiting)} người chờ"
        yield Finding(4, "class", room.row.id, sentence)


def _as_they_stand(story: Story, now: datetime) -> Iterator[Finding]:
    """1, 4: the same of the tables as they are now."""
    states: dict[int, Counter[str]] = defaultdict(Counter)
    for seat in story.seats.values():
        states[seat.class_id][seat.state] += 1
    for class_id, row in story.classes.items():
        live, waiting = sum(states[class_id][state] for state in LIVE_SEATS), states[class_id]["waiting"]
        if live > row.capacity:
            yield Finding(1, "class", class_id, f"{live} người, {row.capacity} chỗ")
        if live < row.capacity and waiting and is_filling(row, now):
            yield Finding(4, "class", class_id, f"còn {row.capacity - live} chỗ mà {waiting} người chờ")
