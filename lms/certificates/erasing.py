"""What becomes of certificates when a person asks to be forgotten (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15).

The number book is the department's record and stays whole; a paper in somebody's hand must go on being
answered for. So nothing is deleted: the way from the certificate to the person is.
"""

from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from lms.certificates.models import ApprovalEntry, ApprovalList, Certificate
from lms.db import locked
from lms.training.models import Seat


def forget_person(session: Session, *, person_id: int, now: datetime) -> None:
    """Cut certificates and lists loose from a person and their seats; who still waits on a list is taken off it.

    What their paper would have said is kept only where there is a certificate.
    """
    seats = select(Seat.id).where(Seat.person_id == person_id)
    theirs = or_(ApprovalEntry.person_id == person_id, ApprovalEntry.seat_id.in_(seats))
    waiting = select(ApprovalEntry.list_id).where(theirs, ApprovalEntry.settled_at.is_(None)).distinct()
    for list_id in sorted(session.scalars(waiting)):
        # Numbers are given under this lock: they have their certificate before, or never.
        locked(session, ApprovalList, list_id)
    numbered = exists().where(
        Certificate.list_id == ApprovalEntry.list_id, Certificate.position == ApprovalEntry.position
    )
    session.execute(update(ApprovalEntry).where(theirs, ApprovalEntry.settled_at.is_(None)).values(settled_at=now))
    session.execute(update(ApprovalEntry).where(theirs, ~numbered).values(facts=None))
    session.execute(update(ApprovalEntry).where(theirs).values(person_id=None, seat_id=None))
    held = or_(Certificate.person_id == person_id, Certificate.seat_id.in_(seats))
    session.execute(update(Certificate).where(held).values(person_id=None, seat_id=None))
