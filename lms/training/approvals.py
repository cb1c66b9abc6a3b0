"""Approvals: what commune and department say to a need; a state of the same row in the same queue."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import NotFound
from lms.training.models import Call, Need
from lms.training.needs import ReasonMissing, check_nominees, lock_need, note_need
from lms.training.notices import tell_team
from lms.training.standing import Standing, team_with_province
from lms.training.transitions import move
from lms.words import nfc


def confirm_need(session: Session, *, by: Actor, need_id: int, now: datetime) -> Need:
    """Note that the commune stands behind the need; the people named must be on the roster.

    Raises:
        WishNotPossible: somebody named is no longer in the team.
        NotFound: not a need of the clerk's commune.
    """
    need = lock_need(session, need_id)
    standing = _as_staff(session, by, need, clerk_only=True)
    check_nominees(session, standing, need.nominee_ids)
    move(session, need, "confirmed", by=by, now=now)
    note_need(session, by, need, standing, "confirm_need", "", now)
    tell_team(
        session,
        need,
        template="need-confirmed",
        text="Xã đã xác nhận nhu cầu tập huấn của tổ.",
        but=by.person_id,
        now=now,
    )
    return need


def return_need(session: Session, *, by: Actor, need_id: int, reason: str, now: datetime) -> Need:
    """Give the need back to be put right; it keeps its place in the queue.

    Raises:
        ReasonMissing: without a reason nobody knows what to put right.
        NotFound: not a need of the commune's clerk or the province's officer.
    """
    need = lock_need(session, need_id)
    standing = _as_staff(session, by, need)
    _turn_down(session, by, need, standing, "returned", "Nhu cầu của tổ được trả lại để sửa", reason, now)
    return need


def reject_need(session: Session, *, by: Actor, need_id: int, reason: str, now: datetime) -> Need:
    """Say no to the need, with the reason.

    Raises:
        ReasonMissing: a no without a reason is not an answer.
        NotFound: not a need of the commune's clerk or the province's officer.
    """
    need = lock_need(session, need_id)
    standing = _as_staff(session, by, need)
    _turn_down(session, by, need, standing, "rejected", "Nhu cầu của tổ không được duyệt", reason, now)
    return need


def _as_staff(session: Session, by: Actor, need: Need, *, clerk_only: bool = False) -> Standing:
    province_code = session.scalars(select(Call.province_code).where(Call.id == need.call_id)).one()
    team, _ = team_with_province(session, need.team_id)
    is_clerk = team.commune_code in by.communes
    if not is_clerk and (clerk_only or province_code not in by.provinces):
        raise NotFound(f"need {need.id}")
    return Standing(team, province_code, "clerk" if is_clerk else "officer")


def _turn_down(
    session: Session,
    by: Actor,
    need: Need,
    standing: Standing,
    to: str,
    sentence: str,
    reason: str,
    now: datetime,
) -> None:
    if not nfc(reason):
        raise ReasonMissing("Hãy ghi lý do để tổ biết. Nhu cầu vẫn giữ nguyên.")
    move(session, need, to, by=by, now=now, reason=nfc(reason))
    note_need(session, by, need, standing, f"need_{to}", nfc(reason), now)
    text = f"{sentence}. Lý do: {nfc(reason)}."
    tell_team(session, need, template=f"need-{to}", text=text, but=by.person_id, now=now)
