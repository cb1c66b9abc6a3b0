"""Make papers in the background: number what is approved, press, sign, publish.

Each step is stored in small units. A killed worker loses at most the few papers it was at, and the next run
makes only what is missing: numbers were given before, and the same facts give the same bytes again.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import SYSTEM, Actor
from lms.certificates.book import lock_book, write_line
from lms.certificates.models import ApprovalList, Certificate, CertificateTemplate
from lms.certificates.numbering import number_list
from lms.certificates.papers import paper_name
from lms.certificates.public_id import new_public_id
from lms.certificates.signatures import Seal, own_seal
from lms.certificates.sources import check_address, facts_of
from lms.certificates.templates import PREPARE, current_template, press_template
from lms.clock import utc_now
from lms.db import announce, db_session, in_unit, locked
from lms.files.models import StoredFile
from lms.files.rules import keep
from lms.files.store import read
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.journal.rules import notify, queue_job
from lms.press import Frozen, NotCovered, PaperFault, Pressed, Stale, Template, compile_template, press, prove
from lms.signals import certificate_published

RENDER = "certificates.render"
_AT_ONCE = 50
Step = Callable[[int, int, str], None]
log = logging.getLogger("lms.jobs")
_proved: dict[tuple[str, int], tuple[Frozen | None, dict[str, Any]]] = {}


@dataclass(frozen=True)
class Made:
    """One paper as the press and the key made it, not stored yet."""

    certificate_id: int
    pressed: Pressed
    signature: bytes
    signed_by: str
    sha256: str


@dataclass(frozen=True)
class Bench:
    """What the papers of one template are made with; `stem_file_id` only if the compiled way is proved."""

    template: Template
    frozen: Frozen | None
    stem_file_id: int | None
    seal: Seal | None


def queue_papers(session: Session, approved: ApprovalList, *, by: Actor, now: datetime) -> None:
    """Order numbers and papers of an approved list, in the transaction that approved it."""
    approved.job_id = queue_job(
        session, kind=RENDER, payload={"list_id": approved.id}, by=by, now=now, province=approved.province_code
    ).id


def prepare_template(template_id: int) -> dict[str, Any]:
    """Compile a template and let it prove itself; only if nothing differs is the compiled way ever taken."""
    session = db_session()
    row = session.get_one(CertificateTemplate, template_id)
    if row.proved_at is not None:
        return {"template_id": template_id, "passed": bool((row.proof or {}).get("passed"))}
    template, address = press_template(session, row), check_address(row.site) + new_public_id()
    session.rollback()
    frozen, proof = _compiled(template, address)
    in_unit(lambda s: _keep_frozen(s, template_id, frozen, proof, utc_now()))
    return {"template_id": template_id, "passed": bool(proof["passed"])}


def make_papers(list_id: int, step: Step) -> dict[str, Any]:
    """Number what is left, then make, sign and publish every missing paper; a faulty one does not stop the rest."""
    while in_unit(lambda s: number_list(s, list_id=list_id, now=utc_now())):
        step(*_standing(list_id), "Đang vào sổ và cấp số")
    bench, faulty, made, after = _bench(list_id), list[str](), 0, 0
    while chunk := _missing(list_id, after):
        step(*_standing(list_id), "Đang làm giấy chứng nhận")
        ready = [paper for certificate in chunk if (paper := _make(bench, certificate, faulty)) is not None]
        after = chunk[-1].id
        made += in_unit(lambda s, ready=ready: store_papers(s, bench, ready, now=utc_now()))  # type: ignore[misc]
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
    fresh = []
    for paper in ready:
        certificate = locked(session, Certificate, paper.certificate_id)
        if certificate.rendered_at is None and certificate.voided_at is None:
            _fill_in(session, bench, certificate, paper, now)
            fresh.append(certificate)
    session.flush()
    if current_app.config["LMS_SIGN"] != "elsewhere":
        publish(session, fresh, now=now)
    return len(fresh)


def publish(session: Session, certificates: Sequence[Certificate], *, now: datetime) -> None:
    """Publish finished papers: from here the check page answers "hợp lệ", and the person is told."""
    for certificate in certificates:
        book = lock_book(session, certificate.book_id)
        certificate.published_at = now
        detail = {"sha256": certificate.file_sha256, "signed_by": certificate.signed_by}
        write_line(session, book, certificate, "publish", by=SYSTEM, detail=detail, now=now)
        if certificate.person_id is not None:
            notify(
                session, person_id=certificate.person_id, template="certificate_published",
                event=f"certificate:{certificate.id}", now=now, path="/chung-nhan/",
                text=f"Giấy chứng nhận “{certificate.snapshot['course']}” của anh/chị đã có. "
                "Mở trang Chứng nhận để tải về.",
            )  # fmt: skip
        announce(session, certificate_published, certificate_id=certificate.id)
    session.flush()


def _compiled(template: Template, address: str) -> tuple[Frozen | None, dict[str, Any]]:
    """Return a compiled template and its proof; the same words and look are proved once by a process."""
    key = (template.digest, len(address))
    if key not in _proved:
        try:
            frozen = compile_template(template, address=address)
            _proved[key] = frozen, prove(template, frozen).as_dict()
        except NotCovered as refusal:
            # A template the compiler cannot freeze is no fault: its papers are laid out one by one.
            _proved[key] = None, {"passed": False, "differences": [str(refusal)]}
    return _proved[key]


def _keep_frozen(
    session: Session, template_id: int, frozen: Frozen | None, proof: dict[str, Any], now: datetime
) -> None:
    row = locked(session, CertificateTemplate, template_id)
    row.proof, row.proved_at = proof, now
    if frozen is None:
        return
    name = f"mau-giay-{template_id}"
    plain = "application/octet-stream"
    kept = keep(session, frozen.to_bytes(), name=f"{name}.bin", media_type=plain, by=SYSTEM, now=now)
    stem = keep(session, frozen.stem.data, name=f"{name}.pdf", media_type="application/pdf", by=SYSTEM, now=now)
    row.frozen_file_id, row.stem_file_id = kept.id, stem.id


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
    template, frozen = press_template(session, row), frozen_of(session, row)
    return Bench(template, frozen, row.stem_file_id if frozen else None, own_seal(current_app.config))


def frozen_of(session: Session, row: CertificateTemplate) -> Frozen | None:
    """Return the compiled template if it proved itself and still fits this machine's press."""
    if not (row.proof or {}).get("passed") or row.frozen_file_id is None:
        return None
    try:
        return Frozen.from_bytes(read(session.get_one(StoredFile, row.frozen_file_id).sha256))
    except Stale as refusal:
        log.warning("template %s goes the slow way: %s", row.id, refusal)
        return None


def _make(bench: Bench, certificate: Certificate, faulty: list[str]) -> Made | None:
    """Press and sign one paper; a fault is noted by its number, which stays in the book."""
    try:
        pressed = press(bench.template, facts_of(certificate), bench.frozen)
        if bench.seal is None:
            return Made(certificate.id, pressed, b"", "", pressed.sha256)
        signature, sha256 = bench.seal.sign(pressed, at=utc_now())
        return Made(certificate.id, pressed, signature, bench.seal.name, sha256)
    except (PaperFault, ValueError):
        log.exception("the paper of certificate %s could not be made", certificate.snapshot["number"])
        faulty.append(certificate.snapshot["number"])
        return None


def _fill_in(session: Session, bench: Bench, certificate: Certificate, paper: Made, now: datetime) -> None:
    pressed = paper.pressed
    kept = keep(
        session, pressed.rest + paper.signature, name=paper_name(certificate), media_type="application/pdf",
        by=SYSTEM, now=now,
    )  # fmt: skip
    certificate.stem_file_id = bench.stem_file_id if pressed.stem else None
    certificate.file_id, certificate.file_sha256 = kept.id, paper.sha256
    certificate.base_sha256, certificate.base_size = pressed.sha256, len(pressed.stem) + len(pressed.rest)
    certificate.way, certificate.rendered_at = pressed.way, now
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
                Certificate.rendered_at.is_(None),
                Certificate.voided_at.is_(None),
            )
            .order_by(Certificate.id)
            .limit(_AT_ONCE)
        )
    )


def _standing(list_id: int) -> tuple[int, int]:
    """Return how many papers of a list are made, and of how many."""
    own = (Certificate.list_id == list_id, Certificate.voided_at.is_(None))
    row = db_session().execute(select(func.count(Certificate.rendered_at), func.count(Certificate.id)).where(*own))
    made, total = row.one()
    return made, total


def _prepare(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    progress.step(0, 1, "Đang thử mẫu giấy")
    return prepare_template(payload["template_id"])


def _render(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    return make_papers(payload["list_id"], progress.step)


HANDLERS: dict[str, Handler] = {PREPARE: _prepare, RENDER: _render}
