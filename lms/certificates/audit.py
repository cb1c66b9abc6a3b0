"""Prove the number books: no gap, an unbroken chain, and files that are what was issued."""

import hashlib
from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.certificates.book import digest, row_hash
from lms.certificates.models import Certificate, NumberBook
from lms.errors import NotFound
from lms.files import store


def audit(session: Session) -> list[str]:
    """Return every fault found, as Vietnamese sentences; an empty list is the proof."""
    faults = []
    for book in session.scalars(select(NumberBook).order_by(NumberBook.id)):
        faults += _audit_book(session, book)
    return faults + _audit_seats(session)


def _audit_book(session: Session, book: NumberBook) -> list[str]:
    name = f"Sổ {book.issuer}/{book.year}"
    rows = session.scalars(select(Certificate).where(Certificate.book_id == book.id).order_by(Certificate.number)).all()
    faults = []
    if [row.number for row in rows] != list(range(1, book.last + 1)):
        faults.append(f"{name}: số không liền nhau từ 1 đến {book.last}.")
    before = ""
    for row in rows:
        faults += [f"{name}, số {row.number}: {fault}" for fault in _audit_row(book, row, before)]
        before = row.row_hash
    if book.head != before:
        faults.append(f"{name}: mã cuối sổ không khớp với dòng cuối.")
    return faults


def _audit_row(book: NumberBook, row: Certificate, before: str) -> list[str]:
    faults = []
    if row.prev_hash != before:
        faults.append("không nối với dòng trước.")
    if digest(row.snapshot) != row.snapshot_sha256:
        faults.append("nội dung đã bị sửa sau khi vào sổ.")
    if row_hash(row, book) != row.row_hash:
        faults.append("dòng sổ đã bị sửa.")
    if not row.snapshot["number"].startswith(f"{row.number:04d}/{book.year}/"):
        faults.append("số in trên giấy khác số trong sổ.")
    if row.file_sha256 is not None:
        faults += _audit_file(row.file_sha256)
    return faults


def _audit_file(digest_at_issue: str) -> list[str]:
    try:
        data = store.read(digest_at_issue)
    except NotFound:
        return ["mất tệp đã cấp."]
    return [] if hashlib.sha256(data).hexdigest() == digest_at_issue else ["tệp đã cấp bị thay đổi."]


def _audit_seats(session: Session) -> list[str]:
    live = Counter(session.scalars(select(Certificate.seat_id).where(Certificate.is_live)))
    return [f"Lượt học {seat}: có {count} giấy cùng hiệu lực." for seat, count in live.items() if count > 1]
