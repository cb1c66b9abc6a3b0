"""What the auditor reads: every event in order and the rows they made, each table by one statement."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.training.models import Call, ClassSession, Need, Seat, TrainingClass, TrainingEvent

_EVENT: Any = TrainingEvent.__table__
_TABLES: dict[str, Any] = {
    "call": Call.__table__,
    "need": Need.__table__,
    "class": TrainingClass.__table__,
    "seat": Seat.__table__,
}


@dataclass(frozen=True)
class Story:
    """Events by the order in which they were written, and the rows by their id."""

    events: list[Any]
    calls: dict[int, Any]
    needs: dict[int, Any]
    classes: dict[int, Any]
    seats: dict[int, Any]
    sessions: dict[int, ClassSession]
    chains: dict[tuple[str, int], list[Any]] = field(default_factory=lambda: defaultdict(list))

    def rows_of(self, entity: str) -> dict[int, Any]:
        """Return the rows of one kind."""
        return {"call": self.calls, "need": self.needs, "class": self.classes, "seat": self.seats}[entity]

    @cached_property
    def sessions_of(self) -> dict[int, list[ClassSession]]:
        """Return the sessions of each class in order."""
        held: dict[int, list[ClassSession]] = defaultdict(list)
        for row in self.sessions.values():
            held[row.class_id].append(row)
        return held


def read_story(session: Session) -> Story:
    """Read everything the auditor compares, as plain rows."""
    connection = session.connection()
    events = list(connection.execute(select(_EVENT).order_by(_EVENT.c.id)))
    rows = {
        entity: {row.id: row for row in connection.execute(select(table).order_by(table.c.id))}
        for entity, table in _TABLES.items()
    }
    held = select(ClassSession).order_by(ClassSession.class_id, ClassSession.number)
    sessions = {row.id: row for row in session.scalars(held.execution_options(populate_existing=True))}
    story = Story(events, rows["call"], rows["need"], rows["class"], rows["seat"], sessions)
    for event in events:
        story.chains[event.entity, event.entity_id].append(event)
    return story


def unit_of(event: Any) -> Any:
    """Return what the events of one transaction share.

    That is the key of the unit of work, which no two of them have. Events older than those keys have
    only their moment, which is taken once a unit.
    """
    return event.request_key or event.at
