"""Results: fixed once the attendance is closed, as the marks say, with what they rest on."""

from collections import Counter

import pytest

from lms.db import db_session
from lms.errors import NotFound
from lms.training import rules
from lms.training.attendance import class_sessions
from lms.training.results import preview_results, seen_results
from lms.training.transitions import RULE_VERSION
from lms.training.walk_ins import set_away
from tests.factories import actor_of, officer, trainer

from .world import AFTER_CLASS, AT_CLASS, FIRST_DAY, HOUR


def held_class(world, people=2, **but):
    """A class of two half-days whose first people have said yes; one more waits."""
    teams = [world.team() for _ in range(people + 1)]
    class_id = world.published(*teams, capacity=people, **but)
    seats = [world.seat(class_id, team.leader).id for team in teams]
    for team, seat_id in zip(teams[:people], seats, strict=False):
        world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
    return class_id, seats


def mark(world, class_id, *words_of_sessions):
    """Mark the sessions in turn; each is a dict of seat to mark."""
    for held, words in zip(class_sessions(db_session(), class_id), words_of_sessions, strict=False):
        marks = {seat: rules.Mark(word) for seat, word in words.items()}
        world.do(rules.mark_session, by=world.trainer, session_id=held.id, marks=marks, now=held.begins_at)


def close(world, class_id, by=None, now=AFTER_CLASS):
    return world.do(rules.close_attendance, by=by or world.trainer, class_id=class_id, now=now)


def finalise(world, class_id, **more):
    given = {"by": world.officer, "class_id": class_id, "now": AFTER_CLASS}
    return world.do(rules.finalise_class, **(given | more))


def result_of(world, class_id, place):
    return world.seat(class_id, world.teams[place].leader).result


# closing the attendance


def test_the_chief_trainer_closes_the_attendance_and_ends_the_class(world):
    class_id, (one, *_) = held_class(world)
    mark(world, class_id, {one: "present"})

    close(world, class_id, now=AT_CLASS + 2 * HOUR)

    row = world.row(class_id)
    assert (row.state, row.attendance_closed_at) == ("ended", AT_CLASS + 2 * HOUR)
    assert row.attendance_closed_by_id == world.trainer.account_id


def test_the_officer_closes_it_too_even_when_the_timer_came_late(world):
    class_id, _ = held_class(world)

    close(world, class_id, by=world.officer)

    assert world.row(class_id).state == "ended"
    assert world.findings(AFTER_CLASS) == []


def test_it_is_closed_once_and_only_by_whoever_answers_for_the_class(world):
    second = trainer(name="Đỗ Văn Phụ")
    class_id, _ = held_class(world, other_trainer_ids=(second,))

    for by in (actor_of(second), actor_of(officer("01")), world.clerk):
        with pytest.raises(NotFound):
            close(world, class_id, by=by)
    close(world, class_id)
    with pytest.raises(rules.ClosedBefore):
        close(world, class_id)


def test_it_is_not_closed_while_a_session_lies_ahead(world):
    class_id, (one, *_) = held_class(world)
    mark(world, class_id, {one: "present"})

    with pytest.raises(rules.SessionAhead, match="Buổi 2 bắt đầu lúc 13:30"):
        close(world, class_id, now=AT_CLASS)
    assert world.row(class_id).state == "running"


def test_a_class_that_has_not_begun_has_no_attendance_to_close(world):
    class_id, _ = held_class(world)

    with pytest.raises(rules.NotNow):
        close(world, class_id, now=world.now)


# fixing results


@pytest.mark.parametrize("state", ["published", "running", "ended"])
def test_nothing_is_fixed_before_the_attendance_is_closed(world, state):
    class_id, (one, *_) = held_class(world)
    if state != "published":
        mark(world, class_id, {one: "present"})

    with pytest.raises(rules.AttendanceOpen, match="Chưa đóng điểm danh"):
        finalise(world, class_id, now=AFTER_CLASS if state == "ended" else AT_CLASS)
    assert world.states(class_id) == ["confirmed", "confirmed", "waiting"]


@pytest.mark.parametrize(
    ("morning", "afternoon", "result"),
    [
        ("present", "late", "completed"),
        ("present", "left_early", "incomplete"),
        ("present", "excused", "incomplete"),
        ("present", None, "incomplete"),
        ("left_early", "absent", "incomplete"),
        ("absent", "absent", "no_show"),
        (None, None, "no_show"),
    ],
)
def test_the_result_follows_from_the_marks_and_no_mark_is_absent(world, morning, afternoon, result):
    class_id, (one, two, _) = held_class(world)
    days = [{two: "present"} | ({one: word} if word else {}) for word in (morning, afternoon)]
    mark(world, class_id, *days)
    close(world, class_id)

    assert finalise(world, class_id) == Counter([result, "completed"])

    assert (world.row(class_id).state, world.row(class_id).finalised_at) == ("finalised", AFTER_CLASS)
    assert world.states(class_id) == [result, "completed", "cancelled"]
    assert world.findings(AFTER_CLASS) == []


def test_what_a_result_rests_on_is_kept_with_the_version_of_the_rule(world):
    class_id, (one, *_) = held_class(world, minutes_required=300)
    mark(world, class_id, {one: "late"})
    world.finalise(class_id)

    assert result_of(world, class_id, 0) == {
        "minutes": 240,
        "sessions": [{"number": 1, "mark": "late", "minutes": 240}, {"number": 2, "mark": None, "minutes": 0}],
        "required": {"sessions": 2, "minutes": 300, "numbers": []},
        "rule_version": RULE_VERSION,
    }


def test_enough_sessions_without_enough_minutes_are_not_enough(world):
    class_id, (one, two, _) = held_class(world, sessions_required=1, minutes_required=241)
    mark(world, class_id, {one: "present", two: "present"}, {two: "present"})
    world.finalise(class_id)

    assert world.states(class_id)[:2] == ["incomplete", "completed"]


def test_who_misses_a_required_session_has_not_completed(world):
    sessions = (rules.SessionPlan(FIRST_DAY, "sang", is_required=True), rules.SessionPlan(FIRST_DAY, "chieu"))
    class_id, (one, two, _) = held_class(world, sessions=sessions, sessions_required=1)
    mark(world, class_id, {one: "absent", two: "present"}, {one: "present"})
    world.finalise(class_id)

    assert world.states(class_id)[:2] == ["incomplete", "completed"]
    assert result_of(world, class_id, 0)["required"]["numbers"] == [1]


def test_needs_follow_and_who_waited_keeps_the_number(world):
    class_id, (one, two, _) = held_class(world)
    mark(world, class_id, {one: "present", two: "present"}, {one: "present", two: "present"})
    world.finalise(class_id)

    assert [world.need(n).state for n in (1, 2, 3)] == ["closed", "closed", "confirmed"]
    assert world.need(3).queue_seq == 3


def test_an_offer_nobody_answered_ends_with_the_class(world):
    class_id = world.published(world.team(), world.team())
    seat = world.seat(class_id, world.teams[0].leader).id
    world.do(rules.confirm_seat, by=world.teams[0].by("leader"), seat_id=seat)
    mark(world, class_id, {seat: "present"})
    world.finalise(class_id)

    assert world.states(class_id) == ["incomplete", "expired"]
    assert world.need(2).state == "confirmed"


def test_whose_place_was_given_away_and_who_never_came_is_absent(world):
    class_id, (one, two, _) = held_class(world)
    mark(world, class_id, {one: "present"})
    morning = class_sessions(db_session(), class_id)[0].id
    world.do(set_away, by=world.trainer, session_id=morning, seat_ids=[two], now=AT_CLASS.replace(hour=1, minute=5))
    world.finalise(class_id)

    assert world.states(class_id)[1] == "no_show"


def test_results_are_fixed_once(world):
    class_id, _ = held_class(world)
    world.finalise(class_id)

    with pytest.raises(rules.NotNow, match="không chốt kết quả được"):
        finalise(world, class_id)


def test_results_are_those_that_were_looked_at(world):
    class_id, (one, *_) = held_class(world)
    mark(world, class_id, {one: "present"}, {one: "absent"})
    close(world, class_id)
    seen = seen_results(preview_results(db_session(), world.row(class_id)))
    afternoon = class_sessions(db_session(), class_id)[1].id
    marks = {one: rules.Mark("late", "đến lúc 14 giờ")}
    world.do(rules.mark_session, by=world.officer, session_id=afternoon, marks=marks, now=AFTER_CLASS)

    with pytest.raises(rules.ResultsChanged):
        finalise(world, class_id, seen=seen)
    assert world.row(class_id).state == "ended"

    finalise(world, class_id, seen=seen_results(preview_results(db_session(), world.row(class_id))))
    assert world.states(class_id)[0] == "completed"


def test_the_preview_says_who_has_no_mark(world):
    class_id, (one, two, _) = held_class(world)
    mark(world, class_id, {one: "present", two: "present"}, {one: "present"})

    outcomes = preview_results(db_session(), world.row(class_id))

    assert [(o.seat.id, o.result, o.unmarked) for o in outcomes] == [(one, "completed", []), (two, "incomplete", [2])]


def test_a_class_to_which_nobody_said_yes_ends_without_results(world):
    class_id = world.published(world.team())

    world.finalise(class_id)

    assert world.states(class_id) == ["expired"]
    assert world.need(1).state == "confirmed"
