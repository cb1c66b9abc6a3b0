"""What a file that is not the one issued says for itself: does it bear a signature, whose, and over what.

It comes from anybody, so it is read apart from this process and one at a time: whoever sends hostile files
holds up nobody. No name out of such a file is ever shown: it would be a stranger's words on our page.
"""

from datetime import datetime
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.certificates.models import BookLine, Certificate
from lms.errors import Misconfigured
from lms.signing.apart import NotReadable
from lms.signing.checking import SignatureReport, check_upload
from lms.signing.trust import Trust

_one_at_a_time = Lock()


def signature_found(session: Session, *, public_id: str, data: bytes, now: datetime) -> str:
    """Say what signature a file bears beside that of the certificate's own.

    "unreadable", "none", "broken" (it does not belong to these bytes), "added_to" (it does, and something it does
    not cover stands behind), "other" (not by those who signed the certificate), or "same_signer". Nothing is said
    while another file is being read, or where signatures cannot be checked.
    """
    if not _one_at_a_time.acquire(blocking=False):
        return ""
    try:
        signers = _signers_of(session, public_id)
        # Reading may take seconds, and no connection to the database waits for it.
        session.rollback()
        return _told_of(check_upload(data, Trust(), now=now), signers)
    except NotReadable:
        return "unreadable"
    except Misconfigured:
        return ""
    finally:
        _one_at_a_time.release()


def _signers_of(session: Session, public_id: str) -> list[str]:
    """Return the sha256 of the certificates that the book says a paper is signed with."""
    detail = session.scalar(
        select(BookLine.detail)
        .join(Certificate, Certificate.id == BookLine.certificate_id)
        .where(Certificate.public_id == public_id, BookLine.kind == "publish")
    )
    return list((detail or {}).get("signers") or [])


def _told_of(report: SignatureReport, signers: list[str]) -> str:
    if not report.signatures:
        return "none"
    if not all(one.is_intact for one in report.signatures):
        return "broken"
    if not report.is_whole_file or not all(one.is_last_word for one in report.signatures):
        return "added_to"
    return "same_signer" if [one.fingerprint for one in report.signatures] == signers else "other"
