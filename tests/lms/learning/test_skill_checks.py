"""Five questions before and after a course: once each, at their time, telling nobody the answers too early."""

import threading
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select

from lms.access import SYSTEM
from lms.db import db_session
from lms.errors import NotFound
from lms.learning import skill_checks
from lms.learning.models import Fact, LessonProgress, SkillCheck, SkillCompletion
from lms.learning.rules import NotALearner
from lms.library import queries as library
from lms.people.rules import ConsentWithdrawn, give_consent, withdraw_consent
from tests.factories import NOON, actor_of, make_team, member_of
from tests.lms.learning.checks import CHECK, HELPS, RIGHT, WRONG, answer, fields_for, files_with_check, right
from tests.lms.learning.people import learner_in, pass_course, pass_test
from tests.lms.library.package import make_files, publish

LATER = NOON + timedelta(days=1)
PAGE = "/khoa-hoc/dich-vu-cong/thu-suc/"


@pytest.fixture
def an(app):
    publish(files_with_check())
    return learner_in(make_team())


@pytest.fixture
def phone(client, an):
    return client.sign_in(an.account_id)


def stored(session):
    session.rollback()
    rows = session.execute(
        select(SkillCheck.moment, SkillCheck.skill_key, SkillCheck.correct, SkillCheck.total, SkillCheck.answered_at)
        .order_by(SkillCheck.answered_at)
    )  # fmt: skip
    return [tuple(row) for row in rows]


def offered(actor):
    here = library.course_now(db_session(), "dich-vu-cong")
    state = skill_checks.check_for(db_session(), by=actor, now=here)
    db_session().rollback()
    return state and state.moment


def test_the_answers_are_graded_here_and_only_their_number_is_kept(an, session):
    result = answer(an, answers=right(2))

    assert (result.correct, result.total) == (2, 5)
    assert stored(session) == [("before", "dich-vu-cong", 2, 5, NOON)]


def test_a_question_left_open_is_not_right(an):
    assert answer(an, answers={"s1": "dung", "s5": [1, None, 3]}).correct == 1


def test_the_answers_are_a_declared_fact(an, session):
    answer(an, answers=right(2))

    fact = session.scalars(select(Fact).where(Fact.kind == "skill_check")).one()
    assert (fact.grade, fact.person_id, fact.course_slug, fact.actor_kind) == (
        "D", an.person_id, "dich-vu-cong", "self",
    )  # fmt: skip
    assert fact.payload == {
        "skill": "dich-vu-cong", "moment": "before", "correct": 2, "total": 5, "answers": right(2),
    }  # fmt: skip


def test_nothing_is_passed_or_completed_by_it(an, session):
    answer(an)

    assert [session.scalar(select(func.count()).select_from(m)) for m in (LessonProgress, SkillCompletion)] == [0, 0]


def test_a_second_sending_changes_nothing(an, session):
    answer(an, answers=right(2))
    again = answer(an, answers=RIGHT, now=LATER)

    assert again.correct == 2
    assert stored(session) == [("before", "dich-vu-cong", 2, 5, NOON)]
    assert session.scalar(select(func.count()).select_from(Fact)) == 1


def test_a_second_sending_is_no_fault_even_when_its_time_is_over(an, session):
    answer(an, answers=right(2))
    pass_test(an)

    assert answer(an, answers=RIGHT, now=LATER).correct == 2


def test_two_phones_at_once_leave_one_result(app, an, session):
    session.rollback()
    gate = threading.Barrier(2)
    results = []

    def send(count):
        with app.app_context():
            gate.wait()
            results.append(answer(an, answers=right(count)).correct)
            db_session().close()

    threads = [threading.Thread(target=send, args=(count,)) for count in (1, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 2
    assert len(set(results)) == 1
    assert [row[2] for row in stored(session)] == results[:1]


@pytest.mark.parametrize("lesson", ["mot-cua", "nop-ho-so"])
def test_before_is_over_with_the_first_lesson_that_is_passed(an, session, lesson):
    assert offered(an) == "before"
    pass_test(an, lesson)

    assert offered(an) is None
    with pytest.raises(skill_checks.TooLateForBefore):
        answer(an)
    assert stored(session) == []


def test_reading_without_a_test_does_not_end_before(phone, an):
    phone.get("/khoa-hoc/dich-vu-cong/mot-cua/?the=3")

    assert offered(an) == "before"


def test_after_comes_with_the_completed_skill(an, session):
    with pytest.raises(skill_checks.TooEarlyForAfter):
        answer(an, "after")
    pass_test(an)
    with pytest.raises(skill_checks.TooEarlyForAfter):
        answer(an, "after")
    pass_test(an, "nop-ho-so")
    assert offered(an) == "after"

    assert answer(an, "after", right(4), now=LATER).correct == 4
    assert stored(session) == [("after", "dich-vu-cong", 4, 5, LATER)]
    assert offered(an) is None


def test_before_and_after_stand_side_by_side(an, session):
    answer(an, answers=right(1))
    pass_course(an)
    answer(an, "after", RIGHT, now=LATER)

    assert [row[:3] for row in stored(session)] == [("before", "dich-vu-cong", 1), ("after", "dich-vu-cong", 5)]


def test_a_skill_completed_by_another_course_is_time_for_after(an):
    publish(make_files(slug="khoa-khac", lessons=("bai-mot",)))
    pass_test(an, "bai-mot", "khoa-khac")

    assert offered(an) == "after"


def test_a_course_without_such_questions_says_so(app, session):
    publish()
    an = learner_in(make_team())

    assert offered(an) is None
    with pytest.raises(skill_checks.NoSkillCheck):
        answer(an)


@pytest.mark.parametrize(("course", "moment"), [("khong-co", "before"), ("dich-vu-cong", "giua"), ("dich-vu-cong", "")])
def test_an_unknown_course_or_moment_is_not_found(an, course, moment):
    with pytest.raises(NotFound):
        answer(an, moment, course=course)


def test_after_a_withdrawn_yes_nothing_is_asked_and_nothing_kept(client, unit, session):
    publish(files_with_check())
    person, account = member_of(make_team(), "Lò Thị Mai")
    unit(lambda s: give_consent(s, person_id=person, purpose="learning", wording="…", means="thử", now=NOON))
    unit(lambda s: withdraw_consent(s, by=actor_of(account), purpose="learning", now=NOON))

    assert offered(actor_of(account)) is None
    with pytest.raises(ConsentWithdrawn):
        answer(actor_of(account))
    client.sign_in(account)
    client.get(PAGE, 409)
    client.post(PAGE, {"luc": "before"}, 409)
    assert stored(session) == []


def test_whoever_is_no_person_is_no_learner(an):
    with pytest.raises(NotALearner):
        answer(SYSTEM)
    assert offered(None) is None


def test_the_order_is_a_persons_own_and_stays(an):
    here = library.course_now(db_session(), "dich-vu-cong")

    def order(person_id):
        return [one.question.key for one in skill_checks.questions_for(db_session(), person_id, here)]

    assert order(an.person_id) == order(an.person_id)
    assert sorted(order(an.person_id)) == ["s1", "s2", "s3", "s4", "s5"]
    assert len({tuple(order(number)) for number in range(1, 20)}) > 5


def test_five_questions_stand_on_one_form_with_the_screen_to_tap_on(phone):
    page = phone.get(PAGE)

    assert page.h1 == "Thử sức trước khi học"
    assert "5 câu, không tính điểm vào kết quả" in page.text
    assert [h2.get_text() for h2 in page.soup.select("h2")] == [f"Câu {number}/5" for number in range(1, 6)]
    screen = page.soup.select_one(".tap img")
    assert phone.get(screen["src"]).response.mimetype == "image/svg+xml"
    assert len(page.soup.select("form .button--big")) == 1


def test_the_answers_are_sent_by_a_plain_form_and_read_in_the_persons_order(phone, an, session):
    form = phone.get(PAGE).form("thu-suc/")

    page = phone.send(form, follow=True, status=200, **fields_for(an, RIGHT))

    assert page.h1 == "Kết quả thử sức"
    assert stored(session)[0][2] == 5


def test_before_learning_nobody_is_told_what_was_right(phone, an):
    page = phone.send(phone.get(PAGE).form("thu-suc/"), follow=True, status=200, **fields_for(an, right(2)))

    assert "Trước khi học, anh/chị đúng 2 trên 5 câu." in page.text
    assert "2/5 câu đúng trước khi học" in page.text
    assert not [told for told in HELPS if told in page.text]
    assert "Không ai cả" not in page.text
    assert page.soup.select_one(".button--big")["href"] == "/khoa-hoc/dich-vu-cong/mot-cua/"


def test_after_learning_before_and_after_are_shown_with_help_and_cards(phone, an):
    answer(an, answers=right(1))
    pass_course(an)

    asked = phone.get(PAGE)
    assert asked.h1 == "Thử sức sau khi học"
    page = phone.send(asked.form("thu-suc/"), follow=True, status=200, **fields_for(an, right(2)))

    assert "Trước khi học anh/chị đúng 1 câu. Học xong đúng 2 câu." in page.text
    assert "đúng thêm 1 câu" in page.text
    assert [told in page.text for told in HELPS] == [False, False, True, True, True]
    links = [a["href"] for a in page.soup.select("li.card a")]
    assert sorted(links) == [
        "/khoa-hoc/dich-vu-cong/nop-ho-so/?the=1",
        "/khoa-hoc/dich-vu-cong/nop-ho-so/?the=1",
        "/khoa-hoc/dich-vu-cong/nop-ho-so/?the=3",
    ]
    for link in links:
        phone.get(link)


def test_after_alone_is_shown_alone(phone, an):
    pass_course(an)
    answer(an, "after", WRONG)

    page = phone.get(PAGE)

    assert "Học xong, anh/chị đúng 0 trên 5 câu." in page.text
    assert "trước khi học" not in page.text
    assert all(told in page.text for told in HELPS)


def test_all_right_after_learning_is_praised(phone, an):
    answer(an, answers=RIGHT)
    pass_course(an)
    answer(an, "after")

    assert "Anh/chị trả lời đúng hết." in phone.get(PAGE).text


def test_in_between_the_first_result_can_be_seen_again(phone, an):
    answer(an, answers=right(3))
    pass_test(an)

    assert "đúng 3 trên 5 câu" in phone.get(PAGE).text


def test_whoever_missed_before_is_told_when_after_will_come(phone, an):
    pass_test(an)

    page = phone.get(PAGE, 409)

    assert "lúc chưa đạt bài nào" in page.text
    assert "Kết quả học của anh/chị vẫn nguyên." in page.text
    assert "sau khi học" in page.text


def test_a_form_opened_before_and_sent_after_learning_is_not_taken_for_after(phone, an, session):
    form = phone.get(PAGE).form("thu-suc/")
    pass_course(an)

    phone.send(form, 409, **fields_for(an, RIGHT))

    assert stored(session) == []


def test_pressing_twice_leads_to_the_same_result(phone, an, session):
    form = phone.get(PAGE).form("thu-suc/")
    first = phone.send(form, **fields_for(an, right(2)))
    second = phone.send(form, **fields_for(an, RIGHT))

    assert first.location == second.location
    assert stored(session)[0][2] == 2


def test_what_was_wrong_is_told_by_the_questions_that_were_asked(phone, an):
    pass_course(an)
    answer(an, "after", WRONG)
    publish(files_with_check(CHECK.replace("Chỉ một cửa thôi.", "Lời khác.").replace("key: s2", "key: s9")), now=LATER)

    page = phone.get(PAGE)

    assert all(told in page.text for told in HELPS)
    assert "Lời khác." not in page.text


def test_a_stranger_is_asked_to_sign_in_and_an_unknown_course_is_not_found(an, client):
    client.get(PAGE, 303)
    client.sign_in(an.account_id).get("/khoa-hoc/khong-co/thu-suc/", 404)
    client.post("/khoa-hoc/khong-co/thu-suc/", {"luc": "before"}, 404)


def test_a_course_that_asks_nothing_answers_in_words(app, client):
    publish()
    client.sign_in(learner_in(make_team()).account_id)

    assert "chưa có câu hỏi thử sức" in client.get(PAGE, 404).text


@pytest.mark.parametrize("value", ["", "a" * 5000, "\x00", "1"])
def test_strange_answers_are_taken_calmly(phone, session, value):
    names = ["q-s1", "q-s2", "q-s3", "q-s4", "q-s5-1", "q-s5-2", "q-s5-3"]

    phone.post(PAGE, {"luc": "before", **dict.fromkeys(names, value)})

    assert stored(session)[0][2] == 0


def of_course_page(app, actor):
    """Return what the course page shows of it."""
    here = library.course_now(db_session(), "dich-vu-cong")
    check = skill_checks.check_for(db_session(), by=actor, now=here)
    db_session().rollback()
    with app.test_request_context():
        template = app.extensions["lms"].jinja.get_template("learning/_skill_check.html")
        return BeautifulSoup(template.render(course=here.course, check=check), "html.parser")


def test_the_course_page_offers_each_at_its_time(app, an):
    before = of_course_page(app, an)
    assert "Thử sức trước khi học: 5 câu, không tính điểm vào kết quả" in before.get_text()
    assert before.a["href"] == PAGE

    pass_test(an)
    assert of_course_page(app, an).get_text().strip() == ""

    pass_test(an, "nop-ho-so")
    assert "Thử sức sau khi học: 5 câu" in of_course_page(app, an).get_text()

    answer(an, "after")
    assert of_course_page(app, an).a.get_text() == "Xem kết quả thử sức"
    assert of_course_page(app, None).get_text().strip() == ""


def test_the_first_page_leads_to_after_until_it_is_answered(phone, an):
    def links():
        return [a["href"] for a in phone.get("/hoc/").soup.select("a[href$='/thu-suc/']")]

    assert links() == []
    pass_course(an)
    assert links() == [PAGE]
    answer(an, "after")
    assert links() == []
