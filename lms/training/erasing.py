"""What stands in the way when a person asks to be forgotten: a place in a class that is still to be held."""

from datetime import datetime

from sqlalchemy.orm import Session

from lms.db import row_exists
from lms.errors import Refused
from lms.training.models import Seat
from lms.training.transitions import OPEN_SEATS


class StillSeated(Refused):
    """The person has a seat, or waits for one; whoever comes next is invited only once it is given up."""

    def __init__(self) -> None:
        super().__init__(
            "Người này còn chỗ hoặc còn chờ chỗ trong một lớp tập huấn nên chưa xóa được. Chưa thay đổi gì.",
            remedy="Hãy báo không dự lớp đó trước, rồi làm lại.",
        )


def refuse_seated(session: Session, *, person_id: int, now: datetime) -> None:
    """Refuse to erase somebody who has a seat in a class that is not over.

    Raises:
        StillSeated: as it says.
    """
    if row_exists(session, Seat, Seat.person_id == person_id, Seat.state.in_(OPEN_SEATS)):
        raise StillSeated
