"""Proposals: what a deputy would change in the team's need, until leader or commune says yes or no.

Nobody answering for three days is a yes, so that a leader out of reach does not hold up the team.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.errors import NotFound, Refused
from lms.training.delegations import decides_for_team
from lms.training.models import Call, Need, NeedProposal
from lms.training.needs import (
    EDITABLE,
    Wish,
    behalf_of,
    change_need,
    confirm_alone,
    is_to_be_resent,
    lock_need,
    note_need,
    why_not_wished,
    wish_of,
)
from lms.training.notices import tell_person, tell_team
from lms.training.standing import Standing, speak_for_team
from lms.training.transitions import AlreadySettled
from lms.words import nfc

ANSWER_WITHIN = timedelta(hours=72)


class NotYoursToDecide(Refused):
    """The leader or the commune decides on a proposal, or a deputy to whom the leader gave the team."""

    def __init__(self) -> None:
        super().__init__(
            "Đề xuất này do tổ trưởng hoặc cán bộ xã quyết định. Chưa đổi gì cả.",
            remedy="Sau 72 giờ không ai trả lời, đề xuất được nhận.",
        )


class ProposalDecided(Refused):
    """Somebody has answered, or the proposer has sent another one."""

    def __init__(self) -> None:
        super().__init__("Đề xuất này đã có trả lời. Không đổi gì thêm.", remedy="Mở lại trang để xem.")


def propose(session: Session, by: Actor, need: Need, changes: dict[str, Any], now: datetime) -> NeedProposal:
    """Keep what somebody would change; an earlier word of theirs that waits is replaced."""
    for earlier in session.scalars(_waiting(need.id).where(NeedProposal.person_id == by.person_id)).all():
        earlier.decided_at, earlier.decided_by_id, earlier.outcome = now, by.account_id, "replaced"
    session.flush()
    proposal = NeedProposal(need_id=need.id, person_id=by.person_id, changes=changes, proposed_at=now)
    session.add(proposal)
    session.flush()
    return proposal


def accept_proposal(session: Session, *, by: Actor, proposal_id: int, now: datetime) -> Need:
    """Say yes to what a deputy would change; the need keeps its number.

    Raises:
        NotYoursToDecide: a deputy without delegation.
        ProposalDecided: answered before.
        AlreadySettled, WishNotPossible: the need, the call or the team does not allow it any more.
        NotFound: a stranger's team.
    """
    proposal, need, standing = _enter(session, by, proposal_id, now)
    call = session.get_one(Call, need.call_id)
    no = why_not_accept(session, call, need, proposal)
    if no is not None:
        raise no
    _accept(session, need, proposal, "accepted", by=by, now=now, on_behalf_of=behalf_of(session, standing))
    note_need(session, by, need, standing, "accept_proposal", "", now)
    return need


def refuse_proposal(session: Session, *, by: Actor, proposal_id: int, now: datetime, reason: str = "") -> Need:
    """Say no to what a deputy would change; the need stays as it is.

    Raises:
        NotYoursToDecide: a deputy without delegation.
        ProposalDecided: answered before.
        NotFound: a stranger's team.
    """
    proposal, need, standing = _enter(session, by, proposal_id, now)
    _refuse(session, need, proposal, by=by, now=now, reason=nfc(reason), on_behalf_of=behalf_of(session, standing))
    note_need(session, by, need, standing, "refuse_proposal", nfc(reason), now)
    return need


def accept_due_proposals(session: Session, now: datetime) -> int:
    """Take what nobody has answered for three days as a yes; return how many were settled.

    What the need, the call or the team does not allow any more is a no, with the reason.
    """
    due = session.scalars(
        select(NeedProposal.id)
        .join(Need, Need.id == NeedProposal.need_id)
        .where(NeedProposal.decided_at.is_(None), NeedProposal.proposed_at <= now - ANSWER_WITHIN)
        .order_by(Need.call_id, NeedProposal.id)
    ).all()
    settled = 0
    for proposal_id in due:
        proposal, need = _lock(session, proposal_id)
        if proposal.decided_at is not None:
            continue
        no = why_not_accept(session, session.get_one(Call, need.call_id), need, proposal)
        if no is None:
            _accept(session, need, proposal, "lapsed", by=SYSTEM, now=now, reason="72 giờ không ai trả lời")
        else:
            _refuse(session, need, proposal, by=SYSTEM, now=now, reason=no.sentence)
        settled += 1
    return settled


def why_not_accept(session: Session, call: Call, need: Need, proposal: NeedProposal) -> Refused | None:
    """Say why a proposal cannot be accepted, if it cannot.

    It was made in time, so the deadline of the round does not matter any more, but the classes do.
    """
    if proposal.decided_at is not None:
        return ProposalDecided()
    is_in_time = call.state in ("open", "closed") or is_to_be_resent(call, need)
    if need.state not in EDITABLE or not is_in_time:
        return AlreadySettled("need", need.state)
    wanted = Wish.of(wish_of(need).fields() | proposal.changes)
    return why_not_wished(session, call, need.team_id, wanted)


def why_not_decide(session: Session, by: Actor, standing: Standing, now: datetime) -> Refused | None:
    """Say why somebody does not answer a proposal, if they do not."""
    return None if decides_for_team(session, by, standing, now) else NotYoursToDecide()


def _enter(session: Session, by: Actor, proposal_id: int, now: datetime) -> tuple[NeedProposal, Need, Standing]:
    proposal, need = _lock(session, proposal_id)
    standing = speak_for_team(session, by, need.team_id)
    no = why_not_decide(session, by, standing, now)
    if no is not None:
        raise no
    if proposal.decided_at is not None:
        raise ProposalDecided
    return proposal, need, standing


def _lock(session: Session, proposal_id: int) -> tuple[NeedProposal, Need]:
    need_id = session.scalar(select(NeedProposal.need_id).where(NeedProposal.id == proposal_id))
    if need_id is None:
        raise NotFound(f"proposal {proposal_id}")
    need = lock_need(session, need_id)
    return session.get_one(NeedProposal, proposal_id, populate_existing=True), need


def _accept(
    session: Session,
    need: Need,
    proposal: NeedProposal,
    outcome: str,
    *,
    by: Actor,
    now: datetime,
    reason: str = "nhận đề xuất",
    on_behalf_of: int | None = None,
) -> None:
    """Write the changes down; a need that was given back is put right by them, and is sent again."""
    is_resent = need.state == "returned"
    _decide(session, proposal, outcome, by, now)
    change_need(
        session, need, proposal.changes, by=by, now=now, reason=reason, on_behalf_of=on_behalf_of,
        snapshot={"proposal": proposal.id}, to="submitted" if is_resent else need.state,
    )  # fmt: skip
    confirm_alone(session, session.get_one(Call, need.call_id), need, now)
    text = "Đề xuất sửa nhu cầu tập huấn của tổ đã được nhận." + (" Nhu cầu đã được gửi lại." if is_resent else "")
    tell_team(session, need, template="need-proposal-accepted", text=text, but=by.person_id, now=now)


def _refuse(
    session: Session,
    need: Need,
    proposal: NeedProposal,
    *,
    by: Actor,
    now: datetime,
    reason: str,
    on_behalf_of: int | None = None,
) -> None:
    _decide(session, proposal, "refused", by, now)
    change_need(
        session, need, {}, by=by, now=now, reason=reason or "không nhận đề xuất", on_behalf_of=on_behalf_of,
        snapshot={"proposal": proposal.id},
    )  # fmt: skip
    text = f"Đề xuất sửa nhu cầu tập huấn của anh/chị không được nhận. {reason}".strip()
    tell_person(
        session, proposal.person_id, template="need-proposal-refused", event=f"proposal-{proposal.id}", text=text,
        now=now,
    )  # fmt: skip


def _decide(session: Session, proposal: NeedProposal, outcome: str, by: Actor, now: datetime) -> None:
    proposal.decided_at, proposal.decided_by_id, proposal.outcome = now, by.account_id, outcome
    session.flush()


def _waiting(need_id: int) -> Select[Any]:
    return select(NeedProposal).where(NeedProposal.need_id == need_id, NeedProposal.decided_at.is_(None))
