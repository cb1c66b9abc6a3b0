"""The background worker: takes jobs one by one, survives being killed, shows its progress.

A handler is `handler(payload, progress, job) -> result`. It must be safe to run again from the
start, since a killed worker's job is taken over when its lease ends, and a paused one is run again
when somebody lets it go on. It finds by itself what is made already.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lms.clock import utc_now
from lms.db import in_unit
from lms.errors import Misconfigured, NotFound, Refused
from lms.journal import rules
from lms.journal.models import Job

Timer = Callable[[Session, datetime], object]
Errand = Callable[[datetime], object]
Handler = Callable[[dict[str, Any], "Progress", Job], dict[str, Any]]
log = logging.getLogger("lms.jobs")
_UNKNOWN_FAULT = (
    "Có lỗi ngoài dự tính nên việc này dừng lại. Dữ liệu đã ghi trước đó vẫn còn nguyên. "
    "Hãy thử lại; nếu vẫn vậy, báo cho người quản trị kèm số việc này."
)
_SETTING_FAULT = "Dữ liệu đã ghi trước đó vẫn còn nguyên. Hãy báo người quản trị, sửa xong thì bấm làm lại."


class Paused(Exception):
    """Somebody holds the work up: it stops at this step, keeps what it has made, and is run again later."""


class Progress:
    """How far a job is; each step is stored at once, so the page can show it."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id

    def step(self, done: int, total: int, note: str = "") -> None:
        """Store "done of total" with a short Vietnamese note, and keep the lease.

        Raises:
            Paused: the work is to stop here; `run_next` gives the lease back.
        """
        if in_unit(
            lambda s: rules.renew_lease(s, job_id=self.job_id, done=done, total=total, note=note, now=utc_now())
        ):
            raise Paused


def run_next(handlers: Mapping[str, Handler]) -> bool:
    """Run one waiting job; return whether there was one."""
    job = in_unit(_lease)
    if job is None:
        return False
    job_id, kind, tries = job.id, job.kind, job.tries
    if tries > rules.MAX_TRIES:
        _fail(job_id, _UNKNOWN_FAULT)
        return True
    try:
        result = handlers[kind](dict(job.payload), Progress(job_id), job)
    except Paused:
        in_unit(lambda s: rules.give_back_lease(s, job_id=job_id))
    except Refused as refusal:
        _fail(job_id, f"{refusal.sentence} {refusal.remedy}".strip())
    except NotFound:
        _fail(job_id, "Không còn dữ liệu cần cho việc này. Chưa thay đổi gì. Hãy làm lại từ đầu.")
    except Misconfigured as fault:
        log.exception("job %s (%s) waits for a setting", job_id, kind)
        _fail(job_id, f"{fault} {_SETTING_FAULT}")
    except Exception:
        # The worker must outlive any one job; the fault is logged whole and the asker is told.
        log.exception("job %s (%s) failed", job_id, kind)
        _fail(job_id, _UNKNOWN_FAULT)
    else:
        in_unit(lambda s: rules.finish_job(s, job_id=job_id, result=result, now=utc_now()))
    return True


def run_all(handlers: Mapping[str, Handler]) -> int:
    """Run jobs until none waits; return how many ran."""
    count = 0
    while run_next(handlers):
        count += 1
    return count


def work_forever(
    handlers: Mapping[str, Handler],
    timers: Sequence[Timer] = (),
    errands: Sequence[Errand] = (),
    *,
    pause: float = 0.5,
) -> None:
    """Run jobs as they come, and what is due every minute, until the process is stopped."""
    next_minute = 0.0
    while True:
        if time.monotonic() >= next_minute:
            next_minute = time.monotonic() + 60
            run_timers(timers)
            run_errands(errands)
        if not run_next(handlers):
            time.sleep(pause)


def run_timers(timers: Sequence[Timer]) -> None:
    """Do what is due by now, each in a unit of its own; one that fails does not stop the others."""
    for timer in timers:
        try:
            in_unit(lambda s, timer=timer: timer(s, utc_now()))  # type: ignore[misc]
        except Exception:
            # The worker must outlive any one timer; it is tried again in a minute.
            log.exception("a timer failed")


def run_errands(errands: Sequence[Errand]) -> None:
    """Do what is due by now and talks to the world outside, which no unit may wait for."""
    for errand in errands:
        try:
            errand(utc_now())
        except Exception:
            # As with timers: tried again in a minute.
            log.exception("an errand failed")


def _lease(session: Session) -> Job | None:
    job = rules.lease_job(session, now=utc_now())
    if job is not None:
        session.flush()
    return job


def _fail(job_id: int, sentence: str) -> None:
    in_unit(lambda s: rules.fail_job(s, job_id=job_id, sentence=sentence, now=utc_now()))
