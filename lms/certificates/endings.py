"""How a certificate ends: revoked, replaced by a new one, or void before anybody saw it.

Each is final. The row, its number and its page stay: somebody with the paper in hand must always
get an answer, and a certificate that vanished could not be told from a forged one.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from lms.access import Actor
from lms.certificates.models import ApprovalList, Certificate
from lms.certificates.rules import check_decision, check_province, number_seats, order_papers, write_list
from lms.certificates.snapshots import Decision, Issuer
from lms.clock import vn_date
from lms.db import locked
from lms.errors import Refused
from lms.journal.rules import notify, record
from lms.training.models import Seat, TrainingClass
from lms.words import nfc

REVOKE_REASONS = {
    "wrong_facts": "Thông tin trên giấy không đúng",
    "not_earned": "Không đủ điều kiện được cấp",
    "fraud": "Gian lận trong học tập, điểm danh hoặc hồ sơ",
    "issued_twice": "Cấp trùng",
    "other": "Lý do khác theo quyết định",
}


class NotPublished(Refused):
    """The certificate is not public yet, so there is nothing to revoke or replace."""

    def __init__(self) -> None:
        super().__init__(
            "Giấy này chưa công bố nên chưa có gì để thu hồi hoặc thay thế.",
            remedy="Nếu giấy sai, hãy hủy số trước khi công bố.",
        )


class AlreadyPublished(Refused):
    """The certificate is public: it can be revoked or replaced, no longer made void."""

    def __init__(self) -> None:
        super().__init__(
            "Giấy này đã công bố nên không hủy số được nữa. Giấy vẫn như cũ.",
            remedy="Hãy thu hồi hoặc cấp lại theo quyết định.",
        )


class NoLongerLive(Refused):
    """The certificate is already revoked, replaced or void, and stays so."""

    def __init__(self) -> None:
        super().__init__(
            "Giấy này đã bị thu hồi, thay thế hoặc hủy số từ trước. Tình trạng đó không đổi được nữa.",
            remedy="Muốn cấp mới, hãy duyệt theo một quyết định mới.",
        )


class ReasonMissing(Refused):
    """A number is made void, or a certificate revoked, only with its reason."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Chưa ghi lý do nên chưa thay đổi gì.", remedy="Hãy chọn hoặc ghi lý do.")


def revoke(
    session: Session, *, by: Actor, certificate_id: int, decision: Decision, category: str, detail: str, now: datetime
) -> Certificate:
    """Revoke a published certificate by decision; its page answers "đã thu hồi" from now on.

    The category is public, the detail is for the department only.

    Raises:
        NotFound: not of the officer's province.
        NotPublished, NoLongerLive, DecisionUnusable, ReasonMissing: as they say.
    """
    certificate = _live_published(session, by, certificate_id)
    if category not in REVOKE_REASONS:
        raise ReasonMissing
    check_decision(decision, not_before=vn_date(certificate.numbered_at), now=now)
    certificate.revoked_at, certificate.revoked_by_id = now, by.account_id
    certificate.revoke_decision = str(decision)
    certificate.revoke_category, certificate.revoke_detail = category, nfc(detail)
    _record(session, by, "revoke", certificate, {"decision": str(decision), "category": category}, now)
    notify(
        session, person_id=certificate.person_id, template="certificate_revoked",
        event=f"certificate:{certificate.id}", now=now, path="/chung-nhan/",
        text=f"Giấy chứng nhận số {certificate.snapshot['number']} đã thu hồi theo Quyết định số {decision}.",
    )  # fmt: skip
    return certificate


def reissue(
    session: Session, *, by: Actor, certificate_id: int, decision: Decision, issuer: Issuer, now: datetime
) -> Certificate:
    """Replace a certificate by a new one with its own number and today's facts of the person.

    The old page says that it was replaced and leads to the new one.

    Raises:
        NotFound: not of the officer's province.
        NotPublished, NoLongerLive, DecisionUnusable, NameUnprintable: as they say.
    """
    old = _live_published(session, by, certificate_id)
    check_decision(decision, not_before=vn_date(old.numbered_at), now=now)
    old.superseded_at = now
    # The old one must be out before the new one comes in: one live certificate to a seat.
    session.flush()
    seat = session.get_one(Seat, old.seat_id)
    held = session.get_one(TrainingClass, seat.class_id)
    approved = write_list(session, by=by, held=held, decision=decision, now=now)
    (new,) = number_seats(session, approved, [seat], decision=decision, issuer=issuer, now=now, replaces=old)
    order_papers(session, approved, by=by, now=now)
    _record(session, by, "reissue", old, {"decision": str(decision), "by_number": new.snapshot["number"]}, now)
    return new


def make_void(session: Session, *, by: Actor, certificate_id: int, reason: str, now: datetime) -> Certificate:
    """Cross out a number before it was published; it stays in the book and is never given again.

    Raises:
        NotFound: not of the officer's province.
        AlreadyPublished, NoLongerLive, ReasonMissing: as they say.
    """
    certificate = _certificate_of_officer(session, by, certificate_id)
    if certificate.published_at is not None:
        raise AlreadyPublished
    if certificate.voided_at is not None:
        raise NoLongerLive
    if not nfc(reason):
        raise ReasonMissing
    certificate.voided_at, certificate.void_reason = now, nfc(reason)[:300]
    _record(session, by, "void", certificate, {"reason": certificate.void_reason}, now)
    return certificate


def _certificate_of_officer(session: Session, by: Actor, certificate_id: int) -> Certificate:
    certificate = locked(session, Certificate, certificate_id)
    approved = session.get_one(ApprovalList, certificate.list_id)
    check_province(by, approved.province_code, f"certificate {certificate_id}")
    return certificate


def _live_published(session: Session, by: Actor, certificate_id: int) -> Certificate:
    certificate = _certificate_of_officer(session, by, certificate_id)
    if certificate.revoked_at or certificate.superseded_at or certificate.voided_at:
        raise NoLongerLive
    if certificate.published_at is None:
        raise NotPublished
    return certificate


def _record(
    session: Session, by: Actor, verb: str, certificate: Certificate, detail: dict[str, object], now: datetime
) -> None:
    approved = session.get_one(ApprovalList, certificate.list_id)
    record(
        session, by=by, verb=verb, kind="certificate", object_id=certificate.id, area=approved.province_code,
        detail={"number": certificate.snapshot["number"], **detail}, now=now,
    )  # fmt: skip
