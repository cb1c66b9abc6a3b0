"""How a certificate comes to be: approved by decision, numbered, rendered, published.

No certificate exists without a decision (quyết định) that has a number and a day. Numbers are
given under the lock of the book; papers are made afterwards in the background from the snapshot
alone, so a fault there costs no number. How it ends is in `endings`.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.certificates.book import digest, enter, open_book
from lms.certificates.models import ApprovalList, Certificate, NumberBook
from lms.certificates.public_id import new_public_id
from lms.certificates.snapshots import Decision, Issuer, take_snapshot
from lms.clock import vn_date
from lms.db import announce, locked
from lms.errors import NotFound, Refused
from lms.files.rules import keep
from lms.journal.rules import notify, queue_job, record
from lms.people.models import Person
from lms.printing.letters import unprintable
from lms.signals import certificate_published
from lms.training.models import Seat, TrainingClass
from lms.words import nfc

RENDER = "certificates.render"


class ClassNotFinalised(Refused):
    """The class has no final results yet, so nobody can be certified."""

    def __init__(self) -> None:
        super().__init__(
            "Lớp này chưa chốt kết quả nên chưa cấp được giấy chứng nhận. Chưa có số nào được cấp.",
            remedy="Hãy chốt kết quả của lớp trước.",
        )


class NobodyChosen(Refused):
    """The list to approve is empty."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Chưa chọn người nào nên chưa cấp giấy chứng nhận.", remedy="Hãy đánh dấu ít nhất một người.")


class DecisionUnusable(Refused):
    """The decision has no number, or its day cannot be right."""

    status = 422


class NotCompleted(Refused):
    """Somebody on the list did not complete this class."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"Có {count} người trong danh sách chưa hoàn thành lớp này. Chưa cấp số nào.",
            remedy="Hãy tải lại trang và chọn lại.",
        )


class AlreadyCertified(Refused):
    """Somebody on the list holds a live certificate of this class."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Đã có giấy chứng nhận của lớp này: {', '.join(names)}. Không cấp thêm số nào.",
            remedy="Hãy tải lại trang; muốn sửa giấy đã cấp thì dùng “Cấp lại”.",
        )


class NameUnprintable(Refused):
    """A name has letters that no font of the house can print."""

    def __init__(self, name: str, letters: Sequence[str]) -> None:
        super().__init__(
            f"Tên “{name}” có ký tự không in được: {' '.join(letters)}. Chưa cấp số nào.",
            remedy="Hãy sửa tên trong danh sách tổ rồi làm lại.",
        )


def approve(
    session: Session,
    *,
    by: Actor,
    class_id: int,
    seat_ids: Sequence[int],
    decision: Decision,
    issuer: Issuer,
    now: datetime,
) -> ApprovalList:
    """Approve the people of a finalised class by decision, and number their certificates.

    One transaction: list, numbers, snapshots, and the order to make the papers. Nothing of it
    stays if anything is refused, and the numbers go to whoever comes next.

    Raises:
        NotFound: the class is not of the officer's province.
        ClassNotFinalised, NobodyChosen, DecisionUnusable, NotCompleted, AlreadyCertified,
        NameUnprintable: as they say.
    """
    held = _class_of_officer(session, by, class_id)
    if held.state != "finalised":
        raise ClassNotFinalised
    check_decision(decision, not_before=held.starts_on, now=now)
    seats = _completed_seats(session, held, seat_ids)
    _refuse_certified(session, seats)
    approved = write_list(session, by=by, held=held, decision=decision, now=now)
    number_seats(session, approved, seats, decision=decision, issuer=issuer, now=now)
    order_papers(session, approved, by=by, now=now)
    record(
        session, by=by, verb="approve", kind="approval_list", object_id=approved.id, area=held.province_code,
        detail={"decision": str(decision), "class": held.id, "people": len(seats)}, now=now,
    )  # fmt: skip
    return approved


def store_paper(session: Session, *, certificate_id: int, data: bytes, now: datetime) -> Certificate:
    """Keep the rendered bytes and publish the certificate; a second time changes nothing.

    From here the check page answers "hợp lệ", and the person is told.
    """
    certificate = locked(session, Certificate, certificate_id)
    if certificate.file_id is not None or certificate.voided_at is not None:
        return certificate
    name = f"giay-chung-nhan-{certificate.snapshot['number'].replace('/', '-')}.pdf"
    stored = keep(session, data, name=name, media_type="application/pdf", by=SYSTEM, now=now)
    certificate.file_id, certificate.file_sha256 = stored.id, stored.sha256
    certificate.published_at = now
    session.flush()
    notify(
        session, person_id=certificate.person_id, template="certificate_published",
        event=f"certificate:{certificate.id}", now=now, path="/chung-nhan/",
        text=f"Giấy chứng nhận “{certificate.snapshot['course']}” của anh/chị đã có. Mở trang Chứng nhận để tải về.",
    )  # fmt: skip
    announce(session, certificate_published, certificate_id=certificate.id)
    return certificate


def order_papers_again(session: Session, *, by: Actor, list_id: int, now: datetime) -> ApprovalList:
    """Ask once more for the papers of a list that are still missing.

    Raises:
        NotFound: not of the officer's province.
    """
    approved = locked(session, ApprovalList, list_id)
    check_province(by, approved.province_code, f"list {list_id}")
    order_papers(session, approved, by=by, now=now)
    return approved


def _class_of_officer(session: Session, by: Actor, class_id: int) -> TrainingClass:
    held = locked(session, TrainingClass, class_id)
    check_province(by, held.province_code, f"class {class_id}")
    return held


def check_province(by: Actor, province_code: str, what: str) -> None:
    if province_code not in by.provinces:
        raise NotFound(what)


def check_decision(decision: Decision, *, not_before: date, now: datetime) -> None:
    if not nfc(decision.number):
        raise DecisionUnusable("Chưa ghi số quyết định nên chưa thay đổi gì.", remedy="Hãy ghi số, ví dụ 45/QĐ-SKHCN.")
    if not not_before <= decision.day <= vn_date(now):
        raise DecisionUnusable(
            "Ngày quyết định không hợp lý: ở tương lai, hoặc trước khi có việc này. Chưa thay đổi gì.",
            remedy="Hãy xem lại ngày ghi trên quyết định.",
        )


def _completed_seats(session: Session, held: TrainingClass, seat_ids: Sequence[int]) -> list[Seat]:
    """Return the chosen seats in the order of the class's queue, which is the order of the numbers."""
    chosen = set(seat_ids)
    if not chosen:
        raise NobodyChosen
    seats = session.scalars(
        select(Seat).where(Seat.class_id == held.id, Seat.id.in_(chosen), Seat.state == "completed").order_by(Seat.seq)
    ).all()
    if len(seats) != len(chosen):
        raise NotCompleted(len(chosen) - len(seats))
    return list(seats)


def _refuse_certified(session: Session, seats: Sequence[Seat]) -> None:
    names = session.scalars(
        select(Person.full_name)
        .join(Certificate, Certificate.person_id == Person.id)
        .where(Certificate.seat_id.in_([seat.id for seat in seats]), Certificate.is_live)
    ).all()
    if names:
        raise AlreadyCertified(names)


def write_list(session: Session, *, by: Actor, held: TrainingClass, decision: Decision, now: datetime) -> ApprovalList:
    approved = ApprovalList(
        class_id=held.id,
        province_code=held.province_code,
        decision_number=nfc(decision.number)[:60],
        decision_date=decision.day,
        approved_at=now,
        approved_by_id=by.account_id or 0,
    )
    session.add(approved)
    session.flush()
    return approved


def number_seats(
    session: Session,
    approved: ApprovalList,
    seats: Sequence[Seat],
    *,
    decision: Decision,
    issuer: Issuer,
    now: datetime,
    replaces: Certificate | None = None,
) -> list[Certificate]:
    """Take the book's lock and write each person in as its next row."""
    book = open_book(session, f"{approved.province_code}.{issuer.code}", decision.day.year)
    return [
        _write_row(session, approved, book, seat, decision=decision, issuer=issuer, now=now, replaces=replaces)
        for seat in seats
    ]


def _write_row(
    session: Session,
    approved: ApprovalList,
    book: NumberBook,
    seat: Seat,
    *,
    decision: Decision,
    issuer: Issuer,
    now: datetime,
    replaces: Certificate | None,
) -> Certificate:
    public_id = new_public_id()
    snapshot = take_snapshot(
        session, seat, issuer=issuer, decision=decision, number=book.last + 1, year=book.year, public_id=public_id
    )
    if letters := unprintable(snapshot["name"]):
        raise NameUnprintable(snapshot["name"], letters)
    snapshot["replaces"] = replaces.snapshot["number"] if replaces else ""
    certificate = Certificate(
        list_id=approved.id,
        seat_id=seat.id,
        person_id=seat.person_id,
        public_id=public_id,
        snapshot=snapshot,
        snapshot_sha256=digest(snapshot),
        numbered_at=now,
        replaces_id=replaces.id if replaces else None,
    )
    enter(session, book, certificate)
    return certificate


def order_papers(session: Session, approved: ApprovalList, *, by: Actor, now: datetime) -> None:
    job = queue_job(session, kind=RENDER, payload={"list_id": approved.id}, by=by, now=now)
    approved.job_id = job.id
