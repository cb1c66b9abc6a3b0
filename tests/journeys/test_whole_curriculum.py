"""Eight courses as people meet them: searched, tapped, tried before and after, printed, learned in a class."""

import time
from datetime import timedelta

import pypdfium2
import pytest
from sqlalchemy import update

import courses
from lms.clock import utc_now, vn_date
from lms.learning.models import ClassCredit, LessonProgress
from tests.journeys.answering import ROOT, answer, question_on, touch
from tests.journeys.conftest import DESK, PHONE, SMALL

pytestmark = pytest.mark.browser

COMMUNE = "14797"
PHONES = "bat-dau-dien-thoai"
BASICS = courses.load_folder(ROOT / PHONES, today=vn_date(utc_now()))
FIRST = BASICS.lessons[0]


@pytest.fixture(scope="module")
def made(school):
    people = [("leader", "Hoàng Thị Hoà", "0914994201"), ("member", "Lò Thị Mai", "0914994202"),
              ("member", "Vi Văn Tâm", "0914994203")]  # fmt: skip
    staff = [{"name": "Nguyễn Thị Giảng", "phone": "0914994210", "role": "trainer", "area": "38"}]
    return school.arrange("society", teams={"Thôn 1": {"commune": COMMUNE, "people": people}}, staff=staff)


def test_a_stranger_finds_lua_dao_without_accents_and_sees_what_a_lesson_rests_on(visit):
    stranger = visit("nguoi-dan", SMALL).open("/khoa-hoc/")
    stranger.fill("Tìm bài", "lua dao")
    stranger.page.keyboard.press("Enter")
    stranger.page.wait_for_url("**/tim/**")
    stranger.look()
    assert "lừa đảo" in stranger.text.lower()
    stranger.page.locator(".found__title a").first.click()
    stranger.look()
    stranger.open("/khoa-hoc/tu-bao-ve/").press("Căn cứ")
    assert "Kiểm tra ngày" in stranger.text
    stranger.open("/khung-ky-nang/")


def test_the_right_place_of_a_drawn_screen_is_touched_or_chosen_by_keyboard(visit):
    question = next(one for one in FIRST.practice + FIRST.bank if one.kind == "tap")
    place = next(n for n, one in enumerate(FIRST.practice, start=1) if one.kind == "tap")
    someone = visit("mot-bac", PHONE).open(f"/khoa-hoc/{PHONES}/{FIRST.slug}/luyen-tap/?cau={place}")
    wrong = next(option for option in question.options if not option.right)

    corner = someone.page.locator(".tap img").bounding_box()
    someone.page.mouse.click(corner["x"] + 8, corner["y"] + 8)
    assert someone.page.locator(".tap input:checked").count() == 0, "only the drawn places can be touched"
    touch(someone.page, question, wrong)
    someone.send("Xem kết quả")
    assert "Chưa đúng." in someone.text
    assert wrong.help in someone.text
    right = next(option for option in question.options if option.right)
    touch(someone.page, question, right)
    someone.send("Xem kết quả")
    assert "Đúng rồi." in someone.text

    choice = someone.page.get_by_label(wrong.text, exact=True)
    choice.focus()
    someone.page.keyboard.press("Space")
    assert choice.is_checked()


def test_a_test_with_every_kind_of_question_is_taken_without_javascript(made, enter):
    tam = enter("tam", "0914994203", SMALL, scripts=False)
    tam.open(f"/khoa-hoc/{PHONES}/{FIRST.slug}/kiem-tra/").send("Bắt đầu làm bài")
    for _ in range(FIRST.test.draw):
        answer(tam.page, question_on(tam.page, FIRST.bank))
        tam.send("Lưu và tiếp")
    tam.send("Nộp bài")
    assert tam.h1 == "Anh/chị đã đạt"


def test_five_questions_before_learning_show_a_number_and_no_answers(made, enter):
    mai = enter("mai", "0914994202", PHONE)
    mai.open(f"/khoa-hoc/{PHONES}/").press("Thử sức 5 câu")
    assert mai.page.locator("main form h2").count() == 5
    mai.send("Nộp câu trả lời")
    assert "đúng 0 trên 5 câu" in mai.text
    mai.open(f"/khoa-hoc/{PHONES}/thu-suc/")
    assert mai.h1 == "Kết quả thử sức"
    mai.open("/hoc/")
    assert "Chương trình" in mai.text


def test_a_sheet_and_a_booklet_are_made_when_somebody_asks(worker, visit):
    stranger = visit("nguoi-in", PHONE)
    for path, least in ((f"/khoa-hoc/{PHONES}/{FIRST.slug}/phieu.pdf", 1), (f"/khoa-hoc/{PHONES}/sach.pdf", 10)):
        reply = stranger.context.request.get(stranger.url + path)
        assert reply.status in (200, 202)
        if reply.status == 202:
            assert "Trang này tự mở khi xong" in reply.text()
        end = time.monotonic() + 90
        while reply.status == 202 and time.monotonic() < end:
            time.sleep(0.5)
            reply = stranger.context.request.get(stranger.url + path)
        assert reply.headers["content-type"] == "application/pdf"
        assert _pages(reply.body()) >= least
    assert _pages(stranger.context.request.get(f"{stranger.url}/khoa-hoc/{PHONES}/{FIRST.slug}/phieu.pdf").body()) == 1


def test_a_class_counts_for_the_learner_once_its_day_is_over(school, worker, made, enter):
    giang = enter("giang", "0914994210", DESK).open(f"/khoa-hoc/{PHONES}/{FIRST.slug}/lop/").press("Thôn 1")
    giang.tick("Lò Thị Mai").send("Ghi nhận lớp học")
    mai = enter("mai-2", "0914994202", PHONE).open(f"/khoa-hoc/{PHONES}/")
    assert "chờ chốt" in mai.text
    school.change(update(ClassCredit).values(given_at=utc_now() - timedelta(days=2)))
    school.kill("worker")
    school.start_worker()
    school.wait_until(lambda: school.count(LessonProgress, LessonProgress.grade == "C") == 1, seconds=90)
    mai.open(f"/khoa-hoc/{PHONES}/")
    assert "Đạt (lớp học)" in mai.text


@pytest.mark.parametrize("school", ["sqlite"], indirect=True)
def test_every_lesson_of_every_course_fits_the_smallest_phone(school, visit):
    stranger = visit("nguoi-doc", SMALL)
    for folder in sorted(ROOT.iterdir()):
        for lesson in sorted((folder / "lessons").glob("*.md")):
            stranger.open(f"/khoa-hoc/{folder.name}/{lesson.stem[3:]}/?the=tat-ca")
            assert "{" not in stranger.text


def _pages(pdf: bytes) -> int:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()
