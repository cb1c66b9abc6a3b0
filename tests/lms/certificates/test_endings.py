"""Revoked, replaced, void: each is final, and each keeps answering."""

from datetime import date

import pytest
from sqlalchemy import select, update

from lms.certificates import endings, rules
from lms.certificates.audit import audit
from lms.certificates.checking import find_public
from lms.certificates.snapshots import Decision
from lms.db import in_unit
from lms.errors import NotFound
from lms.journal.models import JournalEntry
from lms.people.models import Person
from tests.factories import actor_of, officer
from tests.lms.certificates.world import (
    ISSUER,
    NOW,
    approve,
    certificates,
    finalised_class,
    publish,
    published,
    seats_of,
    the_officer,
)

pytestmark = pytest.mark.usefixtures("app")
REVOKING = Decision("52/QĐ-SKHCN", date(2026, 11, 21))


def revoke(certificate, *, by=None, decision=REVOKING, category="wrong_facts"):
    actor, certificate_id = by or the_officer(), certificate.id
    return in_unit(
        lambda s: endings.revoke(
            s, by=actor, certificate_id=certificate_id, decision=decision, category=category, detail="riêng", now=NOW
        )
    )


def reissue(certificate):
    actor, certificate_id = the_officer(), certificate.id
    return in_unit(
        lambda s: endings.reissue(s, by=actor, certificate_id=certificate_id, decision=REVOKING, issuer=ISSUER, now=NOW)
    )


def make_void(certificate, reason="in nhầm ngày học"):
    actor, certificate_id = the_officer(), certificate.id
    return in_unit(lambda s: endings.make_void(s, by=actor, certificate_id=certificate_id, reason=reason, now=NOW))


def test_a_revoked_certificate_keeps_answering_with_decision_and_public_reason(session):
    row = published()[0]

    revoke(row)

    facts = find_public(session, row.public_id)
    assert facts.state == "revoked"
    assert facts.revoke_decision == "52/QĐ-SKHCN ngày 21/11/2026"
    assert facts.revoke_reason == "Thông tin trên giấy không đúng"
    assert facts.course == "Dịch vụ công trực tuyến"
    assert "riêng" not in str(facts)
    assert session.scalar(select(JournalEntry.verb).where(JournalEntry.kind == "certificate")) == "revoke"


def test_nothing_leads_from_revoked_back_to_valid(session):
    row = published()[0]
    revoke(row)

    for again in (revoke, reissue):
        with pytest.raises(endings.NoLongerLive):
            again(row)
    with pytest.raises(endings.AlreadyPublished):
        make_void(row)
    with pytest.raises(ValueError, match="written once"):
        in_unit(lambda s: setattr(s.get_one(type(row), row.id), "revoked_at", None))
    in_unit(lambda s: rules.store_paper(s, certificate_id=row.id, data=b"other", now=NOW))

    assert find_public(session, row.public_id).state == "revoked"


def test_a_certificate_is_revoked_only_with_decision_and_reason():
    row = published()[0]

    with pytest.raises(rules.DecisionUnusable):
        revoke(row, decision=Decision("", date(2026, 11, 21)))
    with pytest.raises(endings.ReasonMissing):
        revoke(row, category="whim")

    assert certificates()[0].state == "valid"


def test_an_officer_of_another_province_finds_no_such_certificate():
    row = published()[0]
    stranger = actor_of(officer("52", "Siu Black"))

    with pytest.raises(NotFound):
        revoke(row, by=stranger)


def test_what_is_not_published_cannot_be_revoked_or_replaced():
    approve(finalised_class())

    for verb in (revoke, reissue):
        with pytest.raises(endings.NotPublished):
            verb(certificates()[0])


def test_a_reissue_takes_a_new_number_and_points_back(session):
    old = published()[0]
    old_id = old.public_id
    in_unit(lambda s: s.execute(update(Person).where(Person.id == old.person_id).values(full_name="Nguyễn Thị Đép")))

    new = reissue(certificates()[0])
    assert find_public(session, old_id).state == "superseded"
    publish(0)

    facts = find_public(session, old_id)
    assert new.snapshot["number"] == "0004/2026/GCN-SKHCN"
    assert (new.snapshot["name"], new.snapshot["replaces"]) == ("Nguyễn Thị Đép", "0001/2026/GCN-SKHCN")
    assert (facts.replaced_by, facts.replaced_by_number) == (new.public_id, "0004/2026/GCN-SKHCN")
    assert find_public(session, new.public_id).state == "valid"
    assert certificates()[0].snapshot["name"] == "Nguyễn Thị Đẹp"
    assert audit(session) == []


def test_a_void_number_stays_in_the_book_and_is_never_given_again(session):
    class_id = finalised_class()
    approve(class_id)
    seat, public_id = certificates()[1].seat_id, certificates()[1].public_id

    make_void(certificates()[1])
    approve(class_id, seats=[seat])
    publish(class_id)

    assert [(row.number, row.state) for row in certificates()] == [
        (1, "valid"), (2, "void"), (3, "valid"), (4, "valid"),
    ]  # fmt: skip
    assert find_public(session, public_id).state == "void"
    assert find_public(session, public_id).person == ""
    assert audit(session) == []


def test_a_number_is_crossed_out_only_with_a_reason_and_before_publication():
    class_id = finalised_class()
    approve(class_id)

    with pytest.raises(endings.ReasonMissing):
        make_void(certificates()[0], reason="  ")
    publish(class_id)
    with pytest.raises(endings.AlreadyPublished):
        make_void(certificates()[0])


def test_the_paper_of_a_void_number_is_not_published():
    approve(finalised_class())
    row = certificates()[0]
    make_void(row)

    in_unit(lambda s: rules.store_paper(s, certificate_id=row.id, data=b"late", now=NOW))

    assert certificates()[0].state == "void"
    assert certificates()[0].file_id is None


def test_somebody_revoked_may_be_certified_anew_under_another_decision():
    class_id = finalised_class()
    approve(class_id)
    publish(class_id)
    revoke(certificates()[0])

    approve(class_id, seats=seats_of(class_id)[:1], decision=Decision("60/QĐ-SKHCN", date(2026, 11, 21)))

    assert [row.state for row in certificates()] == ["revoked", "valid", "valid", "unpublished"]
