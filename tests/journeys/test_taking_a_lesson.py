"""A member learns on a cheap phone: cards, practice with help, a test that loses nothing, a skill completed once."""

import json

import pytest

from lms.learning.models import Answer, SkillCompletion
from tests.journeys.answering import COURSE, answer, course, is_kept, lesson, question_on, take_test
from tests.journeys.conftest import PHONE, SMALL

pytestmark = pytest.mark.browser

FIRST = "mot-cua-duy-nhat"
COMMUNE = "02143"


@pytest.fixture(scope="module")
def made(school):
    people = [("leader", "Hoàng Thị Hoà", "0914994123"), ("member", "Lò Thị Mai", "0914994124"),
              ("member", "Vi Văn Tâm", "0914994125")]  # fmt: skip
    return school.arrange("society", teams={"Thôn 1": {"commune": COMMUNE, "people": people}}, staff=[])


@pytest.fixture(scope="module")
def mai(made, enter):
    return enter("mai", "0914994124", PHONE)


def saved(someone):
    someone.page.get_by_text("Đã lưu lúc").wait_for()


def test_one_button_leads_through_the_cards_to_practice_with_help(mai):
    assert mai.h1 == "Bài học của tôi"
    assert mai.find("Học tiếp").count() == 1
    mai.press("Học tiếp")
    assert "Bắt đầu với điện thoại thông minh" in mai.text, "the first course comes first"
    total = len(lesson(FIRST).main_cards)
    mai.open(f"/khoa-hoc/{COURSE}/").press("Một cửa duy nhất trên mạng")
    assert f"Thẻ 1/{total}" in mai.text
    mai.press("Thẻ tiếp")
    mai.open("/hoc/").press("Học tiếp")
    assert f"Thẻ 2/{total}" in mai.text
    for _ in range(total - 2):
        mai.press("Thẻ tiếp")

    mai.press("Luyện tập")
    question = question_on(mai.page, lesson(FIRST).practice)
    answer(mai.page, question, rightly=False)
    mai.send("Xem kết quả")
    assert "Chưa đúng." in mai.text
    wrong = next(option for option in question.options if not option.right and option.help and option.help in mai.text)
    assert wrong
    answer(mai.page, question)
    mai.send("Xem kết quả")
    assert "Đúng rồi." in mai.text
    for _ in range(len(lesson(FIRST).practice) - 1):
        mai.press("Câu tiếp")
    mai.press("Làm bài kiểm tra")
    assert "Không tính giờ" in mai.text


def test_answers_survive_a_closed_tab_and_a_server_without_power(school, mai):
    mai.open(f"/khoa-hoc/{COURSE}/{FIRST}/kiem-tra/").send("Bắt đầu làm bài")
    first = question_on(mai.page, lesson(FIRST).bank)
    answer(mai.page, first)
    saved(mai)
    mai.page.reload()
    mai.open(f"/khoa-hoc/{COURSE}/{FIRST}/kiem-tra/?cau=1")
    assert is_kept(mai.page, first)
    mai.send("Lưu và tiếp")

    second = question_on(mai.page, lesson(FIRST).bank)
    answer(mai.page, second)
    saved(mai)
    school.kill("web")
    school.start_web()
    for place, question in enumerate((first, second), start=1):
        mai.open(f"/khoa-hoc/{COURSE}/{FIRST}/kiem-tra/?cau={place}")
        assert question_on(mai.page, lesson(FIRST).bank) == question
        assert is_kept(mai.page, question)
    assert school.count(Answer) == 2


def test_an_answer_given_while_the_line_is_down_is_sent_when_it_is_back(school, mai):
    mai.open(f"/khoa-hoc/{COURSE}/{FIRST}/kiem-tra/?cau=3")
    third = question_on(mai.page, lesson(FIRST).bank)
    mai.context.set_offline(True)
    answer(mai.page, third)
    mai.page.get_by_text("Chưa có mạng").wait_for()
    mai.context.set_offline(False)
    saved(mai)
    mai.faults.clear()
    mai.open(f"/khoa-hoc/{COURSE}/{FIRST}/kiem-tra/?cau=3")
    assert is_kept(mai.page, third)


def test_handing_in_with_a_wrong_answer_says_what_to_read_again_and_she_passes_in_the_end(mai):
    asked = lesson(FIRST).bank
    for place in range(3, lesson(FIRST).test.draw + 1):
        mai.open(f"/khoa-hoc/{COURSE}/{FIRST}/kiem-tra/?cau={place}")
        answer(mai.page, question_on(mai.page, asked), rightly=False)
        mai.send("Lưu và tiếp")
    mai.send("Nộp bài")
    assert mai.h1 == "Chưa đạt lần này"
    mai.press("Xem lại thẻ của câu 4")
    assert "Thẻ" in mai.text
    take_test(mai, FIRST)
    assert mai.h1 == "Anh/chị đã đạt"
    mai.press("Học bài tiếp")


def test_without_javascript_the_same_test_can_be_taken(made, enter):
    tam = enter("tam", "0914994125", SMALL, scripts=False)
    tam.open(f"/khoa-hoc/{COURSE}/{FIRST}/")
    tam.press("Thẻ tiếp")
    take_test(tam, FIRST)
    assert tam.h1 == "Anh/chị đã đạt"
    assert "được 100/100" in tam.text


def test_the_last_test_completes_the_skill_once_with_its_version(school, made, mai):
    others = [one.slug for one in course().lessons if one.slug != FIRST]
    me = made["people"]["Lò Thị Mai"]["account"]
    school.arrange("pass_lessons", people=[me], lessons=others[:-1])
    mai.open("/hoc/")
    assert "6/7" in mai.text
    take_test(mai, others[-1])
    assert "Anh/chị đã hoàn thành kỹ năng" in mai.text
    first = school.ask(SkillCompletion.__table__.select())
    take_test(mai, others[-1])
    assert school.ask(SkillCompletion.__table__.select()) == first
    assert len(first) == 1
    mai.open("/hoc/")
    assert "Đã hoàn thành" in mai.text
    assert json.loads(school.flask("learning", "audit", "--json"))["agree"]


def test_what_one_passed_can_be_taught_to_others_and_printed(mai):
    mai.open(f"/khoa-hoc/{COURSE}/")
    assert "Đã đạt" in mai.text
    mai.open(f"/khoa-hoc/{COURSE}/{FIRST}/").press("Hướng dẫn lại cho người khác")
    mai.press("Phiếu các bước để in")
    mai.open(f"/khoa-hoc/{COURSE}/{FIRST}/?the=tat-ca")


def test_lessons_are_open_to_all_and_tests_to_whoever_signs_in(visit):
    stranger = visit("nguoi-dan", SMALL).open("/khoa-hoc/").press("Dịch vụ công trực tuyến")
    stranger.open(f"/khoa-hoc/{COURSE}/{FIRST}/?the=tat-ca")
    stranger.open(f"/khoa-hoc/{COURSE}/{FIRST}/kiem-tra/")
    assert stranger.h1 == "Đăng nhập"
