"""Pages of papers signed elsewhere: take them along in parts, send back what is signed."""

from typing import Any, BinaryIO, cast

from flask import Response, current_app, request, url_for
from wtforms import FileField

from lms.access import the_actor
from lms.certificates import elsewhere
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.errors import Refused
from lms.files.rules import read_upload
from lms.pages import Form, deed, render


class ReturnForm(Form):
    """What was signed: one PDF, or a ZIP of many."""

    signed = FileField("Tệp đã ký")


def sign_elsewhere(list_id: int) -> Any:
    """Hand out what waits for a signature, take back what is signed."""
    form = ReturnForm()
    try:
        elsewhere.demand_signers(current_app.config)
        if request.method == "GET":
            return _page(list_id, form)
        uploaded = request.files.get("signed")
        if uploaded is None or not uploaded.filename:
            raise elsewhere.NothingInside
        name = uploaded.filename[:120]
        data = read_upload(cast(BinaryIO, uploaded.stream), limit_mb=current_app.config["LMS_MAX_UPLOAD_MB"])
        return deed(
            lambda session: elsewhere.hand_in(
                session, by=the_actor(), list_id=list_id, name=name, data=data, now=utc_now()
            ),
            then=lambda job: url_for(".signed_result", list_id=list_id, job_id=job.id),
        )
    except Refused as refusal:
        return _page(list_id, form, refusal)


def pack_for_signing(list_id: int, part: int) -> Response:
    """Hand out one part of the papers with its list."""
    pieces = in_unit(
        lambda session: elsewhere.pack_part(session, by=the_actor(), list_id=list_id, part=part, now=utc_now())
    )
    # At most `AT_ONCE` papers: small enough to be read while the database is still at hand.
    response = Response(b"".join(pieces), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="giay-can-ky-{list_id}-{part}.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


def signed_result(list_id: int, job_id: int) -> Response:
    """Say what became of each file that came back."""
    elsewhere.own_list(db_session(), the_actor(), list_id)
    job = elsewhere.own_return(db_session(), list_id, job_id)
    page = render("certificates/signed_result.html", list_id=list_id, job=job, result=job.result or {})
    if job.finished_at is None and job.failed_at is None:
        page.headers["Refresh"] = "2"
    return page


def _page(list_id: int, form: ReturnForm, refusal: Refused | None = None) -> Response:
    session = db_session()
    approved = elsewhere.own_list(session, the_actor(), list_id)
    waiting = elsewhere.count_waiting(session, list_id)
    return render(
        "certificates/sign_elsewhere.html", refusal.status if refusal else 200, approved=approved, form=form,
        waiting=waiting, parts=range(1, -(-waiting // elsewhere.AT_ONCE) + 1), at_once=elsewhere.AT_ONCE,
        extra=f"{refusal.sentence} {refusal.remedy}".strip() if refusal else "",
    )  # fmt: skip
