"""Every night the books, the chain, the stored bytes and the signatures prove themselves once more."""

import logging
from datetime import datetime, time, timedelta
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
from lms.journal.models import Job, Notice
from lms.journal.rules import queue_job
from lms.training.notices import tell_officers

AUDIT = "certificates.audit"
_AFTER = time(1, 0)
_NOTE = "Đang soát sổ cấp giấy chứng nhận"
_RECENT = timedelta(days=1)
_MOST_SHOWN, _PRESSED_AGAIN = 50, 3
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


def tell_of_broken_audit(session: Session, now: datetime) -> None:
    """Tell the officers of a check that never came to its end, whatever stopped it; each hears of it once.

    Silence in the morning must mean that the books hold.
    """
    failed = session.scalar(
        select(Job).where(Job.kind == AUDIT, Job.failed_at > now - _RECENT).order_by(Job.id.desc()).limit(1)
    )
    event = f"certificates-audit-failed-{failed.id}" if failed else ""
    if failed is None or row_exists(session, Notice, Notice.event == event):
        return
    text = (
        f"Lần soát sổ cấp giấy chứng nhận ngày {vn_day(vn_date(failed.created_at))} dừng giữa chừng nên chưa biết sổ "
        "có đúng không. Hệ thống chưa sửa gì. Hãy báo người quản trị."
    )
    _tell(session, event, text, now)


def _audit(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Check everything; if anything is wrong, log it and tell every province's officers."""
    session = db_session()
    total = session.scalar(select(func.count(Certificate.rendered_at))) or 0
    faults = audit(
        session,
        pressed_again=_PRESSED_AGAIN,
        check_signature=signature_check(current_app.config),
        step=lambda seen: progress.step(seen, max(seen, total), _NOTE),
    )
    session.rollback()
    if faults:
        log.error("the books of certificates do not hold: %s", "; ".join(faults[:_MOST_SHOWN]))
        in_unit(lambda s: _tell_of_faults(s, len(faults), faults[0], utc_now()))
    return {"faults": faults[:_MOST_SHOWN], "count": len(faults)}


def _tell_of_faults(session: Session, found: int, first: str, now: datetime) -> None:
    text = (
        f"Soát sổ cấp giấy chứng nhận ngày {vn_day(vn_date(now))} thấy {found} chỗ không khớp. Chỗ đầu tiên: {first} "
        "Hệ thống chưa sửa gì. Hãy báo người quản trị."
    )
    _tell(session, f"certificates-audit-{vn_date(now)}", text, now)


def _tell(session: Session, event: str, text: str, now: datetime) -> None:
    for province in session.scalars(select(Certificate.province_code).distinct()):
        tell_officers(
            session, province, template="certificates-audit", event=event, text=text, but=None, now=now,
            path="/quan-ly/chung-nhan/",
        )  # fmt: skip


HANDLERS: dict[str, Handler] = {AUDIT: _audit}
