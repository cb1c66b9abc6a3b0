"""A clerk prints login slips, members enter by them on their phones, and whoever forgot gets a new one."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from lms.clock import utc_now
from lms.files.models import StoredFile
from lms.journal.models import Job
from lms.people.models import Account, Consent, LoginSlip
from tests.journeys.conftest import DESK, NARROW_DESK, PHONE
from tests.journeys.papers import codes, page_count, slips, words

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]

COMMUNE = "02143"
AGREE = "Tôi đồng ý cho hệ thống lưu kết quả học"
PEOPLE = [("leader", "Hoàng Thị Hoà", "0914994123")] + [
    ("member", f"Nguyễn Văn {name}", f"09149942{place:02d}")
    for place, name in enumerate(("An", "Bình", "Cường", "Dũng", "Em", "Giang", "Hải", "Khoa", "Lâm", "Minh"))
]


@pytest.fixture(scope="module")
def team(school):
    """Eleven people who have never entered, and their clerk."""
    made = school.arrange(
        "society",
        teams={"Thôn 1": {"commune": COMMUNE, "people": PEOPLE}},
        staff=[{"name": "Phạm Văn Xã", "phone": "0914000001", "role": "clerk", "area": COMMUNE}],
    )
    accounts = [made["people"][name]["account"] for _, name, _ in PEOPLE]
    school.change(update(Account).where(Account.id.in_(accounts)).values(pin_hash=None, pin_set_at=None))
    school.change(delete(Consent))
    return made["teams"]["Thôn 1"]


@pytest.fixture(scope="module")
def clerk(team, enter):
    return enter("can-bo-xa-phieu", "0914000001", DESK)


@pytest.fixture(scope="module")
def sheet(clerk, team):
    """The printed slips of the team."""
    return clerk.open(f"/quan-ly/to/{team}").order("In phiếu đăng nhập")


def new_slip(clerk, team, name):
    """Let the clerk print a new slip for one person; return its code."""
    clerk.open(f"/quan-ly/to/{team}")
    clerk.table_row(name).get_by_role("button", name="Cấp phiếu mới").click()
    clerk.page.get_by_role("link", name="Tải tệp về").wait_for(timeout=60_000)
    paper = clerk.look().download("Tải tệp về")
    assert page_count(paper) == 1
    return slips(paper)[name]


def test_slips_are_printed_nine_to_a_page(sheet):
    assert page_count(sheet) == 2
    printed = slips(sheet)
    assert set(printed) == {name for _, name, _ in PEOPLE}
    assert len(set(printed.values())) == len(PEOPLE)
    assert "xã Văn Lang" in words(sheet)
    scanned = {address.rpartition("/")[2] for address in codes(sheet)}
    assert len(scanned) == 9
    assert scanned <= set(printed.values())


def test_a_phone_that_scans_the_slip_arrives_at_the_right_person(sheet, visit):
    address = codes(sheet)[0]
    (name,) = (name for name, code in slips(sheet).items() if address.endswith(code))
    scanner = visit("quet-ma", PHONE)
    scanner.page.goto(address)
    assert scanner.look().h1 == f"Chào {name}"


def test_a_member_types_the_printed_code_agrees_and_chooses_a_pin(sheet, visit):
    code = slips(sheet)["Nguyễn Văn An"]
    an = visit("an", PHONE).open("/dang-nhap").press("Nhập mã trên phiếu đăng nhập")
    an.fill("Mã trên phiếu", f"{code[:4]} {code[4:8]}-{code[8:]}".lower()).send("Tiếp tục")
    assert an.h1 == "Chào Nguyễn Văn An"
    assert "Hệ thống giữ những gì" in an.text
    assert not an.page.get_by_label(AGREE).is_checked()
    an.tick(AGREE).fill("Mã PIN mới", "123456").fill("Nhập lại mã PIN", "123456").send("Vào học")
    assert "dễ đoán" in an.text
    assert an.page.get_by_label(AGREE).is_checked()
    an.fill("Mã PIN mới", "482913").fill("Nhập lại mã PIN", "482913").send("Vào học")
    assert an.h1 == "Bài học của tôi"
    an.press("Nguyễn Văn An")
    assert an.h1 == "Dữ liệu của tôi"
    assert "0914 994 200" in an.text

    again = visit("ke-nhat-duoc-phieu", PHONE).open(f"/vao/{code}")
    assert "Mã PIN mới" not in again.text


def test_whoever_forgot_the_pin_gets_a_new_slip_and_the_old_one_is_dead(clerk, team, sheet, visit):
    new = new_slip(clerk, team, "Hoàng Thị Hoà")
    old = slips(sheet)["Hoàng Thị Hoà"]
    assert new != old
    assert "Mã PIN mới" not in visit("hoa-phieu-cu", PHONE).open(f"/vao/{old}").text
    assert visit("hoa", PHONE).open(f"/vao/{new}").h1 == "Chào Hoàng Thị Hoà"


def test_after_five_wrong_pins_a_new_slip_ends_the_waiting(clerk, team, visit):
    guesser = visit("doan-mo", PHONE)
    for _ in range(5):
        guesser.open("/dang-nhap").fill("Số điện thoại", "0914994200").fill("Mã PIN", "111222").send("Đăng nhập")
    assert "tạm khóa đến" in guesser.text
    code = new_slip(clerk, team, "Nguyễn Văn An")
    an = visit("an-lai", PHONE).open(f"/vao/{code}")
    assert an.page.get_by_label(AGREE).count() == 0
    an.fill("Mã PIN mới", "739164").fill("Nhập lại mã PIN", "739164").send("Vào học")
    assert an.h1 == "Bài học của tôi"


def test_a_printer_that_loses_power_ends_with_one_file(school, clerk, team):
    school.kill("worker")
    clerk.open(f"/quan-ly/to/{team}").send("In phiếu đăng nhập")
    issued, files = school.count(LoginSlip), school.count(StoredFile)
    school.start_worker()
    school.wait_until(lambda: school.count(Job, Job.lease_until.is_not(None)))
    school.kill("worker")
    assert school.count(Job, Job.lease_until.is_not(None)) == 1
    school.change(update(Job).values(lease_until=utc_now() - timedelta(seconds=1)).where(Job.finished_at.is_(None)))
    school.start_worker()
    clerk.page.get_by_role("link", name="Tải tệp về").wait_for(timeout=60_000)
    still_waiting = school.count(Account, Account.pin_hash.is_(None))
    assert len(slips(clerk.look().download("Tải tệp về"))) == still_waiting > 1
    assert school.count(LoginSlip) == issued
    assert school.count(StoredFile) == files + 1


def test_the_pages_fit_a_narrow_window_too(team, enter):
    enter("can-bo-xa-phieu-hep", "0914000001", NARROW_DESK).open(f"/quan-ly/to/{team}")
