"""Whom the commune's clerk calls: those who are invited and have not answered, on the screen and on paper.

Both show whole phone numbers, so both are journalled.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

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
from lms.training import queries
from lms.training.models import ClassSession
from lms.training.wording import ROLE_WORDS, half_day_words

CALL_LIST = "training.call_list"


def people_to_call(session: Session, communes: Collection[str]) -> list[Any]:
    """Return those of the communes who are invited and have not answered, the most urgent first."""
    seats = [found for found in queries.open_seats_of_communes(session, communes) if found.Seat.state == "offered"]
    return sorted(seats, key=lambda found: (found.Seat.expires_at, found.Person.sort_key))


def note_phones_seen(session: Session, *, by: Actor, seats: Sequence[Any], verb: str, now: datetime) -> None:
    """Write down that somebody saw these people's phones."""
    record(
        session,
        by=by,
        verb=verb,
        kind="seat",
        object_id="offered",
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
    seats = people_to_call(session, communes)
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
        what=f"{row.title}: {first}, {row.venue}",
        until=vn_moment(found.Seat.expires_at),
    )


HANDLERS: dict[str, Handler] = {CALL_LIST: print_call_list}
