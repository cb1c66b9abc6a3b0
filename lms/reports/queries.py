"""Overviews of a province or commune: from counters only, so that size does not matter."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.errors import NotFound
from lms.learning import sums
from lms.library.queries import programme_titles, skill_titles, taught_skills
from lms.teams.models import Team

_SHOWN_AT_EACH_END = 20


@dataclass(frozen=True)
class Place:
    """A commune or a team in one skill: how many people, how many of them completed it."""

    code: str
    name: str
    teams: int
    people: int
    done: int

    @property
    def share(self) -> float:
        """Return the share per cent, to one decimal."""
        return round(100 * self.done / self.people, 1) if self.people else 0.0


@dataclass(frozen=True)
class Overview:
    """An area at this moment: its places, its total, and the skills one can look at."""

    area: Area
    skills: Mapping[str, str]
    skill: str
    places: tuple[Place, ...]
    total: Place
    done_by_skill: Mapping[str, int]
    done_by_programme: Mapping[str, int]

    @property
    def skill_title(self) -> str:
        """Return the title of the skill that is shown."""
        return self.skills.get(self.skill, "")

    @property
    def with_people(self) -> tuple[Place, ...]:
        """Return the places that have anybody."""
        return tuple(place for place in self.places if place.people or place.teams)

    @property
    def empty(self) -> tuple[Place, ...]:
        """Return the places in which nobody is yet."""
        return tuple(place for place in self.places if not place.people and not place.teams)

    @property
    def by_share(self) -> tuple[Place, ...]:
        """Return the places to draw, the lowest share first."""
        drawn = [place for place in self.places if place.people]
        return tuple(sorted(drawn, key=lambda place: place.share))

    @property
    def ends(self) -> tuple[tuple[str, tuple[Place, ...]], ...]:
        """Return what to draw bar by bar: all, or of very many the lowest and the highest."""
        drawn = self.by_share
        if len(drawn) <= 2 * _SHOWN_AT_EACH_END:
            return (("Từ cao đến thấp", drawn[::-1]),) if drawn else ()
        return (
            (f"{_SHOWN_AT_EACH_END} nơi thấp nhất", drawn[:_SHOWN_AT_EACH_END]),
            (f"{_SHOWN_AT_EACH_END} nơi cao nhất", drawn[: -_SHOWN_AT_EACH_END - 1 : -1]),
        )


def province_of(session: Session, actor: Actor, code: str) -> Area:
    """Return a province whose officer this is.

    Raises:
        NotFound: it is not theirs.
    """
    area = session.get(Area, code) if code in actor.provinces else None
    if area is None or area.parent_code is not None:
        raise NotFound(f"province {code}")
    return area


def commune_of(session: Session, actor: Actor, code: str) -> Area:
    """Return a commune whose clerk this is, or of whose province they are the officer.

    Raises:
        NotFound: it is not theirs.
    """
    area = session.get(Area, code)
    if area is None or area.parent_code is None or not actor.covers_commune(code, area.parent_code):
        raise NotFound(f"commune {code}")
    return area


def area_of(session: Session, actor: Actor, code: str) -> Area:
    """Return a province or commune whose report this person may see.

    Raises:
        NotFound: it is not theirs.
    """
    return province_of(session, actor, code) if len(code) == 2 else commune_of(session, actor, code)


def home_area(session: Session, area: Area) -> Area:
    """Return the province of an area."""
    return area if area.parent_code is None else session.get_one(Area, area.parent_code)


def province_overview(session: Session, area: Area, skill: str) -> Overview:
    """Return a province by commune."""
    return _overview(
        session, area, skill, sums.province_sums(session, area.code), sums.province_total(session, area.code),
        _teams_by_commune(session, area),
    )  # fmt: skip


def commune_overview(session: Session, area: Area, skill: str) -> Overview:
    """Return a commune by team."""
    teams = sums.commune_sums(session, area.code)
    ones = {team.key: 1 for team in teams}
    return _overview(session, area, skill, teams, sums.commune_total(session, area.code), ones)


def _overview(
    session: Session, area: Area, skill: str, rows: list[sums.Sums], total: sums.Sums, teams: Mapping[str, int]
) -> Overview:
    taught = taught_skills(session)
    skills = {key: title for key, title in skill_titles(session).items() if key in taught or total.skills.get(key)}
    chosen = skill if skill in skills else next(iter(skills), "")
    places = tuple(Place(r.key, r.name, teams.get(r.key, 0), r.members, r.skills.get(chosen, 0)) for r in rows)
    whole = Place(area.code, area.full_name, sum(teams.values()), total.members, total.skills.get(chosen, 0))
    programmes = {title: total.programmes.get(key, 0) for key, title in programme_titles(session).items()}
    return Overview(area, skills, chosen, places, whole, total.skills, programmes)


def _teams_by_commune(session: Session, area: Area) -> dict[str, int]:
    rows = session.execute(
        select(Team.commune_code, func.count())
        .where(Team.commune_code.in_(select(Area.code).where(Area.parent_code == area.code)), Team.ended_at.is_(None))
        .group_by(Team.commune_code)
    )
    return {code: count for code, count in rows}  # noqa: C416
