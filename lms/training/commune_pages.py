"""Pages of the commune's clerk: its teams' needs and seats, and whom to call."""

from typing import Any

from flask import redirect, request, url_for

from lms.access import the_actor
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.rules import record
from lms.pages import deed, render
from lms.training import queries, rules
from lms.training.forms import AnswerForm
from lms.training.models import Call, Need
from lms.training.standing import team_with_province
from lms.training.team_pages import words


def commune() -> Any:
    """Show the needs and seats of the clerk's communes, and register for a team that cannot."""
    actor, session = the_actor(), db_session()
    teams = queries.teams_of_communes(session, actor.communes)
    provinces = {team_with_province(session, team.id)[1] for team in teams[:1]}
    needs = queries.needs_of_communes(session, actor.communes)
    return render(
        "training/commune.html",
        teams=teams,
        calls=queries.open_calls(session, provinces, utc_now()),
        needs=needs,
        signed=queries.signatures_of(session, [found.Need.id for found in needs]),
        seats=queries.open_seats_of_communes(session, actor.communes),
        topics=queries.skill_titles(session),
        **words(),
    )


def call_list() -> Any:
    """Show the phones of those who are invited and have not answered; the view is journalled."""
    actor, now = the_actor(), utc_now()
    seats = [s for s in queries.open_seats_of_communes(db_session(), actor.communes) if s.Seat.state == "offered"]
    people = [found.Person.id for found in seats]
    if people:
        in_unit(
            lambda s: record(
                s,
                by=actor,
                verb="view_phones",
                kind="seat",
                object_id="offered",
                area=actor.communes[0],
                detail={"people": people},
                now=now,
            )
        )
        seats = [s for s in queries.open_seats_of_communes(db_session(), actor.communes) if s.Seat.state == "offered"]
    return render("training/call_list.html", seats=seats)


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


def answer_need(need_id: int) -> Any:
    """Give a need back or say no, with the reason."""
    actor, session, form = the_actor(), db_session(), AnswerForm()
    need = session.get(Need, need_id)
    if need is None:
        raise NotFound(f"need {need_id}")
    team, province = team_with_province(session, need.team_id)
    if not actor.covers_commune(team.commune_code, province):
        raise NotFound(f"need {need_id}")
    if form.validate_on_submit():
        verb = rules.reject_need if form.answer.data == "reject" else rules.return_need
        home = url_for("lms.training.commune") if team.commune_code in actor.communes else _call_page(need)
        return deed(
            lambda s: verb(s, by=actor, need_id=need_id, reason=form.reason.data, now=utc_now()),
            then=home,
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


def _call_page(need: Need) -> str:
    return url_for("lms.training.show_call", call_id=need.call_id)
