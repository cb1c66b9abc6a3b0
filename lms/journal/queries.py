"""Reads of the journal room."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import NotFound
from lms.journal.models import Job, Notice

NOTICES_A_PAGE = 50


@dataclass(frozen=True)
class NoticePage:
    """Some of a person's notices, the newest first, and where the next page begins."""

    notices: Sequence[Notice]
    has_older: bool

    @property
    def last_id(self) -> int:
        """Return the number from which older ones are asked for."""
        return self.notices[-1].id


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


def notices_of(session: Session, *, by: Actor, older_than: int | None = None) -> NoticePage:
    """Return a page of what this person was told, read or not."""
    chosen = select(Notice).where(Notice.person_id == by.person_id).order_by(Notice.id.desc())
    if older_than is not None:
        chosen = chosen.where(Notice.id < older_than)
    found = session.scalars(chosen.limit(NOTICES_A_PAGE + 1)).all()
    return NoticePage(found[:NOTICES_A_PAGE], len(found) > NOTICES_A_PAGE)
