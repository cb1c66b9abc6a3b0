"""Order a report as a paper, and note who took which report away."""

from datetime import datetime

from sqlalchemy.orm import Session

from lms.access import Actor
from lms.journal.models import Job
from lms.journal.rules import queue_job, record
from lms.reports.periods import Period

PDF_JOB = "reports.pdf"


def order_pdf(session: Session, *, by: Actor, area_code: str, period: Period, back: str, now: datetime) -> Job:
    """Ask for the report as a PDF, made in the background; `back` is the page it was asked from."""
    note_export(session, by=by, area_code=area_code, period=period, kind="pdf", now=now)
    return queue_job(
        session, kind=PDF_JOB, payload={"area": area_code, "period": period.code, "back": back}, by=by, now=now
    )


def note_export(session: Session, *, by: Actor, area_code: str, period: Period, kind: str, now: datetime) -> None:
    """Write into the journal who took which report away, in which form."""
    record(
        session,
        by=by,
        verb="export_report",
        kind="report",
        object_id=f"{area_code}/{period.code}",
        area=area_code,
        detail={"form": kind},
        now=now,
    )
