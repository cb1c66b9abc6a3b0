"""Browsers and schools for the stories."""

import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import ENGINES
from tests.journeys.server import open_school
from tests.journeys.visitor import Visitor

PHONE = {"viewport": {"width": 360, "height": 780}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
SMALL = {"viewport": {"width": 320, "height": 640}}
DESK = {"viewport": {"width": 1280, "height": 900}}
_QUIET = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
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


@pytest.fixture(scope="module", params=ENGINES)
def school(request, tmp_path_factory):
    """A running school for one story, on each engine."""
    folder = tmp_path_factory.mktemp("truong")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "lms.sqlite")
        school, server, name = open_school(f"sqlite:///{folder}/lms.sqlite", folder), None, ""
    else:
        server = request.getfixturevalue("postgres")
        name = server.create_from("lms_template")
        school = open_school(server.url(name), folder)
    school.start_web()
    school.start_worker()
    yield school
    school.stop()
    if server is not None:
        server.drop(name)


@pytest.fixture(scope="module")
def visit(chromium, school):
    """Return a person with a browser: `visit("mai", PHONE)`."""
    opened = []

    def open_browser(name: str, device: dict, **more: object) -> Visitor:
        context = chromium.new_context(**device, **more, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
        context.set_default_timeout(15000)
        opened.append(context)
        return Visitor(name, context, school.url)

    yield open_browser
    for context in opened:
        context.close()
