"""Reads of lessons taught to a room: which team, who is on its roster, what was credited to whom."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.errors import NotFound
from lms.learning.models import ClassCredit, CreditedPerson, LessonProgress
from lms.library.models import CourseVersion, Lesson
from lms.people.models import Account, Person
from lms.people.queries import took_back
from lms.teams.models import Membership, Team
from lms.words import fold

UNDO_TIME = timedelta(hours=24)
"""How long a credit may be undone; then it is settled."""

TEAMS_SHOWN = 20
CREDITS_SHOWN = 50
WAITING = and_(ClassCredit.undone_at.is_(None), ClassCredit.settled_at.is_(None))
_ROLE_ORDER = {"leader": 0, "deputy": 1, "member": 2}


@dataclass(frozen=True, slots=True)
class TeamFound:
    """A team a trainer may teach, with the commune that tells it from others of its name."""

    id: int
    name: str
    commune: str


@dataclass(frozen=True, slots=True)
class Pupil:
    """A member on the roster of a class, and what keeps them from being credited, if anything."""

    person_id: int
    name: str
    role: str
    grade: str | None
    waiting_since: datetime | None
    has_withdrawn: bool
    is_the_trainer: bool

    @property
    def may_be_credited(self) -> bool:
        """Say whether there is a box to tick."""
        return self.waiting_since is None and not self.has_withdrawn and not self.is_the_trainer


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A credit as its pages show it."""

    credit: ClassCredit
    lesson: str
    course: str
    team: str
    commune: str
    by: str
    people: int

    @property
    def undo_until(self) -> datetime:
        """Return the moment from which it cannot be undone any more."""
        return self.credit.given_at + UNDO_TIME

    def may_be_undone(self, now: datetime) -> bool:
        """Say whether undoing is still possible."""
        return self.credit.undone_at is None and self.credit.settled_at is None and now < self.undo_until


def class_team(session: Session, actor: Actor, team_id: int) -> tuple[Team, Area]:
    """Return a live team of a province in which this person teaches, with its commune.

    Raises:
        NotFound: no such team, ended, or a stranger's.
    """
    row = session.execute(
        select(Team, Area)
        .join(Area, Area.code == Team.commune_code)
        .where(Team.id == team_id, Team.ended_at.is_(None), Area.parent_code.in_(actor.trainer_provinces))
    ).one_or_none()
    if row is None:
        raise NotFound(f"team {team_id}")
    return row[0], row[1]


def teams_found(session: Session, actor: Actor, typed: str) -> tuple[list[TeamFound], bool]:
    """Return teams that this person may teach, and whether there are more than fit.

    Every word typed stands in the name of the team or of its commune, with or without accents.
    """
    query = (
        select(Team.id, Team.name, Area.kind, Area.name)
        .join(Area, Area.code == Team.commune_code)
        .where(Team.ended_at.is_(None), Area.parent_code.in_(actor.trainer_provinces))
        .order_by(Area.sort_key, Team.sort_key, Team.id)
        .limit(TEAMS_SHOWN + 1)
    )
    for word in fold(typed).split():
        query = query.where(or_(Team.fold.contains(word, autoescape=True), Area.fold.contains(word, autoescape=True)))
    found = [TeamFound(team_id, name, f"{kind} {area}") for team_id, name, kind, area in session.execute(query)]
    return found[:TEAMS_SHOWN], len(found) > TEAMS_SHOWN


def class_roster(session: Session, actor: Actor, team_id: int, course: str, lesson: str) -> list[Pupil]:
    """Return the live members of a team as a class has them: leader, deputies, then as listed."""
    rows = session.execute(
        select(Person.id, Person.full_name, Membership.role, LessonProgress.grade)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(
            LessonProgress,
            and_(
                LessonProgress.person_id == Person.id,
                LessonProgress.course_slug == course,
                LessonProgress.lesson_slug == lesson,
            ),
        )
        .where(Membership.team_id == team_id, Membership.left_at.is_(None))
        .order_by(Membership.position, Person.sort_key, Person.id)
    ).all()
    ids = [row.id for row in rows]
    waiting, withdrawn = waiting_people(session, ids, course, lesson), took_back(session, ids, "learning")
    pupils = [
        Pupil(*row, waiting.get(row.id), row.id in withdrawn, row.id == actor.person_id)
        for row in rows
    ]  # fmt: skip
    return sorted(pupils, key=lambda pupil: _ROLE_ORDER[pupil.role])


def waiting_people(session: Session, person_ids: Iterable[int], course: str, lesson: str) -> dict[int, datetime]:
    """Return those for whom a credit of this lesson waits to be settled, and when it was given."""
    rows = session.execute(
        select(CreditedPerson.person_id, func.max(ClassCredit.given_at))
        .join(ClassCredit, ClassCredit.id == CreditedPerson.credit_id)
        .where(
            CreditedPerson.person_id.in_(list(person_ids)),
            ClassCredit.course_slug == course,
            ClassCredit.lesson_slug == lesson,
            WAITING,
        )
        .group_by(CreditedPerson.person_id)
    )
    return dict(rows.all())


def credit_for(session: Session, actor: Actor, credit_id: int) -> CreditRow:
    """Return a credit that this person gave, or that was given in a province whose officer they are.

    Raises:
        NotFound: no such credit, or a stranger's.
    """
    row = session.execute(_credits(actor).where(ClassCredit.id == credit_id)).one_or_none()
    if row is None:
        raise NotFound(f"class credit {credit_id}")
    return _credit_row(row)


def credits_of(session: Session, actor: Actor) -> list[CreditRow]:
    """Return the latest credits this person gave or, as an officer, looks after; newest first."""
    rows = session.execute(_credits(actor).order_by(ClassCredit.id.desc()).limit(CREDITS_SHOWN))
    return [_credit_row(row) for row in rows]


def credited_names(session: Session, credit_id: int) -> list[str]:
    """Return the names on a credit, in the Vietnamese order."""
    return list(
        session.scalars(
            select(Person.full_name)
            .join(CreditedPerson, CreditedPerson.person_id == Person.id)
            .where(CreditedPerson.credit_id == credit_id)
            .order_by(Person.sort_key, Person.id)
        )
    )


def names_of_past_members(session: Session, team_id: int, person_ids: Collection[int]) -> list[str]:
    """Return the names of those who once were in a team; of a stranger nothing is told."""
    return list(
        session.scalars(
            select(Person.full_name)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.team_id == team_id, Person.id.in_(list(person_ids)))
            .group_by(Person.id, Person.full_name, Person.sort_key)
            .order_by(Person.sort_key, Person.id)
        )
    )


def _credits(actor: Actor) -> Select[Any]:
    people = select(func.count()).where(CreditedPerson.credit_id == ClassCredit.id).scalar_subquery()
    its_lesson = and_(Lesson.version_id == ClassCredit.version_id, Lesson.slug == ClassCredit.lesson_slug)
    return (
        select(
            ClassCredit,
            Lesson.title.label("lesson"),
            CourseVersion.title.label("course"),
            Team.name.label("team"),
            Area.kind,
            Area.name,
            Person.full_name,
            people.label("people"),
        )
        .join(Lesson, its_lesson)
        .join(CourseVersion, CourseVersion.id == ClassCredit.version_id)
        .join(Team, Team.id == ClassCredit.team_id)
        .join(Area, Area.code == Team.commune_code)
        .join(Account, Account.id == ClassCredit.given_by_id)
        .join(Person, Person.id == Account.person_id)
        .where(or_(ClassCredit.given_by_id == actor.account_id, Area.parent_code.in_(actor.provinces)))
    )


def _credit_row(row: Row[Any]) -> CreditRow:
    commune = f"{row.kind} {row.name}"
    return CreditRow(row.ClassCredit, row.lesson, row.course, row.team, commune, row.full_name, row.people)
