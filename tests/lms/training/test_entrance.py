"""At the entrance of a class: what asking for a seat leaves, in what order, and how little it asks of the database."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lms.db import db_session
from lms.errors import NotFound
from lms.journal.models import Notice
from lms.training import rules
from lms.training.models import TrainingEvent

from .world import OTHER_TOPIC

MOST_STATEMENTS = 6  # the locks, one question, the number, the seat, its events, its notices


def test_a_seat_is_asked_for_in_six_statements_whether_there_is_a_place_or_not(world, asked):
    first, second = world.team(), world.team()
    class_id = empty_class(world, capacity=1)
    speakers = [(first, first.by("leader")), (second, second.by("leader"))]
    costs = []

    for team, by in speakers:
        asked.clear()
        want(world, class_id, team, by)
        costs.append(len(asked))

    assert world.states(class_id) == ["offered", "waiting"]
    assert max(costs) <= MOST_STATEMENTS


def test_who_is_invited_at_once_has_waited_first_in_the_chain(world):
    team = world.team()
    class_id = empty_class(world, capacity=1)

    seat = want(world, class_id, team, team.by("leader"))

    assert chain(seat.id) == [(None, "waiting", 0), ("waiting", "offered", 1)]
    assert (seat.state, seat.offered_at) == ("offered", world.now)
    assert world.findings() == []


def test_a_latecomer_hears_the_place_in_the_queue(world):
    first, second, third = world.team(), world.team(), world.team()
    class_id = empty_class(world, capacity=1)
    for team in (first, second):
        want(world, class_id, team, team.by("leader"))

    seat = want(world, class_id, third, world.clerk)

    told = db_session().scalars(select(Notice.text).where(Notice.person_id == seat.person_id)).all()
    assert [text for text in told if "đứng thứ 2 trong hàng chờ" in text]
    assert rules.reasons_for_waiting(db_session(), seat, now=world.now)[0].startswith("Đứng thứ 2 ")


def test_who_let_an_offer_lapse_still_goes_before_a_latecomer(world):
    first, late = world.team(), world.team()
    class_id = empty_class(world, capacity=1)
    want(world, class_id, first, first.by("leader"))
    world.now += timedelta(hours=73)

    seat = want(world, class_id, late, late.by("leader"))

    assert seat.state == "waiting"
    assert world.seat(class_id, first.leader).state == "offered"
    assert world.findings() == []


def test_a_stranger_learns_nothing_and_leaves_nothing(world, asked):
    team, stranger = world.team(), world.team()
    class_id = empty_class(world, capacity=1)
    by = stranger.by("leader")
    asked.clear()

    with pytest.raises(NotFound):
        want(world, class_id, team, by)

    assert not [statement for statement in asked if not statement.startswith("SELECT")]
    assert world.states(class_id) == []


def test_no_such_class_is_not_found(world):
    team = world.team()

    with pytest.raises(NotFound):
        want(world, empty_class(world, topic=OTHER_TOPIC) + 1, team, team.by("leader"))


def empty_class(world, capacity: int = 2, **but) -> int:
    class_id = world.plan(capacity, **but)
    world.publish(class_id)
    return class_id


def want(world, class_id: int, team, by):
    return world.do(rules.request_seat, by=by, class_id=class_id, team_id=team.id, person_id=team.leader)


def chain(seat_id: int) -> list[tuple]:
    """Return the seat's moves in their order, each with how many places were taken after it."""
    mine = (TrainingEvent.entity == "seat", TrainingEvent.entity_id == seat_id)
    rows = db_session().scalars(select(TrainingEvent).where(*mine).order_by(TrainingEvent.id))
    return [(row.from_state, row.to_state, row.snapshot["live"]) for row in rows]
