"""The process killed at every step of a deed: all of it or nothing, and sent again it is done once.

A child dies (SIGKILL) before the first statement, after the first, after the second, … before COMMIT and
after it, each time a step further, with the same form; the last one dies when everything is stored.
"""

import os
import signal
from itertools import count

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from lms.db import db_session
from lms.once import OnceKey
from lms.training import rules

from .deeds import digest
from .pressing import FORK, let_go_of_the_database, press
from .world import AFTER_CLASS, TOPIC

KEY = "mot-lan"
MOST_STEPS = 400


def registering(world):
    team = world.team()
    of = {"call_id": world.call, "team_id": team.id, "topic": TOPIC, "wish": rules.Wish(), "now": world.now}
    by = team.by("leader")
    return by, lambda s: rules.register_need(s, by=by, **of)


def publishing(world):
    world.use_call(order="fair")
    class_id = world.plan(1)
    world.group(class_id, *(world.register(world.team()) for _ in range(2)))
    by = world.officer
    return by, lambda s: rules.publish_class(s, by=by, class_id=class_id, now=world.now)


def confirming(world):
    team = world.team()
    seat_id, by = world.seat(world.published(team), team.leader).id, team.by("leader")
    return by, lambda s: rules.confirm_seat(s, by=by, seat_id=seat_id, now=world.now)


def declining(world):
    """The next in the queue is invited in the same transaction."""
    first = world.team()
    seat_id, by = world.seat(world.published(first, world.team(), capacity=1), first.leader).id, first.by("leader")
    return by, lambda s: rules.decline_seat(s, by=by, seat_id=seat_id, now=world.now)


def cutting(world):
    class_id = world.published(world.team(), world.team(), capacity=2)
    asked = world.do(rules.ask_cut, by=world.officer, class_id=class_id, capacity=1, reason="hỏng phòng").id
    by = world.second_officer
    return by, lambda s: rules.accept_decision(s, by=by, decision_id=asked, now=world.now)


def merging(world):
    here, there = world.published(world.team(), capacity=1), world.plan(2, title="Lớp gộp vào")
    world.publish(there)
    by = world.officer
    return by, lambda s: rules.merge_class(s, by=by, class_id=here, into_id=there, reason="ít người", now=world.now)


def finalising(world):
    team = world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
    world.do(rules.close_attendance, by=world.officer, class_id=class_id, now=AFTER_CLASS)
    by = world.officer
    return by, lambda s: rules.finalise_class(s, by=by, class_id=class_id, now=AFTER_CLASS)


@pytest.mark.parametrize("arrange", [registering, publishing, confirming, declining, cutting, merging, finalising])
def test_a_deed_killed_at_any_step_is_done_as_a_whole_or_not_at_all_and_once(world, arrange):
    by, deed = arrange(world)
    before, steps = digest(), 0

    for steps in count():
        assert steps < MOST_STEPS
        assert die_at(steps, by, deed) == -signal.SIGKILL
        if digest() != before:
            break

    assert steps > 5
    after = digest()
    first, second = press(KEY, by, deed), press(KEY, by, deed)
    assert first == second
    assert first.startswith("/")
    assert digest() == after
    assert db_session().query(OnceKey).count() == 1
    assert world.findings(AFTER_CLASS) == []


def die_at(step: int, by, deed) -> int:
    """Send the form in a process that is killed at this step; return how it ended."""
    let_go_of_the_database()
    child = FORK.Process(target=send_and_die, args=(step, by, deed), daemon=True)
    child.start()
    child.join(60)
    return child.exitcode


def send_and_die(step: int, by, deed) -> None:
    steps = count()

    def reach(*_):
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = db_session().get_bind()
    for moment in ("begin", "after_cursor_execute", "commit"):
        event.listen(engine, moment, reach)
    event.listen(Session, "after_commit", reach)
    press(KEY, by, deed)
    os._exit(0)
