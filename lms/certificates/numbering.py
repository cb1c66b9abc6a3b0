"""Numbers for an approved list: chunk by chunk under the lock of the book, without a gap.

A chunk is one transaction. If it is undone, its numbers go to whoever comes next; if the worker is
killed between two, the next run goes on with the entry after.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.access import SYSTEM
from lms.certificates.book import digest, lock_books, write_line, write_lines
from lms.certificates.conditions import check_replaceable
from lms.certificates.models import ApprovalEntry, ApprovalList, Certificate, CertificateTemplate, NumberBook
from lms.certificates.public_id import new_public_id
from lms.certificates.sources import numbered_facts
from lms.db import locked

AT_MOST = 200
STATUS_LIST_SIZE = 131_072
_FULL = STATUS_LIST_SIZE // 2
_DRAWS = 5


def number_list(session: Session, *, list_id: int, now: datetime, at_most: int = AT_MOST) -> int:
    """Give numbers to the next entries of an approved list; return how many still wait for theirs.

    An entry that replaces a certificate ends that one in the same transaction, with a line of its own.

    Raises:
        NoLongerLive: what is to be replaced was revoked meanwhile.
    """
    approved = locked(session, ApprovalList, list_id)
    if approved.state != "approved" or approved.book_id is None:
        return 0
    waiting = session.scalars(
        select(ApprovalEntry)
        .where(ApprovalEntry.list_id == list_id, ApprovalEntry.settled_at.is_(None))
        .order_by(ApprovalEntry.position)
        .limit(at_most)
    ).all()
    if not waiting:
        return 0
    lock_books_of(session, approved, waiting)
    book = session.get_one(NumberBook, approved.book_id)
    replaced = _lock_replaced(session, waiting)
    rows = _rows(book, approved, waiting, now)
    _end_replaced(session, replaced, rows, now)
    _store(session, book, approved, rows, replaced, now)
    for entry in waiting:
        entry.settled_at = now
    session.flush()
    return session.scalars(
        select(func.count()).select_from(ApprovalEntry).where(
            ApprovalEntry.list_id == list_id, ApprovalEntry.settled_at.is_(None)
        )
    ).one()  # fmt: skip


def lock_books_of(session: Session, approved: ApprovalList, entries: Sequence[ApprovalEntry]) -> None:
    """Lock the book of a list and those of what it replaces."""
    replaced = [entry.replaces_id for entry in entries if entry.replaces_id is not None]
    books = [] if approved.book_id is None else [approved.book_id]
    if replaced:
        books += session.scalars(select(Certificate.book_id).where(Certificate.id.in_(replaced)))
    lock_books(session, books)


def list_detail(session: Session, approved: ApprovalList) -> dict[str, Any]:
    """Return what the line of every number of a list says of the list: its row must agree with that ever after.

    `people` stands for everybody who was ever on it: with the first number it is fixed in the chain, so that
    nobody can be added to an old decision.
    """
    template = select(CertificateTemplate.digest).where(CertificateTemplate.id == approved.template_id)
    entries = select(ApprovalEntry.position, ApprovalEntry.subject).where(ApprovalEntry.list_id == approved.id)
    return {
        "list": approved.id,
        "decision": f"{approved.decision_number} ngày {approved.decision_date.isoformat()}",
        "proposed_by": approved.proposed_by_id,
        "approved_by": approved.approved_by_id,
        "template": session.scalar(template),
        "people": digest({str(position): subject for position, subject in session.execute(entries)}),
    }


def row_detail(row: Mapping[str, Any], replaced: str) -> dict[str, Any]:
    """Return what the line of a number says of the certificate's row, and which number it replaces, if any."""
    return {
        "position": row["position"],
        "subject": row["subject"],
        "kind": row["kind"],
        "status": [row["status_list"], row["status_index"]],
        "replaces": replaced,
    }


def _rows(
    book: NumberBook, approved: ApprovalList, waiting: Sequence[ApprovalEntry], now: datetime
) -> list[dict[str, Any]]:
    """Return the next certificates of the book, in the order of the list."""
    rows = []
    for number, entry in enumerate(waiting, book.last + 1):
        public_id = new_public_id()
        facts = numbered_facts(entry.facts or {}, book=book, number=number, public_id=public_id)
        rows.append(
            {
                "list_id": approved.id,
                "position": entry.position,
                "template_id": approved.template_id,
                "kind": approved.kind,
                "subject": entry.subject,
                "province_code": approved.province_code,
                "commune_code": facts["commune_code"],
                "seat_id": entry.seat_id,
                "person_id": entry.person_id,
                "team_id": entry.team_id,
                "replaces_id": entry.replaces_id,
                "book_id": book.id,
                "number": number,
                "public_id": public_id,
                "snapshot": facts,
                "snapshot_sha256": digest(facts),
                "numbered_at": now,
            }
        )
    return rows


def _lock_replaced(session: Session, waiting: Sequence[ApprovalEntry]) -> dict[int, Certificate]:
    ids = sorted(entry.replaces_id for entry in waiting if entry.replaces_id is not None)
    replaced = {certificate_id: locked(session, Certificate, certificate_id) for certificate_id in ids}
    for old in replaced.values():
        check_replaceable(session, old)
    return replaced


def _end_replaced(
    session: Session, replaced: dict[int, Certificate], rows: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Let the old ones be out before the new ones come in: one live certificate to a subject.

    One that is out already stays as it is: it was replaced by a number since crossed out, which the book tells.
    """
    for row in rows:
        old = replaced.get(row["replaces_id"] or 0)
        if old is not None and old.superseded_at is None:
            old.superseded_at = now
            detail = {"by_number": row["snapshot"]["number"]}
            write_line(session, session.get_one(NumberBook, old.book_id), old, "supersede", by=SYSTEM, detail=detail,
                       now=now)  # fmt: skip
    session.flush()


def _store(
    session: Session,
    book: NumberBook,
    approved: ApprovalList,
    rows: list[dict[str, Any]],
    replaced: Mapping[int, Certificate],
    now: datetime,
) -> None:
    stored = _insert(session, rows)
    of_list = list_detail(session, approved)
    numbers = {old_id: old.snapshot["number"] for old_id, old in replaced.items()}
    news = [
        (entered, of_list | row_detail(row, numbers.get(row["replaces_id"] or 0, "")))
        for entered, row in zip(stored, rows, strict=True)
    ]
    book.last += len(stored)
    write_lines(session, book, "number", news, by=SYSTEM, now=now)
    session.flush()


def _insert(session: Session, rows: list[dict[str, Any]]) -> list[Any]:
    """Store the certificates, each at a random free place of the list of states.

    Random, since a place in the order of issue would tell a stranger who came before whom. Two books that
    draw the same place at the same moment draw again.
    """
    number = _status_list(session)
    for draw in range(1, _DRAWS + 1):
        for row, place in zip(rows, _free_places(session, number, len(rows)), strict=True):
            row["status_list"], row["status_index"] = number, place
        try:
            with session.begin_nested():
                return list(
                    session.execute(
                        insert(Certificate).returning(
                            Certificate.id, Certificate.number, Certificate.public_id, Certificate.snapshot_sha256,
                            sort_by_parameter_order=True,
                        ),
                        rows,
                    )
                )  # fmt: skip
        except IntegrityError:
            if draw == _DRAWS:
                raise
    raise AssertionError("unreachable")


def _status_list(session: Session) -> int:
    """Return the list of states in use; a new one once it is half full, so that a free place is found at once."""
    number = session.scalar(select(func.max(Certificate.status_list))) or 1
    taken = session.scalar(select(func.count()).select_from(Certificate).where(Certificate.status_list == number)) or 0
    return number + 1 if taken >= _FULL else number


def _free_places(session: Session, number: int, wanted: int) -> list[int]:
    free: dict[int, None] = {}
    while len(free) < wanted:
        drawn = [secrets.randbelow(STATUS_LIST_SIZE) for _ in range(wanted - len(free))]
        taken = set(
            session.scalars(
                select(Certificate.status_index).where(
                    Certificate.status_list == number, Certificate.status_index.in_(drawn)
                )
            )
        )
        free |= {place: None for place in drawn if place not in taken}
    return list(free)
