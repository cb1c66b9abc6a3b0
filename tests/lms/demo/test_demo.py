"""The demonstration: complete although it was killed half way, and true in every book."""

from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import func, select

from lms.areas.models import Area
from lms.certificates.audit import audit as audit_certificates
from lms.certificates.models import Certificate
from lms.clock import utc_now
from lms.db import Base, db_session, in_unit
from lms.demo.accounts import accounts, papers
from lms.demo.loading import load
from lms.demo.marker import CourseMissing, RealTeamsHere
from lms.entry import actor_by_account
from lms.learning.counters import audit_counters
from lms.learning.models import Attempt, SkillCompletion
from lms.people.models import Account, Person
from lms.people.signing_in import SignInPolicy, sign_in, try_pin
from lms.reports.figures import report_on
from lms.reports.periods import quarter_of
from lms.rooms import prepare_content
from lms.teams.models import Membership, Team
from lms.training.audit import audit as audit_training
from lms.training.models import Call, Need, NeedSignature, Seat, TrainingClass
from tests.client import LintedClient
from tests.factories import make_team

POLICY = SignInPolicy(5, timedelta(minutes=15), timedelta(days=1))


def count(query):
    return db_session().scalar(select(func.count()).select_from(query.subquery()))


def everything():
    """Return every row of every table."""
    session = db_session()
    session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        rows = [repr(tuple(row)) for row in session.execute(select(table))]
        found[table.name] = sorted(rows)
    return found


def test_it_is_a_small_province_of_believable_size(province):
    assert count(select(Team)) >= 30
    assert count(select(Person)) >= 280
    assert count(select(Team.commune_code).distinct()) == 4
    assert count(select(Membership).where(Membership.role == "leader")) == count(select(Team))


def test_progress_is_mixed(province):
    people = count(select(Membership.person_id).distinct())
    done = count(select(SkillCompletion.person_id).distinct())
    assert 0.1 < done / people < 0.6
    assert count(select(Attempt).where(Attempt.passed.is_(False))) > 10
    assert count(select(Account).where(Account.pin_set_at.is_(None))) > 20


def test_somebody_sits_in_two_teams_and_some_share_a_phone_or_have_none(province):
    twice = select(Membership.person_id).group_by(Membership.person_id).having(func.count() > 1)
    shared = select(Person.phone).where(Person.phone.is_not(None)).group_by(Person.phone).having(func.count() > 1)
    assert count(twice) >= 1
    assert count(shared) >= 3
    assert count(select(Person).where(Person.phone.is_(None))) >= 3


def test_there_is_a_call_with_co_signed_needs_and_a_class_with_people_waiting(province):
    signed_twice = select(NeedSignature.need_id).group_by(NeedSignature.need_id).having(func.count() > 1)
    assert count(select(Call)) == 1
    assert count(select(Need)) >= 20
    assert count(signed_twice) >= 5
    states = set(db_session().scalars(select(TrainingClass.state)))
    assert states == {"finalised", "published"}
    for state in ("offered", "confirmed", "waiting", "declined"):
        assert count(select(Seat).where(Seat.state == state)) >= 1, state


def test_certificates_are_published_and_one_is_revoked(province):
    assert 5 <= count(select(Certificate).where(Certificate.published_at.is_not(None))) <= 30
    assert count(select(Certificate).where(Certificate.revoked_at.is_not(None))) == 1


def test_every_book_agrees_after_the_killed_run_was_finished(province):
    session = db_session()
    assert audit_counters(session) == []
    assert audit_training(session, now=utc_now()).findings == ()
    assert not audit_certificates(session)


def test_the_report_of_the_running_quarter_has_something_to_say(province):
    session, now = db_session(), utc_now()
    made = report_on(session, session.get(Area, "38"), quarter_of(now, cutoff_day=20), now=now)
    assert len(made.rows) == 4
    assert made.total.counts["memberships"] > made.total.counts["people"]


def test_loading_again_changes_nothing(province):
    before = everything()
    assert load(lambda words: None, now=utc_now() + timedelta(days=3)) is False
    assert everything() == before


def test_the_printed_accounts_are_the_six_kinds_of_person_and_let_one_in(province):
    secret = current_app.config["LMS_SECRET_KEY"]
    listed = accounts(db_session())
    kinds = set()
    for account in listed:
        tried = try_pin(db_session(), login=account.login, pin=account.pin, secret=secret)
        found = in_unit(lambda s, t=tried: sign_in(s, t, policy=POLICY, now=utc_now()))
        assert isinstance(found, int), account
        kinds |= actor_by_account(found).kinds
    assert {"officer", "clerk", "trainer", "leader", "deputy", "member"} <= kinds
    assert len({account.login for account in listed}) == len(listed)


def test_everybody_listed_reaches_their_first_page(province):
    client = LintedClient(province)
    for account in accounts(db_session()):
        person = db_session().scalar(select(Account.id).join(Person).where(Person.phone == account.login))
        client.sign_in(person).get("/", follow=True)


def test_the_check_pages_answer_valid_and_revoked(province):
    client = LintedClient(province)
    valid, revoked = papers(db_session())
    assert "hiệu lực" in client.get(valid.address.removeprefix("https://hoc.example.vn")).text
    assert "thu hồi" in client.get(revoked.address.removeprefix("https://hoc.example.vn")).text


def test_a_database_with_teams_of_its_own_is_left_alone(app):
    prepare_content()
    make_team()
    before = everything()
    with pytest.raises(RealTeamsHere, match="Chưa thay đổi gì"):
        load(lambda words: None, now=utc_now())
    assert everything() == before


def test_without_the_built_in_course_it_says_what_to_do(app):
    with pytest.raises(CourseMissing) as refusal:
        load(lambda words: None, now=utc_now())
    assert "lms init" in refusal.value.remedy
