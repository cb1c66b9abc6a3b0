"""Pages of the journal room: a job's progress, a job held up and let go on, one's notices, a notice read."""

from typing import Any

from flask import Blueprint, redirect, request, url_for

from lms.access import the_actor
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.journal import rules
from lms.journal.queries import asked_for, job_in_sight, notices_of
from lms.pages import deed, local_path, render

bp = Blueprint("journal", __name__)


@bp.get("/viec/<int:job_id>")
def show_job(job_id: int) -> Any:
    actor = the_actor()
    job = job_in_sight(db_session(), by=actor, job_id=job_id)
    is_mine = asked_for(job, actor)
    if is_mine and job.finished_at and job.result and job.result.get("next"):
        return redirect(local_path(job.result["next"]) or url_for("lms.front"), 303)
    waiting = job.finished_at is None and job.failed_at is None
    response = render("journal/job.html", job=job, waiting=waiting, is_mine=is_mine)
    if waiting and job.paused_at is None:
        response.headers["Refresh"] = "2"
    return response


@bp.post("/viec/<int:job_id>/tam-dung")
def pause_job(job_id: int) -> Any:
    actor = the_actor()
    return deed(
        lambda s: rules.pause_job(s, by=actor, job_id=job_id, now=utc_now()),
        then=_page_of(job_id),
        say="Việc sẽ tạm dừng ở bước tới. Phần đã làm vẫn còn nguyên.",
    )


@bp.post("/viec/<int:job_id>/lam-tiep")
def resume_job(job_id: int) -> Any:
    actor = the_actor()
    return deed(
        lambda s: rules.resume_job(s, by=actor, job_id=job_id, now=utc_now()),
        then=_page_of(job_id),
        say="Việc được làm tiếp từ chỗ đã dừng.",
    )


@bp.get("/thong-bao/")
def notices() -> Any:
    page = notices_of(db_session(), by=the_actor(), older_than=request.args.get("truoc", type=int))
    return render("journal/notices.html", page=page)


@bp.post("/thong-bao/<int:notice_id>")
def read_notice(notice_id: int) -> Any:
    actor = the_actor()
    notice = in_unit(lambda s: rules.read_notice(s, by=actor, notice_id=notice_id, now=utc_now()))
    # A notice keeps its path as the school knows it; the host's prefix is put before it here.
    inside = local_path(notice.path) or "/"
    return redirect(url_for("lms.front").rstrip("/") + inside, 303)


def _page_of(job_id: int) -> str:
    """Return the page the button stood on: the work's own, or the page of what is being made."""
    return local_path(request.form.get("back")) or url_for(".show_job", job_id=job_id)
