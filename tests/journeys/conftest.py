"""Browsers and schools for the stories."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import ENGINES
from tests.journeys.server import School, open_school
from tests.journeys.visitor import Visitor

PHONE = {"viewport": {"width": 360, "height": 780}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
SMALL = {"viewport": {"width": 320, "height": 640}}
DESK = {"viewport": {"width": 1280, "height": 900}}
NARROW_DESK = {"viewport": {"width": 360, "height": 780}}
_QUIET = [
    "--no-sandbox", "--lang=vi", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, headless."""
    program = shutil.which("chromium")
    assert program, "Chromium is missing: run `make debian` (or apt-get install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def first_school(request, tmp_path_factory):
    """Prepare a school once on an engine, with its built-in courses; return what to copy it from."""
    prepared: dict[str, tuple[str, Path]] = {}

    def prepare(engine: str) -> tuple[str, Path]:
        if engine not in prepared:
            folder = tmp_path_factory.mktemp(f"truong-mau-{engine}")
            if engine == "sqlite":
                shutil.copy(request.getfixturevalue("sqlite_template"), folder / "lms.sqlite")
                source = f"sqlite:///{folder}/lms.sqlite"
                open_school(source, folder).flask("init")
            else:
                server = request.getfixturevalue("postgres")
                source = server.create_from("lms_template")
                open_school(server.url(source), folder).flask("init")
            prepared[engine] = (source, folder)
        return prepared[engine]

    return prepare


@pytest.fixture(scope="module", params=ENGINES)
def school(request, tmp_path_factory, first_school):
    """A running school for one story, on each engine."""
    folder = tmp_path_factory.mktemp("truong")
    source, made_in = first_school(request.param)
    shutil.copytree(made_in / "du-lieu", folder / "du-lieu")
    if request.param == "sqlite":
        for name in os.listdir(made_in):
            if name.startswith("lms.sqlite"):
                shutil.copy(made_in / name, folder / name)
        school, server, database = open_school(f"sqlite:///{folder}/lms.sqlite", folder), None, ""
    else:
        server = request.getfixturevalue("postgres")
        database = server.create_from(source)
        school = open_school(server.url(database), folder)
    school.start_web()
    yield school
    school.stop()
    if server is not None:
        server.drop(database)


@pytest.fixture(scope="module")
def worker(school: School):
    """Somebody who does the background work of the school."""
    school.start_worker()


@pytest.fixture(scope="module")
def visit(chromium, school: School):
    """Return a person with a browser: `visit("mai", PHONE)`."""
    opened = []

    def open_browser(name: str, device: dict, *, scripts: bool = True) -> Visitor:
        context = chromium.new_context(
            **device, java_script_enabled=scripts, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
        )
        context.set_default_timeout(10000)
        opened.append(context)
        return Visitor(name, context, school.url, scripts=scripts)

    yield open_browser
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def enter(visit):
    """Return a person who has signed in by phone and PIN: `enter("mai", "0914994123", PHONE)`."""

    def sign_in(name: str, phone: str, device: dict, *, scripts: bool = True) -> Visitor:
        return visit(name, device, scripts=scripts).sign_in(phone)

    return sign_in
