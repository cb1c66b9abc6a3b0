"""Figure 6: what a phone downloads for its first lesson screen, by a real Chromium with nothing kept."""

import gzip
import shutil
from dataclasses import dataclass
from typing import Any

import brotli
from playwright.sync_api import Browser, sync_playwright

from bench.figure import Figure
from bench.school import AGENT, School, Schools, first_lesson
from bench.serving import Web, serve
from bench.web import Pace

PHONE = {"viewport": {"width": 360, "height": 780}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
_QUIET = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
MOST_KB, MOST_REQUESTS = 60, 5


@dataclass(frozen=True)
class Taken:
    """One response: its address, what it weighs plain and packed, and how the server sent it."""

    path: str
    plain: int
    packed: int
    encoding: str


def measure(made: Schools, _pace: Pace) -> list[Figure]:
    """Open the first lesson as a signed-in member and as a stranger, each with an empty cache."""
    school = made.on("sqlite")
    cookie = school.signed_in()[0].cookie
    program = shutil.which("chromium")
    assert program, "Chromium is missing: apt-get install chromium"
    with serve("wsgi:app", school.environment, school.folder) as web, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
        taken = _open(browser, web, cookie)
        browser.close()
    return _figures(taken, school)


def _open(browser: Browser, web: Web, cookie: str) -> list[Taken]:
    context = browser.new_context(**PHONE, locale="vi-VN", user_agent=AGENT)
    name, value = cookie.split("=", 1)
    context.add_cookies([{"name": name, "value": value, "url": web.url}])
    page = context.new_page()
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(web.url + first_lesson(), wait_until="networkidle")
    assert page.locator("h1").count() == 1, "the lesson opened"
    taken = [_weigh(answer) for answer in answers]
    context.close()
    return taken


def _weigh(answer: Any) -> Taken:
    """Weigh a body as it comes, and packed; what a server sends packed is unpacked by the browser."""
    body, encoding = answer.body(), answer.headers.get("content-encoding", "")
    packed = {"br": brotli.compress, "": lambda plain: gzip.compress(plain, 6)}.get(encoding, gzip.compress)(body)
    path = answer.url.split("/", 3)[3].split("?")[0]
    return Taken("/" + path, len(body), min(len(packed), len(body)), encoding)


def _figures(taken: list[Taken], school: School) -> list[Figure]:
    plain, packed = sum(one.plain for one in taken), sum(one.packed for one in taken)
    sent = ", ".join(sorted({one.encoding for one in taken} - {""}))
    how = f"máy chủ tự nén bằng {sent}" if sent else "máy chủ không nén, nên nén thử từng phần bằng gzip -6"
    parts = "; ".join(f"{one.path} {one.packed / 1000:.1f} kB" for one in taken)
    note = f"Màn hình bài học đầu tiên: {how}; chưa nén {plain / 1000:.1f} kB. {parts}."
    kilobytes = packed / 1000
    return [
        Figure("man-hinh-dau/kB", "Màn hình bài học đầu tiên, đã nén", kilobytes, None, "kB", kilobytes, MOST_KB,
               at_least=False, is_ratio=False, notes=(note,),
               more={"plain_kb": plain / 1000, "sent_packed": bool(sent)}),
        Figure("man-hinh-dau/luot", "Màn hình bài học đầu tiên, số lượt tải", len(taken), None, "lượt", len(taken),
               MOST_REQUESTS, at_least=False, is_ratio=False),
    ]  # fmt: skip
