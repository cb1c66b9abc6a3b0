"""A class result is corrected after the certificate: the open list lets go, a live paper is told to the officers."""

import pytest
from sqlalchemy import select, update

from lms.certificates.models import ApprovalEntry
from lms.db import announce, in_unit
from lms.journal.models import Notice
from lms.signals import result_corrected
from lms.training.models import Seat
from tests.factories import officer
from tests.lms.certificates.world import (
    accept,
    approve,
    certificates,
    finalised_class,
    propose,
    publish,
    published,
    seats_of,
)

pytestmark = pytest.mark.usefixtures("app")


def correct(seat_id, became="incomplete", was="completed"):
    """Correct a result as two officers of training would; the signal goes out after the commit."""

    def work(session):
        session.execute(update(Seat).where(Seat.id == seat_id).values(state=became))
        announce(session, result_corrected, seat_id=seat_id, person_id=1, was=was, became=became)

    in_unit(work)


def test_a_live_certificate_without_ground_is_told_to_the_officers_and_not_revoked_by_itself(session):
    row = published()[0]
    officer(name="Đỗ Thị Hai")

    correct(row.seat_id)

    told = session.scalars(select(Notice).where(Notice.template == "certificate-unfounded")).all()
    assert told
    assert "0001/2026/GCN-SKHCN" in told[0].text
    assert told[0].path == f"/quan-ly/chung-nhan/giay/{row.id}"
    assert certificates()[0].state == "valid"


def test_who_stands_on_an_open_list_is_taken_off_and_the_others_are_approved(session):
    class_id = finalised_class()
    proposed = propose(class_id)

    correct(seats_of(class_id)[1])
    accept(proposed)

    assert [row.snapshot["name"] for row in certificates()] == ["Nguyễn Thị Đẹp", "Lê Văn Tám"]
    settled = session.scalars(select(ApprovalEntry.settled_at).order_by(ApprovalEntry.position)).all()
    assert None not in settled


@pytest.mark.parametrize(("was", "became"), [("incomplete", "completed"), ("incomplete", "no_show")])
def test_other_corrections_change_nothing(session, was, became):
    class_id = finalised_class()
    approve(class_id)
    row = publish(class_id)[0]

    correct(row.seat_id, became=became, was=was)

    assert session.scalars(select(Notice).where(Notice.template == "certificate-unfounded")).all() == []


def test_a_certificate_that_has_ended_needs_no_further_word(session):
    row = published()[0]
    columns = {"superseded_at": row.published_at}
    in_unit(lambda s: s.execute(update(type(row)).where(type(row).id == row.id).values(**columns)))

    correct(row.seat_id)

    assert session.scalars(select(Notice).where(Notice.template == "certificate-unfounded")).all() == []
