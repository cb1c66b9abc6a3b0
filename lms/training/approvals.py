"""Approvals: what commune and department say to a need; a state of the same row in the same queue."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import NotFound, Refused
from lms.training.models import Call, Need
from lms.training.needs import ReasonMissing, lock_need, note_need, why_not_wished, wish_of
from lms.training.notices import tell_team
from lms.training.standing import Standing, team_with_province
from lms.training.transitions import AlreadySettled, move
from lms.training.wording import REJECTIONS
from lms.words import nfc

WHERE_TO_OBJECT = "Nếu chưa đồng ý, hãy gửi ý kiến qua cán bộ xã để Sở xem lại."


class OnlyTheDepartment(Refused):
    """A commune gives a need back; only the department says no to it."""


class Confirmed(NamedTuple):
    """The needs confirmed, and a sentence for each that was not."""

    done: tuple[Need, ...]
    left_out: tuple[str, ...]


def confirm_need(session: Session, *, by: Actor, need_id: int, now: datetime) -> Need:
    """Note that the commune stands behind the need.

    The people named must be on the roster, in the roles the call allows, and no more than its places.

    Raises:
        WishNotPossible: what the team asks for does not fit the team or the call of today.
        AlreadySettled: confirmed before, or not to be confirmed.
        NotFound: not a need of the clerk's commune.
    """
    need = lock_need(session, need_id)
    standing = _as_staff(session, by, need, clerk_only=True)
    no = why_not_confirm(session, session.get_one(Call, need.call_id), need)
    if no is not None:
        raise no
    _confirm(session, by, need, standing, now)
    return need


def confirm_needs(session: Session, *, by: Actor, need_ids: Iterable[int], now: datetime) -> Confirmed:
    """Confirm all these needs of the commune; what cannot be confirmed stays, and is named with the reason.

    Raises:
        NotFound: one of them is not a need of the clerk's commune.
    """
    asked = select(Need.id).where(Need.id.in_(set(need_ids))).order_by(Need.call_id, Need.queue_seq, Need.id)
    done, left_out = [], []
    for need_id in session.scalars(asked).all():
        need = lock_need(session, need_id)
        standing = _as_staff(session, by, need, clerk_only=True)
        no = why_not_confirm(session, session.get_one(Call, need.call_id), need)
        if no is None:
            _confirm(session, by, need, standing, now)
            done.append(need)
        else:
            left_out.append(f"{standing.team.name}: {no.sentence}")
    return Confirmed(tuple(done), tuple(left_out))


def return_need(session: Session, *, by: Actor, need_id: int, reason: str, now: datetime) -> Need:
    """Give the need back to be put right; it keeps its place in the queue.

    Raises:
        ReasonMissing: without a reason nobody knows what to put right.
        AlreadySettled: it cannot be given back any more.
        NotFound: not a need of the commune's clerk or the province's officer.
    """
    need = lock_need(session, need_id)
    standing = _as_staff(session, by, need)
    _turn_down(session, by, need, standing, "returned", "Nhu cầu của tổ được trả lại để sửa", reason, "", now)
    return need


def reject_need(session: Session, *, by: Actor, need_id: int, reason: str, now: datetime, code: str = "other") -> Need:
    """Say no to the need, with the reason by its code and in words; the team learns where to object.

    Raises:
        OnlyTheDepartment: the commune gives it back instead.
        ReasonMissing: a no without a reason is not an answer.
        AlreadySettled: it has places, or has ended.
        NotFound: not a need of the province's officer.
    """
    need = lock_need(session, need_id)
    standing = _as_staff(session, by, need)
    if standing.role != "officer":
        raise OnlyTheDepartment(
            "Chỉ Sở mới được không duyệt nhu cầu. Nhu cầu vẫn giữ nguyên.", remedy="Xã có thể trả lại để tổ sửa."
        )
    if code not in REJECTIONS:
        raise ReasonMissing("Hãy chọn lý do trong danh sách. Nhu cầu vẫn giữ nguyên.")
    _turn_down(session, by, need, standing, "rejected", "Nhu cầu của tổ không được duyệt", reason, code, now)
    return need


def why_not_confirm(session: Session, call: Call, need: Need) -> Refused | None:
    """Say why the commune cannot confirm a need, if it cannot."""
    if need.state != "submitted" or call.state not in ("open", "closed", "planned"):
        return AlreadySettled("need", need.state)
    return why_not_wished(session, call, need.team_id, wish_of(need))


def _as_staff(session: Session, by: Actor, need: Need, *, clerk_only: bool = False) -> Standing:
    province_code = session.scalars(select(Call.province_code).where(Call.id == need.call_id)).one()
    team, _ = team_with_province(session, need.team_id)
    is_officer = province_code in by.provinces
    if team.commune_code in by.communes and (clerk_only or not is_officer):
        return Standing(team, province_code, "clerk")
    if clerk_only or not is_officer:
        raise NotFound(f"need {need.id}")
    return Standing(team, province_code, "officer")


def _confirm(session: Session, by: Actor, need: Need, standing: Standing, now: datetime) -> None:
    if need.state != "submitted":
        raise AlreadySettled("need", need.state)
    move(session, need, "confirmed", by=by, now=now, snapshot={"seq": need.queue_seq} | wish_of(need).fields())
    note_need(session, by, need, standing, "confirm_need", "", now)
    text = "Xã đã xác nhận nhu cầu tập huấn của tổ."
    tell_team(session, need, template="need-confirmed", text=text, but=by.person_id, now=now)


def _turn_down(
    session: Session,
    by: Actor,
    need: Need,
    standing: Standing,
    to: str,
    sentence: str,
    reason: str,
    code: str,
    now: datetime,
) -> None:
    if not nfc(reason):
        raise ReasonMissing("Hãy ghi lý do để tổ biết. Nhu cầu vẫn giữ nguyên.")
    if need.state == to:
        raise AlreadySettled("need", need.state)
    values: dict[str, Any] = {"rejected_for": code} if code else {}
    snapshot = {"seq": need.queue_seq}
    move(session, need, to, by=by, now=now, reason=nfc(reason), reason_code=code, snapshot=snapshot, **values)
    note_need(session, by, need, standing, f"need_{to}", nfc(reason), now)
    why = f"{REJECTIONS[code]}. {nfc(reason)}" if code and code != "other" else nfc(reason)
    text = f"{sentence}. Lý do: {why.rstrip('.')}." + (f" {WHERE_TO_OBJECT}" if code else "")
    tell_team(session, need, template=f"need-{to}", text=text, but=by.person_id, now=now)
