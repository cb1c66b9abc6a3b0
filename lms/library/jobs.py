"""Background work of the library: reading a trainer's document."""

from typing import Any

from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.files import store
from lms.journal.jobs import Progress
from lms.journal.models import Job
from lms.library import drafts
from lms.library.documents import read_document
from lms.library.models import Draft


def read_draft_document(payload: dict[str, Any], progress: Progress, _job: Job) -> dict[str, Any]:
    """Read the document of a draft into its text and pictures; run again, it gives the same."""
    draft = db_session().get(Draft, payload["draft_id"])
    if draft is None:
        raise NotFound(f"draft {payload['draft_id']}")
    title, slug = draft.title, draft.lesson_slug
    progress.step(0, 2, "Đang đọc tệp")
    document = read_document(store.read(payload["sha256"]), payload["kind"], title=title, slug=slug)
    progress.step(1, 2, "Đang ghi bài")
    in_unit(
        lambda s: drafts.finish_reading(
            s,
            draft_id=payload["draft_id"],
            body=document.body,
            media=document.media,
            notes=document.notes,
            front=document.front,
            now=utc_now(),
        )
    )
    return {"draft_id": payload["draft_id"], "pictures": len(document.media)}


HANDLERS = {drafts.READ_DOCUMENT: read_draft_document}
