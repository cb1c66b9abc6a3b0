"""Background work of training: the attendance list people sign."""

from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor, RoleView
from lms.areas.models import Area
from lms.clock import utc_now, vn_date, vn_day
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.files.rules import keep
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.library.models import Skill
from lms.people.models import Account, Person
from lms.printing.documents import AttendancePaper, AttendanceRow, attendance_pdf
from lms.settings import parent_agency
from lms.training import queries
from lms.training.codes import short_code
from lms.training.models import TrainingClass
from lms.training.plan_needs import count_left_out
from lms.training.plan_publishing import (
    PUBLISH_PLAN,
    classes_to_publish,
    finish_publishing,
    publish_planned_class,
)
from lms.training.wording import ROLE_WORDS, half_day_words
from lms.words import fold

ATTENDANCE_LIST = "training.attendance_list"
_ON_THE_LIST = frozenset({"offered", "confirmed", "away", "completed", "incomplete", "no_show"})


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
        code=short_code(found.Seat.seq),
    )


def publish_plan(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Publish every class of a plan; running it again goes on where it stopped."""
    session, plan_id = db_session(), payload["plan_id"]
    by = _officer_of(session, job)
    waiting = classes_to_publish(session, plan_id)
    for done, planned_id in enumerate(waiting):
        progress.step(done, len(waiting), f"Đã công bố {done} lớp")
        in_unit(lambda s, planned=planned_id: publish_planned_class(s, by=by, planned_id=planned, now=utc_now()))  # type: ignore[misc]
    plan = in_unit(lambda s: finish_publishing(s, by=by, plan_id=plan_id, now=utc_now()))
    still = count_left_out(db_session(), plan)
    rest = f" Còn {still} nhu cầu chưa có lớp, xem lý do ở trang đợt." if still else ""
    progress.step(len(waiting), len(waiting), f"Đã công bố xong các lớp.{rest}")
    return {"back": payload["back"]}


def _officer_of(session: Session, job: Job) -> Actor:
    """Return who asked for the work, with the province in whose name they asked."""
    person_id, name = session.execute(
        select(Person.id, Person.full_name)
        .join(Account, Account.person_id == Person.id)
        .where(Account.id == job.created_by_id)
    ).one()
    return Actor(job.created_by_id, person_id, name, (RoleView("officer", job.province_code or ""),))


HANDLERS: dict[str, Handler] = {ATTENDANCE_LIST: print_attendance_list, PUBLISH_PLAN: publish_plan}
