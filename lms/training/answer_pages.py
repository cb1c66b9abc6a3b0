"""The page behind the link in a Zalo message: an invited person says yes or no without signing in."""

from typing import Any

from flask import current_app, request, url_for

from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound
from lms.pages import deed, public_url, render
from lms.training import conditions, queries, rules
from lms.training.answer_links import answer_token, invited, is_of_offer, seat_of_token
from lms.training.models import Seat, TrainingClass
from lms.training.wording import half_day_words, state_words
from lms.words import mask_name


def answer_address(seat: Seat) -> str:
    """Return the full address at which the person can answer this offer without signing in."""
    return public_url("lms.training.answer", token=answer_token(seat, secret=current_app.config["LMS_SECRET_KEY"]))


def answer(token: str) -> Any:
    """Show the offer and two buttons; looking at it answers nothing, since messages are opened by machines too."""
    seat = _seat(token)
    if request.method == "POST":
        return _take_answer(seat, token)
    session, now = db_session(), utc_now()
    row = session.get_one(TrainingClass, seat.class_id)
    lapsed = conditions.why_not_confirm(row, seat, now) if seat.state == "offered" else None
    page = render(
        "training/answer.html",
        410 if lapsed else 200,
        seat=seat,
        row=row,
        held=queries.sessions_of(session, [row.id])[row.id],
        name=mask_name(queries.names_of(session, [seat.person_id])[seat.person_id]),
        lapsed=lapsed,
        say=state_words,
        half_day=half_day_words,
    )
    page.headers["Cache-Control"] = "private, no-store"
    return page


def _take_answer(seat: Seat, token: str) -> Any:
    says, by, seat_id = request.form.get("tra_loi"), invited(seat), seat.id
    if says not in ("du", "khong"):
        raise NotFound(f"answer {says}")
    verb = rules.confirm_seat if says == "du" else rules.decline_seat
    return deed(
        lambda s: verb(s, by=by, seat_id=seat_id, now=utc_now()),
        then=url_for("lms.training.answer", token=token),
        say="Đã xác nhận dự lớp." if says == "du" else "Đã báo không dự được.",
    )


def _seat(token: str) -> Seat:
    """Return the seat whose standing offer the link was made for.

    Raises:
        NotFound: nobody of ours made the link, or another offer has taken the place of that one.
    """
    found = seat_of_token(token, secret=current_app.config["LMS_SECRET_KEY"])
    seat = db_session().get(Seat, found[0]) if found else None
    if found is None or seat is None or not is_of_offer(seat, found[1]):
        raise NotFound("answer link")
    return seat
