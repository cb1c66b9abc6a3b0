"""The officer's pages of a class, told as stories without JavaScript."""

from datetime import timedelta

import pytest
import time_machine

from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.training import rules
from lms.training.attendance import class_sessions
from lms.training.models import CallCommune, Decision, Seat, TrainingClass
from tests.factories import HAC_THANH, actor_of, officer

DAY = timedelta(days=1)
LATER = vn_date(utc_now()) + 20 * DAY


@pytest.fixture(autouse=True)
def _at_this_very_moment(world):
    """Pages read the clock themselves."""
    world.now = utc_now()


@pytest.fixture
def office(client, world):
    """The first officer at work."""
    client.sign_in(world.officer.account_id)
    return client


def page_of(class_id, more=""):
    return f"/quan-ly/tap-huan/lop/{class_id}/{more}"


def confirm(world, class_id, *teams):
    for team in teams:
        world.do(rules.confirm_seat, by=team.by("leader"), seat_id=world.seat(class_id, team.leader).id)


def taught(world, *marks):
    """A class whose people were marked so in its one session, with the attendance closed."""
    teams = [world.team() for _ in marks]
    class_id = world.published(*teams, capacity=len(teams), sessions=((LATER, "sang"),), sessions_required=1)
    confirm(world, class_id, *teams)
    (held,) = class_sessions(db_session(), class_id)
    given = {world.seat(class_id, team.leader).id: rules.Mark(m) for team, m in zip(teams, marks, strict=True) if m}
    now = held.begins_at
    world.do(rules.mark_session, by=world.officer, session_id=held.id, marks=given, now=now)
    world.do(rules.close_attendance, by=world.officer, class_id=class_id, now=held.ends_at)
    return class_id


def main_words(page):
    panel = page.soup.find("section", class_="panel--main")
    return panel.find(["button", "a"]).get_text(strip=True) if panel and panel.find(["button", "a"]) else None


def newest(model):
    session = db_session()
    session.rollback()
    return session.query(model).order_by(model.id.desc()).first()


def test_a_class_is_planned_with_hours_of_its_own_and_further_trainers(world, office):
    call, teacher, second = world.call, world.trainer.account_id, world.second_officer
    in_unit(lambda s: s.add(CallCommune(call_id=call, commune_code=HAC_THANH, cluster="Cụm đô thị")))
    form = office.get(f"/quan-ly/tap-huan/dot/{call}/lop-moi").form()
    plan = {
        "title": "Lớp số 1",
        "venue": "Nhà văn hóa",
        "cluster": "Cụm đô thị",
        "capacity": "30",
        "min_viable": "10",
        "trainer": str(teacher),
        "day_1": LATER.isoformat(),
        "half_1": "sang",
        "from_1": "08:00",
        "to_1": "10:30",
        "must_1": "y",
        "lock_hours": "24",
        "minutes_required": "150",
    }

    refused = office.send(form, 422, **(plan | {"to_1": "07:00"}))
    assert "kết thúc trước khi bắt đầu" in refused.text
    assert office.send(form, 422, **(plan | {"from_1": "mấy giờ", "once": "2"})).text.count("Giờ chưa đúng") >= 1
    office.send(form, **(plan | {"once": "3"}))

    row = newest(TrainingClass)
    (held,) = class_sessions(db_session(), row.id)
    assert (row.cluster, row.min_viable, row.lock_hours, row.minutes_required) == ("Cụm đô thị", 10, 24, 150)
    assert (held.minutes, held.is_required) == (150, True)
    assert second is not None


def test_the_page_puts_first_what_comes_next_and_says_why_the_rest_is_not_possible(world, office):
    team = world.team()
    need, class_id = world.register(team), world.plan()
    assert main_words(office.get(page_of(class_id))) == "Xếp nhu cầu vào lớp"
    world.group(class_id, need)
    page = office.get(page_of(class_id))
    assert main_words(page) == "Công bố lớp và mời"
    assert "Lớp đang chuẩn bị nên lúc này không hoãn được." in page.text

    page = office.send(page.form("cong-bo"), 200, follow=True)
    assert main_words(page) == "Xem tin nhắn gửi các xã"
    page = office.send(page.form("chot-danh-sach"), 200, follow=True)
    assert "Đã chốt danh sách." in page.text
    assert "Lớp này không xếp thêm người nữa." in page.text


def test_grouping_a_team_of_another_cluster_asks_for_the_reason(world, office):
    need, call = world.register(world.team("Tổ dân phố Nam")), world.call
    in_unit(lambda s: s.add(CallCommune(call_id=call, commune_code=HAC_THANH, cluster="Cụm đô thị")))
    class_id = world.plan(cluster="Cụm miền núi")
    form = office.get(page_of(class_id, "xep")).form("xep")

    assert "có tổ ở cụm khác: Tổ dân phố Nam" in office.send(form, 422).text
    office.send(form, reason="tổ tiện đường", once="2")

    assert world.need(need).state == "grouped"


def test_places_are_added_on_their_own_page(world, office):
    class_id = world.published(world.team(), world.team(), capacity=1)
    form = office.get(page_of(class_id, "so-cho")).form("so-cho")

    office.send(form, 422, capacity="0")
    page = office.send(form, 200, follow=True, capacity="2", min_viable="2", once="2")

    assert "Đã đổi số chỗ. Mời thêm 1 người." in page.text
    assert (world.row(class_id).capacity, world.row(class_id).min_viable) == (2, 2)
    assert "từ 1 đến 2" in office.send(form, 422, capacity="2", min_viable="3", once="3").text


def test_a_cut_is_looked_at_asked_for_and_done_by_the_second_person(world, client, office):
    teams = [world.team() for _ in range(3)]
    class_id = world.published(*teams, capacity=3)
    form = office.get(page_of(class_id, "so-cho")).form("so-cho")
    page = office.send(form, 200, follow=True, capacity="2")
    assert page.h1 == "Giảm còn 2 chỗ"
    assert "Bị rút chỗ: 1 người Nguyễn Thị Trưởng 3" in page.text
    office.send(page.form("so-cho/rut"), 422, reason=" ")
    page = office.send(page.form("so-cho/rut"), 200, follow=True, reason="phòng nhỏ", once="2")
    assert "Anh/chị là người đề nghị nên không tự duyệt được." in page.text
    decision = newest(Decision).id
    assert "1 việc đang chờ người thứ hai duyệt" in office.get("/quan-ly/tap-huan/").text
    assert "đề nghị giảm còn 2 chỗ" in office.get(page_of(class_id)).text

    client.sign_in(world.second_officer.account_id)
    page = client.get("/quan-ly/tap-huan/cho-duyet/")
    assert "Giảm số chỗ" in page.text
    page = client.get(f"/quan-ly/tap-huan/cho-duyet/{decision}/")
    page = client.send(page.form("/duyet"), 200, follow=True)

    assert "những người bị rút chỗ đã được báo" in page.text
    assert world.states(class_id) == ["offered", "offered", "displaced"]
    assert "Không có việc nào đang chờ." in client.get("/quan-ly/tap-huan/cho-duyet/").text


def test_a_list_that_changed_is_shown_anew_instead_of_being_done(world, client, office):
    teams = [world.team() for _ in range(3)]
    class_id = world.published(*teams, capacity=3)
    form = office.get(page_of(class_id, "so-cho/rut?so-cho=1")).form("so-cho/rut")
    office.send(form, reason="phòng nhỏ")
    decision = newest(Decision).id
    client.sign_in(world.second_officer.account_id)
    page = client.get(f"/quan-ly/tap-huan/cho-duyet/{decision}/")
    world.do(rules.decline_seat, by=teams[2].by("leader"), seat_id=world.seat(class_id, teams[2].leader).id)

    page = client.send(page.form("/duyet"), 409)
    assert "Danh sách người bị rút chỗ đã đổi" in page.text
    assert "Bị rút chỗ: 1 người Nguyễn Thị Trưởng 2" in page.text
    assert world.states(class_id) == ["offered", "offered", "declined"]

    client.send(page.form("/duyet"))
    assert world.states(class_id) == ["offered", "displaced", "declined"]


def test_a_planned_class_is_cancelled_at_once_and_a_published_one_asked_for(world, client, office):
    planned, published = world.plan(), world.published(world.team())
    form = office.get(page_of(planned, "huy")).form("huy")
    office.send(form, 422)
    assert "Đã hủy lớp." in office.send(form, 200, follow=True, reason="thiếu phòng", once="2").text
    assert world.row(planned).state == "cancelled"

    office.send(office.get(page_of(published, "huy")).form("huy"), reason="mưa lũ")
    assert world.row(published).state == "published"
    decision = newest(Decision).id
    client.sign_in(world.second_officer.account_id)
    page = client.get(f"/quan-ly/tap-huan/cho-duyet/{decision}/")
    assert "1 người sau đây không còn lớp này" in page.text
    assert "Còn chỗ cần sửa" in client.send(page.form("khong-duyet"), 422, answer=" ").text
    client.send(page.form("khong-duyet"), answer="trời đã tạnh", once="2")
    assert world.row(published).state == "published"
    assert "không duyệt. Lý do: trời đã tạnh" in client.get("/quan-ly/tap-huan/cho-duyet/").text


def test_the_asker_takes_it_back(world, office):
    class_id = world.published(world.team())
    page = office.send(office.get(page_of(class_id, "huy")).form("huy"), 200, follow=True, reason="mưa lũ")

    office.send(page.form("rut-lai"))

    assert newest(Decision).outcome == "taken_back"
    assert "đề nghị hủy lớp" not in office.get(page_of(class_id)).text


def test_a_class_is_put_off_and_gets_new_dates(world, office):
    team = world.team()
    class_id = world.published(team, sessions_required=1)
    confirm(world, class_id, team)
    office.send(office.get(page_of(class_id, "hoan")).form("hoan"), 422)
    page = office.send(office.get(page_of(class_id, "hoan")).form("hoan"), 200, follow=True, reason="bão số 9")
    assert main_words(page) == "Đặt ngày học mới"

    form = office.get(page_of(class_id, "ngay-hoc")).form("ngay-hoc")
    assert "ít nhất một buổi" in office.send(form, 422).text
    page = office.send(form, 200, follow=True, day_1=LATER.isoformat(), half_1="sang", once="2")

    assert "Đã đặt ngày học mới." in page.text
    assert (world.row(class_id).state, world.row(class_id).starts_on) == ("published", LATER)
    assert world.states(class_id) == ["offered"]


def test_a_class_is_merged_into_one_with_room(world, office):
    team = world.team()
    class_id, small = world.published(team), world.published(world.team(), capacity=1, title="Lớp chật")
    into = world.published(title="Lớp rộng", sessions=((LATER, "sang"),), sessions_required=1)
    page = office.get(page_of(class_id, "gop"))
    assert "Lớp “Lớp chật” còn 0 chỗ" in page.text

    page = office.send(page.form("gop"), 200, follow=True, into=str(into), reason="ít người")

    assert page.h1 == "Lớp rộng"
    assert world.row(class_id).merged_into_id == into
    assert "Mọi người đã chuyển sang Lớp rộng" in office.get(page_of(class_id)).text
    assert small != into


def test_who_waits_is_moved_to_another_class(world, office):
    teams = [world.team(), world.team()]
    class_id = world.published(*teams, capacity=1)
    into = world.published(title="Lớp rộng", sessions=((LATER, "sang"),), sessions_required=1)
    seat = world.seat(class_id, teams[1].leader)
    assert f"/quan-ly/tap-huan/cho/{seat.id}/chuyen" in str(office.get(page_of(class_id)).soup)
    form = office.get(f"/quan-ly/tap-huan/cho/{seat.id}/chuyen").form("chuyen")

    office.send(form, 422, into=str(into))
    office.send(form, into=str(into), reason="gần nhà hơn", once="2")

    assert world.seat(into, teams[1].leader).state == "offered"


def test_the_trainer_closes_the_attendance(world, client):
    team = world.team()
    class_id = world.published(team)
    confirm(world, class_id, team)
    held = class_sessions(db_session(), class_id)
    with time_machine.travel(held[-1].ends_at, tick=False):
        client.sign_in(world.trainer.account_id)
        page = client.get(page_of(class_id, "dong-diem-danh"))
        assert "1 người còn buổi chưa điểm danh" in page.text
        assert "nên chưa đóng điểm danh được" not in page.text
        client.post(page_of(class_id, "dong-diem-danh"))
        assert world.row(class_id).state == "ended"
        client.post(page_of(class_id, "dong-diem-danh"), status=409)


def test_results_are_looked_at_before_they_are_fixed(world, office):
    class_id = taught(world, "present", None)
    assert main_words(office.get(page_of(class_id))) == "Xem kết quả rồi chốt"
    page = office.get(page_of(class_id, "chot-ket-qua"))
    assert "1 người còn buổi chưa điểm danh. Khi chốt, buổi đó tính là vắng. Nguyễn Thị Trưởng 2: buổi 1" in page.text

    page = office.send(page.form("chot-ket-qua"), 200, follow=True)

    assert "Đã chốt kết quả. 1 người hoàn thành." in page.text
    assert world.states(class_id) == ["completed", "no_show"]
    assert "Lớp đã chốt kết quả nên lúc này không hủy được." in page.text


def test_a_page_of_a_deed_that_is_not_possible_says_why_and_has_no_form(world, office):
    class_id = taught(world, "present")

    for more in ("so-cho", "so-cho/rut", "huy", "hoan", "ngay-hoc", "gop"):
        page = office.get(page_of(class_id, more))
        assert "Lớp đã học xong nên lúc này không" in page.text, more
        assert not page.soup.main.find("form"), more


def test_results_that_changed_are_shown_anew(world, office):
    class_id = taught(world, "present", None)
    form = office.get(page_of(class_id, "chot-ket-qua")).form("chot-ket-qua")
    (held,) = class_sessions(db_session(), class_id)
    given = {world.seat(class_id, world.teams[1].leader).id: rules.Mark("late", "danh sách giấy")}
    world.do(rules.mark_session, by=world.officer, session_id=held.id, marks=given, now=held.ends_at)

    assert "Kết quả của có người đã đổi" in office.send(form, 409).text
    assert world.row(class_id).state == "ended"


def test_before_the_attendance_is_closed_the_page_offers_just_that(world, office):
    team = world.team()
    class_id = world.published(team)
    page = office.get(page_of(class_id, "chot-ket-qua"))
    assert "Chưa đóng điểm danh nên chưa chốt kết quả được." in page.text
    assert not [f for f in page.soup.find_all("form") if f["action"].endswith("chot-ket-qua")]
    office.post(page_of(class_id, "chot-ket-qua"), {"once": "1"}, 409)


def test_a_fixed_result_is_corrected_by_two(world, client, office):
    class_id = taught(world, "present")
    world.do(rules.finalise_class, by=world.officer, class_id=class_id, now=world.row(class_id).attendance_closed_at)
    seat = newest(Seat)
    page = office.get(f"/quan-ly/tap-huan/cho/{seat.id}/sua-ket-qua")
    assert "thu hồi theo quyết định" in page.text
    office.send(page.form("sua-ket-qua"), 422, to="incomplete", reason="nhầm")
    given = {"to": "incomplete", "reason": "về từ giữa buổi", "evidence": "biên bản lớp", "once": "2"}
    office.send(page.form("sua-ket-qua"), **given)
    decision = newest(Decision).id

    client.sign_in(world.second_officer.account_id)
    page = client.get(f"/quan-ly/tap-huan/cho-duyet/{decision}/")
    assert "Căn cứ biên bản lớp" in page.text
    client.send(page.form("/duyet"))

    assert world.states(class_id) == ["incomplete"]


def test_strangers_find_none_of_it(world, client):
    team = world.team()
    class_id = world.published(team)
    seat = world.seat(class_id, team.leader).id
    decision = world.do(rules.ask_cancel, by=world.officer, class_id=class_id, reason="mưa lũ").id
    client.sign_in(officer("01"))

    pages = ("so-cho", "so-cho/rut", "huy", "hoan", "ngay-hoc", "gop", "chot-ket-qua")
    for path in [page_of(class_id, more) for more in pages] + [
        f"/quan-ly/tap-huan/cho/{seat}/chuyen",
        f"/quan-ly/tap-huan/cho/{seat}/sua-ket-qua",
    ]:
        client.get(path, 404)
        client.post(path, {"reason": "không"}, 404)
    client.get(f"/quan-ly/tap-huan/cho-duyet/{decision}/", 404)
    for deed in ("duyet", "khong-duyet", "rut-lai"):
        client.post(f"/quan-ly/tap-huan/cho-duyet/{decision}/{deed}", {"answer": "không"}, 404)
    client.post(page_of(class_id, "dong-diem-danh"), status=404)
    assert "mưa lũ" not in client.get("/quan-ly/tap-huan/cho-duyet/").text
    assert world.row(class_id).state == "published"
    assert actor_of(world.officer.account_id).provinces
