"""Coming back: somebody set away at the door, keyed in from the list or from signed paper."""

from datetime import timedelta

import pytest

from lms.training import rules

from .checking_in import AT_DOOR, ClassDay, at
from .world import HOUR


@pytest.fixture(autouse=True)
def _first_come(world):
    """Who registers first is first, so that a test can say who that is."""
    world.use_call(order="first_come")


def set_away(day):
    what = {"session_id": day.morning, "seat_ids": [day.seats[0]]}
    day.world.do(rules.set_away, by=day.chief, now=AT_DOOR + timedelta(minutes=40), **what)


def test_signed_paper_brings_back_whoever_was_set_away_while_a_place_is_left(world):
    day = ClassDay(world)
    set_away(day)
    after = AT_DOOR + timedelta(hours=11)

    for word, state in (("absent", "away"), ("present", "confirmed")):
        marks = {day.seats[0]: rules.Mark(word, "giấy ký ghi như vậy")}
        world.do(rules.mark_session, by=world.trainer, session_id=day.morning, marks=marks, now=after,
                 seen=rules.Seen("paper"))  # fmt: skip
        assert day.seat().state == state
    assert world.findings(after) == []


def test_with_every_place_taken_paper_brings_nobody_back(world):
    day = ClassDay(world)
    set_away(day)
    other = world.team()
    world.do(rules.add_walk_in, by=world.trainer, class_id=day.id, person_id=other.member, now=AT_DOOR + HOUR)

    with pytest.raises(rules.NoPlaceLeft):
        day.mark(0, "present", reason="giấy ký", now=AT_DOOR + 2 * HOUR)

    assert (day.seat().state, day.rows()) == ("away", [])


def test_everybody_present_leaves_out_whoever_was_set_away(world, client):
    day = ClassDay(world)
    set_away(day)
    client.sign_in(world.trainer.account_id)

    with at(AT_DOOR + HOUR):
        page = client.get(day.path("danh-sach"))
        assert "Đã nhường chỗ vì chưa đến." in page.text
        client.send(page.form("danh-sach"), 303, all_present="1")

    assert (day.seat().state, day.stands(0), day.stands(1)) == ("away", None, "present")
