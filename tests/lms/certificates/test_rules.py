"""Approving, numbering, publishing: what must hold for every certificate."""

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from lms.certificates import rules
from lms.certificates.audit import audit
from lms.certificates.models import ApprovalList, NumberBook
from lms.certificates.snapshots import Decision, paper_of
from lms.db import in_unit
from lms.errors import NotFound
from lms.files import store
from lms.journal.models import Job, JournalEntry, Notice
from lms.people.models import Person
from lms.teams.models import Team
from lms.training.models import Seat
from lms.words import nfc
from tests.factories import actor_of, officer
from tests.lms.certificates.world import (
    DECISION,
    ISSUER,
    NAMES,
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


def test_approving_numbers_everybody_without_a_gap(session):
    approve(finalised_class())

    rows = certificates()
    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.snapshot["number"] for row in rows] == [f"000{n}/2026/GCN-SKHCN" for n in (1, 2, 3)]
    assert session.scalar(select(NumberBook.last)) == 3


def test_the_book_goes_on_where_the_last_list_ended(session):
    approve(finalised_class())
    approve(finalised_class(("Vũ Ẵng",)))

    assert [row.number for row in certificates()] == [1, 2, 3, 4]
    assert audit(session) == []


def test_each_year_has_its_own_book():
    approve(finalised_class(("Vũ Ẵng",)))
    next_year = NOW.replace(year=2027)

    approve(finalised_class(("Lê An",)), decision=Decision("01/QĐ-SKHCN", date(2027, 1, 5)), now=next_year)

    assert [row.snapshot["number"] for row in certificates()] == ["0001/2026/GCN-SKHCN", "0001/2027/GCN-SKHCN"]


def test_a_refused_list_gives_its_numbers_back():
    class_id = finalised_class()
    in_unit(lambda s: s.execute(update(Person).where(Person.full_name == NAMES[2]).values(full_name="Lê 李 Tám")))

    with pytest.raises(rules.NameUnprintable, match="李"):
        approve(class_id)
    assert certificates() == []
    approve(class_id, seats=seats_of(class_id)[:2])

    assert [row.number for row in certificates()] == [1, 2]


def test_only_a_finalised_class_is_approved():
    with pytest.raises(rules.ClassNotFinalised):
        approve(finalised_class(state="ended"))


def test_only_those_who_completed_are_approved():
    class_id = finalised_class()
    in_unit(lambda s: s.execute(update(Seat).where(Seat.seq == 2).values(state="incomplete")))

    with pytest.raises(rules.NotCompleted):
        approve(class_id)


def test_nobody_is_approved_by_an_empty_list():
    with pytest.raises(rules.NobodyChosen):
        approve(finalised_class(), seats=[])


@pytest.mark.parametrize(
    "decision",
    [
        Decision(" ", date(2026, 11, 20)),
        Decision("45/QĐ-SKHCN", date(2026, 11, 22)),
        Decision("45/QĐ-SKHCN", date(2026, 11, 1)),
    ],
)
def test_a_decision_needs_a_number_and_a_likely_day(decision):
    class_id = finalised_class()

    with pytest.raises(rules.DecisionUnusable):
        approve(class_id, decision=decision)


def test_a_second_certificate_for_one_seat_is_refused():
    class_id = finalised_class()
    approve(class_id)

    with pytest.raises(rules.AlreadyCertified, match="Nguyễn Thị Đẹp"):
        approve(class_id)
    assert len(certificates()) == 3


def test_the_database_itself_refuses_a_second_live_certificate(session):
    approve(finalised_class())
    first = certificates()[0]
    columns = {c.key: getattr(first, c.key) for c in first.__table__.columns if c.key != "id"}
    twin = type(first)(**columns | {"number": 99, "public_id": "X" * 21})

    with pytest.raises(IntegrityError, match=r"seat_id|uq_lms_certificates_live"):
        in_unit(lambda s: s.add(twin))


def test_an_officer_of_another_province_finds_no_such_class():
    class_id = finalised_class()
    stranger = actor_of(officer("52", "Siu Black"))

    with pytest.raises(NotFound):
        approve(class_id, by=stranger)


def test_what_is_printed_is_a_snapshot_in_nfc(session):
    class_id = finalised_class()
    approve(class_id)

    in_unit(lambda s: s.execute(update(Team).values(name="Tổ đã đổi tên")))
    in_unit(lambda s: s.execute(update(Person).values(full_name="Người Khác")))

    paper = paper_of(certificates()[0])
    assert (paper.name, paper.role, paper.team) == (
        "Nguyễn Thị Đẹp", "Tổ trưởng", "Tổ công nghệ số cộng đồng tổ dân phố 1",
    )  # fmt: skip
    assert (paper.commune, paper.province) == ("Phường Hạc Thành", "tỉnh Thanh Hoá")
    assert (paper.course, paper.hours, paper.result) == ("Dịch vụ công trực tuyến", "16 giờ", "Đạt")
    assert paper.authority == ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")
    assert paper.check_url == f"HTTPS://HOC.EXAMPLE.VN/V/{certificates()[0].public_id}"
    assert all(value == nfc(value) for value in certificates()[0].snapshot.values() if isinstance(value, str))


@pytest.mark.parametrize(
    ("in_the_roster", "printed"),
    [
        ("Thôn Đồng Tâm", "Tổ công nghệ số cộng đồng thôn Đồng Tâm"),
        ("Tổ KP1", "Tổ công nghệ số cộng đồng tổ KP1"),
        ("Kon Sơ Lăl", "Tổ công nghệ số cộng đồng Kon Sơ Lăl"),
        ("Tổ CNSCĐ bản Bó", "Tổ CNSCĐ bản Bó"),
        ("TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG THÔN 1", "TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG THÔN 1"),
    ],
)
def test_the_team_is_printed_with_its_whole_title(in_the_roster, printed):
    class_id = finalised_class(("Vũ Ẵng",))
    in_unit(lambda s: s.execute(update(Team).values(name=in_the_roster)))

    approve(class_id)

    assert certificates()[0].snapshot["team"] == printed


def test_the_address_of_a_mounted_school_keeps_its_letters():
    class_id = finalised_class(("Vũ Ẵng",))
    mounted = replace(ISSUER, public_url="https://tinh.example.vn/a/b")

    in_unit(
        lambda s: rules.approve(
            s, by=the_officer(), class_id=class_id, seat_ids=seats_of(class_id), decision=DECISION, issuer=mounted,
            now=NOW,
        )
    )  # fmt: skip

    snapshot = certificates()[0].snapshot
    assert snapshot["check_url"].startswith("HTTPS://TINH.EXAMPLE.VN/a/b/V/")
    assert snapshot["check_host"] == "tinh.example.vn/a/b"


def test_approving_orders_the_papers_and_is_written_in_the_journal(session):
    approved = approve(finalised_class())

    assert session.get_one(Job, approved.job_id).payload == {"list_id": approved.id}
    entry = session.scalar(select(JournalEntry).where(JournalEntry.kind == "approval_list"))
    assert entry.detail["people"] == 3
    assert "Lê Thị Sở" in entry.actor_label


def test_a_stored_paper_publishes_the_certificate_and_tells_its_holder(session):
    rows = published()

    assert {row.state for row in rows} == {"valid"}
    assert store.read(rows[0].file_sha256) == f"%PDF {rows[0].public_id}".encode()
    assert session.scalar(select(func.count()).select_from(Notice)) == 3


def test_storing_a_paper_twice_keeps_the_first(session):
    row = published()[0]

    in_unit(lambda s: rules.store_paper(s, certificate_id=row.id, data=b"other", now=NOW))

    session.expire_all()
    assert certificates()[0].file_sha256 == hashlib.sha256(f"%PDF {row.public_id}".encode()).hexdigest()


def test_the_audit_finds_a_row_that_was_changed(session):
    published()
    assert audit(session) == []

    row = certificates()[1]
    in_unit(lambda s: s.execute(update(type(row)).where(type(row).id == row.id).values(
        snapshot=row.snapshot | {"name": "Kẻ Gian"})))  # fmt: skip

    assert audit(session) == ["Sổ 38.SKHCN/2026, số 2: nội dung đã bị sửa sau khi vào sổ."]


def test_the_audit_finds_a_gap_and_a_broken_chain(session):
    published()

    in_unit(lambda s: s.delete(s.get_one(type(certificates()[1]), certificates()[1].id)))

    faults = " ".join(audit(session))
    assert "không liền nhau" in faults
    assert "không nối với dòng trước" in faults


def test_the_audit_finds_a_lost_file(app, session):
    row = published()[0]
    Path(app.config["LMS_DATA_DIR"], "tep", row.file_sha256[:2], row.file_sha256).unlink()

    assert audit(session) == ["Sổ 38.SKHCN/2026, số 1: mất tệp đã cấp."]


def test_papers_can_be_ordered_again(session):
    approved = approve(finalised_class())
    first = approved.job_id

    in_unit(lambda s: rules.order_papers_again(s, by=the_officer(), list_id=approved.id, now=NOW))

    session.expire_all()
    assert session.get_one(ApprovalList, approved.id).job_id > first


def test_publishing_is_announced_after_the_commit(app):
    from lms.signals import certificate_published

    heard = []

    def listen(_app, certificate_id):
        heard.append(certificate_id)

    with certificate_published.connected_to(listen):
        published()

    assert heard == [row.id for row in publish(0)]
