"""Who has earned which certificate: by a finished class, a course, a set of skills, or as a whole team.

Only tests graded here, tasks observed and classes attended earn one; what people say of themselves
never does. Everything is read from the rows of training and learning, never from counters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, literal, not_, null, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.certificates.models import ApprovalEntry, Certificate
from lms.certificates.refusals import ClassNotFinalised
from lms.clock import vn_date
from lms.errors import NotFound
from lms.learning.models import ProgrammeCompletion, SkillCompletion
from lms.library.models import Programme, Skill
from lms.people.models import Person
from lms.teams.models import Membership, Team
from lms.training.models import Seat, TrainingClass

CERTIFYING_GRADES = ("A", "C")


@dataclass(frozen=True)
class Matter:
    """What a list certifies: one class, or one skill or programme in a province.

    `about` is the key of the skill or programme; a team is certified about either.
    """

    kind: str
    province_code: str
    title: str
    class_id: int | None = None
    about: str = ""

    def subject(self, key: int) -> str:
        """Return the name under which a certificate of this matter is unique."""
        return f"{self._before}{key}{self._after}"

    def subject_in_sql(self, key: Any) -> ColumnElement[str]:
        """Return the same name as the database puts it together."""
        return literal(self._before) + cast(key, String(20)) + literal(self._after)

    @property
    def _before(self) -> str:
        return "seat:" if self.kind == "class" else f"{self.kind}:"

    @property
    def _after(self) -> str:
        return "" if self.kind == "class" else f":{self.about}"


@dataclass(frozen=True)
class Earner:
    """A person or team that has earned the certificate of a matter, and what it rests on.

    `basis` is the version of the course, the programme as it was, or how many people the team has; `result` is
    what an earlier paper said of it, if that is to be said again.
    """

    subject: str
    person_id: int | None
    team_id: int | None
    seat_id: int | None
    name: str
    earned_on: date
    grade: str
    basis: int
    result: str = ""


def find_matter(
    session: Session,
    *,
    by: Actor,
    kind: str,
    class_id: int | None = None,
    about: str = "",
    province_code: str | None = None,
) -> Matter:
    """Return what is to be certified, if it is of the officer's province (their first, if none is named).

    Raises:
        NotFound: no such class, skill or programme, or another province's class.
        ClassNotFinalised: the class has no final results yet.
    """
    if kind == "class":
        return _class_matter(session, by, class_id)
    titles = {"course": _skill_title, "skills": _programme_title, "team": _skill_or_programme_title}
    title = titles[kind](session, about) if kind in titles else None
    province = province_code or next(iter(by.provinces), None)
    if title is None or province is None or province not in by.provinces:
        raise NotFound(f"{kind} {about}")
    return Matter(kind, province, title, about=about)


def earners(session: Session, matter: Matter) -> list[Earner]:
    """Return everybody who has earned the certificate, by one statement, in the order of the numbers to be.

    In a class that is the order of its queue; otherwise the Vietnamese order of names.
    """
    return [earner_of(matter, row) for row in session.execute(earned(matter))]


def earner_of(matter: Matter, row: Any) -> Earner:
    """Return a row of `earned` as somebody with a subject."""
    return Earner(
        subject=matter.subject(row.key),
        person_id=row.person_id,
        team_id=row.team_id,
        seat_id=row.seat_id,
        name=row.name,
        earned_on=vn_date(row.earned),
        grade=row.grade,
        basis=row.basis,
    )


def earned_once(session: Session, old: Certificate) -> Earner:
    """Return a team as it earned a certificate that is to be replaced.

    Who joined it since takes nothing from what all its members of that day had done.
    """
    team, printed = session.get_one(Team, old.team_id), old.snapshot
    return Earner(
        subject=old.subject,
        person_id=None,
        team_id=team.id,
        seat_id=None,
        name=team.name,
        earned_on=date.fromisoformat(printed["last_iso"]),
        grade="",
        basis=0,
        result=printed["result"],
    )


def earned(matter: Matter, *, commune: str | None = None) -> Any:
    """Return the query of who has earned it, as of now; of one commune if it is given."""
    return _EARNED[matter.kind](matter, commune)


def not_certified_yet(matter: Matter, query: Any) -> Any:
    """Leave out who holds a live certificate of it, or stands on a list that waits."""
    subject = matter.subject_in_sql(_KEYS[matter.kind])
    held = exists().where(Certificate.subject == subject, Certificate.is_live)
    listed = exists().where(ApprovalEntry.subject == subject, ApprovalEntry.settled_at.is_(None))
    return query.where(not_(held), not_(listed))


def _class_matter(session: Session, by: Actor, class_id: int | None) -> Matter:
    held = session.scalar(
        select(TrainingClass).where(TrainingClass.id == class_id, TrainingClass.province_code.in_(by.provinces))
    )
    if held is None:
        raise NotFound(f"class {class_id}")
    if held.state != "finalised":
        raise ClassNotFinalised
    return Matter("class", held.province_code, held.title, class_id=held.id)


def _skill_title(session: Session, key: str) -> str | None:
    return session.scalar(select(Skill.title).where(Skill.key == key))


def _programme_title(session: Session, key: str) -> str | None:
    return session.scalar(
        select(Programme.title).where(Programme.key == key).order_by(Programme.number.desc()).limit(1)
    )


def _skill_or_programme_title(session: Session, key: str) -> str | None:
    return _skill_title(session, key) or _programme_title(session, key)


def _in_class(matter: Matter, commune: str | None) -> Any:
    query = (
        select(
            Seat.id.label("key"),
            Seat.person_id,
            Seat.team_id,
            Seat.id.label("seat_id"),
            Person.full_name.label("name"),
            TrainingClass.ends_on.label("earned"),
            literal("C").label("grade"),
            TrainingClass.id.label("basis"),
        )
        .join(TrainingClass, TrainingClass.id == Seat.class_id)
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.class_id == matter.class_id, TrainingClass.state == "finalised", Seat.state == "completed")
        .order_by(Seat.rank, Seat.place, Seat.id)
    )
    if commune is not None:
        query = query.join(Team, Team.id == Seat.team_id).where(Team.commune_code == commune)
    return query


def _by_course(matter: Matter, commune: str | None) -> Any:
    return _of_people(SkillCompletion, SkillCompletion.grade, SkillCompletion.version_id, matter, commune).where(
        SkillCompletion.skill_key == matter.about, SkillCompletion.grade.in_(CERTIFYING_GRADES)
    )


def _by_programme(matter: Matter, commune: str | None) -> Any:
    done = ProgrammeCompletion
    return _of_people(done, literal(""), done.programme_id, matter, commune).where(done.programme_key == matter.about)


def _of_people(done: Any, grade: Any, basis: Any, matter: Matter, commune: str | None) -> Any:
    belongs = (
        select(Membership.id)
        .join(Team, Team.id == Membership.team_id)
        .join(Area, Area.code == Team.commune_code)
        .where(Membership.person_id == done.person_id, Area.parent_code == matter.province_code)
    )
    if commune is not None:
        belongs = belongs.where(Team.commune_code == commune)
    return (
        select(
            done.person_id.label("key"),
            done.person_id,
            null().label("team_id"),
            null().label("seat_id"),
            Person.full_name.label("name"),
            done.completed_at.label("earned"),
            grade.label("grade"),
            basis.label("basis"),
        )
        .join(Person, Person.id == done.person_id)
        .where(Person.erased_at.is_(None), belongs.exists())
        .order_by(Person.sort_key, Person.id)
    )


def _as_team(matter: Matter, commune: str | None) -> Any:
    """Every present member of a team has it: counted person by person."""
    done = (
        select(SkillCompletion.person_id, SkillCompletion.completed_at)
        .where(SkillCompletion.skill_key == matter.about, SkillCompletion.grade.in_(CERTIFYING_GRADES))
        .union_all(
            select(ProgrammeCompletion.person_id, ProgrammeCompletion.completed_at).where(
                ProgrammeCompletion.programme_key == matter.about
            )
        )
        .subquery()
    )
    members = func.count(Membership.id)
    query = (
        select(
            Team.id.label("key"),
            null().label("person_id"),
            Team.id.label("team_id"),
            null().label("seat_id"),
            Team.name.label("name"),
            func.max(done.c.completed_at).label("earned"),
            literal("").label("grade"),
            members.label("basis"),
        )
        .join(Membership, and_(Membership.team_id == Team.id, Membership.left_at.is_(None)))
        .join(Area, Area.code == Team.commune_code)
        .outerjoin(done, done.c.person_id == Membership.person_id)
        .where(Team.ended_at.is_(None), Area.parent_code == matter.province_code)
        .group_by(Team.id, Team.name, Team.sort_key, Area.sort_key)
        .having(members == func.count(done.c.person_id))
        .order_by(Area.sort_key, Team.sort_key, Team.id)
    )
    return query if commune is None else query.where(Team.commune_code == commune)


_EARNED: dict[str, Callable[[Matter, str | None], Any]] = {
    "class": _in_class,
    "course": _by_course,
    "skills": _by_programme,
    "team": _as_team,
}
_KEYS: dict[str, Any] = {
    "class": Seat.id,
    "course": SkillCompletion.person_id,
    "skills": ProgrammeCompletion.person_id,
    "team": Team.id,
}
