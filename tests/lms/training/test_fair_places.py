"""What may not change who has a place: the order of those who came in time, and whatever happens behind them."""

import random

import pytest

from lms.db import db_session, in_unit
from lms.training import rules
from lms.training.models import AllotmentRun, Call, Seat
from tests.factories import HAC_THANH

from .deeds import OTHER_COMMUNE, forget
from .world import HOUR

SEEDS = [1, 2, 3]
TEAMS = 7


@pytest.fixture
def teams(world):
    """Seven teams of two communes."""
    return [world.team(commune=OTHER_COMMUNE if number % 3 == 2 else HAC_THANH) for number in range(TEAMS)]


@pytest.fixture
def queued(world, teams):
    """A fair class with three places for which all seven have registered."""
    return allot(world, teams)


def allot(world, teams, *, order="fair", lot="chung", **but) -> int:
    """Let the teams register one after the other, and publish a class with three places for them."""
    world._call = None
    call = world.use_call(order=order, **but)
    in_unit(lambda s: setattr(s.get(Call, call), "seed", lot))
    needs = []
    for minutes, team in enumerate(teams):
        needs.append(world.register(team, now=world.now + minutes * HOUR / 60))
    class_id = world.plan(3)
    world.group(class_id, *needs)
    world.publish(class_id)
    return class_id


def with_a_place(class_id) -> list[int]:
    return people(class_id, "offered", "confirmed")


def people(class_id, *states) -> list[int]:
    """Return who is in these states, in the order of the queue."""
    session = db_session()
    session.rollback()
    seats = session.query(Seat).filter(Seat.class_id == class_id, Seat.state.in_(states))
    return [seat.person_id for seat in seats.order_by(Seat.rank, Seat.place, Seat.id)]


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_fair_window_it_does_not_matter_who_was_quicker(world, teams, seed):
    in_turn = people(allot(world, teams), "offered", "waiting")
    first_run = db_session().query(AllotmentRun).one().output
    forget()
    shuffled = random.Random(seed).sample(teams, k=TEAMS)

    again = people(allot(world, shuffled), "offered", "waiting")

    assert again == in_turn
    assert len(first_run) == TEAMS


def test_the_lot_decides_among_equals_and_another_lot_decides_otherwise(world, teams):
    orders = set()
    for lot in ("một", "hai", "ba", "bốn"):
        orders.add(tuple(people(allot(world, teams, lot=lot), "offered", "waiting")))
        forget()

    assert len(orders) > 1


def test_without_a_fair_window_who_was_quicker_comes_first(world, teams):
    shuffled = random.Random(5).sample(teams, k=TEAMS)

    class_id = allot(world, shuffled, order="first_come")

    assert people(class_id, "offered", "waiting") == [team.leader for team in shuffled]


def test_after_the_window_the_number_decides_among_equals(world, teams):
    late = random.Random(5).sample(teams, k=TEAMS)[:3]
    late = [team for team in late if team not in teams[2::3]]

    class_id = allot(world, late, fair_until=world.now)

    assert people(class_id, "offered", "waiting") == [team.leader for team in late]


def test_whoever_joins_the_queue_evicts_nobody(world, queued):
    before, waiting = with_a_place(queued), people(queued, "waiting")

    newcomer = world.team()
    world.group(queued, world.register(newcomer))
    walker = world.team()
    late = {"team_id": walker.id, "person_id": walker.leader}
    world.do(rules.request_seat, by=walker.by("leader"), class_id=queued, **late)

    assert with_a_place(queued) == before
    assert people(queued, "waiting") == [*waiting, newcomer.leader, walker.leader]


def test_raising_the_capacity_and_cutting_it_back_leaves_the_same_people_in_their_places(world, queued):
    before, waiting = with_a_place(queued), people(queued, "waiting")

    world.do(rules.set_capacity, by=world.officer, class_id=queued, capacity=5)
    assert with_a_place(queued) == before + waiting[:2]
    asked = world.do(rules.ask_cut, by=world.officer, class_id=queued, capacity=3, reason="phòng nhỏ lại").id
    world.do(rules.accept_decision, by=world.second_officer, decision_id=asked)

    assert with_a_place(queued) == before
    assert people(queued, "displaced") == waiting[:2]
    assert people(queued, "waiting") == waiting[2:]
    assert world.findings() == []


@pytest.mark.parametrize("leaves", [0, 1, 2])
def test_when_a_winner_withdraws_exactly_the_next_is_invited(world, teams, queued, leaves):
    before, waiting = with_a_place(queued), people(queued, "waiting")
    team = next(team for team in teams if team.leader == before[leaves])

    world.do(rules.withdraw_need, by=team.by("leader"), need_id=world.seat(queued, team.leader).need_id)

    assert with_a_place(queued) == [*before[:leaves], *before[leaves + 1 :], waiting[0]]
    assert people(queued, "waiting") == waiting[1:]


def test_who_waits_is_not_moved_by_somebody_behind_who_leaves(world, teams, queued):
    before, waiting = with_a_place(queued), people(queued, "waiting")
    last = next(team for team in teams if team.leader == waiting[-1])

    world.do(rules.withdraw_need, by=last.by("leader"), need_id=world.seat(queued, last.leader).need_id)

    assert with_a_place(queued) == before
    assert people(queued, "waiting") == waiting[:-1]
