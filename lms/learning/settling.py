"""What a newly published programme completes for those who have all it asks for."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lms.access import SYSTEM
from lms.learning.completion import hold_places_of
from lms.learning.models import ProgrammeCompletion, SkillCompletion
from lms.learning.programmes import complete_programmes
from lms.library.models import Programme
from lms.library.queries import rule_of


def settle_programmes(session: Session, touched: Mapping[str, Iterable[Any]]) -> None:
    """Complete a newly published programme for everybody whose skills are enough for it already.

    Called by the door inside the unit that publishes.
    """
    for key in sorted(map(str, touched.get("programmes", ()))):
        programme = session.scalars(
            select(Programme).where(Programme.key == key, Programme.replaced_at.is_(None))
        ).one()
        for person_id, places in hold_places_of(session, _who_has_enough(session, programme)).items():
            complete_programmes(session, by=SYSTEM, person_id=person_id, places=places, now=programme.published_at)


def _who_has_enough(session: Session, programme: Programme) -> list[int]:
    """Return who has the skills a programme asks for and has not completed it; the database counts."""
    rule = rule_of(programme)
    done = select(ProgrammeCompletion.person_id).where(ProgrammeCompletion.programme_key == programme.key)
    required = func.count(case((SkillCompletion.skill_key.in_(rule.required), SkillCompletion.id)))
    elective = func.count(case((SkillCompletion.skill_key.in_(rule.elective), SkillCompletion.id)))
    people = (
        select(SkillCompletion.person_id)
        .where(SkillCompletion.person_id.not_in(done))
        .group_by(SkillCompletion.person_id)
        .having(required == len(rule.required), elective >= rule.elective_at_least)
        .order_by(SkillCompletion.person_id)
    )
    return list(session.scalars(people))
