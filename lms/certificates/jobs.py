"""Make the papers of an approved list in the background, one by one.

Each paper is its own small unit: a killed worker loses at most the paper it was at, and the next
run makes only what is missing. Numbers were given before; here none can be doubled or lost.
"""

import logging
from collections.abc import Callable
from typing import Any

from lms.certificates.models import Certificate
from lms.certificates.queries import papers_missing
from lms.certificates.rules import RENDER, store_paper
from lms.certificates.snapshots import paper_of
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.printing.documents import certificate_pdf
from lms.printing.paper import PaperFault

log = logging.getLogger("lms.jobs")


def render_list(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    """Make the missing papers of a list; safe to run again at any time."""
    return make_papers(payload["list_id"], progress.step)


def make_papers(list_id: int, step: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Make and publish every missing paper of the list; one faulty paper does not stop the rest."""
    missing = papers_missing(db_session(), list_id)
    faulty: list[str] = []
    for done, certificate_id in enumerate(missing):
        step(done, len(missing), "Đang làm giấy chứng nhận")
        faulty += _make_one(certificate_id)
    step(len(missing), len(missing), "Đã làm xong giấy chứng nhận")
    return {"list_id": list_id, "made": len(missing) - len(faulty), "faulty": faulty}


def _make_one(certificate_id: int) -> list[str]:
    """Make one paper; return its number if that failed. The number stays in the book."""
    certificate = db_session().get_one(Certificate, certificate_id)
    number = certificate.snapshot["number"]
    try:
        data = certificate_pdf(paper_of(certificate))
    except PaperFault:
        log.exception("the paper of certificate %s could not be made", number)
        return [number]
    in_unit(lambda session: store_paper(session, certificate_id=certificate_id, data=data, now=utc_now()))
    return []


HANDLERS: dict[str, Handler] = {RENDER: render_list}
