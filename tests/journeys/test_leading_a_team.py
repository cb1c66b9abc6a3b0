"""Leader and deputy see on one phone screen who is missing what; commune and province see sums that agree."""

import json
import re

import pytest

from tests.journeys.conftest import DESK, NARROW_DESK, PHONE

pytestmark = pytest.mark.browser

COMMUNE, PROVINCE = "02143", "19"
TEAMS = {
    "Thôn 1": {
        "commune": COMMUNE,
        "people": [("leader", "Hoàng Thị Hoà", "0914994123"), ("deputy", "Lò Văn Tống", "0914994124"),
                   ("member", "Y Bih Êban", "0914994125"), ("member", "H'Hen Niê", None)],
    },
    "Thôn 2": {
        "commune": COMMUNE,
        "people": [("leader", "Nguyễn Văn An", "0914994126"), ("member", "Trần Thị Bé", "0914994127")],
    },
}  # fmt: skip
STAFF = [
    {"name": "Phạm Văn Xã", "phone": "0914000001", "role": "clerk", "area": COMMUNE},
    {"name": "Lê Thị Sở", "phone": "0914000002", "role": "officer", "area": PROVINCE},
]


@pytest.fixture(scope="module")
def made(school):
    """Two teams, in which two people have completed the skill."""
    made = school.arrange("society", teams=TEAMS, staff=STAFF)
    done = [made["people"][name]["account"] for name in ("Hoàng Thị Hoà", "Trần Thị Bé")]
    school.arrange("pass_lessons", people=done)
    return made


def test_the_leader_sees_members_and_skills_on_one_phone_screen(made, enter):
    hoa = enter("hoa-to-truong", "0914994123", PHONE).press("Tổ của tôi")
    assert hoa.h1 == "Thôn 1"
    assert "đã xong" in hoa.table_row("Hoàng Thị Hoà").inner_text()
    assert "chưa xong" in hoa.table_row("Y Bih Êban").inner_text()
    assert hoa.page.locator("tr", has_text="Đã xong").last.get_by_text("1/4").is_visible()

    card = hoa.page.locator("section.card", has_text="Y Bih Êban")
    assert card.locator("a[href='tel:0914994125']").inner_text() == "Gọi 0914 994 125"
    assert "Chưa có số" in hoa.page.locator("section.card", has_text="H'Hen Niê").inner_text()
    card.get_by_text("Tin nhắn để gửi qua Zalo").click()
    message = card.get_by_label("Nội dung tin nhắn").input_value()
    assert message.startswith("Chào Y Bih Êban")
    assert re.search(r"http://\S+/khoa-hoc/\S+$", message)
    hoa.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card.get_by_role("button", name="Sao chép tin nhắn Zalo").click()
    card.get_by_text("Đã sao chép").wait_for()
    assert hoa.page.evaluate("navigator.clipboard.readText()") == message
    hoa.look()


def test_the_deputy_sees_the_same_and_a_plain_member_is_turned_away(made, enter):
    tong = enter("tong-to-pho", "0914994124", PHONE).press("Tổ của tôi")
    assert "1/4" in tong.text

    bih = enter("bih", "0914994125", PHONE)
    assert bih.page.get_by_role("link", name="Tổ của tôi").count() == 0
    bih.open("/to/")
    assert bih.h1 == "Trang này không dành cho tài khoản của anh/chị"
    bih.press("Về trang đầu")
    bih.open(f"/quan-ly/xa/{COMMUNE}/")
    assert bih.h1 == "Trang này không dành cho tài khoản của anh/chị"

    an = enter("an-to-khac", "0914994126", PHONE)
    an.open(f"/to/?to={made['teams']['Thôn 1']}")
    assert an.h1 == "Không tìm thấy trang"


def test_commune_province_and_counters_agree(school, made, enter):
    clerk = enter("can-bo-xa", "0914000001", DESK).open(f"/quan-ly/xa/{COMMUNE}/")
    officer = enter("can-bo-so", "0914000002", DESK).open(f"/quan-ly/tinh/{PROVINCE}/?ky-nang=dich-vu-cong")
    of_commune, of_province = clerk.numbers(), officer.numbers()
    assert of_commune == of_province
    assert {"2 tổ", "6 người", "2 người xong “Dịch vụ công trực tuyến”"} <= set(of_province)
    assert officer.page.locator("svg.chart").first.is_visible()
    row = " ".join(officer.table_row("Văn Lang").inner_text().split())
    assert row.endswith("2 6 2 33,3%")
    officer.press("Xã Văn Lang" if officer.find("Xã Văn Lang").count() else "xã Văn Lang")
    assert "2 người xong" in officer.text
    assert json.loads(school.flask("learning", "audit", "--json"))["agree"]

    stranger = clerk.open("/quan-ly/xa/14797/")
    assert stranger.h1 == "Không tìm thấy trang"


def test_the_sums_fit_a_narrow_window_too(made, enter):
    narrow = enter("can-bo-so-hep", "0914000002", NARROW_DESK)
    narrow.open(f"/quan-ly/tinh/{PROVINCE}/").open(f"/quan-ly/xa/{COMMUNE}/").open("/quan-ly/to/")
