"""Reads of the journal room."""

from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import NotFound
from lms.journal.models import Job


def my_job(session: Session, *, by: Actor, job_id: int) -> Job:
    """Return a job that this person asked for.

    Raises:
        NotFound: it does not exist, or somebody else asked for it.
    """
    job = session.get(Job, job_id)
    if job is None or job.created_by_id != by.account_id:
        raise NotFound(f"job {job_id}")
    places = {*by.communes, *by.trainer_provinces}
    if job.area_code is not None and not places & {job.area_code, job.province_code}:
        raise NotFound(f"job {job_id}: no task there any more")
    return job
