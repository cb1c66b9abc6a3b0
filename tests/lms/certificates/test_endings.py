"""Revoked, replaced, void: asked by one officer, accepted by another; each is final, and each keeps answering."""

from datetime import date

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from lms.certificates import rules
from lms.certificates.audit import audit
from lms.certificates.issuers import Decision
from lms.certificates.models import BookLine, EndingRequest
from lms.certificates.papers import paper_bytes
from lms.certificates.pressing import store_papers
from lms.certificates.sources import facts_of
from lms.db import in_unit
from lms.errors import NotFound
from lms.journal.models import JournalEntry, Notice
from lms.people.models import Person
from lms.signals import certificate_revoked
from lms.training.models import Seat
from tests.factories import actor_of, officer
from tests.lms.certificates.world import (
    ISSUER,
    NOW,
    accept,
    approve,
    certificates,
    finalised_class,
    publish,
    published,
    quick_papers,
    second_officer,
    the_officer,
)

pytestmark = pytest.mark.usefixtures("app")
REVOKING = Decision("52/QĐ-SKHCN", date(2026, 11, 21))


def ask_revoke(certificate, *, by=None, decision=REVOKING, category="wrong_facts", detail="riêng"):
    actor, certificate_id = by or the_officer(), certificate.id
    return in_unit(
        lambda s: rules.ask_revoke(
            s, by=actor, certificate_id=certificate_id, decision=decision, category=category, detail=detail, now=NOW
        )
    )


def ask_void(certificate, reason="in nhầm ngày học", by=None):
    actor, certificate_id = by or the_officer(), certificate.id
    return in_unit(lambda s: rules.ask_void(s, by=actor, certificate_id=certificate_id, reason=reason, now=NOW))


def accept_ending(wanted, by=None):
    actor, request_id = by or second_officer(), wanted.id
    return in_unit(lambda s: rules.accept_ending(s, by=actor, request_id=request_id, now=NOW))


def propose_reissue(certificate, by=None):
    actor, certificate_id = by or the_officer(), certificate.id
    return in_unit(
        lambda s: rules.propose_reissue(
            s, by=actor, certificate_id=certificate_id, decision=REVOKING, issuer=ISSUER, now=NOW
        )
    )


def lines_of(session, certificate):
    query = select(BookLine.kind).where(BookLine.certificate_id == certificate.id).order_by(BookLine.line)
    return list(session.scalars(query))


def test_asking_alone_changes_nothing_and_tells_the_other_officers(session):
    row, asker = published()[0], the_officer()

    ask_revoke(row, by=asker)

    assert certificates()[0].state == "valid"
    told = session.scalars(select(Notice).where(Notice.template == "ending-asked")).all()
    assert told
    assert asker.person_id not in [notice.person_id for notice in told]


def test_a_revoked_certificate_keeps_decision_and_reason_and_stands_in_the_book(session):
    row = published()[0]

    accept_ending(ask_revoke(row))

    session.expire_all()
    assert (row.state, row.revoke_decision) == ("revoked", "52/QĐ-SKHCN ngày 21/11/2026")
    assert (row.revoke_category, row.revoke_detail) == ("wrong_facts", "riêng")
    assert lines_of(session, row) == ["number", "publish", "revoke"]
    told = session.scalars(select(Notice).where(Notice.template == "certificate_revoked")).one()
    assert told.person_id == row.person_id
    verbs = session.scalars(select(JournalEntry.verb).where(JournalEntry.kind == "certificate")).all()
    assert verbs == ["ask_revoke", "revoke"]
    assert audit(session) == []


def test_revoking_is_announced_after_the_commit():
    row, heard = published()[0], []

    def listen(_app, certificate_id):
        heard.append(certificate_id)

    with certificate_revoked.connected_to(listen):
        accept_ending(ask_revoke(row))

    assert heard == [row.id]


def test_who_asks_does_not_accept_and_the_database_agrees():
    row, asker = published()[0], the_officer()
    wanted = ask_revoke(row, by=asker)

    with pytest.raises(rules.SamePerson):
        accept_ending(wanted, by=asker)
    with pytest.raises(IntegrityError, match="two_persons"):
        in_unit(
            lambda s: s.execute(
                update(EndingRequest).values(outcome="accepted", decided_at=NOW, decided_by_id=asker.account_id)
            )
        )

    assert certificates()[0].state == "valid"


def test_refused_or_taken_back_it_stays_valid_and_can_be_asked_again(session):
    row, asker, other = published()[0], the_officer(), second_officer()
    refused, answered = ask_revoke(row, by=asker).id, "Chưa đủ căn cứ"

    with pytest.raises(rules.ReasonMissing):
        in_unit(lambda s: rules.refuse_ending(s, by=other, request_id=refused, answer="", now=NOW))
    in_unit(lambda s: rules.refuse_ending(s, by=other, request_id=refused, answer=answered, now=NOW))
    taken_back = ask_revoke(row, by=asker).id
    with pytest.raises(rules.NotTheAsker):
        in_unit(lambda s: rules.take_back_ending(s, by=other, request_id=taken_back, now=NOW))
    in_unit(lambda s: rules.take_back_ending(s, by=asker, request_id=taken_back, now=NOW))

    outcomes = session.scalars(select(EndingRequest.outcome).order_by(EndingRequest.id)).all()
    assert outcomes == ["refused", "taken_back"]
    assert answered in session.scalars(select(Notice.text).where(Notice.template == "ending-decided")).one()
    with pytest.raises(rules.AlreadyDecided):
        in_unit(lambda s: rules.accept_ending(s, by=other, request_id=refused, now=NOW))
    assert certificates()[0].state == "valid"
    ask_revoke(row)


def test_one_end_at_a_time_is_asked_for():
    row = published()[0]
    ask_revoke(row)

    with pytest.raises(rules.AlreadyAsked):
        ask_revoke(row)


def test_nothing_leads_from_revoked_back_to_valid(session):
    row = published()[0]
    accept_ending(ask_revoke(row))

    for again in (ask_revoke, propose_reissue):
        with pytest.raises(rules.NoLongerLive):
            again(row)
    with pytest.raises(rules.AlreadyPublished):
        ask_void(row)
    with pytest.raises(ValueError, match="written once"):
        in_unit(lambda s: setattr(s.get_one(type(row), row.id), "revoked_at", None))
    bench, ready = quick_papers([row])
    in_unit(lambda s: store_papers(s, bench, ready, now=NOW))

    assert certificates()[0].state == "revoked"


def test_a_certificate_is_revoked_only_with_decision_and_reason():
    row = published()[0]

    for decision in (Decision("", date(2026, 11, 21)), Decision("52/QĐ", date(2026, 11, 20))):
        with pytest.raises(rules.DecisionUnusable):
            ask_revoke(row, decision=decision)
    with pytest.raises(rules.ReasonMissing):
        ask_revoke(row, category="whim")


def test_an_officer_of_another_province_finds_no_such_certificate():
    row, stranger = published()[0], actor_of(officer("52", "Siu Black"))
    wanted = ask_revoke(row)

    for deed in (ask_revoke, propose_reissue):
        with pytest.raises(NotFound):
            deed(row, by=stranger)
    with pytest.raises(NotFound):
        accept_ending(wanted, by=stranger)


def test_what_is_not_published_cannot_be_revoked_or_replaced():
    approve(finalised_class())

    for verb in (ask_revoke, propose_reissue):
        with pytest.raises(rules.NotPublished):
            verb(certificates()[0])


def test_a_reissue_takes_a_new_number_when_it_is_approved_and_points_back(session):
    old = published()[0]
    in_unit(lambda s: s.execute(update(Person).where(Person.id == old.person_id).values(full_name="Nguyễn Thị Đép")))

    proposed = propose_reissue(old)
    assert certificates()[0].state == "valid"
    accept(proposed)
    publish()

    first, *_, new = certificates()
    facts = facts_of(new)
    assert (first.state, first.superseded_at) == ("superseded", NOW)
    assert (new.state, new.replaces_id, new.subject) == ("valid", first.id, first.subject)
    assert (facts.name, facts.number) == ("Nguyễn Thị Đép", "0004/2026/GCN-SKHCN")
    assert facts.note == "Thay thế giấy số 0001/2026/GCN-SKHCN"
    assert facts_of(first).name == "Nguyễn Thị Đẹp"
    assert lines_of(session, first) == ["number", "publish", "supersede"]
    assert audit(session) == []


def test_a_reissue_in_another_year_writes_in_both_books(session):
    old = published()[0]
    next_year, new_year = NOW.replace(year=2027), Decision("01/QĐ-SKHCN", date(2027, 1, 5))
    by, certificate_id = the_officer(), old.id

    accept(
        in_unit(
            lambda s: rules.propose_reissue(
                s, by=by, certificate_id=certificate_id, decision=new_year, issuer=ISSUER, now=next_year
            )
        ),
        now=next_year,
    )

    assert certificates()[-1].snapshot["number"] == "0001/2027/GCN-SKHCN"
    assert certificates()[0].state == "superseded"
    assert audit(session) == []


def test_what_is_not_earned_any_more_is_not_reissued():
    row = published()[0]
    proposed = propose_reissue(row)
    in_unit(lambda s: s.execute(update(Seat).where(Seat.id == row.seat_id).values(state="incomplete")))

    with pytest.raises(rules.NotEarned):
        accept(proposed)
    assert certificates()[0].state == "valid"


def test_what_was_revoked_meanwhile_is_not_reissued():
    row = published()[0]
    proposed = propose_reissue(row)
    accept_ending(ask_revoke(row))

    with pytest.raises(rules.NoLongerLive):
        accept(proposed)
    assert len(certificates()) == 3


def test_what_was_reissued_meanwhile_is_not_revoked():
    row = published()[0]
    wanted = ask_revoke(row)
    accept(propose_reissue(row))

    with pytest.raises(rules.NoLongerLive):
        accept_ending(wanted)
    assert certificates()[0].state == "superseded"


def test_a_void_number_stays_in_the_book_and_is_never_given_again(session):
    class_id = finalised_class()
    approve(class_id)
    second = certificates()[1]

    accept_ending(ask_void(second))
    approve(class_id, seats=[second.seat_id])
    publish(class_id)

    assert [(row.number, row.state) for row in certificates()] == [
        (1, "valid"), (2, "void"), (3, "valid"), (4, "valid"),
    ]  # fmt: skip
    assert lines_of(session, second) == ["number", "void"]
    assert audit(session) == []


def test_a_number_is_crossed_out_only_with_a_reason_and_before_publication():
    class_id = finalised_class()
    approve(class_id)

    with pytest.raises(rules.ReasonMissing):
        ask_void(certificates()[0], reason="  ")
    wanted = ask_void(certificates()[0])
    publish(class_id)
    with pytest.raises(rules.AlreadyPublished):
        accept_ending(wanted)
    with pytest.raises(rules.AlreadyPublished):
        ask_void(certificates()[1])


def test_the_paper_of_a_void_number_is_not_published():
    approve(finalised_class())
    row = certificates()[0]
    bench, ready = quick_papers([row])
    accept_ending(ask_void(row))

    in_unit(lambda s: store_papers(s, bench, ready, now=NOW))

    assert certificates()[0].state == "void"
    assert certificates()[0].file_id is None


def test_copies_are_counted_in_the_book_and_change_no_byte(session):
    row, by = published()[0], the_officer()
    certificate_id, before = row.id, paper_bytes(session, row)

    def note(reason):
        return in_unit(lambda s: rules.note_copy(s, by=by, certificate_id=certificate_id, reason=reason, now=NOW))

    assert [note("Mất bản gốc"), note("Nộp hồ sơ")] == [1, 2]
    with pytest.raises(rules.ReasonMissing):
        note(" ")

    details = session.scalars(select(BookLine.detail).where(BookLine.kind == "copy").order_by(BookLine.line)).all()
    assert [(detail["copy"], detail["reason"]) for detail in details] == [(1, "Mất bản gốc"), (2, "Nộp hồ sơ")]
    assert paper_bytes(session, certificates()[0]) == before
    assert audit(session) == []


def test_no_copy_is_given_of_what_is_revoked_or_not_public(session):
    by, class_id = the_officer(), finalised_class()
    approve(class_id)
    certificate_id = certificates()[0].id

    def note():
        return in_unit(lambda s: rules.note_copy(s, by=by, certificate_id=certificate_id, reason="Mất", now=NOW))

    with pytest.raises(rules.NotPublished):
        note()
    publish(class_id)
    accept_ending(ask_revoke(certificates()[0]))
    with pytest.raises(rules.NoLongerLive):
        note()
    assert session.scalar(select(func.count()).where(BookLine.kind == "copy")) == 0
