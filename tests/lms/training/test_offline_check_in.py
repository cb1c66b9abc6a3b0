"""Checking people in without a line: the list a phone takes along, and what it sends back."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from lms.db import db_session
from lms.errors import NotFound
from lms.training import rules
from lms.training.codes import short_code
from lms.training.models import AttendanceMark, ClassSession, TrainingClass
from lms.training.offline import Sent, read_sent, take_roster
from tests.factories import actor_of, trainer

from .checking_in import AT_DOOR, ClassDay, at

SECRET = "chi-dung-trong-kiem-thu"
MINUTE = timedelta(minutes=1)
LATER = AT_DOOR + timedelta(hours=9)


@pytest.fixture
def day(world):
    return ClassDay(world)


def taken(day, by=None, now=AT_DOOR - MINUTE):
    """Return the list as a phone takes it along."""
    session = db_session()
    session.rollback()
    row, held = session.get_one(TrainingClass, day.id), session.get_one(ClassSession, day.morning)
    return take_roster(session, by=by or day.chief, row=row, held=held, secret=SECRET, now=now)


def kept(day, who=0, word="present", at=AT_DOOR, nonce="dau-0001", **but):
    """Return a mark as the phone keeps it."""
    return Sent(
        **{
            "roster_pass": but.pop("roster_pass", None) or taken(day)["pass"],
            "device": "may-cua-giang-vien",
            "nonce": nonce,
            "seat_id": day.seats[who],
            "mark": word,
            "source": "scan",
            "happened_at": at,
        }
        | but
    )


def send(day, *sent, by=None, now=LATER):
    return day.world.do(
        rules.receive_marks, by=by or day.chief, session_id=day.morning, sent=sent, secret=SECRET, now=now
    )


def test_the_list_holds_no_secret_and_still_knows_a_code_when_it_sees_one(day):
    list_taken = taken(day)

    assert [seat["name"] for seat in list_taken["seats"]] == ["Nguyễn Thị Trưởng 1", "Nguyễn Thị Trưởng 2"]
    token = day.seat().token
    assert token not in str(list_taken)
    assert list_taken["seats"][0]["token"] == hashlib.sha256(token.encode()).hexdigest()
    assert list_taken["seats"][0]["code"] == short_code(day.seat().seq)
    assert list_taken["now"] == int((AT_DOOR - MINUTE).timestamp() * 1000)


def test_marks_made_without_a_line_keep_their_moment(day):
    answers = send(day, kept(day), kept(day, 1, "absent", nonce="dau-0002", source="list"))

    assert [answer.outcome for answer in answers] == ["added", "added"]
    (row,) = day.rows()
    assert (row.happened_at, row.marked_at, row.source) == (AT_DOOR, LATER, "scan")
    assert (day.stands(0), day.stands(1)) == ("present", "absent")
    assert day.world.findings(LATER) == []


def test_sending_everything_again_adds_nothing_and_answers_the_same(day):
    sent = [kept(day), kept(day, 1, nonce="dau-0002")]
    first = send(day, *sent)

    assert send(day, *sent, now=LATER + MINUTE) == first
    assert send(day, *reversed(sent), now=LATER + MINUTE) == first
    assert db_session().query(AttendanceMark).count() == 2


def test_whoever_was_marked_meanwhile_is_a_repetition(day):
    day.mark(0, "present", now=AT_DOOR + MINUTE)

    (answer,) = send(day, kept(day))

    assert (answer.outcome, answer.said) == ("repeat", "Đã được ghi trước, lúc 07:33.")


def test_what_contradicts_is_kept_and_said(day):
    day.mark(0, "absent", now=AT_DOOR + MINUTE)

    (answer,) = send(day, kept(day))

    assert answer.outcome == "contested"
    assert [row.mark for row in day.rows()] == ["absent", "present"]


def test_one_refusal_stops_no_other_mark(day):
    wrong = [
        kept(day, nonce="dau-0003", roster_pass="tu-viet"),
        kept(day, nonce="dau-0004", seat_id=day.waiting_seat().id),
        kept(day, nonce="dau-0005", at=AT_DOOR - timedelta(hours=3)),
        kept(day, nonce="dau-0006", at=LATER + timedelta(days=1)),
        kept(day, nonce="dau-0007", mark="unmarked"),
        kept(day, nonce="dau-0008", seat_id=999_999),
    ]

    answers = {one.nonce: one for one in send(day, *wrong, kept(day, 1, nonce="dau-0009"))}

    assert [answers[one.nonce].outcome for one in wrong] == ["refused"] * 6
    assert all(answers[one.nonce].said for one in wrong)
    assert answers["dau-0009"].outcome == "added"
    assert db_session().query(AttendanceMark).count() == 1


def test_a_pass_of_another_session_or_a_changed_one_is_not_ours(day):
    session = db_session()
    row, held = session.get_one(TrainingClass, day.id), session.get_one(ClassSession, day.held[1])
    other = take_roster(session, by=day.chief, row=row, held=held, secret=SECRET, now=AT_DOOR - MINUTE)["pass"]
    forged = take_roster(session, by=day.chief, row=row, held=held, secret="khac", now=AT_DOOR)["pass"]

    for at_number, roster_pass in enumerate((other, forged)):
        (answer,) = send(day, kept(day, nonce=f"dau-000{at_number}", roster_pass=roster_pass))
        assert answer.outcome == "refused"
    assert day.rows() == []


def test_nothing_happened_before_the_list_was_taken(day):
    late = taken(day, now=AT_DOOR + timedelta(hours=1))["pass"]

    assert [a.outcome for a in send(day, kept(day, roster_pass=late))] == ["refused"]


def test_marks_belong_to_whoever_took_the_list_along(day):
    helper = day.helper()

    send(day, kept(day, roster_pass=taken(day, by=helper)["pass"]))

    assert day.rows()[0].marked_by_id == helper.account_id


def test_a_pass_of_somebody_who_never_was_a_trainer_of_the_class_is_refused(day):
    other = actor_of(trainer(name="Giảng viên khác"))
    mark = kept(day, roster_pass=taken(day, by=other)["pass"])

    assert [a.outcome for a in send(day, mark)] == ["refused"]
    with pytest.raises(NotFound):
        send(day, mark, by=other)


def test_marks_of_the_day_are_taken_days_later(day):
    assert [a.outcome for a in send(day, kept(day), now=LATER + timedelta(days=3))] == ["added"]


def test_what_was_marked_before_the_closing_is_kept_and_left_to_the_department(day):
    closing = LATER + timedelta(days=4)
    day.world.do(rules.close_attendance, by=day.chief, class_id=day.id, now=closing)

    first = send(day, kept(day), now=closing + MINUTE)
    assert [(a.outcome, a.said) for a in first] == [
        ("contested", "Đã nhận sau khi đóng điểm danh. Cán bộ Sở xem rồi quyết định.")
    ]
    assert send(day, kept(day), now=closing + 2 * MINUTE) == first
    with pytest.raises(rules.MarksDisputed, match="Còn 1 người"):
        day.world.do(rules.finalise_class, by=day.world.officer, class_id=day.id, now=closing + MINUTE)
    day.mark(0, "present", by=day.world.officer, reason="máy của giảng viên gửi muộn", now=closing + MINUTE)
    day.world.do(rules.finalise_class, by=day.world.officer, class_id=day.id, now=closing + MINUTE)
    assert day.world.findings(closing + MINUTE) == []


def test_what_a_phone_marks_after_the_closing_is_refused(day):
    day.world.do(rules.close_attendance, by=day.chief, class_id=day.id, now=LATER)

    (answer,) = send(day, kept(day, at=LATER + MINUTE), now=LATER + 2 * MINUTE)

    assert answer.outcome == "refused"
    assert "đóng điểm danh" in answer.said
    assert day.rows() == []


def test_what_is_said_to_have_happened_before_the_session_is_refused_after_the_closing_too(day):
    day.world.do(rules.close_attendance, by=day.chief, class_id=day.id, now=LATER)
    early = AT_DOOR - timedelta(hours=1)

    (answer,) = send(day, kept(day, at=early, roster_pass=taken(day, now=early)["pass"]), now=LATER + MINUTE)

    assert (answer.outcome, day.rows()) == ("refused", [])


def test_a_refused_mark_gives_nobody_a_place_back(day):
    now = AT_DOOR + timedelta(hours=1)
    day.world.do(rules.set_away, by=day.chief, session_id=day.morning, seat_ids=[day.seats[0]], now=now)

    (answer,) = send(day, kept(day, at=AT_DOOR + timedelta(days=2)), now=now + MINUTE)

    assert (answer.outcome, day.seat().state, day.rows()) == ("refused", "away", [])


def test_a_phone_may_fetch_what_sending_needs_after_the_closing_too(day, client):
    day.world.do(rules.close_attendance, by=day.chief, class_id=day.id, now=LATER)
    client.sign_in(day.chief.account_id)

    with at(LATER + MINUTE):
        answer = client.browser.get(day.path("ngoai-mang/danh-sach"))

    assert answer.status_code == 200
    assert len(answer.json["seats"]) == 2


def test_whoever_was_set_away_meanwhile_comes_back(day):
    now = AT_DOOR + timedelta(hours=1)
    day.world.do(rules.set_away, by=day.chief, session_id=day.morning, seat_ids=[day.seats[0]], now=now)

    (answer,) = send(day, kept(day, at=AT_DOOR + timedelta(minutes=50)), now=now + MINUTE)

    assert answer.outcome == "added"
    assert day.seat().state == "confirmed"


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"marks": "không phải danh sách"},
        {"marks": [{}]},
        {
            "marks": [
                {"pass": "p", "device": "d", "nonce": "n", "seat": 1, "mark": "present", "source": "list", "at": 1}
            ]
        },
        {"marks": [1] * 501},
    ],
)
def test_what_is_no_list_of_marks_is_refused_as_a_whole(data):
    with pytest.raises(rules.UnknownMark):
        read_sent(data)


def test_what_the_phone_sends_is_read_to_the_millisecond(day):
    mark = kept(day)
    row = {"pass": mark.roster_pass, "device": mark.device, "nonce": mark.nonce, "seat": mark.seat_id,
           "mark": mark.mark, "source": mark.source, "at": int(AT_DOOR.timestamp() * 1000) + 7}  # fmt: skip

    assert read_sent({"marks": [row]}) == [replace(mark, happened_at=AT_DOOR + timedelta(milliseconds=7))]


def test_the_page_the_worker_and_the_list_go_along_and_marks_come_back(day, client):
    client.sign_in(day.chief.account_id)
    with at(AT_DOOR):
        page = client.get(day.path("ngoai-mang/"))
        assert "camera=(self)" in page.headers["Permissions-Policy"]
        worker = client.get(day.path("ngoai-mang/may-phu.js"))
        assert worker.headers["Content-Type"].startswith("text/javascript")
        for kept_file in (
            day.path("ngoai-mang/"),
            "/tinh/js/offline.js?v=",
            "/tinh/js/camera.js",
            "/tinh/js/qr/decode.js",
        ):
            assert kept_file in worker.data.decode()
        list_taken = client.get(day.path("ngoai-mang/danh-sach")).response.json
        mark = {"pass": list_taken["pass"], "device": list_taken["device"], "nonce": "dau-0001", "source": "code",
                "seat": day.seats[0], "mark": "late", "at": list_taken["now"]}  # fmt: skip
        headers = {"X-CSRFToken": list_taken["csrf"], "X-Requested-With": "fetch"}
        sent = client.browser.post(day.path("ngoai-mang/gui"), json={"marks": [mark]}, headers=headers)
    assert sent.json["answers"][0]["outcome"] == "added"
    assert day.stands() == "late"


def test_a_phone_that_is_signed_out_is_told_so_and_keeps_its_marks(day, client):
    asked = {"X-Requested-With": "fetch"}
    with at(AT_DOOR):
        assert client.browser.get(day.path("ngoai-mang/danh-sach"), headers=asked).status_code == 401
        client.sign_in(day.chief.account_id)
        assert client.browser.post(day.path("ngoai-mang/gui"), json={"marks": []}, headers=asked).status_code == 401


def test_the_names_are_not_in_the_page_that_the_phone_keeps(day, client):
    client.sign_in(day.chief.account_id)
    with at(AT_DOOR):
        assert "Nguyễn Thị Trưởng" not in client.get(day.path("ngoai-mang/")).text
