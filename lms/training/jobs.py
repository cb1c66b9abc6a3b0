"""Background work of training: the attendance list people sign."""

from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.clock import utc_now, vn_date, vn_day
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.files.rules import keep
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.library.models import Skill
from lms.printing.documents import AttendancePaper, AttendanceRow, attendance_pdf
from lms.settings import parent_agency
from lms.training import queries
from lms.training.models import TrainingClass
from lms.training.wording import ROLE_WORDS, half_day_words
from lms.words import fold

ATTENDANCE_LIST = "training.attendance_list"
_ON_THE_LIST = frozenset({"offered", "confirmed", "completed", "incomplete", "no_show"})


def print_attendance_list(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Make the printable list of a class; running it again makes it anew."""
    by = Actor(account_id=job.created_by_id, person_id=None, name="hệ thống")
    progress.step(0, 1, "Đang lập danh sách điểm danh")
    paper = attendance_paper(db_session(), payload["class_id"])
    data = attendance_pdf(paper)
    name = f"diem-danh-{fold(paper.class_name).replace(' ', '-')[:60]}.pdf"
    file_id = in_unit(lambda s: keep(s, data, name=name, media_type="application/pdf", by=by, now=utc_now()).id)
    progress.step(1, 1, "Đã lập xong danh sách điểm danh")
    return {"file_id": file_id, "back": payload.get("back")}


def attendance_paper(session: Session, class_id: int) -> AttendancePaper:
    """Return the list of a class: who is expected, and the half-days to sign for.

    Raises:
        NotFound: there is no such class.
    """
    row = session.get(TrainingClass, class_id)
    if row is None:
        raise NotFound(f"class {class_id}")
    config = current_app.config
    province = session.get_one(Area, row.province_code)
    return AttendancePaper(
        agency=config["LMS_ISSUER_NAME"],
        parent_agency=parent_agency(config, province.full_name),
        class_name=row.title,
        topic=session.get_one(Skill, row.topic).title,
        venue=row.venue,
        sessions=tuple(
            half_day_words(held.held_on, held.half_day) for held in queries.sessions_of(session, [class_id])[class_id]
        ),
        rows=tuple(_line(found) for found in queries.seats_of_class(session, class_id) if _is_expected(found)),
        place=config["LMS_ISSUER_PLACE"] or province.name,
        day=vn_date(utc_now()),
        trainers=row.trainer_name,
        period=f"{vn_day(row.starts_on)} – {vn_day(row.ends_on)}",
    )


def _is_expected(found: Any) -> bool:
    return found.Seat.state in _ON_THE_LIST


def _line(found: Any) -> AttendanceRow:
    return AttendanceRow(
        name=found.Person.full_name,
        role=ROLE_WORDS.get(found.role, ""),
        unit=f"{found.Team.name}, {found.commune}",
        phone=found.Person.phone or "",
        note="chưa xác nhận" if found.Seat.state == "offered" else "",
    )


HANDLERS: dict[str, Handler] = {ATTENDANCE_LIST: print_attendance_list}
