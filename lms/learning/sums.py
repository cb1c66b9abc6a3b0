"""Read sums by team, commune and province: from counters only, so size does not matter."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, null, select
from sqlalchemy.orm import Session

from lms.areas.models import Area
from lms.learning.counters import MEMBERS, programme_measure, skill_measure
from lms.learning.models import IN_CLASS, Counter, LessonProgress, SkillCompletion
from lms.learning.queries import next_lesson
from lms.library import queries as library
from lms.people.models import Person
from lms.teams.models import Membership, Team


@dataclass(frozen=True)
class Sums:
    """How many people belong somewhere, and how many of them completed each skill and each programme."""

    key: str
    name: str
    members: int
    skills: dict[str, int]
    programmes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A member on the team's page: what is done, which of it through a class, what is missing, where to go on."""

    person_id: int
    name: str
    role: str
    role_text: str
    phone: str | None
    done: dict[str, datetime]
    course: library.Outline | None
    lesson: library.LessonLine | None
    in_class: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Grid:
    """A team: its members by its skills, with the sums."""

    team_id: int
    name: str
    commune_code: str
    commune: str
    skills: dict[str, str]
    rows: tuple[Row, ...]
    sums: Sums

    @property
    def has_classes(self) -> bool:
        """Say whether anybody completed a skill through a class."""
        return any(row.in_class for row in self.rows)


def team_grid(session: Session, team_id: int) -> Grid | None:
    """Return a team's members and what each has completed; leaders first, then by the roster's order."""
    team = session.connection().execute(_TEAM, {"team": team_id}).first()
    if team is None:
        return None
    now = [one.course for one in library.courses_now(session)]
    taught = {skill for course in now for skill in course.skills}
    skills = {key: title for key, title in library.skill_titles(session).items() if key in taught}
    rows = _rows(session, team_id, now, skills)
    done = {key: sum(key in row.done for row in rows) for key in skills}
    sums = Sums(str(team_id), team.name, len(rows), done)
    return Grid(team.id, team.name, team.commune_code, f"{team.kind} {team.area}", skills, rows, sums)


def team_names(session: Session, team_ids: Iterable[int]) -> list[tuple[int, str]]:
    """Return ids and names of teams, in the Vietnamese order."""
    rows = session.execute(select(Team.id, Team.name).where(Team.id.in_(list(team_ids))).order_by(Team.sort_key))
    return [(team_id, name) for team_id, name in rows]


def commune_sums(session: Session, commune_code: str) -> list[Sums]:
    """Return the sums of a commune's teams, in the Vietnamese order of their names."""
    teams = session.execute(
        select(Team.id, Team.name)
        .where(Team.commune_code == commune_code, Team.ended_at.is_(None))
        .order_by(Team.sort_key, Team.id)
    )
    return _sums(session, "team", {str(team_id): name for team_id, name in teams})


def commune_total(session: Session, commune_code: str) -> Sums:
    """Return a commune's own sums: who is in two of its teams counts once."""
    area = session.get_one(Area, commune_code)
    return _sums(session, "commune", {commune_code: area.full_name})[0]


def province_sums(session: Session, province_code: str) -> list[Sums]:
    """Return the sums of a province's communes, in the Vietnamese order of their names."""
    communes = session.execute(
        select(Area.code, Area.kind, Area.name)
        .where(Area.parent_code == province_code, Area.ended_on.is_(None))
        .order_by(Area.sort_key, Area.code)
    )
    return _sums(session, "commune", {code: f"{kind} {name}" for code, kind, name in communes})


def province_total(session: Session, province_code: str) -> Sums:
    """Return a province's own sums: who is in teams of two communes counts once."""
    area = session.get_one(Area, province_code)
    return _sums(session, "province", {province_code: area.full_name})[0]


def _sums(session: Session, scope: str, names: dict[str, str]) -> list[Sums]:
    counted: dict[str, dict[str, int]] = {key: {} for key in names}
    rows = session.connection().execute(_COUNTERS, {"scope": scope, "keys": list(names)})
    for key, measure, people in rows:
        counted[key][measure] = people
    return [
        Sums(
            key,
            names[key],
            found.get(MEMBERS, 0),
            _counted_under(skill_measure(""), found),
            _counted_under(programme_measure(""), found),
        )
        for key, found in counted.items()
    ]


def _counted_under(prefix: str, found: dict[str, int]) -> dict[str, int]:
    return {measure.removeprefix(prefix): people for measure, people in found.items() if measure.startswith(prefix)}


def _rows(session: Session, team_id: int, now: Iterable[library.Outline], skills: dict[str, str]) -> tuple[Row, ...]:
    """Return the members; leaders first, then as the roster has them."""
    of, connection = {"team": team_id}, session.connection()
    done: dict[int, dict[str, datetime]] = {}
    passed: dict[int, dict[str, set[str]]] = {}
    in_class: dict[int, set[str]] = {}
    for person_id, skill, course, lesson, at, grade in connection.execute(_ACHIEVED, of):
        if skill is not None:
            done.setdefault(person_id, {})[skill] = at
            if grade == IN_CLASS:
                in_class.setdefault(person_id, set()).add(skill)
        else:
            passed.setdefault(person_id, {}).setdefault(course, set()).add(lesson)
    rows = []
    for member in connection.execute(_MEMBERS, of):
        mine = done.get(member.person_id, {})
        step = _next_for(now, skills, mine, passed.get(member.person_id, {}))
        rows.append(Row(*member, mine, *step, frozenset(in_class.get(member.person_id, ()))))
    order = {"leader": 0, "deputy": 1}
    return tuple(sorted(rows, key=lambda row: order.get(row.role, 2)))


def _next_for(
    now: Iterable[library.Outline],
    skills: dict[str, str],
    done: dict[str, datetime],
    passed: dict[str, set[str]],
) -> tuple[library.Outline | None, library.LessonLine | None]:
    for course in now:
        if any(skill in skills and skill not in done for skill in course.skills):
            line = next_lesson(course, passed.get(course.slug, set()))
            if line is not None:
                return course, line
    return None, None


# Statements of hot pages are put together once: that costs more than sending them.
_TEAM_ID: Any = bindparam("team", type_=Integer())
_TEAM = (
    select(Team.id, Team.name, Team.commune_code, Area.kind, Area.name.label("area"))
    .join(Area, Area.code == Team.commune_code)
    .where(Team.id == _TEAM_ID, Team.ended_at.is_(None))
)
_COUNTERS = select(Counter.key, Counter.measure, Counter.people).where(
    Counter.scope == bindparam("scope"), Counter.key.in_(bindparam("keys", expanding=True))
)
_IN_TEAM = (Membership.team_id == _TEAM_ID, Membership.left_at.is_(None))
_MEMBERS = (
    select(
        Person.id.label("person_id"),
        Person.full_name,
        Membership.role,
        Membership.role_text,
        Person.phone,
    )
    .join(Membership, Membership.person_id == Person.id)
    .where(*_IN_TEAM)
    .order_by(Membership.position, Person.sort_key, Person.id)
)
_COMPLETED = (
    select(
        SkillCompletion.person_id,
        SkillCompletion.skill_key,
        null().label("course"),
        null().label("lesson"),
        SkillCompletion.completed_at,
        SkillCompletion.grade,
    )
    .join(Membership, Membership.person_id == SkillCompletion.person_id)
    .where(*_IN_TEAM)
)
_PASSED = (
    select(
        LessonProgress.person_id,
        null(),
        LessonProgress.course_slug,
        LessonProgress.lesson_slug,
        LessonProgress.passed_at,
        LessonProgress.grade,
    )
    .join(Membership, Membership.person_id == LessonProgress.person_id)
    .where(*_IN_TEAM, LessonProgress.passed_at.is_not(None))
)
_ACHIEVED: Any = _COMPLETED.union_all(_PASSED)
