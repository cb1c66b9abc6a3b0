"""What a stranger with a paper in hand may learn: is it true, does the name on it match, is the file the one issued.

Everything that matters on the paper is told, so that an edited paper shows. The name is only ever
confirmed, never told (Luật 91/2025/QH15), and guessing is held to five tries an hour.
"""

import hashlib
import math
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lms.certificates.endings import REVOKE_REASONS
from lms.certificates.models import Certificate, NameCheck
from lms.certificates.public_id import normalise
from lms.certificates.sources import told_of
from lms.clock import vn_date
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.files.models import StoredFile
from lms.words import fold, mask_name, name_key, nfc

TRIES_AN_HOUR = 5
_HOUR = timedelta(hours=1)


class TooManyTries(Refused):
    """Names were tried five times on this certificate within the hour, by whomever; `wait` seconds open it again."""

    status = 429

    def __init__(self, wait: int) -> None:
        super().__init__(
            f"Giấy này đã được thử tên {TRIES_AN_HOUR} lần trong một giờ nên tạm dừng.",
            remedy=f"Hãy thử lại sau {math.ceil(wait / 60)} phút. Các thông tin khác trên trang vẫn đúng.",
        )
        self.wait = wait


@dataclass(frozen=True)
class PublicFacts:
    """What the check page tells about a certificate; `person` is the masked name, or a team's whole name.

    `size` and `sha256` are of the file that was issued, `base_sha256` of the same file before its signature.
    """

    state: str
    public_id: str
    number: str
    kind: str = ""
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
    size: int = 0
    base_sha256: str = ""
    signed_by: str = ""
    signed_on: date | None = None
    revoked_on: date | None = None
    revoke_decision: str = ""
    revoke_reason: str = ""
    replaced_on: date | None = None
    replaced_by: str = ""
    replaced_by_number: str = ""

    @property
    def is_public(self) -> bool:
        """Somebody may hold such a paper; a number crossed out or not yet published is on none."""
        return self.state in ("valid", "revoked", "superseded")


def certificate_by_code(session: Session, typed: str) -> Certificate:
    """Return the certificate with this code; what is no code at all is told without asking the database.

    Raises:
        NotFound: malformed or unknown; from outside both look the same.
    """
    public_id = normalise(typed)
    if public_id is None:
        raise NotFound("certificate")
    certificate = session.scalar(select(Certificate).where(Certificate.public_id == public_id))
    if certificate is None:
        raise NotFound("certificate")
    return certificate


def find_public(session: Session, typed: str) -> PublicFacts:
    """Return what may be told about the certificate with this code.

    A number crossed out or not yet published tells its state only: no such paper is about.

    Raises:
        NotFound: malformed or unknown; from outside both look the same.
    """
    return tell(session, certificate_by_code(session, typed))


def tell(session: Session, certificate: Certificate) -> PublicFacts:
    """Return what may be told about a certificate."""
    if certificate.state in ("void", "unpublished"):
        return PublicFacts(certificate.state, certificate.public_id, certificate.snapshot["number"])
    told = told_of(certificate)
    after = _replacement(session, certificate)
    return PublicFacts(
        state=certificate.state,
        public_id=certificate.public_id,
        number=told.number,
        kind=told.kind,
        person=told.name if told.kind == "team" else mask_name(told.name),
        commune=told.commune,
        province=told.province,
        course=told.course,
        class_name=told.class_name,
        first_day=told.first_day,
        last_day=told.last_day,
        hours=told.hours,
        result=told.result,
        issuer=_in_full(told.issuer, told.province),
        signer_title=told.signer_title,
        decision=told.decision,
        issued_on=told.issued_on,
        sha256=certificate.file_sha256 or "",
        size=_file_size(session, certificate),
        base_sha256=certificate.base_sha256 or "",
        signed_by=certificate.signed_by,
        signed_on=vn_date(certificate.signed_at) if certificate.signed_at else None,
        revoked_on=vn_date(certificate.revoked_at) if certificate.revoked_at else None,
        revoke_decision=certificate.revoke_decision or "",
        revoke_reason=REVOKE_REASONS.get(certificate.revoke_category or "", ""),
        replaced_on=vn_date(certificate.superseded_at) if certificate.superseded_at else None,
        replaced_by=after.public_id if after else "",
        replaced_by_number=after.snapshot["number"] if after else "",
    )


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
    printed = told_of(certificate).name
    if name_key(nfc(typed)) == name_key(printed):
        return "same"
    return "without_marks" if fold(typed) == fold(printed) else "different"


def compare_file(facts: PublicFacts, data: bytes) -> str:
    """Say what a file is beside the one issued: "same", "added_to", "unsigned" or "different".

    "added_to" begins with the issued file to its last byte and goes on: the way in which a signed paper is
    changed without breaking its signature. "unsigned" is the issued file as it was before it was signed.
    """
    digest = hashlib.sha256(data).hexdigest()
    if digest == facts.sha256:
        return "same"
    if len(data) > facts.size > 0 and hashlib.sha256(data[: facts.size]).hexdigest() == facts.sha256:
        return "added_to"
    return "unsigned" if digest == facts.base_sha256 else "different"


def _count_try(session: Session, certificate_id: int, now: datetime) -> None:
    own = NameCheck.certificate_id == certificate_id
    session.execute(delete(NameCheck).where(own, NameCheck.at <= now - _HOUR))
    tries, first = session.execute(select(func.count(NameCheck.id), func.min(NameCheck.at)).where(own)).one()
    if tries >= TRIES_AN_HOUR:
        raise TooManyTries(math.ceil((first + _HOUR - now).total_seconds()))
    session.add(NameCheck(certificate_id=certificate_id, at=now))


def _replacement(session: Session, certificate: Certificate) -> Certificate | None:
    """Return what took a certificate's place; a number crossed out never did."""
    took_its_place = (Certificate.replaces_id == certificate.id, Certificate.voided_at.is_(None))
    return session.scalar(select(Certificate).where(*took_its_place))


def _file_size(session: Session, certificate: Certificate) -> int:
    parts = [part for part in (certificate.stem_file_id, certificate.file_id) if part is not None]
    return session.scalar(select(func.sum(StoredFile.size)).where(StoredFile.id.in_(parts))) or 0


def _in_full(agency: str, province: str) -> str:
    """Return the issuer as somebody from elsewhere must read it: each province has a department of this name."""
    return agency if fold(province) in fold(agency) else f"{agency} {province}"
