"""Pages where the department's officer changes a class: places, dates, another class, the end, a fixed result."""

from typing import Any

from flask import redirect, request, url_for

from lms.access import the_actor
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound, Refused
from lms.pages import deed, render
from lms.training import class_queries, queries, rules
from lms.training.cancelling import why_not_cancel
from lms.training.class_forms import CapacityForm, CorrectionForm, NewDatesForm, OtherClassForm, TeachingForm
from lms.training.classes import why_not_resize
from lms.training.corrections import RESULTS, why_not_correct
from lms.training.displacing import preview_cut, why_not_cut
from lms.training.forms import ReasonForm, choices
from lms.training.models import Seat, TrainingClass
from lms.training.moving import classes_to_move_to, why_not_merge, why_not_merge_into
from lms.training.notices import trainers_of
from lms.training.postponing import why_not_date, why_not_postpone
from lms.training.standing import own_class
from lms.training.teaching import why_not_change_teaching
from lms.training.team_pages import words

_ASKED = "Đã gửi đề nghị. Người thứ hai của Sở duyệt thì việc này mới xảy ra."


def capacity(class_id: int) -> Any:
    """Change the number of places; a number that pushes people out leads to the list of whom."""
    actor, session, form = the_actor(), db_session(), CapacityForm()
    row = own_class(session, actor, class_id)
    taken, refusal = _taken(class_id), None
    if request.method == "GET":
        form.capacity.data, form.min_viable.data = row.capacity, row.min_viable
    if form.validate_on_submit():
        places, fewest = form.capacity.data, form.min_viable.data
        try:
            return _act(
                class_id,
                lambda s: rules.set_capacity(
                    s, by=actor, class_id=class_id, capacity=places, min_viable=fewest, now=utc_now()
                ),
                lambda offered: f"Đã đổi số chỗ. Mời thêm {len(offered)} người.",
            )
        except rules.CapacityBelowLive:
            return redirect(url_for("lms.training.cut", class_id=class_id, **{"so-cho": places}), 303)
        except rules.ClassBadlyPlanned as no:
            refusal = no
    status = 422 if form.errors or refusal else 200
    return render(
        "training/capacity.html", status, row=row, form=form, taken=taken, refusal=refusal, why_not=why_not_resize(row)
    )


def cut(class_id: int) -> Any:
    """Show who would lose the place, and ask the second person."""
    actor, session, form = the_actor(), db_session(), ReasonForm()
    row = own_class(session, actor, class_id)
    places = request.values.get("so-cho", row.capacity, type=int)
    preview = preview_cut(session, class_id, places, now=utc_now())
    if form.validate_on_submit():
        return _ask(
            lambda s: rules.ask_cut(
                s, by=actor, class_id=class_id, capacity=places, reason=form.reason.data, now=utc_now()
            )
        )
    return render(
        "training/cut.html",
        422 if form.errors else 200,
        row=row,
        form=form,
        cut=preview,
        people=_people(class_id),
        why_not=why_not_cut(row, preview),
        **words(),
    )


def cancel_class(class_id: int) -> Any:
    """Cancel a planned class with the reason; of a published one, ask the second person."""
    actor, session, form = the_actor(), db_session(), ReasonForm()
    row = own_class(session, actor, class_id)
    if form.validate_on_submit():
        reason = form.reason.data
        if row.state != "planned":
            return _ask(lambda s: rules.ask_cancel(s, by=actor, class_id=class_id, reason=reason, now=utc_now()))
        return _act(
            class_id,
            lambda s: rules.cancel_class(s, by=actor, class_id=class_id, reason=reason, now=utc_now()),
            "Đã hủy lớp. Các tổ vẫn giữ thứ tự đăng ký.",
        )
    return render(
        "training/cancel_class.html",
        422 if form.errors else 200,
        row=row,
        form=form,
        why_not=why_not_cancel(row),
        **words(),
    )


def postpone(class_id: int) -> Any:
    """Put the class off at once, with the reason."""
    actor, session, form = the_actor(), db_session(), ReasonForm()
    row = own_class(session, actor, class_id)
    if form.validate_on_submit():
        return _act(
            class_id,
            lambda s: rules.postpone_class(s, by=actor, class_id=class_id, reason=form.reason.data, now=utc_now()),
            "Đã hoãn lớp và báo mọi người. Khi có ngày mới, hãy đặt ngày để mời lại.",
        )
    return render(
        "training/postpone.html", 422 if form.errors else 200, row=row, form=form, why_not=why_not_postpone(row)
    )


def new_dates(class_id: int) -> Any:
    """Give the class other dates; who held a place is invited again."""
    actor, session, form = the_actor(), db_session(), NewDatesForm()
    row = own_class(session, actor, class_id)
    held = queries.sessions_of(session, [class_id])[class_id]
    if request.method == "GET":
        form.show(held, row.lock_hours)
        form.venue.data = row.venue
    refusal: Refused | None = None
    if form.validate_on_submit():
        try:
            return _act(
                class_id,
                lambda s: rules.set_new_dates(
                    s,
                    by=actor,
                    class_id=class_id,
                    sessions=form.sessions,
                    lock_hours=form.lock_hours.data,
                    venue=form.venue.data,
                    now=utc_now(),
                ),
                "Đã đặt ngày học mới.",
            )
        except (rules.ClassBadlyPlanned, rules.RosterTimePassed) as no:
            refusal = no
    status = 422 if form.errors or refusal else 200
    return render(
        "training/new_dates.html",
        status,
        row=row,
        form=form,
        held=held,
        refusal=refusal,
        why_not=why_not_date(row),
        **words(),
    )


def teaching(class_id: int) -> Any:
    """Change who teaches the class and where; whoever comes or teaches is told."""
    actor, session, form = the_actor(), db_session(), TeachingForm()
    row = own_class(session, actor, class_id)
    known = dict(tuple(one) for one in queries.trainers_of(session, row.province_code))
    if row.trainer_id is not None:
        known.setdefault(row.trainer_id, row.trainer_name)
    form.offer_trainers(list(known.items()))
    if request.method == "GET":
        form.venue.data, form.trainer.data = row.venue, row.trainer_id or 0
        form.trainer_name.data = "" if row.trainer_id else row.trainer_name
        form.others.data = sorted(trainers_of(session, row) - {row.trainer_id})
    refusal: Refused | None = None
    if form.validate_on_submit():
        try:
            return _act(
                class_id,
                lambda s: rules.change_teaching(s, by=actor, class_id=class_id, now=utc_now(), **form.teaching),
                "Đã lưu. Người dự và giảng viên đã được báo nếu lớp đã công bố.",
            )
        except rules.ClassBadlyPlanned as no:
            refusal = no
    status = 422 if form.errors or refusal else 200
    why_not = why_not_change_teaching(row)
    return render("training/teaching.html", status, row=row, form=form, refusal=refusal, why_not=why_not)


def merge(class_id: int) -> Any:
    """Choose the class into which all people of this one go."""
    actor, session, form = the_actor(), db_session(), OtherClassForm()
    row, now = own_class(session, actor, class_id), utc_now()
    taken = _taken(class_id)
    possible: list[TrainingClass] = []
    impossible: list[Refused] = []
    for other in classes_to_move_to(session, row, now):
        no = why_not_merge_into(row, taken, other, other.capacity - _taken(other.id), now)
        if no is None:
            possible.append(other)
        else:
            impossible.append(no)
    form.into.choices = choices((other.id, _label(other)) for other in possible)
    if form.validate_on_submit():
        into, reason = form.into.data, form.reason.data
        return deed(
            lambda s: rules.merge_class(s, by=actor, class_id=class_id, into_id=into, reason=reason, now=utc_now()),
            then=url_for("lms.training.show_class", class_id=into),
            say="Đã gộp lớp. Mọi người được báo và mời xác nhận lại ở lớp này.",
        )
    status = 422 if form.errors else 200
    return render(
        "training/merge.html",
        status,
        row=row,
        form=form,
        taken=taken,
        impossible=impossible,
        why_not=why_not_merge(row),
    )


def move_seat(seat_id: int) -> Any:
    """Let somebody who waits wait in another class of the topic."""
    actor, session, form = the_actor(), db_session(), OtherClassForm()
    seat, row = _own_seat(seat_id)
    form.into.choices = choices((other.id, _label(other)) for other in classes_to_move_to(session, row, utc_now()))
    if form.validate_on_submit():
        into, reason = form.into.data, form.reason.data
        return _act(
            row.id,
            lambda s: rules.move_waiting(s, by=actor, seat_id=seat_id, class_id=into, reason=reason, now=utc_now()),
            "Đã chuyển sang hàng chờ của lớp kia và báo người đó.",
        )
    person = queries.names_of(session, [seat.person_id])[seat.person_id]
    return render("training/move_seat.html", 422 if form.errors else 200, row=row, seat=seat, person=person, form=form)


def correct(seat_id: int) -> Any:
    """Ask the second person for another result."""
    actor, session, form = the_actor(), db_session(), CorrectionForm()
    seat, row = _own_seat(seat_id)
    form.offer(result for result in RESULTS if result != seat.state)
    if form.validate_on_submit():
        return _ask(
            lambda s: rules.ask_correction(
                s,
                by=actor,
                seat_id=seat_id,
                to=form.to.data,
                reason=form.reason.data,
                evidence=form.evidence.data,
                now=utc_now(),
            )
        )
    return render(
        "training/correct.html",
        422 if form.errors else 200,
        row=row,
        seat=seat,
        person=queries.names_of(session, [seat.person_id])[seat.person_id],
        form=form,
        why_not=why_not_correct(row, seat),
        **words(),
    )


def _own_seat(seat_id: int) -> tuple[Seat, TrainingClass]:
    seat = db_session().get(Seat, seat_id)
    if seat is None:
        raise NotFound(f"seat {seat_id}")
    return seat, own_class(db_session(), the_actor(), seat.class_id)


def _taken(class_id: int) -> int:
    return class_queries.places_taken(db_session(), [class_id])[class_id]


def _people(class_id: int) -> dict[int, Any]:
    return {found.Seat.id: found for found in queries.seats_of_class(db_session(), class_id)}


def _label(other: TrainingClass) -> str:
    return f"{other.title}, từ {other.starts_on:%d/%m/%Y}, {other.venue}, {other.capacity - _taken(other.id)} chỗ trống"


def _act(class_id: int, work: Any, say: Any) -> Any:
    return deed(work, then=url_for("lms.training.show_class", class_id=class_id), say=say)


def _ask(work: Any) -> Any:
    return deed(work, then=lambda asked: url_for("lms.training.show_decision", decision_id=asked.id), say=_ASKED)
