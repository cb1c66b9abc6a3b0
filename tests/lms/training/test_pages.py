"""The training pages, told as stories without JavaScript."""

from datetime import timedelta

import pytest

from lms.clock import utc_now, vn_date
from lms.db import db_session
from lms.journal.models import JournalEntry
from lms.training.attendance import class_sessions
from lms.training.models import Call, Need, Seat, TrainingClass
from tests.factories import clerk, officer, trainer

from .checking_in import at
from .world import TOPIC

TODAY = vn_date(utc_now())
CLASS_DAY = TODAY + timedelta(days=10)


@pytest.fixture(autouse=True)
def _at_this_very_moment(world):
    """Pages read the clock themselves."""
    world.now = utc_now()


@pytest.fixture
def open_call(world):
    """A call that is open at this very moment."""
    return world.open_call(
        opens_at=utc_now() - timedelta(hours=1), closes_at=utc_now() + timedelta(days=5), title="Đợt đang mở"
    )


def latest(model):
    session = db_session()
    session.rollback()
    return session.query(model).order_by(model.id.desc()).first()


def test_from_call_to_results(world, client, run_jobs):
    """Steps 6 and 7 of the story: three teams, two places, one declines."""
    teams = [world.team() for _ in range(3)]
    office = world.officer.account_id

    client.sign_in(office)
    page = client.get("/quan-ly/tap-huan/dot-moi")
    client.send(
        page.form("dot-moi"),
        title="Đợt quý IV",
        topics=[TOPIC],
        opens_on=TODAY.strftime("%d/%m/%Y"),
        closes_on=(TODAY + timedelta(days=5)).isoformat(),
    )
    call = latest(Call).id

    for team in teams:
        client.sign_in(team.accounts["leader"])
        page = client.get("/tap-huan/")
        assert "Đợt quý IV" in page.text
        page = client.get(f"/tap-huan/dot/{call}/to/{team.id}/")
        sent = client.send(page.form(), nominees=[team.leader], availability="sáng thứ bảy", follow=True, status=200)
        assert "Đã đăng ký." in sent.text

    client.sign_in(teams[0].accounts["deputy"])
    page = client.get(f"/tap-huan/dot/{call}/to/{teams[0].id}/")
    assert "Đã ký chung nhu cầu của tổ." in client.send(page.form(), 200, follow=True).text
    assert "Tổ phó Trần Văn Phó 1 đã ký." in client.get("/tap-huan/").text

    client.sign_in(world.clerk.account_id)
    page = client.send(client.get("/quan-ly/tap-huan/xa/").form("xa/xac-nhan"), 200, follow=True)
    assert "Đã xác nhận 3 nhu cầu." in page.text

    client.sign_in(office)
    page = client.get(f"/quan-ly/tap-huan/dot/{call}/")
    assert "Hạc Thành 3 3" in page.text
    page = client.get(f"/quan-ly/tap-huan/dot/{call}/lop-moi?chuyen-de={TOPIC}")
    assert page.form().find("input", {"name": "title"})["value"] == "Lớp Dịch vụ công trực tuyến"
    teacher = world.trainer.account_id
    page = client.get(f"/quan-ly/tap-huan/dot/{call}/lop-moi")
    page = client.send(
        page.form(),
        200,
        follow=True,
        title="Lớp dịch vụ công số 1",
        venue="Nhà văn hóa",
        capacity="2",
        trainer=str(teacher),
        sessions_required="2",
        day_1=CLASS_DAY.isoformat(),
        half_1="sang",
        day_2=CLASS_DAY.isoformat(),
        half_2="chieu",
    )
    class_id = latest(TrainingClass).id
    assert page.h1 == "Xếp nhu cầu vào lớp"
    client.send(page.form("xep"))
    page = client.get(f"/quan-ly/tap-huan/lop/{class_id}/")
    page = client.send(page.form("cong-bo"), 200, follow=True)
    assert "Đã công bố lớp và mời 2 người." in page.text
    assert world.states(class_id) == ["offered", "offered", "waiting"]
    teams.sort(key=lambda team: world.seat(class_id, team.leader).rank)

    client.sign_in(teams[2].accounts["leader"])
    page = client.get("/tap-huan/")
    assert "Đứng thứ 1 trong hàng chờ." in page.text
    assert "Lớp có 2 chỗ, 2 chỗ đã có người." in page.text

    client.sign_in(teams[0].accounts["leader"])
    client.send(client.get("/tap-huan/").form("khong-du"))
    assert world.states(class_id) == ["declined", "offered", "offered"]

    for team in teams[1:]:
        client.sign_in(team.accounts["leader"])
        client.send(client.get("/tap-huan/").form("xac-nhan"))
    assert world.states(class_id) == ["declined", "confirmed", "confirmed"]

    client.sign_in(office)
    page = client.get(f"/quan-ly/tap-huan/lop/{class_id}/")
    job = client.send(page.form("in-danh-sach")).location
    run_jobs()
    link = client.get(job).soup.find("a", string="Tải tệp về")["href"]
    assert client.get(link).data.startswith(b"%PDF-")

    held = class_sessions(db_session(), class_id)
    with at(held[0].ends_at):
        client.sign_in(teacher)
        assert "Lớp dịch vụ công số 1" in client.get("/quan-ly/diem-danh/").text
        client.send(client.get(f"/quan-ly/diem-danh/{class_id}/1/danh-sach").form(), all_present="1")
    with at(held[1].ends_at):
        client.sign_in(teacher)
        page = client.get(f"/quan-ly/diem-danh/{class_id}/2/danh-sach")
        seats = [world.seat(class_id, team.leader).id for team in teams[1:]]
        client.send(page.form(), **{f"mark_{seats[0]}": "late", f"mark_{seats[1]}": "absent"})
        page = client.get(f"/quan-ly/diem-danh/{class_id}/2/")
        page = client.get(page.soup.find("a", string="Đóng điểm danh")["href"])
        client.send(page.form("dong-diem-danh"))
        client.sign_in(office)
        page = client.get(f"/quan-ly/tap-huan/lop/{class_id}/chot-ket-qua")
        page = client.send(page.form("chot-ket-qua"), 200, follow=True)
        assert "1 người hoàn thành" in page.text
        assert world.states(class_id) == ["declined", "completed", "incomplete"]
        assert world.findings(utc_now()) == []


def test_a_plain_member_reads_why_not(world, client, open_call):
    team = world.team()
    client.sign_in(team.accounts["member"])

    page = client.get(f"/tap-huan/dot/{open_call}/to/{team.id}/", 409)

    assert "Chỉ tổ trưởng hoặc tổ phó đăng ký nhu cầu" in page.text
    assert "Đợt đang nhận đăng ký" not in client.get("/tap-huan/").text


def test_a_deputys_proposal_is_shown_to_the_leader(world, client):
    team = world.team()
    world.register(team, note="hai máy tính")
    world.register(team, "deputy", nominee_ids=(team.deputy,), seats_wanted=2)

    text = client.sign_in(team.accounts["leader"]).get("/tap-huan/").text

    assert "Đề xuất khác, chờ tổ trưởng: cần 2 chỗ; cử Trần Văn Phó 1; ghi chú: không ghi." in text


def test_pressing_twice_registers_once(world, client, open_call):
    team = world.team()
    client.sign_in(team.accounts["leader"])
    form = client.get(f"/tap-huan/dot/{open_call}/to/{team.id}/?chuyen-de={TOPIC}").form()

    client.send(form)
    client.send(form)

    assert db_session().query(Need).count() == 1


def test_a_form_that_does_not_hold_keeps_what_was_typed(world, client, open_call):
    team = world.team()
    client.sign_in(team.accounts["leader"])
    form = client.get(f"/tap-huan/dot/{open_call}/to/{team.id}/?chuyen-de={TOPIC}").form()

    page = client.send(form, 422, seats_wanted="9", note="tổ có hai máy tính")

    assert "từ 1 đến 2 chỗ" in page.text
    assert page.form().find("input", {"name": "note"})["value"] == "tổ có hai máy tính"


def test_strangers_find_nothing(world, client, open_call):
    team, other = world.team(), world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    need_id = latest(Need).id

    client.sign_in(other.accounts["leader"])
    client.get(f"/tap-huan/dot/{open_call}/to/{team.id}/", 404)
    client.post(f"/tap-huan/cho/{seat_id}/xac-nhan", status=404)
    client.get(f"/tap-huan/cho/{seat_id}/thay", 404)
    client.sign_in(clerk("00004"))
    client.get(f"/quan-ly/tap-huan/nhu-cau/{need_id}/tra-loi", 404)
    client.post(f"/tap-huan/cho/{seat_id}/xac-nhan", status=404)
    client.sign_in(officer("01"))
    client.get(f"/quan-ly/tap-huan/lop/{class_id}/", 404)
    client.get(f"/quan-ly/tap-huan/dot/{open_call}/", 404)
    client.post(f"/quan-ly/tap-huan/lop/{class_id}/in-danh-sach", status=404)
    client.sign_in(trainer(name="Giảng viên khác"))
    client.get(f"/quan-ly/diem-danh/{class_id}/1/", 404)
    assert world.states(class_id) == ["offered"]


def test_the_clerk_registers_calls_and_confirms(world, client, open_call):
    team = world.team()
    client.sign_in(world.clerk.account_id)
    page = client.get("/quan-ly/tap-huan/xa/")
    assert "Đợt đang mở" in page.text
    page = client.get(f"/quan-ly/tap-huan/xa/dot/{open_call}/?to={team.id}", follow=True)
    page = client.get(page.soup.find("a", string="Dịch vụ công trực tuyến")["href"])
    refused = client.send(page.form(), 422)
    assert "phải ghi lý do" in refused.text
    client.send(page.form(), reason="tổ ở nơi chưa có sóng")
    need = latest(Need)
    assert "Xã đăng ký thay." in client.get("/quan-ly/tap-huan/xa/").text
    page = client.get(f"/tap-huan/nhu-cau/{need.id}/")
    assert "Xã đăng ký thay. Lý do: tổ ở nơi chưa có sóng." in page.text

    class_id = world.published(world.team())
    page = client.get("/quan-ly/tap-huan/xa/goi-dien")
    assert db_session().query(JournalEntry).filter_by(verb="view_phones").count() == 1
    page = client.send(page.form("xac-nhan"))
    assert page.location.endswith("/quan-ly/tap-huan/xa/goi-dien")
    assert world.states(class_id) == ["confirmed"]


def test_the_clerk_confirms_and_the_officer_turns_down(world, client):
    world.use_call(needs_confirmation=True)
    one, two = world.register(world.team()), world.register(world.team())
    client.sign_in(world.clerk.account_id)
    client.send(client.get("/quan-ly/tap-huan/xa/").form(f"{one}/xac-nhan"))
    client.sign_in(world.officer.account_id)
    page = client.get(f"/quan-ly/tap-huan/nhu-cau/{two}/tra-loi")
    page = client.send(page.form(), 200, follow=True, answer="reject", code="already_trained", reason="lớp tháng 9")

    assert [world.need(n).state for n in (one, two)] == ["confirmed", "rejected"]
    assert "Không duyệt vì: Tổ đã học chuyên đề này." in page.text


def test_a_leader_sends_somebody_else_and_asks_for_a_late_place(world, client):
    team, late = world.team(), world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id

    client.sign_in(team.accounts["deputy"])
    client.send(client.get(f"/tap-huan/cho/{seat_id}/thay").form(), person=str(team.member))
    client.sign_in(late.accounts["leader"])
    page = client.get(f"/tap-huan/lop/{class_id}/to/{late.id}/")
    client.send(page.form(), person=str(late.leader))

    assert world.states(class_id) == ["moved", "offered", "offered"]


def test_giving_a_seat_back_needs_a_reason(world, client):
    team = world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    client.sign_in(team.accounts["leader"])
    form = client.get(f"/tap-huan/cho/{seat_id}/huy").form()

    client.send(form, 422)
    client.send(form, reason="gặt lúa")

    assert db_session().get(Seat, seat_id).reason == "gặt lúa"


def test_a_changed_mark_asks_for_the_reason_and_loses_nothing(world, client):
    team = world.team()
    class_id = world.published(team, sessions=((CLASS_DAY, "sang"),), sessions_required=1)
    seat_id = world.seat(class_id, team.leader).id
    client.sign_in(team.accounts["leader"])
    client.send(client.get("/tap-huan/").form("xac-nhan"))
    (held,) = class_sessions(db_session(), class_id)
    with at(held.begins_at):
        client.sign_in(world.trainer.account_id)
        form = client.get(f"/quan-ly/diem-danh/{class_id}/1/danh-sach").form()
        client.send(form, **{f"mark_{seat_id}": "absent"})
        page = client.get(f"/quan-ly/diem-danh/{class_id}/1/danh-sach")

        refused = client.send(page.form(), 422, **{f"mark_{seat_id}": "late"})
        assert "Muốn đổi thì phải ghi lý do" in refused.text
        client.send(refused.form(), **{f"reason_{seat_id}": "đến lúc 9 giờ"})

        client.sign_in(world.officer.account_id)
        assert "Đến muộn" in client.get(f"/quan-ly/tap-huan/lop/{class_id}/").text


def test_the_commands_expire_and_audit(world, app):
    class_id = world.published(world.team(), world.team(), capacity=1)
    runner = app.test_cli_runner()

    clean = runner.invoke(args=["lms", "training", "audit", "--json"])
    assert clean.exit_code == 0, clean.output
    assert '"is_clean": true' in clean.output

    session = db_session()
    session.query(Seat).filter_by(class_id=class_id).update({"state": "confirmed"})
    session.commit()
    broken = runner.invoke(args=["lms", "training", "audit"])
    assert broken.exit_code == 1
    assert "[1] class" in broken.output
    assert runner.invoke(args=["lms", "training", "expire"]).exit_code == 0
