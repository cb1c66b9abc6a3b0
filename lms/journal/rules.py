"""Write the journal, leave notices, ask for background work: always in the deed's own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import insert_on, locked, touch
from lms.errors import NotFound, Refused
from lms.journal.models import Job, JournalEntry, Notice
from lms.journal.queries import asked_for, has_task_at

LEASE = timedelta(seconds=60)
MAX_TRIES = 5


class JobOver(Refused):
    """The work has ended, so there is nothing left to hold up or to go on with."""

    def __init__(self) -> None:
        super().__init__("Việc này đã xong hoặc đã dừng hẳn. Chưa thay đổi gì.", remedy="Hãy tải lại trang để xem.")


@dataclass(frozen=True)
class Tidings:
    """A sentence for one person: of which event, made by which template, and where to look."""

    person_id: int
    template: str
    event: str
    text: str
    path: str | None = None


def record(
    session: Session,
    *,
    by: Actor,
    verb: str,
    kind: str,
    object_id: object,
    now: datetime,
    area: str | None = None,
    detail: dict[str, Any] | None = None,
    on_behalf_of: int | None = None,
) -> None:
    """Add one line to the journal: who did what to which thing.

    Results feed officials' evaluation and pay (S2), so nothing official happens without its line.
    """
    session.add(
        JournalEntry(
            at=now,
            actor_id=by.account_id,
            actor_label=by.label,
            on_behalf_of_id=on_behalf_of,
            verb=verb,
            kind=kind,
            object_id=str(object_id),
            area_code=area,
            detail=detail,
        )
    )


def notify(
    session: Session, *, person_id: int, template: str, event: str, text: str, now: datetime, path: str | None = None
) -> None:
    """Leave a sentence for a person; the same event never tells the same person twice."""
    notify_all(session, [Tidings(person_id, template, event, text, path)], now=now)


def notify_all(session: Session, tidings: Sequence[Tidings], *, now: datetime) -> None:
    """Leave sentences for people, by one statement: many are told under the lock of a class."""
    if tidings:
        connection = session.connection()
        rows = [vars(one) | {"created_at": now} for one in tidings]
        connection.execute(_leave_notices(connection.dialect.name), rows)
        touch(session, "notices", *{one.event for one in tidings})


@cache
def _leave_notices(engine: str) -> Any:
    return insert_on(engine, Notice.__table__).on_conflict_do_nothing()


def read_notice(session: Session, *, by: Actor, notice_id: int, now: datetime) -> Notice:
    """Note that its reader has seen it.

    Raises:
        NotFound: it is not this person's.
    """
    notice = session.scalar(select(Notice).where(Notice.id == notice_id, Notice.person_id == by.person_id))
    if notice is None:
        raise NotFound(f"notice {notice_id}")
    notice.read_at = notice.read_at or now
    return notice


def queue_job(
    session: Session,
    *,
    kind: str,
    payload: dict[str, Any],
    by: Actor,
    now: datetime,
    area: str | None = None,
    province: str | None = None,
) -> Job:
    """Ask for background work; it exists exactly if the deed that asked for it was stored.

    Work on an area's papers names the area or the province: only who still has a task there may fetch the file.
    """
    job = Job(
        kind=kind, payload=payload, created_at=now, created_by_id=by.account_id, area_code=area, province_code=province
    )
    session.add(job)
    session.flush()
    return job


def lease_job(session: Session, *, now: datetime) -> Job | None:
    """Take the oldest job that waits or whose worker died, for a minute at a time.

    Several workers may ask at once: on PostgreSQL they skip each other's rows, on SQLite the unit
    of work is alone.
    """
    job = session.scalar(
        select(Job)
        .where(
            Job.finished_at.is_(None),
            Job.failed_at.is_(None),
            Job.paused_at.is_(None),
            or_(Job.lease_until.is_(None), Job.lease_until < now),
        )
        .order_by(Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if job is not None:
        job.lease_until = now + LEASE
        job.tries += 1
    return job


def renew_lease(session: Session, *, job_id: int, done: int, total: int, note: str, now: datetime) -> bool:
    """Say how far the work is and keep it for another minute; return whether it is to pause here."""
    paused_at = session.scalar(
        update(Job)
        .where(Job.id == job_id)
        .values(done=done, total=total, note=note[:300], lease_until=now + LEASE)
        .returning(Job.paused_at)
    )
    return paused_at is not None


def give_back_lease(session: Session, *, job_id: int) -> None:
    """Leave the work where it stands, for whoever goes on with it; that try does not count as a failed one."""
    session.execute(update(Job).where(Job.id == job_id).values(lease_until=None, tries=Job.tries - 1))


def pause_job(session: Session, *, by: Actor, job_id: int, now: datetime) -> Job:
    """Hold the work up at its next step; what it has made stays, and no worker takes it meanwhile.

    Raises:
        NotFound: not work on an area of theirs, nor asked for by this person where they still have a task.
        JobOver: it has ended.
    """
    job = _job_in_hand(session, by, job_id)
    if job.paused_at is None:
        job.paused_at, job.paused_by_id = now, by.account_id
        record(session, by=by, verb="pause_job", kind="job", object_id=job_id, area=job.area_code, now=now)
    return job


def resume_job(session: Session, *, by: Actor, job_id: int, now: datetime) -> Job:
    """Let the work go on where it stood.

    Raises:
        NotFound, JobOver: as for pausing.
    """
    job = _job_in_hand(session, by, job_id)
    if job.paused_at is not None:
        job.paused_at, job.paused_by_id = None, None
        record(session, by=by, verb="resume_job", kind="job", object_id=job_id, area=job.area_code, now=now)
    return job


def _job_in_hand(session: Session, by: Actor, job_id: int) -> Job:
    job = locked(session, Job, job_id)
    if not has_task_at(job, by) and not asked_for(job, by):
        raise NotFound(f"job {job_id}")
    if job.finished_at is not None or job.failed_at is not None:
        raise JobOver
    return job


def finish_job(session: Session, *, job_id: int, result: dict[str, Any], now: datetime) -> None:
    """Store what the work produced."""
    session.execute(
        update(Job)
        .where(Job.id == job_id, Job.failed_at.is_(None))
        .values(result=result, finished_at=now, lease_until=None)
    )


def fail_job(session: Session, *, job_id: int, sentence: str, now: datetime) -> None:
    """End the work with the sentence its asker will read."""
    session.execute(
        update(Job)
        .where(Job.id == job_id, Job.finished_at.is_(None))
        .values(failure=sentence, failed_at=now, lease_until=None)
    )
