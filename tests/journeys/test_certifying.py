"""Certificates in two hands: proposed, approved, made, downloaded on a phone, revoked; and the papers behind them."""

import io
import zipfile

import openpyxl
import pytest
from PIL import Image

from lms.certificates.models import ApprovalList, Bundle, Certificate
from lms.clock import utc_now, vn_date, vn_day
from tests.journeys.conftest import DESK, NARROW_DESK, PHONE, SMALL
from tests.journeys.papers import codes, page_count, words

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]

PROVINCE = "38"
COMMUNE = "14797"
OFFICE = "/quan-ly/chung-nhan/"
NAME = "Nguyễn Thị Đẹp"


@pytest.fixture(scope="module")
def made(school):
    """A team of two who finished a class, two officers, and the clerk of the commune."""
    teams = {
        "Tổ dân phố 1": {
            "commune": COMMUNE,
            "people": [("leader", NAME, "0914994110"), ("member", "Trần Văn Phó", "0914994111")],
        }
    }
    staff = [
        {"name": "Lê Thị Sở", "phone": "0914000002", "role": "officer", "area": PROVINCE},
        {"name": "Đỗ Thị Hai", "phone": "0914000004", "role": "officer", "area": PROVINCE},
        {"name": "Hoàng Thị Giảng", "phone": "0914000003", "role": "trainer", "area": PROVINCE},
        {"name": "Phạm Văn Xã", "phone": "0914000001", "role": "clerk", "area": COMMUNE},
    ]
    made = school.arrange("society", teams=teams, staff=staff)
    people = made["people"]
    team = [made["teams"]["Tổ dân phố 1"], people[NAME]["account"], people[NAME]["person"],
            people["Trần Văn Phó"]["person"]]  # fmt: skip
    school.arrange(
        "finished_class",
        officer=people["Lê Thị Sở"]["account"],
        trainer=people["Hoàng Thị Giảng"]["account"],
        teams=[team],
    )
    return made


@pytest.fixture(scope="module")
def first(made, enter):
    return enter("can-bo-thu-nhat", "0914000002", DESK)


@pytest.fixture(scope="module")
def second(made, enter):
    return enter("can-bo-thu-hai", "0914000004", DESK)


@pytest.fixture(scope="module")
def member(made, enter):
    return enter("to-vien", "0914994110", PHONE)


@pytest.fixture(scope="module")
def story():
    """What is remembered from one step to the next."""
    return {}


def today():
    return vn_date(utc_now()).isoformat()


def test_who_has_none_reads_what_is_still_missing(member):
    member.press("Chứng nhận")
    assert "chưa có giấy chứng nhận nào" in member.text
    assert "đang chờ quyết định của Sở" in member.text
    assert "Còn thiếu gì" in member.text


def test_the_first_officer_proposes_and_nothing_is_numbered(first, school, story):
    first.open(OFFICE).press("Lập danh sách")
    assert first.page.get_by_role("checkbox", checked=True).count() == 2
    first.fill("Số quyết định", "45/QĐ-SKHCN").fill("Ngày quyết định", today())
    first.press_twice("Gửi danh sách để duyệt")
    assert first.h1 == "Danh sách theo quyết định 45/QĐ-SKHCN"
    assert school.count(ApprovalList) == 1
    assert school.count(Certificate) == 0
    assert first.find("Duyệt và cấp giấy").count() == 0
    story["list"] = first.path


def test_the_list_is_printed_to_be_signed(first, story):
    paper = first.open(story["list"]).order("Lập bản in danh sách để ký")
    for said in ("Đề nghị cấp giấy chứng nhận", NAME, "45/QĐ-SKHCN"):
        assert said in words(paper)


def test_the_second_officer_approves_and_the_worker_makes_the_papers(second, school, story):
    second.open(OFFICE).press("Danh sách 2 trường hợp").press_twice("Duyệt và cấp giấy chứng nhận")
    assert school.count(Certificate) == 2
    school.wait_until(lambda: school.count(Certificate, Certificate.published_at.is_not(None)) == 2, seconds=120)
    second.open(story["list"])
    assert "2/2 giấy đã công bố" in second.text
    assert "Cách làm:" in second.text
    story["way"] = [row.way for row in school.ask(Certificate.__table__.select())]
    school.flask("certificates", "audit")


def test_the_member_downloads_paper_and_picture_on_a_phone(enter, story):
    member = enter("to-vien-co-giay", "0914994110", PHONE).press("Chứng nhận")
    paper = member.download("Tải giấy chứng nhận (PDF)")
    assert page_count(paper) == 1
    for fact in (NAME, "45/QĐ-SKHCN", "chưa ký số"):
        assert fact.casefold() in words(paper).casefold()
    (story["address"],) = codes(paper)
    picture = member.download("Tải ảnh để gửi Zalo")
    assert len(picture) <= 150_000
    with Image.open(io.BytesIO(picture)) as shown:
        assert shown.width > shown.height
    assert member.press("Chia sẻ").h1.startswith("Chia sẻ giấy số 0001")


def test_anybody_reads_that_it_is_true(visit, story):
    stranger = visit("nguoi-kiem-tra-giay", SMALL)
    stranger.page.goto(story["address"])
    assert stranger.look().h1.startswith("Hợp lệ")
    assert NAME not in stranger.text


def test_a_copy_is_noted_and_stands_in_the_book(first, school, story):
    first.open(story["list"]).press("0002")
    story["other"] = first.path
    first.press("Ghi bản sao").fill("Lý do cấp bản sao", "bị ướt").press_twice("Ghi vào sổ")
    assert "bản sao thứ 1: bị ướt" in first.text
    assert "bản sao thứ 2" not in first.open(story["other"]).text


def test_revoking_takes_two_and_the_check_page_says_so(first, second, visit, story):
    first.open(story["list"]).press("0001").press("Thu hồi")
    first.fill("Số quyết định", "52/QĐ-SKHCN").fill("Ngày quyết định", today()).press_twice("Gửi đề nghị thu hồi")
    assert first.find("Duyệt thu hồi").count() == 0
    stranger = visit("nguoi-kiem-tra-truoc", SMALL)
    stranger.page.goto(story["address"])
    assert stranger.look().h1.startswith("Hợp lệ")

    second.open(OFFICE).press("Thu hồi 0001").press_twice("Duyệt thu hồi")
    assert "Đã thu hồi" in second.text
    stranger = visit("nguoi-kiem-tra-sau", SMALL)
    stranger.page.goto(story["address"])
    stranger.look()
    assert stranger.h1.startswith("Đã thu hồi")
    assert "52/QĐ-SKHCN" in stranger.text


def test_the_member_sees_that_it_was_revoked(member):
    member.open("/chung-nhan/")
    assert "Đã thu hồi" in member.text
    assert member.find("Tải giấy chứng nhận (PDF)").count() == 0


def test_the_book_is_read_taken_as_spreadsheet_and_printed(first, story):
    first.open(OFFICE).press("Sổ năm")
    story["book"] = first.path
    assert "Đã thu hồi" in first.text
    sheet = openpyxl.load_workbook(io.BytesIO(first.download("Tải sổ (Excel)"))).active
    assert NAME in [row[2].value for row in sheet.iter_rows()]
    paper = first.open(story["book"]).order("Lập bản in sổ (PDF)")
    assert "SỔ CẤP GIẤY CHỨNG NHẬN" in words(paper)
    assert f"Thu hồi ngày {vn_day(utc_now())}" in words(paper)


def test_the_clerk_takes_the_communes_papers_in_one_go(school, enter, made, story):
    clerk = enter("can-bo-xa-chung-nhan", "0914000001", DESK).press("Giấy chứng nhận của xã")
    clerk.press_twice("Gom giấy để tải")
    assert school.count(Bundle) == 1
    clerk.wait_for("Tải phần 1")
    archive = zipfile.ZipFile(io.BytesIO(clerk.download("Tải phần 1")))
    assert archive.namelist() == [next(iter(archive.namelist())), "DANH-SACH.csv"]
    assert archive.testzip() is None
    story["bundle"] = clerk.path


def test_an_officer_has_the_papers_written_onto_the_server(first, story):
    first.open(f"{OFFICE}bo/").tick("Mỗi người một tệp PDF, ghi vào thư mục trên máy chủ").send("Gom giấy để tải")
    first.wait_for("Tải danh sách các tệp")
    listed = first.download("Tải danh sách các tệp").decode("utf-8-sig").splitlines()
    assert len(listed) == 2
    assert "phuong-hac-thanh-14797/" in listed[1]
    assert "Đã ghi 1 giấy" in first.text
    story["files"] = first.path


def test_every_page_fits_a_phone_too(enter, made, story):
    narrow = enter("can-bo-chung-nhan-hep", "0914000002", NARROW_DESK)
    for path in (OFFICE, story["list"], story["other"], f"{story['other']}/thu-hoi", f"{story['other']}/cap-lai",
                 f"{story['other']}/ban-sao", story["book"], f"{OFFICE}bo/", f"{OFFICE}xa/", f"{OFFICE}xa/{COMMUNE}/",
                 story["bundle"], story["files"], f"{OFFICE}cho-duyet/1"):  # fmt: skip
        narrow.open(path)
    narrow.open(f"{story['other']}/cap-lai").fill("Số quyết định", "53/QĐ-SKHCN").fill("Ngày quyết định", today())
    narrow.send("Gửi đề nghị cấp lại")
    assert "Chờ duyệt" in narrow.text
    other = enter("can-bo-hai-hep", "0914000004", NARROW_DESK).open(narrow.path)
    other.page.get_by_text("Không duyệt danh sách này").click()
    other.fill("Lý do không duyệt", "Chưa cần").send("Không duyệt")
    assert "Không được duyệt" in other.text


def test_an_officer_on_a_phone_looks_for_a_paper_that_is_not_there(made, enter):
    officer = enter("can-bo-di-duong", "0914000002", SMALL).open(OFFICE)

    officer.press("Tìm một giấy").fill("Số giấy, mã kiểm tra hoặc họ tên", "khong co ai").send("Tìm")

    assert "Không có giấy nào của tỉnh khớp với “khong co ai”" in officer.text
