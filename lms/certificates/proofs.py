"""Compiled templates: made and proved in the background once, and again when the press they rest on has changed."""

import logging
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lms.access import SYSTEM
from lms.certificates.models import CertificateTemplate
from lms.certificates.public_id import new_public_id
from lms.certificates.sources import check_address
from lms.certificates.templates import PREPARE, press_template
from lms.clock import utc_now
from lms.db import db_session, in_unit, locked
from lms.errors import NotFound
from lms.files.models import StoredFile
from lms.files.rules import keep
from lms.files.store import read
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.press import Frozen, NotCovered, Stale, Template, compile_template, prove

log = logging.getLogger("lms.jobs")
_proved: dict[tuple[str, int], tuple[Frozen | None, dict[str, Any]]] = {}


def prepare_template(template_id: int) -> dict[str, Any]:
    """Compile a template and let it prove itself; only if nothing differs is the compiled way ever taken.

    One that was proved with another press than this machine's is compiled and proved anew.
    """
    session = db_session()
    row = session.get_one(CertificateTemplate, template_id)
    if row.proved_at is not None and not is_outdated(session, row):
        return {"template_id": template_id, "passed": bool((row.proof or {}).get("passed"))}
    template, address = press_template(session, row), check_address(row.site) + new_public_id()
    session.rollback()
    frozen, proof = _compiled(template, address)
    in_unit(lambda s: _keep_frozen(s, template_id, frozen, proof, utc_now()))
    return {"template_id": template_id, "passed": bool(proof["passed"])}


def frozen_of(session: Session, row: CertificateTemplate) -> Frozen | None:
    """Return the compiled template if it proved itself and still fits this machine's press."""
    if not (row.proof or {}).get("passed") or row.frozen_file_id is None:
        return None
    try:
        return Frozen.from_bytes(read(session.get_one(StoredFile, row.frozen_file_id).sha256))
    except (Stale, NotFound) as refusal:
        log.warning("the compiled template %s cannot be used here: %s", row.id, refusal)
        return None


def is_outdated(session: Session, row: CertificateTemplate) -> bool:
    """Say whether a template proved itself once, but with another press than this machine's."""
    return bool((row.proof or {}).get("passed")) and frozen_of(session, row) is None


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


def _prepare(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    progress.step(0, 1, "Đang thử mẫu giấy")
    return prepare_template(payload["template_id"])


HANDLERS: dict[str, Handler] = {PREPARE: _prepare}
