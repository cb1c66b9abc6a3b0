"""Programmes: "5 required and at least 5 elective of 19 topics" is data, and completes people once, for ever."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

import courses
from lms import signals
from lms.db import db_session, in_unit
from lms.journal.models import JournalEntry
from lms.learning import counters, sums
from lms.learning.models import Counter, Fact, ProgrammeCompletion, SkillCompletion
from lms.learning.programmes import complete_programmes
from lms.library import rules
from lms.library.models import Programme
from lms.teams.models import Membership
from tests.factories import NOON, join_team, make_team
from tests.lms.learning.people import learner_in, pass_test
from tests.lms.library.package import make_files, publish

KEY = "can-bo-xa"
REQUIRED = tuple(f"bat-buoc-{number}" for number in range(1, 6))
ELECTIVE = tuple(f"tu-chon-{number}" for number in range(1, 15))
LATER = NOON + timedelta(days=1)
LATEST = NOON + timedelta(days=2)


def load(required=REQUIRED, elective=ELECTIVE, at_least=5, title="Chương trình cán bộ xã", now=NOON):
    """Load the 19 topics of the ministry's course, and a programme over them."""
    catalogue = courses.SkillCatalogue(
        tuple(courses.Skill(key, f"Chuyên đề {key}") for key in REQUIRED + ELECTIVE),
        (),
        (courses.Programme(KEY, title, "Khóa bồi dưỡng tháng 12/2025", courses.Rule(required, elective, at_least)),),
    )
    in_unit(lambda s: rules.load_frameworks(s, catalogue, now=now))


def complete(actor, *skills, now=NOON):
    """Let somebody complete skills as people do: by the test of a course that teaches them."""
    slug = f"khoa-{skills[0]}-{len(skills)}"
    publish(make_files(slug=slug, lessons=("bai-mot",), skills=skills, draw=1))
    pass_test(actor, "bai-mot", slug, now)


def completions(session):
    session.rollback()
    rows = session.execute(
        select(ProgrammeCompletion.person_id, Programme.number, ProgrammeCompletion.completed_at).join(
            Programme, Programme.id == ProgrammeCompletion.programme_id
        )
    )
    return [tuple(row) for row in rows]


def versions(session):
    session.rollback()
    rows = session.execute(select(Programme.number, Programme.replaced_at).order_by(Programme.number))
    return [tuple(row) for row in rows]


@pytest.fixture
def team(app):
    load()
    return make_team()


@pytest.fixture
def an(team):
    return learner_in(team)


def test_five_required_and_four_elective_topics_are_not_enough(an, session):
    complete(an, *REQUIRED)
    complete(an, *ELECTIVE[:4])

    assert completions(session) == []


def test_five_required_and_five_elective_topics_complete_the_programme(an, session):
    complete(an, *REQUIRED)
    complete(an, *ELECTIVE[:4])
    complete(an, ELECTIVE[9], now=LATER)

    assert completions(session) == [(an.person_id, 1, LATER)]


def test_four_required_topics_are_not_enough_with_all_fourteen_elective(an, session):
    complete(an, *REQUIRED[:4])
    complete(an, *ELECTIVE)

    assert completions(session) == []


def test_the_order_in_which_topics_are_completed_does_not_matter(an, session):
    complete(an, *ELECTIVE[:5])
    complete(an, *REQUIRED, now=LATER)

    assert completions(session) == [(an.person_id, 1, LATER)]


def test_completing_twice_is_once(an, session):
    complete(an, *REQUIRED)
    complete(an, *ELECTIVE[:5])
    complete(an, *ELECTIVE[5:8], now=LATER)
    in_unit(lambda s: complete_programmes(s, by=an, person_id=an.person_id, places=[], now=LATER))

    assert completions(session) == [(an.person_id, 1, NOON)]
    assert len(session.scalars(select(Fact).where(Fact.kind == "programme_completed")).all()) == 1


def test_completion_leaves_a_fact_and_is_announced_once_after_the_commit(an, session):
    heard = []

    def hear(_app, **facts):
        heard.append(facts)

    with signals.programme_completed.connected_to(hear):
        complete(an, *REQUIRED)
        complete(an, *ELECTIVE[:5])
        complete(an, ELECTIVE[6])

    fact = session.scalars(select(Fact).where(Fact.kind == "programme_completed")).one()
    assert (fact.person_id, fact.grade, fact.payload) == (an.person_id, "A", {"programme": KEY, "number": 1})
    programme_id = session.scalar(select(Programme.id))
    assert heard == [{"person_id": an.person_id, "programme": KEY, "programme_id": programme_id}]


def test_a_programme_that_rests_on_a_class_says_so(an, session):
    complete(an, *REQUIRED)
    in_unit(lambda s: s.execute(update(SkillCompletion).values(grade="C")) and None)
    complete(an, *ELECTIVE[:5])

    assert session.scalars(select(Fact.grade).where(Fact.kind == "programme_completed")).one() == "C"


def test_the_same_rule_again_is_no_new_version_whatever_it_is_called(team, session):
    load(now=LATER)
    load(title="Tên gọi đã sửa", now=LATER)

    assert versions(session) == [(1, None)]
    assert session.scalar(select(Programme.title)) == "Tên gọi đã sửa"
    assert session.scalars(select(Programme.published_at)).one() == NOON


def test_a_changed_rule_is_the_next_version_and_the_one_before_is_kept(team, session):
    load(at_least=6, now=LATER)
    load(at_least=5, now=LATEST)

    assert versions(session) == [(1, LATER), (2, LATEST), (3, None)]
    assert [rule["elective_at_least"] for rule in session.scalars(select(Programme.rule).order_by(Programme.id))] == [
        5, 6, 5,
    ]  # fmt: skip
    entries = session.scalars(select(JournalEntry).where(JournalEntry.kind == "programme")).all()
    assert [entry.detail["number"] for entry in entries] == [1, 2, 3]


def test_whoever_began_under_the_old_rule_may_finish_by_it(an, session):
    complete(an, *REQUIRED)
    load(at_least=14, now=LATER)
    complete(an, *ELECTIVE[:5], now=LATEST)

    assert completions(session) == [(an.person_id, 1, LATEST)]


def test_whoever_begins_after_the_change_goes_by_the_new_rule(an, session):
    load(at_least=6, now=LATER)
    complete(an, *REQUIRED, now=LATEST)
    complete(an, *ELECTIVE[:5], now=LATEST)
    assert completions(session) == []

    complete(an, ELECTIVE[5], now=LATEST)
    assert completions(session) == [(an.person_id, 2, LATEST)]


def test_a_rule_two_changes_old_no_longer_counts_for_whoever_began_later(an, session):
    load(at_least=6, now=LATER)
    complete(an, *REQUIRED, now=LATER)
    load(at_least=7, now=LATEST)
    complete(an, *ELECTIVE[:5], now=LATEST)
    assert completions(session) == []

    complete(an, ELECTIVE[5], now=LATEST)
    assert completions(session) == [(an.person_id, 2, LATEST)]


def test_a_change_takes_no_completion_away(an, session):
    complete(an, *REQUIRED)
    complete(an, *ELECTIVE[:5])
    load(at_least=14, now=LATER)

    assert completions(session) == [(an.person_id, 1, NOON)]


def test_a_rule_that_asks_for_less_completes_those_who_have_enough_and_nobody_else(an, team, session):
    binh = learner_in(team, "Trần Thị Bình")
    in_unit(lambda s: counters.settle_teams(s, {"teams": {team}}))
    complete(an, *REQUIRED)
    complete(an, *ELECTIVE[:3])
    complete(binh, *REQUIRED[:4])
    complete(binh, *ELECTIVE[:8])

    load(at_least=3, now=LATER)

    assert completions(session) == [(an.person_id, 2, LATER)]
    assert people(session, "province", "38") == 1
    assert counters.audit_counters(session) == []


def test_a_programme_published_for_the_first_time_completes_whoever_has_enough(app, session):
    load(required=REQUIRED, elective=(), at_least=0)
    an = learner_in(make_team())
    complete(an, *ELECTIVE[:5])
    assert completions(session) == []

    load(required=ELECTIVE[:5], elective=(), at_least=0, now=LATER)

    assert completions(session) == [(an.person_id, 2, LATER)]


def people(session, scope, key):
    session.rollback()
    measure = counters.programme_measure(KEY)
    return session.scalar(
        select(Counter.people).where(Counter.scope == scope, Counter.key == str(key), Counter.measure == measure)
    )


def test_completions_are_counted_in_team_commune_and_province_and_the_audit_agrees(an, team, session):
    in_unit(lambda s: counters.settle_teams(s, {"teams": {team}}))
    complete(an, *REQUIRED)
    complete(an, *ELECTIVE[:5])

    assert [people(session, *at) for at in (("team", team), ("commune", "14797"), ("province", "38"))] == [1, 1, 1]
    assert counters.audit_counters(session) == []


def test_a_rebuild_gives_the_same_numbers_and_the_audit_finds_a_changed_one(an, team, session):
    complete(an, *REQUIRED)
    complete(an, *ELECTIVE[:5])

    in_unit(counters.rebuild_counters)
    assert people(session, "province", "38") == 1
    assert counters.audit_counters(session) == []

    session.rollback()
    in_unit(
        lambda s: s.execute(update(Counter).where(Counter.measure.startswith("programme:")).values(people=4)) and None
    )
    found = counters.audit_counters(session)
    assert {(one.scope, one.measure, one.stored, one.counted) for one in found} == {
        (scope, "programme:can-bo-xa", 4, 1) for scope in ("team", "commune", "province")
    }


def test_who_joins_another_team_with_a_completed_programme_is_counted_there(an, team, session):
    complete(an, *REQUIRED)
    complete(an, *ELECTIVE[:5])
    other = make_team("Tổ dân phố 2")
    join_team(other, an.person_id)
    in_unit(lambda s: counters.settle_teams(s, {"teams": {other}}))

    assert people(session, "team", other) == 1
    assert people(session, "province", "38") == 1
    assert sums.province_total(session, "38").programmes == {KEY: 1}
    assert {one.name: one.programmes.get(KEY) for one in sums.commune_sums(session, "14797")} == {
        "Tổ dân phố 1": 1,
        "Tổ dân phố 2": 1,
    }


def test_the_first_page_tells_how_far_one_is_and_what_is_missing(an, client):
    complete(an, *REQUIRED[:3])
    complete(an, *ELECTIVE[:4])

    page = client.sign_in(an.account_id).get("/hoc/")

    assert "Chương trình: bắt buộc 3/5, tự chọn 4/5." in page.text
    assert "Còn 2 kỹ năng: “Chuyên đề bat-buoc-4”, “Chuyên đề bat-buoc-5”; và 1 kỹ năng tự chọn" in page.text


def test_more_elective_topics_than_asked_for_count_no_further(an, client):
    complete(an, *ELECTIVE[:8])

    assert "bắt buộc 0/5, tự chọn 5/5" in client.sign_in(an.account_id).get("/hoc/").text


def test_the_first_page_shows_the_rule_that_asks_least_of_the_learner(an, client):
    complete(an, *REQUIRED)
    load(at_least=9, now=LATER)
    assert "tự chọn 0/5" in client.sign_in(an.account_id).get("/hoc/").text

    load(at_least=2, now=LATEST)
    assert "tự chọn 0/2" in client.get("/hoc/").text


def test_the_first_page_tells_the_day_of_completion(an, client):
    complete(an, *REQUIRED)
    complete(an, *ELECTIVE[:5])

    page = client.sign_in(an.account_id).get("/hoc/")

    assert "cả chương trình ngày 21/11/2026" in page.text
    assert "bắt buộc" not in page.text


def test_without_a_programme_the_first_page_speaks_of_none(app, client):
    publish()

    page = client.sign_in(learner_in(make_team()).account_id).get("/hoc/")

    assert "Chương trình" not in page.text


def test_completions_and_roster_changes_of_one_province_at_once_leave_no_difference(app, session):
    """One commune completes the programme while another loads its roster; the books of the province agree."""
    load(required=("bat-buoc-1",), elective=(), at_least=0)
    publish(make_files(slug="khoa", lessons=("bai-mot",), skills=("bat-buoc-1",), draw=1))
    here, there = make_team(), make_team("Thôn xa", "14845")
    actors = [learner_in(here, f"Người {number}") for number in range(4)]
    moving = [learner_in(here, f"Người chuyển {number}") for number in range(4)]
    for actor in moving:
        pass_test(actor, "bai-mot", "khoa")
    in_unit(lambda s: counters.settle_teams(s, {"teams": {here, there}}))
    session.rollback()
    gate = threading.Barrier(8)
    faults = []

    def together(work):
        with app.app_context():
            gate.wait()
            try:
                work()
            except Exception as fault:
                faults.append(fault)
            db_session().close()

    def move(person_id):
        def work(s):
            s.add(Membership(team_id=there, person_id=person_id, role="member", joined_at=NOON))
            s.flush()
            counters.settle_teams(s, {"teams": {there}})

        in_unit(work)

    deeds = [lambda a=a: pass_test(a, "bai-mot", "khoa") for a in actors]
    deeds += [lambda a=a: move(a.person_id) for a in moving]
    threads = [threading.Thread(target=together, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert counters.audit_counters(session) == []
    assert [people(session, *at) for at in (("team", here), ("team", there), ("province", "38"))] == [8, 4, 8]
