"""Checking one person in at the door: by QR, by short code, and the page that does both."""

from datetime import timedelta

import pytest

from lms.db import db_session
from lms.training import rules
from lms.training.codes import short_code
from lms.training.models import AttendanceMark
from lms.training.scanning import tell_mark, token_in

from .checking_in import AT_DOOR, ClassDay, at

MINUTE = timedelta(minutes=1)


@pytest.fixture
def day(world):
    return ClassDay(world)


def scan(day, said, by=None, now=AT_DOOR, reason="", **seen):
    """Check somebody in; return what is told."""
    given = rules.Mark("present", reason)
    row = day.world.do(
        rules.check_in, by=by or day.chief, session_id=day.morning, said=said, given=given,
        seen=rules.Seen(**seen), now=now,
    )  # fmt: skip
    session = db_session()
    return tell_mark(session, session.get_one(AttendanceMark, row.id))


def test_a_scanned_person_is_present_and_their_name_is_told(day):
    kind, name, said = scan(day, day.seat().token)

    assert (kind, name) == ("good", "Nguyễn Thị Trưởng 1")
    assert said == "Có mặt, ghi lúc 07:32."
    assert [(row.mark, row.source) for row in day.rows()] == [("present", "scan")]
    assert day.world.findings(AT_DOOR) == []


def test_a_typed_code_does_the_same(day):
    scan(day, short_code(day.seat(1).seq))

    assert [(row.mark, row.source) for row in day.rows(1)] == [("present", "code")]


def test_a_second_scan_says_when_and_by_whom_and_is_kept(day):
    scan(day, day.seat().token, by=day.helper("Đỗ Thị Giúp"))

    kind, _, said = scan(day, day.seat().token, now=AT_DOOR + 5 * MINUTE)

    assert kind == "warn"
    assert said == "Đã điểm danh lúc 07:32, do Đỗ Thị Giúp quét mã của người dự. Không ghi thêm."
    first, again = day.rows()
    assert again.repeat_of_id == first.id
    assert day.stands() == "present"


def test_the_same_scan_sent_twice_is_one_mark_with_one_answer(day):
    once = {"device": "may-o-cua", "nonce": "lan-quet-1"}

    first = scan(day, day.seat().token, **once)
    again = scan(day, day.seat().token, now=AT_DOOR + MINUTE, **once)

    assert first == again
    assert len(day.rows()) == 1


def test_whoever_stands_as_absent_is_scanned_with_a_reason_only(day):
    day.mark(0, "absent")

    with pytest.raises(rules.OverrideNeedsReason):
        scan(day, day.seat().token, now=AT_DOOR + MINUTE)
    scan(day, day.seat().token, now=AT_DOOR + MINUTE, reason="đến muộn, có mặt thật")

    assert day.stands() == "present"


@pytest.mark.parametrize("said", ["0000", "9999", "", "không phải mã", "A" * 32, "0" * 32])
def test_a_code_of_nobody_here_is_refused_and_nothing_is_stored(day, said):
    with pytest.raises(rules.CodeUnknown):
        scan(day, said)
    assert db_session().query(AttendanceMark).count() == 0


def test_a_code_of_another_class_is_not_known_here(day, world):
    other = ClassDay(world)

    with pytest.raises(rules.CodeUnknown):
        scan(day, other.seat().token)


def test_whoever_waits_is_told_that_they_hold_no_place(day):
    with pytest.raises(rules.NotExpected, match="Nguyễn Thị Trưởng 3 hiện đang chờ"):
        scan(day, day.waiting_seat().token)


def test_whoever_was_set_away_comes_back_by_their_scan_while_a_place_is_left(day):
    late = AT_DOOR + 40 * MINUTE
    day.world.do(rules.set_away, by=day.chief, session_id=day.morning, seat_ids=[day.seats[0]], now=late)

    kind, _, _ = scan(day, day.seat().token, now=late + MINUTE)

    assert kind == "good"
    assert day.seat().state == "confirmed"
    assert day.stands() == "present"
    assert day.world.findings(late + MINUTE) == []


def test_whoever_was_set_away_stays_outside_when_the_place_is_taken(day):
    late = AT_DOOR + 40 * MINUTE
    day.world.do(rules.set_away, by=day.chief, session_id=day.morning, seat_ids=[day.seats[0]], now=late)
    day.world.do(rules.add_walk_in, by=day.chief, class_id=day.id, person_id=day.waiting.leader, now=late + MINUTE)

    with pytest.raises(rules.NoPlaceLeft):
        scan(day, day.seat().token, now=late + 2 * MINUTE)
    assert (day.seat().state, day.stands()) == ("away", None)


@pytest.mark.parametrize("before", ["", "LMS:", "https://hoc.example.vn/cho/"])
def test_the_secret_is_found_alone_or_inside_an_address(before):
    token = "0123456789ABCDEF0123456789ABCDEF"

    assert token_in(before + token) == token
    assert token_in(before + token.lower()) == token
    assert token_in(before + token + "0") is None


def test_without_scripts_the_typed_code_alone_checks_people_in(day, client):
    client.sign_in(day.chief.account_id)
    with at(AT_DOOR):
        page = client.get(day.path("quet"))
        assert "camera=(self)" in page.headers["Permissions-Policy"]
        done = client.send(page.form("quet"), said=short_code(day.seat().seq), follow=True, status=200)
        assert "Nguyễn Thị Trưởng 1 Có mặt, ghi lúc 07:32." in done.text
        assert "Có mặt 1/2 người" in done.text

        refused = client.send(done.form("quet"), 422, said="1234")
        assert "Mã vừa gõ chưa đúng" in refused.text
        assert refused.soup.find("input", id="said")["value"] == "1234"
    assert len(day.rows()) == 1


def test_the_form_sent_twice_leads_to_the_same_answer(day, client):
    client.sign_in(day.chief.account_id)
    with at(AT_DOOR):
        form = client.get(day.path("quet")).form("quet")
        said = short_code(day.seat().seq)
        first, again = client.send(form, said=said), client.send(form, said=said)
    assert first.location == again.location
    assert len(day.rows()) == 1


def test_a_page_found_again_by_going_back_does_not_mark_somebody_else(day, client):
    client.sign_in(day.chief.account_id)
    with at(AT_DOOR):
        form = client.get(day.path("quet")).form("quet")
        client.send(form, said=short_code(day.seat(0).seq))
        refused = client.send(form, 422, said=short_code(day.seat(1).seq))
        assert "Hãy mở lại trang rồi ghi lại" in refused.text
        client.send(refused.form("quet"))
    assert (day.stands(0), day.stands(1)) == ("present", "present")


def test_the_pages_own_script_gets_the_answer_as_data(day, client):
    client.sign_in(day.chief.account_id)
    asked = {"headers": {"X-Requested-With": "fetch"}}
    with at(AT_DOOR):
        token = client.post(day.path("quet"), {"said": day.seat().token, "once": "m-1"}, 200, **asked)
        wrong = client.post(day.path("quet"), {"said": "1234", "once": "m-2"}, 200, **asked)
    told = token.response.json
    assert (told["kind"], told["name"], told["count"]) == ("good", "Nguyễn Thị Trưởng 1", "1/2")
    assert wrong.response.json["kind"] == "bad"


def test_only_the_pages_that_scan_may_use_the_camera(day, client):
    client.sign_in(day.chief.account_id)
    with at(AT_DOOR):
        policies = {
            page: client.get(day.path(page)).headers["Permissions-Policy"] for page in ("", "danh-sach", "quet")
        }
    assert [page for page, policy in policies.items() if "camera=(self)" in policy] == ["quet"]


def test_a_mark_of_another_session_is_not_shown(day, client):
    day.mark(0, "present")
    (row,) = day.rows()
    client.sign_in(day.chief.account_id)
    with at(AT_DOOR):
        client.get(day.path(f"quet?dau={row.id}", number=2), 404)
        client.get(day.path("quet?dau=999"), 404)


def test_the_session_page_counts_and_shows_the_ways_to_check_in(day, client):
    day.mark(0, "present")
    client.sign_in(day.chief.account_id)
    with at(AT_DOOR):
        today = client.get("/quan-ly/diem-danh/")
        assert today.soup.find("h2").get_text() == "Lớp hôm nay"
        page = client.get(day.path())
    assert "1/2 có mặt 1 chưa ghi" in page.text
    for words in ("Quét mã hoặc gõ mã", "Danh sách", "Mã phòng", "Ghi ngoài mạng", "Người đến thẳng lớp"):
        assert page.soup.find("a", string=words), words


def test_before_the_time_the_session_page_says_from_when(day, client):
    client.sign_in(day.chief.account_id)
    with at(AT_DOOR - timedelta(hours=2)):
        page = client.get(day.path())
        assert "Điểm danh mở từ 07:15 ngày 01/12/2026" in page.text
        assert not page.soup.find("a", string="Quét mã hoặc gõ mã")
        assert "Điểm danh mở từ 07:15" in client.get(day.path("danh-sach")).text
        assert "Điểm danh mở từ 07:15" in client.get(day.path("quet")).text


def test_contradictions_stand_on_the_session_page_and_the_chief_settles_them(day, client):
    helper = day.helper()
    day.mark(0, "absent", by=helper)
    day.world.do(
        rules.mark_session, by=day.chief, session_id=day.morning, marks={day.seats[0]: rules.Mark("present")},
        seen=rules.Seen("scan", "may-1", "lan-01", AT_DOOR, is_offline=True), now=AT_DOOR + MINUTE,
    )  # fmt: skip
    with at(AT_DOOR + 2 * MINUTE):
        client.sign_in(helper.account_id)
        assert "Giảng viên chính của lớp sẽ quyết định" in client.get(day.path()).text
        theirs = client.get(day.path(f"nguoi/{day.seats[0]}"))
        assert "Quyết định" not in [h.get_text() for h in theirs.soup("h2")]
        client.post(day.path(f"nguoi/{day.seats[0]}"), {"mark": "present", "reason": "thấy"}, 403)

        client.sign_in(day.chief.account_id)
        page = client.get(client.get(day.path()).soup.find("a", string="Nguyễn Thị Trưởng 1")["href"])
        assert "Các dấu dưới đây trái nhau" in page.text
        client.send(page.form(f"nguoi/{day.seats[0]}"), 422, mark="present", reason=" ")
        client.send(page.form(f"nguoi/{day.seats[0]}"), mark="present", reason="ngồi cuối lớp")
        assert "Hai nơi ghi khác nhau" not in client.get(day.path()).text

        client.send(page.form(f"nguoi/{day.seats[0]}"), mark="unmarked", reason="quét nhầm", once="khac")
    assert day.stands() is None


def test_the_signed_paper_is_keyed_in_as_such(day, client):
    client.sign_in(day.chief.account_id)
    with at(AT_DOOR + timedelta(days=1)):
        page = client.get(day.path("danh-sach"))
        assert short_code(day.seat().seq) in page.text
        marks = {f"mark_{day.seats[0]}": "present", f"mark_{day.seats[1]}": "absent"}
        refused = client.send(page.form("danh-sach"), 422, **marks)
        assert "Ghi muộn thì phải có lý do" in refused.text
        client.send(refused.form("danh-sach"), source="paper")
    assert [row.source for row in day.rows()] == ["paper"]
    assert day.world.findings(AT_DOOR + timedelta(days=1)) == []


def test_a_walk_in_is_found_let_in_and_present(day, client):
    late = AT_DOOR + 40 * MINUTE
    client.sign_in(day.chief.account_id)
    with at(late):
        assert "Không còn chỗ" in client.get(day.path("den-thang")).text
        away = client.get(day.path("chua-den"))
        client.send(away.form("chua-den"), seat=str(day.seats[1]))
        page = client.get(day.path("den-thang?ten=vien+3"))
        assert "Lê Văn Viên 3" in page.text
        done = client.send(page.soup("form")[-1], follow=True, status=200)
        assert "Đã nhận vào lớp và ghi có mặt" in done.text
        gone = client.get(day.path("chua-den"))
        assert "đều đã có người" in gone.text
    seat = day.world.seat(day.id, day.waiting.member)
    assert (seat.state, seat.kind) == ("confirmed", "walk_in")
    assert day.world.findings(late) == []


def test_whoever_comes_late_is_let_back_in_and_marked_as_late(day, client):
    late = AT_DOOR + 40 * MINUTE
    client.sign_in(day.chief.account_id)
    with at(late):
        client.send(client.get(day.path("chua-den")).form("chua-den"), seat=str(day.seats[1]))
        client.send(client.get(day.path("chua-den")).form("da-den"))
    assert day.of(day.seats[1]).state == "confirmed"
    assert day.stands(1) == "late"


def test_the_trainer_prints_the_list_with_codes_and_signatures(day, client, run_jobs):
    from tests.journeys.papers import words

    client.sign_in(day.chief.account_id)
    with at(AT_DOOR):
        job = client.send(client.get(day.path()).form("in")).location
        run_jobs()
        paper = words(client.get(client.get(job).soup.find("a", string="Tải tệp về")["href"]).data)
    for said in (short_code(day.seat().seq), "Nguyễn Thị Trưởng 1", "sáng 01/12/2026", "chiều 01/12/2026",
                 "GIẢNG VIÊN", "ĐƠN VỊ TỔ CHỨC"):  # fmt: skip
        assert said in paper, said


@pytest.mark.parametrize("page", ["", "danh-sach", "quet", "ma-phong", "ngoai-mang/", "ngoai-mang/danh-sach",
                                  "ngoai-mang/may-phu.js", "den-thang", "chua-den"])  # fmt: skip
def test_a_stranger_finds_no_page_of_the_session(day, client, page):
    from tests.factories import officer, trainer

    with at(AT_DOOR):
        for account in (trainer(name="Giảng viên khác"), officer("01"), trainer("01")):
            client.sign_in(account).get(day.path(page), 404)
        client.sign_in(day.chief.account_id).get(day.path(page, number=9), 404)
