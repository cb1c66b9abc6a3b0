"""Prove the papers: the stored bytes are those that were issued, and the same facts make them again."""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lms.certificates.models import BookLine, Certificate, CertificateTemplate
from lms.certificates.papers import paper_bytes
from lms.certificates.proofs import frozen_of
from lms.certificates.signatures import SignatureCheck
from lms.certificates.sources import facts_of
from lms.certificates.templates import press_template
from lms.errors import NotFound
from lms.press import Frozen, Template, press

Step = Callable[[int], None]
"""Is told now and then how many papers were looked at."""

_CHUNK = 200
log = logging.getLogger("lms.jobs")


def audit_papers(
    session: Session, *, pressed_again: int | None, check_signature: SignatureCheck | None, step: Step
) -> Iterator[str]:
    """Yield every fault of every paper; `pressed_again` of each template are made once more, None is all."""
    again = _Press(session, at_most=pressed_again)
    for certificate, published in _made(session, step):
        place, found = f"Giấy số {certificate.snapshot.get('number', certificate.number)}", list[str]()
        try:
            for fault in _faults_of(session, certificate, published, again, check_signature):
                found.append(fault)
        except SQLAlchemyError:
            raise
        except Exception:
            # One paper that is damaged in a way nobody thought of must not hide what is wrong with the others.
            log.exception("the paper of certificate %s could not be audited", certificate.id)
            found.append("không soát được vì dữ liệu của giấy này bị hỏng.")
        yield from (f"{place}: {fault}" for fault in found if fault)


def _faults_of(
    session: Session,
    certificate: Certificate,
    published: BookLine | None,
    again: "_Press",
    check_signature: SignatureCheck | None,
) -> Iterator[str]:
    try:
        data = paper_bytes(session, certificate)
    except NotFound:
        yield "mất tệp đã cấp."
        return
    yield from _audit_bytes(certificate, data)
    if check_signature is not None and (certificate.signed_at is not None or _names_signers(published)):
        yield check_signature(data, published)
    yield again.fault_of(certificate)


def _made(session: Session, step: Step) -> Iterator[tuple[Certificate, BookLine | None]]:
    """Yield every certificate with a paper and the line of its publication, the newest first, never all at once."""
    below = None
    for chunk_number in count():
        # Between two chunks, since a step ends the transaction in which they were read.
        step(chunk_number * _CHUNK)
        query = select(Certificate).where(Certificate.rendered_at.is_not(None))
        if below is not None:
            query = query.where(Certificate.id < below)
        chunk = session.scalars(query.order_by(Certificate.id.desc()).limit(_CHUNK)).all()
        if not chunk:
            return
        below = chunk[-1].id
        published = _publications(session, chunk)
        yield from ((certificate, published.get(certificate.id)) for certificate in chunk)


def _publications(session: Session, chunk: Sequence[Certificate]) -> dict[int, BookLine]:
    """Return what the book says of the publication of each; that it is one line the walk along the chain proves."""
    ids = [certificate.id for certificate in chunk]
    lines = session.scalars(select(BookLine).where(BookLine.certificate_id.in_(ids), BookLine.kind == "publish"))
    return {line.certificate_id: line for line in lines}


def _names_signers(published: BookLine | None) -> bool:
    return published is not None and bool(published.detail.get("signers"))


def _audit_bytes(certificate: Certificate, data: bytes) -> Iterator[str]:
    if hashlib.sha256(data).hexdigest() != certificate.file_sha256:
        yield "tệp đã cấp bị thay đổi."
    # Papers from before the press were kept whole, and their base is the file itself.
    base = data if certificate.base_size is None else data[: certificate.base_size]
    if hashlib.sha256(base).hexdigest() != certificate.base_sha256:
        yield "phần giấy trước chữ ký bị thay đổi."
    if certificate.signed_at is None and len(base) != len(data):
        yield "có dữ liệu thêm vào sau tệp chưa ký."


class _Press:
    """Makes papers once more, each the way it was made first; what a template needs is read once.

    With another engine or other fonts than those of the day of issue the same bytes cannot come out: only a deep
    audit says so. The bytes that were issued are stored, and their hash stands in the book.
    """

    def __init__(self, session: Session, *, at_most: int | None) -> None:
        self._session, self._at_most = session, at_most
        self._ready: dict[int, _Ready] = {}
        self._made = Counter[int]()

    def fault_of(self, certificate: Certificate) -> str:
        """Return what is wrong with a paper made again, or nothing; after so many of a template, always nothing."""
        template_id = certificate.template_id
        if template_id is None or (self._at_most is not None and self._made[template_id] >= self._at_most):
            return ""
        self._made[template_id] += 1
        ready = self._ready.get(template_id) or self._prepare(template_id)
        if self._at_most is not None and not ready.has_made(certificate):
            return ""
        if certificate.way == "compiled" and not ready.has_made(certificate):
            return "mẫu đã chế bản không còn dùng được trên máy này nên chưa làm lại để so được."
        again = press(ready.template, facts_of(certificate), ready.frozen if certificate.way == "compiled" else None)
        return "" if again.sha256 == certificate.base_sha256 else "làm lại từ đúng các dữ liệu đó không ra tệp đã cấp."

    def _prepare(self, template_id: int) -> "_Ready":
        row = self._session.get_one(CertificateTemplate, template_id)
        template, frozen = press_template(self._session, row), frozen_of(self._session, row)
        self._ready[template_id] = _Ready(template, frozen, row.proved_at)
        return self._ready[template_id]


@dataclass(frozen=True)
class _Ready:
    """What the papers of a template are made again with; it was proved with the press of this machine."""

    template: Template
    frozen: Frozen | None
    proved_at: datetime | None

    def has_made(self, certificate: Certificate) -> bool:
        """Say whether the paper comes from this very press, and so must come out the same again."""
        if self.frozen is None or self.proved_at is None or certificate.rendered_at is None:
            return False
        return self.proved_at <= certificate.rendered_at
