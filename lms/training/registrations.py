"""Registrations: how a team's need is written down, sent, and signed by leader and deputy alike."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import locked, row_exists
from lms.errors import NotFound, Refused
from lms.training.delegations import decides_for_team
from lms.training.models import Call, Need, NeedSignature
from lms.training.needs import (
    EDITABLE,
    ReasonMissing,
    Wish,
    behalf_of,
    change_need,
    check_wish,
    confirm_alone,
    live_need,
    lock_need,
    note_need,
    wish_of,
)
from lms.training.notices import tell_team
from lms.training.proposals import propose
from lms.training.standing import NotLeader, Standing, speak_for_team
from lms.training.transitions import LIVE_NEEDS, AlreadySettled, move, write_event
from lms.words import nfc


class AlreadyRegistered(Refused):
    """The team already has a live need; the commune cannot add a second."""


class Registered(NamedTuple):
    """The team's need, and whether this registration made it, joined it, or waits as a proposal."""

    need: Need
    is_new: bool
    is_proposal: bool


class _Paper(NamedTuple):
    """Why the commune registers for a team: in words, or the paper the team sent."""

    reason: str
    reference: str

    @property
    def fields(self) -> dict[str, str]:
        return {"on_behalf_reason": self.reason, "paper_reference": self.reference}

    @property
    def words(self) -> str:
        said = [self.reason and f"Lý do: {self.reason}.", self.reference and f"Theo giấy: {self.reference}."]
        return " ".join(filter(None, said))


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
    paper_reference: str = "",
) -> Registered:
    """Register the team's need, or put one's name under the need the other has registered.

    The unit registers its leader or deputy (S1, item 3); both sign one row, so the place in the
    queue is the team's and is given once, under the lock of the call. A clerk may register for a
    team that cannot, with the reason or the paper the team sent. A draft of the team is sent. What was
    given back to be put right is sent again, also after the deadline.

    Raises:
        NotLeader, NoLongerInTeam: not the person's task.
        CallNotOpen, TopicNotInCall, WishNotPossible: the call does not allow it.
        AlreadyRegistered: the clerk is too late, the need stands.
        ReasonMissing: a clerk without reason or paper.
    """
    call, standing, paper = _enter(session, by, call_id, team_id, reason, paper_reference)
    need = live_need(session, call_id, team_id, topic)
    check_wish(session, call, team_id, topic, wish, now, need)
    if need is not None and need.state != "draft":
        _refuse_second(standing)
        return _join(session, by, standing, call, need, wish, now)
    if need is None:
        need = _write_down(session, by, standing, call, topic, wish, paper, now, state="submitted")
    else:
        _change_draft(session, by, need, wish, paper, now)
        _send(session, by, standing, call, need, paper, now)
    _announce(session, by, standing, call, need, paper, now)
    return Registered(need, is_new=True, is_proposal=False)


def save_need_draft(
    session: Session,
    *,
    by: Actor,
    call_id: int,
    team_id: int,
    topic: str,
    wish: Wish,
    now: datetime,
    reason: str = "",
    paper_reference: str = "",
) -> Need:
    """Keep what the team is about to ask for; it has no number until it is sent.

    Raises:
        NotLeader, NoLongerInTeam: not the person's task.
        CallNotOpen, TopicNotInCall, WishNotPossible: the call does not allow it.
        AlreadyRegistered: the need was sent before.
    """
    call, standing, paper = _enter(session, by, call_id, team_id, reason, paper_reference, must_say_why=False)
    check_wish(session, call, team_id, topic, wish, now)
    need = live_need(session, call_id, team_id, topic)
    if need is None:
        need = _write_down(session, by, standing, call, topic, wish, paper, now, state="draft")
        note_need(session, by, need, standing, "draft_need", paper.words, now)
    elif need.state == "draft":
        _change_draft(session, by, need, wish, paper, now)
    else:
        raise AlreadyRegistered(
            f"{standing.team.name} đã gửi nhu cầu này rồi. Nhu cầu đã gửi vẫn giữ nguyên.",
            remedy="Muốn đổi thì mở nhu cầu đó, sửa rồi gửi.",
        )
    return need


def submit_need(session: Session, *, by: Actor, need_id: int, now: datetime) -> Registered:
    """Send a draft as it is; now it gets its number.

    Raises:
        NotLeader, NoLongerInTeam, NotFound: not the person's team.
        CallNotOpen, WishNotPossible: the call or the team has changed since it was written.
        ReasonMissing: a clerk's draft without reason or paper.
        AlreadySettled: sent before.
    """
    need = lock_need(session, need_id)
    speak_for_team(session, by, need.team_id)
    if need.state != "draft":
        raise AlreadySettled("need", need.state)
    return register_need(
        session,
        by=by,
        call_id=need.call_id,
        team_id=need.team_id,
        topic=need.topic,
        wish=wish_of(need),
        now=now,
        reason=need.on_behalf_reason,
        paper_reference=need.paper_reference,
    )


def sign_need(session: Session, *, by: Actor, need_id: int, now: datetime) -> Need:
    """Put one's name under the team's need as it stands, also after the round has closed.

    Raises:
        AlreadySettled: signed before, or the need has ended.
        NotLeader: the commune does not sign for a team.
        NotFound: a stranger's need.
    """
    need = lock_need(session, need_id)
    standing = speak_for_team(session, by, need.team_id)
    no = why_not_sign(session, by, standing, need)
    if no is not None:
        raise no
    _sign(session, by, standing, need, now)
    snapshot = {"seq": need.queue_seq, "signed_as": standing.role}
    move(session, need, need.state, by=by, now=now, reason="ký chung", snapshot=snapshot)
    _tell_joined(session, by, standing, need, "", now)
    return need


def why_not_sign(session: Session, by: Actor, standing: Standing, need: Need) -> Refused | None:
    """Say why somebody cannot put their name under the need, if they cannot."""
    if standing.is_proxy:
        return NotLeader()
    if need.state not in LIVE_NEEDS or session.get(NeedSignature, (need.id, by.person_id)) is not None:
        return AlreadySettled("need", need.state)
    return None


def changes_directly(session: Session, by: Actor, standing: Standing, need: Need, now: datetime) -> bool:
    """Say whether what this person asks for is written at once, and does not wait as a proposal."""
    if need.state not in EDITABLE:
        return False
    others_signed = row_exists(
        session, NeedSignature, NeedSignature.need_id == need.id, NeedSignature.person_id != by.person_id
    )
    return not others_signed or decides_for_team(session, by, standing, now)


def _enter(
    session: Session,
    by: Actor,
    call_id: int,
    team_id: int,
    reason: str,
    reference: str,
    *,
    must_say_why: bool = True,
) -> tuple[Call, Standing, _Paper]:
    call = locked(session, Call, call_id)
    standing = speak_for_team(session, by, team_id)
    if call.province_code != standing.province_code or call.state == "draft":
        raise NotFound(f"call {call_id}")
    paper = _Paper(nfc(reason)[:300], nfc(reference)[:100]) if standing.is_proxy else _Paper("", "")
    if must_say_why and standing.is_proxy and not paper.words:
        raise ReasonMissing("Đăng ký thay tổ thì phải ghi lý do hoặc số giấy của tổ. Chưa ghi gì cả.")
    return call, standing, paper


def _write_down(
    session: Session,
    by: Actor,
    standing: Standing,
    call: Call,
    topic: str,
    wish: Wish,
    paper: _Paper,
    now: datetime,
    *,
    state: str,
) -> Need:
    is_sent = state == "submitted"
    need = Need(
        call_id=call.id,
        team_id=standing.team.id,
        topic=topic,
        state=state,
        queue_seq=_next_number(call) if is_sent else None,
        submitted_at=now if is_sent else None,
        submitted_by_id=by.account_id,
        **paper.fields,
        **wish.fields(),
    )
    session.add(need)
    session.flush()
    number = {"seq": need.queue_seq} if is_sent else {}
    write_event(
        session, need, None, by=by, now=now, reason=paper.words, snapshot=number | wish.fields() | paper.fields,
        on_behalf_of=behalf_of(session, standing),
    )  # fmt: skip
    return need


def _change_draft(session: Session, by: Actor, need: Need, wish: Wish, paper: _Paper, now: datetime) -> None:
    """Keep the newer word; who sends the draft at last is who registers it."""
    said = paper.fields if paper.words else {}
    changes = {name: value for name, value in (wish.fields() | said).items() if getattr(need, name) != value}
    if changes:
        change_need(session, need, changes, by=by, now=now, reason="sửa bản nháp")


def _send(
    session: Session, by: Actor, standing: Standing, call: Call, need: Need, paper: _Paper, now: datetime
) -> None:
    number = _next_number(call)
    move(
        session, need, "submitted", by=by, now=now, reason=paper.words,
        snapshot={"seq": number} | wish_of(need).fields(), on_behalf_of=behalf_of(session, standing),
        queue_seq=number, submitted_at=now, submitted_by_id=by.account_id, **paper.fields,
    )  # fmt: skip


def _next_number(call: Call) -> int:
    call.need_seq += 1
    return call.need_seq


def _announce(
    session: Session, by: Actor, standing: Standing, call: Call, need: Need, paper: _Paper, now: datetime
) -> None:
    if standing.is_proxy:
        text = f"Xã đã đăng ký thay tổ. {paper.words} Hãy mở xem để ký chung, hoặc báo không đồng ý."
        tell_team(session, need, template="need-by-proxy", text=text, but=by.person_id, now=now)
    else:
        _sign(session, by, standing, need, now)
        text = f"{by.name} đã đăng ký tập huấn cho tổ. Anh/chị có thể ký chung."
        tell_team(session, need, template="need-registered", text=text, but=by.person_id, now=now)
    note_need(session, by, need, standing, "register_need", paper.words, now)
    confirm_alone(session, call, need, now)


def _refuse_second(standing: Standing) -> None:
    if standing.is_proxy:
        raise AlreadyRegistered(
            f"{standing.team.name} đã đăng ký chuyên đề này rồi. Nhu cầu cũ vẫn giữ nguyên.",
            remedy="Hãy mở nhu cầu đó để xem.",
        )


def _join(
    session: Session, by: Actor, standing: Standing, call: Call, need: Need, wish: Wish, now: datetime
) -> Registered:
    """Put a second name under the need. The leader's word wins; another's differing word waits."""
    wanted: dict[str, Any] = {name: value for name, value in wish.fields().items() if getattr(need, name) != value}
    follows = changes_directly(session, by, standing, need, now)
    if wanted and not follows and need.state not in EDITABLE:
        raise AlreadySettled("need", need.state)
    is_proposal = bool(wanted) and not follows
    _sign(session, by, standing, need, now)
    if is_proposal:
        propose(session, by, need, wanted, now)
    change_need(
        session,
        need,
        wanted if follows else {},
        by=by,
        now=now,
        reason="đề xuất khác" if is_proposal else "sửa" if wanted else "ký chung",
        to="submitted" if need.state == "returned" and follows else need.state,
        snapshot={"signed_as": standing.role} | ({"proposed": wanted} if is_proposal else {}),
    )
    waits = " Có đề xuất khác, hãy mở xem và trả lời trong 3 ngày; quá hạn thì đề xuất được nhận."
    said = waits if is_proposal else " Nội dung đã được sửa." if wanted else ""
    _tell_joined(session, by, standing, need, said, now, template="need-proposed" if is_proposal else "need-joined")
    confirm_alone(session, call, need, now)
    return Registered(need, is_new=False, is_proposal=is_proposal)


def _sign(session: Session, by: Actor, standing: Standing, need: Need, now: datetime) -> None:
    signature = session.get(NeedSignature, (need.id, by.person_id))
    if signature is None:
        signature = NeedSignature(need_id=need.id, person_id=by.person_id)
        session.add(signature)
    signature.role, signature.signed_at = standing.role, now
    session.flush()


def _tell_joined(
    session: Session,
    by: Actor,
    standing: Standing,
    need: Need,
    said: str,
    now: datetime,
    *,
    template: str = "need-joined",
) -> None:
    note_need(session, by, need, standing, "join_need", "", now)
    text = f"{by.name} đã ký chung nhu cầu tập huấn của tổ.{said}"
    tell_team(session, need, template=template, text=text, but=by.person_id, now=now)
