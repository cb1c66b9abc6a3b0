"""Somebody is forgotten: their certificates go on answering, and lead to nobody any more."""

import pytest
from sqlalchemy import delete, select

from lms.certificates import rules
from lms.certificates.audit import audit
from lms.certificates.checking import find_public
from lms.certificates.issuers import Decision
from lms.certificates.models import ApprovalEntry, Certificate
from lms.certificates.papers import paper_bytes
from lms.db import Base, in_unit
from lms.people.models import Account, Person
from lms.training.models import Seat
from tests.lms.certificates.world import (
    NAMES,
    NOW,
    accept,
    approve,
    certificates,
    finalised_class,
    learned,
    propose,
    propose_about,
    publish,
    published,
    second_officer,
    the_officer,
)

pytestmark = pytest.mark.usefixtures("app")


def forget(person_id):
    in_unit(lambda s: rules.forget_person(s, person_id=person_id, now=NOW))


def entries(session):
    session.expire_all()
    return session.scalars(select(ApprovalEntry).order_by(ApprovalEntry.position)).all()


def delete_person(session, person_id):
    """Delete the person and every row that still hangs on them, their account first of all."""
    tables = [table for table in reversed(Base.metadata.sorted_tables) if table.name != "lms_people"]
    account = select(Account.id).where(Account.person_id == person_id).scalar_subquery()
    seats = select(Seat.id).where(Seat.person_id == person_id)
    owners = {"lms_people": [person_id], "lms_accounts": account, "lms_seats": seats}

    def work(s):
        for table in tables:
            for column in table.columns:
                for key in column.foreign_keys:
                    if key.column.table.name in owners:
                        s.execute(delete(table).where(column.in_(owners[key.column.table.name])))
        s.execute(delete(Person).where(Person.id == person_id))

    in_unit(work)
    session.expire_all()


def test_the_check_page_answers_after_account_and_person_are_gone(session):
    row = published()[0]
    certificate_id, person_id, paper = row.id, row.person_id, paper_bytes(session, row)
    before = find_public(session, row.public_id)

    forget(person_id)
    delete_person(session, person_id)

    assert session.get(Person, person_id) is None
    row = session.get_one(Certificate, certificate_id)
    assert (row.person_id, row.seat_id, row.state) == (None, None, "valid")
    assert find_public(session, row.public_id) == before
    assert paper_bytes(session, row) == paper
    assert audit(session) == []


def test_what_was_learned_at_home_is_forgotten_alike(session):
    (person, *_others) = learned()
    accept(propose_about("course", "dich-vu-cong", [f"course:{person}:dich-vu-cong"]))
    publish()

    forget(person)
    delete_person(session, person)

    assert [(row.person_id, row.state) for row in certificates()] == [(None, "valid")]
    assert audit(session) == []


def test_who_waits_on_a_list_is_taken_off_it_and_the_others_are_approved(session):
    class_id = finalised_class()
    proposed = propose(class_id)
    person = session.scalars(select(Seat.person_id).where(Seat.class_id == class_id).order_by(Seat.seq)).first()

    forget(person)
    accept(proposed)

    assert [row.snapshot["name"] for row in certificates()] == ["H'Rơ Châm Thị Ngọc Bích-Phương Tuyền", "Lê Văn Tám"]
    assert session.scalars(select(ApprovalEntry.person_id).order_by(ApprovalEntry.position)).first() is None


def test_of_who_was_taken_off_a_list_nothing_is_kept_that_a_paper_would_have_said(session):
    class_id = finalised_class()
    proposed = propose(class_id)
    first, second, third = session.scalars(
        select(Seat.person_id).where(Seat.class_id == class_id).order_by(Seat.seq)
    ).all()
    assert [entry.facts["name"] for entry in entries(session)] == list(NAMES)

    forget(first)
    accept(proposed)
    forget(second)
    forget(third)

    assert [entry.facts and entry.facts["name"] for entry in entries(session)] == [None, *NAMES[1:]]
    assert [row.snapshot["name"] for row in certificates()] == list(NAMES[1:])
    assert audit(session) == []


def test_of_who_stood_on_a_list_that_was_refused_nothing_is_kept(session):
    class_id = finalised_class()
    proposed = propose(class_id)
    person = session.scalars(select(Seat.person_id).where(Seat.class_id == class_id).order_by(Seat.seq)).first()
    other, list_id = second_officer(), proposed.id
    in_unit(lambda s: rules.refuse_list(s, by=other, list_id=list_id, answer="Sai ngày", now=NOW))

    forget(person)

    assert [entry.facts is None for entry in entries(session)] == [True, False, False]


def test_a_forgotten_certificate_can_still_be_revoked(session):
    row = published()[0]
    certificate_id = row.id
    forget(row.person_id)
    asker, other, decision = the_officer(), second_officer(), Decision("52/QĐ", NOW.date())
    request = in_unit(
        lambda s: (
            rules.ask_revoke(
                s, by=asker, certificate_id=certificate_id, decision=decision, category="fraud", detail="", now=NOW
            ).id
        )
    )
    in_unit(lambda s: rules.accept_ending(s, by=other, request_id=request, now=NOW))

    assert certificates()[0].state == "revoked"
    assert audit(session) == []


def test_nobody_else_is_forgotten(session):
    rows = published()

    forget(rows[0].person_id)

    session.expire_all()
    assert [row.person_id is None for row in certificates()] == [True, False, False]
    approve(finalised_class(("Vũ Ẵng",)))
