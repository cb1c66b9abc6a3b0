"""Clocks: to the second, by the server's time, in Vietnam's zone wherever the process runs."""

import os
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import current_app
from sqlalchemy import text

from lms.clock import VIETNAM, vn_date
from lms.db import db_session
from lms.training import rules
from lms.training.attendance import LateNeedsReason
from lms.training.models import Call, ClassSession, Delegation
from tests.client import LintedClient
from tests.factories import NOON

from .pressing import run_processes
from .world import AT_CLASS

SECOND = timedelta(seconds=1)
JUST_BEFORE_MIDNIGHT = datetime(2026, 11, 21, 23, 59, 59, tzinfo=VIETNAM)


@pytest.mark.parametrize(("late", "is_in_time"), [(-SECOND, True), (timedelta(), False), (SECOND, False)])
def test_a_call_takes_needs_until_its_deadline_to_the_second(world, late, is_in_time):
    team, call = world.team(), world.call
    ends = db_session().get(Call, call).closes_at

    if is_in_time:
        assert world.need(world.register(team, now=ends + late)).state == "confirmed"
    else:
        with pytest.raises(rules.CallNotOpen, match="đã hết hạn lúc 12:00 ngày 28/11/2026"):
            world.register(team, now=ends + late)


def test_a_call_opens_to_the_second(world):
    team = world.team()
    opens = world.now + timedelta(days=1)
    world.use_call(opens_at=opens)

    with pytest.raises(rules.CallNotOpen, match="mở lúc 12:00 ngày 22/11/2026"):
        world.register(team, now=opens - SECOND)
    assert world.register(team, now=opens)


@pytest.mark.parametrize(("late", "is_in_time"), [(-SECOND, True), (timedelta(), False)])
def test_an_offer_is_open_until_its_hour_to_the_second(world, late, is_in_time):
    team = world.team()
    seat = world.seat(world.published(team), team.leader)
    answer = {"by": team.by("leader"), "seat_id": seat.id, "now": seat.expires_at + late}

    if is_in_time:
        assert world.do(rules.confirm_seat, **answer).state == "confirmed"
    else:
        with pytest.raises(rules.OfferLapsed, match="đã hết hạn lúc 12:00 ngày 24/11/2026"):
            world.do(rules.confirm_seat, **answer)


@pytest.mark.parametrize(("late", "ended"), [(-SECOND, 0), (timedelta(), 1)])
def test_the_timer_ends_an_offer_at_its_hour_and_not_a_second_before(world, late, ended):
    team = world.team()
    seat = world.seat(world.published(team), team.leader)

    assert world.do(rules.expire_offers, by=world.officer, now=seat.expires_at + late) == ended


def test_an_offer_that_lapses_while_its_page_is_open_says_so_and_shows_the_way_on(world, client):
    """Whoever presses too late reads when it ended and what is left to do; nothing has been stored."""
    team, other = world.team(), world.team()
    class_id = world.published(team, other, capacity=1)
    seat = world.seat(class_id, team.leader)
    with time_machine.travel(seat.expires_at - SECOND, tick=False):
        client.sign_in(team.accounts["leader"])
        form = client.get(f"/tap-huan/cho/{seat.id}/").form("xac-nhan")
    with time_machine.travel(seat.expires_at + SECOND, tick=False):
        told = client.send(form, status=409)

        assert "đã hết hạn lúc" in told.text
        assert "hàng chờ" in told.text
        assert told.soup.select("main a[href]")
        assert world.seat(class_id, team.leader).state == "offered"
        world.do(rules.expire_offers, by=world.officer, now=seat.expires_at + SECOND)
        again = client.send(form, status=409)
        assert "quá hạn" in again.text
        assert world.seat(class_id, other.leader).state == "offered"
        page = client.get(f"/tap-huan/cho/{world.seat(class_id, team.leader).id}/")
        assert "đang chờ" in page.text.lower()


@pytest.mark.parametrize(("late", "is_early"), [(-SECOND, True), (timedelta(), False)])
def test_the_door_opens_a_quarter_of_an_hour_before_the_session(world, late, is_early):
    held, seat = confirmed_seat(world)
    marking = {"by": world.trainer, "session_id": held.id, "marks": {seat.id: rules.Mark("present")}}
    moment = held.begins_at - timedelta(minutes=15) + late

    if is_early:
        with pytest.raises(rules.SessionNotYet, match="07:30 ngày 01/12/2026"):
            world.do(rules.mark_session, now=moment, **marking)
    else:
        assert world.do(rules.mark_session, now=moment, **marking) == 1


def test_the_day_of_a_session_ends_at_midnight_in_vietnam(world):
    held, seat = confirmed_seat(world)
    midnight = datetime(2026, 12, 2, tzinfo=VIETNAM)
    marking = {"by": world.trainer, "session_id": held.id}

    with pytest.raises(LateNeedsReason):
        world.do(rules.mark_session, now=midnight, marks={seat.id: rules.Mark("present")}, **marking)
    assert world.do(rules.mark_session, now=midnight - SECOND, marks={seat.id: rules.Mark("present")}, **marking) == 1


def test_today_is_todays_date_in_vietnam_and_not_in_greenwich(world):
    """At six in the morning it is still yesterday in Greenwich; a class of that day can be planned all the same."""
    world.now = datetime(2026, 11, 22, 6, 0, tzinfo=VIETNAM)
    assert world.now.astimezone(UTC).day == 21
    day = vn_date(world.now)

    with pytest.raises(rules.ClassBadlyPlanned):
        world.plan(2, sessions=((day - timedelta(days=1), "sang"),), sessions_required=1, lock_hours=0)
    assert world.row(world.plan(2, sessions=((day, "chieu"),), sessions_required=1, lock_hours=0)).starts_on == day


@pytest.mark.parametrize(("moment", "is_live"), [(JUST_BEFORE_MIDNIGHT, True), (JUST_BEFORE_MIDNIGHT + SECOND, False)])
def test_a_delegation_ends_with_its_day_at_midnight(world, moment, is_live):
    team = world.team()
    today = vn_date(world.now)
    world.do(rules.delegate, by=team.by("leader"), team_id=team.id, person_id=team.deputy, until=today)
    need = world.register(team, "leader")

    world.register(team, "deputy", now=moment, seats_wanted=2)

    assert world.need(need).seats_wanted == (2 if is_live else 1)
    assert db_session().query(Delegation).one().until == today


def test_times_are_stored_in_utc_and_shown_in_vietnam_wherever_the_process_runs(world, engine_url, tmp_path):
    """New York changes its clock and is twelve hours behind; no page and no row may know."""
    call = world.use_call(closes_at=datetime(2026, 11, 28, 23, 59, tzinfo=VIETNAM))
    zones = {"UTC": 0, "Asia/Ho_Chi_Minh": 7, "America/New_York": -5}
    tasks = [(zone, call, world.officer.account_id) for zone in zones]

    told = run_processes(engine_url, tmp_path / "du-lieu", tasks, look_at_the_clock)

    assert {offset for _, _, offset in told} == {hours * 3600 for hours in zones.values()}
    assert [shown for shown, _, _ in told] == ["23:59 ngày 28/11/2026"] * 3
    assert [stored for _, stored, _ in told] == ["2026-11-28 16:59:00"] * 3


def look_at_the_clock(task) -> tuple[str, str, int]:
    """In a process of another zone: what a page shows of the deadline, what is stored, how far the zone is off."""
    zone, call, account = task
    os.environ["TZ"] = zone
    time.tzset()
    session = db_session()
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    column = "datetime(closes_at)" if is_sqlite else "to_char(closes_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"
    stored = session.scalar(text(f"SELECT {column} FROM lms_calls WHERE id = {call}"))
    page = LintedClient(current_app).sign_in(account).get(f"/quan-ly/tap-huan/dot/{call}/")
    shown = re.search(r"\d\d:\d\d ngày 2[789]/11/2026", page.text)
    return shown[0] if shown else page.text, stored, time.localtime(NOON.timestamp()).tm_gmtoff


def confirmed_seat(world):
    """Return the first session of a class and the seat of somebody who has said yes."""
    team = world.team()
    class_id = world.published(team)
    seat = world.seat(class_id, team.leader)
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=seat.id)
    held = db_session().query(ClassSession).filter_by(class_id=class_id, number=1).one()
    assert held.begins_at == AT_CLASS.replace(hour=0, minute=30)
    return held, seat
