"""Kiện toàn: a team is renamed or merged, its members change role, move or leave; history stays."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.db import locked, row_exists, touch
from lms.errors import NotFound
from lms.teams.models import Membership, Team
from lms.teams.plan import team_key
from lms.teams.queries import members_of, team_for
from lms.teams.roster import DEPUTY, LEADER, MEMBER
from lms.teams.rules import AlreadyInTeam, CannotMerge, MembershipEnded, TeamNameTaken, TwoLeaders, note_on_team
from lms.words import fold, nfc, place_sort_key


def rename_team(session: Session, *, by: Actor, team_id: int, name: str, now: datetime) -> Team:
    """Give a team another name; papers issued before keep the old one.

    Raises:
        NotFound: the team is not this person's.
        TeamNameTaken: the commune has a live team of that name.
    """
    team = _locked_team(session, by, team_id)
    wanted, before = nfc(name), team.name
    if _is_taken(session, team, wanted):
        raise TeamNameTaken(wanted)
    team.name, team.name_key, team.fold = wanted, team_key(wanted), fold(wanted)
    team.sort_key = place_sort_key(wanted)
    note_on_team(session, by, "rename_team", team, {"from": before, "to": wanted}, now)
    return team


def merge_teams(session: Session, *, by: Actor, team_id: int, into_id: int, now: datetime) -> Team:
    """End a team whose members go on in another one of the same commune.

    The receiving team keeps its leader; the leader of the ended team goes on as a member where
    there is one. History stays: the ended team names its successor.

    Raises:
        NotFound: one of the teams is not this person's.
        CannotMerge: one team, an ended team, or two communes.
    """
    first, second = sorted((team_id, into_id))
    teams = {key: _locked_team(session, by, key) for key in (first, second)}
    old, into = teams[team_id], teams[into_id]
    if old is into or old.ended_at or into.ended_at or old.commune_code != into.commune_code:
        raise CannotMerge
    there = {m.person_id: m for m in _live(session, into.id)}
    has_leader = any(m.role == LEADER for m in there.values())
    for membership in _live(session, old.id):
        membership.left_at = now
        if membership.person_id not in there:
            role = MEMBER if membership.role == LEADER and has_leader else membership.role
            session.add(_copy(membership, into.id, role, now))
    old.ended_at, old.successor_id = now, into.id
    note_on_team(session, by, "merge_teams", old, {"into": into.id, "name": old.name, "into_name": into.name}, now)
    touch(session, "teams", old.id, into.id)
    return into


def change_role(session: Session, *, by: Actor, membership_id: int, role: str, now: datetime) -> Membership:
    """Make a member leader, deputy or member of their team.

    Raises:
        NotFound: the membership is not this person's to change.
        MembershipEnded: somebody ended it meanwhile.
        TwoLeaders: somebody else leads the team.
    """
    membership, team = _locked_membership(session, by, membership_id)
    if role not in (LEADER, DEPUTY, MEMBER):
        raise NotFound(f"role {role}")
    if role == LEADER and membership.role != LEADER:
        _check_no_leader(session, team)
    before, membership.role, membership.role_text = membership.role, role, ""
    note_on_team(session, by, "change_role", team, {"person": membership.person_id, "from": before, "to": role}, now)
    touch(session, "teams", team.id)
    return membership


def end_membership(session: Session, *, by: Actor, membership_id: int, now: datetime) -> Team:
    """Note that somebody left a team; whoever led it loses the right to register it at once.

    Raises:
        NotFound: the membership is not this person's to change.
        MembershipEnded: somebody ended it meanwhile.
    """
    membership, team = _locked_membership(session, by, membership_id)
    membership.left_at = now
    note_on_team(session, by, "end_membership", team, {"person": membership.person_id}, now)
    touch(session, "teams", team.id)
    return team


def move_member(session: Session, *, by: Actor, membership_id: int, team_id: int, now: datetime) -> Team:
    """Let somebody go on in another team of the commune, as a member.

    Raises:
        NotFound: the membership or the team is not this person's.
        MembershipEnded: somebody moved them, or ended it, meanwhile.
        AlreadyInTeam: they are in that team.
        CannotMerge: the team has ended or belongs to another commune.
    """
    membership, old = _locked_membership(session, by, membership_id)
    into = _locked_team(session, by, team_id)
    if into.ended_at or into.commune_code != old.commune_code:
        raise CannotMerge
    if any(m.person_id == membership.person_id for m in _live(session, into.id)):
        raise AlreadyInTeam(into.name)
    membership.left_at = now
    session.add(_copy(membership, into.id, MEMBER, now))
    note_on_team(session, by, "move_member", into, {"person": membership.person_id, "from": old.id}, now)
    touch(session, "teams", old.id, into.id)
    return into


def _check_no_leader(session: Session, team: Team) -> None:
    leader = next((row.name for row in members_of(session, team.id) if row.role == LEADER), None)
    if leader is not None:
        raise TwoLeaders(team.name, leader)


def _locked_membership(session: Session, by: Actor, membership_id: int) -> tuple[Membership, Team]:
    """Return a live membership, read again under the lock of its commune.

    Whoever waits for the lock has read the membership before the other deed ended it.
    """
    seen = session.get(Membership, membership_id)
    if seen is None:
        raise NotFound(f"membership {membership_id}")
    team, _area = team_for(session, by, seen.team_id)
    locked(session, Area, team.commune_code)
    membership = locked(session, Membership, membership_id)
    if membership.left_at is not None:
        raise MembershipEnded
    return membership, team


def _locked_team(session: Session, by: Actor, team_id: int) -> Team:
    team, _area = team_for(session, by, team_id)
    locked(session, Area, team.commune_code)
    return locked(session, Team, team.id)


def _is_taken(session: Session, team: Team, name: str) -> bool:
    return row_exists(
        session, Team, Team.commune_code == team.commune_code, Team.name_key == team_key(name),
        Team.ended_at.is_(None), Team.id != team.id,
    )  # fmt: skip


def _live(session: Session, team_id: int) -> list[Membership]:
    query = select(Membership).where(Membership.team_id == team_id, Membership.left_at.is_(None))
    ordered = query.order_by(Membership.position, Membership.id)
    return list(session.scalars(ordered, execution_options={"populate_existing": True}))


def _copy(membership: Membership, team_id: int, role: str, now: datetime) -> Membership:
    same = role == membership.role
    return Membership(
        team_id=team_id, person_id=membership.person_id, role=role, role_text=membership.role_text if same else "",
        position=membership.position, note=membership.note, joined_at=now,
    )  # fmt: skip
