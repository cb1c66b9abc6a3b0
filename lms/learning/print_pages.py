"""Pages of what can be printed: the sheet of a lesson, and a whole course as a small book, for anybody.

A paper that is not ready yet is asked for, and a small page waits in its place: it looks again
by itself, and by a button.
"""

from datetime import datetime, timedelta

from flask import Response, request, url_for

from lms.access import current_actor
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.files import store
from lms.learning import prints
from lms.library.local_words import province_of
from lms.pages import download, public_url, render

LATE = timedelta(minutes=3)
_SOON, _SELDOM = "3", "60"


def sheet_paper(course: str, lesson: str) -> Response:
    """Send the steps of a lesson as one page to print, or wait for it."""
    where = public_url("lms.learning.show_lesson", course=course, lesson=lesson)
    back = url_for("lms.learning.sheet", course=course, lesson=lesson)
    return _send_or_wait(course, lesson, where, back)


def booklet_paper(course: str) -> Response:
    """Send a whole course as a small book to print, or wait for it."""
    where = public_url("lms.learning.show_course", course=course)
    return _send_or_wait(course, None, where, url_for("lms.learning.show_course", course=course))


def _send_or_wait(course: str, lesson: str | None, where: str, back: str) -> Response:
    session, now = db_session(), utc_now()
    province = province_of(session, current_actor())
    wanted = prints.wanted_paper(session, course=course, lesson=lesson, province=province, address=where)
    standing = prints.standing_of(session, wanted.key, now=now)
    if standing.is_open:
        standing = in_unit(lambda s: prints.ask_for_paper(s, wanted=wanted, now=now))
    if standing.sha256 is not None:
        name = f"phieu-{course}-{lesson}.pdf" if lesson else f"sach-{course}.pdf"
        return _paper(standing.sha256, name)
    return _waiting(standing, is_sheet=wanted.is_sheet, back=back, now=now)


def _paper(sha256: str, name: str) -> Response:
    """Send the bytes; a browser that has them asks only whether they are still the same."""
    response = download(store.read(sha256), name, "application/pdf", inline=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Cookie")
    response.set_etag(sha256[:32])
    response.make_conditional(request)
    return response


def _waiting(standing: prints.Standing, *, is_sheet: bool, back: str, now: datetime) -> Response:
    thing = "phiếu" if is_sheet else "sách nhỏ"
    if standing.failure is not None:
        return render("learning/print_failed.html", 409, thing=thing, standing=standing, back=back)
    is_late = standing.asked_at is not None and now - standing.asked_at > LATE
    response = render("learning/print_wait.html", 202, thing=thing, is_late=is_late, back=back)
    response.headers["Refresh"] = _SELDOM if is_late else _SOON
    response.headers["Cache-Control"] = "no-store"
    return response
