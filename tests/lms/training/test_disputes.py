"""Before attendance is closed and before results are fixed, every contradiction has its decision (L8)."""

from datetime import timedelta

import pytest

from lms.db import db_session
from lms.training import rules
from lms.training.evidence import disputes_of
from lms.training.room_codes import room_code

from .checking_in import AT_DOOR, ClassDay, at
from .test_offline_check_in import kept, send

MINUTE = timedelta(minutes=1)
EVENING = AT_DOOR + timedelta(hours=11)


@pytest.fixture
def day(world):
    return ClassDay(world)


def disputes(day):
    session = db_session()
    session.rollback()
    return [tuple(one) for one in disputes_of(session, day.world.row(day.id))]


def contradict(day):
    """Somebody is marked absent on the list, and seen present by a phone without a line."""
    day.mark(0, "absent")
    send(day, kept(day, at=AT_DOOR + MINUTE), now=AT_DOOR + timedelta(hours=2))


def say_own_word(day):
    by = day.teams[0].by("leader")
    code = room_code(day.world.row(day.id), day.morning, AT_DOOR)
    what = {"code": code, "device": "may-cua-to-truong", "nonce": "dau-rieng-1"}
    day.world.do(rules.check_in_by_room, by=by, session_id=day.morning, now=AT_DOOR, **what)


def close(day, by=None):
    day.world.do(rules.close_attendance, by=by or day.chief, class_id=day.id, now=EVENING)


def test_attendance_with_contradicting_marks_is_not_closed_before_somebody_decides(day):
    contradict(day)
    assert disputes(day) == [(day.seats[0], 1, "contested")]

    for by in (day.chief, day.world.officer):
        with pytest.raises(rules.MarksDisputed, match="Còn 1 người có dấu điểm danh chưa rõ"):
            close(day, by)
    day.mark(0, "present", reason="hỏi lại cả lớp", now=EVENING)

    close(day)
    assert day.world.row(day.id).attendance_closed_at == EVENING
    assert day.stands() == "present"


def test_an_own_word_nobody_confirmed_holds_the_closing_up(day):
    say_own_word(day)
    assert disputes(day) == [(day.seats[0], 1, "own_word")]
    with pytest.raises(rules.MarksDisputed):
        close(day)

    world = day.world
    world.do(rules.confirm_own_words, by=day.chief, session_id=day.morning, seat_ids=[day.seats[0]], now=EVENING)

    close(day)


def test_an_own_word_is_put_aside_by_a_mark_with_its_reason(day):
    say_own_word(day)

    day.mark(0, "absent", reason="không có trong lớp", now=EVENING)

    assert disputes(day) == []
    close(day)


def test_what_was_never_in_doubt_holds_nothing_up(day):
    day.mark(0, "present")
    day.mark(1, "absent")
    send(day, kept(day, at=AT_DOOR + MINUTE), now=AT_DOOR + timedelta(hours=2))

    assert disputes(day) == []
    close(day)


def test_a_contradiction_that_comes_in_after_the_closing_holds_the_results_up(day):
    day.mark(0, "absent")
    close(day)
    send(day, kept(day, at=AT_DOOR + MINUTE), now=EVENING + MINUTE)

    with pytest.raises(rules.MarksDisputed):
        day.world.do(rules.finalise_class, by=day.world.officer, class_id=day.id, now=EVENING + 2 * MINUTE)

    day.mark(0, "absent", by=day.world.officer, reason="giảng viên xác nhận vắng", now=EVENING + 2 * MINUTE)
    day.world.do(rules.finalise_class, by=day.world.officer, class_id=day.id, now=EVENING + 2 * MINUTE)
    assert day.seat().state == "no_show"
    assert day.world.findings(EVENING + 2 * MINUTE) == []


def test_the_pages_name_whom_to_decide_about_and_lead_there(day, client):
    contradict(day)
    with at(EVENING):
        page = client.sign_in(day.chief.account_id).get(f"/quan-ly/tap-huan/lop/{day.id}/dong-diem-danh")
        assert "Mọi người đã được điểm danh đủ" not in page.text
        assert not page.soup.find("button", string="Đóng điểm danh")
        link = page.soup.find("a", string="Nguyễn Thị Trưởng 1, buổi 1")
        assert "hai nơi ghi khác nhau" in page.text
        evidence = client.get(link["href"])
        client.send(evidence.form(f"nguoi/{day.seats[0]}"), 303, mark="present", reason="hỏi lại cả lớp")
        page = client.get(f"/quan-ly/tap-huan/lop/{day.id}/dong-diem-danh")
        client.send(page.form("dong-diem-danh"), 303)

    assert day.world.row(day.id).attendance_closed_at == EVENING


def test_the_results_page_names_what_came_in_late(day, client):
    close(day)
    send(day, kept(day), now=EVENING + MINUTE)
    with at(EVENING + 2 * MINUTE):
        page = client.sign_in(day.world.officer.account_id).get(f"/quan-ly/tap-huan/lop/{day.id}/chot-ket-qua")

    assert "dấu đến sau khi đóng điểm danh" in page.text
    assert not page.soup.find("button", string="Chốt kết quả")
