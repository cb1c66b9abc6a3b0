"""Somebody asks to be forgotten: who they are is gone everywhere, what was counted and what was certified stays."""

import pytest
from sqlalchemy import func, select

from lms.access import SYSTEM
from lms.certificates.audit import audit
from lms.certificates.checking import find_public
from lms.db import in_unit
from lms.journal.models import JournalEntry, Notice
from lms.learning.models import SkillCompletion
from lms.people import rules
from lms.people.erasing import NO_NAME, StillAtWork, erase_person
from lms.people.models import Account, Consent, LoginSlip, Person, SignIn
from lms.rooms import ERASERS
from lms.teams.models import Membership
from lms.training.erasing import StillSeated
from lms.training.models import Seat
from tests.conftest import SECRET
from tests.factories import account_id_of, clerk, join_team, make_person, make_team
from tests.lms.certificates.world import NOW, SKILL, accept, certificates, finalised_class, learned, propose_about
from tests.lms.certificates.world import publish as publish_papers

pytestmark = pytest.mark.usefixtures("app")


def erase(person_id, by=SYSTEM):
    in_unit(lambda s: erase_person(s, by=by, person_id=person_id, erasers=ERASERS, now=NOW))


def known_person():
    """Make a member who has a slip, agreed, gave an address and was told something; return their id."""
    person_id = make_person("Nguyễn Thị Đẹp", "0914994100")
    join_team(make_team("Thôn Một"), person_id)
    account_id = account_id_of(person_id)

    def work(s):
        rules.issue_slips(s, [account_id], by=SYSTEM, secret=SECRET, days=30, now=NOW)
        rules.give_consent(s, person_id=person_id, purpose="learning", wording="…", means="phiếu", now=NOW)
        s.get_one(Person, person_id).email = "dep@example.vn"
        s.add(SignIn(token="t", account_id=account_id, device="Nokia", started_at=NOW, expires_at=NOW))
        s.add(Notice(person_id=person_id, template="x", event="e", text="Nguyễn Thị Đẹp", created_at=NOW))

    in_unit(work)
    return person_id


def test_nothing_is_left_that_says_who_they_were_or_lets_them_in(session):
    person_id = known_person()

    erase(person_id)

    session.expire_all()
    person, account = session.get_one(Person, person_id), session.scalars(select(Account)).one()
    assert (person.full_name, person.name_key, person.fold) == (NO_NAME, "", "")
    assert (person.phone, person.email, person.erased_at) == (None, None, NOW)
    assert (account.pin_hash, account.closed_at) == (None, NOW)
    for table in (LoginSlip, SignIn, Notice):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    assert session.scalars(select(Consent.withdrawn_at)).one() == NOW


def test_they_leave_their_teams(session):
    person_id = known_person()

    erase(person_id)

    assert session.scalars(select(Membership.left_at)).one() == NOW


def test_the_journal_says_that_somebody_was_erased_and_not_who_they_were(session):
    person_id = known_person()

    erase(person_id)

    entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "erase")).one()
    assert (entry.kind, entry.object_id, entry.detail) == ("person", str(person_id), None)


def test_erased_twice_nothing_changes(session):
    person_id = known_person()
    erase(person_id)

    erase(person_id)

    assert session.scalar(select(func.count()).where(JournalEntry.verb == "erase")) == 1


def test_what_they_learned_stays_counted_and_their_certificate_goes_on_answering(session):
    person_id = learned(("Vũ Ẵng",))[0]
    accept(propose_about("course", SKILL, [f"course:{person_id}:{SKILL}"]))
    row = publish_papers()[0]
    public_id, told = row.public_id, find_public(session, row.public_id)

    erase(person_id)

    session.expire_all()
    assert find_public(session, public_id) == told
    assert certificates()[0].person_id is None
    assert session.scalar(select(func.count()).where(SkillCompletion.person_id == person_id)) == 1
    assert audit(session) == []


def test_who_has_a_task_in_an_area_is_not_erased(session):
    person_id = session.get_one(Account, clerk()).person_id

    with pytest.raises(StillAtWork):
        erase(person_id)

    session.expire_all()
    assert session.get_one(Person, person_id).erased_at is None


def test_who_has_a_seat_in_a_class_to_come_is_not_erased(session):
    finalised_class(("Vũ Ẵng",))
    seat = session.scalars(select(Seat)).one()
    person_id, seat_id = seat.person_id, seat.id
    in_unit(lambda s: setattr(s.get_one(Seat, seat_id), "state", "confirmed"))

    with pytest.raises(StillSeated):
        erase(person_id)

    session.expire_all()
    assert session.get_one(Person, person_id).full_name == "Vũ Ẵng"


def test_the_operator_erases_by_the_member_code(app, session):
    person_id = known_person()
    code = session.scalars(select(Account.code)).one()
    run = app.test_cli_runner().invoke

    assert run(args=["lms", "account", "erase", code], input="n\n").exit_code == 1
    session.expire_all()
    assert session.get_one(Person, person_id).erased_at is None

    done = run(args=["lms", "account", "erase", code, "--yes"])
    session.expire_all()
    assert (done.exit_code, session.get_one(Person, person_id).full_name) == (0, NO_NAME)
