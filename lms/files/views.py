"""The file that a background job made, for the person who asked for it."""

from typing import Any

from flask import Blueprint

from lms.access import the_actor
from lms.db import db_session
from lms.errors import NotFound
from lms.files import store
from lms.files.models import StoredFile
from lms.journal.queries import my_job
from lms.pages import download

bp = Blueprint("files", __name__)


@bp.get("/viec/<int:job_id>/tep")
def job_file(job_id: int) -> Any:
    job = my_job(db_session(), by=the_actor(), job_id=job_id)
    if not job.result or "file_id" not in job.result:
        raise NotFound("no file")
    row = db_session().get_one(StoredFile, job.result["file_id"])
    return download(store.read(row.sha256), row.name, row.media_type)
