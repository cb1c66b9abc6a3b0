"""A member's first evening: the slip, the consent, the PIN; and five wrong PINs later."""

import json

import pytest

from tests.journeys.conftest import PHONE, SMALL

pytestmark = pytest.mark.browser


def make(school, *words):
    return json.loads(school.flask("account", "create", "--json", *words))


def test_a_member_enters_by_slip_with_a_cheap_phone(school, visit):
    made = make(school, "--name", "Lò Thị Mai", "--phone", "0914 994 123")
    mai = visit("mai", PHONE)

    mai.open(made["entry"])
    assert mai.h1 == "Chào Lò Thị Mai"
    assert not mai.page.get_by_label("Tôi đồng ý cho hệ thống lưu kết quả học").is_checked()
    mai.fill("Mã PIN mới", "482913").fill("Nhập lại mã PIN", "482913").press("Vào học")
    assert "chưa đánh dấu đồng ý" in mai.text
    mai.tick("Tôi đồng ý cho hệ thống lưu kết quả học")
    mai.fill("Mã PIN mới", "482913").fill("Nhập lại mã PIN", "482913").press("Vào học")

    mai.open("/du-lieu-cua-toi")
    assert "Lò Thị Mai" in mai.text
    assert "0914 994 123" in mai.text


def test_five_wrong_pins_make_one_account_wait_and_nobody_else(school, visit):
    for name, phone in (("Vi Văn Tâm", "0914994201"), ("Hà Thị Lan", "0914994202")):
        entry = make(school, "--name", name, "--phone", phone)["entry"]
        someone = visit(name, SMALL).open(entry)
        someone.tick("Tôi đồng ý cho hệ thống lưu kết quả học")
        someone.fill("Mã PIN mới", "482913").fill("Nhập lại mã PIN", "482913").press("Vào học")

    guesser = visit("guesser", SMALL)
    for _ in range(5):
        guesser.open("/dang-nhap").fill("Số điện thoại", "0914994201").fill("Mã PIN", "111222").press("Đăng nhập", 1)
    assert "tạm khóa đến" in guesser.text
    lan = visit("lan", SMALL).open("/dang-nhap")
    lan.fill("Số điện thoại", "0914994202").fill("Mã PIN", "482913").press("Đăng nhập", 1)
    assert lan.open("/du-lieu-cua-toi").h1 == "Dữ liệu của tôi"
