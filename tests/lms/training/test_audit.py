"""The auditor finds what somebody with the database in hand has bent."""

import pytest
from sqlalchemy import text

from lms.db import db_session
from lms.training.models import Call, Need, Seat, TrainingClass, TrainingEvent


def bend_capacity(class_id):
    db_session().query(TrainingClass).filter_by(id=class_id).update({"capacity": 1})


def bend_state(class_id):
    db_session().query(Seat).filter_by(class_id=class_id, state="waiting").update({"state": "completed"})


def bend_chain(_):
    db_session().query(TrainingEvent).filter_by(entity="seat", to_state="offered").update({"from_state": "declined"})


def bend_author(_):
    db_session().query(TrainingEvent).filter_by(entity="need").update({"actor_label": ""})


def bend_number(_):
    db_session().query(Need).filter_by(queue_seq=1).update({"queue_seq": 3})


def bend_last_number(_):
    db_session().query(Call).update({"need_seq": 1})


def bend_room(class_id):
    db_session().query(TrainingClass).filter_by(id=class_id).update({"capacity": 3})


def bend_need(_):
    db_session().execute(text("DROP INDEX uq_lms_needs_live"))
    first = db_session().query(Need).filter_by(queue_seq=1).one()
    db_session().query(Need).filter_by(queue_seq=2).update({"team_id": first.team_id})


@pytest.mark.parametrize(
    ("bend", "invariant"),
    [
        (bend_capacity, 1),
        (bend_need, 3),
        (bend_room, 4),
        (bend_number, 6),
        (bend_last_number, 6),
        (bend_state, 7),
        (bend_chain, 10),
        (bend_author, 9),
    ],
)
def test_the_auditor_names_the_broken_invariant(world, bend, invariant):
    """Three teams, two places: two offered, one waits."""
    needs = [world.register(world.team()) for _ in range(2)]
    class_id = world.plan(2)
    world.group(class_id, *needs)
    world.group(class_id, world.register(world.team()))
    world.publish(class_id)
    assert world.findings() == []

    if bend is bend_number:
        db_session().query(Need).filter_by(queue_seq=3).update({"queue_seq": 99})
    bend(class_id)
    db_session().commit()

    assert any(found.startswith(f"[{invariant}]") for found in world.findings())
