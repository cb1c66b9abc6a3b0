"""Pages of the department's officer: calls, demand, classes, results."""

from typing import Any

from flask import flash, request, url_for

from lms.access import the_actor
from lms.clock import utc_now, vn_date
from lms.db import db_session
from lms.journal.rules import queue_job, record
from lms.pages import deed, render
from lms.training import queries, rules
from lms.training.attendance import latest_marks
from lms.training.forms import CallForm, CapacityForm, ClassForm, ExtendForm, GroupForm, ReasonForm, choices
from lms.training.jobs import ATTENDANCE_LIST
from lms.training.models import Call
from lms.training.standing import own_call, own_class
from lms.training.team_pages import words
from lms.training.waiting import ORDER_SENTENCE
from lms.training.wording import MARK_WORDS


def manage() -> Any:
    """Show all calls and classes of the province."""
    actor, session = the_actor(), db_session()
    return render(
        "training/manage.html",
        calls=queries.calls_of(session, actor.provinces),
        classes=queries.classes_of(session, actor.provinces),
        now=utc_now(),
        **words(),
    )


def new_call() -> Any:
    """Open a call."""
    actor, session, form = the_actor(), db_session(), CallForm()
    form.topics.choices = choices(queries.skill_titles(session).items())
    if request.method == "GET":
        form.opens_on.data = vn_date(utc_now())
    refusal = None
    if form.validate_on_submit():
        try:
            return deed(
                lambda s: rules.open_call(
                    s,
                    by=actor,
                    province_code=actor.provinces[0],
                    title=form.title.data,
                    topics=form.topics.data,
                    opens_at=form.opens_at,
                    closes_at=form.closes_at,
                    seats_per_team=form.seats_per_team.data,
                    now=utc_now(),
                ),
                then=lambda call: url_for("lms.training.show_call", call_id=call.id),
                say="Đã mở đợt đăng ký.",
            )
        except rules.CallBadlyPlanned as no:
            refusal = no
    return render("training/new_call.html", 422 if form.errors or refusal else 200, form=form, refusal=refusal)


def show_call(call_id: int) -> Any:
    """Show the demand by commune and topic, and every need of the call."""
    session = db_session()
    call = own_call(session, the_actor(), call_id)
    return _call_page(call, ExtendForm())


def extend_call(call_id: int) -> Any:
    """Give the teams more time."""
    actor, form = the_actor(), ExtendForm()
    call = own_call(db_session(), actor, call_id)
    if not form.validate_on_submit():
        return _call_page(call, form)
    return deed(
        lambda s: rules.extend_call(
            s, by=actor, call_id=call_id, closes_at=form.closes_at, reason=form.reason.data, now=utc_now()
        ),
        then=url_for("lms.training.show_call", call_id=call_id),
        say="Đã gia hạn đợt đăng ký.",
    )


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
        except rules.ClassBadlyPlanned as no:
            refusal = no
    status = 422 if form.errors or refusal else 200
    return render("training/new_class.html", status, form=form, call=call, refusal=refusal)


def group(class_id: int) -> Any:
    """Choose which needs enter the queue; all of them are ticked at first."""
    actor, session, form = the_actor(), db_session(), GroupForm()
    row = own_class(session, actor, class_id)
    found = queries.needs_to_group(session, row)
    form.needs.choices = choices(
        (n.Need.id, f"Số {n.Need.queue_seq}: {n.Team.name}, {n.name}, {n.Need.seats_wanted} chỗ") for n in found
    )
    if request.method == "GET":
        form.needs.data = [n.Need.id for n in found]
    if form.validate_on_submit():
        return deed(
            lambda s: rules.group_needs(s, by=actor, class_id=class_id, need_ids=form.needs.data, now=utc_now()),
            then=url_for("lms.training.show_class", class_id=class_id),
            say=_grouped,
        )
    return render("training/group.html", 422 if form.errors else 200, form=form, row=row, order=ORDER_SENTENCE)


def show_class(class_id: int) -> Any:
    """Show the class: its queue, its half-days, and what can be done now."""
    session = db_session()
    row = own_class(session, the_actor(), class_id)
    seats = queries.seats_of_class(session, class_id)
    form = CapacityForm()
    form.capacity.data = row.capacity
    return render(
        "training/show_class.html",
        row=row,
        call=session.get(Call, row.call_id) if row.call_id else None,
        seats=seats,
        taken=sum(found.Seat.state in ("offered", "confirmed") for found in seats),
        held=queries.sessions_of(session, [class_id])[class_id],
        marks=latest_marks(session, class_id),
        mark_words=MARK_WORDS,
        topic=queries.skill_titles(session)[row.topic],
        order=ORDER_SENTENCE,
        form=form,
        reason_form=ReasonForm(),
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


def capacity(class_id: int) -> Any:
    """Change the number of places."""
    actor, form = the_actor(), CapacityForm()
    if not form.validate_on_submit():
        raise rules.ClassBadlyPlanned("Số chỗ phải là một số từ 1 trở lên. Số chỗ cũ vẫn giữ nguyên.")
    return _act(
        class_id,
        lambda s: rules.set_capacity(s, by=actor, class_id=class_id, capacity=form.capacity.data, now=utc_now()),
        lambda offered: f"Đã đổi số chỗ. Mời thêm {len(offered)} người.",
    )


def close_roster(class_id: int) -> Any:
    """Fix the list."""
    actor = the_actor()
    return _act(
        class_id,
        lambda s: rules.close_roster(s, by=actor, class_id=class_id, now=utc_now()),
        "Đã chốt danh sách. Từ nay không tự mời thêm ai.",
    )


def cancel_class(class_id: int) -> Any:
    """Cancel the class, with the reason."""
    actor, reason = the_actor(), request.form.get("reason", "")
    return _act(
        class_id,
        lambda s: rules.cancel_class(s, by=actor, class_id=class_id, reason=reason, now=utc_now()),
        "Đã hủy lớp và báo mọi người. Các tổ vẫn giữ thứ tự đăng ký.",
    )


def finalise(class_id: int) -> Any:
    """Fix the results."""
    actor = the_actor()
    return _act(
        class_id,
        lambda s: rules.finalise_class(s, by=actor, class_id=class_id, now=utc_now()),
        lambda results: f"Đã chốt kết quả. {results['completed']} người hoàn thành.",
    )


def print_list(class_id: int) -> Any:
    """Ask for the attendance list as PDF; it shows phones, so it is journalled."""
    actor = the_actor()

    def ask(session: Any) -> int:
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


def _call_page(call: Call, form: ExtendForm) -> Any:
    session = db_session()
    return render(
        "training/show_call.html",
        422 if form.errors else 200,
        call=call,
        demand=queries.demand_of(session, call),
        needs=queries.needs_of_call(session, call.id),
        topics=queries.skill_titles(session),
        form=form,
        now=utc_now(),
        **words(),
    )


def _offer_choices(form: ClassForm, call: Call) -> None:
    session = db_session()
    titles, asked = queries.skill_titles(session), request.args.get("chuyen-de", "")
    form.topic.choices = choices((key, titles[key]) for key in call.topics)
    trainers = queries.trainers_of(session, call.province_code)
    form.trainer.choices = choices([*trainers, (0, "Người khác, ghi tên bên dưới")])
    if request.method == "GET" and asked in call.topics:
        form.topic.data = asked
        form.title.data = f"Lớp {titles[asked]}"


def _grouped(done: rules.Grouped) -> str:
    for sentence in done.left_out:
        flash(sentence, "warn")
    return f"Đã xếp {len(done.seats)} người vào hàng chờ của lớp."
