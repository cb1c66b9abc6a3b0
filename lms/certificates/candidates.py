"""Who can be certified now: asked page by page, since a province has sixteen thousand people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.certificates.earning import Earner, Matter, earned, earner_of, find_matter, not_certified_yet
from lms.certificates.models import Certificate
from lms.certificates.sources import AT_ONCE, standings, team_title
from lms.learning.models import ProgrammeCompletion, SkillCompletion
from lms.library.models import Programme, Skill
from lms.training.models import Seat, TrainingClass


@dataclass(frozen=True)
class Candidate:
    """Somebody who has earned a certificate and holds no live one, nor waits on a list.

    `note` tells of a certificate that was revoked: to certify again is a new decision, never a matter of course.
    """

    subject: str
    name: str
    team: str
    commune: str
    earned_on: date
    note: str = ""


@dataclass(frozen=True)
class Waiting:
    """A matter in which somebody waits to be certified, and how many do."""

    matter: Matter
    people: int
    day: date | None = None


def candidates(
    session: Session,
    *,
    by: Actor,
    kind: str,
    class_id: int | None = None,
    about: str = "",
    commune: str | None = None,
    offset: int = 0,
    limit: int = AT_ONCE,
) -> tuple[Matter, list[Candidate]]:
    """Return what is certified, and one page of who can be, in the order of the numbers to be.

    Raises:
        NotFound: not of the officer's province.
        ClassNotFinalised: the class has no final results yet.
    """
    matter = find_matter(session, by=by, kind=kind, class_id=class_id, about=about)
    query = not_certified_yet(matter, earned(matter, commune=commune)).offset(offset).limit(limit)
    page = [earner_of(matter, row) for row in session.execute(query)]
    return matter, _described(session, matter, page)


def candidate_subjects(session: Session, matter: Matter, *, commune: str | None = None) -> list[str]:
    """Return the subjects of everybody who can be certified, for "chọn tất cả"."""
    query = not_certified_yet(matter, earned(matter, commune=commune))
    return [matter.subject(row.key) for row in session.execute(query)]


def count_candidates(session: Session, matter: Matter, *, commune: str | None = None) -> int:
    """Return how many can be certified."""
    query = not_certified_yet(matter, earned(matter, commune=commune)).order_by(None)
    return session.scalars(select(func.count()).select_from(query.subquery())).one()


def waiting(session: Session, by: Actor) -> list[Waiting]:
    """Return every class, skill, programme and kind of team certificate for which somebody waits."""
    found = [
        Waiting(Matter("class", row.province_code, row.title, class_id=row.id), row.people, row.ends_on)
        for row in session.execute(_waiting_classes(by.provinces))
    ]
    for province_code in by.provinces[:1]:
        for matter in _matters_of_learning(session, province_code):
            if people := count_candidates(session, matter):
                found.append(Waiting(matter, people))
    return found


def _described(session: Session, matter: Matter, page: Sequence[Earner]) -> list[Candidate]:
    standing = standings(session, matter, page)
    revoked = _revoked_numbers(session, [earner.subject for earner in page])
    return [
        Candidate(
            subject=earner.subject,
            name=team_title(earner.name) if matter.kind == "team" else earner.name,
            team=standing[earner.subject].team,
            commune=standing[earner.subject].commune,
            earned_on=earner.earned_on,
            note=f"giấy số {revoked[earner.subject]} đã thu hồi" if earner.subject in revoked else "",
        )
        for earner in page
    ]


def _revoked_numbers(session: Session, subjects: Sequence[str]) -> dict[str, str]:
    rows = session.execute(
        select(Certificate.subject, Certificate.snapshot)
        .where(Certificate.subject.in_(subjects), Certificate.revoked_at.is_not(None))
        .order_by(Certificate.id)
    )
    return {subject: snapshot["number"] for subject, snapshot in rows}


def _waiting_classes(provinces: Collection[str]) -> Any:
    completed: Any = select(Seat.id, Seat.class_id).where(Seat.state == "completed")
    seats = not_certified_yet(Matter("class", "", ""), completed).subquery()
    return (
        select(
            TrainingClass.id, TrainingClass.province_code, TrainingClass.title, TrainingClass.ends_on,
            func.count(seats.c.id).label("people"),
        )
        .join(seats, seats.c.class_id == TrainingClass.id)
        .where(TrainingClass.province_code.in_(provinces), TrainingClass.state == "finalised")
        .group_by(TrainingClass.id, TrainingClass.province_code, TrainingClass.title, TrainingClass.ends_on)
        .order_by(TrainingClass.ends_on, TrainingClass.id)
    )  # fmt: skip


def _matters_of_learning(session: Session, province_code: str) -> list[Matter]:
    skills = session.execute(
        select(Skill.key, Skill.title)
        .where(select(SkillCompletion.id).where(SkillCompletion.skill_key == Skill.key).exists())
        .order_by(Skill.position, Skill.key)
    ).all()
    programmes = session.execute(
        select(Programme.key, Programme.title)
        .where(
            Programme.replaced_at.is_(None),
            select(ProgrammeCompletion.person_id).where(ProgrammeCompletion.programme_key == Programme.key).exists(),
        )
        .order_by(Programme.key)
    ).all()
    return [
        *(Matter("course", province_code, title, about=key) for key, title in skills),
        *(Matter("skills", province_code, title, about=key) for key, title in programmes),
        *(Matter("team", province_code, title, about=key) for key, title in [*skills, *programmes]),
    ]
