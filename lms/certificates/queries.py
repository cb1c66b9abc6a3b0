"""Lists of certificates for pages: one's own, the officer's, the number book."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from lms.access import Actor
from lms.areas.models import Area
from lms.certificates.models import ApprovalList, Certificate, NumberBook
from lms.errors import NotFound
from lms.people.models import Person
from lms.teams.models import Team
from lms.training.models import Seat, TrainingClass

STATE_WORDS = {
    "valid": "Hợp lệ",
    "unpublished": "Chưa công bố",
    "revoked": "Đã thu hồi",
    "superseded": "Đã thay thế",
    "void": "Đã hủy số",
}
STATE_CHIPS = {"valid": "good", "unpublished": "plain", "revoked": "bad", "superseded": "warn", "void": "warn"}

_LIVE_OR_REVOKED = or_(Certificate.is_live, Certificate.revoked_at.is_not(None))
_ENDED = aliased(Certificate)
_REVOKED = (
    select(_ENDED.snapshot)
    .where(_ENDED.seat_id == Seat.id, _ENDED.revoked_at.is_not(None))
    .order_by(_ENDED.id.desc())
    .limit(1)
    .scalar_subquery()
)


@dataclass(frozen=True)
class WaitingClass:
    """A finalised class in which people still wait for their certificate."""

    id: int
    title: str
    ends_on: date
    people: int


@dataclass(frozen=True)
class Candidate:
    """Somebody who completed the class and holds no live certificate of it.

    `revoked` is the number of a certificate that was revoked: to certify again is a new decision,
    never a matter of course.
    """

    seat_id: int
    name: str
    team: str
    commune: str
    revoked: str = ""


def own_certificates(session: Session, person_id: int | None) -> list[Certificate]:
    """Return a person's published certificates, the newest first; ended ones stay in the list."""
    return list(
        session.scalars(
            select(Certificate)
            .where(Certificate.person_id == person_id, Certificate.published_at.is_not(None))
            .order_by(Certificate.id.desc())
        )
    )


def downloadable(session: Session, actor: Actor, public_id: str) -> Certificate:
    """Return a certificate whose paper this person may download: their own, or of their province.

    Raises:
        NotFound: there is none, or not for them.
    """
    mine = and_(Certificate.person_id == actor.person_id, Certificate.published_at.is_not(None))
    ours = ApprovalList.province_code.in_(actor.provinces)
    certificate = session.scalar(
        select(Certificate)
        .join(ApprovalList, ApprovalList.id == Certificate.list_id)
        .where(Certificate.public_id == public_id, Certificate.file_sha256.is_not(None), or_(mine, ours))
    )
    if certificate is None:
        raise NotFound("certificate")
    return certificate


def waiting_classes(session: Session, provinces: Collection[str]) -> list[WaitingClass]:
    """Return finalised classes with somebody who completed and was never certified."""
    rows = session.execute(
        select(TrainingClass.id, TrainingClass.title, TrainingClass.ends_on, func.count(Seat.id))
        .join(Seat, Seat.class_id == TrainingClass.id)
        .outerjoin(Certificate, and_(Certificate.seat_id == Seat.id, _LIVE_OR_REVOKED))
        .where(
            TrainingClass.province_code.in_(provinces),
            TrainingClass.state == "finalised",
            Seat.state == "completed",
            Certificate.id.is_(None),
        )
        .group_by(TrainingClass.id, TrainingClass.title, TrainingClass.ends_on)
        .order_by(TrainingClass.ends_on, TrainingClass.id)
    )
    return [WaitingClass(*row) for row in rows]


def candidates(session: Session, provinces: Collection[str], class_id: int) -> tuple[TrainingClass, list[Candidate]]:
    """Return a class and who in it can be certified now, in the order of the class's queue.

    Raises:
        NotFound: the class is not of these provinces.
    """
    held = session.scalar(
        select(TrainingClass).where(TrainingClass.id == class_id, TrainingClass.province_code.in_(provinces))
    )
    if held is None:
        raise NotFound(f"class {class_id}")
    rows = session.execute(
        select(Seat.id, Person.full_name, Team.name, Area, _REVOKED)
        .join(Person, Person.id == Seat.person_id)
        .join(Team, Team.id == Seat.team_id)
        .join(Area, Area.code == Team.commune_code)
        .outerjoin(Certificate, and_(Certificate.seat_id == Seat.id, Certificate.is_live))
        .where(Seat.class_id == class_id, Seat.state == "completed", Certificate.id.is_(None))
        .order_by(Seat.seq)
    )
    return held, [
        Candidate(seat_id, name, team, area.full_name, revoked["number"] if revoked else "")
        for seat_id, name, team, area, revoked in rows
    ]


def approval_lists(session: Session, provinces: Collection[str]) -> list[tuple[ApprovalList, str, int, int]]:
    """Return each list with its class, how many certificates it has and how many are public."""
    rows = session.execute(
        select(ApprovalList, TrainingClass.title, func.count(Certificate.id), func.count(Certificate.published_at))
        .join(TrainingClass, TrainingClass.id == ApprovalList.class_id)
        .join(Certificate, Certificate.list_id == ApprovalList.id)
        .where(ApprovalList.province_code.in_(provinces))
        .group_by(ApprovalList.id, TrainingClass.title)
        .order_by(ApprovalList.id.desc())
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def one_list(session: Session, provinces: Collection[str], list_id: int) -> tuple[ApprovalList, list[Certificate]]:
    """Return a list and its certificates in the order of their numbers.

    Raises:
        NotFound: the list is not of these provinces.
    """
    approved = session.scalar(
        select(ApprovalList).where(ApprovalList.id == list_id, ApprovalList.province_code.in_(provinces))
    )
    if approved is None:
        raise NotFound(f"list {list_id}")
    rows = session.scalars(select(Certificate).where(Certificate.list_id == list_id).order_by(Certificate.number))
    return approved, list(rows)


def one_certificate(session: Session, provinces: Collection[str], certificate_id: int) -> Certificate:
    """Return a certificate of these provinces.

    Raises:
        NotFound: it is not.
    """
    certificate = session.scalar(
        select(Certificate)
        .join(ApprovalList, ApprovalList.id == Certificate.list_id)
        .where(Certificate.id == certificate_id, ApprovalList.province_code.in_(provinces))
    )
    if certificate is None:
        raise NotFound(f"certificate {certificate_id}")
    return certificate


def number_books(session: Session, provinces: Collection[str]) -> list[NumberBook]:
    """Return the books of these provinces, the newest year first."""
    return list(
        session.scalars(
            select(NumberBook)
            .where(NumberBook.id.in_(_books_of(provinces)))
            .order_by(NumberBook.year.desc(), NumberBook.issuer)
        )
    )


def book_pages(
    session: Session, provinces: Collection[str], book_id: int
) -> tuple[NumberBook, list[tuple[Certificate, str]]]:
    """Return a book and every row of it with its decision, void rows included.

    Raises:
        NotFound: the book is not of these provinces.
    """
    book = session.scalar(select(NumberBook).where(NumberBook.id == book_id, NumberBook.id.in_(_books_of(provinces))))
    if book is None:
        raise NotFound(f"book {book_id}")
    rows = session.execute(
        select(Certificate, ApprovalList.decision_number)
        .join(ApprovalList, ApprovalList.id == Certificate.list_id)
        .where(Certificate.book_id == book_id)
        .order_by(Certificate.number)
    )
    return book, [(row[0], row[1]) for row in rows]


def papers_missing(session: Session, list_id: int) -> list[int]:
    """Return the ids of the list's certificates whose paper is still to be made."""
    return list(
        session.scalars(
            select(Certificate.id)
            .where(Certificate.list_id == list_id, Certificate.file_id.is_(None), Certificate.voided_at.is_(None))
            .order_by(Certificate.number)
        )
    )


def _books_of(provinces: Collection[str]) -> Select[Any]:
    return (
        select(Certificate.book_id)
        .join(ApprovalList, ApprovalList.id == Certificate.list_id)
        .where(ApprovalList.province_code.in_(provinces))
    )
