"""Cancelling a class that has not begun: nothing is deleted, and its needs are free again."""

from datetime import datetime

from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import Refused
from lms.training.classes import NotNow, allow, enter_own_hall, note_class, numbers, open_seats
from lms.training.fulfilling import settle_needs
from lms.training.models import TrainingClass
from lms.training.notices import ended_text, next_time, tell_seat, tell_trainers
from lms.training.queue import Hall, move_seat
from lms.training.transitions import BEFORE_START, move
from lms.words import nfc


class ReasonNeeded(Refused):
    """People who lose something by it read why."""

    status = 422

    def __init__(self, deed: str) -> None:
        super().__init__(f"Hãy ghi lý do {deed} để mọi người biết. Chưa thay đổi gì.")


class TakesTwoPersons(Refused):
    """One officer alone may not do this; a second one must agree."""

    def __init__(self, deed: str) -> None:
        super().__init__(
            f"Muốn {deed} thì phải có hai người của Sở: một người đề nghị, một người duyệt. Chưa thay đổi gì.",
            remedy="Hãy gửi đề nghị để người thứ hai duyệt.",
        )


def cancel_class(session: Session, *, by: Actor, class_id: int, reason: str, now: datetime) -> TrainingClass:
    """Cancel a class of which nobody outside has heard yet.

    Raises:
        ReasonNeeded: no reason.
        TakesTwoPersons: it is published, so people count on it.
        AlreadySettled: begun or cancelled before.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    allow(why_not_cancel(hall.row))
    if hall.row.state != "planned":
        raise TakesTwoPersons("hủy một lớp đã công bố")
    carry_out_cancel(session, hall, by=by, reason=reason, now=now)
    return hall.row


def why_not_cancel(row: TrainingClass) -> Refused | None:
    """Say why a class cannot be cancelled any more, or None."""
    return None if row.state in BEFORE_START else NotNow(row, "hủy")


def carry_out_cancel(session: Session, hall: Hall, *, by: Actor, reason: str, now: datetime) -> None:
    """Cancel the locked class; its needs are free again, keep their number, and everybody is told.

    Raises:
        ReasonNeeded: no reason.
        AlreadySettled: begun or cancelled before.
    """
    allow(why_not_cancel(hall.row))
    words = nfc(reason)
    if not words:
        raise ReasonNeeded("hủy lớp")
    was_known = hall.row.state != "planned"
    move(session, hall.row, "cancelled", by=by, now=now, reason=words, snapshot=numbers(hall))
    for seat in open_seats(session, hall.row.id):
        move_seat(session, hall, seat, "class_cancelled", by=by, now=now, reason=words, ended_at=now)
        seat.reason = words[:300]
        if was_known:
            text = ended_text(hall.row, f"lớp đã hủy, {next_time(seat)}", words)
            tell_seat(session, seat, hall.row, template="class-cancelled", text=text, but=None, now=now)
    if was_known:
        text = ended_text(hall.row, "lớp đã hủy", words)
        tell_trainers(session, hall.row, template="class-cancelled-teach", text=text, but=by.person_id, now=now)
    settle_needs(session, hall.needs, now=now)
    note_class(session, by, hall.row, "cancel_class", now, reason=words)
