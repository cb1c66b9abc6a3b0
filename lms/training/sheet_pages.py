"""Pages of the trainer: today's classes, a session with its doors, the list to tick, and one person's marks."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from sqlalchemy.orm import Session

from lms.access import Actor, the_actor
from lms.clock import utc_now, vn_date
from lms.db import db_session
from lms.errors import NotFound, Refused
from lms.journal.rules import queue_job, record
from lms.pages import deed, render
from lms.training import queries, rules
from lms.training.attendance import closes_at, is_chief, may_mark, why_not_markable
from lms.training.codes import short_code
from lms.training.evidence import (
    THERE,
    is_contested,
    is_own_word,
    marks_of_session,
    names_of_markers,
    own_word,
    shared_devices,
    standing_mark,
)
from lms.training.jobs import ATTENDANCE_LIST
from lms.training.models import AttendanceMark, ClassSession, TrainingClass
from lms.training.team_pages import words
from lms.training.wording import MARK_WORDS, SOURCE_WORDS

_MARKED = frozenset({"confirmed", "away", "completed", "incomplete", "no_show"})
_HIDDEN = frozenset({"planned", "postponed", "merged", "cancelled"})
_SHEET_SOURCES = frozenset({"list", "paper"})


@dataclass(frozen=True)
class Here:
    """Which session of which class a page is about, and who looks."""

    actor: Actor
    session: Session
    row: TrainingClass
    held: ClassSession
    all_held: list[ClassSession]

    @property
    def place(self) -> dict[str, Any]:
        """Return what addresses of this session's pages need."""
        return {"class_id": self.row.id, "number": self.held.number}

    def words(self) -> dict[str, Any]:
        """Return what every page of a session shows."""
        return {"row": self.row, "chosen": self.held, "place": self.place, "marks": MARK_WORDS, **words()}


def my_classes() -> Any:
    """Show the classes whose attendance one takes; today's come first."""
    actor, session, now = the_actor(), db_session(), utc_now()
    classes = queries.classes_to_teach(session, actor.account_id, actor.provinces)
    held = queries.sessions_of(session, [row.id for row in classes])
    today = [(row, one) for row in classes for one in held[row.id] if one.held_on == vn_date(now)]
    today.sort(key=lambda pair: pair[1].begins_at)
    return render("training/my_classes.html", classes=classes, held=held, today=today, **words())


def check_in(class_id: int, number: int) -> Any:
    """Show a session: who is there, what waits for a decision, and the ways to check people in."""
    here = this_session(class_id, number)
    seats, marks = seats_and_marks(here)
    stands = {found.Seat.id: standing_mark(marks.get(found.Seat.id, ())) for found in seats}
    return render(
        "training/check_in.html",
        held=here.all_held,
        seats=seats,
        stands=stands,
        there=sum(row is not None and row.mark in THERE for row in stands.values()),
        unmarked=[found for found in seats if stands[found.Seat.id] is None and found.Seat.state != "away"],
        own_words=[found for found in seats if own_word(marks.get(found.Seat.id, ()))],
        contested=[found for found in seats if is_contested(marks.get(found.Seat.id, ()))],
        shared=_names_together(seats, marks),
        refusal=why_not_markable(here.actor, here.row, here.held, utc_now()),
        may_close="lms.training.close_attendance" in current_app.view_functions,
        is_chief=is_chief(here.actor, here.row),
        **here.words(),
    )


def mark(class_id: int, number: int) -> Any:
    """Show the list of a session, and store what is ticked or keyed in from the signed paper."""
    here = this_session(class_id, number)
    seats, marks = seats_and_marks(here)
    stands = {found.Seat.id: standing_mark(marks.get(found.Seat.id, ())) for found in seats}
    before = {seat_id: row.mark for seat_id, row in stands.items() if row is not None}
    now, refusal = utc_now(), None
    source = request.form.get("source", "list")
    if request.method == "POST":
        given = _marks_sent(seats, before)
        seen = rules.Seen(source if source in _SHEET_SOURCES else "list")
        actor, session_id = here.actor, here.held.id
        try:
            return deed(
                lambda s: rules.mark_session(s, by=actor, session_id=session_id, marks=given, seen=seen, now=now),
                then=url_for("lms.training.mark", **here.place),
                say=lambda added: f"Đã lưu. Ghi {added} ô mới.",
            )
        except (rules.OverrideNeedsReason, rules.UnknownMark, rules.LateNeedsReason, rules.NoPlaceLeft) as no:
            refusal, before = no, before | {seat: mark.mark for seat, mark in given.items()}
    return render(
        "training/mark.html",
        422 if refusal else 200,
        held=here.all_held,
        seats=seats,
        stands=stands,
        before=before,
        codes={found.Seat.id: short_code(found.Seat.seq) for found in seats},
        source=source,
        is_late=now >= closes_at(here.held),
        closed=why_not_markable(here.actor, here.row, here.held, now),
        refusal=refusal,
        **here.words(),
    )


def evidence(class_id: int, number: int, seat_id: int) -> Any:
    """Show every mark of one person in a session; the chief settles what contradicts, or takes a mark back."""
    here = this_session(class_id, number)
    seats, marks = seats_and_marks(here)
    found = next((one for one in seats if one.Seat.id == seat_id), None)
    if found is None:
        raise NotFound(f"seat {seat_id}")
    rows = marks.get(seat_id, [])
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            return _decide(here, seat_id)
        except (rules.OverrideNeedsReason, rules.UnknownMark) as no:
            refusal = no
    return render(
        "training/evidence.html",
        422 if refusal else 200,
        found=found,
        rows=rows,
        stands=standing_mark(rows),
        contested=is_contested(rows),
        is_own_word=is_own_word,
        names=names_of_markers(here.session, rows),
        sources=SOURCE_WORDS,
        closed=why_not_markable(here.actor, here.row, here.held, utc_now()),
        is_chief=is_chief(here.actor, here.row),
        refusal=refusal,
        **here.words(),
    )


def print_sheet(class_id: int, number: int) -> Any:
    """Ask for the list people sign as PDF; it shows phones, so it is journalled."""
    here = this_session(class_id, number)
    actor, area = here.actor, here.row.province_code
    back = url_for("lms.training.check_in", **here.place)

    def ask(session: Session) -> int:
        record(
            session,
            by=actor,
            verb="print_attendance_list",
            kind="class",
            object_id=class_id,
            area=area,
            now=utc_now(),
        )
        payload = {"class_id": class_id, "back": back}
        return queue_job(session, kind=ATTENDANCE_LIST, payload=payload, by=actor, now=utc_now(), area=area).id

    return deed(ask, then=lambda job_id: url_for("lms.journal.show_job", job_id=job_id))


def this_session(class_id: int, number: int) -> Here:
    """Return the session of a class whose attendance the person takes.

    Raises:
        NotFound: no such session, not begun to be told, or somebody else's class.
    """
    actor, session = the_actor(), db_session()
    row = session.get(TrainingClass, class_id)
    held = queries.sessions_of(session, [class_id])[class_id]
    chosen = next((one for one in held if one.number == number), None)
    if row is None or chosen is None or row.state in _HIDDEN or not may_mark(session, actor, row):
        raise NotFound(f"session {class_id}/{number}")
    return Here(actor, session, row, chosen, held)


def seats_and_marks(here: Here) -> tuple[list[Any], dict[int, list[AttendanceMark]]]:
    """Return the people whose presence counts, with team and commune, and every mark of the session."""
    seats = [found for found in queries.seats_of_class(here.session, here.row.id) if found.Seat.state in _MARKED]
    return seats, marks_of_session(here.session, here.held.id)


def _decide(here: Here, seat_id: int) -> Any:
    actor, session_id, now = here.actor, here.held.id, utc_now()
    chosen, reason = request.form.get("mark", ""), request.form.get("reason", "")

    def work(session: Session) -> object:
        if not is_chief(actor, here.row):
            raise rules.ChiefDecides
        if chosen == "unmarked":
            return rules.take_back_mark(
                session, by=actor, session_id=session_id, seat_id=seat_id, reason=reason, now=now
            )
        if not reason.strip():
            raise rules.OverrideNeedsReason("Hãy ghi lý do của quyết định. Chưa thay đổi gì.")
        given = {seat_id: rules.Mark(chosen, reason)}
        return rules.mark_session(session, by=actor, session_id=session_id, marks=given, now=now)

    return deed(work, then=url_for("lms.training.check_in", **here.place), say="Đã ghi quyết định.")


def _marks_sent(seats: list[Any], before: dict[int, str]) -> dict[int, rules.Mark]:
    """Read the sheet; "Tất cả có mặt" marks whoever has no mark yet, chosen or stored, and was not set away."""
    everybody, late = "all_present" in request.form, request.form.get("late_reason", "")
    given: dict[int, rules.Mark] = {}
    for found in seats:
        seat_id = found.Seat.id
        chosen = request.form.get(f"mark_{seat_id}", "")
        if everybody and not chosen and seat_id not in before and found.Seat.state != "away":
            chosen = "present"
        if chosen:
            reason = request.form.get(f"reason_{seat_id}", "") or (late if seat_id not in before else "")
            given[seat_id] = rules.Mark(chosen, reason)
    return given


def _names_together(seats: list[Any], marks: dict[int, list[AttendanceMark]]) -> list[str]:
    names = {found.Seat.id: found.Person.full_name for found in seats}
    groups = (sorted(names[seat_id] for seat_id in together if seat_id in names) for together in shared_devices(marks))
    return [", ".join(group) for group in groups if group]
