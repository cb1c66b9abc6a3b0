"""Make papers in the background: number what is approved, press, sign, publish.

Each step is stored in small units. A killed worker loses at most the few papers it was at, and the next run
makes only what is missing: numbers were given before, and the same facts give the same bytes again.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session

from lms.access import SYSTEM, Actor
from lms.certificates.book import lock_book, write_line
from lms.certificates.models import ApprovalList, Certificate, CertificateTemplate
from lms.certificates.numbering import number_list
from lms.certificates.papers import paper_name, paper_parts
from lms.certificates.proofs import frozen_of, is_outdated, prepare_template
from lms.certificates.signatures import Seal, own_seal
from lms.certificates.sources import facts_of
from lms.certificates.templates import current_template, press_template
from lms.certificates.tidings import tell_of_papers
from lms.clock import utc_now
from lms.db import announce, db_session, in_unit, locked
from lms.errors import Refused
from lms.files.rules import keep
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.journal.rules import queue_job
from lms.press import Frozen, Pressed, Template, press
from lms.signals import certificate_published

RENDER = "certificates.render"
_AT_ONCE = 50
Step = Callable[[int, int, str], None]
log = logging.getLogger("lms.jobs")


@dataclass(frozen=True)
class Made:
    """One paper as the press and the key made it, not stored yet; `signers` are the sha256 of who signed it."""

    certificate_id: int
    pressed: Pressed
    signature: bytes
    signed_by: str
    sha256: str
    signers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bench:
    """What the papers of one template are made with; `stem_file_id` only if the compiled way is proved."""

    template: Template
    frozen: Frozen | None
    stem_file_id: int | None
    seal: Seal | None


class PapersUnderWay(Refused):
    """The papers of the list are being made, wait for a worker, or somebody holds that work up."""

    def __init__(self) -> None:
        super().__init__(
            "Giấy của danh sách này đang được làm, hoặc việc làm giấy đang tạm dừng. Chưa thay đổi gì.",
            remedy="Hãy mở lại trang danh sách. Nếu đang tạm dừng, hãy bấm Làm tiếp.",
        )


class SigningChanged(Refused):
    """The papers would say "chưa ký số" and be signed, or be unsigned and not say so."""

    def __init__(self) -> None:
        super().__init__(
            "Cách ký số của đơn vị đã đổi từ khi lập danh sách này, nên giấy sẽ ghi sai là đã ký hay chưa ký số. "
            "Chưa làm thêm giấy nào, các số đã cấp giữ nguyên.",
            remedy="Nếu chưa duyệt, hãy từ chối danh sách rồi lập lại. Nếu đã duyệt, nhờ người quản trị đặt lại "
            "LMS_SIGN như cũ cho tới khi làm xong giấy.",
        )


def demand_same_signing(template: CertificateTemplate, *, is_unsigned: bool) -> None:
    """See to it that papers say of their signature what is true.

    Raises:
        SigningChanged: they were to be signed and are not any more, or the other way round.
    """
    if template.is_unsigned != is_unsigned:
        raise SigningChanged


def queue_papers(session: Session, approved: ApprovalList, *, by: Actor, now: datetime) -> None:
    """Order numbers and papers of an approved list, which is locked: one worker at a time is at them.

    Raises:
        PapersUnderWay: they are ordered, and that work has not ended.
    """
    job = session.get(Job, approved.job_id) if approved.job_id is not None else None
    if job is not None and job.finished_at is None and job.failed_at is None:
        raise PapersUnderWay
    approved.job_id = queue_job(
        session, kind=RENDER, payload={"list_id": approved.id}, by=by, now=now, province=approved.province_code
    ).id


def make_papers(list_id: int, step: Step) -> dict[str, Any]:
    """Number what is left, then make, sign and publish every missing paper; a faulty one does not stop the rest.

    A paper that was made to be signed elsewhere is signed here as it is, if papers are signed here by now.

    Raises:
        SigningChanged: what the papers say of a signature is not true any more.
        KeyOutOfDate, KeySilent, StampSilent, Misconfigured: the key is at fault; what was made before it stays.
    """
    while in_unit(lambda s: number_list(s, list_id=list_id, now=utc_now())):
        step(*_standing(list_id), "Đang vào sổ và cấp số")
    bench, faulty, made, after = None, list[str](), 0, 0
    step(*_standing(list_id), "Đang làm giấy chứng nhận")
    while chunk := _missing(list_id, after):
        bench = bench or _bench(list_id)
        ready = [paper for certificate in chunk if (paper := _make(bench, certificate, faulty)) is not None]
        after = chunk[-1].id
        made += in_unit(lambda s, bench=bench, ready=ready: store_papers(s, bench, ready, now=utc_now()))  # type: ignore[misc]
        step(*_standing(list_id), "Đang làm giấy chứng nhận")
    step(*_standing(list_id), "Đã làm xong giấy chứng nhận")
    return {"list_id": list_id, "made": made, "faulty": faulty}


def store_papers(session: Session, bench: Bench, ready: Sequence[Made], *, now: datetime) -> int:
    """Keep papers just made and publish those that wait for no signature; return how many were new.

    A paper that is there already, or whose number was crossed out meanwhile, is left alone.
    """
    if not ready:
        return 0
    first = session.get_one(Certificate, ready[0].certificate_id)
    lock_book(session, first.book_id)
    fresh = list[tuple[Certificate, tuple[str, ...]]]()
    for paper in ready:
        certificate = locked(session, Certificate, paper.certificate_id)
        if _is_missing(certificate):
            _fill_in(session, bench, certificate, paper, now)
            fresh.append((certificate, paper.signers))
    session.flush()
    if not _is_signed_elsewhere():
        publish(session, fresh, now=now)
    return len(fresh)


def publish(session: Session, papers: Iterable[tuple[Certificate, Sequence[str]]], *, now: datetime) -> None:
    """Publish finished papers: from here the check page answers "hợp lệ", and holder and clerks are told.

    With each come the sha256 of the certificates (in DER) it is signed with, oldest signature first. They are
    written into the book: a paper stays what it was however often keys are renewed afterwards.
    """
    published = []
    for certificate, signers in papers:
        book = lock_book(session, certificate.book_id)
        certificate.published_at = now
        detail = {
            "sha256": certificate.file_sha256,
            "signed_by": certificate.signed_by,
            "signers": list(signers),
        }
        write_line(session, book, certificate, "publish", by=SYSTEM, detail=detail, now=now)
        announce(session, certificate_published, certificate_id=certificate.id)
        published.append(certificate)
    tell_of_papers(session, published, now=now)
    session.flush()


def _bench(list_id: int) -> Bench:
    session = db_session()
    approved = session.get_one(ApprovalList, list_id)
    row = (
        session.get_one(CertificateTemplate, approved.template_id)
        if approved.template_id is not None
        else current_template(session, approved.province_code, approved.kind)
    )
    if row is None:
        raise LookupError(f"no template for the list {list_id}")
    demand_same_signing(row, is_unsigned=current_app.config["LMS_SIGN"] == "none")
    if is_outdated(session, row):
        # Some seconds once, against a tenth of a second for each paper that is laid out.
        prepare_template(row.id)
    template, frozen = press_template(session, row), frozen_of(session, row)
    return Bench(template, frozen, row.stem_file_id if frozen else None, own_seal(current_app.config))


def _make(bench: Bench, certificate: Certificate, faulty: list[str]) -> Made | None:
    """Press and sign one paper; a fault is noted by its number, which stays in the book."""
    try:
        pressed = _pressed(bench, certificate)
        if bench.seal is None:
            return Made(certificate.id, pressed, b"", "", pressed.sha256)
        signature, whole = bench.seal.sign(pressed, at=utc_now())
        return Made(certificate.id, pressed, signature, bench.seal.name, whole, (bench.seal.fingerprint,))
    except (Refused, SQLAlchemyError):
        raise
    except Exception:
        # Whatever it is about this one paper, the others are made; a key or a database that fails, fails for all.
        number = str(certificate.snapshot.get("number", certificate.number))
        log.exception("the paper of certificate %s could not be made", number)
        faulty.append(number)
        return None


def _pressed(bench: Bench, certificate: Certificate) -> Pressed:
    """Press a paper; one that was made to be signed elsewhere is taken as it was made, byte for byte."""
    if certificate.rendered_at is None:
        return press(bench.template, facts_of(certificate), bench.frozen)
    stem, rest = paper_parts(db_session(), certificate)
    if sha256(stem + rest).hexdigest() != certificate.base_sha256:
        raise ValueError("the stored paper is not the one that was made")
    return Pressed(stem, rest, "compiled" if stem else "laid_out", certificate.base_sha256)


def _fill_in(session: Session, bench: Bench, certificate: Certificate, paper: Made, now: datetime) -> None:
    pressed = paper.pressed
    kept = keep(
        session, pressed.rest + paper.signature, name=paper_name(certificate), media_type="application/pdf",
        by=SYSTEM, now=now,
    )  # fmt: skip
    if certificate.rendered_at is None:
        certificate.stem_file_id = bench.stem_file_id if pressed.stem else None
        certificate.base_sha256, certificate.base_size = pressed.sha256, len(pressed)
        certificate.way, certificate.rendered_at = pressed.way, now
    certificate.file_id, certificate.file_sha256 = kept.id, paper.sha256
    if paper.signature:
        certificate.signed_at, certificate.signed_by = now, paper.signed_by


def _missing(list_id: int, after: int) -> list[Certificate]:
    """Return the next few certificates of a list whose paper is still to be made."""
    session = db_session()
    session.rollback()
    return list(
        session.scalars(
            select(Certificate)
            .where(
                Certificate.list_id == list_id,
                Certificate.id > after,
                _done().is_(None),
                Certificate.voided_at.is_(None),
            )
            .order_by(Certificate.id)
            .limit(_AT_ONCE)
        )
    )


def _is_missing(certificate: Certificate) -> bool:
    done = certificate.rendered_at if _is_signed_elsewhere() else certificate.published_at
    return done is None and certificate.voided_at is None


def _done() -> InstrumentedAttribute[datetime | None]:
    """Return when the worker is done with a paper: what is signed elsewhere is published later, by another hand."""
    return Certificate.rendered_at if _is_signed_elsewhere() else Certificate.published_at


def _is_signed_elsewhere() -> bool:
    return bool(current_app.config["LMS_SIGN"] == "elsewhere")


def _standing(list_id: int) -> tuple[int, int]:
    """Return how many papers of a list are made, and of how many."""
    own = (Certificate.list_id == list_id, Certificate.voided_at.is_(None))
    row = db_session().execute(select(func.count(_done()), func.count(Certificate.id)).where(*own))
    made, total = row.one()
    return made, total


def _render(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    return make_papers(payload["list_id"], progress.step)


HANDLERS: dict[str, Handler] = {RENDER: _render}
