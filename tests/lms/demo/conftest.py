"""The demonstration, loaded once for each engine by processes that were killed half way, then finished."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.demo.loading import load
from lms.learning.models import LessonProgress
from lms.rooms import prepare_content
from lms.training.models import TrainingClass
from tests.conftest import ENGINES, make_app

_ROOT = Path(__file__).parents[3]
_LOAD = """
from tests.conftest import make_app
from lms.clock import utc_now
from lms.demo.loading import load
import sys
app = make_app(sys.argv[1], sys.argv[2])
with app.app_context():
    load(lambda words: None, now=utc_now())
"""


@pytest.fixture(scope="module", params=ENGINES)
def province(request, tmp_path_factory):
    """The school with the demonstration in it."""
    folder = tmp_path_factory.mktemp("demo")
    with _database(request, folder) as url:
        app = make_app(url, str(folder / "du-lieu"))
        with app.app_context():
            prepare_content()
            _load_and_be_killed(url, folder / "du-lieu", when=lambda: _learners() >= 20)
            _load_and_be_killed(url, folder / "du-lieu", when=_a_class_is_planned)
            load(lambda words: None, now=utc_now())
            yield app
            db_session().rollback()
            app.extensions["lms"].db.session.remove()
            app.extensions["lms"].db.engine.dispose()


class _database:
    """A fresh database of the asked engine for as long as the fixture lives."""

    def __init__(self, request, folder):
        self.request, self.folder, self.dropped = request, folder, None

    def __enter__(self):
        if self.request.param == "sqlite":
            shutil.copy(self.request.getfixturevalue("sqlite_template"), self.folder / "lms.sqlite")
            return f"sqlite:///{self.folder}/lms.sqlite"
        server = self.request.getfixturevalue("postgres")
        self.dropped = (server, server.create_from("lms_template"))
        return server.url(self.dropped[1])

    def __exit__(self, *_fault):
        if self.dropped:
            self.dropped[0].drop(self.dropped[1])


def _load_and_be_killed(url, data_dir, *, when):
    """Begin loading in a process of its own and kill it (-9) as soon as it has come so far."""
    begun = subprocess.Popen([sys.executable, "-c", _LOAD, url, str(data_dir)], cwd=_ROOT)
    deadline = time.monotonic() + 120
    while not when() and begun.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(begun.pid, signal.SIGKILL)
    assert begun.wait() == -signal.SIGKILL, "the loading was over before it could be killed"


def _learners():
    count = in_unit(lambda s: s.scalar(select(func.count(LessonProgress.person_id.distinct()))))
    return count or 0


def _a_class_is_planned():
    return bool(in_unit(lambda s: s.scalar(select(func.count(TrainingClass.id)))))
