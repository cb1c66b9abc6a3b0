"""A lesson taught to a room: credited at once, undone for a day, then counted once, weaker than one's own test."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.access import SYSTEM
from lms.errors import NotFound
from lms.journal.models import JournalEntry
from lms.learning import class_credits as rules
from lms.learning.counters import audit_counters, rebuild_counters
from lms.learning.models import ClassCredit, Counter, CreditedPerson, Fact, LessonProgress, SkillCompletion
from lms.learning.rules import see_card
from lms.people.rules import give_consent, grant_role, withdraw_consent
from lms.rooms import TIMERS
from lms.teams.models import Membership, Team
from tests.factories import (
    NOON,
    THANH_HOA,
    account_id_of,
    actor_of,
    clerk,
    join_team,
    make_person,
    make_team,
    officer,
    trainer,
)
from tests.lms.learning.people import learner_in, pass_test
from tests.lms.learning.workers import PROCESS, settle
from tests.lms.library.package import publish

COURSE = "dich-vu-cong"
NEXT_DAY = NOON + timedelta(hours=24)
HA_NOI, BA_DINH = "01", "00004"


@pytest.fixture
def team(app):
    publish()
    return make_team()


@pytest.fixture
def teacher(team):
    return actor_of(trainer())


@pytest.fixture
def credit(unit, teacher, team):
    """Credit people of the team; return the credit's id."""

    def give(*people, lesson="mot-cua", by=teacher, now=NOON, team_id=team):
        return unit(
            lambda s: (
                rules.credit_class(s, by=by, course=COURSE, lesson=lesson, team_id=team_id, people=people, now=now).id
            )
        )

    return give


@pytest.fixture
def settled(unit):
    """Do what the worker does; return how many credits were settled."""
    return lambda now=NEXT_DAY: unit(lambda s: rules.settle_credits(s, now))


def members(team_id, count):
    people = [make_person(f"Người {number:02}") for number in range(1, count + 1)]
    for person_id in people:
        join_team(team_id, person_id)
    return people


def count(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def progress(session, person_id):
    session.rollback()
    return session.get(LessonProgress, (person_id, COURSE, "mot-cua"))


def take_back(unit, person_id):
    def work(s):
        give_consent(s, person_id=person_id, purpose="learning", wording="…", means="thử", now=NOON)
        s.flush()
        withdraw_consent(s, by=actor_of(account_id_of(person_id)), purpose="learning", now=NOON)

    unit(work)


def test_thirty_people_are_credited_at_once_and_nothing_counts_yet(credit, team, session, teacher):
    people = members(team, 30)

    credit(*people)

    assert sorted(session.scalars(select(CreditedPerson.person_id))) == sorted(people)
    row = session.scalars(select(ClassCredit)).one()
    assert (row.given_by_id, row.given_at, row.settled_at) == (teacher.account_id, NOON, None)
    assert [count(session, model) for model in (LessonProgress, Fact, SkillCompletion)] == [0, 0, 0]


def test_crediting_is_written_into_the_journal(credit, team, session):
    number = credit(*members(team, 2))

    entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "credit_class")).one()
    assert (entry.object_id, entry.detail["people"]) == (str(number), 2)


def test_forty_are_credited_and_forty_one_refused(credit, team, session):
    people = members(team, 41)

    with pytest.raises(rules.TooManyTicked, match="41"):
        credit(*people)
    assert count(session, ClassCredit) == 0

    credit(*people[:40])
    assert count(session, CreditedPerson) == 40


def test_a_class_of_nobody_is_refused(credit, team, session):
    with pytest.raises(rules.NobodyTicked):
        credit()
    assert count(session, ClassCredit) == 0


def test_the_same_people_are_not_credited_again_while_they_wait(credit, team, session):
    first, second = members(team, 2)
    credit(first)

    with pytest.raises(rules.AlreadyWaiting, match="Người 01"):
        credit(first, second)

    assert count(session, ClassCredit) == 1
    assert list(session.scalars(select(CreditedPerson.person_id))) == [first]


def test_another_lesson_may_be_credited_meanwhile(credit, team, session):
    people = members(team, 2)
    credit(*people)

    credit(*people, lesson="nop-ho-so")

    assert count(session, ClassCredit) == 2


def test_after_a_day_everybody_has_passed_the_lesson_in_class(credit, settled, team, session, teacher):
    people = members(team, 30)
    number = credit(*people)

    assert settled(NEXT_DAY - timedelta(seconds=1)) == 0
    assert settled() == 1

    rows = session.scalars(select(LessonProgress)).all()
    assert {(row.person_id, row.grade, row.passed_at, row.attempt_id) for row in rows} == {
        (person_id, "C", NEXT_DAY, None) for person_id in people
    }
    facts = session.scalars(select(Fact).where(Fact.kind == "lesson_credited")).all()
    assert {fact.person_id for fact in facts} == set(people)
    assert {(f.grade, f.actor_kind, f.actor_id, f.device_time, f.server_time) for f in facts} == {
        ("C", "trainer", teacher.account_id, NOON, NEXT_DAY)
    }
    assert session.get(ClassCredit, number).settled_at == NEXT_DAY


def test_what_an_officer_credits_is_a_trainers_act_as_well(credit, settled, team, session):
    credit(*members(team, 1), by=actor_of(officer()))

    settled()

    assert session.scalars(select(Fact.actor_kind).where(Fact.kind == "lesson_credited")).one() == "trainer"


def test_settling_twice_is_once(credit, settled, team, session):
    credit(*members(team, 3))

    assert [settled(), settled(NEXT_DAY + timedelta(minutes=1))] == [1, 0]

    assert count(session, Fact) == 3
    assert {row.passed_at for row in session.scalars(select(LessonProgress))} == {NEXT_DAY}


def test_settling_is_among_what_the_worker_does_every_minute():
    assert rules.settle_credits in TIMERS


def test_two_credits_of_one_person_count_the_lesson_once(credit, settled, team, session):
    """Two teams, two trainers, one lesson: two classes were attended, one lesson is passed."""
    (person_id,) = members(team, 1)
    credit(person_id)
    settled()
    credit(person_id, now=NEXT_DAY)

    settled(NEXT_DAY + timedelta(days=1))

    assert count(session, Fact) == 2
    assert progress(session, person_id).passed_at == NEXT_DAY


def test_a_credit_is_undone_within_the_day_and_then_counts_nothing(credit, settled, unit, team, session, teacher):
    number = credit(*members(team, 3))
    last = NEXT_DAY - timedelta(seconds=1)

    unit(lambda s: rules.undo_credit(s, by=teacher, credit_id=number, now=last))

    row = session.get(ClassCredit, number)
    assert (row.undone_at, row.undone_by_id) == (last, teacher.account_id)
    assert settled() == 0
    assert [count(session, model) for model in (LessonProgress, Fact)] == [0, 0]


def test_undoing_twice_is_once(credit, unit, team, session, teacher):
    number = credit(*members(team, 1))

    for minute in (1, 2):
        now = NOON + timedelta(minutes=minute)
        unit(lambda s, now=now: rules.undo_credit(s, by=teacher, credit_id=number, now=now))

    assert session.get(ClassCredit, number).undone_at == NOON + timedelta(minutes=1)


def test_whoever_was_undone_can_be_credited_anew(credit, unit, team, session, teacher):
    people = members(team, 2)
    number = credit(*people)
    unit(lambda s: rules.undo_credit(s, by=teacher, credit_id=number, now=NOON))

    credit(*people)

    assert count(session, ClassCredit) == 2


@pytest.mark.parametrize("is_settled", [False, True])
def test_after_a_day_nothing_is_undone(credit, settled, unit, team, session, teacher, is_settled):
    """Whether or not the worker has come by."""
    number = credit(*members(team, 1))
    if is_settled:
        settled()

    with pytest.raises(rules.UndoTooLate):
        unit(lambda s: rules.undo_credit(s, by=teacher, credit_id=number, now=NEXT_DAY))

    session.rollback()
    assert session.get(ClassCredit, number).undone_at is None


def test_only_who_gave_it_and_the_provinces_officer_may_undo(credit, unit, team, session):
    number = credit(*members(team, 1))
    for stranger in map(actor_of, (trainer(), officer(HA_NOI))):
        with pytest.raises(NotFound):
            unit(lambda s, by=stranger: rules.undo_credit(s, by=by, credit_id=number, now=NOON))

    unit(lambda s: rules.undo_credit(s, by=actor_of(officer()), credit_id=number, now=NOON))

    assert session.get(ClassCredit, number).undone_at == NOON


def test_ones_own_test_in_the_meantime_stands(credit, settled, team, session):
    an = learner_in(team)
    credit(an.person_id)
    own = NOON + timedelta(hours=3)
    attempt_id = pass_test(an, now=own)

    settled()

    row = progress(session, an.person_id)
    assert (row.grade, row.passed_at, row.attempt_id) == ("A", own, attempt_id)


def test_ones_own_test_after_the_class_raises_the_grade_and_moves_no_moment(credit, settled, team, session):
    an = learner_in(team)
    credit(an.person_id)
    settled()

    attempt_id = pass_test(an, now=NEXT_DAY + timedelta(days=3))

    row = progress(session, an.person_id)
    assert (row.grade, row.passed_at, row.attempt_id) == ("A", NEXT_DAY, attempt_id)


def test_a_card_read_before_the_class_is_kept(credit, settled, team, session, unit):
    an = learner_in(team)
    unit(lambda s: see_card(s, by=an, course=COURSE, lesson="mot-cua", card=2, now=NOON))
    credit(an.person_id)

    settled()

    row = progress(session, an.person_id)
    assert (row.card, row.grade) == (2, "C")


def test_a_skill_learned_in_classes_is_completed_with_their_grade_and_counted_once(credit, settled, team, session):
    people = members(team, 5)
    credit(*people)
    credit(*people, lesson="nop-ho-so")

    settled()

    done = session.scalars(select(SkillCompletion)).all()
    assert {(row.person_id, row.grade, row.completed_at) for row in done} == {(p, "C", NEXT_DAY) for p in people}
    facts = session.scalars(select(Fact).where(Fact.kind == "skill_completed")).all()
    assert [(fact.grade, fact.actor_kind) for fact in facts] == [("C", "trainer")] * 5
    counted = session.execute(select(Counter.scope, Counter.people).where(Counter.measure == f"skill:{COURSE}"))
    assert dict(counted.all()) == {"team": 5, "commune": 5, "province": 5}


def test_the_counters_agree_with_the_facts_after_classes(credit, settled, team, session, unit):
    unit(rebuild_counters)
    people = members(team, 4)
    other = make_team("Tổ 2")
    join_team(other, people[0])
    unit(rebuild_counters)
    credit(*people)
    credit(*people, lesson="nop-ho-so")

    settled()

    session.rollback()
    assert audit_counters(session) == []


def test_one_lesson_in_class_and_one_by_test_make_the_weaker_grade(credit, settled, team, session):
    an = learner_in(team)
    credit(an.person_id)
    settled()

    pass_test(an, "nop-ho-so", now=NEXT_DAY)

    assert session.scalars(select(SkillCompletion.grade)).one() == "C"


def test_when_every_lesson_is_passed_by_test_at_last_the_skill_follows(credit, settled, team, session):
    an = learner_in(team)
    credit(an.person_id)
    credit(an.person_id, lesson="nop-ho-so")
    settled()
    later = NEXT_DAY + timedelta(days=1)

    pass_test(an, "mot-cua", now=later)
    assert session.scalars(select(SkillCompletion.grade)).one() == "C"
    pass_test(an, "nop-ho-so", now=later)

    session.rollback()
    row = session.scalars(select(SkillCompletion)).one()
    assert (row.grade, row.completed_at) == ("A", NEXT_DAY)


def test_a_strangers_team_does_not_exist(credit, team, session):
    far = make_team("Tổ xa", BA_DINH)
    (person_id,) = members(far, 1)

    with pytest.raises(NotFound):
        credit(person_id, team_id=far)
    assert count(session, ClassCredit) == 0


def test_a_team_that_has_ended_is_not_taught(credit, team, unit):
    people = members(team, 1)
    unit(lambda s: s.execute(Team.__table__.update().values(ended_at=NOON)))

    with pytest.raises(NotFound):
        credit(*people)


def test_an_unknown_lesson_is_not_found(credit, team):
    with pytest.raises(NotFound):
        credit(*members(team, 1), lesson="khong-co")


@pytest.mark.parametrize("role", ["clerk", None])
def test_who_does_not_teach_credits_nobody(credit, team, role):
    by = actor_of(clerk() if role else account_id_of(make_person("Người lạ")))

    with pytest.raises(NotFound):
        credit(*members(team, 1), by=by)


def test_somebody_who_was_never_in_the_team_is_not_found_and_not_named(credit, team, session):
    (person_id,) = members(make_team("Tổ 2"), 1)

    with pytest.raises(NotFound):
        credit(person_id)
    assert count(session, ClassCredit) == 0


def test_somebody_who_left_is_named_before_anything_is_stored(credit, team, session, unit):
    people = members(team, 3)
    gone = Membership.person_id == people[1]
    unit(lambda s: s.execute(Membership.__table__.update().where(gone).values(left_at=NOON)))

    with pytest.raises(rules.LeftTheTeam, match="Người 02"):
        credit(*people)
    assert [count(session, model) for model in (ClassCredit, CreditedPerson)] == [0, 0]

    credit(people[0], people[2])
    assert count(session, CreditedPerson) == 2


def test_somebody_who_took_back_their_yes_is_named_before_anything_is_stored(credit, team, session, unit):
    people = members(team, 3)
    take_back(unit, people[1])

    with pytest.raises(rules.LearnerWithdrew, match="Người 02"):
        credit(*people)
    assert [count(session, model) for model in (ClassCredit, CreditedPerson)] == [0, 0]

    credit(people[0], people[2])
    assert count(session, CreditedPerson) == 2


def test_a_yes_taken_back_while_the_credit_waits_is_heard(credit, settled, team, session, unit):
    people = members(team, 3)
    credit(*people)
    take_back(unit, people[1])

    settled()

    assert sorted(session.scalars(select(LessonProgress.person_id))) == [people[0], people[2]]
    assert sorted(session.scalars(select(Fact.person_id))) == [people[0], people[2]]


def test_who_leaves_the_team_while_the_credit_waits_keeps_what_they_learned(credit, settled, team, session, unit):
    (person_id,) = members(team, 1)
    credit(person_id)
    unit(lambda s: s.execute(Membership.__table__.update().values(left_at=NOON)))

    settled()

    assert progress(session, person_id).grade == "C"


def test_nobody_credits_themselves(credit, team, session, unit):
    person_id, other = members(team, 2)
    account_id = account_id_of(person_id)
    unit(lambda s: grant_role(s, account_id=account_id, role="trainer", area_code=THANH_HOA, by=SYSTEM, now=NOON))

    with pytest.raises(rules.CreditsOneself):
        credit(person_id, other, by=actor_of(account_id))
    assert count(session, ClassCredit) == 0


def test_workers_that_settle_at_once_count_once(app, engine_url, credit, team, session, unit):
    people = members(team, 8)
    unit(rebuild_counters)
    credit(*people)
    credit(*people, lesson="nop-ho-so")
    session.rollback()
    job = (engine_url, app.config["LMS_DATA_DIR"], NEXT_DAY)

    with PROCESS.Pool(4) as pool:
        done = pool.starmap(settle, [job] * 4)

    assert sum(done) == 2
    facts = [count(session, model) for model in (LessonProgress, SkillCompletion)]
    assert facts == [16, 8]
    kinds = dict(session.execute(select(Fact.kind, func.count()).group_by(Fact.kind)).all())
    assert (kinds["lesson_credited"], kinds["skill_completed"]) == (16, 8)
    assert audit_counters(session) == []
