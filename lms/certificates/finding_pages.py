"""The page on which an officer finds one certificate among a province's sixteen thousand."""

from flask import Response, request

from lms.access import the_actor
from lms.certificates.finding import find_certificates
from lms.certificates.list_pages import words
from lms.db import db_session
from lms.pages import render

_SHOWN = 50


def find() -> Response:
    """Find certificates by number, code or name; what is typed stays in the field."""
    typed = request.args.get("tim", "").strip()[:120]
    found = find_certificates(db_session(), the_actor().provinces, typed, limit=_SHOWN + 1)
    return render("certificates/find.html", typed=typed, found=found[:_SHOWN], more=len(found) > _SHOWN, **words())
