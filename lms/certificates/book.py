"""The number book: numbers without a gap, and a chain of lines that shows any line slipped in later.

A number given, and everything that later becomes of it, is a line of its own. Each line's hash covers
what it says and the hash of the line before. The head of the chain is printed on the next list to be
approved; from then on even somebody with the database in hand cannot insert or change a line unseen.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Select, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.certificates.models import BookLine, NumberBook
from lms.db import locked

FIRST_RULE, RULE = 1, 2
"""How a line's hash is made: the first way was that of books which had a row for each number and no lines."""


class Entered(Protocol):
    """What a line needs to know of a certificate: the row itself, or a read of these columns."""

    id: Any
    number: Any
    public_id: Any
    snapshot_sha256: Any


def open_book(session: Session, issuer: str, year: int) -> NumberBook:
    """Return the issuer's book of the year under its lock, begun if it is the year's first.

    The lock is held to the end of the transaction: a roll-back gives the numbers back, so a
    number that was never stored leaves no gap.
    """
    return locked(session, NumberBook, begin_book(session, issuer, year))


def begin_book(session: Session, issuer: str, year: int) -> int:
    """Return which is the issuer's book of the year, begun if it is the year's first."""
    book_id = session.scalar(_book(issuer, year))
    if book_id is None:
        try:
            with session.begin_nested():
                session.add(NumberBook(issuer=issuer, year=year, last=0, lines=0, head=""))
        except IntegrityError:
            # Somebody else began the same book a moment ago; theirs is ours.
            pass
        book_id = session.scalars(_book(issuer, year)).one()
    return book_id


def lock_book(session: Session, book_id: int) -> NumberBook:
    """Return a book under its lock, read afresh; what is not stored yet is stored first."""
    session.flush()
    return locked(session, NumberBook, book_id)


def lock_books(session: Session, book_ids: Iterable[int]) -> None:
    """Lock several books in the one order in which everybody does: an old paper may stand in an older book."""
    for book_id in sorted(set(book_ids)):
        lock_book(session, book_id)


def write_line(
    session: Session,
    book: NumberBook,
    certificate: Entered,
    kind: str,
    *,
    by: Actor,
    detail: dict[str, Any],
    now: datetime,
) -> None:
    """Add one line about a certificate to the locked book."""
    write_lines(session, book, kind, [(certificate, detail)], by=by, now=now)


def write_lines(
    session: Session,
    book: NumberBook,
    kind: str,
    news: Iterable[tuple[Entered, dict[str, Any]]],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Add a line for each certificate to the locked book, in this order, by one statement."""
    rows = []
    for certificate, detail in news:
        row = {
            "book_id": book.id,
            "line": book.lines + 1,
            "kind": kind,
            "certificate_id": certificate.id,
            "number": certificate.number,
            "at": now,
            "by_id": by.account_id,
            "detail": detail,
            "prev_hash": book.head,
            "rule": RULE,
        }
        said = (row["line"], kind, now, by.account_id, detail, book.head)
        row["line_hash"] = hash_line(book, certificate.number, certificate.public_id, certificate.snapshot_sha256, said)
        book.lines, book.head = row["line"], row["line_hash"]
        rows.append(row)
    if rows:
        session.flush()
        session.execute(insert(BookLine), rows)


Said = tuple[int, str, datetime, int | None, dict[str, Any], str]
"""What a line says of its certificate: its own number, kind, moment, by whom, detail, and the hash before."""


def hash_line(book: NumberBook, number: int, public_id: str, facts_sha256: str, said: Said) -> str:
    """Return the hash of a line by the present rule, chained to the line before it."""
    line, kind, at, by_id, detail, before = said
    return digest(
        {
            "issuer": book.issuer,
            "year": book.year,
            "line": line,
            "kind": kind,
            "number": number,
            "public_id": public_id,
            "facts": facts_sha256,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "by": by_id,
            "detail": detail,
            "before": before,
        }
    )


def hash_first_line(book: NumberBook, number: int, public_id: str, facts_sha256: str, said: Said) -> str:
    """Return the hash of a line by the first rule; it names seat and person as they were when it was written."""
    *_, detail, before = said
    return digest(
        {
            "issuer": book.issuer,
            "year": book.year,
            "number": number,
            "public_id": public_id,
            "seat": detail.get("seat"),
            "person": detail.get("person"),
            "snapshot": facts_sha256,
            "replaces": detail.get("replaces"),
            "before": before,
        }
    )


def digest(facts: dict[str, Any]) -> str:
    """Return the sha256 of facts in one canonical writing (sorted keys, no spaces, UTF-8)."""
    written = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _book(issuer: str, year: int) -> Select[int]:
    return select(NumberBook.id).where(NumberBook.issuer == issuer, NumberBook.year == year)
