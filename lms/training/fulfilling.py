"""What the seats of a need make of it: met, met in part, in a queue, or free for another class."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from lms.access import SYSTEM
from lms.training.models import Need, Seat
from lms.training.transitions import OPEN_SEATS, USED_SEATS, move

FOLLOWS = frozenset({"confirmed", "grouped", "partly_met", "met"})
"""The states of a need that come from its seats."""


def settle_needs(session: Session, need_ids: Iterable[int | None], *, now: datetime) -> None:
    """Let the state of needs follow their seats; called once by each unit that moved seats, as its last step.

    Needs are locked after their classes, all at once and in ascending order, before their seats are
    counted: two classes may change seats of one need at the same time. Nothing else is locked after
    them. Repeated rounds are normal (S3), so a need without any seat left is free for the next class
    and keeps its number. Who had lost a place goes first until offered the next one, and no longer.
    """
    asked = sorted({need_id for need_id in need_ids if need_id is not None})
    if not asked:
        return
    following = [need for need in session.scalars(_LOCK_NEEDS, {"needs": asked}).all() if need.state in FOLLOWS]
    seats: dict[int | None, Counter[str]] = defaultdict(Counter)
    offers: dict[int | None, list[datetime]] = defaultdict(list)
    for need_id, state, count, offered_at in session.connection().execute(_SEATS_OF_NEEDS, {"needs": asked}):
        seats[need_id][state] = count
        offers[need_id] += [offered_at] if offered_at is not None else []
    for need in following:
        if need.displaced_at is not None and any(at > need.displaced_at for at in offers[need.id]):
            # It went first because it had lost a place; now it has been offered another one.
            need.displaced_at = None
        _settle(session, need, seats[need.id], now)


def _settle(session: Session, need: Need, states: Counter[str], now: datetime) -> None:
    to = follows_from(states, need.seats_wanted)
    used = sum(states[state] for state in USED_SEATS)
    snapshot = {"seq": need.queue_seq, "used": used, "wanted": need.seats_wanted}
    if to != need.state:
        move(session, need, to, by=SYSTEM, now=now, reason="theo chỗ của tổ", snapshot=snapshot)
    if need.state == "met" and not any(states[state] for state in OPEN_SEATS):
        move(session, need, "closed", by=SYSTEM, now=now, reason="mọi chỗ đã có kết quả", snapshot=snapshot)


def follows_from(states: Counter[str], wanted: int) -> str:
    """Return the state of a need of which so many seats are in each state."""
    used = sum(states[state] for state in USED_SEATS)
    if used:
        return "met" if used >= wanted else "partly_met"
    return "grouped" if any(states[state] for state in OPEN_SEATS) else "confirmed"


# Put together once: they are asked while others wait for the class.
_NEEDS: Any = bindparam("needs", expanding=True)
_LOCK_NEEDS = (
    select(Need)
    .where(Need.id.in_(_NEEDS))
    .order_by(Need.id)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
_SEATS_OF_NEEDS = (
    select(Seat.need_id, Seat.state, func.count(), func.max(Seat.offered_at))
    .where(Seat.need_id.in_(_NEEDS))
    .group_by(Seat.need_id, Seat.state)
)
