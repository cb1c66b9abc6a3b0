"""Pages on which a clerk or officer looks after the teams of a commune."""

from typing import Any

from flask import request, url_for
from wtforms import SelectChoice

from lms.access import Actor, the_actor
from lms.areas.models import Area
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.pages import deed, render
from lms.teams import queries, reorganising, rules
from lms.teams.forms import ChooseTeamForm, ExportForm, RenameForm, RoleForm
from lms.teams.models import Team
from lms.words import fold


def index() -> Any:
    """Show the teams of a commune; who looks after several communes chooses one first."""
    actor, typed = the_actor(), request.args.get("tim", "")[:80]
    commune = chosen_commune(actor, request.args.get("xa", ""))
    if commune is None:
        areas = [a for a in queries.communes_for(db_session(), actor) if fold(typed) in a.fold]
        return render("teams/communes.html", communes=queries.commune_rows(db_session(), areas), typed=typed)
    teams = queries.teams_of(db_session(), commune.code, typed)
    return render("teams/index.html", commune=commune, teams=teams, typed=typed, export=ExportForm())


def chosen_commune(actor: Actor, code: str) -> Area | None:
    """Return the commune asked for, the only one there is, or None to choose first."""
    if code:
        return queries.commune_for(db_session(), actor, code)
    if len(actor.communes) == 1 and not actor.provinces:
        return queries.commune_for(db_session(), actor, actor.communes[0])
    return None


def show(team_id: int) -> Any:
    """Show a team and its members, numbers masked."""
    team, commune = queries.team_for(db_session(), the_actor(), team_id)
    return _team_page(team, commune, full=False)


def show_phones(team_id: int) -> Any:
    """Show the whole numbers to who must call, and note it in the journal."""
    actor = the_actor()
    in_unit(lambda s: rules.note_full_view(s, by=actor, team_id=team_id, now=utc_now()))
    team, commune = queries.team_for(db_session(), actor, team_id)
    return _team_page(team, commune, full=True)


def _team_page(team: Team, commune: Area, *, full: bool) -> Any:
    members = queries.members_of(db_session(), team.id)
    successor = db_session().get(Team, team.successor_id) if team.successor_id else None
    return render("teams/show.html", team=team, commune=commune, members=members, full=full, successor=successor)


def edit(team_id: int) -> Any:
    """Rename a team, or choose the team it is merged into."""
    actor = the_actor()
    team, commune = queries.team_for(db_session(), actor, team_id)
    form = RenameForm(data={"name": team.name})
    if form.validate_on_submit():
        return deed(
            lambda s: reorganising.rename_team(s, by=actor, team_id=team_id, name=form.name.data, now=utc_now()).name,
            then=url_for("lms.teams.show", team_id=team_id),
            say=lambda name: f"Đã đổi tên thành {name}.",
        )
    others = _choose_team(team)
    status = 422 if form.errors else 200
    return render("teams/edit.html", status, team=team, commune=commune, form=form, others=others)


def merge(team_id: int) -> Any:
    """Merge a team into another of its commune."""
    actor = the_actor()
    into_id = request.form.get("into", 0, type=int)
    return deed(
        lambda s: _named(reorganising.merge_teams(s, by=actor, team_id=team_id, into_id=into_id, now=utc_now())),
        then=lambda into: url_for("lms.teams.show", team_id=into[0]),
        say=lambda into: f"Đã gộp vào {into[1]}. Lịch sử của tổ cũ vẫn còn.",
    )


def edit_member(membership_id: int) -> Any:
    """Change a member's role, move them, or note that they left."""
    actor = the_actor()
    membership, team, person = queries.membership_for(db_session(), actor, membership_id)
    form = RoleForm(data={"role": membership.role})
    if form.validate_on_submit():
        role = form.role.data
        return deed(
            lambda s: (
                reorganising.change_role(s, by=actor, membership_id=membership_id, role=role, now=utc_now()).team_id
            ),
            then=lambda team_id: url_for("lms.teams.show", team_id=team_id),
            say="Đã đổi chức vụ.",
        )
    page = {"membership": membership, "team": team, "person": person, "others": _choose_team(team)}
    return render("teams/member.html", 422 if form.errors else 200, form=form, **page)


def move_member(membership_id: int) -> Any:
    """Let a member go on in another team."""
    actor = the_actor()
    into_id = request.form.get("into", 0, type=int)
    return deed(
        lambda s: _named(
            reorganising.move_member(s, by=actor, membership_id=membership_id, team_id=into_id, now=utc_now())
        ),
        then=lambda into: url_for("lms.teams.show", team_id=into[0]),
        say=lambda into: f"Đã chuyển sang {into[1]}.",
    )


def end_membership(membership_id: int) -> Any:
    """Note that a member left the team."""
    actor = the_actor()
    return deed(
        lambda s: _named(reorganising.end_membership(s, by=actor, membership_id=membership_id, now=utc_now())),
        then=lambda team: url_for("lms.teams.show", team_id=team[0]),
        say=lambda team: f"Đã ghi là rời {team[1]}. Kết quả học vẫn còn.",
    )


def _choose_team(team: Team) -> ChooseTeamForm | None:
    rows = queries.teams_of(db_session(), team.commune_code)
    choices = [SelectChoice(row.id, row.name) for row in rows if row.id != team.id]
    if not choices:
        return None
    form = ChooseTeamForm()
    form.into.choices = choices
    return form


def _named(team: Team) -> tuple[int, str]:
    return team.id, team.name
