"""The sentences training leaves for people, in the transaction of what they tell."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from lms.clock import vn_day, vn_moment
from lms.journal.rules import notify
from lms.training.models import Need, Seat, TrainingClass
from lms.training.standing import leaders_of, name_of

_PATH = "/tap-huan/"


def tell_team(
    session: Session,
    need: Need,
    *,
    template: str,
    text: str,
    but: int | None,
    now: datetime,
) -> None:
    """Tell leader and deputies what happened to their team's need, except the one who did it."""
    people = [person for person in leaders_of(session, need.team_id) if person != but]
    event = f"need-{need.id}-{template}-{now:%Y%m%d%H%M%S%f}"
    _tell(session, people, template=template, event=event, text=text, now=now)


def tell_seat(
    session: Session,
    seat: Seat,
    row: TrainingClass,
    *,
    template: str,
    text: str,
    but: int | None,
    now: datetime,
) -> None:
    """Tell the person, and their leader and deputies by name, what happened to the seat."""
    event = f"seat-{seat.id}-{template}"
    if seat.person_id != but:
        _tell(session, [seat.person_id], template=template, event=event, text=text, now=now)
    others = [p for p in leaders_of(session, seat.team_id) if p not in (but, seat.person_id)]
    if others:
        sentence = f"{name_of(session, seat.person_id)}: {text}"
        _tell(session, others, template=f"{template}-team", event=event, text=sentence, now=now)


def offer_text(seat: Seat, row: TrainingClass) -> str:
    """Say to what one is invited, where, and until when to answer."""
    until = vn_moment(seat.expires_at) if seat.expires_at else ""
    return f"Mời dự lớp “{row.title}” từ ngày {vn_day(row.starts_on)} tại {row.venue}. Hãy bấm xác nhận trước {until}."


def ended_text(row: TrainingClass, outcome: str, reason: str) -> str:
    """Say how a seat ended and why."""
    return f"Lớp “{row.title}”: {outcome}." + (f" Lý do: {reason}." if reason else "")


def _tell(session: Session, people: Iterable[int], *, template: str, event: str, text: str, now: datetime) -> None:
    for person_id in people:
        notify(session, person_id=person_id, template=template, event=event, text=text, path=_PATH, now=now)
