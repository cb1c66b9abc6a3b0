"""Make-ups: missed sessions made up in another class complete the first one."""

from datetime import timedelta

import pytest

from lms.access import SYSTEM
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.training import makeups, rules
from lms.training.models import AttendanceMark, Seat, TrainingClass
from lms.training.queue import expire_lapsed
from tests.factories import actor_of, officer

from .world import FIRST_DAY, HOUR, OTHER_TOPIC


@pytest.fixture(autouse=True)
def _first_come(world):
    """Who registers first is first, so that a test can say who that is."""
    world.use_call(order="first_come")


def mark(class_id, seat_id, *marks):
    """Write the marks of a seat in the sessions of its class, in order."""

    def write(session):
        row = session.get(TrainingClass, class_id)
        for held, given in zip(makeups.class_sessions(session, class_id), marks, strict=True):
            session.add(
                AttendanceMark(seat_id=seat_id, session_id=held.id, mark=given, happened_at=held.begins_at,
                               marked_at=held.begins_at, marked_by_id=row.trainer_id)
            )  # fmt: skip

    in_unit(write)


def close(world, class_id):
    """Bring a class to its end and fix the results, as trainer and officer do the day after."""
    after = makeups.class_sessions(db_session(), class_id)[-1].ends_at + timedelta(hours=1)
    world.do(rules.close_attendance, by=world.officer, class_id=class_id, now=after)
    world.do(rules.finalise_class, by=world.officer, class_id=class_id, now=after)
    return after


@pytest.fixture
def missed(world):
    """A team whose leader was in the first session only, and a second class of the topic nine days later."""
    team = world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
    mark(class_id, seat_id, "present", "absent")
    world.now = close(world, class_id)
    assert world.seat(class_id, team.leader).state == "incomplete"
    return team, class_id, seat_id


def second_class(world, **but):
    days = FIRST_DAY + timedelta(days=9)
    plan = {"title": "Lớp số 2", "sessions": ((days, "sang"), (days, "chieu"))} | but
    class_id = world.plan(**plan)
    world.publish(class_id)
    return class_id


def test_a_missed_session_made_up_completes_the_first_class(world, missed):
    team, _, original = missed
    later = second_class(world)
    need_id = db_session().get(Seat, original).need_id

    world.do(rules.offer_makeup, by=world.officer, seat_id=original, class_id=later)
    seat = world.seat(later, team.leader)
    assert (seat.state, seat.kind, seat.makes_up_for_id, seat.need_id) == ("offered", "makeup", original, None)
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat.id)
    mark(later, seat.id, "absent", "late")
    at = close(world, later)

    done = db_session().get(Seat, original, populate_existing=True)
    assert (done.state, done.result["made_up"]) == ("completed", [2])
    assert world.need(need_id).state == "closed"
    assert world.findings(at) == []


def test_what_was_not_made_up_changes_nothing(world, missed):
    team, _, original = missed
    later = second_class(world)
    world.do(rules.offer_makeup, by=world.officer, seat_id=original, class_id=later)
    seat_id = world.seat(later, team.leader).id
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
    mark(later, seat_id, "present", "absent")

    at = close(world, later)

    assert db_session().get(Seat, original, populate_existing=True).state == "incomplete"
    assert world.findings(at) == []


def test_classes_to_make_up_in_have_the_missed_session_and_room(world, missed):
    _, class_id, original = missed
    later = second_class(world)
    second_class(world, title="Lớp một buổi", sessions=((FIRST_DAY + timedelta(days=12), "sang"),), sessions_required=1)
    second_class(world, title="Chuyên đề khác", topic=OTHER_TOPIC)
    seat, session = db_session().get(Seat, original), db_session()

    found = makeups.makeup_classes(session, seat, now=world.now)

    assert [(row.id, numbers) for row, numbers in found] == [(later, [2])]
    assert class_id not in [row.id for row, _ in found]


def test_a_class_without_the_missed_session_or_without_room_is_refused(world, missed):
    other = world.team()
    _, class_id, original = missed
    days = FIRST_DAY + timedelta(days=12)
    short = second_class(world, title="Lớp một buổi", sessions=((days, "sang"),), sessions_required=1)
    full = second_class(world, capacity=1)
    world.do(rules.request_seat, by=other.by("leader"), class_id=full, team_id=other.id, person_id=other.leader)

    for where in (short, class_id):
        with pytest.raises(rules.MakeupNotPossible):
            world.do(rules.offer_makeup, by=world.officer, seat_id=original, class_id=where)
    with pytest.raises(rules.NoPlaceLeft):
        world.do(rules.offer_makeup, by=world.officer, seat_id=original, class_id=full)
    assert makeups.makeup_classes(db_session(), db_session().get(Seat, original), now=world.now) == []


def test_a_make_up_seat_is_the_persons_own_and_is_offered_by_the_officer(world, missed):
    team, _, original = missed
    later = second_class(world)

    for stranger in (world.clerk, team.by("leader"), actor_of(officer("01"))):
        with pytest.raises(NotFound):
            world.do(rules.offer_makeup, by=stranger, seat_id=original, class_id=later)
    world.do(rules.offer_makeup, by=world.officer, seat_id=original, class_id=later)
    seat_id = world.seat(later, team.leader).id
    with pytest.raises(rules.SubstituteNotPossible, match="học bù"):
        world.do(rules.substitute, by=team.by("leader"), seat_id=seat_id, person_id=team.deputy)
    with pytest.raises(rules.AlreadySeated):
        world.do(rules.offer_makeup, by=world.officer, seat_id=original, class_id=later)


def test_who_completed_has_nothing_to_make_up(world, missed):
    second = world.team()
    class_id = second_class(world)
    world.do(rules.request_seat, by=second.by("leader"), class_id=class_id, team_id=second.id, person_id=second.leader)
    seat_id = world.seat(class_id, second.leader).id
    world.do(rules.confirm_seat, by=second.by("leader"), seat_id=seat_id)
    mark(class_id, seat_id, "present", "present")
    world.now = close(world, class_id)
    third = second_class(
        world, title="Lớp số 3", sessions=tuple((FIRST_DAY + timedelta(days=20), half) for half in ("sang", "chieu"))
    )

    with pytest.raises(rules.MakeupNotPossible):
        world.do(rules.offer_makeup, by=world.officer, seat_id=seat_id, class_id=third)


def test_a_make_up_stands_behind_everybody_who_waits_for_the_class(world, missed):
    """An offer lapses, so a place is free: it goes down the queue before anybody makes up in it."""
    _, _, original = missed
    invited, waits = world.team(), world.team()
    later = one_place(world, invited, waits)
    world.now += 6 * HOUR

    with pytest.raises(rules.NoPlaceLeft):
        world.do(rules.offer_makeup, by=world.officer, seat_id=original, class_id=later)
    world.do(rules.expire_offers, by=SYSTEM)

    assert world.seat(later, waits.leader).state == "offered"
    assert world.findings() == []


def test_the_auditor_finds_a_make_up_offered_past_those_who_wait(world, missed, monkeypatch):
    _, _, original = missed
    later = one_place(world, world.team(), world.team())
    world.now += 6 * HOUR
    monkeypatch.setattr(makeups, "promote", lambda session, hall, *, by, now: expire_lapsed(session, hall, now=now))

    world.do(rules.offer_makeup, by=world.officer, seat_id=original, class_id=later)

    assert ["còn chờ" in found for found in world.findings() if found.startswith("[5]")] == [True]


def test_a_need_whose_last_offer_lapses_at_a_make_up_is_free_for_the_next_class(world, missed):
    _, _, original = missed
    invited = world.team()
    later = one_place(world, invited)
    need_id = world.seat(later, invited.leader).need_id
    world.now += 6 * HOUR
    world.do(rules.expire_offers, by=SYSTEM)
    world.now += 6 * HOUR

    world.do(rules.offer_makeup, by=world.officer, seat_id=original, class_id=later)

    assert world.states(later) == ["expired", "expired", "offered"]
    assert world.need(need_id).state == "confirmed"
    assert world.findings() == []


def one_place(world, *teams):
    """A class of one place, offered for five hours, for which these teams registered in this order."""
    day = FIRST_DAY + timedelta(days=12)
    more = {"title": "Lớp một chỗ", "sessions": ((day, "sang"), (day, "chieu")), "offer_hours": 5}
    world.use_call(order="first_come")
    return world.published(*teams, capacity=1, **more)
