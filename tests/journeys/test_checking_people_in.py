"""At the door of a class: a camera that reads codes, a code on the wall, and a phone without any line."""

import pytest
from sqlalchemy import select

from lms.people.models import Person
from lms.training.codes import short_code
from lms.training.models import AttendanceMark, Seat
from tests.journeys.cameras import film_of
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.browser

NAMES = ["Nguyễn Thị Đẹp", "Trần Văn Phó", "Hà Thị Hai", "Bùi Văn Nhị", "Cao Thị Ba", "Đỗ Văn Tam"]
HELD = "/quan-ly/diem-danh/{}/1/"


@pytest.fixture(scope="module")
def made(school):
    """A class of six on its day, with its trainer."""
    people = [(("leader", "deputy", "member")[min(at, 2)], name, f"091499410{at}") for at, name in enumerate(NAMES)]
    staff = [
        {"name": "Lê Thị Sở", "phone": "0914000002", "role": "officer", "area": "38"},
        {"name": "Hoàng Thị Giảng", "phone": "0914000003", "role": "trainer", "area": "38"},
    ]
    society = school.arrange("society", teams={"Tổ dân phố 1": {"commune": "14797", "people": people}}, staff=staff)
    found, team = society["people"], society["teams"]["Tổ dân phố 1"]
    going = [team, found[NAMES[0]]["account"], *(found[name]["person"] for name in NAMES)]
    accounts = {"officer": found["Lê Thị Sở"]["account"], "trainer": found["Hoàng Thị Giảng"]["account"]}
    return school.arrange("seated_class", **accounts, teams=[going])["class"]


@pytest.fixture(scope="module")
def seats(school, made):
    """Each person's seat."""
    rows = school.ask(select(Person.full_name, Seat.id, Seat.token, Seat.seq).join(Person, Person.id == Seat.person_id))
    return {row.full_name: row for row in rows}


def marks(school, seat):
    """Return how each mark of a seat came about, in order."""
    rows = school.ask(
        select(AttendanceMark.mark, AttendanceMark.source, AttendanceMark.repeat_of_id)
        .where(AttendanceMark.seat_id == seat.id)
        .order_by(AttendanceMark.id)
    )
    return [(row.mark, row.source, row.repeat_of_id is not None) for row in rows]


@pytest.fixture(scope="module")
def with_camera(chromium, school, seats, tmp_path_factory):
    """A trainer whose phone's camera sees two people's codes one after the other."""
    film = film_of(tmp_path_factory.mktemp("phim") / "ma.y4m", *(seats[name].token for name in NAMES[:2]))
    pretended = [
        "--no-sandbox", "--lang=vi", "--disable-gpu", "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}",
    ]  # fmt: skip
    program = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=pretended)
    context = program.new_context(**PHONE, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", permissions=["camera"])
    context.set_default_timeout(15000)
    yield Visitor("giang-may-anh", context, school.url).sign_in("0914000003")
    context.close()
    program.close()


def test_todays_class_stands_first_and_leads_to_every_way_of_checking_in(with_camera, made):
    trainer = with_camera.open("/quan-ly/diem-danh/")
    assert trainer.page.locator("h2").first.inner_text() == "Lớp hôm nay"
    trainer.press("Buổi 1")
    assert trainer.path == HELD.format(made)
    assert trainer.numbers()[0] == "0/6 có mặt"


def test_the_camera_reads_two_codes_and_a_second_look_is_told_as_such(with_camera, school, made, seats):
    trainer = with_camera.open(HELD.format(made)).press("Quét mã hoặc gõ mã")
    trainer.page.get_by_role("button", name="Mở máy ảnh để quét").click()
    shown = trainer.page.locator("[data-shown]")
    for name in NAMES[:2]:
        school.wait_until(lambda name=name: marks(school, seats[name]), 30)
        assert marks(school, seats[name])[0] == ("present", "scan", False)
    shown.get_by_text("Đã điểm danh lúc").wait_for()
    assert "do Hoàng Thị Giảng quét mã của người dự" in shown.inner_text()
    assert "shown--warn" in shown.get_attribute("class")
    trainer.look()
    assert trainer.page.locator("[data-count]").inner_text() == "2/6"


def test_a_short_code_is_typed_where_no_camera_reads(with_camera, school, made, seats):
    trainer = with_camera.open(HELD.format(made) + "quet")
    trainer.fill("Mã bốn chữ số cạnh tên", short_code(seats[NAMES[2]].seq))
    trainer.page.get_by_role("button", name="Ghi có mặt").click()
    trainer.page.locator(".shown--good").wait_for()
    assert NAMES[2] in trainer.page.locator("[data-shown]").inner_text()
    assert marks(school, seats[NAMES[2]]) == [("present", "code", False)]

    trainer.fill("Mã bốn chữ số cạnh tên", "1234")
    trainer.page.get_by_role("button", name="Ghi có mặt").click()
    trainer.page.locator(".shown--bad").wait_for()
    trainer.look()


def test_a_phone_in_airplane_mode_marks_three_people_and_sends_them_once(visit, school, made, seats):
    trainer = visit("giang-mat-song", PHONE).sign_in("0914000003").open(HELD.format(made) + "ngoai-mang/")
    trainer.page.get_by_text("Danh sách 6 người").wait_for()
    trainer.page.evaluate("() => navigator.serviceWorker.ready")
    trainer.look()

    trainer.context.set_offline(True)
    trainer.page.reload()
    trainer.page.get_by_text("Danh sách 6 người").wait_for()
    for name in NAMES[3:5]:
        trainer.fill("Mã bốn chữ số cạnh tên", short_code(seats[name].seq))
        trainer.page.get_by_role("button", name="Ghi có mặt").click()
        trainer.page.locator("[data-shown]").get_by_text(name).wait_for()
    trainer.choose(NAMES[5], "Vắng có phép")
    trainer.page.get_by_text("Đã gửi 0, còn 3 chờ mạng.").wait_for()
    assert not any(marks(school, seats[name]) for name in NAMES[3:])
    trainer.page.close()

    trainer.page = trainer.context.new_page()
    trainer.page.goto(school.url + HELD.format(made) + "ngoai-mang/")
    trainer.page.get_by_text("Đã gửi 0, còn 3 chờ mạng.").wait_for()
    trainer.faults.clear()
    trainer.look()

    trainer.context.set_offline(False)
    trainer.page.get_by_role("button", name="Gửi ngay").click()
    trainer.page.get_by_text("Đã gửi 3, còn 0 chờ mạng.").wait_for()
    trainer.page.reload()
    trainer.page.get_by_role("button", name="Gửi ngay").click()
    trainer.page.get_by_text("Đã gửi 3, còn 0 chờ mạng.").wait_for()
    assert [marks(school, seats[name]) for name in NAMES[3:]] == [
        [("present", "code", False)], [("present", "code", False)], [("excused", "list", False)],
    ]  # fmt: skip
    trainer.look()

    trainer.page.get_by_role("button", name="Xóa danh sách khỏi máy này").click()
    trainer.page.get_by_text("Đã xóa danh sách khỏi máy này.").wait_for()
    assert trainer.page.evaluate("() => Object.keys(localStorage).length") == 0


def test_the_code_on_the_wall_is_scanned_by_a_person_and_confirmed_by_the_trainer(enter, visit, school, made, seats):
    trainer = enter("giang-chieu", "0914000003", DESK).open(f"/quan-ly/diem-danh/{made}/2/").press("Mã phòng")
    code = "".join(trainer.page.locator(".wall__code").inner_text().split())
    person = enter("to-truong-quet", "0914994100", PHONE)
    afternoon = school.ask(select(AttendanceMark.session_id).order_by(AttendanceMark.id))[0][0] + 1
    person.open(f"/tap-huan/diem-danh/{afternoon}/{code}").send("Tôi có mặt")
    assert "Giảng viên sẽ nhìn quanh lớp rồi xác nhận" in person.text

    trainer.open(f"/quan-ly/diem-danh/{made}/2/").send("Xác nhận người tự quét")
    assert "Đã xác nhận 1 người tự quét." in trainer.text
    assert trainer.numbers()[0] == "1/6 có mặt"


@pytest.mark.parametrize("device", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_of_the_door_fits_phone_and_desk(enter, made, seats, device):
    trainer = enter("giang-xem", "0914000003", device)
    pages = ("", "danh-sach", "quet", "ma-phong", "ngoai-mang/", "den-thang?ten=do+van", "chua-den",
             f"nguoi/{seats[NAMES[0]].id}")  # fmt: skip
    for page in pages:
        trainer.open(HELD.format(made) + page)
    trainer.open("/quan-ly/diem-danh/")
