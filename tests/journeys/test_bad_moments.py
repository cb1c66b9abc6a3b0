"""What goes wrong on an ordinary day: the session ends, the line drops, a hand presses twice, the power goes."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from lms.clock import utc_now
from lms.journal.models import Job, JournalEntry
from lms.people.models import Person, SignIn
from lms.teams.models import RosterImport, Team
from lms.training.models import Call, Need
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.visitor import PIN
from tests.lms.teams.files import s1_xlsx

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]

COMMUNE, PROVINCE = "14797", "38"
GIVEN_NAMES = ("An", "Bình", "Cường", "Dũng", "Giang", "Hải", "Khoa", "Lâm", "Minh", "Nam")


@pytest.fixture(scope="module")
def made(school):
    people = [("leader", "Hoàng Thị Hoà", "0914994123"), ("deputy", "Lò Văn Tống", "0914994124"),
              ("member", "Lò Thị Mai", "0914994125")]  # fmt: skip
    staff = [
        {"name": "Lê Thị Sở", "phone": "0914000002", "role": "officer", "area": PROVINCE},
        {"name": "Phạm Văn Xã", "phone": "0914000001", "role": "clerk", "area": COMMUNE},
    ]
    return school.arrange("society", teams={"Thôn 1": {"commune": COMMUNE, "people": people}}, staff=staff)


@pytest.fixture(scope="module")
def officer(made, enter):
    return enter("can-bo-so-kho", "0914000002", DESK)


def end_every_session(school):
    """Let all sessions run out, as if the days were over."""
    school.change(update(SignIn).values(ended_at=utc_now()))


def test_a_form_filled_when_the_session_ended_is_still_there_after_signing_in(school, officer):
    officer.open("/quan-ly/tap-huan/dot-moi").fill("Tên đợt", "Đợt viết rất lâu").tick("Dịch vụ công trực tuyến")
    officer.fill("Nhận đến hết ngày", (utc_now() + timedelta(days=7)).date().isoformat())
    end_every_session(school)
    officer.send("Mở đợt")
    assert "Nội dung anh/chị vừa điền vẫn còn" in officer.text
    assert school.count(Call) == 0
    officer.fill("Số điện thoại", "0914000002").fill("Mã PIN", PIN).send("Đăng nhập")
    assert "Đợt viết rất lâu" in officer.text
    officer.send("Gửi lại")
    assert officer.h1 == "Đợt viết rất lâu"
    assert school.count(Call) == 1


def test_a_form_left_open_since_before_signing_in_again_is_kept_too(school, officer):
    officer.open("/quan-ly/tap-huan/dot-moi").fill("Tên đợt", "Đợt để lâu").tick("Dịch vụ công trực tuyến")
    officer.fill("Nhận đến hết ngày", (utc_now() + timedelta(days=7)).date().isoformat())
    officer.page.locator("main input[name=csrf_token]").first.evaluate("field => { field.value = 'cũ' }")
    officer.send("Mở đợt")
    assert officer.h1 == "Trang này đã để lâu"
    officer.send("Gửi lại")
    assert officer.h1 == "Đợt để lâu"
    assert school.count(Call) == 2


def test_pressing_twice_and_going_back_register_one_need(school, made, enter):
    leader = enter("to-truong-kho", "0914994123", PHONE)
    leader.press("Tập huấn").press("Đăng ký cho")
    leader.press_twice("Gửi đăng ký")
    assert school.count(Need) == 1
    leader.page.go_back()
    leader.page.wait_for_load_state("load")
    if leader.find("Gửi đăng ký").count():
        leader.send("Gửi đăng ký")
    leader.look()
    assert school.count(Need) == 1
    assert school.count(JournalEntry, JournalEntry.verb == "register_need") == 1


def test_a_wrong_day_is_told_beside_its_field_and_nothing_typed_is_lost(school, officer):
    calls = school.count(Call)
    officer.open("/quan-ly/tap-huan/dot-moi").fill("Tên đợt", "Đợt sai ngày").tick("Dịch vụ công trực tuyến")
    officer.fill("Nhận đến hết ngày", (utc_now() - timedelta(days=30)).date().isoformat()).send("Mở đợt")
    assert officer.page.get_by_role("alert").is_visible()
    assert officer.page.get_by_label("Tên đợt").input_value() == "Đợt sai ngày"
    assert school.count(Call) == calls


def test_a_worker_killed_while_it_reads_a_roster_reads_it_again(school, made, enter):
    names = [f"{family} Văn {given}" for family in ("Đinh", "Hà", "Vi", "Lò") for given in GIVEN_NAMES]
    first = ("1", "Phường Hạc Thành", "Thôn dài", "05/QĐ-UBND ngày 1/8/2025", names[0], "Tổ trưởng", "0912100000", "")
    rows = [first] + [("", "", "", "", name, "Thành viên", "", "") for name in names[1:]]
    clerk = enter("can-bo-xa-kho", "0914000001", DESK)
    school.kill("worker")
    clerk.open("/quan-ly/danh-sach/tai-len").attach("Tệp danh sách", "dai.xlsx", s1_xlsx(rows)).send("Đọc tệp")
    school.start_worker()
    school.wait_until(lambda: school.count(Job, Job.lease_until.is_not(None)))
    school.kill("worker")
    school.change(update(Job).values(lease_until=utc_now() - timedelta(seconds=1)).where(Job.finished_at.is_(None)))
    school.start_worker()
    clerk.wait_for("Xem trước danh sách")
    assert "40 Mới" in clerk.numbers()

    people, teams = school.count(Person), school.count(Team)
    clerk.page.get_by_role("button", name="Ghi danh sách").click(no_wait_after=True)
    school.wait_until(lambda: school.count(Person) in (people, people + 40))
    school.kill("web")
    assert (school.count(Person), school.count(Team)) in ((people, teams), (people + 40, teams + 1))
    school.start_web()
    clerk.faults.clear()
    clerk.open("/quan-ly/danh-sach/1")
    if clerk.find("Ghi danh sách").count():
        clerk.send("Ghi danh sách")
    assert (school.count(Person), school.count(Team)) == (people + 40, teams + 1)
    assert school.count(RosterImport, RosterImport.confirmed_at.is_not(None)) == 1


def test_whoever_asks_for_what_is_not_there_is_led_home(visit, officer):
    stranger = visit("lac-duong", PHONE).open("/khong-co-trang-nay")
    assert stranger.h1 == "Không tìm thấy trang"
    stranger.press("Về trang đầu")
    officer.open("/quan-ly/tap-huan/lop/999/")
    assert officer.h1 == "Không tìm thấy trang"
