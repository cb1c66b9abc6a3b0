"""Pages at the door for those who are not on the list, or not there: let in, set away, let back in."""

from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from lms.clock import utc_now
from lms.errors import Refused
from lms.pages import deed, render
from lms.training import rules
from lms.training.attendance import class_sessions, opens_at
from lms.training.conditions import why_no_room, why_not_away, why_not_come_back, why_not_let_in
from lms.training.queries import seats_of_class
from lms.training.sheet_pages import Here, this_session
from lms.training.transitions import LIVE_SEATS
from lms.training.walk_ins import find_people, marks_in_session


def walk_in(class_id: int, number: int) -> Any:
    """Find somebody who has come without a seat, let them in and mark them as present."""
    here, typed = this_session(class_id, number), request.values.get("ten", "").strip()
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            return _let_in(here, request.form.get("person", 0, type=int))
        except Refused as no:
            refusal, here = no, this_session(class_id, number)
    held = class_sessions(here.session, class_id)
    room = _room(here)
    closed = why_not_let_in(here.row, opens_at(held[0]), held[-1].ends_at, utc_now()) or why_no_room(here.row, room)
    return render(
        "training/walk_in.html",
        refusal.status if refusal else 200,
        typed=typed,
        found=find_people(here.session, here.row, typed) if typed and closed is None else [],
        room=room,
        closed=closed,
        refusal=refusal,
        **here.words(),
    )


def away(class_id: int, number: int) -> Any:
    """Choose who has not come, so that their places are free; and let back in who comes late."""
    here, now = this_session(class_id, number), utc_now()
    actor, session_id = here.actor, here.held.id
    if request.method == "POST":
        chosen = request.form.getlist("seat", type=int)
        return deed(
            lambda s: rules.set_away(s, by=actor, session_id=session_id, seat_ids=chosen, now=now),
            then=url_for("lms.training.away", **here.place),
            say=lambda count: f"Đã nhường chỗ của {count} người. Ai đến sau vẫn vào được nếu còn chỗ.",
        )
    said = marks_in_session(here.session, session_id)
    seats, room = seats_of_class(here.session, class_id), _room(here)
    judged = [
        (found, why_not_away(here.held, found.Seat, said.get(found.Seat.id), now))
        for found in seats
        if found.Seat.state == "confirmed"
    ]
    return render(
        "training/away.html",
        missing=[found for found, no in judged if no is None],
        refusal=next((no for found, no in judged if no is not None and found.Seat.id not in said), None),
        gone=[(found, why_not_come_back(here.row, found.Seat, room)) for found in seats if found.Seat.state == "away"],
        room=room,
        **here.words(),
    )


def come_back(class_id: int, number: int) -> Any:
    """Let somebody back in who was set away, and mark them as late."""
    here = this_session(class_id, number)
    actor, session_id, seat_id, now = here.actor, here.held.id, request.form.get("seat", 0, type=int), utc_now()

    def work(session: Session) -> None:
        rules.come_back(session, by=actor, seat_id=seat_id, now=now)
        marks = {seat_id: rules.Mark("late")}
        rules.mark_session(session, by=actor, session_id=session_id, marks=marks, now=now)

    return deed(work, then=url_for("lms.training.away", **here.place), say="Đã cho vào lớp, ghi là đến muộn.")


def _let_in(here: Here, person_id: int) -> Any:
    actor, class_id, session_id, now = here.actor, here.row.id, here.held.id, utc_now()

    def work(session: Session) -> None:
        seat = rules.add_walk_in(session, by=actor, class_id=class_id, person_id=person_id, now=now)
        marks = {seat.id: rules.Mark("present")}
        rules.mark_session(session, by=actor, session_id=session_id, marks=marks, now=now)

    return deed(work, then=url_for("lms.training.check_in", **here.place), say="Đã nhận vào lớp và ghi có mặt.")


def _room(here: Here) -> int:
    live = sum(found.Seat.state in LIVE_SEATS for found in seats_of_class(here.session, here.row.id))
    return here.row.capacity - live
