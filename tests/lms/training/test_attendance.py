"""Rules of attendance and results."""

from datetime import timedelta

import pytest

from lms.db import db_session
from lms.errors import NotFound
from lms.journal.models import JournalEntry
from lms.training import rules
from lms.training.attendance import class_sessions
from lms.training.models import AttendanceMark
from tests.factories import NOON, actor_of, trainer

from .world import AT_CLASS


@pytest.fixture
def confirmed(world):
    """A class of two half-days whose two people have said yes; a third waits."""
    teams = [world.team() for _ in range(3)]
    class_id = world.published(*teams, capacity=2)
    seats = [world.seat(class_id, team.leader).id for team in teams]
    for team, seat_id in zip(teams[:2], seats, strict=False):
        world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
    sessions = [held.id for held in class_sessions(db_session(), class_id)]
    return class_id, seats, sessions


def mark(world, session_id, marks, reason="", by=None, now=AT_CLASS):
    given = {seat: rules.Mark(word, reason) for seat, word in marks.items()}
    return world.do(rules.mark_session, by=by or world.trainer, session_id=session_id, marks=given, now=now)


def test_the_first_mark_begins_the_class(world, confirmed):
    class_id, (one, two, _), (morning, _) = confirmed

    assert mark(world, morning, {one: "present", two: "absent"}) == 2

    assert world.row(class_id).state == "running"
    assert world.findings(AT_CLASS) == []


def test_the_same_mark_again_adds_nothing(world, confirmed):
    _, (one, *_), (morning, _) = confirmed
    mark(world, morning, {one: "present"})

    assert mark(world, morning, {one: "present"}) == 0
    assert db_session().query(AttendanceMark).count() == 1


def test_changing_a_mark_needs_a_reason_and_keeps_the_old_one(world, confirmed):
    _, (one, two, _), (morning, _) = confirmed
    mark(world, morning, {one: "absent"})

    with pytest.raises(rules.OverrideNeedsReason, match="Nguyễn Thị Trưởng 1"):
        mark(world, morning, {one: "late", two: "present"})
    mark(world, morning, {one: "late", two: "present"}, reason="đến lúc 9 giờ")

    marks = db_session().query(AttendanceMark).filter_by(seat_id=one).order_by(AttendanceMark.id).all()
    assert [m.mark for m in marks] == ["absent", "late"]
    assert db_session().query(JournalEntry).filter_by(verb="override_mark").count() == 1


def test_nobody_is_marked_before_the_day(world, confirmed):
    _, (one, *_), (morning, _) = confirmed

    with pytest.raises(rules.SessionNotYet):
        mark(world, morning, {one: "present"}, now=NOON)


def test_only_confirmed_people_are_on_the_sheet(world, confirmed):
    _, (*_, waiting), (morning, _) = confirmed

    with pytest.raises(rules.UnknownMark):
        mark(world, morning, {waiting: "present"})


def test_another_trainer_does_not_find_the_sheet(world, confirmed):
    _, (one, *_), (morning, _) = confirmed

    with pytest.raises(NotFound):
        mark(world, morning, {one: "present"}, by=actor_of(trainer(name="Giảng viên khác")))
    assert mark(world, morning, {one: "present"}, by=world.officer) == 1


def test_unmarked_people_are_named_and_nothing_is_fixed(world, confirmed):
    class_id, (one, two, _), (morning, afternoon) = confirmed
    mark(world, morning, {one: "present", two: "present"})
    mark(world, afternoon, {one: "present"})

    with pytest.raises(rules.SessionsUnmarked, match=r"Nguyễn Thị Trưởng 2 \(buổi chiều 01/12/2026\)"):
        world.do(rules.finalise_class, by=world.officer, class_id=class_id, now=AT_CLASS)
    assert world.row(class_id).state == "running"


@pytest.mark.parametrize(
    ("morning_mark", "afternoon_mark", "result"),
    [
        ("present", "late", "completed"),
        ("present", "left_early", "incomplete"),
        ("present", "excused", "incomplete"),
        ("left_early", "absent", "incomplete"),
        ("absent", "absent", "no_show"),
    ],
)
def test_the_result_follows_from_the_marks(world, confirmed, morning_mark, afternoon_mark, result):
    class_id, (one, two, _), (morning, afternoon) = confirmed
    mark(world, morning, {one: morning_mark, two: "present"})
    mark(world, afternoon, {one: afternoon_mark, two: "present"})

    world.do(rules.finalise_class, by=world.officer, class_id=class_id, now=AT_CLASS)

    assert world.row(class_id).state == "finalised"
    assert world.row(class_id).finalised_at == AT_CLASS
    assert world.states(class_id) == [result, "completed", "cancelled"]
    assert world.findings(AT_CLASS) == []


def test_needs_are_met_or_carried_with_their_number(world, confirmed):
    class_id, (one, two, _), sessions = confirmed
    for held in sessions:
        mark(world, held, {one: "present", two: "present"})
    world.do(rules.finalise_class, by=world.officer, class_id=class_id, now=AT_CLASS)

    assert [world.need(n).state for n in (1, 2, 3)] == ["met", "met", "confirmed"]
    assert world.need(3).queue_seq == 3


def test_results_are_frozen(world, confirmed):
    class_id, (one, two, _), sessions = confirmed
    for held in sessions:
        mark(world, held, {one: "present", two: "present"})
    world.do(rules.finalise_class, by=world.officer, class_id=class_id, now=AT_CLASS)

    with pytest.raises(rules.AlreadySettled):
        world.do(rules.finalise_class, by=world.officer, class_id=class_id, now=AT_CLASS)
    with pytest.raises(rules.AlreadySettled):
        mark(world, sessions[0], {one: "absent"}, reason="nhầm", now=AT_CLASS + timedelta(hours=1))


def test_a_class_nobody_confirmed_has_no_results(world):
    class_id = world.published(world.team())

    with pytest.raises(rules.NobodyConfirmed):
        world.do(rules.finalise_class, by=world.officer, class_id=class_id, now=AT_CLASS)
