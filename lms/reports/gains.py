"""What people gained: how many of the five questions were right before learning a skill, and how many after.

Only averages leave the database, never one person's result, and nothing at all of a group so
small that its average would tell of its members.
"""

from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from lms.areas.models import Area
from lms.learning.models import SkillCheck
from lms.learning.skill_checks import AFTER, BEFORE
from lms.library.queries import skill_titles, taught_skills
from lms.teams.models import Membership, Team

SMALLEST_GROUP = 5


@dataclass(frozen=True)
class Gain:
    """A skill: how many people answered both times, and the questions right on average, of those asked."""

    title: str
    people: int
    before: float
    after: float
    asked: float

    @property
    def gained(self) -> float:
        """Return how many more questions were right after learning, to one decimal."""
        return round(self.after - self.before, 1)

    @property
    def before_share(self) -> float:
        """Return the share per cent that was right before."""
        return 100 * self.before / self.asked

    @property
    def after_share(self) -> float:
        """Return the share per cent that was right after."""
        return 100 * self.after / self.asked


@dataclass(frozen=True)
class Gains:
    """The gains of an area by skill, and the skills of which too few people answered both times."""

    area: Area
    shown: tuple[Gain, ...]
    too_few: tuple[str, ...]


def gains_of(session: Session, area: Area) -> Gains:
    """Return what the people of an area's live teams gained, by two sums of the database."""
    before, after = aliased(SkillCheck), aliased(SkillCheck)
    people = func.count()
    sums = session.execute(
        select(before.skill_key, people, func.sum(before.correct), func.sum(after.correct), func.sum(after.total))
        .join(after, (after.person_id == before.person_id) & (after.skill_key == before.skill_key))
        .where(before.moment == BEFORE, after.moment == AFTER, after.total > 0, before.person_id.in_(_members(area)))
        .group_by(before.skill_key)
        .having(people >= SMALLEST_GROUP)
    )
    titles = skill_titles(session)
    found = {
        key: Gain(titles[key], count, round(right / count, 1), round(right_after / count, 1), asked / count)
        for key, count, right, right_after, asked in sums
    }
    taught = taught_skills(session)
    return Gains(
        area,
        tuple(found[key] for key in titles if key in found),
        tuple(title for key, title in taught.items() if key not in found),
    )


def _members(area: Area) -> Select[int]:
    """Return who is in a live team of the area; somebody in two of them is one person."""
    return (
        select(Membership.person_id)
        .join(Team, Team.id == Membership.team_id)
        .join(Area, Area.code == Team.commune_code)
        .where(
            Membership.left_at.is_(None),
            Team.ended_at.is_(None),
            or_(Area.code == area.code, Area.parent_code == area.code),
        )
    )
