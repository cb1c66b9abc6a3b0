"""From a team's need to a certificate anybody can check: leader, deputy, officer, trainer, member, stranger."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from lms.certificates.models import Certificate
from lms.certificates.public_id import new_public_id
from lms.clock import utc_now, vn_date, vn_day
from lms.journal.models import Job
from lms.training.models import Need, Seat
from tests.journeys.conftest import DESK, NARROW_DESK, PHONE, SMALL
from tests.journeys.papers import codes, page_count, words

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]

PROVINCE = "38"
COMMUNE = "14797"
TOPIC = "Dịch vụ công trực tuyến"


def _team(number, *people):
    roles = ("leader", "deputy", "member")
    return {
        "commune": COMMUNE,
        "people": [(roles[at], name, f"09149941{number}{at}") for at, name in enumerate(people)],
    }


@pytest.fixture(scope="module")
def made(school):
    """Three teams, an officer and a trainer."""
    teams = {
        "Tổ dân phố 1": _team(1, "Nguyễn Thị Đẹp", "Trần Văn Phó", "Lê Văn Viên"),
        "Tổ dân phố 2": _team(2, "Hà Thị Hai", "Bùi Văn Nhị"),
        "Tổ dân phố 3": _team(3, "Cao Thị Ba", "Đỗ Văn Tam"),
    }
    staff = [
        {"name": "Lê Thị Sở", "phone": "0914000002", "role": "officer", "area": PROVINCE},
        {"name": "Đỗ Thị Hai", "phone": "0914000004", "role": "officer", "area": PROVINCE},
        {"name": "Hoàng Thị Giảng", "phone": "0914000003", "role": "trainer", "area": PROVINCE},
        {"name": "Phạm Văn Xã", "phone": "0914000001", "role": "clerk", "area": COMMUNE},
    ]
    return school.arrange("society", teams=teams, staff=staff)


@pytest.fixture(scope="module")
def officer(made, enter):
    return enter("can-bo-so", "0914000002", DESK)


@pytest.fixture(scope="module")
def second_officer(made, enter):
    return enter("can-bo-so-thu-hai", "0914000004", DESK)


@pytest.fixture(scope="module")
def leaders(made, enter):
    """The three leaders on their phones."""
    return [enter(f"to-truong-{n}", f"09149941{n}0", PHONE) for n in (1, 2, 3)]


@pytest.fixture(scope="module")
def story():
    """What is remembered from one step to the next."""
    return {}


def states(school):
    """Return the states of the seats in the order of the queue."""
    return [row.state for row in school.ask(Seat.__table__.select().order_by(Seat.rank, Seat.id))]


def test_the_officer_opens_a_call(officer, story):
    officer.open("/quan-ly/tap-huan/").press("Mở đợt đăng ký mới")
    officer.fill("Tên đợt", "Đợt tháng 12").tick(TOPIC)
    officer.fill("Nhận đến hết ngày", (utc_now() + timedelta(days=7)).date().isoformat())
    officer.page.get_by_text("Cách xếp khi không đủ chỗ").click()
    officer.page.locator("input[value=first_come]").check()
    officer.send("Mở đợt")
    assert officer.h1 == "Đợt tháng 12"
    story["call"] = officer.path


def test_the_leader_registers_the_deputy_signs_too_and_a_member_reads_why_not(school, made, enter, leaders):
    for leader, name in zip(leaders, ("Nguyễn Thị Đẹp", "Hà Thị Hai", "Cao Thị Ba"), strict=True):
        leader.press("Tập huấn").press("Đăng ký cho")
        leader.tick(name)
        if leader is leaders[0]:
            leader.press_twice("Gửi đăng ký")
        else:
            leader.send("Gửi đăng ký")
        assert leader.h1 == "Tập huấn"
    assert school.count(Need) == 3
    assert "Nhu cầu của tổ là số 3" in leaders[2].text

    deputy = enter("to-pho-1", "0914994111", PHONE).press("Tập huấn").press("Xem, sửa hoặc ký chung")
    deputy.send("Gửi đăng ký")
    assert "Đã ký chung nhu cầu của tổ." in deputy.text
    assert "Tổ phó Trần Văn Phó đã ký" in deputy.text
    assert school.count(Need) == 3

    member = enter("vien", "0914994112", PHONE).press("Tập huấn")
    assert member.find("Đăng ký cho").count() == 0
    member.page.goto(leaders[0].url + f"/tap-huan/dot/1/to/{made['teams']['Tổ dân phố 1']}/")
    assert "tổ trưởng hoặc tổ phó" in member.look().text
    assert school.count(Need) == 3


def test_the_clerk_confirms_all_needs_at_once(enter):
    clerk = enter("can-bo-xa", "0914000001", DESK).open("/quan-ly/tap-huan/xa/")
    clerk.send("Xác nhận tất cả 3 nhu cầu")
    assert "Đã xác nhận 3 nhu cầu." in clerk.text
    assert "Không có nhu cầu nào chờ xác nhận." in clerk.text


def test_the_officer_sees_demand_and_offers_two_seats_to_three(officer, story, school):
    officer.open(story["call"])
    row = " ".join(officer.table_row("Hạc Thành").inner_text().split())
    assert row.endswith("3 3")
    officer.press(f"Lập lớp {TOPIC}")
    day = (utc_now() + timedelta(days=10, hours=7)).date().isoformat()
    officer.fill("Tên lớp", "Lớp dịch vụ công 01").fill("Địa điểm", "Nhà văn hóa phường Hạc Thành")
    officer.fill("Số chỗ", "2").choose("Giảng viên", "Hoàng Thị Giảng")
    officer.fill("Buổi 1: ngày", day).choose("Buổi 1: lúc", "sáng")
    officer.fill("Buổi 2: ngày", day).choose("Buổi 2: lúc", "chiều")
    officer.fill("Số buổi phải dự", "2").send("Lập lớp")
    assert officer.h1 == "Xếp nhu cầu vào lớp"
    officer.send("Xếp vào hàng chờ của lớp")
    story["class"] = officer.path
    officer.send("Công bố lớp và mời")
    assert "mời 2 người" in officer.text
    assert states(school) == ["offered", "offered", "waiting"]


def test_the_third_reads_why_and_is_offered_when_one_declines(leaders, school):
    first, second, third = leaders
    third.open("/tap-huan/")
    assert "Vì sao chưa có chỗ?" in third.text
    assert "Đứng thứ 1 trong hàng chờ" in third.text
    assert "Lớp có 2 chỗ, 2 chỗ đã có người" in third.text
    second.open("/tap-huan/").send("Không dự được")
    assert "Chỗ này mời người tiếp theo" in second.text
    third.open("/tap-huan/")
    assert "được mời, chưa trả lời" in third.text
    third.send("Xác nhận dự")
    first.open("/tap-huan/").press_twice("Xác nhận dự")
    assert "đã xác nhận dự" in first.text
    assert states(school) == ["confirmed", "declined", "confirmed"]


def test_the_attendance_list_is_printed_and_the_trainer_marks_two_half_days(school, officer, story, enter):
    paper = officer.open(story["class"]).order("In danh sách điểm danh")
    for said in ("Nguyễn Thị Đẹp", "Cao Thị Ba", "Lớp dịch vụ công 01"):
        assert said in words(paper)
    assert "Hà Thị Hai" not in words(paper)

    school.arrange("class_day", class_id=1)
    trainer = enter("giang-vien", "0914000003", PHONE).open("/quan-ly/diem-danh/")
    for half_day in ("Buổi 1", "Buổi 2"):
        trainer.open("/quan-ly/diem-danh/").press(half_day).press("Danh sách").send("Tất cả có mặt")
        assert "Ghi 2 ô mới" in trainer.text
    officer.open(story["class"]).press("Đóng điểm danh").send("Đóng điểm danh")
    officer.open(story["class"]).press("Xem kết quả rồi chốt").send("Chốt kết quả")
    assert "2 người hoàn thành" in officer.text


def test_two_officers_certify_and_a_power_cut_in_the_middle_loses_no_certificate(
    school, officer, second_officer, story
):
    officer.open("/quan-ly/chung-nhan/").press("Lập danh sách")
    officer.fill("Số quyết định", "45/QĐ-SKHCN").fill("Ngày quyết định", vn_date(utc_now()).isoformat())
    officer.press_twice("Gửi danh sách để duyệt")
    assert officer.h1 == "Danh sách theo quyết định 45/QĐ-SKHCN"
    story["list"] = officer.path
    assert school.count(Certificate) == 0
    school.kill("worker")
    second_officer.open(story["list"]).press_twice("Duyệt và cấp giấy chứng nhận")
    assert school.count(Certificate) == 2

    school.start_worker()
    school.wait_until(lambda: school.count(Certificate, Certificate.published_at.is_not(None)), seconds=120)
    school.kill("worker")
    school.change(update(Job).values(lease_until=utc_now() - timedelta(seconds=1)).where(Job.finished_at.is_(None)))
    school.start_worker()
    school.wait_until(lambda: school.count(Certificate, Certificate.published_at.is_not(None)) == 2)
    officer.open(story["list"])
    assert "2/2 giấy đã công bố" in officer.text
    assert school.count(Certificate) == 2
    school.flask("certificates", "audit")


def test_the_member_downloads_a_paper_that_says_what_is_true(leaders, story):
    member = leaders[0].press("Chứng nhận")
    assert member.h1 == "Chứng nhận của tôi"
    paper = member.download("Tải giấy chứng nhận (PDF)")
    assert page_count(paper) == 1
    said = words(paper)
    for fact in ("Nguyễn Thị Đẹp", "45/QĐ-SKHCN", TOPIC, "chưa ký số"):
        assert fact.casefold() in said.casefold()
    (address,) = codes(paper)
    assert "/v/" in address.lower()
    story["address"] = address


def test_a_stranger_scans_the_code_and_learns_that_it_is_true(visit, story):
    stranger = visit("nguoi-kiem-tra", SMALL)
    stranger.page.goto(story["address"])
    stranger.look()
    assert stranger.h1 == "Hợp lệ"
    assert "N***** T** Đ**" in stranger.text
    assert "Nguyễn Thị Đẹp" not in stranger.text
    stranger.fill("Họ và tên in trên giấy", "Nguyễn Thị Đẹp").send("Xác nhận tên")
    assert "Khớp." in stranger.text
    stranger.fill("Họ và tên in trên giấy", "nguyen thi dep").send("Xác nhận tên")
    assert "Khớp không dấu." in stranger.text
    stranger.fill("Họ và tên in trên giấy", "Nguyễn Văn Khác").send("Xác nhận tên")
    assert "Không khớp." in stranger.text


def test_a_revoked_paper_answers_revoked_and_an_unknown_one_unknown(officer, second_officer, visit, story):
    officer.open(story["list"])
    officer.page.locator("tr", has_text="Nguyễn Thị Đẹp").get_by_role("link").first.click()
    officer.look().press("Thu hồi")
    officer.fill("Số quyết định", "52/QĐ-SKHCN").fill("Ngày quyết định", vn_date(utc_now()).isoformat())
    officer.send("Gửi đề nghị thu hồi")
    second_officer.open(officer.path).send("Duyệt thu hồi")
    stranger = visit("nguoi-kiem-tra-lai", SMALL)
    stranger.page.goto(story["address"])
    stranger.look()
    assert stranger.h1 == "Đã thu hồi"
    assert f"từ ngày {vn_day(utc_now())}, theo Quyết định số 52/QĐ-SKHCN" in stranger.text
    stranger.open("/v").fill("Mã kiểm tra", new_public_id()).send("Kiểm tra")
    assert "Không có giấy chứng nhận nào mang mã này" in stranger.text


def test_every_page_fits_a_narrow_window_too(school, story, made, enter):
    narrow = enter("can-bo-so-hep", "0914000002", NARROW_DESK)
    staff = ("/quan-ly/tap-huan/", "/quan-ly/tap-huan/dot-moi", story["call"], f"{story['call']}lop-moi",
             story["class"], f"{story['class']}xep", "/quan-ly/diem-danh/", "/quan-ly/chung-nhan/", story["list"],
             "/quan-ly/chung-nhan/so/1", "/quan-ly/chung-nhan/giay/2", "/quan-ly/chung-nhan/giay/2/cap-lai",
             "/quan-ly/chung-nhan/giay/2/thu-hoi")  # fmt: skip
    for path in staff:
        narrow.open(path)
    clerk = enter("can-bo-xa-hep-tap-huan", "0914000001", NARROW_DESK)
    clerk.open("/quan-ly/tap-huan/xa/").open("/quan-ly/tap-huan/xa/goi-dien")
    clerk.open("/quan-ly/tap-huan/xa/").send("Đăng ký thay")
    assert json.loads(school.flask("training", "audit", "--json"))["is_clean"]
