"""A filled school on one engine, and members who signed in through its own pages."""

import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from bench.clock import family_seconds
from bench.data import COURSE, PIN, Size, member_code, prepare
from lms import LMS
from lms.db import db_session
from lms.learning.models import LessonProgress
from lms.people.models import Person
from lms.teams.models import Membership
from tests.postgres import Server, throwaway_postgres

ENGINES = ("sqlite", "postgresql")
ENGINE_WORDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
AGENT = "bench"
MEMBERS = 64


@dataclass(frozen=True)
class Paper:
    """An open test as its page shows it: what a phone sends back for its first question."""

    attempt: str
    question: str
    field: str
    value: str
    csrf: str


@dataclass(frozen=True)
class Member:
    """A leader who is signed in on a phone: the cookie, and the name that stands on every page."""

    person_id: int
    name: str
    cookie: str
    paper: Paper


@dataclass
class School:
    """One filled database with its app, and the settings with which processes open it."""

    engine: str
    url: str
    folder: Path
    secret: str
    app: Flask
    postgres: Server | None = None
    members: list[Member] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the stand-alone app."""
        return {
            "LMS_SECRET_KEY": self.secret,
            "LMS_DATABASE_URL": self.url,
            "LMS_DATA_DIR": str(self.folder),
        }

    def database_seconds(self) -> float:
        """Return the processor seconds the database server has used; SQLite has no server."""
        if self.postgres is None:
            return 0.0
        return family_seconds(int(Path(self.postgres.socket, "data", "postmaster.pid").read_text().split()[0]))

    def signed_in(self) -> list[Member]:
        """Return members with a cookie and an open test, all made through the pages."""
        if not self.members:
            with self.app.app_context():
                people = _leaders_who_passed_the_first_lesson()
            asked = [_sign_in(self.app, person_id, name) for person_id, name in people]
            self.members = [member for member in asked if member is not None]
        return self.members


@contextmanager
def schools(folder: Path) -> Iterator["Schools"]:
    """Give schools as they are asked for, and take them all down afterwards."""
    with ExitStack() as stack:
        yield Schools(folder, stack)


@dataclass
class Schools:
    """Makes each filled school once, when a figure first asks for it."""

    folder: Path
    stack: ExitStack
    made: dict[tuple[str, Size], School] = field(default_factory=dict)
    server: Server | None = None

    def on(self, engine: str, size: Size | None = None) -> School:
        """Return the school of this size on this engine."""
        size = size or Size()
        if (engine, size) not in self.made:
            start = time.monotonic()
            self.made[engine, size] = school = self._make(engine, size)
            with school.app.app_context():
                prepare(school.app, size)
            say(f"nạp {size.people} người vào {ENGINE_WORDS[engine]}: {time.monotonic() - start:.1f} giây")
        return self.made[engine, size]

    def _make(self, engine: str, size: Size) -> School:
        folder = Path(tempfile.mkdtemp(prefix=f"{engine}-{size.people}-", dir=self.folder))
        url, server = f"sqlite:///{folder}/lms.sqlite", None
        if engine == "postgresql":
            server = self.server = self.server or self.stack.enter_context(throwaway_postgres(self.folder))
            url = server.url(server.create(f"bench_{size.people}"))
        secret = secrets.token_hex(32)
        app = open_app(url, str(folder), secret)
        return School(engine, url, folder, secret, app, server)


def open_app(url: str, folder: str, secret: str) -> Flask:
    """Return the school's app on a database; processes of a figure open their own."""
    app = Flask("bench", static_folder=None)
    # A whole province signs in from this one address.
    app.config.update(LMS_SECRET_KEY=secret, LMS_DATABASE_URL=url, LMS_DATA_DIR=folder, LMS_SIGN_INS_A_MINUTE=0)
    LMS(app)
    return app


def say(sentence: str) -> None:
    """Tell whoever waits what is being done."""
    print(f"  … {sentence}", flush=True)


def first_lesson() -> str:
    """Return the address of the course's first lesson."""
    return f"/khoa-hoc/{COURSE}/mot-cua-duy-nhat/"


def _leaders_who_passed_the_first_lesson() -> list[tuple[int, str]]:
    rows = db_session().execute(
        select(Person.id, Person.full_name)
        .join(Membership, Membership.person_id == Person.id)
        .join(LessonProgress, LessonProgress.person_id == Person.id)
        .where(
            Membership.role == "leader",
            LessonProgress.lesson_slug == "mot-cua-duy-nhat",
            LessonProgress.passed_at.is_not(None),
        )
        .order_by(Person.id)
        .limit(MEMBERS)
    )
    return [(person_id, name) for person_id, name in rows]


def signed_in_browser(app: Flask, person_id: int) -> FlaskClient:
    """Return a browser in this process in which the person has signed in through the pages."""
    browser = app.test_client()
    page = browser.get("/dang-nhap", headers={"User-Agent": AGENT}).text
    answer = _send(browser, "/dang-nhap", page, login=member_code(person_id), pin=PIN)
    assert answer.status_code == 303, f"sign-in of person {person_id}: {answer.status_code}"
    return browser


def _sign_in(app: Flask, person_id: int, name: str) -> Member | None:
    """Return the member at a test, or nobody if the paper drawn for them has no question with a choice."""
    browser = signed_in_browser(app, person_id)
    paper = _open_paper(browser)
    if paper is None:
        return None
    cookie = browser.get_cookie("session")
    assert cookie is not None, "signing in sets the cookie of the session"
    return Member(person_id, name, f"session={cookie.value}", paper)


def _open_paper(browser: FlaskClient) -> Paper | None:
    test = first_lesson() + "kiem-tra/"
    before = browser.get(test, headers={"User-Agent": AGENT}).text
    _send(browser, test + "bat-dau", before)
    for number in range(1, 10):
        page = browser.get(f"{test}?cau={number}", headers={"User-Agent": AGENT}).text
        control = re.search(r'<input type="(?:radio|checkbox)"[^>]* name="([^"]+)" value="([^"]+)"', page)
        if control:
            return Paper(_mark(page, "data-attempt"), _mark(page, "data-question"), control[1], control[2], _csrf(page))
    return None


def _send(browser: FlaskClient, path: str, page: str, **fields: str) -> object:
    return browser.post(path, data={"csrf_token": _csrf(page), **fields}, headers={"User-Agent": AGENT})


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, "the page has no form"
    return found[1]


def _mark(page: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]+)"', page)
    assert found, f"the page has no {name}"
    return found[1]
