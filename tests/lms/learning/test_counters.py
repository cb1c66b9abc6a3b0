"""Counters: changed by the difference, settled after roster changes, proved by the audit."""

import json
import random
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lms.areas.models import Area
from lms.db import db_session, in_unit, touch
from lms.learning import counters, sums
from lms.learning.models import Counter
from lms.teams.models import Membership, Team
from tests.factories import NOON, account_id_of, actor_of, join_team, make_person, make_team
from tests.lms.learning.people import learner_in, pass_course, pass_test
from tests.lms.library.package import make_files, publish

LATER = NOON + timedelta(days=1)


@pytest.fixture
def team(app):
    publish()
    return make_team()


def settle(*team_ids):
    in_unit(lambda s: counters.settle_teams(s, {"teams": set(team_ids)}))


def people(session, scope, key, measure="skill:dich-vu-cong"):
    session.rollback()
    return session.scalar(
        select(Counter.people).where(Counter.scope == scope, Counter.key == str(key), Counter.measure == measure)
    )


def leave(team_id, person_id):
    def work(s):
        s.execute(
            update(Membership)
            .where(Membership.team_id == team_id, Membership.person_id == person_id)
            .values(left_at=LATER)
        )
        touch(s, "teams", team_id)

    in_unit(work)
    settle(team_id)


def other_commune(session):
    return session.scalars(
        select(Area.code).where(Area.parent_code == "38", Area.code != "14797").order_by(Area.code)
    ).first()


def test_a_completion_counts_in_team_commune_and_province(team, session):
    pass_course(learner_in(team))

    assert [people(session, *at) for at in (("team", team), ("commune", "14797"), ("province", "38"))] == [1, 1, 1]


def test_passing_again_counts_nothing_more(team, session):
    an = learner_in(team)
    pass_course(an)
    pass_test(an, now=LATER)

    assert people(session, "team", team) == 1


def test_who_is_in_two_teams_of_a_commune_counts_once_there_and_in_each_team(team, session):
    second = make_team("Tổ dân phố 2")
    an = learner_in(team)
    join_team(second, an.person_id)

    pass_course(an)
    settle(team, second)

    assert [people(session, "team", t) for t in (team, second)] == [1, 1]
    assert people(session, "commune", "14797") == 1
    assert people(session, "province", "38") == 1
    assert people(session, "commune", "14797", "members") == 1


def test_who_is_in_two_communes_counts_once_in_the_province(team, session):
    far = make_team("Thôn xa", other_commune(session))
    an = learner_in(team)
    join_team(far, an.person_id)

    pass_course(an)

    assert people(session, "province", "38") == 1
    settle(team, far)
    assert people(session, "province", "38") == 1
    assert people(session, "province", "38", "members") == 1


def test_a_member_who_comes_with_a_completion_is_counted_when_the_roster_settles(team, session):
    an = learner_in(team)
    pass_course(an)
    second = make_team("Tổ dân phố 2")

    join_team(second, an.person_id)
    settle(second)

    assert people(session, "team", second) == 1
    assert people(session, "commune", "14797") == 1


def test_a_member_who_leaves_is_counted_no_more(team, session):
    an = learner_in(team)
    pass_course(an)
    settle(team)

    leave(team, an.person_id)

    assert people(session, "team", team) == 0
    assert people(session, "province", "38") == 0
    assert people(session, "team", team, "members") == 0


def test_a_rebuild_gives_the_same_numbers(team, session):
    for name in ("An", "Bình", "Cúc"):
        pass_course(learner_in(team, name))
    settle(team)
    before = {(c.scope, c.key, c.measure): c.people for c in session.scalars(select(Counter)) if c.people}

    in_unit(counters.rebuild_counters)

    session.expire_all()
    assert {(c.scope, c.key, c.measure): c.people for c in session.scalars(select(Counter)) if c.people} == before


def test_the_audit_finds_a_number_that_was_changed_by_hand(team, session):
    pass_course(learner_in(team))
    settle(team)
    in_unit(lambda s: s.execute(update(Counter).where(Counter.scope == "team").values(people=7)) and None)

    found = counters.audit_counters(session)

    assert {(one.measure, one.stored, one.counted) for one in found} == {
        ("members", 7, 1),
        ("skill:dich-vu-cong", 7, 1),
    }


def test_after_any_history_the_audit_finds_nothing(team, session):
    publish(make_files(slug="thanh-toan", lessons=("tra-tien",), skills=("thanh-toan",)))
    chance = random.Random(2026)
    teams = [team, make_team("Tổ 2"), make_team("Thôn xa", other_commune(session))]
    actors = [learner_in(chance.choice(teams), f"Người {n}") for n in range(8)]
    settle(*teams)
    for _ in range(40):
        actor, deed, at = chance.choice(actors), chance.randrange(5), chance.choice(teams)
        live = session.scalars(
            select(Membership.team_id).where(Membership.person_id == actor.person_id, Membership.left_at.is_(None))
        ).all()
        session.rollback()
        if deed == 0 and at not in live:
            join_team(at, actor.person_id)
            settle(at)
        elif deed == 1 and live:
            leave(chance.choice(live), actor.person_id)
        elif deed == 2:
            pass_test(actor, "tra-tien", "thanh-toan")
        elif deed == 3:
            pass_test(actor, chance.choice(("mot-cua", "nop-ho-so")))

        assert counters.audit_counters(session) == []
        session.rollback()


def test_completions_and_roster_changes_at_once_leave_no_difference(app, team, session):
    """Two phones and two clerks at the same time; whatever the order, the books agree."""
    second = make_team("Tổ dân phố 2")
    actors = [learner_in(team, f"Người {n}") for n in range(4)]
    settle(team, second)
    for actor in actors:
        pass_test(actor, "mot-cua")
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
            s.add(Membership(team_id=second, person_id=person_id, role="member", joined_at=NOON))
            s.flush()
            counters.settle_teams(s, {"teams": {second}})

        in_unit(work)

    deeds = [lambda a=a: pass_test(a, "nop-ho-so") for a in actors]
    deeds += [lambda a=a: move(a.person_id) for a in actors]
    threads = [threading.Thread(target=together, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert counters.audit_counters(session) == []
    session.rollback()
    assert people(session, "team", second) == 4


def test_settling_two_thousand_teams_takes_a_few_statements(team, session, asked):
    """A province loads its roster in one go; what counts is that no team costs a statement of its own."""

    def many(s):
        s.add_all(
            Team(commune_code="14797", name=f"Tổ {n}", name_key=f"to {n}", fold=f"to {n}", sort_key=f"{n:04}",
                 created_at=NOON)
            for n in range(2000)
        )  # fmt: skip
        s.flush()
        touch(s, "teams", *s.scalars(select(Team.id)).all())

    in_unit(many)
    person_id = make_person("Người mới")
    join_team(team, person_id)
    asked.clear()
    settle(*session.scalars(select(Team.id)).all())

    assert len(asked) < 25
    assert people(session, "team", team, "members") == 1


def test_sums_are_read_from_counters(team, session):
    an = actor_of(account_id_of(make_person("Ngoài Tổ")))
    assert an.team_ids == ()
    pass_course(learner_in(team))
    settle(team)

    [row] = sums.commune_sums(session, "14797")
    assert (row.name, row.members, row.skills["dich-vu-cong"]) == ("Tổ dân phố 1", 1, 1)
    assert sums.commune_total(session, "14797").members == 1
    assert sums.province_total(session, "38").skills["dich-vu-cong"] == 1
    assert {one.key: one.members for one in sums.province_sums(session, "38") if one.members} == {"14797": 1}


def test_the_commands_rebuild_and_prove(app, team):
    from lms.learning.commands import learning

    pass_course(learner_in(team))
    run = app.test_cli_runner()

    lost = run.invoke(learning, ["audit", "--json"])
    rebuilt = run.invoke(learning, ["rebuild"])
    agreed = run.invoke(learning, ["audit"])

    assert lost.exit_code == 1
    assert json.loads(lost.output)["agree"] is False
    assert (rebuilt.exit_code, agreed.exit_code) == (0, 0)
    assert "khớp" in agreed.output
