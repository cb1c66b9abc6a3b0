"""The declared moves, state by state."""

import itertools

import pytest

from lms.db import db_session, in_unit
from lms.training import rules
from lms.training.models import (
    CALL_STATES,
    CLASS_STATES,
    NEED_STATES,
    SEAT_STATES,
    Call,
    Need,
    Seat,
    TrainingClass,
)
from lms.training.transitions import BEFORE_START, LIVE_NEEDS, LIVE_SEATS, MOVES, OPEN_SEATS, move
from lms.training.wording import STATE_WORDS
from tests.factories import NOON

STATES = {"call": CALL_STATES, "need": NEED_STATES, "class": CLASS_STATES, "seat": SEAT_STATES}
DEAD = {
    "call": {"archived"},
    "need": {"unmet_carried", "withdrawn", "rejected", "closed"},
    "class": {"finalised", "cancelled", "merged"},
    "seat": {"declined", "expired", "cancelled", "displaced", "moved", "class_cancelled"},
}


@pytest.mark.parametrize("entity", STATES)
def test_dead_states_are_never_left(entity):
    assert {state for state in STATES[entity] if not MOVES[entity].get(state)} == DEAD[entity]


@pytest.mark.parametrize("entity", STATES)
def test_every_declared_state_is_known_and_has_words(entity):
    named = {to for targets in MOVES[entity].values() for to in targets} | (set(MOVES[entity]) - {None})

    assert named == set(STATES[entity])
    assert set(STATE_WORDS[entity]) == set(STATES[entity])


def test_live_states_are_among_the_known():
    assert set(NEED_STATES) >= LIVE_NEEDS
    assert set(SEAT_STATES) >= OPEN_SEATS > LIVE_SEATS
    assert set(CLASS_STATES) >= BEFORE_START


def test_every_pair_of_states_is_allowed_exactly_if_declared(world):
    team = world.team()
    need_id = world.register(team)
    class_id = world.plan()
    world.group(class_id, need_id)
    other = world.plan(title="Lớp khác")
    by, rows = world.officer, {"call": (Call, world.call), "need": (Need, need_id), "class": (TrainingClass, class_id)}
    rows["seat"] = (Seat, world.seat(class_id, team.leader).id)

    def try_every_pair(session):
        allowed = set()
        for entity, (model, row_id) in rows.items():
            for came_from, to in itertools.product(STATES[entity], repeat=2):
                row = session.get(model, row_id)
                row.state = came_from
                if entity == "class":
                    row.merged_into_id = other if came_from == "merged" else None
                session.flush()
                try:
                    move(session, row, to, by=by, now=NOON, **({"merged_into_id": other} if to == "merged" else {}))
                except rules.AlreadySettled:
                    continue
                allowed.add((entity, came_from, to))
        session.rollback()
        return allowed

    allowed = in_unit(try_every_pair)

    declared = {(e, a, b) for e, moves in MOVES.items() for a, targets in moves.items() if a for b in targets}
    assert allowed == declared


def test_a_move_made_by_somebody_else_in_between_is_not_made_twice(world):
    need_id = world.register(world.team())
    by = world.officer

    def race(session):
        need = session.get(Need, need_id)
        session.execute(Need.__table__.update().values(state="withdrawn"))
        with pytest.raises(rules.AlreadySettled, match="đã rút"):
            move(session, need, "rejected", by=by, now=NOON)
        return need.state

    assert in_unit(race) == "withdrawn"
    assert db_session().get(Need, need_id).state == "withdrawn"
