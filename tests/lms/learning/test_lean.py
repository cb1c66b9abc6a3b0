"""The hot pages stay lean: how many statements they may ask of the database, never how long."""

import json

import pytest

from tests.factories import make_team
from tests.lms.learning.people import answer, learner_in, start
from tests.lms.library.curriculum import SLUG, publish_course, set_words
from tests.lms.library.package import publish

LESSON = "/khoa-hoc/dich-vu-cong/mot-cua/"


@pytest.fixture
def phone(client):
    publish()
    actor = learner_in(make_team())
    browser = client.sign_in(actor.account_id)
    browser.actor = actor
    return browser


def test_a_lesson_with_ones_own_state_asks_twice(phone, asked):
    """Once who it is, once which version is current and how far this person is."""
    phone.get(LESSON)
    asked.clear()

    phone.get(LESSON)

    assert len(asked) == 2


def test_a_stranger_reading_a_lesson_asks_once(phone, asked):
    phone.get(LESSON)
    phone.sign_out()
    asked.clear()

    phone.get(LESSON)

    assert len(asked) == 1


def test_saving_an_answer_is_one_statement_after_asking_who_it_is(phone, asked):
    attempt_id = start(phone.actor)
    answer(phone.actor, attempt_id, "t2", "a", seq=1)
    token = phone.csrf()
    body = {"attempt": attempt_id, "question": "t2", "seq": 2, "fields": {"q-t2": ["b"]}}
    asked.clear()

    reply = phone.browser.post(
        LESSON + "kiem-tra/tra-loi",
        data=json.dumps(body),
        content_type="application/json",
        headers={"X-CSRFToken": token, "X-Requested-With": "fetch"},
    )

    assert reply.json["saved"]
    assert len(asked) == 2
    assert asked[-1].startswith("INSERT INTO lms_answers")


def test_the_first_page_asks_no_more_however_many_lessons_there_are(phone, asked):
    phone.get("/hoc/")
    asked.clear()

    phone.get("/hoc/")

    assert len(asked) <= 5


def test_the_first_lesson_screen_is_light(phone):
    page = phone.get(LESSON)

    assert len(page.data) < 10_000
    assert len(page.soup.select("script[src]")) == 0


def test_a_lesson_with_places_for_a_provinces_words_asks_once_more(phone, asked):
    """Courses without such places ask nothing for them, as the tests above show."""
    publish_course()
    set_words({"duong-day-nong": "1022"})
    path = f"/khoa-hoc/{SLUG}/bao-viec/"
    phone.get(path)
    asked.clear()

    page = phone.get(path)

    assert "Gọi 1022 khi" in page.text
    assert len(asked) == 3


def test_a_lesson_of_that_course_without_places_asks_no_more_than_others(phone, asked):
    publish_course()
    path = f"/khoa-hoc/{SLUG}/hoi-lai/"
    phone.get(path)
    asked.clear()

    phone.get(path)

    assert len(asked) == 2
