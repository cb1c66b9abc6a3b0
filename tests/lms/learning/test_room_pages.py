"""A lesson on a TV, the roster of a class, and what its people see, as browsers without JavaScript meet them."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.clock import utc_now, vn_day
from lms.learning import class_credits
from lms.learning.models import ClassCredit, CreditedPerson, LessonProgress
from lms.people.rules import give_consent, withdraw_consent
from tests.factories import NOON, actor_of, clerk, make_team, member_of, officer, trainer
from tests.lms.learning.people import learner_in, pass_test
from tests.lms.library.package import make_files, publish

LESSON = "/khoa-hoc/dich-vu-cong/mot-cua/"
ROOM = LESSON + "chieu/"
CLASS = LESSON + "lop/"
CREDITS = "/quan-ly/lop-hoc/"
A_DAY = timedelta(hours=24)


@pytest.fixture
def team(app):
    publish()
    return make_team()


@pytest.fixture
def teacher(client, team):
    return client.sign_in(trainer())


@pytest.fixture
def an(team):
    return learner_in(team, "Nguyễn Văn An")


@pytest.fixture
def taught(unit, an, team):
    """Credit somebody's lesson; return the credit's id."""

    def give(*, lesson="mot-cua", now=None, person_id=an.person_id):
        by = actor_of(trainer())
        return unit(
            lambda s: (
                class_credits.credit_class(
                    s, by=by, course="dich-vu-cong", lesson=lesson, team_id=team, people=[person_id],
                    now=now or utc_now(),
                ).id
            )
        )  # fmt: skip

    return give


def settle(unit, now):
    unit(lambda s: class_credits.settle_credits(s, now))


def roster(page):
    return page.form("/lop/")


def boxes(page):
    return [box["value"] for box in page.soup.select("input[type=checkbox]")]


def test_the_first_screen_shows_the_title_and_a_code_to_scan(client, team):
    page = client.get(ROOM)

    assert page.h1 == "Bài mot cua"
    assert page.soup.select_one("figure img")["src"].startswith("data:image/svg+xml;base64,")
    assert "Hoặc mở hoc.example.vn, chọn khóa học." in page.text
    assert page.soup.select_one("a[rel=next]")["href"] == ROOM + "?the=1"


def test_no_menu_is_in_the_way_and_there_is_a_way_out(client, team):
    page = client.get(ROOM + "?the=1")

    assert page.soup.select("header, footer") == []
    assert [a["href"] for a in page.soup.find_all("a", string="Thoát")] == [LESSON]


def test_one_card_a_screen_with_its_number_in_words(client, team):
    page = client.get(ROOM + "?the=2")

    assert page.h1 == "Không đưa mã cho ai"
    assert "Thẻ 2/3" in page.text
    assert "Chỉ một cửa" not in page.text
    assert page.soup.select_one("a[rel=prev]")["href"] == ROOM + "?the=1"
    assert page.soup.select_one("a[rel=next]")["href"] == ROOM + "?the=3"


def test_links_alone_lead_from_the_first_screen_to_the_last_and_back(client, team):
    path, seen = ROOM, []
    while path:
        page = client.get(path)
        seen.append(page.h1)
        link = page.soup.select_one("a[rel=next]")
        path = link and link["href"]
    assert seen == ["Bài mot cua", "Chỉ một cửa", "Không đưa mã cho ai", "Thử xem", "Hỏi lại cả lớp"]
    while link := page.soup.select_one("a[rel=prev]"):
        page = client.get(link["href"])
        seen.append(page.h1)
    assert seen[5:] == seen[3::-1]


@pytest.mark.parametrize("which", ["-1", "99999999", "x", "1e3", "²", "<b>"])
def test_a_strange_number_shows_some_screen(client, team, which):
    client.get(ROOM, query_string={"the": which})


def test_pictures_are_found_on_the_big_screen(client, team):
    image = client.get(ROOM + "?the=1").soup.select_one("article img")

    assert client.status_of("/khoa-hoc/dich-vu-cong/" + image["src"].removeprefix("../../")) == 200


def test_showing_a_lesson_to_a_room_marks_nothing_as_read(client, an, session):
    client.sign_in(an.account_id).get(ROOM + "?the=3")

    assert session.scalar(select(func.count()).select_from(LessonProgress)) == 0


def test_the_last_screen_asks_a_question_whose_answer_opens_on_a_press(client, team):
    page = client.get(ROOM + "?the=4")

    assert "Chỉ có một cửa." in page.soup.select_one(".room__screen").get_text()
    assert "Đúng" in page.soup.select_one("details").get_text()


def test_only_who_may_credit_sees_the_button(client, an):
    last = ROOM + "?the=4"
    for account in (None, an.account_id, clerk()):
        if account:
            client.sign_in(account)
        assert "Ghi nhận lớp học" not in client.get(last).text
    for account in (trainer(), officer()):
        assert client.sign_in(account).get(last).soup.select_one(f"a[href='{CLASS}']")


def test_the_same_screen_is_not_sent_twice(client, team):
    tag = client.get(ROOM + "?the=1").headers["ETag"]

    assert client.get(ROOM + "?the=1", 304, headers={"If-None-Match": tag}).data == b""


@pytest.mark.parametrize("path", ["/khoa-hoc/dich-vu-cong/khong-co/chieu/", "/khoa-hoc/khong-co/mot-cua/chieu/"])
def test_an_unknown_lesson_is_not_shown(client, team, path):
    client.get(path, 404)


def test_a_team_is_found_by_its_name_or_its_communes_without_accents(teacher):
    make_team("Tổ dân phố Đông Sơn")
    make_team("Tổ dân phố Tây Ga")

    for typed in ("dong son", "ĐÔNG SƠN", "to dong hac thanh"):
        found = [
            li.get_text(" ", strip=True) for li in teacher.get(CLASS, query_string={"tim": typed}).soup.select("li")
        ]
        assert found == ["Tổ dân phố Đông Sơn phường Hạc Thành"], typed


def test_teams_of_other_provinces_are_not_found(teacher):
    make_team("Tổ Ba Đình", "00004")

    assert "Không thấy tổ nào" in teacher.get(CLASS + "?tim=ba+dinh").text


def test_many_teams_are_not_listed_all(teacher):
    for number in range(25):
        make_team(f"Tổ số {number}")

    page = teacher.get(CLASS)

    assert len(page.soup.select("ul li")) == 20
    assert "Còn nhiều tổ nữa" in page.text


def test_nobody_is_ticked_on_an_opened_roster(teacher, an, team):
    page = teacher.get(f"{CLASS}?to={team}")

    assert boxes(page) == [str(an.person_id)]
    assert page.soup.select("input[checked]") == []


def test_thirty_people_are_credited_with_one_form(teacher, team, session):
    people = [member_of(team, f"Người {number:02}")[0] for number in range(30)]
    page = teacher.get(f"{CLASS}?to={team}")

    page = teacher.send(roster(page), 200, follow=True, person=[str(p) for p in people])

    assert page.h1 == f"Lớp học ngày {vn_day(utc_now())}"
    assert "Đã ghi nhận lớp học." in page.text
    assert len(page.soup.select("ol li")) == 30
    assert session.scalar(select(func.count()).select_from(CreditedPerson)) == 30


def test_sending_the_form_twice_is_one_credit(teacher, an, team, session):
    form = roster(teacher.get(f"{CLASS}?to={team}"))

    first, second = (teacher.send(form, person=str(an.person_id)) for _ in range(2))

    assert first.location == second.location
    assert session.scalar(select(func.count()).select_from(ClassCredit)) == 1


def test_a_refused_roster_keeps_its_ticks_and_says_who(teacher, an, team, unit, session):
    lan, account_id = member_of(team, "Trần Thị Lan")
    form = roster(teacher.get(f"{CLASS}?to={team}"))
    unit(lambda s: give_consent(s, person_id=lan, purpose="learning", wording="…", means="thử", now=NOON))
    unit(lambda s: withdraw_consent(s, by=actor_of(account_id), purpose="learning", now=NOON))

    page = teacher.send(form, 409, person=[str(lan), str(an.person_id)])

    assert "Trần Thị Lan" in page.soup.select_one("[role=alert]").get_text()
    assert boxes(page) == [str(an.person_id)]
    assert page.soup.select_one(f"input[value='{an.person_id}']").has_attr("checked")
    teacher.send(roster(page), person=str(an.person_id))
    assert list(session.scalars(select(CreditedPerson.person_id))) == [an.person_id]


def test_too_many_ticks_are_refused_and_kept(teacher, team, session):
    people = [member_of(team, f"Người {number:02}")[0] for number in range(41)]

    page = teacher.send(roster(teacher.get(f"{CLASS}?to={team}")), 422, person=[str(p) for p in people])

    assert len(page.soup.select("input[checked]")) == 41
    assert session.scalar(select(func.count()).select_from(ClassCredit)) == 0


@pytest.mark.parametrize("asked", ["999999", "x", "-1", "1" * 30, "²"])
def test_a_strange_team_is_not_found(teacher, asked):
    teacher.get(CLASS, 404, query_string={"to": asked})
    teacher.post(CLASS, {"to": asked, "person": "1"}, 404)


def test_a_strange_person_is_not_found(teacher, team):
    for asked in ("999999", "x", "1" * 30):
        teacher.post(CLASS, {"to": str(team), "person": asked}, 404)


def test_a_team_of_another_province_is_not_found(client, team):
    client.sign_in(trainer("01")).get(f"{CLASS}?to={team}", 404)


def test_who_waits_for_a_credit_has_no_box_to_tick(teacher, an, team, taught):
    taught()

    page = teacher.get(f"{CLASS}?to={team}")

    assert boxes(page) == []
    assert "chờ chốt" in page.text


def test_the_roster_says_who_has_passed_already(teacher, an, team):
    pass_test(an)

    assert "Nguyễn Văn An Đã đạt" in teacher.get(f"{CLASS}?to={team}").text


def test_a_credit_can_be_undone_from_its_page(client, an, taught, session):
    number = taught()
    client.sign_in(session.get(ClassCredit, number).given_by_id)
    page = client.get(f"{CREDITS}{number}/")
    assert "Ghi nhầm thì bỏ được đến" in page.text

    page = client.send(page.form("/bo"), 200, follow=True)

    assert "Đã bỏ ghi nhận" in page.text
    assert page.soup.select("form[action$='/bo']") == []
    assert session.get(ClassCredit, number).undone_at is not None


def test_after_a_day_there_is_no_button_to_undo(client, taught, session):
    number = taught(now=utc_now() - A_DAY)
    client.sign_in(session.get(ClassCredit, number).given_by_id)

    assert client.get(f"{CREDITS}{number}/").soup.select("form[action$='/bo']") == []
    client.post(f"{CREDITS}{number}/bo", {}, 409)


def test_a_strangers_credit_is_not_found(client, taught):
    number = taught()

    for stranger in (trainer(), officer("01")):
        client.sign_in(stranger).get(f"{CREDITS}{number}/", 404)
        client.post(f"{CREDITS}{number}/bo", {}, 404)
        assert f"{CREDITS}{number}/" not in str(client.get(CREDITS).soup)


def test_the_provinces_officer_finds_every_credit(client, taught):
    number = taught()

    page = client.sign_in(officer()).get(CREDITS)

    assert page.soup.select_one(f"a[href='{CREDITS}{number}/']")
    assert "Hoàng Thị Giảng" in page.text


def test_the_trainers_page_leads_to_every_lessons_big_screen(teacher):
    page = teacher.get(CREDITS)

    assert page.soup.select_one(f"a[href='{ROOM}']")
    assert "Lớp học" in [a.get_text() for a in page.soup.select("nav a")]


def test_a_learner_sees_that_a_class_waits_to_count(client, an, taught):
    taught(now=NOON)
    client.sign_in(an.account_id)

    for path in ("/hoc/", "/khoa-hoc/dich-vu-cong/"):
        page = client.get(path)
        assert "Đã học ở lớp ngày 21/11/2026, chờ chốt" in page.text, path
        assert "0/2 bài đã đạt" in page.text


def test_after_the_day_the_learner_sees_that_the_class_counted(client, an, taught, unit):
    taught(now=NOON)
    settle(unit, NOON + A_DAY)
    client.sign_in(an.account_id)

    assert "1/2 bài đã đạt" in client.get("/hoc/").text
    for path in ("/khoa-hoc/dich-vu-cong/", LESSON):
        page = client.get(path)
        assert "Đạt (lớp học)" in page.text
        assert "chờ chốt" not in page.text


def test_a_credit_that_was_undone_is_not_waited_for(client, an, taught, unit, session):
    number = taught(now=NOON)
    by = actor_of(session.get(ClassCredit, number).given_by_id)
    unit(lambda s: class_credits.undo_credit(s, by=by, credit_id=number, now=NOON))

    assert "chờ chốt" not in client.sign_in(an.account_id).get("/hoc/").text


def test_a_skill_learned_in_classes_is_marked_for_the_learner_and_the_leader(client, an, team, taught, unit):
    _, leader = member_of(team, "Tổ trưởng", "leader")
    taught(now=NOON)
    taught(lesson="nop-ho-so", now=NOON)
    settle(unit, NOON + A_DAY)

    home = client.sign_in(an.account_id).get("/hoc/")
    page = client.sign_in(leader).get("/to/")

    assert "Dịch vụ công trực tuyến (lớp học, ngày 22/11/2026)" in home.text
    assert "đã xong, lớp học" in page.text
    assert "là xong nhờ lớp học" in page.text


def test_a_skill_learned_by_tests_says_nothing_of_classes(client, an, team):
    pass_test(an)
    pass_test(an, "nop-ho-so")

    assert "lớp học" not in client.sign_in(an.account_id).get("/hoc/").text


def test_ones_own_data_names_the_classes(client, an, taught, unit):
    taught(now=NOON)
    settle(unit, NOON + A_DAY)
    taught(lesson="nop-ho-so", now=NOON)

    kept = json.loads(client.sign_in(an.account_id).get("/du-lieu-cua-toi/tai-ve").data)

    counted, waiting = kept["lop_hoc"]
    assert (counted["bai"], counted["nguoi_ghi_nhan"]) == ("Bài mot cua", "Hoàng Thị Giảng")
    assert counted["chot_luc"].startswith("2026-11-22")
    assert waiting["chot_luc"] is None
    assert [(row["bai"], row["dat_bang"]) for row in kept["bai_hoc"]] == [("dich-vu-cong/mot-cua", "lớp học")]


def test_ones_own_data_names_tests_and_skills(client, an):
    pass_test(an)
    pass_test(an, "nop-ho-so", now=NOON + A_DAY)

    kept = json.loads(client.sign_in(an.account_id).get("/du-lieu-cua-toi/tai-ve").data)

    assert [(row["bai"], row["diem"], row["dat"]) for row in kept["bai_kiem_tra"]] == [
        ("Bài mot cua", 100, True),
        ("Bài nop ho so", 100, True),
    ]
    assert [(row["ky_nang"], row["bang"]) for row in kept["ky_nang"]] == [("dich-vu-cong", "tự làm bài kiểm tra")]


def test_the_words_of_a_fact_past_its_day_warn_the_trainer(client, team):
    files = make_files()
    path = "lessons/01-mot-cua.md"
    files[path] = files[path].replace(b"2026-11-01", b"2020-01-01").replace(b"2027-05-01", b"2020-06-01")
    publish(files)

    assert "Thông tin cần xem lại: Chỉ còn một cổng." in client.get(ROOM).text
