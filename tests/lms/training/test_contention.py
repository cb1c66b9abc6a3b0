"""Many people, few seats, real processes: no oversell with the lock, and oversell without it.

The second half is the proof that the first half proves something.
"""

from collections import Counter
from itertools import chain

from lms.access import Actor, RoleView
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.errors import Refused
from lms.people.models import Person
from lms.teams.models import Membership
from lms.training import rules
from lms.training.models import Seat, TrainingClass
from lms.training.transitions import LIVE_SEATS
from lms.words import fold, name_key, sort_key
from tests.factories import HAC_THANH, NOON

from .pressing import run_processes

CAPACITY = 20
PROCESSES = 8
PEOPLE = 96


def test_with_the_lock_no_seat_is_sold_twice(world, engine_url, tmp_path):
    class_id, people = arrange(world)

    outcomes = run(engine_url, tmp_path, class_id, people, lock=True)

    assert outcomes == {"offered": CAPACITY, "waiting": PEOPLE - CAPACITY}
    assert taken(class_id) == CAPACITY
    assert world.findings() == []


def test_the_same_people_pressing_in_several_places_get_one_seat_each(world, engine_url, tmp_path):
    class_id, people = arrange(world)

    outcomes = run(engine_url, tmp_path, class_id, people[:30] * PROCESSES, lock=True)

    assert outcomes == {"offered": CAPACITY, "waiting": 10, "AlreadySeated": 30 * (PROCESSES - 1)}
    assert world.findings() == []


def test_without_the_lock_the_same_test_oversells(world, engine_url, tmp_path):
    class_id, people = arrange(world)

    outcomes = run(engine_url, tmp_path, class_id, people, lock=False)

    assert taken(class_id) > CAPACITY, outcomes
    assert [found for found in world.findings() if found.startswith("[1]")]


def arrange(world) -> tuple[int, list[tuple[int, int]]]:
    """Publish an empty class, and return it with everybody who wants a seat (person, team)."""
    team = world.team()
    class_id = world.plan(CAPACITY)
    world.publish(class_id)

    def crowd(session):
        made = []
        for number in range(PEOPLE):
            name = f"Nguyễn Văn Số {number}"
            person = Person(
                full_name=name, name_key=name_key(name), fold=fold(name), sort_key=sort_key(name), created_at=NOON
            )
            session.add(person)
            session.flush()
            session.add(Membership(team_id=team.id, person_id=person.id, role="member", joined_at=NOON))
            made.append((person.id, team.id))
        return made

    return class_id, in_unit(crowd)


def run(url: str, folder, class_id: int, people: list[tuple[int, int]], *, lock: bool) -> Counter:
    """Let the processes go at the same moment; return how often each outcome happened."""
    tasks = [(class_id, people[n::PROCESSES]) for n in range(PROCESSES)]
    told = run_processes(url, folder / "du-lieu", tasks, contend, lock=lock)
    return Counter(chain.from_iterable(told))


def contend(task: tuple[int, list[tuple[int, int]]]) -> list[str]:
    """Want seats, in a process of its own."""
    class_id, people = task
    return [want(class_id, person, team) for person, team in people]


def want(class_id: int, person: int, team: int) -> str:
    clerk = Actor(None, None, "Phạm Văn Xã", roles=(RoleView("clerk", HAC_THANH),))
    try:
        return in_unit(
            lambda s: (
                rules.request_seat(s, by=clerk, class_id=class_id, team_id=team, person_id=person, now=utc_now()).state
            )
        )
    except Refused as refusal:
        return type(refusal).__name__


def taken(class_id: int) -> int:
    session = db_session()
    session.rollback()
    assert session.get(TrainingClass, class_id).capacity == CAPACITY
    return session.query(Seat).filter(Seat.class_id == class_id, Seat.state.in_(LIVE_SEATS)).count()
