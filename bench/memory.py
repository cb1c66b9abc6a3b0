"""Figure 7: what a web worker holds after 2,000 mixed requests, and what it must never load."""

import http.client
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from bench.clock import children_of, resident_megabytes
from bench.data import COURSE
from bench.figure import Figure
from bench.school import AGENT, School, Schools, first_lesson
from bench.serving import ROOT, Web, serve
from bench.web import Pace

MOST_MEGABYTES, REQUESTS = 150, 2_000
HEAVY = ("weasyprint", "docx", "mammoth", "python_calamine", "lxml", "PIL", "openpyxl", "pypdfium2")
FORBIDDEN = HEAVY[:4]
PATHS = (
    "/hoc/", first_lesson(), first_lesson() + "?the=2", first_lesson() + "?the=tat-ca", "/to/", "/khoa-hoc/",
    f"/khoa-hoc/{COURSE}/", first_lesson() + "luyen-tap/", first_lesson() + "kiem-tra/", first_lesson() + "phieu/",
    "/du-lieu-cua-toi", "/chung-nhan/", "/dang-nhap", "/khong-co-trang-nay", "/tinh/lms.css",
)  # fmt: skip
_LIBRARIES = re.compile(r"lxml|calamine|pango|harfbuzz|pdfium|_imaging")


def measure(made: Schools, _pace: Pace) -> list[Figure]:
    """Ask for many kinds of pages, then look at the worker's memory and libraries."""
    school = made.on("sqlite")
    members = school.signed_in()
    with serve("wsgi:app", school.environment, school.folder) as web:
        at_start = _worker(web)[1]
        statuses = _ask(web, [member.cookie for member in members])
        worker, held = _worker(web)
        maps = Path(f"/proc/{worker}/maps").read_text()
        master = resident_megabytes(web.process.pid)
    bad = {status: count for status, count in statuses.items() if status >= 500}
    assert not bad, f"answers with faults: {bad}"
    loaded = _loaded_modules(school)
    mapped = sorted(set(_LIBRARIES.findall(maps)))
    note = (
        f"Tiến trình web: {at_start:.0f} MB lúc khởi động, {held:.0f} MB sau {REQUESTS} lượt; tiến trình trông coi "
        f"{master:.0f} MB. Thư viện nặng đã nạp: {', '.join(loaded + mapped) or 'không có'}."
    )
    forbidden = len(set(loaded) & set(FORBIDDEN)) + len({"pango", "calamine"} & set(mapped))
    return [
        Figure("bo-nho/MB", f"Bộ nhớ một tiến trình web sau {REQUESTS} lượt", held, None, "MB", held, MOST_MEGABYTES,
               at_least=False, is_ratio=False, notes=(note,), more={"at_start": at_start, "master": master}),
        Figure("bo-nho/thu-vien", "Thư viện PDF và Office trong tiến trình web", forbidden, None, "thư viện", forbidden,
               0, at_least=False, is_ratio=False),
    ]  # fmt: skip


def _ask(web: Web, cookies: list[str]) -> dict[int, int]:
    connection = http.client.HTTPConnection(web.url.removeprefix("http://"), timeout=20)
    statuses: dict[int, int] = {}
    for number in range(REQUESTS):
        headers = {"Cookie": cookies[number % len(cookies)], "User-Agent": AGENT}
        connection.request("GET", PATHS[number % len(PATHS)], headers=headers)
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
    connection.close()
    return statuses


def _worker(web: Web) -> tuple[int, float]:
    """Return the worker and its memory; granian's own process only watches over it."""
    return max(((pid, resident_megabytes(pid)) for pid in children_of(web.process.pid)), key=lambda found: found[1])


def _loaded_modules(school: School) -> list[str]:
    """Import the stand-alone app in a fresh process, open a lesson, and name the heavy modules it loaded."""
    script = (
        "import json, sys; from wsgi import app; "
        f"assert app.test_client().get({first_lesson()!r}).status_code == 200; "
        f"print(json.dumps([n for n in {HEAVY!r} if n in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env={**os.environ, **school.environment},
                          capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return names
