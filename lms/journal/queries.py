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
    """Return a job that this person asked for, as long as they have a task where it belongs.

    Raises:
        NotFound: it does not exist, somebody else asked for it, or their task there has ended.
    """
    job = session.get(Job, job_id)
    if job is None or not asked_for(job, by):
        raise NotFound(f"job {job_id}")
    return job


def job_in_sight(session: Session, *, by: Actor, job_id: int) -> Job:
    """Return a job whose progress this person may see: their own, or one on an area or province of theirs.

    What it made is still its asker's alone (`my_job`).

    Raises:
        NotFound: it does not exist, or belongs to others.
    """
    job = session.get(Job, job_id)
    if job is None or not (asked_for(job, by) or has_task_at(job, by)):
        raise NotFound(f"job {job_id}")
    return job


def asked_for(job: Job, by: Actor) -> bool:
    """Say whether this person asked for a job and, if it names an area or a province, still has a task there.

    A province behind an area is named for its officers; trainers ask for work on their province as the area itself.
    """
    if job.created_by_id != by.account_id:
        return False
    if job.area_code is None and job.province_code is None:
        return True
    return has_task_at(job, by) or job.area_code in by.trainer_provinces


def has_task_at(job: Job, by: Actor) -> bool:
    """Say whether this is now the clerk of the job's commune or an officer of its province."""
    return not {job.area_code, job.province_code}.isdisjoint({*by.communes, *by.provinces})


def notices_of(session: Session, *, by: Actor, older_than: int | None = None) -> NoticePage:
    """Return a page of what this person was told, read or not."""
    chosen = select(Notice).where(Notice.person_id == by.person_id).order_by(Notice.id.desc())
    if older_than is not None:
        chosen = chosen.where(Notice.id < older_than)
    found = session.scalars(chosen.limit(NOTICES_A_PAGE + 1)).all()
    return NoticePage(found[:NOTICES_A_PAGE], len(found) > NOTICES_A_PAGE)
