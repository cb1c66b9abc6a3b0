"""Prove the number books: no gap, an unbroken chain, states that equal their lines, files that are what was issued.

Everything is worked out again from what is stored, and every difference is told; an empty list is the proof.
Whoever changes a row, slips one in or takes one away would have to make every later line of the book anew,
and the head of the chain printed on a signed list would still tell.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.certificates.audit_entries import audit_entries, audit_missing
from lms.certificates.audit_papers import Step, audit_papers
from lms.certificates.book import FIRST_RULE, RULE, digest, hash_first_line, hash_line
from lms.certificates.models import ApprovalList, BookLine, Certificate, EndingRequest, NumberBook
from lms.certificates.public_id import grouped
from lms.certificates.signatures import SignatureCheck

_CHUNK = 500
_HASHES = {FIRST_RULE: hash_first_line, RULE: hash_line}


def audit(
    session: Session,
    *,
    pressed_again: int | None = 0,
    check_signature: SignatureCheck | None = None,
    step: Step = lambda seen: None,
) -> list[str]:
    """Return every fault found, as Vietnamese sentences.

    `pressed_again` papers of each template are made once more and compared, the newest first; None is all of
    them. `check_signature` judges the bytes of a signed paper by what the book says of it. `step` is called between
    books and papers, for a worker that must show that it is alive.
    """
    faults = []
    for book in session.scalars(select(NumberBook).order_by(NumberBook.id)).all():
        step(0)
        faults += [f"Sổ {book.issuer}/{book.year}{fault}" for fault in _audit_book(session, book)]
    faults += _audit_lists(session)
    faults += audit_missing(session)
    faults += _audit_requests(session)
    faults += _audit_subjects(session)
    faults += audit_papers(session, pressed_again=pressed_again, check_signature=check_signature, step=step)
    return faults


def _audit_book(session: Session, book: NumberBook) -> Iterator[str]:
    numbers = session.scalars(
        select(Certificate.number).where(Certificate.book_id == book.id).order_by(Certificate.number)
    ).all()
    if list(numbers) != list(range(1, book.last + 1)):
        yield f": số không liền nhau từ 1 đến {book.last}."
    said: dict[int, dict[str, BookLine]] = {}
    yield from _audit_lines(session, book, said)
    for certificate in session.scalars(_in_chunks(select(Certificate).where(Certificate.book_id == book.id))):
        for fault in _audit_certificate(session, book, certificate, said.get(certificate.id, {})):
            yield f", số {certificate.number}: {fault}"
    numbered = {certificate_id: lines["number"] for certificate_id, lines in said.items() if "number" in lines}
    for number, fault in audit_entries(session, book, numbered):
        yield f", số {number}: {fault}"


def _audit_lines(session: Session, book: NumberBook, said: dict[int, dict[str, BookLine]]) -> Iterator[str]:
    """Walk along the chain, and note what it says of each certificate."""
    before, last, rule = "", 0, FIRST_RULE
    for line, certificate in _lines(session, book):
        if line.line != last + 1:
            yield f": dòng không liền nhau sau dòng {last}."
        if line.prev_hash != before:
            yield f", dòng {line.line}: không nối với dòng trước."
        if line.rule < rule or line.rule not in _HASHES or _hash_again(book, line, certificate) != line.line_hash:
            yield f", dòng {line.line}: dòng sổ đã bị sửa."
        if certificate.book_id != book.id or line.number != certificate.number:
            yield f", dòng {line.line}: ghi vào giấy khác số {line.number}."
        told = said.setdefault(certificate.id, {})
        if line.kind in told and line.kind != "copy":
            yield f", dòng {line.line}: việc này đã ghi một lần rồi."
        told[line.kind] = line
        before, last, rule = line.line_hash, line.line, line.rule
    if (book.head, book.lines) != (before, last):
        yield ": mã cuối sổ không khớp với dòng cuối."


def _lines(session: Session, book: NumberBook) -> Iterator[Any]:
    query = select(BookLine, Certificate).join(Certificate, Certificate.id == BookLine.certificate_id)
    return iter(session.execute(_in_chunks(query.where(BookLine.book_id == book.id).order_by(BookLine.line))))


def _in_chunks(query: Any) -> Any:
    return query.execution_options(yield_per=_CHUNK)


def _hash_again(book: NumberBook, line: BookLine, certificate: Certificate) -> str:
    said = (line.line, line.kind, line.at, line.by_id, line.detail, line.prev_hash)
    facts = digest(certificate.snapshot)
    return _HASHES[line.rule](book, certificate.number, certificate.public_id, facts, said)


def _audit_certificate(
    session: Session, book: NumberBook, certificate: Certificate, said: dict[str, BookLine]
) -> Iterator[str]:
    printed = certificate.snapshot
    if digest(printed) != certificate.snapshot_sha256:
        yield "nội dung đã bị sửa sau khi vào sổ."
    if not str(printed.get("number", "")).startswith(f"{certificate.number:04d}/{book.year}/"):
        yield "số in trên giấy khác số trong sổ."
    if printed.get("code", printed.get("check_code")) != grouped(certificate.public_id):
        yield "mã in trên giấy khác mã trong sổ."
    if "number" not in said:
        yield "không có dòng cấp số trong sổ."
    for kind, moment, told in _ends(session, certificate):
        line = said.get(kind)
        if (line is None) != (moment is None):
            yield f"{_WORDS[kind]} không khớp với sổ."
        elif line is not None and (line.at != moment or any(line.detail.get(key, "") != told[key] for key in told)):
            yield f"{_WORDS[kind]} khác với điều ghi trong sổ."


_WORDS = {"publish": "việc công bố", "revoke": "việc thu hồi", "supersede": "việc thay thế", "void": "việc hủy số"}


def _ends(session: Session, row: Certificate) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield what the certificate's own row says of everything that has a line."""
    # Of papers from before the press the book does not say by whom they are signed: nobody did.
    yield "publish", row.published_at, {"sha256": row.file_sha256, "signed_by": row.signed_by}
    yield "revoke", row.revoked_at, {"decision": row.revoke_decision, "category": row.revoke_category}
    yield "void", row.voided_at, {"reason": row.void_reason}
    after = None
    if row.superseded_at is not None:
        # The line names the first that took its place; if that was crossed out, the next took it over.
        first = select(Certificate.snapshot).where(Certificate.replaces_id == row.id).order_by(Certificate.id).limit(1)
        after = session.scalar(first)
    yield "supersede", row.superseded_at, {"by_number": after["number"] if after else ""}


def _audit_lists(session: Session) -> Iterator[str]:
    """Say which approval lists no longer fit the book whose head was printed on them."""
    rows = session.execute(
        select(ApprovalList.id, ApprovalList.seen_head, BookLine.line_hash)
        .outerjoin(BookLine, (BookLine.book_id == ApprovalList.book_id) & (BookLine.line == ApprovalList.seen_line))
        .where(ApprovalList.seen_line > 0)
        .order_by(ApprovalList.id)
    )
    for list_id, seen, stands in rows:
        if seen != stands:
            yield f"Danh sách {list_id}: mã sổ in trên danh sách không còn khớp với sổ."
    for list_id in session.scalars(
        select(Certificate.list_id)
        .join(ApprovalList, ApprovalList.id == Certificate.list_id)
        .where(ApprovalList.approved_at.is_(None))
        .distinct()
    ):
        yield f"Danh sách {list_id}: có giấy đã cấp số mà danh sách chưa được duyệt."


def _audit_requests(session: Session) -> Iterator[str]:
    """Say which ends two officers agreed on and nothing shows any more."""
    rows = session.scalars(
        select(Certificate)
        .join(EndingRequest, EndingRequest.certificate_id == Certificate.id)
        .where(EndingRequest.outcome == "accepted", Certificate.is_live)
        .order_by(Certificate.id)
    )
    for certificate in rows:
        yield f"Giấy số {certificate.snapshot['number']}: đã duyệt thu hồi hoặc hủy mà vẫn ghi là còn hiệu lực."


def _audit_subjects(session: Session) -> Iterator[str]:
    live = Counter(session.scalars(select(Certificate.subject).where(Certificate.is_live)))
    for subject, count in live.items():
        if count > 1:
            yield f"{subject}: có {count} giấy cùng hiệu lực."
