"""The room's code: it changes, is bound to the person, is limited, and counts only once staff confirm."""

from datetime import timedelta

import pytest

from lms.db import db_session
from lms.errors import NotFound
from lms.training import rules
from lms.training.models import AttendanceMark, RoomTry
from lms.training.room_codes import STEP, room_code, room_code_fits, seconds_left
from tests.factories import account_id_of, actor_of, make_person

from .checking_in import AT_DOOR, ClassDay, at

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def day(world):
    return ClassDay(world)


def code(day, now=AT_DOOR):
    return room_code(day.world.row(day.id), day.morning, now)


def say_here(day, who=0, said=None, now=AT_DOOR, device="may-1", nonce=None):
    """Let a leader scan the code on the wall; return the mark or the refusal."""
    by = day.teams[who].by("leader")
    return day.world.do(
        rules.check_in_by_room, by=by, session_id=day.morning, code=said if said is not None else code(day, now),
        device=device, nonce=nonce or f"n-{who}-{now.timestamp()}", now=now,
    )  # fmt: skip


def wrong(day):
    return f"{(int(code(day)) + 1) % 1_000_000:06}"


def test_the_code_changes_every_twenty_seconds_and_its_neighbours_are_accepted(day):
    row, start = day.world.row(day.id), AT_DOOR
    assert seconds_left(start) == STEP
    shown = room_code(row, day.morning, start)

    assert room_code(row, day.morning, start + 19 * SECOND) == shown
    assert room_code(row, day.morning, start + 20 * SECOND) != shown
    fits = [room_code_fits(row, day.morning, shown, start + second * SECOND) for second in (-21, -20, 0, 39, 40)]
    assert fits == [False, True, True, True, False]
    assert room_code_fits(row, day.morning, f" {shown[:3]} {shown[3:]}", start)


def test_each_session_has_codes_of_its_own(day):
    row = day.world.row(day.id)

    assert room_code(row, day.held[0], AT_DOOR) != room_code(row, day.held[1], AT_DOOR)


def test_what_people_say_of_themselves_counts_only_once_staff_confirm_it(day):
    say_here(day)
    assert day.stands() is None
    assert day.world.row(day.id).state == "published"

    marks = day.world.do(
        rules.confirm_own_words, by=day.chief, session_id=day.morning, seat_ids=day.seats, now=AT_DOOR + 5 * MINUTE
    )

    assert len(marks) == 1
    assert day.stands() == "present"
    own, confirmed = day.rows()
    assert (own.marked_by_id, confirmed.marked_by_id) == (None, day.chief.account_id)
    assert confirmed.happened_at == AT_DOOR
    assert day.world.findings(AT_DOOR + 5 * MINUTE) == []


def test_saying_it_twice_adds_nothing(day):
    say_here(day)
    say_here(day, now=AT_DOOR + MINUTE)

    assert len(day.rows()) == 1


def test_confirming_twice_adds_nothing(day):
    say_here(day)
    confirm = {"by": day.chief, "session_id": day.morning, "seat_ids": day.seats, "now": AT_DOOR + MINUTE}

    assert [len(day.world.do(rules.confirm_own_words, **confirm)) for _ in range(2)] == [1, 0]


def test_whoever_the_staff_marked_already_only_repeats(day):
    day.mark(0, "late")

    assert say_here(day, now=AT_DOOR + MINUTE).repeat_of_id is not None
    assert day.stands() == "late"


def test_a_code_sent_to_somebody_who_is_absent_contradicts_and_does_not_count(day):
    day.mark(0, "absent")
    say_here(day, now=AT_DOOR + MINUTE)

    day.world.do(
        rules.confirm_own_words, by=day.chief, session_id=day.morning, seat_ids=day.seats, now=AT_DOOR + 5 * MINUTE
    )

    assert day.stands() == "absent"


def test_after_five_wrong_codes_one_waits_ten_minutes_and_nobody_else_does(day):
    for _ in range(5):
        assert isinstance(say_here(day, said=wrong(day)), rules.RoomCodeWrong)

    assert isinstance(say_here(day), rules.RoomWaits)
    assert isinstance(say_here(day, who=1), AttendanceMark)
    assert isinstance(say_here(day, now=AT_DOOR + 10 * MINUTE - SECOND), rules.RoomWaits)
    assert isinstance(say_here(day, now=AT_DOOR + 10 * MINUTE), AttendanceMark)
    assert db_session().query(RoomTry).count() == 0


def test_whoever_only_waits_for_a_place_is_sent_to_the_staff(day):
    by = day.waiting.by("leader")
    facts = {"session_id": day.morning, "device": "may", "nonce": "so-1", "now": AT_DOOR}

    with pytest.raises(rules.NotInClass):
        day.world.do(rules.check_in_by_room, by=by, code=code(day), **facts)


def test_for_whoever_has_no_seat_the_room_does_not_exist(day):
    stranger = actor_of(account_id_of(make_person("Người lạ")))
    facts = {"session_id": day.morning, "code": code(day), "device": "may", "nonce": "so-1", "now": AT_DOOR}

    with pytest.raises(NotFound):
        day.world.do(rules.check_in_by_room, by=stranger, **facts)
    with pytest.raises(NotFound):
        day.world.do(rules.confirm_own_words, by=stranger, session_id=day.morning, seat_ids=[], now=AT_DOOR)


def test_nobody_says_here_before_the_session_opens(day):
    with pytest.raises(rules.SessionNotYet):
        say_here(day, now=AT_DOOR - timedelta(hours=1))


def test_from_the_wall_to_the_list_without_scripts(day, client):
    with at(AT_DOOR):
        wall = client.sign_in(day.chief.account_id).get(day.path("ma-phong"))
        assert wall.headers["Refresh"] == "20"
        shown = code(day)
        assert f"{shown[:3]} {shown[3:]}" in wall.text

        client.sign_in(day.teams[0].accounts["leader"])
        page = client.get(f"/tap-huan/diem-danh/{day.morning}/{shown}")
        done = client.send(page.form(f"diem-danh/{day.morning}/"), 200)
        assert "Giảng viên sẽ nhìn quanh lớp rồi xác nhận" in done.text

        client.sign_in(day.chief.account_id)
        page = client.get(day.path())
        assert "1 tự quét, chờ xác nhận" in page.text
        done = client.send(page.form("ma-phong/xac-nhan"), follow=True, status=200)
        assert "Đã xác nhận 1 người tự quét" in done.text
        assert "1/2 có mặt" in done.text

        client.sign_in(day.teams[0].accounts["leader"])
        assert "Đã điểm danh" in client.get(f"/tap-huan/diem-danh/{day.morning}/").text


def test_a_wrong_code_is_told_and_the_right_one_can_be_typed(day, client):
    client.sign_in(day.teams[0].accounts["leader"])
    with at(AT_DOOR):
        page = client.get(f"/tap-huan/diem-danh/{day.morning}/")
        refused = client.send(page.form(), 422, code=wrong(day))
        assert "Còn 4 lần thử" in refused.text
        assert "Đã ghi" in client.send(refused.form(), 200, code=code(day)).text
    assert db_session().query(RoomTry).count() == 1


def test_one_phone_that_scans_for_two_people_is_told_to_the_staff(day, client):
    with at(AT_DOOR):
        for team in day.teams:
            client.sign_in(team.accounts["leader"])
            client.send(client.get(f"/tap-huan/diem-danh/{day.morning}/{code(day)}").form(), 200)
        page = client.sign_in(day.chief.account_id).get(day.path())
    assert "Cùng một điện thoại đã quét cho: Nguyễn Thị Trưởng 1, Nguyễn Thị Trưởng 2" in page.text


def test_a_form_without_its_key_is_stored_all_the_same(day, client):
    client.sign_in(day.teams[0].accounts["leader"])
    with at(AT_DOOR):
        client.post(f"/tap-huan/diem-danh/{day.morning}/", {"code": code(day)}, 200)
    (row,) = day.rows()
    assert row.device is not None


def test_the_phones_name_is_random_and_hidden_from_scripts(day, client):
    client.sign_in(day.teams[0].accounts["leader"])
    with at(AT_DOOR):
        page = client.get(f"/tap-huan/diem-danh/{day.morning}/")
    (kept,) = [line for line in page.headers.getlist("Set-Cookie") if line.startswith("lms_device=")]
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept


def test_a_stranger_finds_no_room(day, client):
    client.sign_in(account_id_of(make_person("Người lạ")))
    with at(AT_DOOR):
        client.get(f"/tap-huan/diem-danh/{day.morning}/{code(day)}", 404)
        client.get("/tap-huan/diem-danh/99999/", 404)
