"""Pages of the department's officer for one class: planned, published, run, its results fixed."""

from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from lms.access import the_actor
from lms.clock import utc_now, vn_date
from lms.db import db_session
from lms.errors import NotFound
from lms.journal.rules import queue_job, record
from lms.pages import Telling, deed, render
from lms.training import class_queries, queries, rules
from lms.training.attendance import is_chief
from lms.training.class_deeds import deeds_of, main_deed
from lms.training.class_forms import ClassForm, GroupForm
from lms.training.evidence import disputes_of, latest_marks
from lms.training.jobs import ATTENDANCE_LIST
from lms.training.models import Call, TrainingClass
from lms.training.results import preview_results, seen_results, why_not_finalise
from lms.training.standing import own_call, own_class
from lms.training.team_pages import words
from lms.training.timelines import timeline_of
from lms.training.timetable import people_of, too_few, why_disputed, why_not_close_attendance
from lms.training.waiting import ORDER_SENTENCE
from lms.training.wording import MARK_WORDS


def new_class(call_id: int) -> Any:
    """Plan a class for a topic of the call."""
    actor, session, form = the_actor(), db_session(), ClassForm()
    call = own_call(session, actor, call_id)
    _offer_choices(form, call)
    refusal = None
    if form.validate_on_submit():
        try:
            return deed(
                lambda s: rules.plan_class(s, by=actor, call_id=call_id, plan=form.plan, now=utc_now()),
                then=lambda row: url_for("lms.training.group", class_id=row.id),
                say="Đã lập lớp. Bây giờ chọn nhu cầu để xếp vào lớp.",
            )
        except (rules.ClassBadlyPlanned, rules.RosterTimePassed) as no:
            refusal = no
    status = 422 if form.errors or refusal else 200
    return render("training/new_class.html", status, form=form, call=call, refusal=refusal)


def group(class_id: int) -> Any:
    """Choose which needs enter the queue; all of them are ticked at first."""
    actor, session, form = the_actor(), db_session(), GroupForm()
    row = own_class(session, actor, class_id)
    found = queries.needs_to_group(session, row)
    form.needs.choices = [
        (n.Need.id, f"Số {n.Need.queue_seq}: {n.Team.name}, {n.name}, {n.Need.seats_wanted} chỗ") for n in found
    ]
    if request.method == "GET":
        form.needs.data = [n.Need.id for n in found]
    refusal = None
    if form.validate_on_submit():
        chosen, reason = form.needs.data, form.reason.data or ""
        try:
            return deed(
                lambda s: rules.group_needs(
                    s, by=actor, class_id=class_id, need_ids=chosen, reason=reason, now=utc_now()
                ),
                then=url_for("lms.training.show_class", class_id=class_id),
                say=_grouped,
            )
        except rules.ClusterMismatch as no:
            refusal = no
    status = 422 if form.errors or refusal else 200
    return render("training/group.html", status, form=form, row=row, order=ORDER_SENTENCE, refusal=refusal)


def show_class(class_id: int) -> Any:
    """Show what to do now, the class, its queue, and every deed with the reason where it is not possible."""
    session, now, actor = db_session(), utc_now(), the_actor()
    row = own_class(session, actor, class_id)
    seats = queries.seats_of_class(session, class_id)
    held = queries.sessions_of(session, [class_id])[class_id]
    return render(
        "training/show_class.html",
        row=row,
        call=session.get(Call, row.call_id) if row.call_id else None,
        merged_into=session.get(TrainingClass, row.merged_into_id) if row.merged_into_id else None,
        seats=seats,
        taken=sum(found.Seat.state in ("offered", "confirmed") for found in seats),
        confirmed=sum(found.Seat.state == "confirmed" for found in seats),
        waiting=sum(found.Seat.state == "waiting" for found in seats),
        held=held,
        marks=latest_marks(session, class_id),
        mark_words=MARK_WORDS,
        topic=queries.skill_titles(session)[row.topic],
        order=ORDER_SENTENCE,
        too_few=too_few(row, people_of(session, class_id), held, now) if held else None,
        main=main_deed(row, held, now, today=vn_date(now), has_seats=bool(seats)),
        deeds=deeds_of(row, held, now),
        decisions=class_queries.open_decisions(session, actor.provinces, class_id),
        others=class_queries.other_trainers_of(session, class_id),
        steps=timeline_of(session, "class", class_id, for_staff=True),
        **words(),
    )


def publish(class_id: int) -> Any:
    """Publish the class."""
    actor = the_actor()
    return _act(
        class_id,
        lambda s: rules.publish_class(s, by=actor, class_id=class_id, now=utc_now()),
        lambda offered: f"Đã công bố lớp và mời {len(offered)} người.",
    )


def close_roster(class_id: int) -> Any:
    """Fix the list."""
    actor = the_actor()
    return _act(
        class_id,
        lambda s: rules.close_roster(s, by=actor, class_id=class_id, now=utc_now()),
        "Đã chốt danh sách. Từ nay không tự mời thêm ai.",
    )


def close_attendance(class_id: int) -> Any:
    """Show who has no mark yet, and say that the marks are complete: the chief trainer, or the officer."""
    actor, session = the_actor(), db_session()
    row = session.get(TrainingClass, class_id)
    if row is None or not is_chief(actor, row):
        raise NotFound(f"class {class_id}")
    back = (
        url_for("lms.training.show_class", class_id=class_id)
        if actor.is_officer
        else url_for("lms.training.my_classes")
    )
    if request.method == "POST":
        return deed(
            lambda s: rules.close_attendance(s, by=actor, class_id=class_id, now=utc_now()),
            then=back,
            say="Đã đóng điểm danh. Sở chốt kết quả theo các dấu đã ghi.",
        )
    held = queries.sessions_of(session, [class_id])[class_id]
    return render(
        "training/close_attendance.html",
        row=row,
        unmarked=[outcome for outcome in preview_results(session, row) if outcome.unmarked],
        people={found.Seat.id: found for found in queries.seats_of_class(session, class_id)},
        disputes=(disputes := disputes_of(session, row)),
        why_not=why_not_close_attendance(row, held, utc_now()) or why_disputed(disputes),
        back=back,
    )


def finalise(class_id: int) -> Any:
    """Show who would become what, and fix the results that were looked at."""
    actor, session = the_actor(), db_session()
    row = own_class(session, actor, class_id)
    changed = None
    if request.method == "POST":
        seen = request.form.get("seen")
        try:
            return _act(
                class_id,
                lambda s: rules.finalise_class(s, by=actor, class_id=class_id, now=utc_now(), seen=seen),
                lambda results: f"Đã chốt kết quả. {results['completed']} người hoàn thành.",
            )
        except rules.ResultsChanged as no:
            changed, row = no, own_class(session, actor, class_id)
    outcomes = preview_results(session, row)
    held = queries.sessions_of(session, [class_id])[class_id]
    return render(
        "training/finalise.html",
        409 if changed else 200,
        row=row,
        outcomes=outcomes,
        people={found.Seat.id: found for found in queries.seats_of_class(session, class_id)},
        seen=seen_results(outcomes),
        changed=changed,
        disputes=(disputes := disputes_of(session, row)),
        why_not=why_not_finalise(row) or why_disputed(disputes),
        may_close=is_chief(actor, row) and why_not_close_attendance(row, held, utc_now()) is None,
        mark_words=MARK_WORDS,
        **words(),
    )


def print_list(class_id: int) -> Any:
    """Ask for the attendance list as PDF; it shows phones, so it is journalled."""
    actor = the_actor()

    def ask(session: Session) -> int:
        row = own_class(session, actor, class_id)
        record(
            session,
            by=actor,
            verb="print_attendance_list",
            kind="class",
            object_id=class_id,
            area=row.province_code,
            now=utc_now(),
        )
        payload = {"class_id": class_id, "back": url_for("lms.training.show_class", class_id=class_id)}
        return queue_job(
            session, kind=ATTENDANCE_LIST, payload=payload, by=actor, now=utc_now(), area=row.province_code
        ).id

    return deed(ask, then=lambda job_id: url_for("lms.journal.show_job", job_id=job_id))


def _act(class_id: int, work: Any, say: Any) -> Any:
    return deed(work, then=url_for("lms.training.show_class", class_id=class_id), say=say)


def _offer_choices(form: ClassForm, call: Call) -> None:
    session = db_session()
    titles, asked = queries.skill_titles(session), request.args.get("chuyen-de", "")
    form.offer(
        [(key, titles[key]) for key in call.topics],
        queries.trainers_of(session, call.province_code),
        class_queries.clusters_of(session, call.id),
    )
    if request.method == "GET" and asked in call.topics:
        form.topic.data = asked
        form.title.data = f"Lớp {titles[asked]}"


def _grouped(done: rules.Grouped) -> Telling:
    left_out = [("warn", sentence) for sentence in done.left_out]
    return [*left_out, ("good", f"Đã xếp {len(done.seats)} người vào hàng chờ của lớp.")]
