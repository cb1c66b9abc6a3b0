"""The trainer's list: which facts of the courses must be read again, and what hangs on them."""

from flask import Response, request

from lms.clock import utc_now, vn_date
from lms.db import db_session
from lms.library import grounds
from lms.pages import render

CHOICES = (30, grounds.SOON, 180)


def facts_due() -> Response:
    """List the facts past their review day or soon there."""
    asked = request.args.get("trong", "")
    days = next((days for days in CHOICES if str(days) == asked), grounds.SOON)
    today = vn_date(utc_now())
    return render(
        "library/facts_due.html",
        due=grounds.due(grounds.grounds_now(db_session()), today=today, days=days),
        days=days,
        choices=CHOICES,
        today=today,
        marks=grounds.MARKS,
    )


def count_due() -> int:
    """Return how many facts are past their review day or soon there, for the shelf."""
    return len(grounds.due(grounds.grounds_now(db_session()), today=vn_date(utc_now())))
