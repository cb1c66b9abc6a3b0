"""Lists of certificates for pages: one's own, the officer's, the number book."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.areas.models import Area
from lms.certificates.earning import Matter
from lms.certificates.models import ApprovalEntry, ApprovalList, BookLine, Certificate, EndingRequest, NumberBook
from lms.certificates.sources import team_title
from lms.errors import NotFound
from lms.people.models import Account, AreaRole, Person
from lms.teams.models import Membership, Team
from lms.training.models import Seat

STATE_WORDS = {
    "valid": "Hợp lệ",
    "unpublished": "Chưa công bố",
    "revoked": "Đã thu hồi",
    "superseded": "Đã thay thế",
    "void": "Đã hủy số",
}
STATE_CHIPS = {"valid": "good", "unpublished": "plain", "revoked": "bad", "superseded": "warn", "void": "warn"}
LIST_WORDS = {
    "proposed": "Chờ duyệt",
    "accepted": "Đã duyệt",
    "refused": "Không được duyệt",
    "taken_back": "Đã rút lại",
}
LINE_WORDS = {
    "number": "Vào sổ, cấp số",
    "publish": "Công bố",
    "revoke": "Thu hồi",
    "supersede": "Thay thế",
    "void": "Hủy số",
    "copy": "Cấp bản sao",
}
_PRESENT_TEAM = (
    select(Membership.team_id)
    .where(Membership.person_id == ApprovalEntry.person_id, Membership.left_at.is_(None))
    .order_by(Membership.id)
    .limit(1)
    .correlate(ApprovalEntry)
    .scalar_subquery()
)
KIND_WORDS = {"class": "Lớp tập huấn", "course": "Khóa học", "skills": "Bộ kỹ năng", "team": "Tổ đạt 100 %"}


@dataclass(frozen=True)
class ListSummary:
    """A list on the officer's page: how many stand on it, have a number, and are public."""

    row: ApprovalList
    entries: int
    numbered: int
    published: int


@dataclass(frozen=True)
class ListEntry:
    """Somebody on a list and the certificate that came of it, if one has; taken off if none ever will."""

    position: int
    name: str
    unit: str
    is_taken_off: bool
    certificate: Certificate | None


def own_certificates(session: Session, actor: Actor) -> list[Certificate]:
    """Return the published certificates of a person and of their teams, the newest first; ended ones stay there."""
    return list(
        session.scalars(
            select(Certificate)
            .where(_held_by(actor), Certificate.published_at.is_not(None))
            .order_by(Certificate.id.desc())
        )
    )


def downloadable(session: Session, actor: Actor, public_id: str) -> Certificate:
    """Return a certificate whose paper this person may download: theirs, their team's, of their province or commune.

    Raises:
        NotFound: there is none, or not for them.
    """
    mine = and_(_held_by(actor), Certificate.published_at.is_not(None))
    ours = Certificate.province_code.in_(actor.provinces)
    near = and_(Certificate.commune_code.in_(actor.communes), Certificate.published_at.is_not(None))
    certificate = session.scalar(
        select(Certificate).where(
            Certificate.public_id == public_id, Certificate.file_sha256.is_not(None), or_(mine, ours, near)
        )
    )
    if certificate is None:
        raise NotFound("certificate")
    return certificate


def is_holder(certificate: Certificate, actor: Actor) -> bool:
    """Say whether a certificate is this person's, or of a team they are in."""
    if certificate.kind == "team":
        return certificate.team_id in actor.team_ids
    return certificate.person_id is not None and certificate.person_id == actor.person_id


def approval_lists(
    session: Session, provinces: Collection[str], *, offset: int = 0, limit: int | None = None
) -> list[ListSummary]:
    """Return the lists of these provinces: what waits for an answer first, then the newest."""
    certificates = (
        select(
            Certificate.list_id,
            func.count(Certificate.id).label("numbered"),
            func.count(Certificate.published_at).label("published"),
        )
        .group_by(Certificate.list_id)
        .subquery()
    )
    entries = (
        select(ApprovalEntry.list_id, func.count(ApprovalEntry.id).label("entries"))
        .group_by(ApprovalEntry.list_id)
        .subquery()
    )
    waits = and_(ApprovalList.approved_at.is_(None), ApprovalList.refused_at.is_(None))
    rows = session.execute(
        select(ApprovalList, entries.c.entries, certificates.c.numbered, certificates.c.published)
        .outerjoin(entries, entries.c.list_id == ApprovalList.id)
        .outerjoin(certificates, certificates.c.list_id == ApprovalList.id)
        .where(ApprovalList.province_code.in_(provinces))
        .order_by(case((waits, 0), else_=1), ApprovalList.id.desc())
        .offset(offset)
        .limit(limit)
    )
    # Lists from before proposals were kept have certificates and no entries.
    return [ListSummary(row, max(people or 0, numbered or 0), numbered or 0, published or 0)
            for row, people, numbered, published in rows]  # fmt: skip


def one_list(session: Session, provinces: Collection[str], list_id: int) -> ApprovalList:
    """Return a list of these provinces.

    Raises:
        NotFound: it is not.
    """
    found = session.scalar(
        select(ApprovalList).where(ApprovalList.id == list_id, ApprovalList.province_code.in_(provinces))
    )
    if found is None:
        raise NotFound(f"list {list_id}")
    return found


def list_entries(
    session: Session, listed: ApprovalList, *, offset: int = 0, limit: int | None = None
) -> list[ListEntry]:
    """Return who stands on a list, in the order of the numbers, with the certificate each got."""
    rows = session.execute(
        select(ApprovalEntry, Certificate, Person.full_name, Team.name, Area)
        .outerjoin(
            Certificate,
            and_(Certificate.list_id == ApprovalEntry.list_id, Certificate.position == ApprovalEntry.position),
        )
        .outerjoin(Person, Person.id == ApprovalEntry.person_id)
        .outerjoin(Seat, Seat.id == ApprovalEntry.seat_id)
        .outerjoin(Team, Team.id == func.coalesce(ApprovalEntry.team_id, Seat.team_id, _PRESENT_TEAM))
        .outerjoin(Area, Area.code == Team.commune_code)
        .where(ApprovalEntry.list_id == listed.id)
        .order_by(ApprovalEntry.position)
        .offset(offset)
        .limit(limit)
    )
    found = [_list_entry(listed, *row) for row in rows]
    if found or offset:
        return found
    before = session.scalars(
        select(Certificate).where(Certificate.list_id == listed.id).order_by(Certificate.number).limit(limit)
    )
    return [ListEntry(row.position, row.snapshot["name"], _unit(row.snapshot), False, row) for row in before]


def first_entry(session: Session, listed: ApprovalList) -> ApprovalEntry | None:
    """Return the first who stands on a list and is not settled yet."""
    return session.scalar(
        select(ApprovalEntry)
        .where(ApprovalEntry.list_id == listed.id, ApprovalEntry.settled_at.is_(None))
        .order_by(ApprovalEntry.position)
        .limit(1)
    )


def list_matter(listed: ApprovalList) -> Matter:
    """Return what a list certifies, by its own words."""
    return Matter(listed.kind, listed.province_code, listed.title, class_id=listed.class_id, about=listed.about)


def one_certificate(session: Session, provinces: Collection[str], certificate_id: int) -> Certificate:
    """Return a certificate of these provinces.

    Raises:
        NotFound: it is not.
    """
    certificate = session.scalar(
        select(Certificate).where(Certificate.id == certificate_id, Certificate.province_code.in_(provinces))
    )
    if certificate is None:
        raise NotFound(f"certificate {certificate_id}")
    return certificate


def certificate_lines(session: Session, certificate: Certificate) -> list[BookLine]:
    """Return everything the book says of a certificate, in order."""
    return list(
        session.scalars(select(BookLine).where(BookLine.certificate_id == certificate.id).order_by(BookLine.line))
    )


def open_request(session: Session, certificate: Certificate) -> EndingRequest | None:
    """Return what is asked about a certificate and waits for the second person."""
    return session.scalar(
        select(EndingRequest).where(EndingRequest.certificate_id == certificate.id, EndingRequest.decided_at.is_(None))
    )


def open_requests(session: Session, provinces: Collection[str]) -> list[tuple[EndingRequest, Certificate]]:
    """Return every end of a certificate asked for in these provinces that waits for the second person."""
    rows = session.execute(
        select(EndingRequest, Certificate)
        .join(Certificate, Certificate.id == EndingRequest.certificate_id)
        .where(Certificate.province_code.in_(provinces), EndingRequest.decided_at.is_(None))
        .order_by(EndingRequest.id)
    )
    return [(wanted, certificate) for wanted, certificate in rows]


def one_request(session: Session, provinces: Collection[str], request_id: int) -> tuple[EndingRequest, Certificate]:
    """Return an asked end and its certificate, of these provinces.

    Raises:
        NotFound: it is not.
    """
    row = session.execute(
        select(EndingRequest, Certificate)
        .join(Certificate, Certificate.id == EndingRequest.certificate_id)
        .where(EndingRequest.id == request_id, Certificate.province_code.in_(provinces))
    ).first()
    if row is None:
        raise NotFound(f"ending request {request_id}")
    return row[0], row[1]


def number_books(session: Session, provinces: Collection[str]) -> list[NumberBook]:
    """Return the books of these provinces that have a line, the newest year first."""
    return list(
        session.scalars(
            select(NumberBook)
            .where(NumberBook.id.in_(_books_of(provinces)), NumberBook.lines > 0)
            .order_by(NumberBook.year.desc(), NumberBook.issuer)
        )
    )


def one_book(session: Session, provinces: Collection[str], book_id: int) -> NumberBook:
    """Return a book of these provinces.

    Raises:
        NotFound: it is not.
    """
    book = session.scalar(select(NumberBook).where(NumberBook.id == book_id, NumberBook.id.in_(_books_of(provinces))))
    if book is None:
        raise NotFound(f"book {book_id}")
    return book


def has_second_officer(session: Session, by: Actor, province_code: str) -> bool:
    """Say whether anybody but this officer could give the second yes in a province."""
    return (
        session.scalar(
            select(AreaRole.id)
            .join(Account, Account.id == AreaRole.account_id)
            .where(
                AreaRole.role == "officer",
                AreaRole.area_code == province_code,
                AreaRole.ended_at.is_(None),
                Account.closed_at.is_(None),
                Account.id != by.account_id,
            )
            .limit(1)
        )
        is not None
    )


def _list_entry(
    listed: ApprovalList,
    entry: ApprovalEntry,
    certificate: Certificate | None,
    person: str | None,
    team: str | None,
    commune: Area | None,
) -> ListEntry:
    """Return an entry in the words of its paper, or, once it is taken off its list, as the rosters have it today."""
    where = commune.full_name if commune else ""
    today = {"team": team_title(team) if team else "", "commune": where[:1].upper() + where[1:]}
    facts = entry.facts or today
    name = facts.get("name") or person or today["team"] or "(đã xóa tên)"
    dropped = entry.settled_at is not None and certificate is None and listed.refused_at is None
    return ListEntry(entry.position, name, _unit(facts, name), dropped, certificate)


def _unit(facts: Mapping[str, Any], name: str = "") -> str:
    return ", ".join(part for part in (facts["team"], facts["commune"]) if part and part != name)


def _held_by(actor: Actor) -> ColumnElement[bool]:
    teams = and_(Certificate.kind == "team", Certificate.team_id.in_(actor.team_ids))
    return or_(Certificate.person_id == actor.person_id, teams)


def _books_of(provinces: Collection[str]) -> Any:
    lists = select(ApprovalList.book_id).where(
        ApprovalList.province_code.in_(provinces), ApprovalList.book_id.is_not(None)
    )
    return lists.union(select(Certificate.book_id).where(Certificate.province_code.in_(provinces)))
