"""Lists of teams and members for pages, and the state a roster is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area, AreaName
from lms.areas.rules import find_area
from lms.errors import NotFound
from lms.people.models import Account, Person
from lms.teams.models import Membership, RosterImport, Team
from lms.teams.plan import Commune, CurrentMember, CurrentTeam, KnownPerson, State
from lms.words import fold

_ROLE_ORDER = {"leader": 0, "deputy": 1, "member": 2}


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team in the commune's list."""

    id: int
    name: str
    decision: str
    members: int
    leader: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A live member on the team's page."""

    membership_id: int
    person_id: int
    account_id: int | None
    name: str
    role: str
    role_text: str
    phone: str | None
    phone_note: str
    note: str
    code: str | None
    pin_set_at: datetime | None


@dataclass(frozen=True, slots=True)
class CommuneRow:
    """A commune in the officer's list."""

    code: str
    name: str
    teams: int
    people: int


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A roster file in the commune's history."""

    id: int
    file_name: str
    created_at: datetime
    by: str | None
    read_at: datetime | None
    refusal: str
    confirmed_at: datetime | None
    discarded_at: datetime | None


def commune_for(session: Session, actor: Actor, code: str) -> Area:
    """Return a commune that this person looks after.

    Raises:
        NotFound: no such commune, or not theirs.
    """
    area = find_area(session, code)
    if area.parent_code is None or not _covers(actor, area):
        raise NotFound(f"commune {code}")
    return area


def communes_for(session: Session, actor: Actor) -> Sequence[Area]:
    """Return the communes this person looks after, in Vietnamese order."""
    return session.scalars(
        select(Area)
        .where(or_(Area.code.in_(actor.communes), Area.parent_code.in_(actor.provinces)), Area.parent_code.is_not(None))
        .where(Area.ended_on.is_(None))
        .order_by(Area.sort_key)
    ).all()


def team_for(session: Session, actor: Actor, team_id: int) -> tuple[Team, Area]:
    """Return a team in a commune that this person looks after, with the commune.

    Raises:
        NotFound: no such team, or a stranger's.
    """
    row = session.execute(
        select(Team, Area).join(Area, Area.code == Team.commune_code).where(Team.id == team_id)
    ).one_or_none()
    if row is None or not _covers(actor, row[1]):
        raise NotFound(f"team {team_id}")
    return row[0], row[1]


def membership_for(session: Session, actor: Actor, membership_id: int) -> tuple[Membership, Team, Person]:
    """Return a live membership in a team that this person looks after.

    Raises:
        NotFound: no such membership, ended, or a stranger's.
    """
    row = session.execute(
        select(Membership, Team, Person, Area)
        .join(Team, Team.id == Membership.team_id)
        .join(Person, Person.id == Membership.person_id)
        .join(Area, Area.code == Team.commune_code)
        .where(Membership.id == membership_id, Membership.left_at.is_(None))
    ).one_or_none()
    if row is None or not _covers(actor, row[3]):
        raise NotFound(f"membership {membership_id}")
    return row[0], row[1], row[2]


def import_for(session: Session, actor: Actor, import_id: int) -> tuple[RosterImport, Area]:
    """Return a roster on its way in, of a commune this person looks after.

    Raises:
        NotFound: no such import, or a stranger's.
    """
    row = session.execute(
        select(RosterImport, Area)
        .join(Area, Area.code == RosterImport.commune_code)
        .where(RosterImport.id == import_id)
    ).one_or_none()
    if row is None or not _covers(actor, row[1]):
        raise NotFound(f"roster import {import_id}")
    return row[0], row[1]


def teams_of(session: Session, commune_code: str, typed: str = "") -> list[TeamRow]:
    """Return the live teams of a commune; `typed` finds by team or member, with or without accents."""
    live = and_(Membership.team_id == Team.id, Membership.left_at.is_(None))
    query = (
        select(Team.id, Team.name, Team.decision, func.count(Membership.id))
        .outerjoin(Membership, live)
        .where(Team.commune_code == commune_code, Team.ended_at.is_(None))
        .group_by(Team.id, Team.name, Team.decision, Team.sort_key)
        .order_by(Team.sort_key, Team.id)
    )
    if wanted := fold(typed):
        among = select(Membership.team_id).join(Person, Person.id == Membership.person_id)
        named = among.where(Membership.left_at.is_(None), Person.fold.contains(wanted, autoescape=True))
        query = query.where(or_(Team.fold.contains(wanted, autoescape=True), Team.id.in_(named)))
    rows = session.execute(query).all()
    leaders = _leaders(session, commune_code)
    return [TeamRow(*row, leaders.get(row[0], "")) for row in rows]


def members_of(session: Session, team_id: int) -> list[MemberRow]:
    """Return the live members of a team: leader, deputies, then the others as listed."""
    rows = session.execute(
        select(
            Membership.id, Person.id, Account.id, Person.full_name, Membership.role, Membership.role_text,
            Person.phone, Person.phone_note, Membership.note, Account.code, Account.pin_set_at,
        )
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Membership.team_id == team_id, Membership.left_at.is_(None))
        .order_by(Membership.position, Membership.id)
    ).all()  # fmt: skip
    return [MemberRow(*row) for row in sorted(rows, key=lambda row: _ROLE_ORDER[row[4]])]


def imports_of(session: Session, commune_code: str, limit: int = 50) -> list[ImportRow]:
    """Return the latest imports of a commune, newest first."""
    rows = session.execute(
        select(
            RosterImport.id, RosterImport.file_name, RosterImport.created_at, Person.full_name, RosterImport.read_at,
            RosterImport.refusal, RosterImport.confirmed_at, RosterImport.discarded_at,
        )
        .outerjoin(Account, Account.id == RosterImport.created_by_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .where(RosterImport.commune_code == commune_code)
        .order_by(RosterImport.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [ImportRow(*row) for row in rows]


def commune_rows(session: Session, areas: Sequence[Area]) -> list[CommuneRow]:
    """Return how many live teams and different people each commune has."""
    live = and_(Membership.team_id == Team.id, Membership.left_at.is_(None))
    counted = session.execute(
        select(Team.commune_code, func.count(Team.id.distinct()), func.count(Membership.person_id.distinct()))
        .outerjoin(Membership, live)
        .where(Team.commune_code.in_([area.code for area in areas]), Team.ended_at.is_(None))
        .group_by(Team.commune_code)
    )
    sums = {row[0]: (row[1], row[2]) for row in counted}
    return [CommuneRow(area.code, area.full_name, *sums.get(area.code, (0, 0))) for area in areas]


def commune_as_written(session: Session, area: Area) -> Commune:
    """Return a commune with every name by which a roster may call it.

    A commune that was renamed or took in another is still meant by the older names (NQ of the
    Standing Committee change names while the code stays).
    """
    taken_in = select(Area.code).where(Area.successor_code == area.code)
    rows = session.execute(
        select(AreaName.kind, AreaName.name).where(
            or_(and_(AreaName.area_code == area.code, AreaName.valid_to.is_not(None)), AreaName.area_code.in_(taken_in))
        )
    )
    return Commune(area.code, area.kind, area.name, tuple(f"{kind} {name}" for kind, name in rows))


def state_of(session: Session, commune_code: str) -> State:
    """Return teams, live members and known people of a commune as they stand now."""
    teams = session.execute(
        select(Team.id, Team.name, Team.decision)
        .where(Team.commune_code == commune_code, Team.ended_at.is_(None))
        .order_by(Team.sort_key, Team.id)
    ).all()
    members = _current_members(session, commune_code)
    known = session.execute(
        select(Person.id, Person.full_name, Person.phone)
        .join(Membership, Membership.person_id == Person.id)
        .join(Team, Team.id == Membership.team_id)
        .where(Team.commune_code == commune_code, Person.erased_at.is_(None))
        .group_by(Person.id, Person.full_name, Person.phone)
        .order_by(Person.id)
    )
    standing = tuple(CurrentTeam(*team, tuple(members.get(team[0], ()))) for team in teams)
    return State(standing, tuple(KnownPerson(*row) for row in known))


def _current_members(session: Session, commune_code: str) -> dict[int, list[CurrentMember]]:
    rows = session.execute(
        select(
            Membership.team_id, Membership.id, Person.id, Person.full_name, Membership.role,
            Person.phone, Person.phone_note, Membership.note,
        )
        .join(Team, Team.id == Membership.team_id)
        .join(Person, Person.id == Membership.person_id)
        .where(Team.commune_code == commune_code, Team.ended_at.is_(None), Membership.left_at.is_(None))
        .order_by(Membership.position, Membership.id)
    )  # fmt: skip
    members: dict[int, list[CurrentMember]] = {}
    for row in sorted(rows, key=lambda row: _ROLE_ORDER[row[4]]):
        member = CurrentMember(row[1], row[2], row[3], row[4], row[5], row[6], row[7])
        members.setdefault(row[0], []).append(member)
    return members


def _leaders(session: Session, commune_code: str) -> dict[int, str]:
    rows = session.execute(
        select(Membership.team_id, Person.full_name)
        .join(Person, Person.id == Membership.person_id)
        .join(Team, Team.id == Membership.team_id)
        .where(Team.commune_code == commune_code, Membership.left_at.is_(None), Membership.role == "leader")
    )
    return {row[0]: row[1] for row in rows}


def _covers(actor: Actor, area: Area) -> bool:
    return actor.covers_commune(area.code, area.parent_code)
