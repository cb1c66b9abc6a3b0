"""What every test may ask for: an app on each engine, a session, a linting client, real accounts."""

import atexit
import os
import shutil
import tempfile
from contextlib import contextmanager
from functools import cache
from typing import ClassVar

import hypothesis  # noqa: F401 - its plugin would import it when all is done, and CPython 3.11 may fail at that
import pytest
from flask import Flask
from jinja2 import BytecodeCache
from sqlalchemy import event
from sqlalchemy.engine import make_url
from werkzeug.routing import Rule

from lms import LMS, schema
from lms.areas.rules import load_areas, read_official_areas
from lms.db import db_session, in_unit
from tests.client import LintedClient
from tests.postgres import throwaway_postgres

SECRET = "mot-chuoi-bi-mat-chi-dung-trong-kiem-thu-0123456789"
ENGINES = ("sqlite", "postgresql")


class _Rule(Rule):
    """A rule that learns to write its addresses when a page first shows one: a test shows few of a hundred."""

    def _compile_builder(self, append_unknown=True):
        learn = super()._compile_builder
        learned = cache(lambda: learn(append_unknown))
        return lambda rule, /, **values: learned()(rule, **values)


class _School(Flask):
    url_rule_class = _Rule


class _Templates(BytecodeCache):
    """Templates compiled once a process; Jinja itself compares each with the text of its file."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket):
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket):
        self.kept[bucket.key] = bucket.bytecode_to_string()


def make_app(url: str, data_dir: str, **config: object) -> Flask:
    """Return a school on the database at `url`; processes of a test build their own with it."""
    app = _School("bdhvs-tests", static_folder=None)
    app.config.update(
        TESTING=True,
        PROPAGATE_EXCEPTIONS=True,
        LMS_SECRET_KEY=SECRET,
        LMS_DATABASE_URL=url,
        LMS_DATA_DIR=data_dir,
        LMS_PUBLIC_URL="https://hoc.example.vn",
        LMS_SIGNER_NAME="Trần Thị Ký",
        LMS_ISSUER_PLACE="Thanh Hóa",
    )
    app.config.update(config)
    LMS(app)
    app.extensions["lms"].jinja.bytecode_cache = _Templates()
    return app


class _KeptSchool:
    """One school of this process for each engine, moved from test to test onto a fresh database.

    Mounting two hundred addresses and compiling every statement anew cost a test more than what it tests.
    """

    def __init__(self, url: str, data_dir: str) -> None:
        self._app = make_app(url, data_dir)
        self._config, self._state = dict(self._app.config), self._app.extensions["lms"]
        with self._app.app_context():
            self._engine = self._app.extensions["lms"].db.engine
        self._asked = self._engine.dialect.create_connect_args(self._engine.url)
        event.listen(self._engine, "do_connect", self._connect)

    @contextmanager
    def on(self, url: str, data_dir: str):
        """Give the school with its first settings, on the database and the folder of a test."""
        os.makedirs(data_dir, mode=0o700, exist_ok=True)
        self._app.config.update(LMS_DATABASE_URL=url, LMS_DATA_DIR=data_dir)
        self._asked = self._engine.dialect.create_connect_args(make_url(url))
        yield self._app
        self._engine.dispose()
        self._app.config.clear()
        self._app.config.update(self._config)
        self._app.extensions["lms"] = self._state
        assert not list(self._engine.dispatch.before_cursor_execute), "a listener stays on for the tests to come"

    def _connect(self, _dialect, _record, arguments, named) -> None:
        arguments[:], named_now = self._asked
        named.clear()
        named.update(named_now)


@cache
def _school(engine: str) -> _KeptSchool:
    folder = tempfile.mkdtemp(prefix="lms-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return _KeptSchool("sqlite:///:nowhere:" if engine == "sqlite" else "postgresql://nowhere/nothing", folder)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """A PostgreSQL of our own for this run, with a template database that has tables and areas."""
    with throwaway_postgres(tmp_path_factory.mktemp("pg")) as server:
        server.create("lms_template")
        app = make_app(server.url("lms_template"), str(tmp_path_factory.mktemp("pg-data")))
        _prepare(app)
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A SQLite file with tables and areas."""
    folder = tmp_path_factory.mktemp("sqlite")
    app = make_app(f"sqlite:///{folder}/template.sqlite", str(folder))
    _prepare(app)
    with app.app_context():
        app.extensions["lms"].db.engine.raw_connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        app.extensions["lms"].db.engine.dispose()
    return folder / "template.sqlite"


@pytest.fixture(params=ENGINES)
def engine_url(request, tmp_path):
    """The address of a fresh database with tables and areas, on each engine."""
    with fresh_database(request, tmp_path) as (url, _):
        yield url


@contextmanager
def fresh_database(request, folder):
    """Give a database with tables and areas on the engine that a fixture is asked for, and its folder."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "lms.sqlite")
        yield f"sqlite:///{folder}/lms.sqlite", folder
    else:
        server = request.getfixturevalue("postgres")
        name = server.create_from("lms_template")
        yield server.url(name), folder
        server.drop(name)


@pytest.fixture
def app(engine_url, tmp_path):
    """The school on a fresh database, with its application context pushed."""
    school = _school(engine_url.partition(":")[0])
    with school.on(engine_url, str(tmp_path / "du-lieu")) as app, app.app_context():
        app.extensions["lms"].wall.forget_all()
        yield app
        db_session().rollback()
        app.extensions["lms"].db.session.remove()


@pytest.fixture
def session(app):
    """The app's session, for arranging and looking; rules are run by `unit`."""
    return db_session()


@pytest.fixture
def asked(app):
    """The statements that reach the database from now on, without BEGIN, SET and the like."""
    seen = []
    engine = app.extensions["lms"].db.engine

    def note(_connection, _cursor, statement, *_more):
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def unit(app):
    """Run a rule as the app does: `unit(lambda s: rules.verb(s, …))`."""
    return in_unit


@pytest.fixture
def client(app):
    """A browser without JavaScript that looks every page over."""
    return LintedClient(app)


@pytest.fixture
def run_jobs(app):
    """Do all background work that waits, as the worker would."""
    from lms.journal.jobs import run_all

    return lambda: run_all(app.extensions["lms"].handlers)


@pytest.fixture(autouse=True)
def _no_leftover_settings(monkeypatch):
    """A developer's own LMS_… variables never change a test."""
    for name in [n for n in os.environ if n.startswith("LMS_")]:
        monkeypatch.delenv(name)


def _prepare(app: Flask) -> None:
    with app.app_context():
        schema.upgrade(app.extensions["lms"].db.engine)
        in_unit(lambda s: load_areas(s, read_official_areas()))
        app.extensions["lms"].db.session.remove()
        app.extensions["lms"].db.engine.dispose()
