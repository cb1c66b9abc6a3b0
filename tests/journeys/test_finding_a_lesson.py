"""Somebody looks for help by words, reads a card in the province's own words, and spreads it in the village."""

import pytest
from sqlalchemy import select

from lms.library.models import LocalValue
from tests.factories import THANH_HOA
from tests.journeys.conftest import DESK, NARROW_DESK, PHONE

pytestmark = pytest.mark.browser

COURSE = "/khoa-hoc/nen-tang-dia-phuong/"
HOTLINE = "1900 9999"


def test_an_officer_gives_the_lessons_the_provinces_words_and_readers_meet_them(school, enter, visit):
    staff = [{"name": "Lê Thị Sở", "phone": "0914994002", "role": "officer", "area": THANH_HOA}]
    school.arrange("society", teams={}, staff=staff)
    officer = enter("so", "0914994002", DESK)

    officer.press("Học liệu").press("Lời riêng của tỉnh")
    officer.fill("Số đường dây nóng", HOTLINE).send("Lưu lời của tỉnh")

    assert "Đã lưu 1 mục." in officer.text
    assert school.ask(select(LocalValue.province_code, LocalValue.text)) == [(THANH_HOA, HOTLINE)]

    reader = visit("khach", PHONE)
    reader.open("/khoa-hoc/").fill("Tìm bài", "duong day nong").send("Tìm")
    assert HOTLINE in reader.text
    reader.page.locator(".found a").first.click()
    reader.page.wait_for_load_state("load")
    reader.look()
    assert "/khoa-hoc/" in reader.path


def test_whoever_wants_to_know_finds_what_a_lesson_rests_on(visit):
    reader = visit("hoi-ky", NARROW_DESK)

    reader.open(COURSE).press("Căn cứ")

    assert reader.h1.startswith("Căn cứ của khóa")
    assert "Nguồn:" in reader.text
    reader.open("/khung-ky-nang/")
    assert "Sáu nội dung" in reader.text


def test_the_message_for_the_village_is_copied_by_one_press(visit, school):
    leader = visit("to-truong", DESK)
    leader.context.grant_permissions(["clipboard-read", "clipboard-write"])

    leader.open(COURSE).press("Để tuyên truyền")
    leader.page.get_by_role("button", name="Sao chép tin nhắn Zalo").click()
    leader.page.get_by_text("Đã sao chép").wait_for()

    assert school.url + COURSE in leader.page.evaluate("navigator.clipboard.readText()")


def test_without_scripts_the_message_can_still_be_selected(visit, school):
    leader = visit("khong-js", PHONE, scripts=False)

    leader.open(COURSE + "tuyen-truyen/")

    assert school.url + COURSE in leader.page.locator("textarea").input_value()


def test_a_trainer_sees_what_must_be_read_again(school, enter):
    staff = [{"name": "Hoàng Thị Giảng", "phone": "0914994003", "role": "trainer", "area": THANH_HOA}]
    school.arrange("society", teams={}, staff=staff)
    trainer = enter("giang", "0914994003", NARROW_DESK)

    trainer.open("/quan-ly/hoc-lieu/").press("Thông tin cần xem lại")
    trainer.page.get_by_label("Đến hạn trong").select_option("180")
    trainer.send("Xem")

    assert "điều, đến hạn trước đứng trước" in trainer.text
