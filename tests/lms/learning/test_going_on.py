"""Where "Học tiếp" leads: on in the course read last, else to the first that is not finished."""

from datetime import timedelta

import pytest

from lms.db import in_unit
from lms.learning.rules import see_card
from tests.factories import NOON, make_team
from tests.lms.learning.people import learner_in, pass_course, pass_test
from tests.lms.library.package import make_files, publish

FIRST, SECOND = "dich-vu-cong", "thanh-toan"
LESSONS = ("mot-cua", "nop-ho-so")


@pytest.fixture
def an(app):
    publish(make_files(slug=FIRST))
    publish(make_files(slug=SECOND, skills=("thanh-toan",), title="Thanh toán"))
    return learner_in(make_team())


def read(actor, course, lesson="mot-cua", card=2, hours=0):
    at = NOON + timedelta(hours=hours)
    in_unit(lambda s: see_card(s, by=actor, course=course, lesson=lesson, card=card, now=at))


def leads_to(client, actor):
    return client.sign_in(actor.account_id).get("/hoc/").soup.select_one(".button--big")["href"]


def test_whoever_has_read_nothing_begins_with_the_first_course(an, client):
    assert leads_to(client, an) == f"/khoa-hoc/{FIRST}/mot-cua/?the=1"


def test_it_leads_to_the_course_read_last(an, client):
    read(an, FIRST, hours=1)
    read(an, SECOND, hours=2)
    assert leads_to(client, an) == f"/khoa-hoc/{SECOND}/mot-cua/?the=2"

    read(an, FIRST, "nop-ho-so", 1, hours=3)
    assert leads_to(client, an) == f"/khoa-hoc/{FIRST}/mot-cua/?the=2"


def test_the_only_course_begun_comes_before_the_first(an, client):
    read(an, SECOND)

    assert leads_to(client, an) == f"/khoa-hoc/{SECOND}/mot-cua/?the=2"


def test_a_finished_course_no_longer_leads_on(an, client):
    read(an, SECOND, hours=1)
    pass_course(an, LESSONS, SECOND, NOON + timedelta(hours=2))

    assert leads_to(client, an) == f"/khoa-hoc/{FIRST}/mot-cua/?the=1"


def test_of_several_finished_ones_the_unfinished_read_last_counts(an, client):
    publish(make_files(slug="khoa-ba", lessons=("bai-mot",), skills=("thanh-toan",)))
    read(an, FIRST, hours=1)
    read(an, SECOND, hours=5)
    pass_course(an, LESSONS, SECOND, NOON + timedelta(hours=6))

    assert leads_to(client, an) == f"/khoa-hoc/{FIRST}/mot-cua/?the=2"


def test_within_the_course_it_leads_to_the_first_lesson_not_passed(an, client):
    read(an, SECOND, card=3, hours=1)
    pass_test(an, "mot-cua", SECOND, NOON + timedelta(hours=2))

    assert leads_to(client, an) == f"/khoa-hoc/{SECOND}/nop-ho-so/?the=1"
