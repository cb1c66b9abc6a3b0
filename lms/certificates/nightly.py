"""Every night the books, the chain, the stored bytes and the signatures prove themselves once more."""

import logging
from datetime import datetime, time
from itertools import count
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import SYSTEM
from lms.certificates.audit import audit
from lms.certificates.models import Certificate, NumberBook
from lms.certificates.signatures import signature_check
from lms.clock import VIETNAM, utc_now, vn_date, vn_day
from lms.db import db_session, in_unit, row_exists
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.journal.rules import queue_job
from lms.training.notices import tell_officers

AUDIT = "certificates.audit"
_AFTER = time(1, 0)
_NOTE = "Đang soát sổ cấp giấy chứng nhận"
_MOST_SHOWN, _PRESSED_AGAIN, _A_STEP = 50, 3, 200
log = logging.getLogger("lms.jobs")


def order_nightly_audit(session: Session, now: datetime) -> Job | None:
    """Order one check of all books for the night, after one o'clock in Vietnam; a second call orders nothing."""
    here = now.astimezone(VIETNAM)
    night = datetime.combine(here.date(), _AFTER, VIETNAM)
    if here < night or row_exists(session, Job, Job.kind == AUDIT, Job.created_at >= night):
        return None
    if not row_exists(session, NumberBook):
        return None
    return queue_job(session, kind=AUDIT, payload={}, by=SYSTEM, now=now)


def _audit(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Check everything; if anything is wrong, log it and tell every province's officers."""
    session, seen = db_session(), count(1)
    total = session.scalar(select(func.count(Certificate.signed_at))) or 0
    progress.step(0, total, _NOTE)
    judge = signature_check(current_app.config)

    def watched(certificate: Certificate, data: bytes) -> str:
        done = next(seen)
        if done % _A_STEP == 0:
            # Checking many signatures takes minutes: without a step the lease would run out.
            progress.step(done, total, _NOTE)
        return judge(certificate, data)

    faults = audit(session, pressed_again=_PRESSED_AGAIN, check_signature=watched)
    session.rollback()
    if faults:
        log.error("the books of certificates do not hold: %s", "; ".join(faults[:_MOST_SHOWN]))
        in_unit(lambda s: _tell(s, len(faults), faults[0], utc_now()))
    return {"faults": faults[:_MOST_SHOWN], "count": len(faults)}


def _tell(session: Session, found: int, first: str, now: datetime) -> None:
    text = (
        f"Soát sổ cấp giấy chứng nhận ngày {vn_day(vn_date(now))} thấy {found} chỗ không khớp. Chỗ đầu tiên: {first} "
        "Hệ thống chưa sửa gì. Hãy báo người quản trị."
    )
    for province in session.scalars(select(Certificate.province_code).distinct()):
        tell_officers(
            session, province, template="certificates-audit", event=f"certificates-audit-{vn_date(now)}", text=text,
            but=None, now=now, path="/quan-ly/chung-nhan/",
        )  # fmt: skip


HANDLERS: dict[str, Handler] = {AUDIT: _audit}
