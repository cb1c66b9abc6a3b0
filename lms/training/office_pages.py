"""Pages of the department's officer: calls from the draft to the archive, and their demand."""

from datetime import timedelta
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from lms.access import the_actor
from lms.clock import utc_now, vn_date
from lms.db import db_session
from lms.pages import deed, render
from lms.training import class_queries, need_queries, queries, rules
from lms.training.archive import why_not_archive
from lms.training.call_communes import commune_plans, communes_of_province, why_not_arrange
from lms.training.call_forms import CallForm, CloseForm, CommuneLines, ExtendForm, TitleForm
from lms.training.calls import why_not_extend, why_not_publish
from lms.training.classes import why_not_plan
from lms.training.forms import choices
from lms.training.models import Call
from lms.training.plan_needs import reasons_left_out
from lms.training.proposing import Limits, suggest_clusters
from lms.training.standing import own_call
from lms.training.team_pages import words
from lms.training.wording import ROLE_WORDS

_USUAL_WINDOW = timedelta(days=14)
_MOST_SHOWN = 100


def manage() -> Any:
    """Show all calls and classes of the province."""
    actor, session = the_actor(), db_session()
    return render(
        "training/manage.html",
        calls=queries.calls_of(session, actor.provinces),
        classes=queries.classes_of(session, actor.provinces),
        decisions_waiting=class_queries.count_open_decisions(session, actor.provinces),
        now=utc_now(),
        **words(),
    )


def new_call() -> Any:
    """Write down a call, and open it at once or keep it as a draft."""
    actor, form = the_actor(), _call_form()
    if request.method == "GET":
        form.opens_on.data = vn_date(utc_now())
        form.closes_on.data = form.opens_on.data + _USUAL_WINDOW
    is_draft = "nhap" in request.form
    refusal = None
    if form.validate_on_submit():

        def make(session: Any) -> Call:
            now = utc_now()
            call = rules.draft_call(session, by=actor, province_code=actor.provinces[0], plan=form.plan, now=now)
            return call if is_draft else rules.publish_call(session, by=actor, call_id=call.id, now=now)

        try:
            return deed(make, then=lambda call: _page_of(call.id), say=_said(is_draft=is_draft))
        except rules.CallBadlyPlanned as no:
            refusal = no
    return _form_page(form, refusal, None)


def edit_call(call_id: int) -> Any:
    """Change a draft, or put the title of an open call right."""
    actor, session = the_actor(), db_session()
    call = own_call(session, actor, call_id)
    form = _call_form() if call.state == "draft" else TitleForm()
    if request.method == "GET" and isinstance(form, CallForm):
        form.show(call)
    elif request.method == "GET":
        form.title.data = call.title
    refusal = None
    if form.validate_on_submit():
        changes = vars(form.plan) if isinstance(form, CallForm) else {"title": form.title.data}
        try:
            return deed(
                lambda s: rules.edit_call(s, by=actor, call_id=call_id, now=utc_now(), **changes),
                then=_page_of(call_id),
                say="Đã lưu thay đổi của đợt.",
            )
        except rules.CallBadlyPlanned as no:
            refusal = no
    return _form_page(form, refusal, call)


def publish_call(call_id: int) -> Any:
    """Open a drafted call."""
    actor = the_actor()
    return deed(
        lambda s: rules.publish_call(s, by=actor, call_id=call_id, now=utc_now()),
        then=_page_of(call_id),
        say=_said(is_draft=False),
    )


def show_call(call_id: int) -> Any:
    """Show the demand by commune and topic, and every need of the call."""
    return _call_page(own_call(db_session(), the_actor(), call_id))


def extend_call(call_id: int) -> Any:
    """Give the teams more time."""
    actor, form = the_actor(), ExtendForm()
    call = own_call(db_session(), actor, call_id)
    if not form.validate_on_submit():
        return _call_page(call, extend=form)
    return deed(
        lambda s: rules.extend_call(
            s, by=actor, call_id=call_id, closes_at=form.closes_at, reason=form.reason.data, now=utc_now()
        ),
        then=_page_of(call_id),
        say="Đã gia hạn đợt đăng ký.",
    )


def close_call(call_id: int) -> Any:
    """End the registering before its deadline."""
    actor, form = the_actor(), CloseForm()
    call = own_call(db_session(), actor, call_id)
    if not form.validate_on_submit():
        return _call_page(call, close=form)
    return deed(
        lambda s: rules.close_call(s, by=actor, call_id=call_id, reason=form.reason.data, now=utc_now()),
        then=_page_of(call_id),
        say="Đã đóng đợt. Từ nay không nhận thêm nhu cầu.",
    )


def mark_planned(call_id: int) -> Any:
    """Note that the classes made by hand are all there is: the call gets no more time."""
    actor = the_actor()
    return deed(
        lambda s: rules.mark_planned(s, by=actor, call_id=call_id, now=utc_now()),
        then=_page_of(call_id),
        say="Đã ghi là lập xong các lớp của đợt.",
    )


def archive_call(call_id: int) -> Any:
    """End the call for good."""
    actor = the_actor()
    return deed(
        lambda s: rules.archive_call(s, by=actor, call_id=call_id, now=utc_now()),
        then=_page_of(call_id),
        say=lambda done: f"Đã khép lại đợt. {done.carried} nhu cầu chưa có chỗ được giữ cho đợt sau.",
    )


def communes(call_id: int) -> Any:
    """Say of the communes which clusters may share a class, which are hard to reach, and what is kept for them."""
    actor, session = the_actor(), db_session()
    call = own_call(session, actor, call_id)
    asked = _places_by_commune(call)
    ours = communes_of_province(session, call.province_code)
    asking_first = sorted(ours, key=lambda commune: commune.code not in asked)
    table = CommuneLines(asking_first, commune_plans(session, call_id))
    if request.method == "POST":
        table.read(request.form)
        if "goi-y" in request.form:
            table.suggest(_suggested(asked, table))
        elif not table.faults:
            return _arrange(call_id, table)
    return render(
        "training/call_communes.html",
        422 if table.faults else 200,
        call=call,
        table=table,
        asked=asked,
        why_not=why_not_arrange(call),
        is_suggested="goi-y" in request.form,
    )


def _arrange(call_id: int, table: CommuneLines) -> Response:
    actor, said = the_actor(), list(table.lines.values())
    return deed(
        lambda s: rules.arrange_communes(s, by=actor, call_id=call_id, communes=said, now=utc_now()),
        then=_page_of(call_id),
        say="Đã lưu cụm, nơi khó đến và chỗ để dành.",
    )


def _suggested(asked: dict[str, int], table: CommuneLines) -> dict[str, str]:
    """Suggest clusters by neighbouring codes, each big enough for a class of the usual size."""
    return suggest_clusters({code: asked.get(code, 0) for code in table.names}, Limits.size)


def _places_by_commune(call: Call) -> dict[str, int]:
    return {code: sum(cells) for code, _, cells in queries.demand_of(db_session(), call).rows}


def _call_form() -> CallForm:
    form = CallForm()
    form.topics.choices = choices(queries.skill_titles(db_session()).items())
    return form


def _form_page(form: TitleForm, refusal: rules.CallBadlyPlanned | None, call: Call | None) -> Any:
    return render(
        "training/new_call.html",
        422 if form.errors or refusal else 200,
        form=form,
        refusal=refusal,
        call=call,
        is_whole=isinstance(form, CallForm),
    )


def _call_page(call: Call, *, extend: ExtendForm | None = None, close: CloseForm | None = None) -> Any:
    session, now, commune = db_session(), utc_now(), request.args.get("xa")
    needs = queries.needs_of_call(session, call.id, commune=commune, most=_MOST_SHOWN)
    return render(
        "training/show_call.html",
        422 if (extend or close) else 200,
        call=call,
        demand=queries.demand_of(session, call),
        planned=need_queries.places_planned(session, call.id),
        needs=needs,
        left_out=reasons_left_out(session, call.id),
        is_cut=commune is None and len(needs) == _MOST_SHOWN,
        commune=commune,
        topics=queries.skill_titles(session),
        extend=extend or ExtendForm(),
        close=close or CloseForm(),
        why_not={
            "publish": why_not_publish(call, now),
            "extend": why_not_extend(session, call),
            "archive": why_not_archive(session, call),
            "arrange": why_not_arrange(call),
            "plan": why_not_plan(call),
        },
        may_go=", ".join(said.lower() for role, said in ROLE_WORDS.items() if role in call.who_may_go),
        now=now,
        **words(),
    )


def _said(*, is_draft: bool) -> str:
    return "Đã lưu nháp. Các tổ chưa thấy đợt này." if is_draft else "Đã mở đợt đăng ký."


def _page_of(call_id: int) -> str:
    return url_for("lms.training.show_call", call_id=call_id)
