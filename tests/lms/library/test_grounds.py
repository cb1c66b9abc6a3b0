"""Every fact a course rests on is shown with its source and its days, and found again when it is due."""

from datetime import date, timedelta

import pytest

from lms.library import grounds, queries
from tests.factories import officer, trainer
from tests.lms.library.curriculum import BODY, FACTS, SLUG, make_course, publish_course
from tests.lms.library.package import publish

PAGE = "/quan-ly/hoc-lieu/can-xem-lai"
TODAY = date(2026, 11, 21)


def keys(found):
    return [ground.fact.key for ground in found]


def test_each_fact_names_the_cards_and_questions_that_use_it(session):
    publish_course()

    (_, found), (_, none) = grounds.grounds_of(session, queries.course_now(session, SLUG))

    assert keys(found) == ["so-tinh", "gio-mo", "theo-luat"]
    assert none == ()
    assert [(use.card.title, use.place) for use in found[0].cards] == [
        ("Gọi đúng số", 1),
        ("Không đưa mã cho ai", 2),
    ]
    assert [use.key for use in found[0].questions] == ["p1", "t1"]
    assert found[1].questions == ()


def test_a_card_that_writes_a_facts_value_uses_it(session):
    publish_course()

    (_, found), _ = grounds.grounds_of(session, queries.course_now(session, SLUG))

    assert [use.card.title for use in found[1].cards] == ["Không đưa mã cho ai"]


def test_a_card_one_does_not_walk_through_has_no_place(session):
    publish_course(body=BODY.replace("{: .sheet}", '{: .sheet facts="theo-luat"}'))

    (_, found), _ = grounds.grounds_of(session, queries.course_now(session, SLUG))

    assert [(use.card.kind, use.place) for use in found[2].cards] == [("trap", 2), ("sheet", None)]


def test_a_fact_that_courses_share_comes_once_with_all_its_cards(session):
    publish_course()
    publish(make_course(slug="khoa-khac", title="Khóa khác"))

    found = grounds.grounds_now(session)

    assert keys(found) == ["so-tinh", "gio-mo", "theo-luat"]
    assert [use.course for use in found[0].cards] == [SLUG, SLUG, "khoa-khac", "khoa-khac"]
    assert [course for course, _, _ in found[0].lessons] == [SLUG, "khoa-khac"]


def test_the_same_key_with_another_text_is_another_fact(session):
    publish_course()
    other = [{**FACTS[0], "text": "Tỉnh có hai số."}, *FACTS[1:]]
    publish(make_course(slug="khoa-khac", title="Khóa khác", facts=other))

    assert keys(grounds.grounds_now(session)) == ["so-tinh", "gio-mo", "theo-luat", "so-tinh"]


def test_of_a_shared_fact_the_oldest_day_counts(session):
    publish_course()
    later = [{**FACTS[0], "checked": "2026-11-20", "review": "2027-12-20"}, *FACTS[1:]]
    publish(make_course(slug="a-khoa-khac", title="Khóa khác", facts=later))

    assert grounds.grounds_now(session)[0].fact.review == date(2026, 12, 20)


@pytest.mark.parametrize(
    ("today", "days", "expected"),
    [
        (date(2026, 11, 21), 28, []),
        (date(2026, 11, 21), 29, ["so-tinh"]),
        (date(2027, 1, 21), 30, ["so-tinh"]),
        (date(2027, 9, 15), 60, ["so-tinh", "theo-luat", "gio-mo"]),
    ],
)
def test_facts_past_their_day_or_soon_there_come_soonest_first(session, today, days, expected):
    publish_course()

    assert keys(grounds.due(grounds.grounds_now(session), today=today, days=days)) == expected


@pytest.fixture
def near(app):
    """A course with one fact past its day, one due in a week and one in a hundred days, whenever this runs."""
    from lms.clock import utc_now, vn_date

    today = vn_date(utc_now())

    def fact(at, days):
        checked = today - timedelta(days=200)
        return {**FACTS[at], "checked": checked.isoformat(), "review": (today + timedelta(days=days)).isoformat()}

    publish_course(facts=[fact(0, 7), fact(1, 100), fact(2, -3)])


def test_the_trainers_list_shows_what_is_due_and_what_hangs_on_it(near, client):
    page = client.sign_in(trainer()).get(PAGE)

    assert [h.get_text() for h in page.soup.select("h3")] == [
        "Không ai được hỏi mã OTP.",
        "Tỉnh có một số điện thoại chung.",
    ]
    assert "Quá hạn 3 ngày" in page.text
    assert "Còn 7 ngày" in page.text
    links = [a["href"] for a in page.soup.select("section a")]
    assert f"/khoa-hoc/{SLUG}/bao-viec/?the=2" in links
    assert f"/quan-ly/hoc-lieu/bai-moi?khoa={SLUG}&bai={SLUG}/bao-viec" in links
    assert "Dùng ở 2 thẻ, 2 câu hỏi" in page.text
    assert "Câu t1 : Chỉ có một cửa." in page.text


def test_the_trainer_chooses_how_far_to_look_ahead(near, client):
    client.sign_in(trainer())

    assert len(client.get(PAGE + "?trong=180").soup.select("h3")) == 3
    assert len(client.get(PAGE + "?trong=30").soup.select("h3")) == 2
    for strange in ("999", "x", "-1"):
        page = client.get(PAGE + f"?trong={strange}")
        assert page.soup.select_one("option[selected]")["value"] == "60"


def test_the_shelf_says_how_many_are_due(near, client):
    page = client.sign_in(officer()).get("/quan-ly/hoc-lieu/")

    assert "Thông tin cần xem lại 2" in page.text


def test_when_nothing_is_due_the_list_says_so(client):
    assert "Không có điều nào đến hạn" in client.sign_in(trainer()).get(PAGE).text
