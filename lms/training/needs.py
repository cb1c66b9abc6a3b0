"""Needs: what a team asks for in a call, and how it may change; the number it once got stays."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.journal.rules import record
from lms.teams.models import Membership
from lms.training.calls import why_not_open
from lms.training.models import Call, Need
from lms.training.standing import Standing, leaders_of
from lms.training.transitions import LIVE_NEEDS, AlreadySettled, move
from lms.training.wording import HALF_DAY_KINDS, ROLE_WORDS
from lms.words import nfc

EDITABLE = frozenset({"submitted", "confirmed", "returned"})
"""States in which a need that was sent may still be changed: nobody has a place by it yet."""


class TopicNotInCall(Refused):
    """The call does not offer this topic."""


class WishNotPossible(Refused):
    """What the team asks for does not fit the call or the team."""

    status = 422


class ReasonMissing(Refused):
    """A deed for somebody else, or against their wish, needs its reason."""

    status = 422


@dataclass(frozen=True)
class Wish:
    """What a team asks for: how many places, for whom ("cử sau" = nobody yet), when and how it suits.

    `role_wanted` says who is to go where nobody is named; no half-day means that any will do.
    """

    seats_wanted: int = 1
    nominee_ids: tuple[int, ...] = ()
    availability: str = ""
    note: str = ""
    role_wanted: str = "any"
    half_days: tuple[str, ...] = ()
    mode: str = "any"

    def fields(self) -> dict[str, Any]:
        """Return the values as they are stored."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        lists = {"nominee_ids": list(self.nominee_ids), "half_days": [k for k in HALF_DAY_KINDS if k in self.half_days]}
        return values | lists | {"availability": nfc(self.availability), "note": nfc(self.note)}

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Wish":
        """Return the wish of stored values."""
        lists = {name: tuple(values[name]) for name in ("nominee_ids", "half_days")}
        return cls(**values | lists)


def wish_of(need: Need) -> Wish:
    """Return what the need asks for now."""
    return Wish.of({one.name: getattr(need, one.name) for one in fields(Wish)})


def change_need(
    session: Session, need: Need, changes: dict[str, Any], *, by: Actor, now: datetime, reason: str, **more: Any
) -> None:
    """Change fields of a need, keeping state and number, with old and new in the event."""
    differing = {name: [getattr(need, name), value] for name, value in changes.items() if getattr(need, name) != value}
    to = more.pop("to", need.state)
    snapshot = {"seq": need.queue_seq, "changes": differing} | more.pop("snapshot", {})
    move(session, need, to, by=by, now=now, reason=reason, snapshot=snapshot, **more, **changes)


def why_not_register(call: Call, topic: str | None, now: datetime) -> Refused | None:
    """Say why a team cannot register the topic (or anything) in the call now, if it cannot."""
    no = why_not_open(call, now)
    if no is None and topic is not None and topic not in call.topics:
        return TopicNotInCall("Đợt này không có chuyên đề đã chọn. Chưa ghi gì cả.")
    return no


def why_not_edit(call: Call, need: Need, now: datetime) -> Refused | None:
    """Say why what the team asks for cannot change any more, if it cannot."""
    if need.state not in EDITABLE | {"draft"}:
        return AlreadySettled("need", need.state)
    return None if is_to_be_resent(call, need) else why_not_open(call, now)


def is_to_be_resent(call: Call, need: Need) -> bool:
    """Say whether the need was given back and can still be put right: until the round is over for good (N5).

    Whoever was asked to put something right must be able to, also after the deadline.
    """
    return need.state == "returned" and call.state in ("open", "closed", "planned")


def check_wish(
    session: Session, call: Call, team_id: int, topic: str, wish: Wish, now: datetime, need: Need | None = None
) -> None:
    """Let only a wish pass that the open call and the team of today allow; `need` is what it would change.

    Raises:
        CallNotOpen, TopicNotInCall, WishNotPossible: the call does not allow it.
    """
    no = None
    if need is None or not is_to_be_resent(call, need):
        no = why_not_register(call, topic, now)
    no = no or why_not_wished(session, call, team_id, wish)
    if no is not None:
        raise no


def confirm_alone(session: Session, call: Call, need: Need, now: datetime) -> None:
    """Confirm what was just sent, where the round does not ask for the commune's word."""
    if not call.needs_confirmation and need.state == "submitted":
        snapshot = {"seq": need.queue_seq}
        move(session, need, "confirmed", by=SYSTEM, now=now, reason="đợt này không cần xã xác nhận", snapshot=snapshot)


def why_not_wished(session: Session, call: Call, team_id: int, wish: Wish) -> WishNotPossible | None:
    """Say what of the wish the call or the team of today does not allow, if anything."""
    if not 1 <= wish.seats_wanted <= call.seats_per_team:
        return WishNotPossible(f"Đợt này mỗi tổ được từ 1 đến {call.seats_per_team} chỗ. Hãy ghi lại số chỗ.")
    if len(set(wish.nominee_ids)) > wish.seats_wanted:
        return WishNotPossible("Số người được cử nhiều hơn số chỗ. Hãy bớt người hoặc thêm chỗ.")
    if wish.role_wanted != "any" and wish.role_wanted not in call.who_may_go:
        return WishNotPossible(f"Đợt này chỉ mời {_roles_words(call)}. Hãy chọn lại ai sẽ đi.")
    if not set(wish.half_days) <= set(HALF_DAY_KINDS) or wish.mode not in ("any", "in_person", "online"):
        return WishNotPossible("Buổi hoặc cách học đã chọn không có. Hãy chọn lại.")
    return _why_not_named(session, call, team_id, wish.nominee_ids)


def _why_not_named(session: Session, call: Call, team_id: int, people: Iterable[int]) -> WishNotPossible | None:
    named = set(people)
    live = select(Membership.person_id, Membership.role).where(
        Membership.team_id == team_id, Membership.person_id.in_(named), Membership.left_at.is_(None)
    )
    roles: dict[int, str] = dict(session.execute(live).all())
    if named - set(roles):
        return WishNotPossible("Có người được cử không còn trong tổ. Hãy chọn lại người.")
    if set(roles.values()) - set(call.who_may_go):
        return WishNotPossible(f"Đợt này chỉ mời {_roles_words(call)}. Hãy chọn lại người được cử.")
    return None


def _roles_words(call: Call) -> str:
    return ", ".join(words.lower() for role, words in ROLE_WORDS.items() if role in call.who_may_go)


def live_need(session: Session, call_id: int, team_id: int, topic: str) -> Need | None:
    """Return the one need the team has of a topic in a call, a draft included, read afresh."""
    return session.scalar(
        select(Need)
        .where(
            Need.call_id == call_id,
            Need.team_id == team_id,
            Need.topic == topic,
            Need.state.in_(LIVE_NEEDS | {"draft"}),
        )
        .execution_options(populate_existing=True)
    )


def lock_need(session: Session, need_id: int) -> Need:
    """Return the need, read afresh under the lock of its call.

    The row itself is not locked: whoever moves seats locks it after the class, and withdrawing locks
    classes after the call. What changes at once from both sides is told apart by the state.
    """
    call_id = session.scalar(select(Need.call_id).where(Need.id == need_id))
    if call_id is None:
        raise NotFound(f"need {need_id}")
    locked(session, Call, call_id)
    return session.get_one(Need, need_id, populate_existing=True)


def first_leader(session: Session, team_id: int) -> int | None:
    """Return who stands for the team when the commune speaks for it."""
    return next(iter(leaders_of(session, team_id)), None)


def behalf_of(session: Session, standing: Standing) -> int | None:
    """Return on whose behalf the deed is done: the leader's, when the commune speaks for the team."""
    return first_leader(session, standing.team.id) if standing.is_proxy else None


def note_need(
    session: Session, by: Actor, need: Need, standing: Standing, verb: str, reason: str, now: datetime
) -> None:
    """Add a line to the journal about the need."""
    record(
        session,
        by=by,
        verb=verb,
        kind="need",
        object_id=need.id,
        area=standing.team.commune_code,
        detail={"topic": need.topic, "team": standing.team.id, "reason": reason},
        on_behalf_of=behalf_of(session, standing),
        now=now,
    )
