"""Pages of whoever goes to a class, and of leader and deputy who register their team (phone)."""

from datetime import datetime
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from lms.access import Actor, the_actor
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound
from lms.pages import deed, local_path, render
from lms.training import need_queries, queries, rules
from lms.training.conditions import why_not_confirm
from lms.training.forms import NeedForm
from lms.training.models import Call
from lms.training.needs import is_to_be_resent, live_need, why_not_register, wish_of
from lms.training.standing import Standing, speak_for_team
from lms.training.transitions import LIVE_NEEDS
from lms.training.waiting import ORDER_SENTENCE
from lms.training.wording import ROLE_WORDS, half_day_words, state_chip, state_words

_STANDING = LIVE_NEEDS | {"draft"}


def index() -> Any:
    """Show one's own seats first, then what the teams one leads have asked for."""
    actor, now, session = the_actor(), utc_now(), db_session()
    led = actor.led_team_ids
    provinces = {m.province_code for m in actor.memberships if m.team_id in led}
    calls = queries.open_calls(session, provinces, now)
    own = _with_reasons(session, queries.open_seats_of_person(session, actor.person_id), now)
    sent = [found for found in queries.open_seats_of_teams(session, led) if found.Seat.person_id != actor.person_id]
    placed = {found.TrainingClass.id for found in [*(row for row, _ in own), *sent]} if len(led) == 1 else set()
    needs = queries.needs_of_teams(session, led)
    return render(
        "training/index.html",
        own=own,
        is_invited=any(found.Seat.state == "offered" for found, _ in own),
        sent=_with_reasons(session, sent, now),
        held=queries.sessions_of(session, {row.TrainingClass.id for row, _ in own}),
        leads=bool(led),
        teams=queries.teams_by_id(session, led),
        own_teams=[m.team_id for m in actor.memberships if m.role == "leader"],
        calls=calls,
        open_ids={call.id for call in calls},
        needs=[need for need in needs if need.state in _STANDING],
        ended=[need for need in needs if need.state not in _STANDING],
        classes=[row for row in queries.filling_classes(session, provinces) if row.id not in placed],
        topics=queries.skill_titles(session),
        order=ORDER_SENTENCE,
        **need_queries.wishes_shown(session, needs),
        **words(),
    )


def register(call_id: int, team_id: int) -> Any:
    """Choose a topic, then register the team's need or sign the one that stands; a plain member reads why not."""
    actor, session = the_actor(), db_session()
    standing = speak_for_team(session, actor, team_id)
    call = session.get(Call, call_id)
    if call is None or call.province_code != standing.province_code or call.state == "draft":
        raise NotFound(f"call {call_id}")
    only = call.topics[0] if len(call.topics) == 1 else ""
    asked = request.form.get("topic") or request.args.get("chuyen-de", only)
    need = live_need(session, call_id, team_id, asked)
    refusal = why_not_register(call, None, utc_now())
    if refusal is not None and not (need is not None and is_to_be_resent(call, need)):
        raise refusal
    if request.method == "GET" and asked not in call.topics:
        return _choose_topic(session, call, standing)
    return _register(session, actor, call, standing, asked)


def withdraw(need_id: int) -> Any:
    """Take the team's need back."""
    actor, reason = the_actor(), request.form.get("reason", "")
    return deed(
        lambda s: rules.withdraw_need(s, by=actor, need_id=need_id, reason=reason, now=utc_now()),
        then=local_path(request.form.get("ve")) or url_for("lms.training.index"),
        say="Đã rút nhu cầu. Chỗ của tổ, nếu có, đã mời người khác.",
    )


def words() -> dict[str, Any]:
    """Return the wording every page of training uses."""
    return {
        "say": state_words,
        "chip": state_chip,
        "roles": ROLE_WORDS,
        "half_day": half_day_words,
        "no_answer": lambda found: why_not_confirm(found.TrainingClass, found.Seat, utc_now()),
    }


def _register(session: Session, actor: Actor, call: Call, standing: Standing, asked: str) -> Any:
    titles, members = queries.skill_titles(session), queries.members_of(session, standing.team.id)
    form = NeedForm()
    form.offer([(key, titles[key]) for key in call.topics], members, call.who_may_go)
    need = live_need(session, call.id, standing.team.id, asked)
    if request.method == "GET":
        form.topic.data = asked
        if need is not None:
            form.show(wish_of(need))
            form.reason.data, form.paper_reference.data = need.on_behalf_reason, need.paper_reference
        else:
            form.nominees.data = _usual_nominee(actor, form)
    refusal = None
    if form.validate_on_submit():
        try:
            return _send(actor, call, standing, form)
        except (rules.WishNotPossible, rules.ReasonMissing) as no:
            refusal = no
    return render(
        "training/register.html",
        422 if form.errors or refusal else 200,
        form=form,
        call=call,
        standing=standing,
        refusal=refusal,
        need=need,
        topic=titles.get(form.topic.data, ""),
        has_more=bool(form.errors or refusal or need),
    )


def _send(actor: Actor, call: Call, standing: Standing, form: NeedForm) -> Any:
    what: dict[str, Any] = {
        "by": actor,
        "call_id": call.id,
        "team_id": standing.team.id,
        "topic": form.topic.data,
        "wish": form.wish,
        "reason": form.reason.data or "",
        "paper_reference": form.paper_reference.data or "",
    }
    if "nhap" in request.form:
        return deed(
            lambda s: rules.save_need_draft(s, **what, now=utc_now()),
            then=lambda need: url_for("lms.training.show_need", need_id=need.id),
            say="Đã lưu nháp. Chưa gửi, chưa có số thứ tự. Nhớ gửi trước khi hết hạn.",
        )
    return deed(
        lambda s: rules.register_need(s, **what, now=utc_now()),
        then=url_for("lms.training.commune" if standing.is_proxy else "lms.training.index"),
        say=_outcome,
    )


def _choose_topic(session: Session, call: Call, standing: Standing) -> Any:
    return render(
        "training/choose_topic.html",
        call=call,
        standing=standing,
        topics=queries.skill_titles(session),
        taken={key: live_need(session, call.id, standing.team.id, key) for key in call.topics},
        **words(),
    )


def _usual_nominee(actor: Actor, form: NeedForm) -> list[int]:
    """Tick whoever registers, or else the leader, if the call invites them: most teams send just that person."""
    invited: list[int] = [choice.value for choice in form.nominees.choices]
    return [person for person in invited if person == actor.person_id] or invited[:1]


def _with_reasons(session: Session, rows: Any, now: datetime) -> list[tuple[Any, list[str]]]:
    return [
        (found, rules.reasons_for_waiting(session, found.Seat, now=now) if found.Seat.state == "waiting" else [])
        for found in rows
    ]


def _outcome(done: rules.Registered) -> str:
    if done.is_new:
        return f"Đã đăng ký. Nhu cầu của tổ là số {done.need.queue_seq} trong đợt."
    if done.is_proposal:
        return "Đã ký chung. Nội dung khác được ghi là đề xuất, chờ tổ trưởng."
    return "Đã ký chung nhu cầu của tổ."
