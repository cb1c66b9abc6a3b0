"""Forms pressed in processes of their own: the way of a page's deed, with its once-key, and without the page."""

import multiprocessing
import time
from collections.abc import Callable
from typing import Any

from flask import current_app, g
from sqlalchemy import event

import lms.db
from lms.access import Actor
from lms.db import in_unit
from lms.errors import NotFound, Refused
from lms.pages import deed as carry_out
from tests.conftest import make_app

PAUSE = 0.005
FIRST_WRITE = "UPDATE lms_training_classes SET seat_seq"
FORK = multiprocessing.get_context("fork")


def press(key: str, by: Actor, work: Callable[[Any], Any]) -> str:
    """Send a form with this once-key; return where it leads, or the name of the refusal."""
    with current_app.test_request_context("/", method="POST", data={"once": key}):
        g.lms_actor = by
        try:
            return carry_out(work, then=where_it_leads).location
        except (Refused, NotFound) as refusal:
            return f"! {type(refusal).__name__}"


def where_it_leads(result: Any) -> str:
    """Name what came of a deed, so that two answers can be compared."""
    found = getattr(result, "need", result)
    return f"/{type(found).__name__}/{getattr(found, 'id', '')}"


def let_go_of_the_database() -> None:
    """Close the parent's connections: a child that closed a copy would drop its own file locks."""
    app = current_app.extensions["lms"]
    app.db.session.remove()
    app.db.engine.dispose()


def run_processes(url: str, folder: Any, tasks: list[Any], work: Callable[[Any], Any], *, lock: bool = True) -> list:
    """Let a process for each task go at the same moment; return what each has to tell."""
    let_go_of_the_database()
    barrier, told = FORK.Barrier(len(tasks)), FORK.Queue()
    started = [
        FORK.Process(target=_run, args=(url, str(folder), task, work, lock, barrier, told), daemon=True)
        for task in tasks
    ]
    for process in started:
        process.start()
    try:
        return [told.get(timeout=120) for _ in started]
    finally:
        for process in started:
            process.kill()
            process.join()


def _run(url, folder, task, work, lock, barrier, told) -> None:
    if not lock:
        take_the_lock_out()
    app = make_app(url, folder)
    with app.app_context():
        engine = app.extensions["lms"].db.engine
        event.listen(engine, "before_cursor_execute", _before(lock), retval=True)
        in_unit(lambda s: None)
        barrier.wait(60)
        told.put(work(task))


def take_the_lock_out() -> None:
    """Do without the lock as a careless installation would: SQLite with the driver's own settings."""
    lms.db._begin_sqlite = lambda _connection: None
    lms.db._connect_sqlite = lambda dbapi, _record: dbapi.execute("PRAGMA journal_mode=WAL")


def _before(lock: bool):
    """Pause between check and first write, so that a race has time to happen; without a lock, lock no row."""

    def before(_connection, _cursor, statement, parameters, _context, _many):
        if not lock:
            for words in (" FOR NO KEY UPDATE", " FOR UPDATE"):
                statement = statement.replace(words, "")
        if statement.startswith(FIRST_WRITE):
            time.sleep(PAUSE)
        return statement, parameters

    return before
