"""Completion: once, with the version named, never lowered by anything that comes later."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import signals
from lms.db import in_unit
from lms.learning import completion, rules
from lms.learning.models import Fact, LessonProgress, SkillCompletion
from tests.factories import NOON, make_team
from tests.lms.learning.people import answer_right, learner_in, pass_course, pass_test, start, submit
from tests.lms.library.package import make_files, publish

LATER = NOON + timedelta(days=1)


@pytest.fixture
def version_id(app):
    return publish()


@pytest.fixture
def an(version_id):
    return learner_in(make_team())


def completions(session):
    rows = session.scalars(select(SkillCompletion)).all()
    return [(row.skill_key, row.version_id, row.completed_at) for row in rows]


def test_passing_one_of_two_required_tests_completes_nothing(an, session):
    pass_test(an, "mot-cua")

    assert completions(session) == []


def test_passing_all_required_tests_completes_the_skill_with_the_version_named(an, session, version_id):
    pass_test(an, "mot-cua")
    pass_test(an, "nop-ho-so", now=LATER)

    assert completions(session) == [("dich-vu-cong", version_id, LATER)]


def test_passing_again_never_moves_the_moment(an, session, version_id):
    pass_course(an)

    pass_test(an, "nop-ho-so", now=LATER)

    assert completions(session) == [("dich-vu-cong", version_id, NOON)]


def test_a_new_version_moves_nobodys_completion(an, session, version_id):
    pass_course(an)

    publish(make_files(lessons=("mot-cua", "nop-ho-so", "tra-cuu")), now=LATER)

    assert completions(session) == [("dich-vu-cong", version_id, NOON)]


def test_passes_made_under_an_older_version_still_count(an, session):
    pass_test(an, "mot-cua")
    new = publish(make_files(lessons=("mot-cua", "nop-ho-so", "tra-cuu")), now=LATER)

    pass_test(an, "nop-ho-so", now=LATER)
    assert completions(session) == []
    pass_test(an, "tra-cuu", now=LATER)

    assert completions(session) == [("dich-vu-cong", new, LATER)]


def test_whoever_began_under_the_old_rule_may_finish_by_it(an, session, version_id):
    pass_test(an, "mot-cua")
    old_paper = start(an, "nop-ho-so")
    answer_right(an, old_paper)
    publish(make_files(lessons=("mot-cua", "nop-ho-so", "tra-cuu")), now=LATER)

    submit(an, old_paper, now=LATER)

    assert completions(session) == [("dich-vu-cong", version_id, LATER)]


def test_a_rule_that_asks_for_less_completes_those_it_no_longer_keeps_waiting(an, session):
    pass_test(an, "mot-cua")
    new = publish(make_files(lessons=("mot-cua",)), now=LATER)

    in_unit(lambda s: completion.settle_courses(s, {"courses": {"dich-vu-cong"}}))

    assert completions(session) == [("dich-vu-cong", new, LATER)]


def test_a_course_may_teach_two_skills(an, session):
    publish(make_files(slug="hai-ky-nang", lessons=("bai-mot",), skills=("dich-vu-cong", "thanh-toan")))

    pass_test(an, "bai-mot", course="hai-ky-nang")

    assert {row[0] for row in completions(session)} == {"dich-vu-cong", "thanh-toan"}


def test_a_skill_completed_by_another_course_is_not_completed_again(an, session, version_id):
    publish(make_files(slug="khoa-khac", lessons=("bai-mot",)))
    pass_course(an)

    pass_test(an, "bai-mot", course="khoa-khac", now=LATER)

    assert completions(session) == [("dich-vu-cong", version_id, NOON)]


def test_completion_leaves_a_fact_of_the_best_grade(an, session, version_id):
    pass_course(an)

    fact = session.scalars(select(Fact).where(Fact.kind == "skill_completed")).one()
    assert (fact.grade, fact.version_id, fact.payload) == ("A", version_id, {"skill": "dich-vu-cong"})


def test_completion_is_announced_once_and_only_after_the_commit(an):
    heard = []

    def hear(_app, **facts):
        heard.append(facts["skill"])

    with signals.skill_completed.connected_to(hear):
        pass_course(an)
        pass_test(an, "mot-cua", now=LATER)

    assert heard == ["dich-vu-cong"]


def test_somebody_in_no_team_completes_too(app, session):
    from tests.factories import account_id_of, actor_of, make_person

    publish()
    alone = actor_of(account_id_of(make_person("Người Không Tổ")))

    pass_course(alone)

    assert len(completions(session)) == 1


def test_the_same_fact_sent_twice_is_one_fact(an, session):
    def send(s):
        return rules.record_fact(s, by=an, id="abc", person_id=an.person_id, kind="declared", grade="D", now=NOON)

    assert [in_unit(send), in_unit(send)] == [True, False]
    assert len(session.scalars(select(Fact).where(Fact.id == "abc")).all()) == 1


def test_the_furthest_card_is_remembered_and_never_moves_back(an, session):
    for card in (1, 3, 2):
        in_unit(lambda s, c=card: rules.see_card(s, by=an, course="dich-vu-cong", lesson="mot-cua", card=c, now=NOON))

    assert session.scalars(select(LessonProgress)).one().card == 3


def test_reading_the_last_card_is_a_declared_fact_once(an, session):
    for _ in range(2):
        in_unit(lambda s: rules.see_card(s, by=an, course="dich-vu-cong", lesson="mot-cua", card=3, now=NOON))

    assert [fact.grade for fact in session.scalars(select(Fact).where(Fact.kind == "lesson_read"))] == ["D"]
