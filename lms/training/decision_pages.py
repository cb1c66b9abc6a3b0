"""Pages of what waits for the second person of the department."""

from typing import Any

from flask import request, url_for

from lms.access import the_actor
from lms.clock import utc_now
from lms.db import db_session
from lms.pages import deed, render
from lms.training import class_queries, queries, rules
from lms.training.class_forms import RefusalForm
from lms.training.decisions import KIND_WORDS, OUTCOME_WORDS, own_decision, why_not_accept, why_not_take_back
from lms.training.displacing import preview_cut, why_not_cut
from lms.training.models import Decision, TrainingClass
from lms.training.team_pages import words

_DONE = {
    "cut": "Đã duyệt. Số chỗ đã giảm và những người bị rút chỗ đã được báo.",
    "cancel": "Đã duyệt. Lớp đã hủy, mọi người đã được báo, tổ đã đăng ký vẫn giữ thứ tự.",
    "correct": "Đã duyệt. Kết quả đã sửa và người đó đã được báo.",
}


def decisions() -> Any:
    """Show what waits for a second person, and what was decided lately."""
    session, provinces = db_session(), the_actor().provinces
    return render(
        "training/decisions.html",
        waiting=class_queries.open_decisions(session, provinces),
        settled=class_queries.settled_decisions(session, provinces),
        kinds=KIND_WORDS,
        outcomes=OUTCOME_WORDS,
    )


def show_decision(decision_id: int) -> Any:
    """Show what was asked for and what it would do now."""
    return _decision_page(decision_id, RefusalForm())


def accept(decision_id: int) -> Any:
    """Say yes to what was looked at."""
    actor, seen = the_actor(), request.form.get("seen")
    kind = own_decision(db_session(), actor, decision_id).kind
    try:
        return deed(
            lambda s: rules.accept_decision(s, by=actor, decision_id=decision_id, seen=seen, now=utc_now()),
            then=lambda done: url_for("lms.training.show_class", class_id=done.class_id),
            say=_DONE[kind],
        )
    except rules.ListChanged as no:
        return _decision_page(decision_id, RefusalForm(), changed=no)


def refuse(decision_id: int) -> Any:
    """Say no, with the reason."""
    actor, form = the_actor(), RefusalForm()
    own_decision(db_session(), actor, decision_id)
    if not form.validate():
        return _decision_page(decision_id, form)
    return deed(
        lambda s: rules.refuse_decision(s, by=actor, decision_id=decision_id, answer=form.answer.data, now=utc_now()),
        then=url_for("lms.training.decisions"),
        say="Đã ghi là không duyệt và báo người đề nghị. Không có gì thay đổi.",
    )


def take_back(decision_id: int) -> Any:
    """Take back what one asked for."""
    actor = the_actor()
    return deed(
        lambda s: rules.take_back_decision(s, by=actor, decision_id=decision_id, now=utc_now()),
        then=url_for("lms.training.decisions"),
        say="Đã rút lại đề nghị. Không có gì thay đổi.",
    )


def _decision_page(decision_id: int, form: RefusalForm, changed: rules.ListChanged | None = None) -> Any:
    session, actor = db_session(), the_actor()
    decision = own_decision(session, actor, decision_id)
    row = session.get_one(TrainingClass, decision.class_id)
    people = {found.Seat.id: found for found in queries.seats_of_class(session, row.id)}
    is_cut, wanted = decision.kind == "cut", decision.wanted
    preview = preview_cut(session, row.id, wanted["capacity"], now=utc_now()) if is_cut else None
    status = 409 if changed else 422 if form.errors else 200
    return render(
        "training/show_decision.html",
        status,
        decision=decision,
        row=row,
        people=people,
        cut=preview,
        impossible=why_not_cut(row, preview) if preview and decision.decided_at is None else None,
        is_other_list=preview is not None and preview.seen != decision.wanted["seen"],
        open_seats=[
            found for found in people.values() if found.Seat.state in ("waiting", "offered", "confirmed", "away")
        ],
        names=class_queries.names_of_accounts(session, _accounts(decision)),
        why_not=why_not_accept(decision, actor),
        may_take_back=why_not_take_back(decision, actor) is None,
        changed=changed,
        form=form,
        kinds=KIND_WORDS,
        outcomes=OUTCOME_WORDS,
        **words(),
    )


def _accounts(decision: Decision) -> list[int]:
    return [account for account in (decision.asked_by_id, decision.decided_by_id) if account is not None]
