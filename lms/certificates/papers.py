"""The bytes of a certificate's file: those its template shares with all others, then its own."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from flask import current_app
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.certificates.models import Certificate
from lms.errors import NotFound
from lms.files import store
from lms.files.models import StoredFile
from lms.journal.rules import record


def paper_parts(session: Session, certificate: Certificate) -> tuple[bytes, bytes]:
    """Return the file as it was issued, in two parts: the shared beginning (or nothing) and the rest.

    Raises:
        NotFound: the paper is not made yet, or its bytes are lost.
    """
    if certificate.file_id is None:
        raise NotFound(f"paper of certificate {certificate.id}")
    stem = b"" if certificate.stem_file_id is None else _stem(_data_dir(), _sha256(session, certificate.stem_file_id))
    return stem, store.read(_sha256(session, certificate.file_id))


def paper_bytes(session: Session, certificate: Certificate) -> bytes:
    """Return the very bytes that were issued.

    Raises:
        NotFound: as for the parts.
    """
    return b"".join(paper_parts(session, certificate))


def note_taken(session: Session, *, by: Actor, certificate: Certificate, form: str, now: datetime) -> None:
    """Write into the journal that somebody else than its holder took a paper, as "pdf" or "image"."""
    record(
        session, by=by, verb="take", kind="certificate", object_id=certificate.id, area=certificate.province_code,
        detail={"number": certificate.snapshot["number"], "form": form}, now=now,
    )  # fmt: skip


def paper_name(certificate: Certificate) -> str:
    """Return the name under which the file is handed out."""
    return f"giay-chung-nhan-{certificate.snapshot['number'].replace('/', '-')}.pdf"


def _sha256(session: Session, file_id: int) -> str:
    return session.get_one(StoredFile, file_id).sha256


def _data_dir() -> Path:
    return Path(current_app.config["LMS_DATA_DIR"])


@lru_cache(maxsize=16)
def _stem(_data_dir: Path, sha256: str) -> bytes:
    """Read a shared beginning once for many papers; two schools in one process have folders of their own."""
    return store.read(sha256)
