"""The code on the wall: the projector's page, the page of whoever scans it, and the staff's confirmation."""

from base64 import b64encode
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from lms.access import the_actor
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.errors import Refused
from lms.pages import deed, public_url, render
from lms.printing.qr import qr_asset
from lms.training import rules
from lms.training.attendance import why_not_markable
from lms.training.check_in_pages import device, remember_device
from lms.training.evidence import marks_of_session, own_word, standing_mark
from lms.training.models import TrainingClass
from lms.training.room_codes import own_seat, room_code, seconds_left, why_not_by_room
from lms.training.sheet_pages import seats_and_marks, this_session
from lms.training.team_pages import words


def show_room_code(class_id: int, number: int) -> Any:
    """Show the room's code for a projector; the page comes again by itself when the code changes."""
    here, now = this_session(class_id, number), utc_now()
    refusal = why_not_markable(here.actor, here.row, here.held, now)
    code = room_code(here.row, here.held.id, now)
    address = public_url("lms.training.room_check_in", session_id=here.held.id, code=code)
    picture = qr_asset(address)
    seats, marks = seats_and_marks(here)
    page = render(
        "training/room_code.html",
        code=f"{code[:3]} {code[3:]}",
        picture=f"data:{picture.media_type};base64,{b64encode(picture.data).decode()}",
        site=public_url("lms.training.room_check_in", session_id=here.held.id).partition("://")[2],
        waiting=sum(own_word(marks.get(found.Seat.id, ())) is not None for found in seats),
        refusal=refusal,
        **here.words(),
    )
    if refusal is None:
        page.headers["Refresh"] = str(seconds_left(now))
    return page


def confirm_room(class_id: int, number: int) -> Any:
    """Say that those who scanned the room's code are really there."""
    here = this_session(class_id, number)
    actor, session_id = here.actor, here.held.id
    chosen = request.form.getlist("seat", type=int)
    return deed(
        lambda s: len(rules.confirm_own_words(s, by=actor, session_id=session_id, seat_ids=chosen, now=utc_now())),
        then=url_for("lms.training.check_in", **here.place),
        say=lambda confirmed: f"Đã xác nhận {confirmed} người tự quét.",
    )


def room_check_in(session_id: int, code: str = "") -> Any:
    """Check oneself in by the code on the wall: one button, or six digits to type."""
    actor, session, now = the_actor(), db_session(), utc_now()
    held, seat = own_seat(session, actor, session_id)
    row = session.get_one(TrainingClass, held.class_id)
    name, refusal = device(), None
    if request.method == "POST":
        code = request.form.get("code", code)
        refusal = _say_here(session_id, code, name)
        held, seat = own_seat(session, actor, session_id)
    rows = marks_of_session(session, session_id).get(seat.id, [])
    page = render(
        "training/room_check_in.html",
        refusal.status if refusal else 200,
        row=row,
        held=held,
        code=code if refusal is None else "",
        stands=standing_mark(rows),
        own=own_word(rows),
        closed=why_not_by_room(row, held, seat, actor, now),
        refusal=refusal,
        **words(),
    )
    return remember_device(page, name)


def _say_here(session_id: int, code: str, name: str) -> Refused | None:
    """Store somebody's word and return None, or return the refusal."""
    actor, nonce = the_actor(), request.form.get("once", "")[:40] or None

    def work(session: Session) -> Refused | None:
        answer = rules.check_in_by_room(
            session, by=actor, session_id=session_id, code=code, device=name, nonce=nonce, now=utc_now()
        )
        return answer if isinstance(answer, Refused) else None

    try:
        return in_unit(work)
    except Refused as no:
        return no
