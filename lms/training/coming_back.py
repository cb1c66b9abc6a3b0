"""Coming back: somebody whose place was given away at the door takes part again, while a place is left."""

from datetime import datetime

from sqlalchemy.orm import Session

from lms.access import Actor
from lms.training.answering import note_seat
from lms.training.classes import allow
from lms.training.conditions import why_not_come_back
from lms.training.fulfilling import settle_needs
from lms.training.halls import Hall, move_seat
from lms.training.models import Seat


def let_back(session: Session, by: Actor, hall: Hall, seat: Seat, *, now: datetime) -> None:
    """Give somebody set away a place of the locked class again: seen at the door, or keyed in from signed paper.

    Raises:
        NoPlaceLeft: every place is taken.
        AlreadySettled: the seat is not away.
        DoorClosed: the results are fixed.
    """
    allow(why_not_come_back(hall.row, seat, hall.room))
    move_seat(session, hall, seat, "confirmed", by=by, now=now, reason="đến sau, còn chỗ")
    note_seat(session, by, hall, seat, "seat_back", "", None, now)
    settle_needs(session, hall.needs, now=now)
