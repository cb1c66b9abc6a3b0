"""Pages of learning, as a phone without JavaScript meets them."""

import json

import pytest
from sqlalchemy import select

from lms.db import in_unit
from lms.journal.models import JournalEntry
from lms.journal.rules import notify
from lms.learning import counters
from lms.learning.models import Answer, Attempt, LessonProgress, SkillCompletion
from tests.client import filled_in
from tests.factories import NOON, clerk, join_team, make_team, officer
from tests.lms.learning.people import learner_in, pass_course, pass_test, start
from tests.lms.library.package import RIGHT, make_files, publish

LESSON = "/khoa-hoc/dich-vu-cong/mot-cua/"
TEST = LESSON + "kiem-tra/"


@pytest.fixture
def team(app):
    publish()
    return make_team()


@pytest.fixture
def an(team):
    return learner_in(team, phone="0914994123")


@pytest.fixture
def phone(client, an):
    return client.sign_in(an.account_id)


def test_the_first_page_has_one_main_button_that_leads_to_the_first_card(phone):
    page = phone.get("/hoc/")

    main = page.soup.select(".button--big")
    assert [button.get_text() for button in main] == ["Học tiếp"]
    assert main[0]["href"] == LESSON + "?the=1"


def test_the_button_leads_back_to_where_one_stopped(phone):
    phone.get(LESSON + "?the=2")

    assert phone.get("/hoc/").soup.select_one(".button--big")["href"] == LESSON + "?the=2"


def test_after_the_last_card_the_button_leads_to_the_test(phone):
    phone.get(LESSON + "?the=3")

    assert phone.get("/hoc/").soup.select_one(".button--big")["href"] == TEST


def test_after_a_pass_the_button_leads_to_the_next_lesson(phone, an):
    pass_test(an)

    page = phone.get("/hoc/")

    assert "/nop-ho-so/" in page.soup.select_one(".button--big")["href"]
    assert "1/2 bài đã đạt" in page.text


def test_when_all_is_learned_the_first_page_says_so(phone, an):
    pass_course(an)

    page = phone.get("/hoc/")

    assert page.soup.select(".button--big") == []
    assert "đã học xong" in page.text
    assert "Đã hoàn thành" in page.text


def test_the_first_page_shows_notices(phone, an, unit):
    unit(
        lambda s: notify(
            s, person_id=an.person_id, template="seat", event="e1", text="Anh/chị có chỗ ở lớp 1.", now=NOON
        )
    )

    assert "Anh/chị có chỗ ở lớp 1." in phone.get("/hoc/").text


@pytest.mark.parametrize(
    "path",
    [
        "/khoa-hoc/",
        "/khoa-hoc/dich-vu-cong/",
        LESSON,
        LESSON + "?the=2",
        LESSON + "?the=tat-ca",
        LESSON + "luyen-tap/",
        LESSON + "huong-dan-lai/",
        LESSON + "phieu/",
    ],
)
def test_lessons_are_open_to_anybody(team, client, path):
    client.get(path)


@pytest.mark.parametrize("path", ["/hoc/", TEST, "/to/", "/quan-ly/xa/14797/", "/quan-ly/hoc-lieu/"])
def test_what_belongs_to_somebody_asks_a_stranger_to_sign_in(team, client, path):
    page = client.get(path, 303)

    assert page.location.startswith("/dang-nhap?tiep=")


def test_one_card_a_screen_with_its_number_in_words(phone):
    page = phone.get(LESSON + "?the=2")

    assert "Thẻ 2/3" in page.text
    assert "Không đưa mã cho ai" in page.text
    assert "Chỉ một cửa" not in page.text
    assert "Bẫy thường gặp" in page.text


@pytest.mark.parametrize("which", ["0", "-1", "99999999", "x", "1e3", "²", "<b>"])
def test_a_strange_card_number_shows_some_card(phone, which):
    assert "/3" in phone.get(LESSON, query_string={"the": which}).text


@pytest.mark.parametrize("path", ["/khoa-hoc/khong/", "/khoa-hoc/dich-vu-cong/khong/", "/khoa-hoc/khong/x/kiem-tra/"])
def test_an_unknown_lesson_is_not_found(phone, path):
    phone.get(path, 404)


@pytest.mark.parametrize("path", ["{}", "{}kiem-tra/", "{}luyen-tap/", "{}kiem-tra/ket-qua/%00", "{}%00/"])
@pytest.mark.parametrize("name", ["%00", "a%00b", "%F0%9F%98%80", "a" * 3000])
def test_a_strange_name_in_the_address_is_not_found(phone, path, name):
    phone.get(path.format(f"/khoa-hoc/dich-vu-cong/{name}/"), 404)
    phone.get(path.format(f"/khoa-hoc/{name}/mot-cua/"), 404)


def test_the_whole_lesson_stands_on_one_page_for_printing(phone):
    page = phone.get(LESSON + "?the=tat-ca")

    assert len(page.soup.select("article")) == 3


def test_a_lesson_says_where_its_facts_come_from(phone):
    page = phone.get(LESSON)

    assert "Nguồn: Công văn 3701. Kiểm tra ngày 01/11/2026." in page.text


def test_a_fact_past_its_day_is_marked(phone):
    files = make_files()
    path = "lessons/01-mot-cua.md"
    files[path] = files[path].replace(b"2026-11-01", b"2020-01-01").replace(b"2027-05-01", b"2020-06-01")
    publish(files)

    assert "Thông tin cần xem lại: Chỉ còn một cổng." in phone.get(LESSON).text


def test_a_picture_of_a_lesson_is_sent_and_kept_by_the_phone(phone):
    image = phone.get(LESSON).soup.select_one("article img")
    page = phone.get("/khoa-hoc/dich-vu-cong/" + image["src"].removeprefix("../"))

    assert page.response.mimetype == "image/svg+xml"
    assert "immutable" in page.headers["Cache-Control"]
    assert "sandbox" in page.headers["Content-Security-Policy"]


def test_pictures_are_found_from_the_pages_further_down_too(phone):
    files = make_files()
    path = "lessons/01-mot-cua.md"
    files[path] = files[path].replace("1. Làm mẫu chậm.".encode(), "![Cửa](media/cua.svg)".encode())
    publish(files)

    image = phone.get(LESSON + "huong-dan-lai/").soup.select_one("article img")

    assert image["src"].startswith("../../media/cua.svg?v=")


def test_the_same_lesson_page_is_not_sent_twice(phone):
    tag = phone.get(LESSON).headers["ETag"]

    assert phone.get(LESSON, 304, headers={"If-None-Match": tag}).data == b""


def test_reading_moves_the_mark_only_forward(phone, session):
    phone.get(LESSON + "?the=3")
    phone.get(LESSON + "?the=1")

    assert session.scalars(select(LessonProgress)).one().card == 3


def test_practice_helps_at_once_and_counts_nothing(phone, session):
    page = phone.get(LESSON + "luyen-tap/?cau=2&xem=1&q-p2=b")

    assert "Chưa đúng." in page.text
    assert "Cán bộ không hỏi mã." in page.text
    assert session.scalars(select(Answer)).all() == []


def test_a_right_practice_answer_is_praised(phone):
    assert "Đúng rồi." in phone.get(LESSON + "luyen-tap/?cau=2&xem=1&q-p2=a").text


def test_the_whole_test_works_without_javascript(phone, an, session):
    page = phone.get(TEST)
    page = phone.send(page.form("bat-dau"), follow=True, status=200)
    for _ in range(6):
        form = page.form("luu")
        question = form["data-question"]
        page = phone.send(form, status=200, follow=True, **right_fields(form, question))
    assert "đã trả lời đủ 6 câu" in page.text

    page = phone.send(page.form("nop"), status=200, follow=True)

    assert page.h1 == "Anh/chị đã đạt"
    assert "đúng 6 trên 6 câu" in page.text
    assert session.scalars(select(LessonProgress.passed_at)).one() is not None


def test_passing_the_last_lesson_names_the_skill(phone, an, session):
    pass_test(an, "nop-ho-so")
    attempt_id = pass_test(an)

    page = phone.get(TEST + f"ket-qua/{attempt_id}")

    assert "Anh/chị đã hoàn thành kỹ năng: Dịch vụ công trực tuyến" in page.text
    assert session.scalars(select(SkillCompletion)).one()


def test_a_failed_test_shows_kind_words_help_and_the_card(phone, an):
    attempt_id = start(an)
    page = phone.post(TEST + "nop", {"attempt": attempt_id}, 303, follow=False)
    page = phone.get(page.location)

    assert page.h1 == "Chưa đạt lần này"
    assert "0/100" in page.text
    assert len(page.soup.select("a[href*='?the=']")) == 6
    assert page.form("bat-dau")


def test_handing_in_twice_leads_to_the_same_result(phone, an, session):
    attempt_id = start(an)
    first = phone.post(TEST + "nop", {"attempt": attempt_id})
    second = phone.post(TEST + "nop", {"attempt": attempt_id})

    assert first.location == second.location
    assert len(session.scalars(select(Attempt)).all()) == 1


def test_going_back_to_change_an_answer_changes_it(phone, an, session):
    attempt_id = start(an)
    page = phone.get(TEST + "?cau=1")
    form = page.form("luu")
    question = form["data-question"]
    phone.send(form, **right_fields(form, question))

    phone.send(form, **dict.fromkeys(right_fields(form, question), ""))

    assert session.get(Answer, (attempt_id, question)).value == ""


def test_a_saved_answer_is_there_when_the_page_is_opened_again(phone, an):
    start(an)
    page = phone.get(TEST + "?cau=1")
    form = page.form("luu")
    phone.send(form, **right_fields(form, form["data-question"]))

    again = phone.get(TEST + "?cau=1").form("luu")

    kept = {name: sorted(value) for name, value in filled_in(again).items() if name.startswith("q-")}
    sent = right_fields(form, form["data-question"])
    assert kept == {name: sorted(value) for name, value in sent.items()}


def test_the_hand_in_page_says_what_is_not_answered(phone, an):
    start(an)

    page = phone.get(TEST + "?cau=nop-bai")

    assert "Còn 6 câu chưa trả lời" in page.text


def send_answer(phone, body, status=200):
    return phone._open(
        phone.browser.post,
        TEST + "tra-loi",
        data=json.dumps(body),
        content_type="application/json",
        headers={"X-CSRFToken": phone.csrf(), "X-Requested-With": "fetch"},
    ).response


def test_autosave_stores_and_says_when(phone, an, session):
    attempt_id = start(an)

    reply = send_answer(phone, {"attempt": attempt_id, "question": "t2", "seq": 1, "fields": {"q-t2": ["a"]}})

    assert (reply.status_code, reply.json["saved"]) == (200, True)
    assert reply.json["said"].startswith("Đã lưu lúc")
    assert session.get(Answer, (attempt_id, "t2")).value == "a"


def test_autosave_of_an_older_answer_is_told_the_newer_count(phone, an):
    attempt_id = start(an)
    body = {"attempt": attempt_id, "question": "t2", "fields": {"q-t2": ["a"]}}
    send_answer(phone, {**body, "seq": 7})

    reply = send_answer(phone, {**body, "seq": 3})

    assert (reply.json["saved"], reply.json["seq"]) == (False, 7)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"seq": "1"}, 400),
        ({"seq": True}, 400),
        ({"seq": 10**30}, 200),
        ({"seq": -5}, 200),
        ({"fields": []}, 400),
        ({"fields": {"q-t2": [{"a": 1}, None, "a"]}}, 200),
        ({"question": "khong-co"}, 404),
        ({"question": ["t2"]}, 404),
        ({"attempt": "khong-co"}, 404),
        ({"attempt": None}, 404),
        ({"attempt": "\x00"}, 404),
        ({"attempt": "\ud800"}, 404),
        ({"question": "t2\x00"}, 404),
        ({"question": "t6", "fields": {"q-t6": ["\x00\ud800abc"]}}, 200),
    ],
)
def test_autosave_takes_hostile_values_calmly(phone, an, change, status):
    body = {"attempt": start(an), "question": "t2", "seq": 1, "fields": {"q-t2": ["a"]}, **change}

    assert send_answer(phone, body).status_code == status


@pytest.mark.parametrize("body", [[], "x", None, 5])
def test_autosave_of_something_else_is_not_understood(phone, an, body):
    assert send_answer(phone, body).status_code == 400


def test_autosave_after_handing_in_is_refused_in_words(phone, an):
    attempt_id = start(an)
    phone.post(TEST + "nop", {"attempt": attempt_id})

    reply = send_answer(phone, {"attempt": attempt_id, "question": "t2", "seq": 1, "fields": {"q-t2": ["a"]}})

    assert reply.status_code == 409
    assert "đã nộp rồi" in reply.text


def test_a_strangers_paper_cannot_be_seen_saved_or_handed_in(phone, team):
    theirs = start(learner_in(team, "Trần Thị Bình"))

    phone.get(TEST + f"ket-qua/{theirs}", 404)
    phone.post(TEST + "luu", {"attempt": theirs, "cau": "1"}, 404)
    phone.post(TEST + "nop", {"attempt": theirs}, 404)


def test_a_result_exists_only_after_handing_in(phone, an):
    phone.get(TEST + f"ket-qua/{start(an)}", 404)


def test_the_leader_sees_members_by_skills_and_who_is_missing_what(team, client, an):
    leader = learner_in(team, "Trưởng Văn Tổ", "leader")
    pass_course(leader)
    counters_of(team)

    page = client.sign_in(leader.account_id).get("/to/")

    assert page.h1 == "Tổ dân phố 1"
    rows = [row.get_text(" ", strip=True) for row in page.soup.select("tbody tr")]
    assert rows == [
        "Trưởng Văn Tổ tổ trưởng ✓ đã xong",
        "Nguyễn Văn An – chưa xong",
        "Đã xong 1/2",
    ]
    assert page.soup.select_one("a[href^='tel:']")["href"] == "tel:0914994123"


def test_the_message_for_zalo_is_short_and_leads_to_the_lesson(team, client, an):
    leader = learner_in(team, "Trưởng Văn Tổ", "leader")

    page = client.sign_in(leader.account_id).get("/to/")

    message = page.soup.select("textarea")[-1].get_text()
    assert len(message) <= 400
    assert message.endswith("https://hoc.example.vn/khoa-hoc/dich-vu-cong/mot-cua/")


def test_seeing_the_phones_is_journalled_once_for_a_view(team, client, session, an):
    leader = learner_in(team, "Phó Văn Tổ", "deputy")
    browser = client.sign_in(leader.account_id)
    browser.get("/to/")
    browser.get("/to/")

    seen = session.scalars(select(JournalEntry).where(JournalEntry.verb == "view_phones")).all()
    assert [(entry.object_id, entry.actor_id) for entry in seen] == [(str(team), leader.account_id)]


def test_a_plain_member_has_no_team_page(phone):
    phone.get("/to/", 403)


def test_a_leader_cannot_open_another_team(team, client):
    other = make_team("Tổ khác")
    leader = learner_in(team, "Trưởng Văn Tổ", "leader")

    client.sign_in(leader.account_id).get(f"/to/?to={other}", 404)


def test_a_leader_of_two_teams_can_choose(team, client):
    other = make_team("Tổ khác")
    leader = learner_in(team, "Trưởng Văn Tổ", "leader")
    join_team(other, leader.person_id, "deputy")

    page = client.sign_in(leader.account_id).get(f"/to/?to={other}")

    assert page.h1 == "Tổ khác"
    assert page.soup.select_one("nav.cluster a")["href"] == f"/to/?to={team}"


def test_a_clerk_of_another_commune_and_an_officer_of_another_province_find_nothing(team, client):
    client.sign_in(clerk("14812")).get("/quan-ly/xa/14797/", 404)
    client.sign_in(officer("01")).get("/quan-ly/xa/14797/", 404)
    client.sign_in(officer()).get("/quan-ly/xa/14797/")
    client.sign_in(officer()).get("/quan-ly/xa/99999/", 404)


def counters_of(team_id):
    in_unit(lambda s: counters.settle_teams(s, {"teams": {team_id}}))


def right_fields(form, question):
    """Return what a browser sends when the question is answered rightly."""
    answer = RIGHT[question]
    if question == "t4":
        places = {"Mở": "1", "Nhập": "2", "Gửi": "3"}
        return {name: places[label] for name, label in labels_of(form).items()}
    if question == "t5":
        wanted = {"A": "một", "B": "hai"}
        return {name: option(form, name, wanted[label]) for name, label in labels_of(form).items()}
    return {f"q-{question}": answer}


def labels_of(form):
    return {select["name"]: form.find("label", attrs={"for": select["id"]}).get_text() for select in form("select")}


def option(form, name, text):
    select = form.find("select", attrs={"name": name})
    return next(o["value"] for o in select("option") if o.get_text() == text)
