"""The calendar file of a seat: every half-day once, in Vietnam's time, and taken back when the seat is lost."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from lms.training import rules
from tests.factories import account_id_of, clerk, join_team, make_person, make_team

from .world import HOUR

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def seated(world):
    """A team whose leader is invited, and the class."""
    team = world.team()
    return team, world.published(team)


def path(world, class_id, person):
    return f"/tap-huan/cho/{world.seat(class_id, person).id}/lich.ics"


def entries(page):
    calendar = Calendar.from_ical(page.data)
    return calendar, list(calendar.walk("VEVENT"))


def test_a_confirmed_person_takes_every_half_day_along(world, client, seated):
    team, class_id = seated
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=world.seat(class_id, team.leader).id)
    page = client.sign_in(team.accounts["leader"]).get(path(world, class_id, team.leader))
    calendar, found = entries(page)

    assert page.headers["Content-Type"].startswith("text/calendar")
    assert calendar["METHOD"] == "PUBLISH"
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Asia/Ho_Chi_Minh"]
    assert len(found) == 2
    day = (world.now + timedelta(days=10)).astimezone(VIETNAM).date()
    begins = found[0]["DTSTART"]
    assert begins.params["TZID"] == "Asia/Ho_Chi_Minh"
    assert begins.to_ical().decode() == f"{day:%Y%m%d}T073000"
    assert found[0]["STATUS"] == "CONFIRMED"
    assert found[0]["LOCATION"] == "Nhà văn hóa phường Hạc Thành"
    assert "Lớp dịch vụ công số 1" in found[0]["SUMMARY"]


def test_an_invitation_is_written_in_pencil(world, client, seated):
    team, class_id = seated
    _, found = entries(client.sign_in(team.accounts["leader"]).get(path(world, class_id, team.leader)))

    assert {entry["STATUS"] for entry in found} == {"TENTATIVE"}


def test_the_same_half_day_keeps_its_identity_and_counts_what_happened(world, client, seated):
    team, class_id = seated
    client.sign_in(team.accounts["leader"])
    _, before = entries(client.get(path(world, class_id, team.leader)))
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=world.seat(class_id, team.leader).id)
    _, after = entries(client.get(path(world, class_id, team.leader)))

    assert [entry["UID"] for entry in before] == [entry["UID"] for entry in after]
    assert len({entry["UID"] for entry in after}) == 2
    assert after[0]["SEQUENCE"] > before[0]["SEQUENCE"]


def test_asked_twice_it_is_the_same_file(world, client, seated):
    team, class_id = seated
    client.sign_in(team.accounts["leader"])

    first, second = (client.get(path(world, class_id, team.leader)).data for _ in range(2))

    assert first == second


def test_a_seat_that_is_lost_takes_its_entries_back(world, client, seated):
    team, class_id = seated
    seat = world.seat(class_id, team.leader).id
    world.do(rules.decline_seat, by=team.by("leader"), seat_id=seat, now=world.now + HOUR)

    calendar, found = entries(client.sign_in(team.accounts["leader"]).get(f"/tap-huan/cho/{seat}/lich.ics"))

    assert calendar["METHOD"] == "CANCEL"
    assert {entry["STATUS"] for entry in found} == {"CANCELLED"}


def test_who_waits_is_told_that_there_is_nothing_yet(world, client):
    first, second = world.team(), world.team()
    class_id = world.published(first, second, capacity=1)
    waiting = next(t for t in (first, second) if world.seat(class_id, t.leader).state == "waiting")

    page = client.sign_in(waiting.accounts["leader"]).get(path(world, class_id, waiting.leader), 409)

    assert "còn đang chờ nên chưa có lịch" in page.text


def test_leader_deputy_clerk_and_officer_read_the_name_in_it(world, client, seated):
    team, class_id = seated
    for account in (team.accounts["deputy"], world.clerk.account_id, world.officer.account_id):
        _, found = entries(client.sign_in(account).get(path(world, class_id, team.leader)))
        assert "Nguyễn Thị Trưởng 1" in found[0]["SUMMARY"]


def test_for_everybody_else_there_is_no_such_file(world, client, seated):
    team, class_id = seated
    other = make_team("Tổ khác")
    stranger = make_person("Người tổ khác")
    join_team(other, stranger, "leader")

    for account in (team.accounts["member"], account_id_of(stranger), clerk("14758")):
        client.sign_in(account).get(path(world, class_id, team.leader), 404)
