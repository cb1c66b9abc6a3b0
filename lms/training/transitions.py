"""The declared moves of calls, needs, classes and seats, and the one way to make a move.

A move is `UPDATE … WHERE id AND state`, so pressing twice or two people at once do it once; and it
writes its event in the same transaction, so that the chain of events can be replayed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, insert, literal_column, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from lms.access import Actor
from lms.errors import Refused
from lms.once import request_key
from lms.training.models import Call, Need, Seat, TrainingClass, TrainingEvent
from lms.training.wording import state_words

RULE_VERSION = "2026-11.2"
Row = Call | Need | TrainingClass | Seat
LIVE_SEATS = frozenset({"offered", "confirmed"})
OPEN_SEATS = frozenset({"waiting", "offered", "confirmed", "away"})
USED_SEATS = frozenset({"confirmed", "away", "completed", "incomplete", "no_show"})
"""Seats that meet a need: somebody of the team goes, or went."""
LIVE_NEEDS = frozenset({"submitted", "confirmed", "returned", "grouped", "partly_met", "met"})
FILLING = frozenset({"published"})
BEFORE_START = frozenset({"planned", "published", "roster_locked", "postponed"})

MOVES: dict[str, dict[str | None, frozenset[str]]] = {
    "call": {
        None: frozenset({"draft", "open"}),
        "draft": frozenset({"draft", "open", "archived"}),
        "open": frozenset({"open", "closed"}),
        "closed": frozenset({"closed", "open", "planned", "archived"}),
        "planned": frozenset({"archived"}),
    },
    "need": {
        None: frozenset({"draft", "submitted", "confirmed"}),
        "draft": frozenset({"draft", "submitted", "withdrawn"}),
        "submitted": frozenset({"submitted", "confirmed", "returned", "rejected", "withdrawn", "unmet_carried"}),
        "confirmed": frozenset({"confirmed", "returned", "grouped", "rejected", "withdrawn", "unmet_carried"}),
        "returned": frozenset({"returned", "submitted", "withdrawn"}),
        "grouped": frozenset({"grouped", "met", "partly_met", "confirmed", "withdrawn", "unmet_carried"}),
        "partly_met": frozenset({"partly_met", "grouped", "met", "confirmed", "withdrawn", "unmet_carried", "closed"}),
        "met": frozenset({"met", "partly_met", "grouped", "confirmed", "withdrawn", "unmet_carried", "closed"}),
    },
    "class": {
        None: frozenset({"planned"}),
        "planned": frozenset({"planned", "published", "merged", "cancelled"}),
        "published": frozenset({"published", "roster_locked", "running", "postponed", "merged", "cancelled"}),
        "roster_locked": frozenset({"roster_locked", "running", "postponed", "merged", "cancelled"}),
        "postponed": frozenset({"postponed", "published", "merged", "cancelled"}),
        "running": frozenset({"running", "ended"}),
        "ended": frozenset({"ended", "finalised"}),
    },
    "seat": {
        None: frozenset({"waiting", "offered", "confirmed"}),
        "waiting": frozenset({"waiting", "offered", "cancelled", "moved", "class_cancelled"}),
        "offered": frozenset(
            {"offered", "confirmed", "declined", "expired", "cancelled", "displaced", "moved", "class_cancelled"}
        ),
        "confirmed": frozenset(
            {
                "offered",
                "away",
                "cancelled",
                "displaced",
                "moved",
                "class_cancelled",
                "completed",
                "incomplete",
                "no_show",
            }
        ),
        "away": frozenset({"confirmed", "completed", "incomplete", "no_show"}),
        "completed": frozenset({"incomplete", "no_show"}),
        "incomplete": frozenset({"completed", "no_show"}),
        "no_show": frozenset({"completed", "incomplete"}),
    },
}
"""Every allowed move; a state without a line here is dead and is never left again.

None → offered and None → confirmed are for a substitute, who takes over what the other had, for
people of a merged class and for whoever walks in. A fixed result is left only by a make-up class or
by a correction of two persons. waiting → waiting gives the rank when the class is published.
"""

_ENTITIES: dict[type[Row], str] = {Call: "call", Need: "need", TrainingClass: "class", Seat: "seat"}
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
    channel: str | None = None,
    reason_code: str = "",
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
        channel=channel,
        reason_code=reason_code,
    )


def write_event(session: Session, row: Row, came_from: str | None, *, by: Actor, now: datetime, **about: Any) -> None:
    """Add one link to the chain of the row, which has come to where it stands now; `about` is told by `event_of`."""
    write_events(session, [event_of(session, row, came_from, row.state, by=by, now=now, **about)])


def write_events(session: Session, events: Sequence[dict[str, Any]]) -> None:
    """Add links made by `event_of`, in their order, by one statement."""
    if events:
        session.connection().execute(_EVENT, events)


def event_of(
    session: Session,
    row: Row,
    came_from: str | None,
    to: str,
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
    snapshot: dict[str, Any] | None = None,
    on_behalf_of: int | None = None,
    channel: str | None = None,
    reason_code: str = "",
) -> dict[str, Any]:
    """Make one link of the chain of a row: who, by which way, why, under which rule, what was true then.

    The way is the web, unless told; the timer's deeds have no account, and what the commune does for
    somebody else is by proxy.
    """
    return {
        "entity": _ENTITIES[type(row)],
        "entity_id": row.id,
        "from_state": came_from,
        "to_state": to,
        "actor_id": by.account_id,
        "actor_label": by.label[:200],
        "on_behalf_of_id": on_behalf_of,
        "channel": channel or _usual_channel(by, on_behalf_of),
        "reason": reason[:300],
        "reason_code": reason_code,
        "request_key": request_key(session),
        "rule_version": RULE_VERSION,
        "snapshot": snapshot or {},
        "at": now,
    }


def _usual_channel(by: Actor, on_behalf_of: int | None) -> str:
    if by.account_id is None and by.person_id is None:
        return "timer"
    return "proxy" if on_behalf_of is not None and by.is_clerk else "web"


def _update_once(session: Session, row: Row, came_from: str, values: dict[str, Any]) -> None:
    session.flush()
    once = {"moved_id": row.id, "came_from": came_from}
    if session.connection().execute(_MOVES_ONCE[type(row)], values | once).rowcount != 1:
        session.refresh(row)
        raise AlreadySettled(_ENTITIES[type(row)], row.state)
    for name, value in values.items():
        set_committed_value(row, name, value)
