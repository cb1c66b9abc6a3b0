"""A list is closed and a place falls free: by links alone the clerk calls who waits, and seats them."""

import pytest
from sqlalchemy import select

from lms.people.models import Person
from lms.training.models import Seat
from tests.journeys.conftest import DESK, NARROW_DESK, PHONE

pytestmark = pytest.mark.browser

CLASS = "/quan-ly/tap-huan/lop/{}/"


@pytest.fixture(scope="module")
def made(school):
    """A class of two places to which two leaders are invited, and a third team in the same commune."""
    names = ("Nguyễn Thị Đẹp", "Hà Thị Hai", "Cao Thị Ba")
    teams = {
        f"Tổ dân phố {at}": {"commune": "14797", "people": [("leader", name, f"091499411{at}")]}
        for at, name in enumerate(names, 1)
    }
    staff = [
        {"name": "Lê Thị Sở", "phone": "0914000002", "role": "officer", "area": "38"},
        {"name": "Hoàng Thị Giảng", "phone": "0914000003", "role": "trainer", "area": "38"},
        {"name": "Phạm Văn Xã", "phone": "0914000001", "role": "clerk", "area": "14797"},
    ]
    society = school.arrange("society", teams=teams, staff=staff)
    found = society["people"]
    going = [
        [society["teams"][f"Tổ dân phố {at}"], found[name]["account"], found[name]["person"]]
        for at, name in enumerate(names[:2], 1)
    ]
    accounts = {"officer": found["Lê Thị Sở"]["account"], "trainer": found["Hoàng Thị Giảng"]["account"]}
    return school.arrange("invited_class", **accounts, teams=going)["class"]


def states(school):
    rows = select(Person.full_name, Seat.state).join(Person, Person.id == Seat.person_id).order_by(Seat.id)
    return {row.full_name: row.state for row in school.ask(rows)}


def test_a_place_falls_free_after_the_list_is_closed(school, made, enter):
    enter("to-truong-3", "0914994113", PHONE).press("Tập huấn").press("Xin chỗ cho").send("Xin chỗ")
    officer = enter("can-bo-so", "0914000002", DESK).open(CLASS.format(made))
    officer.send("Chốt danh sách ngay")
    leader = enter("to-truong-2", "0914994112", PHONE).press("Tập huấn").send("Không dự được")
    assert "Chưa làm được" not in leader.text
    assert states(school) == {"Nguyễn Thị Đẹp": "offered", "Hà Thị Hai": "declined", "Cao Thị Ba": "waiting"}


def test_the_clerk_finds_who_waits_on_the_call_list_and_seats_them_by_links(school, enter):
    clerk = enter("can-bo-xa", "0914000001", NARROW_DESK).open("/quan-ly/tap-huan/xa/")
    clerk.press("Gọi người chưa trả lời")
    assert "Lớp đã chốt mà còn chỗ trống" in clerk.text
    clerk.press("Cao Thị Ba")
    assert "Còn chỗ trống thì xã gọi điện mời lần lượt." in clerk.text
    clerk.press("Xếp vào chỗ trống sau khi gọi điện").send("Đã đồng ý, xếp vào lớp")
    assert "Đã xếp vào lớp." in clerk.text
    assert states(school)["Cao Thị Ba"] == "confirmed"
    clerk.press("Về trang tập huấn của xã, phường").press("Cao Thị Ba")
    assert "đã xác nhận dự" in clerk.text


def test_the_officer_comes_to_the_same_seat_from_the_class_and_changes_the_place(school, made, enter):
    officer = enter("can-bo-so-lai", "0914000002", PHONE).open(CLASS.format(made))
    officer.press("Cao Thị Ba")
    assert officer.h1 == "Lớp 01"
    officer.press("Về trang của lớp").press("Đổi giảng viên, địa điểm")
    officer.fill("Địa điểm", "Trường tiểu học").send("Lưu thay đổi")
    assert "Trường tiểu học" in officer.text
    trainer = enter("giang-vien", "0914000003", PHONE).open("/thong-bao")
    assert "Nay học tại Trường tiểu học." in trainer.text


def test_a_team_reads_why_its_need_has_no_place(school, made, enter):
    leader = enter("to-truong-1", "0914994111", PHONE).press("Tập huấn").press("Dịch vụ công trực tuyến")
    assert "Vì sao chưa có chỗ?" in leader.text
