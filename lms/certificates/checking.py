"""What a stranger with a paper in hand may learn: is it true, does the name on it match.

Everything that matters on the paper is told, so that an edited paper shows. The name is only ever
confirmed, never told (Luật 91/2025/QH15), and guessing is held to five tries an hour.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lms.certificates.endings import REVOKE_REASONS
from lms.certificates.models import Certificate, NameCheck
from lms.certificates.public_id import normalise
from lms.clock import vn_date
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.words import fold, mask_name, name_key, nfc

TRIES_AN_HOUR = 5
_HOUR = timedelta(hours=1)


class TooManyTries(Refused):
    """Names were tried too often on this certificate; the next hour opens it again."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            f"Mã này đã được thử tên {TRIES_AN_HOUR} lần trong một giờ nên tạm dừng.",
            remedy="Hãy thử lại sau một giờ. Các thông tin khác trên trang vẫn đúng.",
        )


@dataclass(frozen=True)
class PublicFacts:
    """What the check page tells about a certificate; `person` is the masked name."""

    state: str
    public_id: str
    number: str
    person: str = ""
    commune: str = ""
    province: str = ""
    course: str = ""
    class_name: str = ""
    first_day: date | None = None
    last_day: date | None = None
    hours: str = ""
    result: str = ""
    issuer: str = ""
    signer_title: str = ""
    decision: str = ""
    issued_on: date | None = None
    sha256: str = ""
    is_signed: bool = False
    revoked_on: date | None = None
    revoke_decision: str = ""
    revoke_reason: str = ""
    replaced_by: str = ""
    replaced_by_number: str = ""


def find_public(session: Session, typed: str) -> PublicFacts:
    """Return what may be told about the certificate with this id.

    A number crossed out or not yet published tells its state only: no such paper is about.

    Raises:
        NotFound: malformed or unknown; from outside both look the same.
    """
    certificate = session.scalar(select(Certificate).where(Certificate.public_id == _read_id(typed)))
    if certificate is None:
        raise NotFound("certificate")
    if certificate.state in ("void", "unpublished"):
        return PublicFacts(certificate.state, certificate.public_id, certificate.snapshot["number"])
    return _told(session, certificate)


def as_json(facts: PublicFacts) -> dict[str, Any]:
    """Return the public facts for a machine: days as ISO text, and no name at all, not even masked."""
    told = {key: value for key, value in asdict(facts).items() if key != "person"}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in told.items()}


def confirm_name(session: Session, *, public_id: str, typed: str, now: datetime) -> str:
    """Say whether a typed name is the one printed: "same", "without_marks" or "different".

    Case, spaces and the place of a tone mark do not count; diacritics do. Counted under the lock
    of the certificate, so that many tries at once are no way round.

    Raises:
        NotFound: no published certificate bears this id.
        TooManyTries: five tries were made within the last hour.
    """
    certificate_id = session.scalar(
        select(Certificate.id).where(Certificate.public_id == public_id, Certificate.published_at.is_not(None))
    )
    if certificate_id is None:
        raise NotFound("certificate")
    certificate = locked(session, Certificate, certificate_id)
    _count_try(session, certificate.id, now)
    printed = certificate.snapshot["name"]
    if name_key(nfc(typed)) == name_key(printed):
        return "same"
    return "without_marks" if fold(typed) == fold(printed) else "different"


def _count_try(session: Session, certificate_id: int, now: datetime) -> None:
    own = NameCheck.certificate_id == certificate_id
    session.execute(delete(NameCheck).where(own, NameCheck.at <= now - _HOUR))
    tries = session.scalar(select(func.count()).select_from(NameCheck).where(own)) or 0
    if tries >= TRIES_AN_HOUR:
        raise TooManyTries
    session.add(NameCheck(certificate_id=certificate_id, at=now))


def _read_id(typed: str) -> str:
    public_id = normalise(typed)
    if public_id is None:
        raise NotFound("certificate")
    return public_id


def _told(session: Session, certificate: Certificate) -> PublicFacts:
    printed = certificate.snapshot
    after = session.scalar(
        select(Certificate).where(Certificate.replaces_id == certificate.id).order_by(Certificate.id.desc()).limit(1)
    )
    return PublicFacts(
        state=certificate.state,
        public_id=certificate.public_id,
        number=printed["number"],
        person=mask_name(printed["name"]),
        commune=printed["commune"],
        province=printed["province"],
        course=printed["course"],
        class_name=printed["class_name"],
        first_day=date.fromisoformat(printed["first_day"]),
        last_day=date.fromisoformat(printed["last_day"]),
        hours=printed["hours"],
        result=printed["result"],
        issuer=printed["agency"],
        signer_title=", ".join(printed["authority"]),
        decision=printed["decision"],
        issued_on=date.fromisoformat(printed["issued_on"]),
        sha256=certificate.file_sha256 or "",
        is_signed=printed["is_signed"],
        revoked_on=vn_date(certificate.revoked_at) if certificate.revoked_at else None,
        revoke_decision=certificate.revoke_decision or "",
        revoke_reason=REVOKE_REASONS.get(certificate.revoke_category or "", ""),
        replaced_by=after.public_id if after else "",
        replaced_by_number=after.snapshot["number"] if after else "",
    )
