"""How a certificate ends: revoked by a decision, or its number void before anybody saw it.

One officer asks, another accepts, and what is asked for is judged afresh then. Each end is final. The row,
its number and its page stay: somebody with the paper in hand must always get an answer, and a certificate
that vanished could not be told from a forged one. How one is replaced stands in `proposals`.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.certificates.book import lock_book, write_line
from lms.certificates.conditions import allow, check_decision, check_live, check_province
from lms.certificates.issuers import Decision
from lms.certificates.models import BookLine, Certificate, EndingRequest
from lms.certificates.proposals import LISTS_PATH
from lms.certificates.refusals import (
    AlreadyAsked,
    AlreadyDecided,
    AlreadyPublished,
    NoLongerLive,
    NotTheAsker,
    ReasonMissing,
    SamePerson,
)
from lms.certificates.tidings import tell_of_revocation
from lms.clock import vn_date
from lms.db import announce, locked, row_exists
from lms.errors import NotFound, Refused
from lms.journal.rules import notify, record
from lms.people.models import Account
from lms.signals import certificate_revoked
from lms.training.notices import tell_officers
from lms.words import nfc

REVOKE_REASONS = {
    "wrong_facts": "Thông tin trên giấy không đúng",
    "not_earned": "Không đủ điều kiện được cấp",
    "fraud": "Gian lận trong học tập, điểm danh hoặc hồ sơ",
    "issued_twice": "Cấp trùng",
    "other": "Lý do khác theo quyết định",
}
_ASKED = {"revoke": "thu hồi giấy", "void": "hủy số"}


def ask_revoke(
    session: Session, *, by: Actor, certificate_id: int, decision: Decision, category: str, detail: str, now: datetime
) -> EndingRequest:
    """Ask another officer to revoke a published certificate by a decision.

    The category is public, the detail is for the department only.

    Raises:
        NotFound: not of the officer's province.
        NotPublished, NoLongerLive, DecisionUnusable, ReasonMissing, AlreadyAsked: as they say.
    """
    certificate = _own_certificate(session, by, certificate_id)
    check_live(certificate)
    if category not in REVOKE_REASONS:
        raise ReasonMissing
    check_decision(decision, not_before=vn_date(certificate.numbered_at), now=now)
    wanted = EndingRequest(
        kind="revoke", decision_number=nfc(decision.number)[:60], decision_date=decision.day, category=category,
        reason=nfc(detail),
    )  # fmt: skip
    return _ask(session, by, certificate, wanted, REVOKE_REASONS[category], now)


def ask_void(session: Session, *, by: Actor, certificate_id: int, reason: str, now: datetime) -> EndingRequest:
    """Ask another officer to cross out a number before it is published.

    Raises:
        NotFound: not of the officer's province.
        AlreadyPublished, NoLongerLive, ReasonMissing, AlreadyAsked: as they say.
    """
    certificate = _own_certificate(session, by, certificate_id)
    _check_unseen(certificate)
    if not nfc(reason):
        raise ReasonMissing
    return _ask(session, by, certificate, EndingRequest(kind="void", reason=nfc(reason)[:300]), nfc(reason), now)


def accept_ending(session: Session, *, by: Actor, request_id: int, now: datetime) -> Certificate:
    """Say yes as the second person: the certificate is revoked, or its number void, from now on.

    Raises:
        NotFound: not of the officer's province.
        SamePerson: the asker.
        AlreadyDecided, NotPublished, NoLongerLive, AlreadyPublished: as they say.
    """
    certificate, wanted = _enter(session, by, request_id)
    allow(why_not_accept(wanted, by))
    if wanted.kind == "revoke":
        _revoke(session, by, certificate, wanted, now)
    else:
        _make_void(session, by, certificate, wanted, now)
    _settle(session, by, certificate, wanted, "accepted", "", now)
    return certificate


def refuse_ending(session: Session, *, by: Actor, request_id: int, answer: str, now: datetime) -> EndingRequest:
    """Say no as the second person, with the reason; the certificate stays as it is.

    Raises:
        NotFound, SamePerson, AlreadyDecided: as for saying yes.
        ReasonMissing: no reason is given.
    """
    certificate, wanted = _enter(session, by, request_id)
    allow(why_not_accept(wanted, by))
    if not nfc(answer):
        raise ReasonMissing
    _settle(session, by, certificate, wanted, "refused", nfc(answer)[:300], now)
    return wanted


def take_back_ending(session: Session, *, by: Actor, request_id: int, now: datetime) -> EndingRequest:
    """Take back what one has asked for oneself.

    Raises:
        NotFound, AlreadyDecided: as for saying yes.
        NotTheAsker: somebody else asked.
    """
    certificate, wanted = _enter(session, by, request_id)
    allow(why_not_take_back_ending(wanted, by))
    _settle(session, by, certificate, wanted, "taken_back", "", now)
    return wanted


def note_copy(session: Session, *, by: Actor, certificate_id: int, reason: str, now: datetime) -> int:
    """Note in the book that a copy (bản sao) was given out and why; return which one it is. Its bytes are the same.

    Raises:
        NotFound: not of the officer's province.
        NotPublished, NoLongerLive, ReasonMissing: as they say.
    """
    certificate = _own_certificate(session, by, certificate_id)
    check_live(certificate)
    if not nfc(reason):
        raise ReasonMissing
    book = lock_book(session, certificate.book_id)
    given = session.scalars(
        select(func.count()).where(BookLine.certificate_id == certificate.id, BookLine.kind == "copy")
    ).one()
    detail = {"copy": given + 1, "reason": nfc(reason)[:300]}
    write_line(session, book, certificate, "copy", by=by, detail=detail, now=now)
    _record(session, by, "copy", certificate, detail, now)
    return given + 1


def why_not_accept(wanted: EndingRequest, by: Actor) -> Refused | None:
    """Say why this officer cannot say yes or no, or None."""
    if wanted.outcome is not None:
        return AlreadyDecided(wanted.outcome)
    return SamePerson() if wanted.asked_by_id == by.account_id else None


def why_not_take_back_ending(wanted: EndingRequest, by: Actor) -> Refused | None:
    """Say why this officer cannot take it back, or None."""
    if wanted.outcome is not None:
        return AlreadyDecided(wanted.outcome)
    return None if wanted.asked_by_id == by.account_id else NotTheAsker()


def _own_certificate(session: Session, by: Actor, certificate_id: int) -> Certificate:
    """Lock a certificate of the officer's province, after its book as everybody does."""
    place = session.execute(
        select(Certificate.province_code, Certificate.book_id).where(Certificate.id == certificate_id)
    ).first()
    if place is None:
        raise NotFound(f"certificate {certificate_id}")
    check_province(by, place.province_code, f"certificate {certificate_id}")
    lock_book(session, place.book_id)
    return locked(session, Certificate, certificate_id)


def _enter(session: Session, by: Actor, request_id: int) -> tuple[Certificate, EndingRequest]:
    certificate_id = session.scalar(select(EndingRequest.certificate_id).where(EndingRequest.id == request_id))
    if certificate_id is None:
        raise NotFound(f"ending request {request_id}")
    return _own_certificate(session, by, certificate_id), locked(session, EndingRequest, request_id)


def _check_unseen(certificate: Certificate) -> None:
    if certificate.published_at is not None:
        raise AlreadyPublished
    if certificate.voided_at is not None:
        raise NoLongerLive


def _ask(
    session: Session, by: Actor, certificate: Certificate, wanted: EndingRequest, why: str, now: datetime
) -> EndingRequest:
    open_one = (EndingRequest.certificate_id == certificate.id, EndingRequest.decided_at.is_(None))
    if row_exists(session, EndingRequest, *open_one):
        raise AlreadyAsked
    wanted.certificate_id, wanted.asked_at, wanted.asked_by_id = certificate.id, now, by.account_id or 0
    session.add(wanted)
    session.flush()
    _record(session, by, f"ask_{wanted.kind}", certificate, {"request": wanted.id, "reason": why}, now)
    number = certificate.snapshot["number"]
    text = f"{by.name} đề nghị {_ASKED[wanted.kind]} {number}. Lý do: {why}. Cần người thứ hai duyệt."
    tell_officers(session, certificate.province_code, template="ending-asked", event=f"ending-{wanted.id}-asked",
                  text=text, but=by.person_id, now=now, path=LISTS_PATH)  # fmt: skip
    return wanted


def _revoke(session: Session, by: Actor, certificate: Certificate, wanted: EndingRequest, now: datetime) -> None:
    check_live(certificate)
    assert wanted.decision_date is not None
    decision = str(Decision(wanted.decision_number, wanted.decision_date))
    certificate.revoked_at, certificate.revoked_by_id = now, by.account_id
    certificate.revoke_decision, certificate.revoke_category = decision, wanted.category
    certificate.revoke_detail = wanted.reason
    _write(session, by, certificate, "revoke", {"decision": decision, "category": wanted.category}, now)
    tell_of_revocation(session, certificate, now=now)
    announce(session, certificate_revoked, certificate_id=certificate.id)


def _make_void(session: Session, by: Actor, certificate: Certificate, wanted: EndingRequest, now: datetime) -> None:
    _check_unseen(certificate)
    certificate.voided_at, certificate.void_reason = now, wanted.reason
    _write(session, by, certificate, "void", {"reason": wanted.reason}, now)


def _write(
    session: Session, by: Actor, certificate: Certificate, kind: str, detail: dict[str, object], now: datetime
) -> None:
    book = lock_book(session, certificate.book_id)
    write_line(session, book, certificate, kind, by=by, detail=detail, now=now)
    _record(session, by, kind, certificate, detail, now)


def _settle(
    session: Session, by: Actor, certificate: Certificate, wanted: EndingRequest, outcome: str, answer: str,
    now: datetime,
) -> None:  # fmt: skip
    wanted.decided_at, wanted.decided_by_id = now, by.account_id
    wanted.outcome, wanted.answer = outcome, answer
    session.flush()
    if outcome == "accepted" or wanted.asked_by_id == by.account_id:
        words = "đã được duyệt"
    else:
        words = f"không được duyệt. Lý do: {answer}"
    if outcome != "accepted":
        _record(session, by, f"{outcome}_{wanted.kind}", certificate, {"request": wanted.id, "answer": answer}, now)
    asker = session.get(Account, wanted.asked_by_id)
    if asker is not None and wanted.asked_by_id != by.account_id:
        text = f"Đề nghị {_ASKED[wanted.kind]} {certificate.snapshot['number']} {words}."
        notify(session, person_id=asker.person_id, template="ending-decided", event=f"ending-{wanted.id}-decided",
               text=text, now=now, path=LISTS_PATH)  # fmt: skip


def _record(
    session: Session, by: Actor, verb: str, certificate: Certificate, detail: dict[str, object], now: datetime
) -> None:
    record(
        session, by=by, verb=verb, kind="certificate", object_id=certificate.id, area=certificate.province_code,
        detail={"number": certificate.snapshot["number"], **detail}, now=now,
    )  # fmt: skip
