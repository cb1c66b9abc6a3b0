"""The declared moves of needs, classes and seats, and the one way to make a move.

A move is `UPDATE … WHERE id AND state`, so pressing twice or two people at once do it once; and it
writes its event in the same transaction, so that the chain of events can be replayed.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, insert, literal_column, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from lms.access import Actor
from lms.errors import Refused
from lms.training.models import Need, Seat, TrainingClass, TrainingEvent
from lms.training.wording import state_words

RULE_VERSION = "2026-11"
Row = Need | TrainingClass | Seat
LIVE_SEATS = frozenset({"offered", "confirmed"})
OPEN_SEATS = frozenset({"waiting", "offered", "confirmed"})
LIVE_NEEDS = frozenset({"submitted", "confirmed", "returned", "grouped", "partly_met"})
FILLING = frozenset({"published"})
BEFORE_START = frozenset({"planned", "published", "roster_locked"})

MOVES: dict[str, dict[str | None, frozenset[str]]] = {
    "need": {
        None: frozenset({"submitted"}),
        "submitted": frozenset({"submitted", "confirmed", "returned", "grouped", "rejected", "withdrawn"}),
        "confirmed": frozenset({"confirmed", "returned", "grouped", "rejected", "withdrawn"}),
        "returned": frozenset({"submitted", "withdrawn"}),
        "grouped": frozenset({"grouped", "met", "partly_met", "confirmed", "withdrawn"}),
        "partly_met": frozenset({"partly_met", "grouped", "withdrawn"}),
    },
    "class": {
        None: frozenset({"planned"}),
        "planned": frozenset({"planned", "published", "cancelled"}),
        "published": frozenset({"published", "roster_locked", "running", "cancelled"}),
        "roster_locked": frozenset({"roster_locked", "running", "cancelled"}),
        "running": frozenset({"ended"}),
        "ended": frozenset({"finalised"}),
    },
    "seat": {
        None: frozenset({"waiting", "offered", "confirmed"}),
        "waiting": frozenset({"offered", "cancelled", "moved", "class_cancelled"}),
        "offered": frozenset({"confirmed", "declined", "expired", "cancelled", "moved", "class_cancelled"}),
        "confirmed": frozenset({"cancelled", "moved", "class_cancelled", "completed", "incomplete", "no_show"}),
    },
}
"""Every allowed move; a state without a line here is dead and is never left again.

None → offered and None → confirmed are only for a substitute, who takes over what the other had.
"""

_ENTITIES: dict[type[Row], str] = {Need: "need", TrainingClass: "class", Seat: "seat"}
# Put together once, since every move is made under the lock of its class: what it costs, all others wait.
_EVENTS: Any = TrainingEvent.__table__
_EVENT = insert(_EVENTS).inline()


def _once(table: Any) -> Any:
    return update(table).where(table.c.id == bindparam("moved_id"), table.c.state == bindparam("came_from"))


_MOVES_ONCE = {model: _once(model.__table__) for model in _ENTITIES}


class AlreadySettled(Refused):
    """Somebody, perhaps the same person a moment ago, has already decided this."""

    def __init__(self, entity: str, state: str) -> None:
        super().__init__(
            f"Việc này đã làm rồi, hoặc lúc này không làm được. Hiện giờ: {state_words(entity, state)}.",
            remedy="Mở lại trang để xem tình trạng mới nhất.",
        )
        self.state = state


def in_states(column: Any, states: frozenset[str]) -> ColumnElement[bool]:
    """Say that a row is in one of the states, spelt out: so a statement stays as it is, and fits its index."""
    one_of: ColumnElement[bool] = column.in_([literal_column(f"'{state}'") for state in sorted(states)])
    return one_of


def move(
    session: Session,
    row: Row,
    to: str,
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
    snapshot: dict[str, Any] | None = None,
    on_behalf_of: int | None = None,
    **values: Any,
) -> None:
    """Move a row to another state, once, and write the event.

    Raises:
        AlreadySettled: the row is not in a state from which this move is declared, or it has left
            that state since it was read.
    """
    entity, came_from = _ENTITIES[type(row)], row.state
    if to not in MOVES[entity].get(came_from, frozenset()):
        raise AlreadySettled(entity, came_from)
    _update_once(session, row, came_from, {"state": to, **values})
    write_event(
        session,
        row,
        came_from,
        by=by,
        now=now,
        reason=reason,
        snapshot=snapshot,
        on_behalf_of=on_behalf_of,
    )


def write_event(
    session: Session,
    row: Row,
    came_from: str | None,
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
    snapshot: dict[str, Any] | None = None,
    on_behalf_of: int | None = None,
) -> None:
    """Add one link to the chain of the row: who, why, under which rule, and what was true then."""
    event = {
        "entity": _ENTITIES[type(row)],
        "entity_id": row.id,
        "from_state": came_from,
        "to_state": row.state,
        "actor_id": by.account_id,
        "actor_label": by.label[:200],
        "on_behalf_of_id": on_behalf_of,
        "reason": reason[:300],
        "rule_version": RULE_VERSION,
        "snapshot": snapshot or {},
        "at": now,
    }
    session.connection().execute(_EVENT, event)


def _update_once(session: Session, row: Row, came_from: str, values: dict[str, Any]) -> None:
    session.flush()
    once = {"moved_id": row.id, "came_from": came_from}
    if session.connection().execute(_MOVES_ONCE[type(row)], values | once).rowcount != 1:
        session.refresh(row)
        raise AlreadySettled(_ENTITIES[type(row)], row.state)
    for name, value in values.items():
        set_committed_value(row, name, value)
