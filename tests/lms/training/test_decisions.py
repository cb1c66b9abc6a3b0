"""Deeds that take two persons: asked for by one, done by another's yes."""

import pytest
from sqlalchemy.exc import IntegrityError

from lms.db import db_session
from lms.errors import NotFound
from lms.journal.models import JournalEntry, Notice
from lms.people.models import Account
from lms.signals import result_corrected
from lms.training import rules
from lms.training.attendance import class_sessions
from lms.training.models import Decision, TrainingEvent
from tests.factories import NOON, actor_of, officer

from .world import AFTER_CLASS, AT_CLASS


def ask_cancel(world, class_id, **more):
    return world.do(rules.ask_cancel, **({"by": world.officer, "class_id": class_id, "reason": "mưa lũ"} | more)).id


def decision_of(decision_id):
    session = db_session()
    session.rollback()
    return session.get(Decision, decision_id)


@pytest.fixture
def fixed(world):
    """A class with fixed results: one completed, one absent."""
    teams = [world.team(), world.team()]
    class_id = world.published(*teams)
    seats = [world.seat(class_id, team.leader).id for team in teams]
    for team, seat_id in zip(teams, seats, strict=True):
        world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
    for held in class_sessions(db_session(), class_id):
        marks = {seats[0]: rules.Mark("present"), seats[1]: rules.Mark("absent")}
        now = max(held.begins_at, AT_CLASS)
        world.do(rules.mark_session, by=world.trainer, session_id=held.id, marks=marks, now=now)
    world.finalise(class_id)
    return class_id, seats


def ask_correction(world, seat_id, to, **more):
    given = {
        "by": world.officer,
        "reason": "ghi nhầm người",
        "evidence": "danh sách giấy có chữ ký",
        "now": AFTER_CLASS,
    }
    return world.do(rules.ask_correction, seat_id=seat_id, to=to, **(given | more)).id


def test_nothing_happens_before_the_second_person_says_yes(world):
    class_id = world.published(world.team())
    decision = ask_cancel(world, class_id)

    assert world.row(class_id).state == "published"
    world.do(rules.accept_decision, by=world.second_officer, decision_id=decision)

    assert world.row(class_id).state == "cancelled"
    assert world.states(class_id) == ["class_cancelled"]
    assert world.need(1).state == "confirmed"
    row = decision_of(decision)
    assert (row.outcome, row.decided_by_id, row.decided_at) == ("accepted", world.second_officer.account_id, NOON)
    assert world.findings() == []


def test_who_asks_neither_accepts_nor_refuses(world):
    class_id = world.published()
    decision = ask_cancel(world, class_id)

    with pytest.raises(rules.SamePerson, match="không tự duyệt được"):
        world.do(rules.accept_decision, by=world.officer, decision_id=decision)
    with pytest.raises(rules.SamePerson):
        world.do(rules.refuse_decision, by=world.officer, decision_id=decision, answer="thôi")
    assert decision_of(decision).decided_at is None


def test_the_database_lets_nobody_accept_their_own(world, unit):
    decision, one = ask_cancel(world, world.published()), world.officer.account_id

    with pytest.raises(IntegrityError):
        unit(
            lambda s: (
                s.query(Decision)
                .filter_by(id=decision)
                .update({"outcome": "accepted", "decided_at": NOON, "decided_by_id": one})
            )
        )


def test_a_refusal_says_why_and_changes_nothing(world):
    class_id = world.published(world.team())
    decision = ask_cancel(world, class_id)

    with pytest.raises(rules.ReasonNeeded):
        world.do(rules.refuse_decision, by=world.second_officer, decision_id=decision, answer=" ")
    world.do(rules.refuse_decision, by=world.second_officer, decision_id=decision, answer="trời đã tạnh")

    assert world.states(class_id) == ["offered"]
    person = db_session().get(Account, world.officer.account_id).person_id
    notice = db_session().query(Notice).filter_by(person_id=person, template="decision-settled").one()
    assert "không duyệt. Lý do: trời đã tạnh." in notice.text


def test_only_the_asker_takes_it_back(world):
    class_id = world.published()
    decision = ask_cancel(world, class_id)

    with pytest.raises(rules.NotTheAsker):
        world.do(rules.take_back_decision, by=world.second_officer, decision_id=decision)
    world.do(rules.take_back_decision, by=world.officer, decision_id=decision)

    with pytest.raises(rules.AlreadyDecided, match="đã rút lại"):
        world.do(rules.accept_decision, by=world.second_officer, decision_id=decision)
    assert world.row(class_id).state == "published"
    assert ask_cancel(world, class_id) != decision


def test_the_same_thing_is_asked_for_once(world):
    class_id = world.published()
    ask_cancel(world, class_id)

    with pytest.raises(rules.AlreadyAsked):
        ask_cancel(world, class_id, by=world.second_officer)
    assert db_session().query(Decision).count() == 1


def test_accepting_twice_does_it_once(world):
    class_id = world.published(world.team())
    decision = ask_cancel(world, class_id)
    world.do(rules.accept_decision, by=world.second_officer, decision_id=decision)

    with pytest.raises(rules.AlreadyDecided):
        world.do(rules.accept_decision, by=world.second_officer, decision_id=decision)
    assert db_session().query(TrainingEvent).filter_by(to_state="class_cancelled").count() == 1


def test_what_is_not_possible_any_more_is_refused_and_stays_open(world):
    class_id = world.published(world.team())
    seat = world.seat(class_id, world.teams[0].leader).id
    world.do(rules.confirm_seat, by=world.teams[0].by("leader"), seat_id=seat)
    decision = ask_cancel(world, class_id)
    morning = class_sessions(db_session(), class_id)[0].id
    marks = {seat: rules.Mark("present")}
    world.do(rules.mark_session, by=world.trainer, session_id=morning, marks=marks, now=AT_CLASS)

    with pytest.raises(rules.NotNow, match="đang học"):
        world.do(rules.accept_decision, by=world.second_officer, decision_id=decision, now=AT_CLASS)
    assert decision_of(decision).decided_at is None


def test_the_other_officers_are_told_and_strangers_find_nothing(world):
    second, stranger = world.second_officer, actor_of(officer("01"))
    decision = ask_cancel(world, world.published())

    told = {n.person_id for n in db_session().query(Notice).filter_by(template="decision-asked")}
    assert told == {db_session().get(Account, second.account_id).person_id}
    for by in (stranger, world.clerk, world.trainer):
        for verb, more in (
            (rules.accept_decision, {}),
            (rules.refuse_decision, {"answer": "không"}),
            (rules.take_back_decision, {}),
        ):
            with pytest.raises(NotFound):
                world.do(verb, by=by, decision_id=decision, **more)


def test_asking_and_deciding_are_in_the_journal(world):
    decision = ask_cancel(world, world.published())
    world.do(rules.accept_decision, by=world.second_officer, decision_id=decision)

    verbs = [e.verb for e in db_session().query(JournalEntry).filter_by(kind="class").order_by("id")]
    assert verbs[-3:] == ["ask_cancel", "cancel_class", "accepted_cancel"]


# corrections


def test_a_fixed_result_is_corrected_by_two_with_evidence_and_keeps_what_it_was(world, fixed):
    class_id, (_, absent) = fixed
    heard = []
    result_corrected.connect(lambda _, **facts: heard.append(facts), weak=False)
    frozen = world.seat(class_id, world.teams[1].leader).result

    decision = ask_correction(world, absent, "completed")
    assert world.states(class_id) == ["completed", "no_show"]
    world.do(rules.accept_decision, by=world.second_officer, decision_id=decision, now=AFTER_CLASS)

    seat = world.seat(class_id, world.teams[1].leader)
    assert seat.state == "completed"
    (correction,) = seat.result.pop("corrections")
    assert seat.result == frozen
    assert (correction["from"], correction["to"]) == ("no_show", "completed")
    assert correction["evidence"] == "danh sách giấy có chữ ký"
    assert (correction["asked_by"], correction["decided_by"]) == (
        world.officer.account_id,
        world.second_officer.account_id,
    )
    assert heard[-1] == {"seat_id": absent, "person_id": seat.person_id, "was": "no_show", "became": "completed"}
    assert world.findings(AFTER_CLASS) == []


def test_a_correction_needs_another_result_a_reason_and_evidence(world, fixed):
    _, (done, _) = fixed

    for to in ("completed", "waiting", ""):
        with pytest.raises(rules.NoSuchResult):
            ask_correction(world, done, to)
    for missing in ("reason", "evidence"):
        with pytest.raises(rules.ReasonNeeded):
            ask_correction(world, done, "incomplete", **{missing: " "})
    with pytest.raises(NotFound):
        ask_correction(world, done, "incomplete", by=actor_of(officer("01")))


def test_before_results_are_fixed_there_is_nothing_to_correct(world):
    class_id = world.published(world.team())

    with pytest.raises(rules.NotNow):
        ask_correction(world, world.seat(class_id, world.teams[0].leader).id, "completed")


def test_a_correction_of_a_result_that_has_moved_does_nothing(world, fixed, unit):
    class_id, (done, absent) = fixed
    first, second = ask_correction(world, absent, "completed"), ask_correction(world, done, "incomplete")
    world.do(rules.accept_decision, by=world.second_officer, decision_id=first, now=AFTER_CLASS)
    unit(lambda s: s.get(Decision, second).wanted.update() or setattr(s.get(Decision, second), "seat_id", absent))
    unit(lambda s: setattr(s.get(Decision, second), "wanted", {"from": "no_show", "to": "incomplete", "evidence": "x"}))

    with pytest.raises(rules.ResultMoved):
        world.do(rules.accept_decision, by=world.second_officer, decision_id=second, now=AFTER_CLASS)
    assert world.states(class_id) == ["completed", "completed"]
