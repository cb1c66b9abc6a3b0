"""Whom the commune's clerk calls, on the screen and on paper.

Those who are invited and have not answered; and those who wait for a class whose list is closed while
it still has a place, since then nobody is invited by itself any more (L5). Whole phone numbers are
shown, so every look and every print is journalled.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.clock import utc_now, vn_date, vn_moment
from lms.db import db_session, in_unit
from lms.files.rules import keep
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.journal.rules import record
from lms.phones import spaced
from lms.printing.documents import CallListPaper, CallListRow, call_list_pdf
from lms.training import class_queries, queries
from lms.training.conditions import why_not_fill
from lms.training.halls import begins_at
from lms.training.models import ClassSession
from lms.training.wording import ROLE_WORDS, half_day_words

CALL_LIST = "training.call_list"


class ToCall(NamedTuple):
    """Whom to call: the invited who have not answered, and those who wait for a place free on a closed list."""

    invited: list[Any]
    waiting: list[Any]

    @property
    def everybody(self) -> list[Any]:
        """Return both, the invited first."""
        return self.invited + self.waiting


def whom_to_call(session: Session, communes: Collection[str], now: datetime) -> ToCall:
    """Return whom the clerk of the communes calls now."""
    return ToCall(people_to_call(session, communes), people_to_invite(session, communes, now))


def people_to_call(session: Session, communes: Collection[str]) -> list[Any]:
    """Return those of the communes who are invited and have not answered, the most urgent first."""
    seats = [found for found in queries.open_seats_of_communes(session, communes) if found.Seat.state == "offered"]
    return sorted(seats, key=lambda found: (found.Seat.expires_at, found.Person.sort_key))


def people_to_invite(session: Session, communes: Collection[str], now: datetime) -> list[Any]:
    """Return those of the communes who wait for a place that is free on a closed list, in the order to call them."""
    waiting = [
        found
        for found in queries.open_seats_of_communes(session, communes)
        if found.Seat.state == "waiting" and why_not_fill(found.TrainingClass, found.Seat, 1, now) is None
    ]
    taken = class_queries.places_taken(session, {found.TrainingClass.id for found in waiting})
    found_room = [found for found in waiting if found.TrainingClass.capacity > taken[found.TrainingClass.id]]
    return sorted(found_room, key=lambda found: (begins_at(found.TrainingClass), found.TrainingClass.id))


def note_phones_seen(session: Session, *, by: Actor, seats: Sequence[Any], verb: str, now: datetime) -> None:
    """Write down that somebody saw these people's phones."""
    record(
        session,
        by=by,
        verb=verb,
        kind="seat",
        object_id="to call",
        area=by.communes[0],
        detail={"people": [found.Person.id for found in seats]},
        now=now,
    )


def print_call_list(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Make the printable call list; running it again makes it anew."""
    by = Actor(account_id=job.created_by_id, person_id=None, name="hệ thống")
    progress.step(0, 1, "Đang lập danh sách gọi điện")
    data = call_list_pdf(call_list_paper(db_session(), payload["communes"], utc_now()))
    name = f"goi-dien-{vn_date(utc_now()):%Y-%m-%d}.pdf"
    file_id = in_unit(lambda s: keep(s, data, name=name, media_type="application/pdf", by=by, now=utc_now()).id)
    progress.step(1, 1, "Đã lập xong danh sách gọi điện")
    return {"file_id": file_id, "back": payload.get("back")}


def call_list_paper(session: Session, communes: Collection[str], now: datetime) -> CallListPaper:
    """Return the list to print: whom to call, under which number, and until when."""
    seats = whom_to_call(session, communes, now).everybody
    held = queries.sessions_of(session, [found.TrainingClass.id for found in seats])
    names = [session.get_one(Area, code).full_name for code in communes]
    return CallListPaper(
        agency=f"Ủy ban nhân dân {', '.join(names)}",
        rows=tuple(_line(found, held[found.TrainingClass.id]) for found in seats),
        place=current_app.config["LMS_ISSUER_PLACE"] or names[0],
        day=vn_date(now),
        printed_at=vn_moment(now),
    )


def _line(found: Any, held: Sequence[ClassSession]) -> CallListRow:
    row = found.TrainingClass
    first = half_day_words(held[0].held_on, held[0].half_day) if held else ""
    role = ROLE_WORDS.get(found.role, "")
    return CallListRow(
        name=found.Person.full_name,
        unit=f"{role}, {found.Team.name}" if role else found.Team.name,
        phone=spaced(found.Person.phone) if found.Person.phone else "chưa có số, nhờ tổ trưởng",
        what=f"{'Còn chỗ ở ' if found.Seat.state == 'waiting' else ''}{row.title}: {first}, {row.venue}",
        until=vn_moment(found.Seat.expires_at or begins_at(row)),
    )


HANDLERS: dict[str, Handler] = {CALL_LIST: print_call_list}
