"""Correcting a result that is fixed: with evidence, by two persons, and kept beside what it was."""

from datetime import datetime

from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import announce
from lms.errors import Refused
from lms.signals import result_corrected
from lms.training.classes import NotNow, allow
from lms.training.fulfilling import settle_needs
from lms.training.models import Seat, TrainingClass
from lms.training.notices import ended_text, tell_seat
from lms.training.queue import Hall, move_seat
from lms.training.wording import state_words

RESULTS = ("completed", "incomplete", "no_show")


class NoSuchResult(Refused):
    """A result is completed, incomplete or absent, and another one than it is."""

    status = 422


class ResultMoved(Refused):
    """Since the correction was asked for, the result has become another one."""


def why_not_correct(row: TrainingClass, seat: Seat, to: str | None = None) -> Refused | None:
    """Say why the result of a seat cannot be corrected, to this one if it is given, or None."""
    if row.state != "finalised":
        return NotNow(row, "sửa kết quả")
    if seat.state not in RESULTS:
        return NoSuchResult(f"Chỗ này không có kết quả để sửa. Hiện giờ: {state_words('seat', seat.state)}.")
    if to is not None and (to not in RESULTS or to == seat.state):
        return NoSuchResult("Hãy chọn một kết quả khác với kết quả hiện giờ. Chưa thay đổi gì.")
    return None


def carry_out_correction(
    session: Session,
    hall: Hall,
    seat: Seat,
    *,
    came_from: str,
    to: str,
    reason: str,
    evidence: str,
    by: Actor,
    asked_by_id: int,
    now: datetime,
) -> None:
    """Give a seat of the locked class its other result, beside which the first one stays readable.

    Raises:
        ResultMoved: it is not what it was when the correction was asked for.
        NoSuchResult: no result, or the same.
    """
    if seat.state != came_from:
        raise ResultMoved(
            f"Kết quả đã đổi từ lúc đề nghị, hiện giờ: {state_words('seat', seat.state)}. Chưa thay đổi gì.",
            remedy="Hãy từ chối đề nghị này rồi xem lại.",
        )
    allow(why_not_correct(hall.row, seat, to))
    result = dict(seat.result or {})
    told = {"from": came_from, "to": to, "reason": reason, "evidence": evidence, "at": now.isoformat(),
            "asked_by": asked_by_id, "decided_by": by.account_id}  # fmt: skip
    result["corrections"] = [*result.get("corrections", []), told]
    move_seat(session, hall, seat, to, by=by, now=now, reason=reason, reason_code="correction",
              snapshot={"evidence": evidence, "asked_by": asked_by_id}, result=result)  # fmt: skip
    words = f"kết quả đổi từ {state_words('seat', came_from)} thành {state_words('seat', to)}"
    text = ended_text(hall.row, words, reason)
    tell_seat(session, seat, hall.row, template="result-corrected", text=text, but=None, now=now)
    announce(session, result_corrected, seat_id=seat.id, person_id=seat.person_id, was=came_from, became=to)
    settle_needs(session, hall.needs, now=now)
