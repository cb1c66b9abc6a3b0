"""The entrance of a class: who asks for a seat, judged by what one statement brings after the locks.

Two thousand people may ask within a minute, and each of them holds up the others of the class. So the
locks are taken first, then everything that the rule asks and tells is read at once.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Integer, bindparam, select, true
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import locks_rows
from lms.errors import NotFound
from lms.people.models import Person
from lms.training.halls import COUNTS, ELSEWHERE, Hall
from lms.training.models import Call, Seat, TrainingClass
from lms.training.notices import AUDIENCE, Audience
from lms.training.standing import TEAM_AND_SPEAKER, Standing, standing_on


@dataclass(frozen=True)
class Entrance:
    """Somebody at the door of a class, both locked: who speaks for them, who hears of it, what stands in the way."""

    hall: Hall
    standing: Standing
    audience: Audience
    in_the_way: str | None


class _Class(NamedTuple):
    """What a queue reads of its class, by the names of `TrainingClass`."""

    id: int
    province_code: str
    topic: str
    title: str
    venue: str
    capacity: int
    state: str
    offer_hours: int
    lock_hours: int
    starts_on: date
    locks_at: datetime


def enter_with(session: Session, *, by: Actor, class_id: int, team_id: int, person_id: int) -> Entrance:
    """Lock the class and then the person who wants a seat, as everywhere, and read what the rule needs.

    Raises:
        NotLeader, NoLongerInTeam: who asks has no say in the team.
        NotFound: no such class or person, or a stranger to the team.
    """
    connection, of = session.connection(), {"class": class_id, "team": team_id, "person": person_id}
    if locks_rows(connection):
        connection.execute(_LOCK_BOTH, of)
    found = connection.execute(_AT_THE_DOOR, of | {"speaker": by.person_id, "nominee": person_id}).first()
    if found is None:
        raise NotFound(f"class {class_id}, team {team_id}, person {person_id}")
    standing = standing_on(session, by, found)
    taken, waiting, lapses_at, who_may_go, in_the_way, *more = found[_OF_TEAM:]
    audience, row = Audience(*more[: len(AUDIENCE)]), _Class(*more[len(AUDIENCE) :])
    hall = Hall(cast(TrainingClass, row), taken, waiting, lapses_at, who_may_go, held={person_id})
    return Entrance(hall, standing, audience, in_the_way)


# Put together once: they are asked for every seat, while others wait.
_CLASS: Any = bindparam("class", type_=Integer())
_PERSON: Any = bindparam("person", type_=Integer())
_LOCK_BOTH = (
    select(TrainingClass.id)
    .join(Person, Person.id == _PERSON)
    .where(TrainingClass.id == _CLASS)
    .with_for_update(key_share=True)
)
_IN_THE_WAY = (
    ELSEWHERE.with_only_columns(TrainingClass.title)
    .where(Seat.person_id == _PERSON)
    .limit(1)
    .correlate(None)
    .scalar_subquery()
)
_NOW = COUNTS.subquery()
_AT_THE_DOOR = (
    TEAM_AND_SPEAKER.join(TrainingClass, TrainingClass.id == _CLASS)
    .join(Person, Person.id == _PERSON)
    .join(_NOW, true())
    .outerjoin(Call, Call.id == TrainingClass.call_id)
    .add_columns(
        _NOW.c.taken,
        _NOW.c.waiting,
        _NOW.c.lapses_at,
        Call.who_may_go,
        _IN_THE_WAY,
        *AUDIENCE,
        *(getattr(TrainingClass, name) for name in _Class._fields),
    )
)
# What follows the columns of team and speaker.
_OF_TEAM = len(TEAM_AND_SPEAKER.selected_columns)
