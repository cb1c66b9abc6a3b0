"""Answering for a seat: the class locked, who speaks for whom by which way, and what is written down."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import NotFound
from lms.journal.rules import record
from lms.training.halls import Hall, enter_hall, move_seat
from lms.training.models import Seat
from lms.training.notices import confirmed_text, ended_text, tell_seat
from lms.training.standing import team_with_province, voice_for_seat


class Answering(NamedTuple):
    """A locked seat, and who answers for it: on whose behalf, by which way."""

    hall: Hall
    seat: Seat
    on_behalf_of: int | None
    channel: str | None


def answer_seat(
    session: Session,
    by: Actor,
    seat_id: int,
    channel: str | None = None,
    *,
    officer_too: bool = False,
    team_too: bool = True,
) -> Answering:
    """Lock the class of a seat, and find out who answers for it.

    Raises:
        NotLeader, NoLongerInTeam: people of the team who do not lead it.
        NotFound: a stranger.
    """
    class_id = session.connection().scalar(_CLASS_OF, {"seat": seat_id})
    if class_id is None:
        raise NotFound(f"seat {seat_id}")
    hall = enter_hall(session, class_id)
    seat = session.scalars(_SEAT, {"seat": seat_id}).one()
    if officer_too and hall.row.province_code in by.provinces:
        return Answering(hall, seat, seat.person_id, channel)
    standing = voice_for_seat(session, by, seat)
    is_commune = standing is not None and standing.is_proxy
    if not team_too and not is_commune:
        raise NotFound(f"seat {seat_id}")
    # The commune answers for people after a call; whoever answers for themselves does it here.
    usual = "phone" if is_commune else None
    return Answering(hall, seat, None if standing is None else seat.person_id, channel or usual)


def confirm_answered(session: Session, by: Actor, answer: Answering, now: datetime) -> None:
    """Move an offered seat to confirmed, note it and tell everybody else."""
    hall, seat, behalf, channel = answer
    move_seat(session, hall, seat, "confirmed", by=by, now=now, on_behalf_of=behalf, channel=channel, confirmed_at=now)
    note_seat(session, by, hall, seat, "confirm_seat", "", behalf, now)
    text = confirmed_text(hall.row)
    tell_seat(session, seat, hall.row, template="seat-confirmed", text=text, but=by.person_id, now=now)


def end_seat(
    session: Session, by: Actor, answer: Answering, to: str, reason: str, now: datetime, reason_code: str = ""
) -> None:
    """End a seat with its reason, note it and tell everybody else."""
    hall, seat, behalf, channel = answer
    move_seat(
        session,
        hall,
        seat,
        to,
        by=by,
        now=now,
        reason=reason,
        reason_code=reason_code,
        on_behalf_of=behalf,
        channel=channel,
        ended_at=now,
    )
    seat.reason = reason[:300]
    outcomes = {"declined": "đã báo không dự được", "cancelled": "chỗ đã hủy", "moved": "đã có người đi thay"}
    text = ended_text(hall.row, outcomes[to], reason)
    tell_seat(session, seat, hall.row, template=f"seat-{to}", text=text, but=by.person_id, now=now)
    note_seat(session, by, hall, seat, f"seat_{to}", reason, behalf, now)


def note_seat(
    session: Session,
    by: Actor,
    hall: Hall,
    seat: Seat,
    verb: str,
    reason: str,
    behalf: int | None,
    now: datetime,
) -> None:
    """Add a line to the journal about the seat."""
    team, _ = team_with_province(session, seat.team_id)
    record(
        session,
        by=by,
        verb=verb,
        kind="seat",
        object_id=seat.id,
        area=team.commune_code,
        detail={"class": hall.row.id, "reason": reason},
        on_behalf_of=behalf,
        now=now,
    )


_CLASS_OF = select(Seat.class_id).where(Seat.id == bindparam("seat"))
_SEAT = select(Seat).where(Seat.id == bindparam("seat")).execution_options(populate_existing=True)
