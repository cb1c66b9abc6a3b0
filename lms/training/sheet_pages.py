"""Pages of the trainer: classes to teach, and the mark sheet of a half-day."""

from typing import Any

from flask import request, url_for

from lms.access import the_actor
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound
from lms.pages import deed, render
from lms.training import queries, rules
from lms.training.attendance import latest_marks, may_mark
from lms.training.models import TrainingClass
from lms.training.team_pages import words
from lms.training.wording import MARK_WORDS

_MARKED = frozenset({"confirmed", "completed", "incomplete", "no_show"})


def my_classes() -> Any:
    """Show the classes whose attendance one takes."""
    actor, session = the_actor(), db_session()
    classes = queries.classes_to_teach(session, actor.account_id, actor.provinces)
    held = queries.sessions_of(session, [row.id for row in classes])
    return render("training/my_classes.html", classes=classes, held=held, **words())


def mark(class_id: int, number: int) -> Any:
    """Show the mark sheet of a half-day, and store what is marked."""
    actor, session = the_actor(), db_session()
    row = session.get(TrainingClass, class_id)
    held = queries.sessions_of(session, [class_id])[class_id]
    chosen = next((one for one in held if one.number == number), None)
    if row is None or chosen is None or row.state in ("planned", "cancelled") or not may_mark(actor, row):
        raise NotFound(f"session {class_id}/{number}")
    seats = [found for found in queries.seats_of_class(session, class_id) if found.Seat.state in _MARKED]
    before = {seat: mark for (seat, session_id), mark in latest_marks(session, class_id).items()
              if session_id == chosen.id}  # fmt: skip
    refusal = None
    if request.method == "POST":
        given, session_id = _marks_sent([found.Seat.id for found in seats], before), chosen.id
        try:
            return deed(
                lambda s: rules.mark_session(s, by=actor, session_id=session_id, marks=given, now=utc_now()),
                then=url_for("lms.training.mark", class_id=class_id, number=number),
                say=lambda added: f"Đã lưu. Ghi {added} ô mới.",
            )
        except (rules.OverrideNeedsReason, rules.UnknownMark) as no:
            refusal, before = no, before | {seat: mark.mark for seat, mark in given.items()}
    return render(
        "training/mark.html",
        422 if refusal else 200,
        row=row,
        chosen=chosen,
        held=held,
        seats=seats,
        before=before,
        marks=MARK_WORDS,
        refusal=refusal,
        **words(),
    )


def _marks_sent(seat_ids: list[int], before: dict[int, str]) -> dict[int, rules.Mark]:
    """Read the sheet; "Tất cả có mặt" marks whoever has no mark yet, chosen or stored."""
    everybody = "all_present" in request.form
    given: dict[int, rules.Mark] = {}
    for seat_id in seat_ids:
        chosen = request.form.get(f"mark_{seat_id}", "")
        if everybody and not chosen and seat_id not in before:
            chosen = "present"
        if chosen:
            given[seat_id] = rules.Mark(chosen, request.form.get(f"reason_{seat_id}", ""))
    return given
