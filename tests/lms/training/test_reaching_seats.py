"""Clerk and officer reach every seat by links: who waits for a free place is called, who missed is invited again."""

from datetime import timedelta

import pytest

from lms.clock import utc_now, vn_date
from lms.db import db_session
from lms.journal.models import JournalEntry
from lms.training import rules
from lms.training.calling import call_list_paper, people_to_invite
from tests.factories import HAC_THANH, clerk

from .test_makeups import close, mark

CALLS = "/quan-ly/tap-huan/xa/goi-dien"


@pytest.fixture(autouse=True)
def _at_this_very_moment(world):
    """Pages read the clock themselves; who registers first is first."""
    world.now = utc_now()
    world.use_call(order="first_come")


def closed_with_room(world, waiting=2):
    """A class whose list is closed, where one place is free and these many wait."""
    teams = [world.team() for _ in range(waiting + 1)]
    class_id = world.published(*teams, capacity=1)
    world.do(rules.close_roster, by=world.officer, class_id=class_id)
    world.do(rules.decline_seat, by=teams[0].by("leader"), seat_id=world.seat(class_id, teams[0].leader).id)
    return class_id, teams[1:]


def to_invite(now):
    session = db_session()
    session.rollback()
    return [found.Person.id for found in people_to_invite(session, [HAC_THANH], now)]


def test_who_waits_is_called_once_the_list_is_closed_and_while_a_place_is_free(world):
    teams = [world.team() for _ in range(3)]
    class_id = world.published(*teams, capacity=1)
    begins = world.row(class_id).locks_at + timedelta(hours=world.row(class_id).lock_hours)
    assert to_invite(world.now) == [], "the queue invites by itself"
    world.do(rules.close_roster, by=world.officer, class_id=class_id)
    assert to_invite(world.now) == [], "no place is free"

    world.do(rules.decline_seat, by=teams[0].by("leader"), seat_id=world.seat(class_id, teams[0].leader).id)

    assert to_invite(world.now) == [teams[1].leader, teams[2].leader]
    assert to_invite(begins) == [], "the class has begun"
    world.do(rules.fill_by_hand, by=world.clerk, seat_id=world.seat(class_id, teams[1].leader).id)
    assert to_invite(world.now) == []


def test_another_commune_calls_its_own_people_only(world, client):
    closed_with_room(world)

    page = client.sign_in(clerk("00004")).get(CALLS)

    assert "Lớp đã chốt mà còn chỗ trống" not in page.text


def test_the_clerk_comes_from_the_call_list_to_the_seat_and_fills_it(world, client):
    class_id, (first, _) = closed_with_room(world)
    client.sign_in(world.clerk.account_id)

    page = client.get(CALLS)
    assert "Đứng thứ 1 trong hàng chờ" in page.text
    assert "Đứng thứ 2 trong hàng chờ" in page.text
    assert db_session().query(JournalEntry).filter_by(verb="view_phones").count() == 1
    seat_page = client.get(page.soup.find("a", string="Nguyễn Thị Trưởng 2")["href"])
    fill = client.get(seat_page.soup.find("a", string="Xếp vào chỗ trống sau khi gọi điện")["href"])
    client.send(fill.form("goi-dien"), 303)

    assert world.seat(class_id, first.leader).state == "confirmed"
    assert "Lớp đã chốt mà còn chỗ trống" not in client.get(CALLS).text


def test_the_printed_list_names_who_waits_for_a_free_place(world):
    closed_with_room(world)

    paper = call_list_paper(db_session(), [HAC_THANH], world.now)

    assert [row.name for row in paper.rows] == ["Nguyễn Thị Trưởng 2", "Nguyễn Thị Trưởng 3"]
    assert paper.rows[0].what.startswith("Còn chỗ ở Lớp dịch vụ công số 1: ")


def test_names_on_the_pages_of_commune_and_class_lead_to_the_seat(world, client):
    team = world.team()
    class_id = world.published(team)
    path = f"/tap-huan/cho/{world.seat(class_id, team.leader).id}/"

    for account, page in (
        (world.clerk.account_id, "/quan-ly/tap-huan/xa/"),
        (world.clerk.account_id, CALLS),
        (world.officer.account_id, f"/quan-ly/tap-huan/lop/{class_id}/"),
    ):
        link = client.sign_in(account).get(page).soup.find("a", string="Nguyễn Thị Trưởng 1")
        assert link["href"] == path
        client.get(path)


def test_whoever_reads_a_fixed_result_learns_how_it_is_put_right(world, client):
    team = world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
    after = world.now + timedelta(days=11)
    world.finalise(class_id, now=after)
    assert world.seat(class_id, team.leader).state == "no_show"

    path = f"/tap-huan/cho/{seat_id}/"
    assert "Hãy báo cán bộ xã, phường, kèm giấy tờ nếu có." in client.sign_in(team.accounts["leader"]).get(path).text
    assert "Hãy báo cán bộ Sở" in client.sign_in(world.clerk.account_id).get(path).text
    office = client.sign_in(world.officer.account_id).get(path)
    assert office.soup.find("a", string="Đề nghị sửa kết quả")["href"].endswith(f"/cho/{seat_id}/sua-ket-qua")


def test_the_officer_comes_from_the_class_to_the_invitation_to_make_up(world, client):
    team = world.team()
    class_id = world.published(team)
    seat_id = world.seat(class_id, team.leader).id
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat_id)
    mark(class_id, seat_id, "present", "absent")
    close(world, class_id)
    day = vn_date(world.now) + timedelta(days=20)
    second = world.plan(title="Lớp học bù", sessions=((day, "sang"), (day, "chieu")))
    world.publish(second)
    client.sign_in(world.officer.account_id)

    page = client.get(f"/quan-ly/tap-huan/lop/{class_id}/")
    seat_page = client.get(page.soup.find("a", string="Nguyễn Thị Trưởng 1")["href"])
    invitation = client.get(seat_page.soup.find("a", string="Mời học bù")["href"])
    client.send(invitation.form("hoc-bu"), 303, lop=str(second))

    assert world.seat(second, team.leader).state == "offered"
