"""Needs: what a team asks for in a call; leader and deputy sign the same row."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.journal.rules import record
from lms.training.calls import check_open
from lms.training.models import Call, Need, NeedSignature
from lms.training.notices import tell_team
from lms.training.seats import cancel_seats_of_need
from lms.training.standing import Standing, leaders_of, members_by_rank, speak_for_team
from lms.training.transitions import LIVE_NEEDS, move, write_event
from lms.words import nfc

_EDITABLE = frozenset({"submitted", "confirmed", "returned"})


class TopicNotInCall(Refused):
    """The call does not offer this topic."""


class WishNotPossible(Refused):
    """What the team asks for does not fit the call or the team."""

    status = 422


class AlreadyRegistered(Refused):
    """The team already has a live need; the commune cannot add a second."""


class ReasonMissing(Refused):
    """A deed for somebody else, or against their wish, needs its reason."""

    status = 422


@dataclass(frozen=True)
class Wish:
    """What a team asks for: how many places, for whom ("cử sau" = nobody yet), when it suits."""

    seats_wanted: int = 1
    nominee_ids: tuple[int, ...] = ()
    availability: str = ""
    note: str = ""

    def fields(self) -> dict[str, Any]:
        """Return the values as they are stored."""
        values = asdict(self)
        values["nominee_ids"] = list(self.nominee_ids)
        return values | {"availability": nfc(self.availability), "note": nfc(self.note)}


class Registered(NamedTuple):
    """The team's need, and whether this registration made it or joined it."""

    need: Need
    is_new: bool
    is_proposal: bool


def register_need(
    session: Session,
    *,
    by: Actor,
    call_id: int,
    team_id: int,
    topic: str,
    wish: Wish,
    now: datetime,
    reason: str = "",
) -> Registered:
    """Register the team's need, or put one's name under the need the other has registered.

    The unit registers its leader or deputy (S1, item 3); both sign one row, so the place in the
    queue is the team's and is given once, under the lock of the call. A clerk may register for a
    team that cannot, with the reason.

    Raises:
        NotLeader, NoLongerInTeam: not the person's task.
        CallNotOpen, TopicNotInCall, WishNotPossible: the call does not allow it.
        AlreadyRegistered: the clerk is too late, the need stands.
        ReasonMissing: a clerk without a reason.
    """
    call = locked(session, Call, call_id)
    standing = speak_for_team(session, by, team_id)
    if call.province_code != standing.province_code:
        raise NotFound(f"call {call_id}")
    check_open(call, now)
    _check_wish(session, call, standing, topic, wish, reason)
    need = _live_need(session, call_id, team_id, topic)
    if need is None:
        return _first_registration(session, by, standing, call, topic, wish, reason, now)
    if standing.is_proxy:
        raise AlreadyRegistered(
            f"{standing.team.name} đã đăng ký chuyên đề này rồi. Nhu cầu cũ vẫn giữ nguyên.",
            remedy="Hãy mở nhu cầu đó để xem.",
        )
    return _join(session, by, standing, need, wish, now)


def withdraw_need(session: Session, *, by: Actor, need_id: int, now: datetime, reason: str = "") -> Need:
    """Take the need back; its seats are freed and the next in the queue are invited at once.

    Raises:
        ReasonMissing: a clerk withdraws for the team without saying why.
        ClassHasBegun: somebody of the team already sits in a class that has begun.
    """
    need = lock_need(session, need_id)
    standing = speak_for_team(session, by, need.team_id)
    if standing.is_proxy and not nfc(reason):
        raise ReasonMissing("Rút thay tổ thì phải ghi lý do. Nhu cầu vẫn giữ nguyên.")
    behalf = first_leader(session, need.team_id) if standing.is_proxy else None
    move(session, need, "withdrawn", by=by, now=now, reason=nfc(reason), on_behalf_of=behalf)
    cancel_seats_of_need(session, by=by, need=need, reason="tổ rút nhu cầu", now=now)
    note_need(session, by, need, standing, "withdraw_need", nfc(reason), now)
    text = f"Nhu cầu tập huấn của tổ đã được rút. {nfc(reason)}".strip()
    tell_team(session, need, template="need-withdrawn", text=text, but=by.person_id, now=now)
    return need


def _first_registration(
    session: Session,
    by: Actor,
    standing: Standing,
    call: Call,
    topic: str,
    wish: Wish,
    reason: str,
    now: datetime,
) -> Registered:
    call.need_seq += 1
    need = Need(
        call_id=call.id,
        team_id=standing.team.id,
        topic=topic,
        state="submitted",
        queue_seq=call.need_seq,
        submitted_at=now,
        submitted_by_id=by.account_id,
        on_behalf_reason=nfc(reason) if standing.is_proxy else "",
        **wish.fields(),
    )
    session.add(need)
    session.flush()
    behalf = first_leader(session, need.team_id) if standing.is_proxy else None
    snapshot = {"seq": need.queue_seq} | wish.fields()
    write_event(session, need, None, by=by, now=now, reason=nfc(reason), snapshot=snapshot, on_behalf_of=behalf)
    if standing.is_proxy:
        text = f"Xã đã đăng ký tập huấn thay tổ. Lý do: {nfc(reason)}. Nếu chưa đúng, hãy báo xã."
        tell_team(session, need, template="need-by-proxy", text=text, but=by.person_id, now=now)
    else:
        _sign(session, by, standing, need, None, now)
        text = f"{by.name} đã đăng ký tập huấn cho tổ. Anh/chị có thể ký chung."
        tell_team(session, need, template="need-registered", text=text, but=by.person_id, now=now)
    note_need(session, by, need, standing, "register_need", nfc(reason), now)
    return Registered(need, is_new=True, is_proposal=False)


def _join(session: Session, by: Actor, standing: Standing, need: Need, wish: Wish, now: datetime) -> Registered:
    """Put a second name under the need. The leader's word wins; another's differing word waits."""
    differing = {k: v for k, v in wish.fields().items() if getattr(need, k) != v}
    others = session.scalars(
        select(NeedSignature).where(NeedSignature.need_id == need.id, NeedSignature.person_id != by.person_id)
    ).all()
    follows = need.state in _EDITABLE and (standing.role == "leader" or not others)
    proposal = differing if differing and not follows else None
    _sign(session, by, standing, need, proposal, now)
    changes = differing if follows else {}
    to = "submitted" if need.state == "returned" else need.state
    move(
        session,
        need,
        to,
        by=by,
        now=now,
        reason="đề xuất khác" if proposal else "sửa" if changes else "ký chung",
        snapshot={"seq": need.queue_seq, "signed_as": standing.role, "changes": differing},
        **changes,
    )
    note_need(session, by, need, standing, "join_need", "", now)
    text = f"{by.name} đã ký chung nhu cầu tập huấn của tổ." + (" Có đề xuất khác, hãy mở xem." if proposal else "")
    tell_team(session, need, template="need-joined", text=text, but=by.person_id, now=now)
    return Registered(need, is_new=False, is_proposal=proposal is not None)


def _sign(
    session: Session,
    by: Actor,
    standing: Standing,
    need: Need,
    proposal: dict[str, Any] | None,
    now: datetime,
) -> None:
    signature = session.get(NeedSignature, (need.id, by.person_id))
    if signature is None:
        signature = NeedSignature(need_id=need.id, person_id=by.person_id)
        session.add(signature)
    signature.role, signature.signed_at, signature.proposal = standing.role, now, proposal


def _check_wish(session: Session, call: Call, standing: Standing, topic: str, wish: Wish, reason: str) -> None:
    if topic not in call.topics:
        raise TopicNotInCall("Đợt này không có chuyên đề đã chọn. Chưa ghi gì cả.")
    if not 1 <= wish.seats_wanted <= call.seats_per_team:
        raise WishNotPossible(f"Đợt này mỗi tổ được từ 1 đến {call.seats_per_team} chỗ. Hãy ghi lại số chỗ.")
    if len(wish.nominee_ids) > wish.seats_wanted:
        raise WishNotPossible("Số người được cử nhiều hơn số chỗ. Hãy bớt người hoặc thêm chỗ.")
    check_nominees(session, standing, list(wish.nominee_ids))
    if standing.is_proxy and not nfc(reason):
        raise ReasonMissing("Đăng ký thay tổ thì phải ghi lý do. Chưa ghi gì cả.")


def check_nominees(session: Session, standing: Standing, nominee_ids: list[int]) -> None:
    """Let only people who are in the team now be named.

    Raises:
        WishNotPossible: somebody named is not.
    """
    if not set(nominee_ids) <= set(members_by_rank(session, standing.team.id)):
        raise WishNotPossible("Có người được cử không còn trong tổ. Hãy chọn lại người.")


def _live_need(session: Session, call_id: int, team_id: int, topic: str) -> Need | None:
    return session.scalar(
        select(Need)
        .where(
            Need.call_id == call_id,
            Need.team_id == team_id,
            Need.topic == topic,
            Need.state.in_(LIVE_NEEDS),
        )
        .execution_options(populate_existing=True)
    )


def lock_need(session: Session, need_id: int) -> Need:
    """Return the need under the lock of its call; needs change only under that lock."""
    call_id = session.scalar(select(Need.call_id).where(Need.id == need_id))
    if call_id is None:
        raise NotFound(f"need {need_id}")
    locked(session, Call, call_id)
    return locked(session, Need, need_id)


def first_leader(session: Session, team_id: int) -> int | None:
    """Return who stands for the team when the commune speaks for it."""
    return next(iter(leaders_of(session, team_id)), None)


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
        on_behalf_of=first_leader(session, need.team_id) if standing.is_proxy else None,
        now=now,
    )
