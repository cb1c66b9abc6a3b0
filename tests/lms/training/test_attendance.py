"""Rules of attendance: marks are evidence, the one that happened last stands, and a change says why."""

from datetime import timedelta

import pytest

from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.models import JournalEntry
from lms.training import rules
from lms.training.attendance import class_sessions, closes_at, latest_marks, opens_at
from lms.training.evidence import is_contested, marks_of_session, outcome_of
from lms.training.models import AttendanceMark, ClassTrainer, TrainingEvent
from tests.factories import NOON, actor_of, trainer

from .world import AT_CLASS

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


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


def mark(world, session_id, marks, reason="", by=None, now=AT_CLASS, **seen):
    given = {seat: rules.Mark(word, reason) for seat, word in marks.items()}
    return world.do(
        rules.mark_session,
        by=by or world.trainer,
        session_id=session_id,
        marks=given,
        seen=rules.Seen(**seen),
        now=now,
    )


def without_a_line(world, session_id, seat_id, word, at, nonce="nonce-0001", **but):
    """A mark made on a phone at `at`, and received only at noon or whenever told."""
    seen = {"source": "scan", "device": "may-cua-giang", "nonce": nonce, "happened_at": at, "is_offline": True}
    return mark(world, session_id, {seat_id: word}, **seen, **but)


def stands(class_id, seat_id, session_id):
    session = db_session()
    session.rollback()
    return latest_marks(session, class_id).get((seat_id, session_id))


def rows_of(session_id, seat_id):
    session = db_session()
    session.rollback()
    return marks_of_session(session, session_id).get(seat_id, [])


def held_at(class_id, number=1):
    return class_sessions(db_session(), class_id)[number - 1]


def helper_of(class_id, name="Đỗ Thị Giúp"):
    """Somebody who teaches beside the chief trainer."""
    account = trainer(name=name)
    in_unit(lambda s: s.add(ClassTrainer(class_id=class_id, account_id=account, added_at=NOON)))
    return actor_of(account)


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

    assert [m.mark for m in rows_of(morning, one)] == ["absent", "late"]
    assert db_session().query(JournalEntry).filter_by(verb="override_mark").count() == 1


def test_a_mark_is_evidence_of_who_when_and_how(world, confirmed):
    _, (one, *_), (morning, _) = confirmed

    mark(world, morning, {one: "present"}, source="paper")

    (row,) = rows_of(morning, one)
    assert (row.source, row.happened_at, row.marked_at) == ("paper", AT_CLASS, AT_CLASS)
    assert row.marked_by_id == world.trainer.account_id


def test_marking_opens_a_quarter_of_an_hour_before_the_session_to_the_second(world, confirmed):
    class_id, (one, *_), (morning, afternoon) = confirmed
    opens = opens_at(held_at(class_id))
    assert opens == held_at(class_id).begins_at - timedelta(minutes=15)

    with pytest.raises(rules.SessionNotYet):
        mark(world, morning, {one: "present"}, now=NOON)
    with pytest.raises(rules.SessionNotYet):
        mark(world, morning, {one: "present"}, now=opens - SECOND)
    with pytest.raises(rules.SessionNotYet):
        mark(world, afternoon, {one: "present"}, now=opens, reason="nhầm buổi")
    assert mark(world, morning, {one: "present"}, now=opens) == 1


def test_after_the_day_a_mark_needs_a_reason_or_the_signed_paper(world, confirmed):
    class_id, (one, two, _), (morning, _) = confirmed
    midnight = closes_at(held_at(class_id))
    mark(world, morning, {two: "present"}, now=midnight - SECOND)

    with pytest.raises(rules.LateNeedsReason):
        mark(world, morning, {one: "present"}, now=midnight)
    mark(world, morning, {one: "present"}, now=midnight + DAY, source="paper")

    assert rows_of(morning, one)[0].reason == "nhập từ danh sách giấy có chữ ký"
    with pytest.raises(rules.OverrideNeedsReason):
        mark(world, morning, {one: "absent"}, now=midnight + DAY, source="paper")
    assert world.findings(midnight + DAY) == []


def test_only_confirmed_people_are_on_the_sheet(world, confirmed):
    _, (*_, waiting), (morning, _) = confirmed

    with pytest.raises(rules.UnknownMark):
        mark(world, morning, {waiting: "present"})


def test_an_unknown_mark_is_refused_and_nothing_is_stored(world, confirmed):
    _, (one, *_), (morning, _) = confirmed

    with pytest.raises(rules.UnknownMark):
        mark(world, morning, {one: "unmarked"})
    assert rows_of(morning, one) == []


def test_another_trainer_does_not_find_the_sheet_and_a_helper_of_the_class_does(world, confirmed):
    class_id, (one, two, _), (morning, _) = confirmed

    with pytest.raises(NotFound):
        mark(world, morning, {one: "present"}, by=actor_of(trainer(name="Giảng viên khác")))
    assert mark(world, morning, {one: "present"}, by=world.officer) == 1
    assert mark(world, morning, {two: "present"}, by=helper_of(class_id)) == 1


def test_a_helper_from_another_province_does_not_find_the_sheet(world, confirmed):
    class_id, (one, *_), (morning, _) = confirmed
    stranger = trainer("01")
    in_unit(lambda s: s.add(ClassTrainer(class_id=class_id, account_id=stranger, added_at=NOON)))

    with pytest.raises(NotFound):
        mark(world, morning, {one: "present"}, by=actor_of(stranger))


def test_sending_a_mark_again_adds_nothing_and_answers_the_same(world, confirmed):
    _, (one, *_), (morning, _) = confirmed
    at = AT_CLASS - timedelta(hours=4)

    assert without_a_line(world, morning, one, "present", at) == 1
    assert without_a_line(world, morning, one, "present", at, now=AT_CLASS + DAY) == 0

    (row,) = rows_of(morning, one)
    assert outcome_of(row, [row]) == "added"
    assert (row.happened_at, row.marked_at) == (at, AT_CLASS)


def test_a_number_used_for_another_person_is_refused(world, confirmed):
    _, (one, two, _), (morning, _) = confirmed
    at = AT_CLASS - timedelta(hours=4)
    without_a_line(world, morning, one, "present", at)

    with pytest.raises(rules.UnknownMark):
        without_a_line(world, morning, two, "present", at)
    assert rows_of(morning, two) == []


def test_seeing_somebody_again_leaves_a_repetition_that_names_the_first(world, confirmed):
    class_id, (one, *_), (morning, _) = confirmed
    first = AT_CLASS - timedelta(hours=4)
    mark(world, morning, {one: "late"}, now=first)

    without_a_line(world, morning, one, "present", first + timedelta(minutes=5))

    stood, again = rows_of(morning, one)
    assert again.repeat_of_id == stood.id
    assert stands(class_id, one, morning) == "late"
    assert outcome_of(again, [stood, again]) == "repeat"


def test_the_mark_that_happened_last_stands_whatever_came_in_last(world, confirmed):
    class_id, (one, *_), (morning, _) = confirmed
    mark(world, morning, {one: "absent"}, now=AT_CLASS - timedelta(hours=1))

    without_a_line(world, morning, one, "present", AT_CLASS - timedelta(hours=3))
    assert stands(class_id, one, morning) == "absent"

    without_a_line(world, morning, one, "present", AT_CLASS - timedelta(minutes=5), nonce="nonce-0002")
    assert stands(class_id, one, morning) == "present"


def test_what_contradicts_is_kept_and_settled_by_the_chief_alone(world, confirmed):
    class_id, (one, *_), (morning, _) = confirmed
    helper = helper_of(class_id)
    mark(world, morning, {one: "absent"}, now=AT_CLASS - timedelta(hours=1), by=helper)
    without_a_line(world, morning, one, "present", AT_CLASS - timedelta(hours=3))
    rows = rows_of(morning, one)
    assert is_contested(rows)
    assert outcome_of(rows[1], rows) == "contested"

    with pytest.raises(rules.ChiefDecides):
        mark(world, morning, {one: "present"}, reason="có ngồi cuối lớp", by=helper)
    mark(world, morning, {one: "absent"}, reason="người khác cầm mã đi thay")

    rows = rows_of(morning, one)
    assert not is_contested(rows)
    assert [row.mark for row in rows] == ["absent", "present", "absent"]
    assert stands(class_id, one, morning) == "absent"
    assert world.findings(AT_CLASS) == []


def test_a_contradiction_that_comes_in_after_the_decision_is_one_again(world, confirmed):
    _, (one, *_), (morning, _) = confirmed
    mark(world, morning, {one: "absent"})
    mark(world, morning, {one: "excused"}, reason="có giấy xin phép")

    without_a_line(world, morning, one, "present", AT_CLASS - timedelta(hours=3))

    assert is_contested(rows_of(morning, one))


def test_early_or_future_moments_of_a_phone_are_not_believed(world, confirmed):
    class_id, (one, *_), (morning, _) = confirmed
    opens = opens_at(held_at(class_id))

    with pytest.raises(rules.SessionNotYet):
        without_a_line(world, morning, one, "present", opens - SECOND)
    with pytest.raises(rules.ClockWrong):
        without_a_line(world, morning, one, "present", AT_CLASS + timedelta(hours=1))
    without_a_line(world, morning, one, "present", AT_CLASS + timedelta(minutes=2))

    assert rows_of(morning, one)[0].happened_at == AT_CLASS


def test_a_mark_of_the_day_that_comes_in_a_week_later_needs_no_reason(world, confirmed):
    class_id, (one, *_), (morning, _) = confirmed
    at = AT_CLASS - timedelta(hours=4)

    without_a_line(world, morning, one, "present", at, now=AT_CLASS + 7 * DAY)

    assert stands(class_id, one, morning) == "present"
    (event,) = db_session().query(TrainingEvent).filter_by(entity="class", to_state="running").all()
    assert event.channel == "offline"


def test_only_the_chief_takes_a_mark_back_and_says_why(world, confirmed):
    class_id, (one, *_), (morning, _) = confirmed
    helper = helper_of(class_id)
    mark(world, morning, {one: "present"}, by=helper)
    take_back = {"session_id": morning, "seat_id": one, "now": AT_CLASS}

    with pytest.raises(rules.ChiefDecides):
        world.do(rules.take_back_mark, by=helper, reason="nhầm", **take_back)
    with pytest.raises(rules.OverrideNeedsReason):
        world.do(rules.take_back_mark, by=world.trainer, reason=" ", **take_back)
    world.do(rules.take_back_mark, by=world.trainer, reason="quét nhầm người", **take_back)

    assert stands(class_id, one, morning) is None
    assert [row.mark for row in rows_of(morning, one)] == ["present", "unmarked"]
    with pytest.raises(rules.UnknownMark):
        world.do(rules.take_back_mark, by=world.officer, reason="nhầm", **take_back)
    assert mark(world, morning, {one: "absent"}) == 1
    assert db_session().query(JournalEntry).filter_by(verb="take_back_mark").count() == 1
    assert world.findings(AT_CLASS) == []


def test_after_attendance_is_closed_only_the_department_changes_marks_and_says_why(world, confirmed):
    class_id, (one, two, _), sessions = confirmed
    after = held_at(class_id, 2).ends_at + timedelta(hours=1)
    for session_id, number in zip(sessions, (1, 2), strict=True):
        mark(world, session_id, {one: "present", two: "present"}, now=held_at(class_id, number).begins_at)
    world.do(rules.close_attendance, by=world.trainer, class_id=class_id, now=after)

    with pytest.raises(rules.AttendanceClosed):
        mark(world, sessions[0], {one: "absent"}, reason="nhầm", now=after)
    with pytest.raises(rules.OverrideNeedsReason):
        mark(world, sessions[0], {one: "absent"}, by=world.officer, now=after)
    mark(world, sessions[0], {one: "absent"}, by=world.officer, reason="đối chiếu danh sách ký", now=after)

    assert stands(class_id, one, sessions[0]) == "absent"


def test_a_class_that_is_only_planned_has_no_sheet(world):
    class_id = world.plan()
    (morning, _) = class_sessions(db_session(), class_id)

    with pytest.raises(rules.AlreadySettled):
        mark(world, morning.id, {})


def test_the_short_code_finds_every_wrong_or_swapped_digit():
    from lms.training.codes import seq_of, short_code

    for seq in (1, 9, 17, 120, 999, 1234):
        code = short_code(seq)
        assert seq_of(code) == seq
        assert seq_of(f" {code[:2]} {code[2:]}") == seq
        for at, right in enumerate(code):
            assert all(seq_of(code[:at] + d + code[at + 1 :]) is None for d in "0123456789" if d != right)
        for at in range(len(code) - 1):
            if code[at] != code[at + 1]:
                assert seq_of(code[:at] + code[at + 1] + code[at] + code[at + 2 :]) is None
    assert [seq_of(said) for said in ("", "17", "abcd", "٠١٧٤")] == [None] * 4
