"""The audit proves a sound book, and finds whatever is done to it behind the rules' back."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update

from lms.certificates import rules
from lms.certificates.audit import audit
from lms.certificates.book import digest, hash_line
from lms.certificates.issuers import Decision
from lms.certificates.models import ApprovalList, BookLine, Certificate, NumberBook
from lms.certificates.pressing import make_papers
from lms.db import in_unit
from tests.lms.certificates.world import (
    NOW,
    approve,
    certificates,
    finalised_class,
    propose,
    publish,
    published,
    second_officer,
    the_officer,
)

pytestmark = pytest.mark.usefixtures("app")
BOOK = "Sổ 38.SKHCN/2026"


def tamper(certificate, **columns):
    """Change a certificate's row as somebody with the database in hand would."""
    row = certificate.id
    in_unit(lambda s: s.execute(update(Certificate).where(Certificate.id == row).values(**columns)))


def tamper_line(number, **columns):
    in_unit(lambda s: s.execute(update(BookLine).where(BookLine.line == number).values(**columns)))


def revoked():
    """Publish three certificates and revoke the first."""
    row, asker, other = published()[0], the_officer(), second_officer()
    certificate_id, decision = row.id, Decision("52/QĐ-SKHCN", date(2026, 11, 21))
    request = in_unit(
        lambda s: (
            rules.ask_revoke(
                s, by=asker, certificate_id=certificate_id, decision=decision, category="fraud", detail="", now=NOW
            ).id
        )
    )
    in_unit(lambda s: rules.accept_ending(s, by=other, request_id=request, now=NOW))
    return certificates()[0]


def forge_chain(session):
    """Make every line and the head anew, as a forger with time would."""
    book = session.scalars(select(NumberBook)).one()
    before, lines = "", session.scalars(select(BookLine).order_by(BookLine.line)).all()
    hashes = {}
    for number, line in enumerate(lines, 1):
        row = session.get_one(Certificate, line.certificate_id)
        said = (number, line.kind, line.at, line.by_id, line.detail, before)
        hashes[line.id] = (number, before, hash_line(book, row.number, row.public_id, digest(row.snapshot), said))
        before = hashes[line.id][2]
    session.rollback()

    def work(s):
        for line_id, (number, prev, own) in hashes.items():
            s.execute(update(BookLine).where(BookLine.id == line_id).values(line=number, prev_hash=prev, line_hash=own))
        for row in s.scalars(select(Certificate)):
            row.snapshot_sha256 = digest(row.snapshot)
        s.execute(update(NumberBook).values(head=before, lines=len(hashes)))

    in_unit(work)


def test_a_sound_book_has_no_fault(session):
    revoked()

    assert audit(session) == []


def test_a_changed_fact_is_found(session):
    row = published()[1]

    tamper(row, snapshot=row.snapshot | {"name": "Kẻ Gian"})

    assert audit(session) == [
        f"{BOOK}, dòng 2: dòng sổ đã bị sửa.",
        f"{BOOK}, dòng 5: dòng sổ đã bị sửa.",
        f"{BOOK}, số 2: nội dung đã bị sửa sau khi vào sổ.",
    ]


def test_a_changed_fact_with_its_hash_made_anew_is_found(session):
    row = published()[1]
    forged = row.snapshot | {"name": "Kẻ Gian"}

    tamper(row, snapshot=forged, snapshot_sha256=digest(forged))

    assert f"{BOOK}, dòng 2: dòng sổ đã bị sửa." in audit(session)


def test_a_chain_made_wholly_anew_no_longer_fits_the_list_on_which_its_head_was_printed(session):
    row = published()[1]
    later = propose(finalised_class(("Vũ Ẵng",))).id
    tamper(row, snapshot=row.snapshot | {"name": "Kẻ Gian"})

    forge_chain(session)

    assert audit(session) == [f"Danh sách {later}: mã sổ in trên danh sách không còn khớp với sổ."]


@pytest.mark.parametrize(
    "change",
    [{"detail": {"sha256": "0" * 64}}, {"by_id": 7}, {"at": NOW.replace(year=2025)}, {"rule": 1}, {"kind": "copy"}],
)
def test_a_changed_line_is_found(session, change):
    published()

    tamper_line(5, **change)

    assert f"{BOOK}, dòng 5: dòng sổ đã bị sửa." in audit(session)


def test_a_number_slipped_in_behind_the_chain_is_found(session):
    row = published()[0]
    columns = {c.key: getattr(row, c.key) for c in row.__table__.columns if c.key != "id"}
    forged = Certificate(
        **columns | {"number": 4, "public_id": "X" * 21, "position": 4, "status_list": 9, "subject": "seat:99"}
    )

    in_unit(lambda s: (s.add(forged), s.execute(update(NumberBook).values(last=4))))

    faults = audit(session)
    assert f"{BOOK}, số 4: không có dòng cấp số trong sổ." in faults
    assert f"{BOOK}, số 4: số in trên giấy khác số trong sổ." in faults


def test_a_number_that_was_skipped_is_found(session):
    published()

    in_unit(lambda s: s.execute(update(NumberBook).values(last=4)))

    assert f"{BOOK}: số không liền nhau từ 1 đến 4." in audit(session)


def test_a_line_taken_out_is_found(session):
    published()

    in_unit(lambda s: s.execute(delete(BookLine).where(BookLine.line == 4)))

    faults = audit(session)
    assert f"{BOOK}: dòng không liền nhau sau dòng 3." in faults
    assert f"{BOOK}, dòng 5: không nối với dòng trước." in faults
    assert any(fault.endswith("việc công bố không khớp với sổ.") for fault in faults)


def test_a_revocation_wiped_off_the_certificate_is_found(session):
    row = revoked()

    tamper(row, revoked_at=None, revoked_by_id=None, revoke_decision=None, revoke_category=None)

    assert audit(session) == [
        f"{BOOK}, số 1: việc thu hồi không khớp với sổ.",
        "Giấy số 0001/2026/GCN-SKHCN: đã duyệt thu hồi hoặc hủy mà vẫn ghi là còn hiệu lực.",
    ]


def test_a_revocation_wiped_off_certificate_and_book_is_found(session):
    row = revoked()

    tamper(row, revoked_at=None, revoked_by_id=None, revoke_decision=None, revoke_category=None)
    in_unit(lambda s: s.execute(delete(BookLine).where(BookLine.kind == "revoke")))
    forge_chain(session)

    assert audit(session) == ["Giấy số 0001/2026/GCN-SKHCN: đã duyệt thu hồi hoặc hủy mà vẫn ghi là còn hiệu lực."]


def test_a_revocation_without_a_line_or_with_another_reason_is_found(session):
    row, other = revoked(), certificates()[1]

    tamper(row, revoke_category="other")
    tamper(other, revoked_at=NOW)

    assert audit(session) == [
        f"{BOOK}, số 1: việc thu hồi khác với điều ghi trong sổ.",
        f"{BOOK}, số 2: việc thu hồi không khớp với sổ.",
    ]


def test_a_changed_byte_and_a_lost_file_are_found(app, session):
    rows = published()
    folder = Path(app.config["LMS_DATA_DIR"], "tep")
    changed, lost = (folder / row.file_sha256[:2] / row.file_sha256 for row in rows[:2])
    changed.chmod(0o600)
    changed.write_bytes(changed.read_bytes().replace(b"PDF", b"PDf"))
    lost.unlink()

    assert audit(session) == [
        "Giấy số 0002/2026/GCN-SKHCN: mất tệp đã cấp.",
        "Giấy số 0001/2026/GCN-SKHCN: tệp đã cấp bị thay đổi.",
        "Giấy số 0001/2026/GCN-SKHCN: phần giấy trước chữ ký bị thay đổi.",
    ]


def test_another_file_put_in_its_place_is_found(session):
    one, other, _ = published()

    tamper(one, file_id=other.file_id, file_sha256=other.file_sha256, base_sha256=other.base_sha256)

    assert audit(session) == [f"{BOOK}, số 1: việc công bố khác với điều ghi trong sổ."]


def test_bytes_behind_an_unsigned_file_are_found(session):
    row = published()[0]

    tamper(row, base_size=5, base_sha256=hashlib.sha256(b"%PDF ").hexdigest())

    assert audit(session) == ["Giấy số 0001/2026/GCN-SKHCN: có dữ liệu thêm vào sau tệp chưa ký."]


def test_two_live_certificates_of_one_subject_are_found(session):
    one, other, _ = published()
    in_unit(lambda s: s.execute(text("DROP INDEX uq_lms_certificates_live")))

    tamper(other, subject=one.subject)

    assert audit(session) == [f"{one.subject}: có 2 giấy cùng hiệu lực."]


def test_a_number_given_without_an_approval_is_found(session):
    published()

    in_unit(lambda s: s.execute(update(ApprovalList).values(approved_at=None, approved_by_id=None)))

    assert audit(session) == ["Danh sách 1: có giấy đã cấp số mà danh sách chưa được duyệt."]


def test_a_signature_is_judged_by_whoever_knows_signatures(session):
    one, other, _ = published()
    tamper(one, signed_at=NOW)
    tamper(other, signed_at=NOW)

    faults = audit(session, check_signature=lambda row, data: "chữ ký hỏng." if row.id == one.id else "")

    assert faults == ["Giấy số 0001/2026/GCN-SKHCN: chữ ký hỏng."]


def test_a_paper_can_be_made_again_from_its_facts_and_what_cannot_is_found(session):
    list_id = approve(finalised_class(("Vũ Ẵng",))).id
    make_papers(list_id, lambda *_: None)
    approve(finalised_class(("Lê An",)))

    assert audit(session, pressed_again=None) == []
    publish()

    assert audit(session, pressed_again=0) == []
    assert audit(session, pressed_again=None) == [
        "Giấy số 0002/2026/GCN-SKHCN: làm lại từ đúng các dữ liệu đó không ra tệp đã cấp."
    ]
