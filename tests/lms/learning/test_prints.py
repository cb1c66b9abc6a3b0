"""Sheets and small books: made when somebody asks, made once, kept until the course changes."""

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select, update

from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.files import store
from lms.files.rules import sweep
from lms.journal.models import Job
from lms.learning import prints
from lms.learning.jobs import print_paper
from lms.learning.models import PrintedPaper
from lms.library.models import LocalValue
from lms.rooms import HOLDERS
from tests.factories import HAC_THANH, NOON, THANH_HOA, actor_of, clerk, make_team
from tests.lms.learning.people import learner_in, pass_test
from tests.lms.library.package import make_files, publish
from tests.lms.printing.papers import codes_on, page_count, text_of

ROOT = Path(__file__).parents[3]
SHEET = "/khoa-hoc/dich-vu-cong/mot-cua/phieu.pdf"
BOOK = "/khoa-hoc/dich-vu-cong/sach.pdf"
LATER = NOON + timedelta(days=1)


@pytest.fixture
def course(app):
    """A course of two lessons."""
    publish()


def waiting(session):
    session.rollback()
    return session.scalar(select(func.count()).select_from(Job).where(Job.kind == prints.PRINT))


def papers(session):
    session.rollback()
    return list(session.scalars(select(PrintedPaper).order_by(PrintedPaper.made_at, PrintedPaper.key)))


def sheet_wanted(lesson="mot-cua", province=None, address="https://hoc.example.vn/x"):
    return prints.wanted_paper(db_session(), course="dich-vu-cong", lesson=lesson, province=province, address=address)


def test_a_sheet_that_is_not_ready_is_asked_for_and_waited_for_without_javascript(course, client, session):
    page = client.get(SHEET, 202)

    assert page.h1 == "Đang làm phiếu"
    assert "Trang này tự mở khi xong" in page.text
    assert page.headers["Refresh"] == "3"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.soup.find("a", string="Xem lại")["href"] == SHEET
    assert waiting(session) == 1


def test_anybody_gets_the_sheet_once_it_is_made(course, client, run_jobs):
    client.get(SHEET, 202)
    run_jobs()

    answer = client.get(SHEET)

    assert answer.headers["Content-Type"] == "application/pdf"
    assert "inline" in answer.headers["Content-Disposition"]
    assert "phieu-dich-vu-cong-mot-cua.pdf" in answer.headers["Content-Disposition"]
    assert page_count(answer.data) == 1
    text = text_of(answer.data)
    assert "Phiếu các bước" in text
    assert "Mở trang." in text
    assert "Ghi chú của tôi" in text
    assert "Bản số 1, ngày 21/11/2026" in text
    assert codes_on(answer.data) == ["https://hoc.example.vn/khoa-hoc/dich-vu-cong/mot-cua/"]


def test_a_browser_that_has_the_sheet_gets_no_second_copy(course, client, run_jobs):
    client.get(SHEET, 202)
    run_jobs()
    first = client.get(SHEET)

    again = client.get(SHEET, 304, headers={"If-None-Match": first.headers["ETag"]})

    assert again.data == b""
    assert "no-cache" in first.headers["Cache-Control"]
    assert "Cookie" in first.headers["Vary"]


def test_the_whole_course_comes_as_a_small_book(course, client, run_jobs):
    assert client.get(BOOK, 202).h1 == "Đang làm sách nhỏ"
    run_jobs()

    answer = client.get(BOOK)

    assert "sach-dich-vu-cong.pdf" in answer.headers["Content-Disposition"]
    text = text_of(answer.data)
    for words in (
        "Dành cho: Thành viên Tổ công nghệ số cộng đồng", "Mục lục", "Bài mot cua", "Bài nop ho so",
        "Vào một địa chỉ.", "Làm mẫu chậm.", "Chỉ còn một cổng. Nguồn: Công văn 3701.", "kiểm tra ngày 01/11/2026",
    ):  # fmt: skip
        assert words in text
    assert "Phiếu các bước" not in text
    assert codes_on(answer.data) == ["https://hoc.example.vn/khoa-hoc/dich-vu-cong/"]


def test_asking_again_makes_no_second_job(course, client, session, run_jobs):
    for _ in range(3):
        client.get(SHEET, 202)
    assert waiting(session) == 1
    run_jobs()

    client.get(SHEET)

    assert waiting(session) == 1


def test_two_who_ask_at_once_make_one_job(app, course, session):
    gate = threading.Barrier(2)

    def ask():
        with app.app_context():
            wanted = sheet_wanted()
            gate.wait()
            in_unit(lambda s: prints.ask_for_paper(s, wanted=wanted, now=NOON))
            db_session().close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert waiting(session) == 1


@pytest.mark.parametrize(
    "path", ["/khoa-hoc/dich-vu-cong/khong-co/phieu.pdf", "/khoa-hoc/khong-co/sach.pdf", "/khoa-hoc/../sach.pdf"]
)
def test_what_is_not_taught_makes_no_job(course, client, session, path):
    client.get(path, 404)

    assert waiting(session) == 0


def test_each_lesson_and_the_book_are_papers_of_their_own(course, client, session, run_jobs):
    for path in (SHEET, SHEET.replace("mot-cua", "nop-ho-so"), BOOK):
        client.get(path, 202)
    run_jobs()

    assert len({paper.key for paper in papers(session)}) == 3


def test_a_worker_that_was_killed_after_its_work_may_run_again(course, session):
    wanted = sheet_wanted()
    in_unit(lambda s: prints.ask_for_paper(s, wanted=wanted, now=NOON))
    job = session.scalars(select(Job)).one()
    payload, progress = dict(job.payload), _NoProgress()

    first = print_paper(payload, progress, job)
    made = papers(session)
    in_unit(lambda s: s.execute(update(PrintedPaper).values(made_at=NOON)))
    second = print_paper(payload, progress, job)

    assert first == second == {"key": wanted.key}
    assert [paper.sha256 for paper in papers(session)] == [paper.sha256 for paper in made]
    assert papers(session)[0].made_at == NOON


def test_storing_a_paper_twice_keeps_one(course, session, unit):
    wanted = sheet_wanted()
    for _ in range(2):
        unit(lambda s: prints.store_paper(s, wanted=wanted, data=b"%PDF", now=NOON))

    assert len(papers(session)) == 1


def test_a_new_version_makes_a_new_paper_and_drops_the_old_one(course, client, session, run_jobs):
    client.get(SHEET, 202)
    run_jobs()
    old = papers(session)[0].sha256
    publish(make_files(title="Tên mới"), now=utc_now() + timedelta(seconds=1))

    client.get(SHEET, 202)
    run_jobs()

    assert "Tên mới. Bản số 2" in text_of(client.get(SHEET).data)
    assert [paper.sha256 for paper in papers(session)] != [old]
    assert len(papers(session)) == 1
    in_unit(lambda s: sweep(s, holders=HOLDERS, now=utc_now() + timedelta(hours=2)))
    with pytest.raises(NotFound):
        store.read(old)
    assert store.read(papers(session)[0].sha256)


def test_a_worker_gone_for_long_is_said_calmly_and_asked_for_seldom(course, client, session):
    client.get(SHEET, 202)
    in_unit(lambda s: s.execute(update(Job).values(created_at=utc_now() - timedelta(minutes=10))))

    page = client.get(SHEET, 202)

    assert "làm lâu hơn mọi khi" in page.text
    assert "Bài học vẫn đọc được" in page.text
    assert page.headers["Refresh"] == "60"
    assert waiting(session) == 1


def test_a_sheet_too_long_for_a_page_is_refused_with_its_reason_and_not_tried_again_at_once(
    app, client, session, run_jobs
):
    publish(_with_sheet("\n".join(f"{n}. Một bước dài hơn một dòng, {'nói đi nói lại, ' * 6}" for n in range(1, 41))))
    client.get(SHEET, 202)
    run_jobs()

    page = client.get(SHEET, 409)

    assert page.h1 == "Chưa làm được phiếu"
    assert "dài hơn một trang A4" in page.text
    assert waiting(session) == 1
    _wait(prints.REST_AFTER_FAILURE)
    client.get(SHEET, 202)
    assert waiting(session) == 2


def test_a_provinces_own_words_are_printed_and_make_a_paper_of_their_own(app, client, session, run_jobs):
    publish(_with_sheet("1. Gọi {tinh.duong-day-nong}.", variables=HOTLINE))
    make_team()
    client.get(SHEET, 202)
    run_jobs()
    assert "Gọi số của tỉnh." in text_of(client.get(SHEET).data)

    _set_hotline("1022 <b>")
    client.get(SHEET, 202)
    run_jobs()

    assert "Gọi 1022 <b>." in text_of(client.get(SHEET).data)
    assert len(papers(session)) == 2


def test_a_paper_without_a_provinces_words_is_one_for_all_provinces(app, session):
    publish(_with_sheet("1. Mở trang.", variables=HOTLINE))
    before = sheet_wanted(province=THANH_HOA).key

    _set_hotline("1022")

    assert sheet_wanted(province=THANH_HOA).key == before == sheet_wanted().key


def test_another_address_is_another_paper(course):
    assert sheet_wanted().key != sheet_wanted(address="https://khac.example.vn/x").key


def test_the_sheets_page_leads_to_the_paper(course, client):
    page = client.get("/khoa-hoc/dich-vu-cong/mot-cua/phieu/")

    assert page.soup.find("a", string="Tải phiếu để in")["href"] == SHEET


def test_the_last_card_leads_to_the_sheet_before_the_test_is_passed(course, client):
    last = client.get("/khoa-hoc/dich-vu-cong/mot-cua/?the=3")
    first = client.get("/khoa-hoc/dich-vu-cong/mot-cua/?the=1")

    assert last.soup.find("a", string="Phiếu các bước để in")
    assert not first.soup.find("a", string="Phiếu các bước để in")
    assert not last.soup.find("a", string="Hướng dẫn lại cho người khác")


def test_who_has_passed_finds_the_sheet_on_every_card(course, client):
    an = learner_in(make_team())
    pass_test(an)

    first = client.sign_in(an.account_id).get("/khoa-hoc/dich-vu-cong/mot-cua/?the=1")

    assert first.soup.find("a", string="Phiếu các bước để in")


def test_a_web_process_never_loads_the_layout_engine():
    code = "import sys, lms.learning.views, lms.learning.jobs; print('weasyprint' in sys.modules)"
    seen = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env={"PATH": "/usr/bin"}
    )

    assert seen.stdout.strip() == "False"


HOTLINE = [{"key": "duong-day-nong", "label": "Đường dây nóng", "fallback": "số của tỉnh"}]


class _NoProgress:
    """Stands in for the worker's progress; what is shown of it is tested where jobs are."""

    def step(self, done, total, note=""):
        pass


def _with_sheet(steps, variables=()):
    """Return the course with other steps on the sheet of its first lesson."""
    files = make_files(("mot-cua",))
    lesson = "lessons/01-mot-cua.md"
    before, last_step, _ = files[lesson].decode().rpartition("1. Mở trang.")
    assert last_step
    meta = yaml.safe_load(files["course.yml"]) | {"variables": list(variables)}
    course = yaml.safe_dump(meta, allow_unicode=True)
    return {**files, lesson: f"{before}{steps}\n".encode(), "course.yml": course.encode()}


def _set_hotline(text):
    by = actor_of(clerk(HAC_THANH)).account_id

    def work(session):
        session.merge(LocalValue(province_code=THANH_HOA, key="duong-day-nong", text=text, set_at=NOON, set_by_id=by))

    in_unit(work)


def _wait(span):
    """Let the time since every failed job be so long."""
    in_unit(lambda s: s.execute(update(Job).values(failed_at=utc_now() - span - timedelta(seconds=1))))
