"""What people are told of the next class is true for them: only a registered need keeps a number or goes first."""

import pytest

from lms.access import SYSTEM
from lms.db import db_session
from lms.journal.models import Notice
from lms.training import rules

from .world import HOUR

ASK_AGAIN = "muốn dự lớp sau thì hãy nhờ tổ xin chỗ"


@pytest.fixture
def both(world):
    """A class of two places: the leader of a registered team, and one who asked later."""
    world.use_call(order="first_come")
    registered, late = world.team(), world.team()
    class_id = world.published(registered, offer_hours=5)
    world.do(rules.request_seat, by=late.by("leader"), class_id=class_id, team_id=late.id, person_id=late.leader)
    return class_id, registered.leader, late.leader


def said(person_id, template):
    session = db_session()
    session.rollback()
    found = session.query(Notice).filter_by(person_id=person_id, template=template)
    return found.order_by(Notice.id.desc()).first().text


def test_of_a_cancelled_class(world, both):
    class_id, registered, late = both

    world.cancel(class_id)

    assert "tổ giữ thứ tự đăng ký cho lớp sau" in said(registered, "class-cancelled")
    assert ASK_AGAIN in said(late, "class-cancelled")


def test_of_a_place_taken_away(world, both):
    class_id, _, late = both
    asked = world.do(rules.ask_cut, by=world.officer, class_id=class_id, capacity=1, reason="phòng nhỏ").id

    world.do(rules.accept_decision, by=world.second_officer, decision_id=asked)

    text = said(late, "seat-displaced")
    assert "được xếp trước" not in text
    assert ASK_AGAIN in text


def test_of_a_registered_place_taken_away(world):
    world.use_call(order="first_come")
    first, second = world.team(), world.team()
    class_id = world.published(first, second)
    asked = world.do(rules.ask_cut, by=world.officer, class_id=class_id, capacity=1, reason="phòng nhỏ").id

    world.do(rules.accept_decision, by=world.second_officer, decision_id=asked)

    assert "lớp sau của chuyên đề tổ được xếp trước" in said(second.leader, "seat-displaced")


def test_of_an_offer_that_lapsed_twice(world, both):
    _, registered, late = both
    for hours in (6, 12):
        world.now += hours * HOUR
        world.do(rules.expire_offers, by=SYSTEM)

    assert "tổ giữ thứ tự đăng ký cho lớp sau" in said(registered, "seat-expired")
    assert ASK_AGAIN in said(late, "seat-expired")


def test_of_a_queue_that_ends_with_its_class(world):
    world.use_call(order="first_come")
    registered, waiting, late = world.team(), world.team(), world.team()
    class_id = world.published(registered, waiting, capacity=1)
    world.do(rules.request_seat, by=late.by("leader"), class_id=class_id, team_id=late.id, person_id=late.leader)
    world.do(rules.confirm_seat, by=registered.by("leader"), seat_id=world.seat(class_id, registered.leader).id)

    world.finalise(class_id)

    assert "tổ giữ thứ tự đăng ký cho lớp sau" in said(waiting.leader, "seat-carried")
    assert ASK_AGAIN in said(late.leader, "seat-carried")
