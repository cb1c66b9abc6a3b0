"""A trainer shows a lesson on a TV with a presenter's keys, ticks who was there, and undoes it."""

import pytest

from lms.learning.models import ClassCredit, CreditedPerson
from tests.journeys.answering import COURSE
from tests.journeys.conftest import PHONE

pytestmark = pytest.mark.browser

TV = {"viewport": {"width": 1280, "height": 720}}
HELD_UP = {"viewport": {"width": 360, "height": 640}}
LESSON = f"/khoa-hoc/{COURSE}/mot-cua-duy-nhat/"


@pytest.fixture(scope="module")
def made(school):
    """A team of thirty, and a trainer."""
    people = [["member", f"Lò Văn {number:02}", f"09149942{number:02}"] for number in range(30)]
    return school.arrange(
        "society",
        teams={"Tổ dân phố Đông Sơn": {"commune": "14797", "people": people}},
        staff=[{"name": "Hoàng Thị Giảng", "phone": "0914000003", "role": "trainer", "area": "38"}],
    )


@pytest.mark.parametrize("screen", [TV, HELD_UP], ids=["tv", "phone"])
def test_every_screen_of_a_lesson_can_be_read_without_scrolling_sideways(visit, made, screen):
    room = visit("phong", screen).open(LESSON + "chieu/")

    while room.page.locator("a[rel=next]").count():
        room.page.locator("a[rel=next]").click()
        room.page.wait_for_load_state("load")
        room.look()

    assert room.h1 == "Hỏi lại cả lớp"


def test_a_presenters_keys_turn_the_cards(visit, made):
    room = visit("giang", TV).open(LESSON + "chieu/")

    for key, lands_on in (("PageDown", 1), ("ArrowRight", 2), ("Space", 3), ("PageUp", 2), ("ArrowLeft", 1)):
        room.page.keyboard.press(key)
        room.page.wait_for_url(f"**/chieu/?the={lands_on}")


def test_a_class_of_thirty_is_credited_with_a_few_presses_and_undone(enter, school, made):
    giang = enter("giang", "0914000003", PHONE).open(LESSON + "chieu/?the=99")

    giang.press("Ghi nhận lớp học").fill("Tên tổ", "dong son").press("Tìm tổ").press("Tổ dân phố Đông Sơn")
    giang.press("Chọn tất cả").send("Ghi nhận lớp học")
    assert "30 người" in giang.text
    assert school.count(CreditedPerson) == 30

    giang.send("Bỏ ghi nhận")
    assert school.count(ClassCredit, ClassCredit.undone_at.is_not(None)) == 1
