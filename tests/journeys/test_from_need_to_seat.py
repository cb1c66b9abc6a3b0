"""From a team's need to a seat: leader, deputy and member on the phone, clerk and two officers at a desk."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lms.clock import utc_now, vn_date
from lms.people.models import Person
from lms.training.allotting import Run, same
from lms.training.codes import short_code
from lms.training.models import Need, Seat, TrainingClass
from tests.journeys.conftest import DESK, NARROW_DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("worker")]

PROVINCE, COMMUNE = "38", "14797"
TOPIC, OTHER_TOPIC = "Dịch vụ công trực tuyến", "Thanh toán trực tuyến"
TEAMS = {
    1: ("Nguyễn Thị Đẹp", "Trần Văn Phó", "Lê Văn Viên"),
    2: ("Hà Thị Hai", "Bùi Văn Nhị"),
    3: ("Cao Thị Ba", "Đỗ Văn Tam"),
    4: ("Mai Thị Tư", "Vũ Văn Tứ"),
    5: ("Lý Thị Năm", "Hồ Văn Ngũ"),
}
PHONES = {name: f"09149941{team}{at}" for team, people in TEAMS.items() for at, name in enumerate(people)}
_COUNT_TAPS = """addEventListener('click', (tap) => {
    if (tap.isTrusted) sessionStorage.taps = Number(sessionStorage.taps || 0) + 1
})"""


@pytest.fixture(scope="module")
def made(school):
    """Five teams of one ward, its clerk, two officers and a trainer."""
    roles = ("leader", "deputy", "member")
    teams = {
        f"Tổ dân phố {number}": {
            "commune": COMMUNE,
            "people": [(roles[at], name, PHONES[name]) for at, name in enumerate(people)],
        }
        for number, people in TEAMS.items()
    }
    staff = [
        {"name": "Phạm Văn Xã", "phone": "0914000001", "role": "clerk", "area": COMMUNE},
        {"name": "Lê Thị Sở", "phone": "0914000002", "role": "officer", "area": PROVINCE},
        {"name": "Hoàng Thị Giảng", "phone": "0914000003", "role": "trainer", "area": PROVINCE},
        {"name": "Ngô Văn Hai", "phone": "0914000004", "role": "officer", "area": PROVINCE},
    ]
    return school.arrange("society", teams=teams, staff=staff)


@pytest.fixture(scope="module")
def officer(made, enter):
    return enter("can-bo-so", "0914000002", DESK)


@pytest.fixture(scope="module")
def second(made, enter):
    """The second officer, in a narrow window."""
    return enter("can-bo-so-hai", "0914000004", NARROW_DESK)


@pytest.fixture(scope="module")
def clerk(made, enter):
    return enter("can-bo-xa", "0914000001", DESK)


@pytest.fixture(scope="module")
def story():
    """What is remembered from one step to the next."""
    return {}


def queue(school, class_id):
    """Return who stands in the queue of a class and how, in its order."""
    rows = school.ask(
        select(Person.full_name, Seat.state)
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.class_id == class_id)
        .order_by(Seat.rank, Seat.place, Seat.id)
    )
    return [tuple(row) for row in rows]


def states(school, class_id):
    return [state for _, state in queue(school, class_id)]


def test_the_officer_opens_a_call_for_two_topics(officer, story):
    officer.open("/quan-ly/tap-huan/dot-moi").fill("Tên đợt", "Đợt tháng 12").tick(TOPIC).tick(OTHER_TOPIC)
    officer.fill("Nhận đến hết ngày", vn_date(utc_now() + timedelta(days=7)).isoformat()).send("Mở đợt")
    assert officer.h1 == "Đợt tháng 12"
    story["call"] = officer.path


def test_a_leader_registers_in_at_most_four_taps_and_reads_the_number(school, made, enter):
    leader = enter("to-truong-1", PHONES["Nguyễn Thị Đẹp"], PHONE)
    leader.page.add_init_script(_COUNT_TAPS)
    leader.open("/tap-huan/").press("Đăng ký cho Tổ dân phố 1")
    assert leader.h1 == "Tổ cần học gì?"
    leader.press(TOPIC).send("Gửi đăng ký")

    assert "Nhu cầu của tổ là số 1 trong đợt." in leader.text
    assert leader.page.evaluate("() => Number(sessionStorage.taps)") <= 4
    leader.press(f"{TOPIC} – Tổ dân phố 1")
    assert "Thứ tự 1 trong đợt. Cần 1 chỗ." in leader.text
    assert "Tổ trưởng Nguyễn Thị Đẹp đã ký." in leader.text
    leader.press("Cách xếp chỗ của đợt này")
    assert "Mã bốc thăm" in leader.text
    assert school.count(Need) == 1


def test_the_deputy_signs_too_and_a_plain_member_reads_why_not(school, made, enter):
    deputy = enter("to-pho-1", PHONES["Trần Văn Phó"], PHONE).open("/tap-huan/").press(f"{TOPIC} – Tổ dân phố 1")
    deputy.send("Ký chung")
    assert "Tổ phó Trần Văn Phó đã ký." in deputy.text
    assert deputy.find("Ký chung").count() == 0

    member = enter("vien-1", PHONES["Lê Văn Viên"], PHONE).open("/tap-huan/")
    assert member.find("Đăng ký cho").count() == 0
    member.open(f"/tap-huan/dot/1/to/{made['teams']['Tổ dân phố 1']}/")
    assert "tổ trưởng hoặc tổ phó" in member.text
    assert school.count(Need) == 1


def test_the_clerk_confirms_all_at_once_and_registers_a_team_by_its_paper(school, made, clerk):
    people, teams = made["people"], made["teams"]
    going = [
        [teams[f"Tổ dân phố {number}"], people[TEAMS[number][0]]["account"], people[TEAMS[number][0]]["person"]]
        for number in (2, 4, 5)
    ]
    school.arrange("registered", call=1, teams=going)

    clerk.open("/quan-ly/tap-huan/xa/").choose("Tổ", "Tổ dân phố 3").send("Đăng ký thay")
    clerk.press(TOPIC).fill("Hoặc số, ngày của giấy tổ gửi", "Giấy 05/ĐK-TCN").send("Gửi đăng ký")
    assert "Xã đăng ký thay." in clerk.table_row("Tổ dân phố 3").inner_text()
    clerk.press(f"Tổ dân phố 3: {TOPIC}")
    assert "Theo giấy: Giấy 05/ĐK-TCN." in clerk.text
    clerk.open("/quan-ly/tap-huan/xa/").send("Xác nhận tất cả 5 nhu cầu")
    assert "Đã xác nhận 5 nhu cầu." in clerk.text
    assert school.count(Need, Need.state == "confirmed") == 5


def test_the_officer_closes_the_call_and_has_classes_proposed(officer, second, story):
    officer.open(story["call"]).fill("Lý do đóng sớm", "các tổ đã gửi đủ").send("Đóng đợt")
    officer.press("Lập kế hoạch các lớp")
    officer.fill("Học từ ngày", vn_date(utc_now() + timedelta(days=20)).isoformat())
    officer.fill("Số chỗ mỗi lớp", "3").fill("Số người ít nhất để mở lớp", "1").send("Đề xuất các lớp")
    assert "Đã lập bản kế hoạch." in officer.text
    assert officer.numbers()[:2] == ["2 lớp", "5 chỗ xin học đã xếp"]
    assert "Lớp 1 chưa có địa điểm." in officer.text
    story["board"] = officer.path
    for page in ("", "lop/1/", "chua-xep/"):
        second.open(story["board"] + page)


def test_the_officer_moves_needs_gives_venues_and_publishes_all_together(school, officer, story):
    officer.open(story["board"] + "lop/2/")
    for box in officer.page.locator("input[name=needs]").all()[:2]:
        box.check()
    officer.page.locator("select[name=to]").select_option(value="1")
    officer.fill("Lý do", "gần nhà hơn").send("Chuyển các nhu cầu đã chọn")
    assert "Đã chuyển 2 nhu cầu." in officer.text
    for number, venue, places in ((1, "Nhà văn hóa phường Hạc Thành", "2"), (2, "Hội trường ủy ban", "3")):
        officer.open(f"{story['board']}lop/{number}/").fill("Địa điểm", venue)
        officer.page.get_by_label("Số chỗ", exact=True).fill(places)
        officer.send("Lưu lớp này")
        assert "Đã lưu lớp trong bản kế hoạch." in officer.text

    officer.open(story["board"]).send("Công bố cả 2 lớp")
    school.wait_until(lambda: school.count(TrainingClass, TrainingClass.state == "published") == 2)
    officer.wait_for("Đã xong").press("Quay lại")
    assert "đã xếp lớp" in officer.text
    assert states(school, 1) == ["offered", "offered", "waiting", "waiting"]
    assert states(school, 2) == ["offered"]


def test_the_run_explains_every_place_to_an_inspector(officer, second):
    officer.open("/quan-ly/tap-huan/lop/1/").press("Vì sao xếp như vậy")
    assert "kết quả giống hệt, dữ liệu không bị sửa" in officer.text
    assert "Tổ chưa được tập huấn chuyên đề này lần nào" in officer.text
    second.open(officer.path)
    assert same(Run(**json.loads(officer.download("Tải dữ liệu để tự tính lại"))))


def test_places_are_added_and_a_cut_takes_two_persons(school, officer, second):
    officer.open("/quan-ly/tap-huan/lop/1/").press("Đổi số chỗ")
    officer.page.get_by_label("Số chỗ", exact=True).fill("3")
    officer.send("Đổi số chỗ")
    assert "Đã đổi số chỗ. Mời thêm 1 người." in officer.text
    assert states(school, 1) == ["offered", "offered", "offered", "waiting"]

    officer.press("Đổi số chỗ")
    officer.page.get_by_label("Số chỗ", exact=True).fill("2")
    officer.send("Đổi số chỗ")
    assert officer.h1 == "Giảm còn 2 chỗ"
    assert f"Bị rút chỗ: 1 người {queue(school, 1)[2][0]}" in officer.text
    second.open("/quan-ly/tap-huan/lop/1/so-cho").open("/quan-ly/tap-huan/lop/1/so-cho/rut?so-cho=2")
    officer.fill("Lý do", "phòng nhỏ").send("Đề nghị người thứ hai duyệt")
    assert "không tự duyệt được" in officer.text
    assert states(school, 1) == ["offered", "offered", "offered", "waiting"]

    second.open("/quan-ly/tap-huan/").press("1 việc đang chờ người thứ hai duyệt").press("Giảm số chỗ").send("Duyệt")
    assert "những người bị rút chỗ đã được báo" in second.text
    assert states(school, 1) == ["offered", "offered", "displaced", "waiting"]
    second.open("/quan-ly/tap-huan/lop/1/")


def test_the_clerk_opens_the_call_list_and_the_words_for_zalo(school, clerk, story):
    (_, _), (name, _), *_ = queue(school, 1)
    clerk.open("/quan-ly/tap-huan/xa/").press("Gọi người chưa trả lời")
    assert clerk.page.locator("a[href^='tel:']").count() == 3
    clerk.press("Tin nhắn Zalo")
    for fold in clerk.page.locator("summary").all():
        fold.click()
    words = clerk.page.get_by_label(f"Tin cho {name}").input_value()
    clerk.look()
    story["link"] = re.search(r"https?://\S+", words)[0]


def test_whoever_waits_reads_where_they_stand_and_why(school, enter, story):
    name = queue(school, 1)[3][0]
    story["waiting"] = enter("nguoi-cho", PHONES[name], PHONE).open("/tap-huan/")
    waiting = story["waiting"]
    assert "Vì sao chưa có chỗ?" in waiting.text
    waiting.page.locator("section.panel h3 a").first.click()
    waiting.look()
    assert "Đứng thứ 1 trong hàng chờ. Không có ai đứng trước." in waiting.text
    assert "Lớp có 2 chỗ, 2 chỗ đã có người." in waiting.text
    assert "Điểm của tổ:" in waiting.text
    assert "Thứ tự chia đều giữa các xã" in waiting.text


def test_a_person_confirms_and_gets_the_code_for_the_door(school, enter):
    name = queue(school, 1)[0][0]
    seat = school.ask(select(Seat.id, Seat.seq).where(Seat.class_id == 1).order_by(Seat.rank, Seat.place, Seat.id))[0]
    person = enter("nguoi-du", PHONES[name], PHONE).open("/tap-huan/").send("Xác nhận dự")
    assert "Đã xác nhận dự lớp." in person.text
    person.page.locator("section.panel h3 a").first.click()
    person.look()
    assert person.path == f"/tap-huan/cho/{seat.id}/"
    picture = person.page.get_by_alt_text("Mã QR để điểm danh")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    assert short_code(seat.seq) in person.text
    assert b"BEGIN:VCALENDAR" in person.download("Thêm vào lịch của điện thoại")
    assert states(school, 1)[0] == "confirmed"


def test_another_declines_by_the_link_alone_and_the_next_is_invited(school, visit, story):
    stranger = visit("nguoi-khong-dang-nhap", PHONE).open(story["link"])
    assert states(school, 1) == ["confirmed", "offered", "displaced", "waiting"]
    stranger.send("Không dự được")
    assert "Lời mời này đã được trả lời." in stranger.text
    assert states(school, 1) == ["confirmed", "declined", "displaced", "offered"]
    visit("nguoi-bam-lai", PHONE).open(story["link"])
    story["waiting"].page.reload()
    assert "Xác nhận dự" in story["waiting"].look().text


def test_an_offer_that_expires_on_an_open_page_says_so_and_leads_on(school, enter):
    ((name, _),) = queue(school, 2)
    late = enter("nguoi-tre", PHONES[name], PHONE).open("/tap-huan/")
    school.kill("worker")
    school.change(update(Seat).values(expires_at=utc_now() - timedelta(seconds=1)).where(Seat.class_id == 2))

    late.send("Xác nhận dự")
    assert late.h1 == "Chưa làm được việc này"
    assert "Lời mời đã hết hạn lúc" in late.text
    late.press("Quay lại")
    late.page.locator("section.panel h3 a").first.click()
    late.look()
    assert "còn được mời lại nếu có chỗ" in late.text
    assert late.find("Xác nhận dự").count() == 0

    school.start_worker()
    school.wait_until(lambda: len(queue(school, 2)) == 2)
    late.open("/tap-huan/").send("Xác nhận dự")
    assert states(school, 2)[-1] == "confirmed"


def test_the_auditor_finds_nothing(school):
    assert json.loads(school.flask("training", "audit", "--json"))["is_clean"]
