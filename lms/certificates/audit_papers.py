"""Prove the papers: the stored bytes are those that were issued, and the same facts make them again."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.certificates.models import Certificate, CertificateTemplate
from lms.certificates.papers import paper_bytes
from lms.certificates.pressing import frozen_of
from lms.certificates.sources import facts_of
from lms.certificates.templates import press_template
from lms.errors import NotFound
from lms.press import Frozen, Template, press

SignatureCheck = Callable[[Certificate, bytes], str]
"""Judges a signed paper by its bytes; returns what is wrong with the signature, or nothing."""

_CHUNK = 200


def audit_papers(
    session: Session, *, pressed_again: int | None, check_signature: SignatureCheck | None
) -> Iterator[str]:
    """Yield every fault of every paper; `pressed_again` of each template are made once more, None is all."""
    again, made_again = _Press(session, is_deep=pressed_again is None), Counter[int]()
    for certificate in _made(session):
        place = f"Giấy số {certificate.snapshot.get('number', certificate.number)}"
        try:
            data = paper_bytes(session, certificate)
        except NotFound:
            yield f"{place}: mất tệp đã cấp."
            continue
        faults = list(_audit_bytes(certificate, data))
        if certificate.signed_at is not None and check_signature is not None:
            faults.append(check_signature(certificate, data))
        template_id = certificate.template_id
        if template_id is not None and (pressed_again is None or made_again[template_id] < pressed_again):
            made_again[template_id] += 1
            faults.append(again.fault_of(certificate, template_id))
        yield from (f"{place}: {fault}" for fault in faults if fault)


def _made(session: Session) -> Iterator[Certificate]:
    """Yield every certificate with a paper, the newest first, without ever holding all of them."""
    below = None
    while True:
        query = select(Certificate).where(Certificate.rendered_at.is_not(None))
        if below is not None:
            query = query.where(Certificate.id < below)
        chunk = session.scalars(query.order_by(Certificate.id.desc()).limit(_CHUNK)).all()
        if not chunk:
            return
        below = chunk[-1].id
        yield from chunk


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

    def __init__(self, session: Session, *, is_deep: bool) -> None:
        self._session, self._is_deep = session, is_deep
        self._ready: dict[int, tuple[Template, Frozen | None]] = {}

    def fault_of(self, certificate: Certificate, template_id: int) -> str:
        """Return what is wrong with a paper made again, or nothing."""
        template, frozen = self._ready.get(template_id) or self._prepare(template_id)
        if frozen is None and not self._is_deep:
            return ""
        if certificate.way == "compiled" and frozen is None:
            return "mẫu đã chế bản không còn dùng được trên máy này nên chưa làm lại để so được."
        again = press(template, facts_of(certificate), frozen if certificate.way == "compiled" else None)
        return "" if again.sha256 == certificate.base_sha256 else "làm lại từ đúng các dữ liệu đó không ra tệp đã cấp."

    def _prepare(self, template_id: int) -> tuple[Template, Frozen | None]:
        row = self._session.get_one(CertificateTemplate, template_id)
        self._ready[template_id] = press_template(self._session, row), frozen_of(self._session, row)
        return self._ready[template_id]
