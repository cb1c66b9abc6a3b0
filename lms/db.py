"""The database door: one base class, one session, one unit of work.

Stock settings oversell on both engines: SQLite's driver sends no BEGIN before a read, and
PostgreSQL's READ COMMITTED lets two readers see the same free seat. So every write goes through
`in_unit`: a short transaction that takes its lock first (`BEGIN IMMEDIATE` on SQLite, row locks by
`locked` on PostgreSQL), checks after the lock, and is run again as a whole when it lost a race.
"""

import random
import secrets
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from blinker import Signal
from flask import current_app
from sqlalchemy import JSON, Connection, DateTime, Engine, Index, MetaData, String, event, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from lms.errors import Busy, NotFound

T = TypeVar("T")
_TRIES = 5
_RETRYABLE = {"40001", "40P01", "55P03"}
_ANNOUNCED = "lms.announced"
_TOUCHED = "lms.touched"
REQUEST_KEY = "lms.request_key"
_LOCK_WAIT = "3s"
_SQLITE_WAIT = "busy_timeout=15000"
_IN_PASSING = "SET LOCAL lock_timeout = '50ms'; SET LOCAL synchronous_commit = off"
_WAITS_SET = "lms.lock_wait_set"


class Base(DeclarativeBase):
    """All tables of the school; every name starts with `lms_` so that a host's tables never clash."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python on both engines, although SQLite forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True)
SortKey = String(600).with_variant(String(600, collation="C"), "postgresql")
"""A key made by `words.sort_key`: compared by code points on both engines."""


def one_where(name: str, *columns: str, where: str) -> Index:
    """Return the constraint that among the rows of which this is true no two have the same columns."""
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


def prepare_engine(engine: Engine, *, is_ours: bool = True) -> None:
    """Make an engine fit for competing writers; call once, before its first connection.

    On a host's PostgreSQL the time to wait for a lock is set unit by unit, since it is not ours to
    set for the host's own statements; on our own it is set once a connection.
    """
    if engine.dialect.name != "sqlite":
        if is_ours:
            event.listen(engine, "connect", _connect_postgresql)
    elif not event.contains(engine, "begin", _begin_sqlite):
        event.listen(engine, "connect", _connect_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def db_session() -> Session:
    """Return the session of the running request or command."""
    return cast(Session, current_app.extensions["lms"].db.session())


def in_unit(work: Callable[[Session], T]) -> T:
    """Run `work(session)` as one unit: locked first, committed as a whole, or nothing stored.

    Ends the request's read transaction first, since a reader cannot become a writer safely.
    `work` may run several times, so it must have no effect outside the database; mail, files and
    signals wait for the commit.

    Raises:
        Busy: others held the locks through every try.
    """
    session = db_session()
    for attempt in range(1, _TRIES + 1):
        try:
            result = _run_once(session, work)
        except DBAPIError as error:
            if not _lost_a_race(error):
                raise
            if attempt == _TRIES:
                raise Busy from error
            time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311 - jitter, not a secret
        else:
            _send_announced(session)
            return result
    raise AssertionError("unreachable")


def in_passing(work: Callable[[Session], object]) -> bool:
    """Run `work(session)` as a small unit that waits for nobody; return whether it was stored.

    For what may be left undone, such as counting a page that is shown: whoever reads it must never wait for
    a writer, nor hear of a fault.
    """
    session = db_session()
    try:
        _run_once(session, work, is_patient=False)
    except DBAPIError as error:
        if not _lost_a_race(error):
            current_app.logger.exception("what was to be noted in passing could not be stored")
        return False
    _send_announced(session)
    return True


def locked(session: Session, model: type[T], key: Any) -> T:
    """Return the row under a lock, read afresh.

    `populate_existing` matters: without it the identity map hands back the stale object even
    after the database waited for the lock.

    Raises:
        NotFound: there is no such row.
    """
    row = session.get(model, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"{model.__name__} {key}")
    return row


def announce(session: Session, signal: Signal, **facts: object) -> None:
    """Send a signal once the unit has committed; a roll-back sends nothing."""
    session.info.setdefault(_ANNOUNCED, []).append((signal, facts))


def touch(session: Session, kind: str, *keys: object) -> None:
    """Say what this unit changed, so that later rooms settle their books before it commits.

    A room cannot call a later room; the door names the settlers (for instance the counters that
    follow a team's members) and each runs inside the same transaction.
    """
    session.info.setdefault(_TOUCHED, {}).setdefault(kind, set()).update(keys)


def insert_into(session: Session, model: Any) -> Any:
    """Return an INSERT that knows `on_conflict_do_update`, of the engine in use."""
    return insert_on(session.get_bind().dialect.name, model)


def insert_on(engine: str, model: Any) -> Any:
    """Return an INSERT that knows `on_conflict_do_update`, of the engine so named."""
    return postgresql.insert(model) if engine == "postgresql" else sqlite.insert(model)


def locks_rows(connection: Connection) -> bool:
    """Say whether units share the database and lock row by row; SQLite lets one unit in at a time."""
    return connection.dialect.name != "sqlite"


def row_exists(session: Session, model: Any, *conditions: Any) -> bool:
    """Say whether any row of the model meets the conditions."""
    return session.scalar(select(select(model).where(*conditions).exists())) is True


def _run_once(session: Session, work: Callable[[Session], T], *, is_patient: bool = True) -> T:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("pending changes outside the unit of work")
    session.rollback()
    session.info.pop(_ANNOUNCED, None)
    session.info.pop(_TOUCHED, None)
    session.info[REQUEST_KEY] = secrets.token_hex(8)
    connection = session.connection(execution_options={"sqlite_begin": "IMMEDIATE", "sqlite_waits": is_patient})
    if connection.dialect.name == "postgresql":
        if not is_patient:
            connection.exec_driver_sql(_IN_PASSING)
        elif _WAITS_SET not in connection.info:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'")
    try:
        result = work(session)
        session.flush()
        touched = session.info.pop(_TOUCHED, {})
        for settle in current_app.extensions["lms"].settlers if touched else ():
            settle(session, touched)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(REQUEST_KEY, None)
    return result


def _send_announced(session: Session) -> None:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    for signal, facts in session.info.pop(_ANNOUNCED, []):
        for receiver in signal.receivers_for(app):
            try:
                receiver(app, **facts)
            except Exception:
                # The deed is committed; a listener's fault must not look like a failed deed.
                app.logger.exception("a listener of %s failed", signal.name)


def _lost_a_race(error: DBAPIError) -> bool:
    original = error.orig
    if isinstance(original, sqlite3.OperationalError):
        return "locked" in str(original)
    return getattr(original, "sqlstate", None) in _RETRYABLE


def _connect_sqlite(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # we send BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", _SQLITE_WAIT):
        dbapi.execute(f"PRAGMA {pragma}")


def _connect_postgresql(dbapi: Any, record: Any) -> None:
    dbapi.execute(f"SET lock_timeout = '{_LOCK_WAIT}'")
    dbapi.commit()
    record.info[_WAITS_SET] = True


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    begin = f"BEGIN {options.get('sqlite_begin', 'DEFERRED')}"
    if options.get("sqlite_waits", True):
        connection.exec_driver_sql(begin)
        return
    connection.exec_driver_sql("PRAGMA busy_timeout=50")
    try:
        connection.exec_driver_sql(begin)
    finally:
        connection.exec_driver_sql(f"PRAGMA {_SQLITE_WAIT}")
