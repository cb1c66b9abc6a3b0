"""Pages of a seat, and the link that answers an offer without signing in."""

from datetime import timedelta

import pytest

from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.training import rules
from lms.training.answer_links import answer_token
from lms.training.codes import short_code
from lms.training.models import Seat, TrainingClass, TrainingEvent
from tests.factories import clerk, officer

SECRET = "LMS_SECRET_KEY"


@pytest.fixture(autouse=True)
def _at_this_very_moment(world):
    """Pages read the clock themselves; who registers first is first."""
    world.now = utc_now()
    world.use_call(order="first_come")


@pytest.fixture
def link(app):
    """Make the link of an offer."""
    return lambda seat: f"/tap-huan/tra-loi/{answer_token(seat, secret=app.config[SECRET])}"


def test_an_invited_person_confirms_on_the_page_of_the_seat_and_gets_the_code_for_the_door(world, client):
    team = world.team()
    class_id = world.published(team)
    seat = world.seat(class_id, team.leader)
    client.sign_in(team.accounts["leader"])

    page = client.get(f"/tap-huan/cho/{seat.id}/")
    assert page.soup.find("img", alt="Mã QR để điểm danh") is None
    page = client.send(page.form("xac-nhan"), 200, follow=True)

    picture = page.soup.find("img", alt="Mã QR để điểm danh")["src"]
    assert picture.startswith("data:image/svg+xml;base64,")
    assert short_code(seat.seq) in page.text
    assert page.soup.find("a", href=f"/tap-huan/cho/{seat.id}/lich.ics")
    assert world.states(class_id) == ["confirmed"]


def test_only_the_person_sees_the_qr_and_the_team_sees_the_seat(world, client):
    team, other = world.team(), world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
    path = f"/tap-huan/cho/{seat_id}/"

    for account in (team.accounts["deputy"], world.clerk.account_id, world.officer.account_id):
        page = client.sign_in(account).get(path)
        assert "Chỗ của Nguyễn Thị Trưởng 1" in page.text
        assert page.soup.find("img", alt="Mã QR để điểm danh") is None
    for stranger in (other.accounts["leader"], clerk("00004"), officer("01")):
        client.sign_in(stranger).get(path, 404)
    client.sign_in(team.accounts["member"]).get(path, 409)


def test_whoever_waits_reads_why_and_the_leader_may_send_somebody_else(world, client):
    first, second = world.team(), world.team()
    class_id = world.published(first, second, capacity=1)
    path = f"/tap-huan/cho/{world.seat(class_id, second.leader).id}/"

    page = client.sign_in(second.accounts["leader"]).get(path)

    assert "Đứng thứ 1 trong hàng chờ." in page.text
    assert "Lớp có 1 chỗ, 1 chỗ đã có người." in page.text
    assert page.soup.find("a", href=f"{path}thay")
    assert page.soup.find("a", href=f"{path}huy")


def test_a_plain_member_is_told_to_ask_the_leader_for_a_substitute(world, client):
    team = world.team()
    need = world.register(team, nominee_ids=(team.member,))
    class_id = world.plan()
    world.group(class_id, need)
    world.publish(class_id)

    page = client.sign_in(team.accounts["member"]).get(f"/tap-huan/cho/{world.seat(class_id, team.member).id}/")

    assert "hãy báo tổ trưởng hoặc tổ phó" in page.text


def test_pages_say_why_nothing_can_be_done_in_place_of_the_form(world, client):
    team = world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    in_unit(lambda s: s.query(TrainingClass).filter_by(id=class_id).update({"state": "running"}))
    client.sign_in(team.accounts["leader"])

    assert "đã bắt đầu nên danh sách không đổi nữa" in client.get(f"/tap-huan/cho/{seat_id}/").text
    for path in (f"/tap-huan/cho/{seat_id}/thay", f"/tap-huan/cho/{seat_id}/huy"):
        assert "đã bắt đầu nên danh sách không đổi nữa" in client.get(path, 409).text
    client.get(f"/tap-huan/lop/{class_id}/to/{team.id}/", 409)


def test_the_form_for_a_substitute_offers_only_roles_that_the_call_sends(world, client):
    world.use_call(order="first_come", who_may_go=["leader", "deputy"])
    team = world.team()
    seat_id = world.seat(world.published(team), team.leader).id

    page = client.sign_in(team.accounts["leader"]).get(f"/tap-huan/cho/{seat_id}/thay")

    assert [option["value"] for option in page.form("thay").find_all("option")] == [str(team.deputy)]


def test_the_leader_sees_every_seat_of_the_team(world, client):
    team, other = world.team(), world.team()
    class_id = world.published(team, capacity=2)
    world.do(rules.decline_seat, by=team.by("leader"), seat_id=world.seat(class_id, team.leader).id)
    world.do(rules.request_seat, by=team.by("leader"), class_id=class_id, team_id=team.id, person_id=team.member)

    page = client.sign_in(team.accounts["deputy"]).get(f"/tap-huan/to/{team.id}/cho")

    assert "Lê Văn Viên 1" in page.text
    assert "Các chỗ đã xong (1)" in page.text
    client.sign_in(other.accounts["leader"]).get(f"/tap-huan/to/{team.id}/cho", 404)


def test_the_clerk_fills_a_closed_list_after_a_call_and_says_why_past_the_first(world, client):
    teams = [world.team() for _ in range(3)]
    class_id = world.published(*teams, capacity=1)
    world.do(rules.close_roster, by=world.officer, class_id=class_id)
    world.do(rules.decline_seat, by=teams[0].by("leader"), seat_id=world.seat(class_id, teams[0].leader).id)
    third = world.seat(class_id, teams[2].leader).id
    client.sign_in(world.clerk.account_id)

    page = client.get(f"/tap-huan/cho/{third}/goi-dien")
    refused = client.send(page.form("goi-dien"), 422)
    assert "Còn 1 người đứng trước" in refused.text
    client.send(refused.form("goi-dien"), reason="gọi hai lần không ai nghe")

    assert world.states(class_id) == ["declined", "waiting", "confirmed"]
    client.get(f"/tap-huan/cho/{world.seat(class_id, teams[1].leader).id}/goi-dien", 409)


def test_looking_at_the_link_answers_nothing_and_names_nobody(world, client, link):
    team = world.team()
    class_id = world.published(team)
    seat = world.seat(class_id, team.leader)

    page = client.get(link(seat))

    assert page.h1 == "Lời mời: Lớp dịch vụ công số 1"
    assert "N***** T** T***** 1" in page.text
    assert "Nguyễn Thị Trưởng" not in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert world.states(class_id) == ["offered"]


@pytest.mark.parametrize(("says", "state"), [("du", "confirmed"), ("khong", "declined")])
def test_the_link_answers_once_without_signing_in(world, client, link, says, state):
    team = world.team()
    class_id = world.published(team)
    path = link(world.seat(class_id, team.leader))
    forms = client.get(path).soup.find_all("form")
    form = next(one for one in forms if one.find("input", {"name": "tra_loi", "value": says}))

    page = client.send(form, 200, follow=True)
    client.send(form)

    event = db_session().query(TrainingEvent).filter_by(entity="seat", to_state=state).one()
    assert (event.actor_id, event.actor_label, event.channel) == (None, "người được mời (qua liên kết)", "web")
    assert "đã được trả lời" in page.text
    assert world.states(class_id) == [state]


def test_the_link_lapses_with_its_offer(world, client, link):
    team = world.team()
    class_id = world.published(team)
    path = link(world.seat(class_id, team.leader))
    form = client.get(path).soup.find_all("form")[0]
    past = utc_now() - timedelta(minutes=1)
    in_unit(lambda s: s.query(Seat).filter_by(class_id=class_id).update({"expires_at": past}))

    page = client.get(path, 410)
    assert page.h1 == "Lời mời đã hết hạn"
    assert page.soup.find("main").find("form") is None
    client.send(form, 409)
    assert world.states(class_id) == ["offered"]


def test_the_link_of_an_earlier_offer_and_a_made_up_link_lead_nowhere(world, client, link):
    team = world.team()
    class_id = world.published(team)
    path = link(world.seat(class_id, team.leader))
    in_unit(lambda s: s.query(Seat).filter_by(class_id=class_id).update({"offered_at": utc_now() + timedelta(hours=1)}))

    for wrong in (path, path[:-1], "/tap-huan/tra-loi/WzEsMV0.abc", "/tap-huan/tra-loi/khong-co"):
        client.get(wrong, 404)


def test_the_officer_offers_a_make_up_class_and_nobody_else_finds_the_page(world, client):
    team = world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    result = {"minutes": 0, "sessions": [], "required": {}, "rule_version": "1"}
    in_unit(lambda s: s.query(Seat).filter_by(id=seat_id).update({"state": "incomplete", "result": result}))
    later = world.plan(title="Lớp số 2", sessions=((world.row(class_id).starts_on + timedelta(days=9), "sang"),),
                       sessions_required=1)  # fmt: skip
    world.publish(later)
    path = f"/tap-huan/cho/{seat_id}/hoc-bu"

    assert "Sở mời học bù" in client.sign_in(team.accounts["leader"]).get(f"/tap-huan/cho/{seat_id}/").text
    client.get(path, 403)
    client.sign_in(officer("01")).get(path, 404)
    client.sign_in(world.officer.account_id)
    client.send(client.get(path).form("hoc-bu"))

    assert world.seat(later, team.leader).kind == "makeup"
