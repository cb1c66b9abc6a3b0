"""Pages that carry news out by hand: the printed call list, words for Zalo, the calendar file of a seat."""

from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, url_for
from sqlalchemy.orm import Session

from lms.access import the_actor
from lms.clock import utc_now
from lms.db import db_session
from lms.journal.rules import queue_job
from lms.pages import deed, download, public_url, render
from lms.training import messages, queries
from lms.training.answer_pages import answer_address
from lms.training.calendars import seat_calendar as calendar_of
from lms.training.calling import CALL_LIST, note_phones_seen, whom_to_call
from lms.training.standing import own_class

_TOLD = frozenset({"offered", "confirmed"})


def print_call_list() -> Any:
    """Ask for the call list as PDF; it shows phones, so it is journalled."""
    actor = the_actor()

    def ask(session: Session) -> int:
        seats = whom_to_call(session, actor.communes, utc_now()).everybody
        note_phones_seen(session, by=actor, seats=seats, verb="print_phones", now=utc_now())
        payload = {"communes": list(actor.communes), "back": url_for("lms.training.call_list")}
        return queue_job(session, kind=CALL_LIST, payload=payload, by=actor, now=utc_now(), area=actor.communes[0]).id

    return deed(ask, then=lambda job_id: url_for("lms.journal.show_job", job_id=job_id))


def commune_messages() -> Any:
    """Show what to paste into Zalo for the commune and for each of its teams."""
    actor, session = the_actor(), db_session()
    seats = [found for found in queries.open_seats_of_communes(session, actor.communes) if found.Seat.state in _TOLD]
    held = queries.sessions_of(session, [found.TrainingClass.id for found in seats])
    by_team = sorted(seats, key=lambda found: (found.Team.sort_key, found.Team.id))
    teams = []
    for team, found in groupby(by_team, key=lambda found: found.Team):
        theirs = list(found)
        invited = [one for one in theirs if one.Seat.state == "offered"]
        alone = [
            (one.Person.full_name, messages.for_person(one, held[one.TrainingClass.id], answer_address(one.Seat)))
            for one in invited
        ]
        teams.append((team.name, messages.for_team(team.name, theirs, held, _address()), alone))
    return render("training/commune_messages.html", whole=messages.for_commune(seats, _address()), teams=teams)


def class_messages(class_id: int) -> Any:
    """Show what to paste into Zalo for everybody in a class."""
    session = db_session()
    row = own_class(session, the_actor(), class_id)
    held = queries.sessions_of(session, [class_id])[class_id]
    return render("training/class_messages.html", row=row, texts=messages.for_class(row, held, _address()))


def seat_calendar(seat_id: int) -> Any:
    """Hand out the calendar file of a seat."""
    host = urlsplit(current_app.config["LMS_PUBLIC_URL"]).hostname or "localhost"
    data = calendar_of(db_session(), by=the_actor(), seat_id=seat_id, host=host, address=_address())
    return download(data, f"tap-huan-{seat_id}.ics", "text/calendar")


def _address() -> str:
    return public_url("lms.training.index")
