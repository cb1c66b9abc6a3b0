"""News on its way: in the app, by letter, by Zalo, by telephone, in the calendar; and what happened, in words."""

import pytest
from icalendar import Calendar

from lms.journal.models import NoticeDelivery
from tests.journeys.conftest import DESK, PHONE, SMALL
from tests.journeys.papers import words
from tests.lms.journal.post import mail_server

pytestmark = pytest.mark.browser

PROVINCE, COMMUNE = "38", "14797"


@pytest.fixture(scope="module")
def mail(school):
    """A mail server, and the school restarted so that it sends by it at any hour."""
    with mail_server() as server:
        school.environment.update(
            LMS_MAIL_URL=f"smtp://127.0.0.1:{server.server_address[1]}",
            LMS_MAIL_FROM="Sở KH&CN <tap-huan@so.example.vn>",
            LMS_QUIET_HOURS="",
        )
        school.kill("web")
        school.start_web()
        yield server


@pytest.fixture(scope="module")
def made(mail, school):
    """A team, the commune's clerk, an officer and a trainer."""
    people = [("leader", "Nguyễn Thị Đẹp", "0914994110"), ("deputy", "Trần Văn Phó", "0914994111"),
              ("member", "Lê Văn Viên", "0914994112")]  # fmt: skip
    staff = [
        {"name": "Lê Thị Sở", "phone": "0914000002", "role": "officer", "area": PROVINCE},
        {"name": "Hoàng Thị Giảng", "phone": "0914000003", "role": "trainer", "area": PROVINCE},
        {"name": "Phạm Văn Xã", "phone": "0914000001", "role": "clerk", "area": COMMUNE},
    ]
    return school.arrange("society", teams={"Tổ dân phố 1": {"commune": COMMUNE, "people": people}}, staff=staff)


@pytest.fixture(scope="module")
def leader(made, enter):
    return enter("to-truong", "0914994110", PHONE)


@pytest.fixture(scope="module")
def clerk(made, enter):
    return enter("can-bo-xa", "0914000001", DESK)


def test_the_leader_gives_an_address_and_takes_a_wrong_one_back(leader):
    leader.open("/du-lieu-cua-toi").fill("Địa chỉ thư điện tử", "không phải địa chỉ").send("Lưu địa chỉ")
    assert "Địa chỉ thư phải có dạng" in leader.text
    leader.fill("Địa chỉ thư điện tử", "dep@example.vn").send("Lưu địa chỉ")
    assert "Đã lưu" in leader.text


def test_an_invitation_reaches_the_leader_in_the_app_and_by_letter(made, school, leader, mail):
    people, team = made["people"], made["teams"]["Tổ dân phố 1"]
    chosen = [people[name]["person"] for name in ("Nguyễn Thị Đẹp", "Lê Văn Viên")]
    school.arrange(
        "invited_class",
        officer=people["Lê Thị Sở"]["account"],
        trainer=people["Hoàng Thị Giảng"]["account"],
        teams=[[team, people["Nguyễn Thị Đẹp"]["account"], *chosen]],
        title="Lớp dịch vụ công 01",
    )
    leader.open("/thong-bao/")
    assert "Mời dự lớp “Lớp dịch vụ công 01”" in leader.text
    leader.send("Xem")
    assert leader.h1 == "Tập huấn"

    school.start_worker()
    school.wait_until(lambda: school.count(NoticeDelivery, NoticeDelivery.sent_at.is_not(None)) == 2)
    assert {line.lower() for line in mail.readers} == {"rcpt to:<dep@example.vn>"}
    assert len(mail.letters) == 2
    assert "đã gửi: 2; không gửi được: 0" in school.flask("notices")


def test_the_leader_takes_the_calendar_along_and_reads_what_happened(leader):
    leader.open("/tap-huan/").press("Lớp dịch vụ công 01")
    calendar = Calendar.from_ical(leader.download("Thêm vào lịch của điện thoại"))
    assert len(calendar.walk("VEVENT")) == 2
    leader.page.get_by_text("Diễn biến").click()
    leader.look()
    assert "Từ “đang chờ” sang “được mời, chưa trả lời”" in leader.text
    assert "cán bộ Sở" in leader.text
    assert "Lê Thị Sở" not in leader.text


def test_the_clerk_prints_whom_to_call(clerk):
    clerk.open("/quan-ly/tap-huan/xa/goi-dien")
    paper = words(clerk.order("In danh sách gọi điện"))
    assert "Nguyễn Thị Đẹp" in paper
    assert "0914 994 110" in paper


def test_the_clerk_copies_words_for_zalo(clerk):
    clerk.open("/quan-ly/tap-huan/xa/").press("Tin nhắn Zalo")
    clerk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    clerk.page.get_by_role("button", name="Sao chép").first.click()
    clerk.page.get_by_text("Đã sao chép").wait_for()
    copied = clerk.page.evaluate("navigator.clipboard.readText()").replace("\r\n", "\n")
    assert "Nguyễn Thị Đẹp (Tổ dân phố 1), trước" in copied
    assert len(copied) <= 400


def test_a_person_answers_from_their_own_message_without_signing_in(clerk, visit):
    clerk.page.get_by_text("Tin riêng cho từng người").click()
    clerk.look()
    text = clerk.page.get_by_label("Tin cho Lê Văn Viên").input_value()
    stranger = visit("to-vien", SMALL).open(text.rsplit(" ", 1)[1])
    stranger.send("Tôi sẽ dự")
    assert "Đã xác nhận dự lớp" in stranger.text


def test_the_clerk_reads_it_all_on_a_phone_and_without_scripts(enter):
    plain = enter("can-bo-xa-dien-thoai", "0914000001", PHONE, scripts=False)
    plain.open("/thong-bao/")
    assert "Lê Văn Viên: Đã xác nhận dự lớp" in plain.text
    plain.open("/quan-ly/tap-huan/xa/tin-nhan")
    assert "Nguyễn Thị Đẹp" in plain.page.get_by_label("Tin cho Tổ dân phố 1").input_value()
    assert "Lê Văn Viên đã xác nhận" in plain.page.get_by_label("Tin cho Tổ dân phố 1").input_value()


def test_the_officer_finds_the_words_for_a_class(enter, made):
    officer = enter("can-bo-so", "0914000002", DESK).open("/quan-ly/tap-huan/")
    officer.press("Lớp dịch vụ công 01").press("Tin nhắn gửi các xã")
    assert "Lớp tập huấn “Lớp dịch vụ công 01”" in officer.page.get_by_label("Tin cho lớp").input_value()
