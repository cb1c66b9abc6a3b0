"""What becomes of certificates when a person asks to be forgotten (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15).

The number book is the department's record and stays whole; a paper in somebody's hand must go on being
answered for. So nothing is deleted: the way from the certificate to the person is.
"""

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from lms.certificates.models import ApprovalEntry, Certificate
from lms.training.models import Seat


def forget_person(session: Session, *, person_id: int, now: datetime) -> None:
    """Cut certificates and lists loose from a person and their seats; who still waits on a list is taken off it."""
    seats = select(Seat.id).where(Seat.person_id == person_id)
    theirs = or_(ApprovalEntry.person_id == person_id, ApprovalEntry.seat_id.in_(seats))
    session.execute(update(ApprovalEntry).where(theirs, ApprovalEntry.settled_at.is_(None)).values(settled_at=now))
    session.execute(update(ApprovalEntry).where(theirs).values(person_id=None, seat_id=None))
    held = or_(Certificate.person_id == person_id, Certificate.seat_id.in_(seats))
    session.execute(update(Certificate).where(held).values(person_id=None, seat_id=None))
