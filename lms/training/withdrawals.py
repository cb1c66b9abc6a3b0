"""Withdrawals: a team takes its need back, or objects to what the commune registered for it."""

from datetime import datetime

from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import Refused
from lms.training.models import Need, NeedSignature
from lms.training.needs import ReasonMissing, behalf_of, lock_need, note_need
from lms.training.notices import tell_team
from lms.training.seats import cancel_seats_of_need
from lms.training.standing import NotLeader, Standing, speak_for_team
from lms.training.transitions import LIVE_NEEDS, AlreadySettled, move
from lms.words import nfc


class NotByProxy(Refused):
    """There is nothing to object to: the team has registered or signed by itself."""


def withdraw_need(session: Session, *, by: Actor, need_id: int, now: datetime, reason: str = "") -> Need:
    """Take the need back; its seats are freed and the next in the queue are invited at once.

    Raises:
        ReasonMissing: a clerk withdraws for the team without saying why.
        ClassHasBegun: somebody of the team already sits in a class that has begun.
        AlreadySettled: taken back before, or ended otherwise.
        NotFound: a stranger's need.
    """
    need = lock_need(session, need_id)
    standing = speak_for_team(session, by, need.team_id)
    no = why_not_withdraw(need)
    if no is not None:
        raise no
    if standing.is_proxy and not nfc(reason):
        raise ReasonMissing("Rút thay tổ thì phải ghi lý do. Nhu cầu vẫn giữ nguyên.")
    return _withdraw(session, by, standing, need, nfc(reason), "", "withdraw_need", now)


def object_to_need(session: Session, *, by: Actor, need_id: int, reason: str, now: datetime) -> Need:
    """Say that the team does not stand behind what the commune registered for it; the need is withdrawn.

    Raises:
        NotByProxy: the team registered it, or this person has signed it.
        ReasonMissing: the commune must know why.
        ClassHasBegun, AlreadySettled, NotFound: see `withdraw_need`.
        NotLeader: only leader and deputy object.
    """
    need = lock_need(session, need_id)
    standing = speak_for_team(session, by, need.team_id)
    no = why_not_object(session, by, standing, need)
    if no is not None:
        raise no
    if not nfc(reason):
        raise ReasonMissing("Hãy ghi vì sao không đồng ý để xã biết. Nhu cầu vẫn giữ nguyên.")
    return _withdraw(session, by, standing, need, nfc(reason), "objected", "object_to_need", now)


def why_not_withdraw(need: Need) -> Refused | None:
    """Say why a need cannot be taken back, if it cannot."""
    return None if need.state in LIVE_NEEDS | {"draft"} else AlreadySettled("need", need.state)


def why_not_object(session: Session, by: Actor, standing: Standing, need: Need) -> Refused | None:
    """Say why somebody cannot object to a need, if they cannot."""
    if standing.is_proxy:
        return NotLeader()
    is_proxy = bool(need.on_behalf_reason or need.paper_reference)
    if not is_proxy or session.get(NeedSignature, (need.id, by.person_id)) is not None:
        return NotByProxy(
            "Nhu cầu này do tổ đăng ký hoặc anh/chị đã ký. Nhu cầu vẫn giữ nguyên.",
            remedy="Nếu tổ không cần nữa, hãy rút nhu cầu.",
        )
    return why_not_withdraw(need)


def _withdraw(
    session: Session, by: Actor, standing: Standing, need: Need, reason: str, code: str, verb: str, now: datetime
) -> Need:
    was_draft = need.state == "draft"
    if not was_draft:
        cancel_seats_of_need(session, by=by, need=need, reason="tổ rút nhu cầu", now=now)
        need = session.get_one(Need, need.id, populate_existing=True)
    snapshot = {} if need.queue_seq is None else {"seq": need.queue_seq}
    move(
        session, need, "withdrawn", by=by, now=now, reason=reason, reason_code=code, snapshot=snapshot,
        on_behalf_of=behalf_of(session, standing),
    )  # fmt: skip
    note_need(session, by, need, standing, verb, reason, now)
    if not was_draft:
        said = "Tổ không đồng ý nhu cầu xã đăng ký thay. Nhu cầu" if code else "Nhu cầu tập huấn của tổ"
        text = f"{said} đã được rút." + (f" Lý do: {reason}." if reason else "")
        template = "need-objected" if code else "need-withdrawn"
        tell_team(session, need, template=template, text=text, but=by.person_id, now=now)
    return need
