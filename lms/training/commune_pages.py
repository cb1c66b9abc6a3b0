"""Pages of the commune's clerk: its teams' needs and seats, and whom to call."""

from typing import Any

from flask import redirect, request, url_for
from sqlalchemy.orm import Session

from lms.access import the_actor
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.pages import Telling, deed, render
from lms.training import need_queries, queries, rules
from lms.training.approvals import why_not_confirm
from lms.training.calling import note_phones_seen, whom_to_call
from lms.training.forms import AnswerForm
from lms.training.models import Call, Need
from lms.training.standing import team_with_province
from lms.training.team_pages import words
from lms.training.waiting import people_ahead


def commune() -> Any:
    """Show the needs and seats of the clerk's communes, and register for a team that cannot."""
    actor, session = the_actor(), db_session()
    teams = queries.teams_of_communes(session, actor.communes)
    provinces = {team_with_province(session, team.id)[1] for team in teams[:1]}
    to_confirm = need_queries.needs_to_confirm(session, actor.communes)
    return render(
        "training/commune.html",
        teams=teams,
        calls=queries.open_calls(session, provinces, utc_now()),
        to_confirm=[(found, why_not_confirm(session, found.Call, found.Need)) for found in to_confirm],
        needs=queries.needs_of_communes(session, actor.communes),
        **need_queries.wishes_shown(session, [found.Need for found in to_confirm]),
        seats=queries.open_seats_of_communes(session, actor.communes),
        topics=queries.skill_titles(session),
        **words(),
    )


def call_list() -> Any:
    """Show the phones of those who have not answered, or wait for a free place; the view is journalled."""
    actor, now = the_actor(), utc_now()
    if whom_to_call(db_session(), actor.communes, now).everybody:

        def note(session: Session) -> None:
            seats = whom_to_call(session, actor.communes, now).everybody
            note_phones_seen(session, by=actor, seats=seats, verb="view_phones", now=now)

        in_unit(note)
    session = db_session()
    invited, waiting = whom_to_call(session, actor.communes, now)
    ahead = {found.Seat.id: people_ahead(session, found.Seat) for found in waiting}
    return render("training/call_list.html", seats=invited, waiting=waiting, ahead=ahead)


def choose_team(call_id: int) -> Any:
    """Lead on to the form of the team the clerk chose."""
    actor, asked = the_actor(), request.args.get("to", "")
    known = {str(team.id): team for team in queries.teams_of_communes(db_session(), actor.communes)}
    if asked not in known:
        raise NotFound(f"team {asked}")
    return redirect(url_for("lms.training.register", call_id=call_id, team_id=known[asked].id), 303)


def confirm_need(need_id: int) -> Any:
    """Note that the commune stands behind the need."""
    actor = the_actor()
    return deed(
        lambda s: rules.confirm_need(s, by=actor, need_id=need_id, now=utc_now()),
        then=url_for("lms.training.commune"),
        say="Đã xác nhận nhu cầu của tổ.",
    )


def confirm_needs() -> Any:
    """Confirm all the needs the clerk has seen on the page; say which could not be, and why."""
    actor, asked = the_actor(), [int(one) for one in request.form.getlist("needs") if one.isdecimal()]
    return deed(
        lambda s: rules.confirm_needs(s, by=actor, need_ids=asked, now=utc_now()),
        then=url_for("lms.training.commune"),
        say=_confirmed,
    )


def answer_need(need_id: int) -> Any:
    """Give a need back or say no, with the reason."""
    actor, session, form = the_actor(), db_session(), AnswerForm()
    need = session.get(Need, need_id)
    if need is None:
        raise NotFound(f"need {need_id}")
    team, province = team_with_province(session, need.team_id)
    if not actor.covers_commune(team.commune_code, province):
        raise NotFound(f"need {need_id}")
    form.offer(may_reject=province in actor.provinces)
    if form.validate_on_submit():
        is_no = form.answer.data == "reject"
        what = {"by": actor, "need_id": need_id, "reason": form.reason.data}
        return deed(
            lambda s: (
                rules.reject_need(s, **what, code=form.code.data, now=utc_now())
                if is_no
                else rules.return_need(s, **what, now=utc_now())
            ),
            then=url_for("lms.training.show_need", need_id=need_id),
            say="Đã trả lời. Tổ trưởng và tổ phó đã được báo.",
        )
    return render(
        "training/answer_need.html",
        422 if form.errors else 200,
        form=form,
        need=need,
        team=team,
        topic=queries.skill_titles(session)[need.topic],
        call=session.get_one(Call, need.call_id),
    )


def _confirmed(done: rules.Confirmed) -> Telling:
    left_out = [("warn", sentence) for sentence in done.left_out]
    return [*left_out, ("good", f"Đã xác nhận {len(done.done)} nhu cầu. Các tổ đã được báo.")]
