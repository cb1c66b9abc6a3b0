"""A course as a whole: what it gives, what it rests on, how to spread it; open to anybody."""

from datetime import timedelta
from urllib.parse import urljoin

import pytest

from lms.clock import utc_now, vn_date
from lms.learning import course_pages
from lms.library.queries import deeper
from tests.factories import make_team
from tests.lms.learning.people import learner_in, pass_test
from tests.lms.library.curriculum import FACTS, LESSON, SLUG, make_course, publish_course, set_words
from tests.lms.library.package import publish

COURSE = f"/khoa-hoc/{SLUG}/"


def links(page):
    return [link["href"] for link in page.soup.select("main a")]


def test_a_course_shows_its_skill_its_lessons_and_what_can_be_done_with_it(client):
    publish_course()

    page = client.get(COURSE)

    assert "Học xong có kỹ năng: Dịch vụ công trực tuyến" in page.text
    assert "2 bài, chừng 20 phút" in page.text
    assert [line.get_text().split("\n")[0] for line in page.soup.select(".steps > li")] == [
        "Báo việc của xóm",
        "Hỏi lại cho chắc",
    ]
    assert {COURSE + "can-cu/", COURSE + "tuyen-truyen/"} <= set(links(page))


def test_a_course_without_messages_offers_none(client):
    publish()

    assert "tuyen-truyen" not in client.get("/khoa-hoc/dich-vu-cong/").data.decode()
    client.get("/khoa-hoc/dich-vu-cong/tuyen-truyen/", 404)


def test_a_learner_sees_on_the_course_what_is_passed(client):
    publish()
    actor = learner_in(make_team())
    pass_test(actor)

    assert "Đã đạt" in client.sign_in(actor.account_id).get("/khoa-hoc/dich-vu-cong/").text


@pytest.mark.parametrize("path", ["", "can-cu/", "tuyen-truyen/"])
def test_a_course_that_does_not_exist_has_no_pages(client, path):
    client.get(f"/khoa-hoc/khong-co/{path}", 404)
    client.get(f"/khoa-hoc/{'a' * 200}/{path}", 404)


def test_a_browser_that_has_a_page_of_the_course_is_not_sent_it_again(client):
    publish_course()
    for path in ("", "can-cu/", "tuyen-truyen/"):
        etag = client.get(COURSE + path).headers["ETag"]
        client.get(COURSE + path, 304, headers={"If-None-Match": etag})


def test_under_a_card_stands_when_its_provincial_facts_were_checked(client):
    """One line for all of them, with the oldest day; what the law says needs none."""
    publish_course()

    first, second = client.get(LESSON), client.get(LESSON + "?the=2")

    assert first.soup.select_one(".checked summary").get_text() == "Thông tin này kiểm tra ngày 10/11/2026."
    assert second.soup.select_one(".checked summary").get_text() == "Thông tin này kiểm tra ngày 05/11/2026."
    shown = second.soup.select_one(".checked").get_text()
    assert "Báo tỉnh" in shown
    assert "Trang của xã" in shown
    assert "Luật An ninh mạng" not in shown


def test_a_card_that_rests_on_no_provincial_fact_says_nothing_of_days(client):
    publish_course()

    assert client.get(LESSON + "?the=3").soup.select(".checked") == []
    assert client.get(f"/khoa-hoc/{SLUG}/hoi-lai/").soup.select(".checked") == []


def test_on_one_page_each_card_has_its_own_line(client):
    publish_course()

    assert len(client.get(LESSON + "?the=tat-ca").soup.select(".checked")) == 2


def test_the_grounds_of_a_course_name_source_mark_days_and_cards(client):
    publish_course()

    page = client.get(COURSE + "can-cu/")
    first, _, third = page.soup.select("article")

    assert [h.get_text() for h in page.soup.select("h2")] == ["Báo việc của xóm"]
    assert "Nguồn: Báo tỉnh. báo chí, trang địa phương" in " ".join(first.get_text().split())
    assert "Kiểm tra ngày 10/11/2026. Xem lại ngày 20/12/2026." in first.get_text()
    assert [a["href"] for a in first.select("a")] == [LESSON + "?the=1", LESSON + "?the=2"]
    assert "văn bản chính thức" in third.get_text()


def test_a_lesson_leads_to_the_grounds_of_its_course(client):
    publish_course()

    assert COURSE + "can-cu/" in links(client.get(LESSON))


def test_what_is_due_carries_a_calm_notice(client):
    today = vn_date(utc_now())
    old = {
        **FACTS[0],
        "checked": (today - timedelta(days=400)).isoformat(),
        "review": (today - timedelta(days=1)).isoformat(),
    }
    publish_course(facts=[old, *FACTS[1:]])

    notices = client.get(COURSE + "can-cu/").soup.select("article .notice")

    assert len(notices) == 1
    assert "hỏi lại nơi chính thức" in notices[0].get_text()


def test_a_course_without_facts_says_so(client):
    body = "## Một thẻ\nChữ.\n\n## Hướng dẫn lại\n{: .teach}\n1. Làm.\n\n## Phiếu\n{: .sheet}\n1. Làm.\n"
    files = make_course(facts=[], body=body)
    files["questions/01-bao-viec.yml"] = files["questions/02-hoi-lai.yml"]
    publish(files)

    assert "chưa ghi căn cứ" in client.get(COURSE + "can-cu/").text


def test_the_script_is_read_in_large_type_with_its_length(client):
    publish_course()

    page = client.get(COURSE + "tuyen-truyen/")

    assert "chừng 3 phút" in page.text
    assert page.soup.select_one(".read-aloud h3").get_text() == "Bà con nghe nhé"
    assert "Xin gọi số tổng đài tỉnh đã công bố." in page.text


def test_the_message_carries_the_courses_public_address_and_says_its_length(client):
    publish_course()

    page = client.get(COURSE + "tuyen-truyen/")
    message = page.soup.find("textarea")

    assert message.has_attr("readonly")
    expected = f"Bà con gọi số tổng đài tỉnh đã công bố nhé. Xem ở đây: https://hoc.example.vn{COURSE}"
    assert message.get_text() == expected
    assert f"{len(expected)} ký tự, trong mức {course_pages.LONGEST_MESSAGE}" in page.text
    assert page.soup.select_one("[data-copy]")["data-copy"] == message["id"]


def test_script_and_message_speak_the_provinces_words_and_never_as_markup(client):
    publish_course()
    make_team()
    set_words({"duong-day-nong": "*1022* <i>[x](https://lua.example)</i>"})

    page = client.get(COURSE + "tuyen-truyen/")

    assert "Xin gọi *1022* <i>[x](https://lua.example)</i>." in page.text
    assert page.soup.select(".read-aloud a, .read-aloud em, .read-aloud i") == []
    assert "*1022* <i>" in page.soup.find("textarea").get_text()


def test_a_course_with_only_a_message_shows_only_that(client):
    files = make_course(title="Chỉ có tin nhắn")
    del files["loudspeaker.md"]
    publish(files)

    page = client.get(COURSE + "tuyen-truyen/")

    assert [h.get_text() for h in page.soup.select("h2")] == ["Tin gửi nhóm Zalo"]


def test_links_to_sister_lessons_lead_there_from_every_page(client):
    publish_course()
    target = f"/khoa-hoc/{SLUG}/hoi-lai/"

    for path in ("", "?the=tat-ca", "huong-dan-lai/"):
        page = client.get(LESSON + path)
        link = page.soup.find("a", string="bài thứ hai")
        assert urljoin(LESSON + path, link["href"]) == target, path


def test_on_a_deeper_page_pictures_and_lessons_lie_one_step_further_up():
    assert deeper('<img src="../media/a.svg"> <a href="../hai/">') == (
        '<img src="../../media/a.svg"> <a href="../../hai/">'
    )


def test_showing_to_a_room_is_offered_where_the_lesson_ends(client):
    publish_course()

    assert "Chiếu cho cả lớp" not in client.get(LESSON).text
    assert "Chiếu cho cả lớp" in client.get(LESSON + "?the=3").text
