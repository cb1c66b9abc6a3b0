"""The number book: numbers without a gap, and a chain that shows any row slipped in later.

Each row's hash covers what was fixed when the number was given and the hash of the row before.
The head of the chain can be printed in the next decision; from then on even somebody with the
database in hand cannot insert or change a row unseen.
"""

import hashlib
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.certificates.models import Certificate, NumberBook
from lms.db import locked


def open_book(session: Session, issuer: str, year: int) -> NumberBook:
    """Return the issuer's book of the year under its lock, begun if it is the year's first.

    The lock is held to the end of the transaction: a roll-back gives the numbers back, so a
    number that was never stored leaves no gap.
    """
    book_id = _book_id(session, issuer, year)
    if book_id is None:
        try:
            with session.begin_nested():
                session.add(NumberBook(issuer=issuer, year=year, last=0, head=""))
        except IntegrityError:
            # Somebody else began the same book a moment ago; theirs is ours.
            pass
        book_id = _book_id(session, issuer, year)
    return locked(session, NumberBook, book_id)


def enter(session: Session, book: NumberBook, certificate: Certificate) -> None:
    """Write a certificate into the locked book as its next row."""
    certificate.book_id = book.id
    certificate.number = book.last + 1
    certificate.prev_hash = book.head
    certificate.row_hash = row_hash(certificate, book)
    book.last, book.head = certificate.number, certificate.row_hash
    session.add(certificate)
    session.flush()


def row_hash(certificate: Certificate, book: NumberBook) -> str:
    """Return the hash of a row of the book, chained to the row before it."""
    return digest(
        {
            "issuer": book.issuer,
            "year": book.year,
            "number": certificate.number,
            "public_id": certificate.public_id,
            "seat": certificate.seat_id,
            "person": certificate.person_id,
            "snapshot": certificate.snapshot_sha256,
            "replaces": certificate.replaces_id,
            "before": certificate.prev_hash,
        }
    )


def digest(facts: dict[str, Any]) -> str:
    """Return the sha256 of facts in one canonical writing (sorted keys, no spaces, UTF-8)."""
    written = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _book_id(session: Session, issuer: str, year: int) -> int | None:
    return session.scalar(select(NumberBook.id).where(NumberBook.issuer == issuer, NumberBook.year == year))
