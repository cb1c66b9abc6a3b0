"""The page a trainer's phone takes along to where there is no line, its worker, its list, and what it sends back."""

from typing import Any

from flask import Response, current_app, jsonify, request
from flask_wtf.csrf import generate_csrf

from lms.clock import utc_now
from lms.db import in_unit
from lms.pages import render
from lms.training import rules
from lms.training.attendance import why_not_markable
from lms.training.check_in_pages import CAMERA, device, remember_device
from lms.training.offline import read_sent, take_roster
from lms.training.sheet_pages import this_session


def offline(class_id: int, number: int) -> Any:
    """Show the page that works without a line; names come from the list the phone keeps, not from this page."""
    here = this_session(class_id, number)
    page = render("training/offline.html", **here.words())
    page.headers["Permissions-Policy"] = CAMERA
    return remember_device(page, device())


def offline_worker(class_id: int, number: int) -> Any:
    """Return the worker that opens the page in airplane mode; it stands below the page, so it rules nothing else."""
    here = this_session(class_id, number)
    script = current_app.extensions["lms"].jinja.get_template("training/offline_worker.js").render(place=here.place)
    return Response(script, mimetype="text/javascript")


def offline_roster(class_id: int, number: int) -> Any:
    """Return the list to take along, the present moment, and what sending will need.

    Also after the attendance is closed: what a phone still keeps from before needs it to be sent.
    """
    here = this_session(class_id, number)
    refusal = why_not_markable(here.actor, here.row, here.held, here.held.begins_at)
    if refusal is not None and not isinstance(refusal, rules.AttendanceClosed):
        raise refusal
    secret: str = current_app.config["LMS_SECRET_KEY"]
    roster = take_roster(here.session, by=here.actor, row=here.row, held=here.held, secret=secret, now=utc_now())
    name = device()
    return remember_device(jsonify(roster | {"device": name, "csrf": generate_csrf()}), name)


def receive_offline(class_id: int, number: int) -> Any:
    """Store what was marked without a line, and answer mark by mark."""
    here = this_session(class_id, number)
    sent, actor, session_id = read_sent(request.get_json(silent=True)), here.actor, here.held.id
    secret: str = current_app.config["LMS_SECRET_KEY"]
    answers = in_unit(
        lambda s: rules.receive_marks(s, by=actor, session_id=session_id, sent=sent, secret=secret, now=utc_now())
    )
    return jsonify(answers=[{"nonce": one.nonce, "outcome": one.outcome, "said": one.said} for one in answers])
