"""Certificates as they lie in the book, put there by hand: for what is read from them, not for how they came."""

import hashlib
import itertools
from datetime import date, datetime
from typing import Any

from lms.access import SYSTEM
from lms.certificates.models import ApprovalList, Certificate, NumberBook
from lms.certificates.public_id import grouped, new_public_id
from lms.db import in_unit
from lms.files.rules import keep
from tests.factories import HAC_THANH, NOON, THANH_HOA, make_person

NAME = "Nguyễn Thị Đẹp"
STEM, SIGNATURE = b"%PDF-1.7 what all papers begin with ", b" a signature"
FACTS: dict[str, Any] = {
    "role": "Tổ viên",
    "team": "Tổ công nghệ số cộng đồng Thôn 1",
    "commune": "Phường Hạc Thành",
    "commune_code": HAC_THANH,
    "province": "tỉnh Thanh Hóa",
    "parent": "UBND tỉnh Thanh Hóa",
    "agency": "Sở Khoa học và Công nghệ",
    "authority": ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"],
    "signer": "Trần Thị Ký",
    "decision": "Quyết định số 45/QĐ-SKHCN ngày 20/11/2026",
    "issued": "2026-11-20",
    "issued_words": "ngày 20 tháng 11 năm 2026",
    "course": "Dịch vụ công trực tuyến",
    "class_name": "Lớp 03",
    "first_day": "05/11/2026",
    "first_iso": "2026-11-05",
    "last_day": "06/11/2026",
    "last_iso": "2026-11-06",
    "hours": "16 giờ",
    "result": "Đạt",
    "note": "",
}
_numbers = itertools.count(1)


def issue(
    state: str = "valid", *, kind: str = "class", name: str = NAME, signed_by: str = "",
    replaces: Certificate | None = None, **facts: Any,
) -> Certificate:  # fmt: skip
    """Put a certificate into the book in this state and return it; `facts` replace those above."""
    holder = None if kind == "team" else make_person(name)

    def work(session: Any) -> Certificate:
        row = _numbered(session, kind, holder, {"name": name, **facts})
        row.replaces_id = replaces.id if replaces else None
        if state in ("valid", "revoked", "superseded"):
            _publish(session, row, signed_by)
        _end(row, state, NOON)
        return row

    return in_unit(work)


def end(certificate: Certificate, state: str, at: datetime = NOON) -> None:
    """Let a certificate end so."""
    in_unit(lambda session: _end(session.get_one(Certificate, certificate.id), state, at))


def paper_of(certificate: Certificate) -> bytes:
    """Return the file as it was issued."""
    base = STEM + certificate.public_id.encode()
    return base + SIGNATURE if certificate.signed_at else base


def _numbered(session: Any, kind: str, holder: int | None, facts: dict[str, Any]) -> Certificate:
    number, public_id = next(_numbers), new_public_id()
    book = NumberBook(issuer=f"{THANH_HOA}.SKHCN", year=2026 + number, last=number, lines=number)
    listed = ApprovalList(
        kind="course", about="dich-vu-cong", province_code=THANH_HOA, decision_number="45/QĐ-SKHCN",
        decision_date=date(2026, 11, 20), proposed_at=NOON,
    )  # fmt: skip
    session.add_all([book, listed])
    session.flush()
    given = {
        "kind": kind,
        "number": f"{number:04d}/2026/GCN-SKHCN",
        "book_entry": f"{number:04d}",
        "code": grouped(public_id),
        "address": f"HTTPS://HOC.EXAMPLE.VN/V/{public_id}",
    }
    row = Certificate(
        list_id=listed.id, position=1, kind=kind, subject=f"{kind}:{number}", province_code=THANH_HOA,
        commune_code=HAC_THANH, person_id=holder, book_id=book.id, number=number, public_id=public_id, status_list=1,
        status_index=number * 7919 % 131_072, snapshot=FACTS | given | facts, snapshot_sha256="", numbered_at=NOON,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _publish(session: Any, row: Certificate, signed_by: str) -> None:
    base, own = STEM + row.public_id.encode(), row.public_id.encode() + (SIGNATURE if signed_by else b"")
    stem = keep(session, STEM, name="mau.pdf", media_type="application/pdf", by=SYSTEM, now=NOON)
    rest = keep(session, own, name="giay.pdf", media_type="application/pdf", by=SYSTEM, now=NOON)
    row.stem_file_id, row.file_id, row.way = stem.id, rest.id, "compiled"
    row.base_sha256, row.base_size = hashlib.sha256(base).hexdigest(), len(base)
    row.file_sha256 = hashlib.sha256(STEM + own).hexdigest()
    row.rendered_at = row.published_at = NOON
    row.signed_at, row.signed_by = (NOON, signed_by) if signed_by else (None, "")


def _end(row: Certificate, state: str, at: datetime) -> None:
    if state == "revoked":
        row.revoked_at, row.revoke_decision = at, "52/QĐ-SKHCN ngày 21/11/2026"
        row.revoke_category, row.revoke_detail = "fraud", "Chuyện riêng"
    elif state == "superseded":
        row.superseded_at = at
    elif state == "void":
        row.voided_at, row.void_reason = at, "in nhầm ngày học"
