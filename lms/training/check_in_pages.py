"""Pages at the door: scan the QR somebody shows, or type the short code."""

import secrets
from typing import Any

from flask import Response, current_app, jsonify, redirect, request, url_for
from sqlalchemy.orm import Session

from lms.clock import utc_now
from lms.db import in_unit
from lms.errors import NotFound, Refused
from lms.pages import render
from lms.training import rules
from lms.training.attendance import closes_at, why_not_markable
from lms.training.evidence import THERE, standing_mark
from lms.training.models import AttendanceMark
from lms.training.scanning import tell_mark
from lms.training.sheet_pages import Here, seats_and_marks, this_session

CAMERA = "camera=(self), microphone=(), geolocation=()"
_DEVICE = "lms_device"
_A_YEAR = 365 * 86400


def scan(class_id: int, number: int) -> Any:
    """Check one person in by QR or short code; answers a page, or the same as data to the page's own script."""
    here = this_session(class_id, number)
    if request.method == "POST":
        return _check_in(here)
    return _scan_page(here, _marked(here))


def device() -> str:
    """Return the random name of this browser, to say which device a mark came from."""
    kept = request.cookies.get(_DEVICE, "")
    return kept if len(kept) == 32 and kept.isalnum() else secrets.token_hex(16)


def remember_device(response: Response, name: str) -> Response:
    """Let the browser keep its random name; it says nothing about the person."""
    is_secure = bool(current_app.config.get("SESSION_COOKIE_SECURE"))
    response.set_cookie(_DEVICE, name, max_age=_A_YEAR, httponly=True, secure=is_secure, samesite="Lax")
    return response


def _check_in(here: Here) -> Any:
    actor, session_id, wants_data = here.actor, here.held.id, request.headers.get("X-Requested-With") == "fetch"
    said, name = request.form.get("said", "")[:300], device()
    nonce = request.form.get("once", "")[:40]
    seen = rules.Seen(device=name, nonce=nonce) if nonce else rules.Seen()
    given = rules.Mark("present", request.form.get("reason", ""))
    place = here.place

    def work(session: Session) -> tuple[int, tuple[str, str, str]]:
        row = rules.check_in(session, by=actor, session_id=session_id, said=said, seen=seen, given=given, now=utc_now())
        return row.id, tell_mark(session, row)

    try:
        mark_id, told = in_unit(work)
    except Refused as no:
        if wants_data:
            return remember_device(_as_data("bad", "", f"{no.sentence} {no.remedy}".strip(), here), name)
        return _scan_page(this_session(**place), ("bad", "", f"{no.sentence} {no.remedy}".strip()), no.status)
    if wants_data:
        return remember_device(_as_data(*told, this_session(**place)), name)
    return remember_device(redirect(url_for("lms.training.scan", **place, dau=mark_id), 303), name)  # type: ignore[arg-type]


def _as_data(kind: str, name: str, said: str, here: Here) -> Response:
    return jsonify(kind=kind, name=name, said=said, count=_count(here))


def _marked(here: Here) -> tuple[str, str, str] | None:
    """Return what came of the mark that the address names, if it is one of this session."""
    mark_id = request.args.get("dau", type=int)
    if mark_id is None:
        return None
    row = here.session.get(AttendanceMark, mark_id)
    if row is None or row.session_id != here.held.id:
        raise NotFound(f"mark {mark_id}")
    return tell_mark(here.session, row)


def _scan_page(here: Here, told: tuple[str, str, str] | None, status: int = 200) -> Response:
    now = utc_now()
    page = render(
        "training/scan.html",
        status,
        told=told,
        said=request.form.get("said", "") if status != 200 else "",
        count=_count(here),
        is_late=now >= closes_at(here.held),
        closed=why_not_markable(here.actor, here.row, here.held, now),
        **here.words(),
    )
    page.headers["Permissions-Policy"] = CAMERA
    return remember_device(page, device())


def _count(here: Here) -> str:
    seats, marks = seats_and_marks(here)
    stands = [standing_mark(marks.get(found.Seat.id, ())) for found in seats]
    return f"{sum(row is not None and row.mark in THERE for row in stands)}/{len(seats)}"
