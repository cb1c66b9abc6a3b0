"""The archive: how a round ends for good, and what becomes of the needs that found no place."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.db import locked
from lms.errors import Refused
from lms.training.calls import lock_call, note_call, why_not_while_publishing
from lms.training.carrying import carry_needs
from lms.training.models import Call, Need, TrainingClass
from lms.training.notices import tell_team
from lms.training.transitions import AlreadySettled, move

_OVER = ("finalised", "merged", "cancelled")
_UNMET = ("submitted", "confirmed", "grouped", "partly_met")
_UNSENT = ("draft", "returned")
_UNSENT_WORDS = {
    "draft": "Bản nháp của tổ chưa gửi nên không còn hiệu lực.",
    "returned": "Nhu cầu đã trả lại để sửa mà tổ chưa gửi lại nên không còn hiệu lực.",
}


class CallStillTaught(Refused):
    """Classes of the round are still to come or to be judged."""


class Archived(NamedTuple):
    """How many needs are kept for the next round, and how many ended unsent."""

    carried: int
    withdrawn: int


def archive_call(session: Session, *, by: Actor, call_id: int, now: datetime) -> Archived:
    """End a round for good: needs without a place are kept for the next, those never sent again are withdrawn.

    Where the next round is open already, they enter it at once. A draft is put aside this way too.

    Raises:
        CallStillTaught: a class of the round is not over.
        PlanBeingPublished: its classes are being published just now.
        AlreadySettled: the round still takes needs, or has ended before.
        NotFound: not a call of the officer's province.
    """
    call = lock_call(session, by, call_id)
    no = why_not_archive(session, call)
    if no is not None:
        raise no
    unsent, unmet = (_needs_in(session, call, states) for states in (_UNSENT, _UNMET))
    for need in unsent:
        was = need.state
        move(session, need, "withdrawn", by=SYSTEM, now=now, reason="đợt đã khép lại")
        text = f"Đợt “{call.title}” đã khép lại. {_UNSENT_WORDS[was]} Khi có đợt mới, tổ hãy đăng ký lại."
        tell_team(session, need, template="need-ended", text=text, but=None, now=now)
    for need in unmet:
        move(session, need, "unmet_carried", by=SYSTEM, now=now, reason="chưa có chỗ trong đợt này",
             snapshot={"seq": need.queue_seq, "age": need.age})  # fmt: skip
        text = (
            f"Tổ chưa được xếp đủ chỗ trong đợt “{call.title}”. "
            "Nhu cầu được chuyển sang đợt sau và được tính thời gian đã chờ."
        )
        tell_team(session, need, template="need-unmet", text=text, but=None, now=now)
    move(session, call, "archived", by=by, now=now)
    note_call(session, by, call, "archive_call", {"carried": len(unmet), "withdrawn": len(unsent)}, now)
    _enter_next(session, call, now)
    return Archived(len(unmet), len(unsent))


def why_not_archive(session: Session, call: Call) -> Refused | None:
    """Say why a round cannot end for good yet, if it cannot."""
    if call.state not in ("draft", "closed", "planned"):
        return AlreadySettled("call", call.state)
    to_come = session.scalars(
        select(func.count()).where(TrainingClass.call_id == call.id, TrainingClass.state.not_in(_OVER))
    ).one()
    if to_come:
        return CallStillTaught(
            f"Còn {to_come} lớp của đợt chưa xong, nên chưa khép lại được. Chưa đổi gì cả.",
            remedy="Hãy chốt kết quả hoặc hủy các lớp đó trước.",
        )
    return why_not_while_publishing(session, call)


def _needs_in(session: Session, call: Call, states: Sequence[str]) -> Sequence[Need]:
    return session.scalars(
        select(Need)
        .where(Need.call_id == call.id, Need.state.in_(states))
        .order_by(Need.id)
        .execution_options(populate_existing=True)
    ).all()


def _enter_next(session: Session, call: Call, now: datetime) -> None:
    """Carry into the rounds that are open already; calls are locked in ascending order, like everything."""
    later = select(Call.id).where(Call.province_code == call.province_code, Call.state == "open", Call.id > call.id)
    for call_id in session.scalars(later.order_by(Call.id)).all():
        following = locked(session, Call, call_id)
        if following.state == "open":
            carry_needs(session, following, now=now)
