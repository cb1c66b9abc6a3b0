"""Links by which a holder shows a certificate with the whole name: they end by themselves, or when withdrawn.

Only the hash of a link's token is kept, so not even whoever reads the database can open one.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.certificates.models import Certificate, ShareLink
from lms.certificates.public_id import normalise
from lms.certificates.sources import told_of
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.journal.rules import record

DAYS = (7, 30, 90)
USUAL_DAYS = 30
MOST_LINKS = 10


class DaysUnusable(Refused):
    """A link lives a day at least and ninety at most."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            f"Liên kết dùng được từ 1 đến {DAYS[-1]} ngày. Chưa tạo liên kết nào.", remedy="Hãy chọn lại thời hạn."
        )


class TooManyLinks(Refused):
    """So many links are open that the holder can hardly know any more who has them."""

    def __init__(self) -> None:
        super().__init__(
            f"Giấy này đang có {MOST_LINKS} liên kết còn dùng được nên chưa tạo thêm.",
            remedy="Hãy thu lại liên kết không cần nữa rồi tạo mới.",
        )


class NothingToShare(Refused):
    """Only a certificate that is valid is worth showing."""

    def __init__(self) -> None:
        super().__init__(
            "Giấy này không còn hiệu lực nên không tạo liên kết được.",
            remedy="Người xem vẫn kiểm tra được tình trạng giấy bằng mã in trên giấy.",
        )


def token_for(secret: str, press: str) -> str:
    """Return the token that belongs to one press of the button: 192 bits, known to nobody without the secret.

    A second press of the same form gives the same token, and so the same link once more.
    """
    digest = hmac.digest(secret.encode(), f"share-link:{press}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:24]).decode()


def own_certificate(session: Session, *, by: Actor, public_id: str) -> Certificate:
    """Return a published certificate of this person.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    certificate = session.scalar(
        select(Certificate).where(
            Certificate.public_id == (normalise(public_id) or ""),
            Certificate.person_id == by.person_id,
            Certificate.published_at.is_not(None),
        )
    )
    if certificate is None:
        raise NotFound("certificate")
    return certificate


def make_link(session: Session, *, by: Actor, public_id: str, token: str, days: int, now: datetime) -> ShareLink:
    """Let whoever has the token see the name for so many days; pressed twice, it is one link.

    Raises:
        NotFound: not the person's own certificate.
        NothingToShare, DaysUnusable, TooManyLinks: as they say.
    """
    certificate = locked(session, Certificate, own_certificate(session, by=by, public_id=public_id).id)
    known = session.scalar(select(ShareLink).where(ShareLink.token_sha256 == _sha256(token)))
    if known is not None:
        return known
    if certificate.state != "valid":
        raise NothingToShare
    if not 1 <= days <= DAYS[-1]:
        raise DaysUnusable
    if len(open_links(session, certificate, now=now)) >= MOST_LINKS:
        raise TooManyLinks
    link = ShareLink(
        certificate_id=certificate.id, token_sha256=_sha256(token), made_at=now, expires_at=now + timedelta(days=days)
    )
    session.add(link)
    session.flush()
    _record(session, by, "share", certificate, now)
    return link


def withdraw_link(session: Session, *, by: Actor, public_id: str, link_id: int, now: datetime) -> None:
    """Close a link; whoever opens it from now on sees the page everybody sees.

    Raises:
        NotFound: not a link of the person's own certificate.
    """
    certificate = locked(session, Certificate, own_certificate(session, by=by, public_id=public_id).id)
    link = session.scalar(select(ShareLink).where(ShareLink.id == link_id, ShareLink.certificate_id == certificate.id))
    if link is None:
        raise NotFound(f"link {link_id}")
    if link.withdrawn_at is None:
        link.withdrawn_at = now
        _record(session, by, "withdraw_share", certificate, now)


def open_links(session: Session, certificate: Certificate, *, now: datetime) -> list[ShareLink]:
    """Return the links of a certificate that can be opened at this moment, the newest first."""
    return list(
        session.scalars(
            select(ShareLink)
            .where(
                ShareLink.certificate_id == certificate.id,
                ShareLink.withdrawn_at.is_(None),
                ShareLink.expires_at > now,
            )
            .order_by(ShareLink.id.desc())
        )
    )


def shared_name(session: Session, certificate: Certificate, *, token: str, now: datetime) -> str | None:
    """Return the whole name to whoever has a link that is open; None says nothing of why it is not.

    A link is its holder's yes. When the person's data is erased there is nobody left to say it.
    """
    if certificate.person_id is None:
        return None
    is_open = session.scalar(
        select(func.count()).where(
            ShareLink.token_sha256 == _sha256(token),
            ShareLink.certificate_id == certificate.id,
            ShareLink.withdrawn_at.is_(None),
            ShareLink.expires_at > now,
        )
    )
    return told_of(certificate).name if is_open else None


def _record(session: Session, by: Actor, verb: str, certificate: Certificate, now: datetime) -> None:
    record(
        session, by=by, verb=verb, kind="certificate", object_id=certificate.id, area=certificate.province_code, now=now
    )


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
