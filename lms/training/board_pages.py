"""The planning board: classes proposed out of the needs of a call, changed by hand, published together."""

from typing import Any

from flask import flash, request, url_for
from sqlalchemy.orm import Session

from lms.access import the_actor
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound, Refused
from lms.pages import deed, download, render
from lms.training import board_queries, planning, queries, rules
from lms.training.board_forms import LimitsForm, MoveForm, PlannedClassForm, TopicForm
from lms.training.classes import why_not_plan
from lms.training.forms import choices
from lms.training.models import Call, TrainingPlan
from lms.training.plan_needs import count_left_out, needs_left_out, wanted_of
from lms.training.plan_publishing import faults_of
from lms.training.proposing import filling_words, warnings_of
from lms.training.standing import own_call, own_class
from lms.training.team_pages import words


def board(call_id: int) -> Any:
    """Show the plan of the call, or ask what the department can do, so that one can be proposed."""
    session = db_session()
    call = own_call(session, the_actor(), call_id)
    return _board_page(session, call, LimitsForm())


def propose(call_id: int) -> Any:
    """Propose the classes, or propose them anew."""
    actor, session, form = the_actor(), db_session(), LimitsForm()
    call = own_call(session, actor, call_id)
    if not form.validate_on_submit():
        return _board_page(session, call, form)
    return deed(
        lambda s: rules.propose_plan(s, by=actor, call_id=call_id, limits=form.limits, now=utc_now()),
        then=url_for("lms.training.board", call_id=call_id),
        say="Đã lập bản kế hoạch. Chưa ai được báo, anh/chị cứ sửa đến khi ưng ý.",
    )


def planned(call_id: int, number: int) -> Any:
    """Show a planned class and its needs, and store what the officer changes of it."""
    actor, session, form = the_actor(), db_session(), PlannedClassForm()
    call, plan = _own_plan(session, call_id)
    row = planning.planned_class(session, plan.id, number)
    form.offer(queries.trainers_of(session, call.province_code))
    refusal: Refused | None = None
    if request.method == "GET":
        form.show(row)
    elif form.validate_on_submit():
        plan_id = plan.id
        try:
            return deed(
                lambda s: rules.change_class(
                    s, by=actor, plan_id=plan_id, number=number, change=form.change, now=utc_now()
                ),
                then=url_for("lms.training.planned", call_id=call_id, number=number),
                say="Đã lưu lớp trong bản kế hoạch.",
            )
        except (rules.PlanBadlyMade, rules.ClassBadlyPlanned) as no:
            refusal = no
            call, plan = _own_plan(session, call_id)
            row = planning.planned_class(session, plan.id, number)
    found = planning.board_of(session, plan.id)
    move = MoveForm()
    move.offer(found, row.topic, number)
    return render(
        "training/planned.html",
        422 if form.errors or refusal else 200,
        call=call,
        plan=plan,
        row=row,
        filling=next(filling_words(one) for own, one in found if own.id == row.id),
        warnings=warnings_of(one for _, one in found)[number],
        placed=board_queries.placed_needs(session, row.id),
        topic=queries.skill_titles(session)[row.topic],
        form=form,
        move=move,
        refusal=refusal,
        **words(),
    )


def left_out(call_id: int) -> Any:
    """Show the needs in no class, and why."""
    session = db_session()
    call, plan = _own_plan(session, call_id)
    move = MoveForm()
    move.offer(planning.board_of(session, plan.id), None, None)
    return render(
        "training/left_out.html",
        call=call,
        placed=needs_left_out(session, plan),
        topics=queries.skill_titles(session),
        move=move,
        **words(),
    )


def move_needs(call_id: int, number: int) -> Any:
    """Put the ticked needs into another class of the plan; say what that does to both classes."""
    actor, session, form = the_actor(), db_session(), MoveForm()
    _, plan = _own_plan(session, call_id)
    plan_id, to = plan.id, request.form.get("to", type=int)
    chosen = request.form.getlist("needs", type=int)
    if not chosen or to is None:
        raise rules.PlanBadlyMade("Chưa chọn nhu cầu nào để chuyển. Chưa thay đổi gì.")

    def work(s: Session) -> None:
        for need_id in chosen:
            rules.move_need(
                s,
                by=actor,
                plan_id=plan_id,
                need_id=need_id,
                number=to or None,
                reason=form.reason.data or "",
                now=utc_now(),
            )

    back = "lms.training.planned" if number else "lms.training.left_out"
    values: dict[str, Any] = {"call_id": call_id} | ({"number": number} if number else {})
    answer = deed(work, then=url_for(back, **values), say=f"Đã chuyển {len(chosen)} nhu cầu.")
    _tell_effect(plan_id, {number, to})
    return answer


def add_planned(call_id: int) -> Any:
    """Add an empty class to the plan."""
    actor = the_actor()
    _, plan = _own_plan(db_session(), call_id)
    plan_id, topic = plan.id, request.form.get("topic", "")
    return deed(
        lambda s: rules.add_class(s, by=actor, plan_id=plan_id, topic=topic, now=utc_now()),
        then=lambda row: url_for("lms.training.planned", call_id=call_id, number=row.number),
        say="Đã thêm một lớp trống vào bản kế hoạch.",
    )


def drop_planned(call_id: int, number: int) -> Any:
    """Take a class out of the plan."""
    actor = the_actor()
    _, plan = _own_plan(db_session(), call_id)
    plan_id = plan.id
    return deed(
        lambda s: rules.drop_class(s, by=actor, plan_id=plan_id, number=number, now=utc_now()),
        then=url_for("lms.training.board", call_id=call_id),
        say=lambda needs: f"Đã bỏ lớp {number}. {needs} nhu cầu của lớp chờ xếp vào lớp khác.",
    )


def discard_plan(call_id: int) -> Any:
    """Put the plan away."""
    actor = the_actor()
    _, plan = _own_plan(db_session(), call_id)
    plan_id = plan.id
    return deed(
        lambda s: rules.discard_plan(s, by=actor, plan_id=plan_id, now=utc_now()),
        then=url_for("lms.training.board", call_id=call_id),
        say="Đã bỏ bản kế hoạch. Nhu cầu của các tổ vẫn còn nguyên.",
    )


def publish_plan(call_id: int) -> Any:
    """Publish all classes of the plan together."""
    actor = the_actor()
    _, plan = _own_plan(db_session(), call_id)
    plan_id, back = plan.id, url_for("lms.training.show_call", call_id=call_id)
    return deed(
        lambda s: rules.ask_to_publish(s, by=actor, plan_id=plan_id, back=back, now=utc_now()),
        then=lambda job_id: url_for("lms.journal.show_job", job_id=job_id),
    )


def reopen_plan(call_id: int) -> Any:
    """Take the rest of a plan whose publishing stopped back to the board."""
    actor = the_actor()
    _, plan = _own_plan(db_session(), call_id)
    plan_id = plan.id
    return deed(
        lambda s: rules.reopen_plan(s, by=actor, plan_id=plan_id, now=utc_now()),
        then=url_for("lms.training.board", call_id=call_id),
        say="Đã mở lại phần còn lại của kế hoạch để sửa. Những lớp đã công bố vẫn giữ nguyên.",
    )


def show_run(class_id: int) -> Any:
    """Explain the order of a class to whoever inspects it."""
    session = db_session()
    row = own_class(session, the_actor(), class_id)
    return render("training/run.html", row=row, view=board_queries.run_of_class(session, row), **words())


def run_file(class_id: int) -> Any:
    """Give the run as a file, so that anybody can compute it again."""
    session = db_session()
    row = own_class(session, the_actor(), class_id)
    view = board_queries.run_of_class(session, row)
    if view is None:
        raise NotFound(f"run of class {class_id}")
    return download(board_queries.run_as_file(view.row), f"xep-cho-lop-{class_id}.json", "application/json")


def _board_page(session: Session, call: Call, form: LimitsForm) -> Any:
    plan = planning.open_plan(session, call.id)
    if request.method == "GET" and plan is not None:
        form.show(planning.limits_of(plan.limits))
    found = planning.board_of(session, plan.id) if plan else []
    topics = queries.skill_titles(session)
    warnings = warnings_of(one for _, one in found)
    for row, _ in found:
        if row.trainer_id is None:
            warnings[row.number].append("Lớp chưa có giảng viên; khi đó chỉ cán bộ Sở điểm danh được.")
    topic = TopicForm()
    topic.topic.choices = choices((key, topics[key]) for key in call.topics)
    return render(
        "training/board.html",
        422 if form.errors else 200,
        call=call,
        plan=plan,
        board=found,
        filling={row.number: filling_words(one) for row, one in found},
        warnings=warnings,
        places=sum(one.places for _, one in found),
        slots={row.number: planning.slots_of(row) for row, _ in found},
        left_out=count_left_out(session, plan) if plan else 0,
        faults=faults_of(session, plan.id, utc_now()) if plan else [],
        waiting=sum(need.places for need in wanted_of(session, call)) if plan is None else 0,
        why_not=why_not_plan(call),
        topics=topics,
        form=form,
        topic_form=topic,
        **words(),
    )


def _own_plan(session: Session, call_id: int) -> tuple[Call, TrainingPlan]:
    call = own_call(session, the_actor(), call_id)
    plan = planning.open_plan(session, call_id)
    if plan is None:
        raise NotFound(f"plan of call {call_id}")
    return call, plan


def _tell_effect(plan_id: int, numbers: set[int]) -> None:
    """Say what a move has done to the classes it touched."""
    found = planning.board_of(db_session(), plan_id)
    warnings = warnings_of(one for _, one in found)
    for row, one in found:
        if row.number in numbers:
            worry = " ".join(warnings[row.number])
            flash(f"Lớp {row.number}: {filling_words(one)} {worry}".strip(), "warn" if worry else "good")
