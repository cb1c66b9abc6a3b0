"""What certificates do when a result they rest on is corrected afterwards.

Heard after the correction was stored, in a unit of its own: a fault here must not undo a correction that two
persons decided, and a list is always locked before its class.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.certificates.models import ApprovalEntry, ApprovalList, Certificate
from lms.certificates.proposals import LISTS_PATH
from lms.clock import utc_now
from lms.db import in_unit, locked
from lms.training.notices import tell_officers


def hear_of_correction(_app: object, *, seat_id: int, was: str, became: str, **_more: Any) -> None:
    """React to a result that was corrected from completed to anything else."""
    if was == "completed" and became != "completed":
        in_unit(lambda s: withdraw_ground(s, seat_id=seat_id, now=utc_now()))


def withdraw_ground(session: Session, *, seat_id: int, now: datetime) -> None:
    """Take a seat that no longer earns anything off the list it waits on; a live certificate is told to the officers.

    Nothing is revoked by itself: that takes a decision and two persons.
    """
    waiting = select(ApprovalEntry.id, ApprovalEntry.list_id).where(
        ApprovalEntry.seat_id == seat_id, ApprovalEntry.settled_at.is_(None)
    )
    for entry_id, list_id in session.execute(waiting).all():
        locked(session, ApprovalList, list_id)
        entry = locked(session, ApprovalEntry, entry_id)
        if entry.settled_at is None:
            # What their paper would have said goes too: that tells them from who was given a number.
            entry.settled_at, entry.facts = now, None
    live = select(Certificate).where(Certificate.seat_id == seat_id, Certificate.is_live)
    for certificate in session.scalars(live):
        printed = certificate.snapshot
        text = (
            f"Kết quả lớp của {printed['name']} đã sửa thành chưa hoàn thành, nhưng giấy chứng nhận số "
            f"{printed['number']} vẫn còn hiệu lực. Cần thu hồi giấy này theo quyết định."
        )
        tell_officers(session, certificate.province_code, template="certificate-unfounded",
                      event=f"certificate-{certificate.id}-unfounded", text=text, but=None, now=now,
                      path=f"{LISTS_PATH}giay/{certificate.id}")  # fmt: skip
