"""Background work of reports: the paper."""

from typing import Any

from lms.access import SYSTEM
from lms.areas.rules import find_area
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.files.rules import keep
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.reports.figures import report_on
from lms.reports.making import file_name, make_pdf, period_of
from lms.reports.rules import PDF_JOB


def make_paper(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Lay out a report as PDF and keep it; the numbers are those of the moment it was asked for."""
    progress.step(0, 1, "Đang lập báo cáo")
    session = db_session()
    asked_at = job.created_at
    report = report_on(session, find_area(session, payload["area"]), period_of(payload["period"]), now=asked_at)
    name, data = file_name(report, ".pdf"), make_pdf(session, report, asked_at)
    file_id = in_unit(lambda s: keep(s, data, name=name, media_type="application/pdf", by=SYSTEM, now=utc_now()).id)
    return {"file_id": file_id, "back": payload["back"]}


HANDLERS: dict[str, Handler] = {PDF_JOB: make_paper}
