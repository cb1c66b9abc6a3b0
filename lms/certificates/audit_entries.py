"""Prove that every number was given to somebody on an approved list, and that its row says what book and list say.

The rows of a list, of its entries and of its certificates are no part of the chain, but the line of each number
repeats what matters in them. So whoever changes one of them has to change the chain as well.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from lms.certificates.book import FIRST_RULE
from lms.certificates.issuers import Decision
from lms.certificates.models import ApprovalEntry, ApprovalList, BookLine, Certificate, NumberBook
from lms.certificates.numbering import list_detail, row_detail
from lms.certificates.sources import numbered_facts
from lms.training.models import Seat
from lms.words import nfc

_CHUNK = 500
_GIVEN = ("number", "book_entry", "code")
_REPLACED = aliased(Certificate)
_NOT_LISTED = "không có người tương ứng trên danh sách đã duyệt."
_NOT_THEIRS = "người hoặc tổ được cấp khác với danh sách."
_WORDS = {
    "list": "danh sách",
    "position": "thứ tự trên danh sách",
    "people": "những người có tên trên danh sách",
    "decision": "quyết định cấp",
    "proposed_by": "người đề nghị",
    "approved_by": "người duyệt",
    "template": "mẫu giấy",
    "subject": "việc được chứng nhận",
    "kind": "loại giấy",
    "status": "chỗ trong bảng tình trạng",
    "replaces": "giấy được thay thế",
}


def audit_entries(session: Session, book: NumberBook, lines: Mapping[int, BookLine]) -> Iterator[tuple[int, str]]:
    """Yield the number and the fault of every certificate that fits neither its list nor the line of its number.

    `lines` are the lines that gave the numbers, by certificate. Only a line of the first rule excuses the lack of
    an entry: such lines stand before all others, so none can be slipped in later.
    """
    of_list: dict[int, dict[str, Any]] = {}
    for found in session.execute(_rows(book).execution_options(yield_per=_CHUNK)):
        certificate, line = found.Certificate, lines.get(found.Certificate.id)
        faults = [*_moment(certificate, line), *_decision(certificate, found.ApprovalList)]
        if line is not None and line.rule == FIRST_RULE:
            faults += _first_faults(found, line)
        else:
            faults += _entry_faults(found, book)
            faults += _line_faults(session, found, line, of_list)
        yield from ((certificate.number, fault) for fault in faults)


def audit_missing(session: Session) -> Iterator[str]:
    """Yield who was settled on an approved list without a certificate and without being taken off.

    Of who is taken off nothing is kept that a paper would have said.
    """
    missing = (
        select(ApprovalEntry.list_id, ApprovalEntry.position)
        .join(ApprovalList, ApprovalList.id == ApprovalEntry.list_id)
        .outerjoin(
            Certificate,
            and_(Certificate.list_id == ApprovalEntry.list_id, Certificate.position == ApprovalEntry.position),
        )
        .where(
            ApprovalList.approved_at.is_not(None),
            ApprovalEntry.settled_at.is_not(None),
            ApprovalEntry.facts.is_not(None),
            Certificate.id.is_(None),
        )
        .order_by(ApprovalEntry.list_id, ApprovalEntry.position)
    )
    for list_id, position in session.execute(missing):
        yield f"Danh sách {list_id}: người thứ {position} được ghi là đã cấp mà không có giấy."


def _rows(book: NumberBook) -> Any:
    """Return the certificates of a book, each with its list, its entry, its seat's person, and what it replaces."""
    entry = and_(ApprovalEntry.list_id == Certificate.list_id, ApprovalEntry.position == Certificate.position)
    return (
        select(
            Certificate, ApprovalList, ApprovalEntry, Seat.person_id.label("sits"), _REPLACED.snapshot.label("replaced")
        )
        .join(ApprovalList, ApprovalList.id == Certificate.list_id)
        .outerjoin(ApprovalEntry, entry)
        .outerjoin(Seat, Seat.id == Certificate.seat_id)
        .outerjoin(_REPLACED, _REPLACED.id == Certificate.replaces_id)
        .where(Certificate.book_id == book.id)
        .order_by(Certificate.number)
    )


def _moment(certificate: Certificate, line: BookLine | None) -> Iterator[str]:
    if line is not None and certificate.numbered_at != line.at:
        yield "lúc cấp số khác với điều ghi trong sổ."


def _decision(certificate: Certificate, listed: ApprovalList) -> Iterator[str]:
    """Compare the decision printed on the paper with that of the list."""
    printed, decision = certificate.snapshot, Decision(listed.decision_number, listed.decision_date)
    told = (printed.get("decision"), printed.get("issued", printed.get("issued_on")))
    if told != (nfc(f"Quyết định số {decision}"), decision.day.isoformat()):
        yield "quyết định in trên giấy khác với danh sách."


def _entry_faults(found: Any, book: NumberBook) -> Iterator[str]:
    """Compare a certificate with the entry it was made from, and both with the head of their list."""
    certificate, listed, entry = found.Certificate, found.ApprovalList, found.ApprovalEntry
    printed = certificate.snapshot
    if entry is None or entry.facts is None or entry.subject != certificate.subject:
        yield _NOT_LISTED
        return
    if entry.settled_at != certificate.numbered_at:
        yield "lúc cấp số khác với danh sách."
    facts = {"address": "", **entry.facts}
    said = numbered_facts(facts, book=book, number=certificate.number, public_id=certificate.public_id)
    if any(printed.get(key) != said[key] for key in (*facts, *_GIVEN)):
        yield "nội dung in trên giấy khác với danh sách."
    if not _is_theirs(certificate, entry, found.sits):
        yield _NOT_THEIRS
    if not certificate.kind == listed.kind == printed.get("kind"):
        yield "loại giấy khác với danh sách."
    places = (certificate.province_code, certificate.commune_code, certificate.book_id, certificate.template_id)
    if places != (listed.province_code, printed.get("commune_code"), listed.book_id, listed.template_id):
        yield "tỉnh, xã, sổ hoặc mẫu giấy khác với danh sách."


def _is_theirs(certificate: Certificate, entry: ApprovalEntry, sits: int | None) -> bool:
    """Say whether a certificate leads to whom its entry leads to, and its subject as well; to nobody once erased."""
    held = (certificate.person_id, certificate.seat_id, certificate.team_id, certificate.replaces_id)
    if held != (entry.person_id, entry.seat_id, entry.team_id, entry.replaces_id):
        return False
    word, _, key = certificate.subject.partition(":")
    key = key.partition(":")[0]
    if certificate.kind == "class":
        led_to = (str(certificate.seat_id), certificate.person_id)
        return word == "seat" and (certificate.seat_id is None or led_to == (key, sits))
    holder = certificate.team_id if certificate.kind == "team" else certificate.person_id
    return word == certificate.kind and (holder is None or str(holder) == key)


def _line_faults(
    session: Session, found: Any, line: BookLine | None, of_list: dict[int, dict[str, Any]]
) -> Iterator[str]:
    """Compare what the line of a number says with the rows it was made from."""
    if line is None:
        return
    certificate, listed = found.Certificate, found.ApprovalList
    replaced = "" if found.replaced is None else found.replaced["number"]
    if listed.id not in of_list:
        of_list[listed.id] = list_detail(session, listed)
    for key, value in (of_list[listed.id] | row_detail(vars(certificate), replaced)).items():
        if line.detail.get(key) != value:
            yield f"{_WORDS[key]} khác với điều ghi trong sổ."


def _first_faults(found: Any, line: BookLine) -> Iterator[str]:
    """Compare a certificate from before there were entries with its line, which names seat and person."""
    certificate, listed, kept = found.Certificate, found.ApprovalList, line.detail
    made_later = (found.ApprovalEntry, certificate.template_id, listed.proposed_by_id, certificate.snapshot.get("code"))
    if any(sign is not None for sign in made_later):
        yield _NOT_LISTED
    if certificate.subject != f"seat:{kept.get('seat')}" or (certificate.kind, listed.kind) != ("class", "class"):
        yield "việc được chứng nhận khác với điều ghi trong sổ."
    led_to = (certificate.seat_id, certificate.person_id)
    if led_to not in ((kept.get("seat"), kept.get("person")), (None, None)):
        yield "người được cấp khác với điều ghi trong sổ."
    if certificate.replaces_id != kept.get("replaces"):
        yield "giấy được thay thế khác với điều ghi trong sổ."
