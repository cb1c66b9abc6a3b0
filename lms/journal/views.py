"""Pages of the journal room: a job's progress and file, one's notices, a notice read."""

from typing import Any

from flask import Blueprint, redirect, request, url_for

from lms.access import the_actor
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.journal.queries import my_job, notices_of
from lms.journal.rules import read_notice as note_read
from lms.pages import local_path, render

bp = Blueprint("journal", __name__)


@bp.get("/viec/<int:job_id>")
def show_job(job_id: int) -> Any:
    job = my_job(db_session(), by=the_actor(), job_id=job_id)
    if job.finished_at and job.result and job.result.get("next"):
        return redirect(local_path(job.result["next"]) or url_for("lms.front"), 303)
    waiting = job.finished_at is None and job.failed_at is None
    response = render("journal/job.html", job=job, waiting=waiting)
    if waiting:
        response.headers["Refresh"] = "2"
    return response


@bp.get("/thong-bao/")
def notices() -> Any:
    page = notices_of(db_session(), by=the_actor(), older_than=request.args.get("truoc", type=int))
    return render("journal/notices.html", page=page)


@bp.post("/thong-bao/<int:notice_id>")
def read_notice(notice_id: int) -> Any:
    actor = the_actor()
    notice = in_unit(lambda s: note_read(s, by=actor, notice_id=notice_id, now=utc_now()))
    # A notice keeps its path as the school knows it; the host's prefix is put before it here.
    inside = local_path(notice.path) or "/"
    return redirect(url_for("lms.front").rstrip("/") + inside, 303)
