"""Counters: how many people, by team, commune and province; pages read nothing else for sums.

They change by the difference in the transaction of the fact. Whoever changes a roster holds its
commune's row exclusively; whoever completes a skill holds it shared and the person exclusively.
So neither can count what the other is about to change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from lms.areas.models import Area
from lms.db import insert_into
from lms.learning.models import Counter, ProgrammeCompletion, SkillCompletion
from lms.library.models import Programme, Skill
from lms.teams.models import Membership, Team

MEMBERS = "members"
_CELL = ("scope", "key", "measure")
_SKILL = "skill:"
_PROGRAMME = "programme:"


@dataclass(frozen=True)
class Difference:
    """A counter that disagrees with the facts."""

    scope: str
    key: str
    measure: str
    stored: int
    counted: int


@dataclass(frozen=True)
class Place:
    """One live membership: the team, its commune, its province."""

    team_id: int
    commune_code: str
    province_code: str


def skill_measure(skill_key: str) -> str:
    """Return the name under which people who completed a skill are counted."""
    return f"{_SKILL}{skill_key}"


def programme_measure(programme_key: str) -> str:
    """Return the name under which people who completed a programme are counted."""
    return f"{_PROGRAMME}{programme_key}"


def places_of(session: Session, person_id: int) -> list[Place]:
    """Return where a person is a live member; twice in one commune is two places."""
    rows = session.execute(
        select(Team.id, Area.code, Area.parent_code)
        .join(Membership, Membership.team_id == Team.id)
        .join(Area, Area.code == Team.commune_code)
        .where(Membership.person_id == person_id, *_LIVE)
        .order_by(Team.id)
    )
    return [Place(team_id, commune, province or "") for team_id, commune, province in rows]


def count_one_more(session: Session, places: Iterable[Place], measure: str) -> None:
    """Add one person to every team, commune and province of these places, each once.

    Rows are taken in one order, so that two completions never wait for each other in a ring.
    """
    places = list(places)
    cells = {("team", str(place.team_id)) for place in places}
    cells |= {("commune", place.commune_code) for place in places}
    cells |= {("province", place.province_code) for place in places if place.province_code}
    for scope, key in sorted(cells):
        statement = insert_into(session, Counter).values(scope=scope, key=key, measure=measure, people=1)
        session.execute(statement.on_conflict_do_update(index_elements=_CELL, set_={"people": Counter.people + 1}))


def settle_teams(session: Session, touched: Mapping[str, Iterable[Any]]) -> None:
    """Recount the teams a unit has touched, and their communes and provinces, before it commits.

    Called by the door for rooms that come before this one: a roster was loaded, teams merged, a
    member left. The sums are made by the database: 2,000 teams in one import is a few statements.
    """
    team_ids = sorted({int(key) for key in touched.get("teams", ())})
    if not team_ids:
        return
    communes = sorted(session.scalars(select(Team.commune_code).where(Team.id.in_(team_ids)).distinct()))
    provinces = sorted(
        code for code in session.scalars(select(Area.parent_code).where(Area.code.in_(communes)).distinct()) if code
    )
    _lock_rows(session, "province", provinces)
    for scope, keys in (("team", list(map(str, team_ids))), ("commune", communes), ("province", provinces)):
        session.execute(update(Counter).where(Counter.scope == scope, Counter.key.in_(keys)).values(people=0))
    _store_counts(session, team_ids, communes, provinces)


def rebuild_counters(session: Session) -> int:
    """Make all counters anew from memberships and completions; return how many there are."""
    if session.get_bind().dialect.name == "postgresql":
        # Completions under way wait here and add their difference to the new numbers.
        session.execute(text("LOCK TABLE lms_counters IN SHARE ROW EXCLUSIVE MODE"))
    session.execute(delete(Counter))
    session.execute(insert(Counter).from_select([*_CELL, "people"], union_all(*_counts())))
    return session.scalar(select(func.count()).select_from(Counter)) or 0


def audit_counters(session: Session) -> list[Difference]:
    """Compare every counter with what the facts say; nothing returned means all agree.

    One statement reads both sides, so people at work meanwhile cannot make them look different.
    """
    stored = select(
        Counter.scope, Counter.key, Counter.measure, Counter.people, literal("stored", String).label("side")
    )
    counted = [query.add_columns(literal("counted", String).label("side")) for query in _counts()]
    sides: dict[tuple[str, str, str], dict[str, int]] = {}
    for scope, key, measure, people, side in session.execute(union_all(stored, *counted)):
        sides.setdefault((scope, key, measure), {})[side] = people
    return [
        Difference(*cell, stored=found.get("stored", 0), counted=found.get("counted", 0))
        for cell, found in sorted(sides.items())
        if found.get("stored", 0) != found.get("counted", 0)
    ]


_LIVE: tuple[ColumnElement[bool], ...] = (Membership.left_at.is_(None), Team.ended_at.is_(None))
_TEAM_KEY = cast(Team.id, String(20))
_ACHIEVED: tuple[tuple[str, Any, Any], ...] = (
    (_SKILL, SkillCompletion, SkillCompletion.skill_key),
    (_PROGRAMME, ProgrammeCompletion, ProgrammeCompletion.programme_key),
)


def _lock_rows(session: Session, scope: str, keys: list[str]) -> None:
    """Make sure that a province's rows exist, then hold them: imports of two communes meet here.

    Programmes come last, as whoever completes one holds the row of a skill already.
    """
    skills = sorted(map(skill_measure, session.scalars(select(Skill.key))))
    programmes = sorted(map(programme_measure, session.scalars(select(Programme.key).distinct())))
    measures = [MEMBERS, *skills, *programmes]
    rows = [{"scope": scope, "key": key, "measure": measure, "people": 0} for key in keys for measure in measures]
    if not rows:
        return
    session.execute(insert_into(session, Counter).on_conflict_do_nothing(), rows)
    session.execute(
        select(Counter.key)
        .where(Counter.scope == scope, Counter.key.in_(keys))
        .order_by(Counter.key, Counter.measure.startswith(_PROGRAMME), Counter.measure)
        .with_for_update()
    ).all()


def _store_counts(session: Session, team_ids: list[int], communes: list[str], provinces: list[str]) -> None:
    only = {
        "team": Team.id.in_(team_ids),
        "commune": Team.commune_code.in_(communes),
        "province": Area.parent_code.in_(provinces),
    }
    for query in _counts(only):
        statement = insert_into(session, Counter)
        counted = statement.from_select([*_CELL, "people"], query)
        session.execute(counted.on_conflict_do_update(index_elements=_CELL, set_={"people": statement.excluded.people}))


def _counts(only: Mapping[str, ColumnElement[bool]] | None = None) -> list[Any]:
    """Return the selects that say what every counter must hold: members, skills, programmes, in each scope."""
    keys = {"team": _TEAM_KEY, "commune": Team.commune_code, "province": Area.parent_code}
    people = func.count(Membership.person_id.distinct()).label("people")
    queries: list[Any] = []
    for scope, key in keys.items():
        live = [*_LIVE, only[scope]] if only else list(_LIVE)
        label = literal(scope, String).label("scope")
        members: Any = select(label, key.label("key"), literal(MEMBERS, String).label("measure"), people)
        queries.append(_from_memberships(members).where(*live).group_by(key))
        for prefix, table, what in _ACHIEVED:
            measure = (literal(prefix, String) + what).label("measure")
            achieved = _from_memberships(select(label, key.label("key"), measure, people)).join(
                table, table.person_id == Membership.person_id
            )
            queries.append(achieved.where(*live).group_by(key, what))
    return queries


def _from_memberships(query: Any) -> Any:
    return (
        query.select_from(Membership)
        .join(Team, Team.id == Membership.team_id)
        .join(Area, Area.code == Team.commune_code)
    )
