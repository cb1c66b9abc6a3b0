"""A province's own words stand where lessons leave a place for them; nobody else's, and never as HTML."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.errors import NotFound
from lms.journal.models import JournalEntry
from lms.library import drafts, local_words, queries
from lms.library.models import LocalValue
from tests.factories import (
    HAC_THANH,
    NOON,
    THANH_HOA,
    account_id_of,
    actor_of,
    clerk,
    make_person,
    make_team,
    member_of,
    officer,
    trainer,
)
from tests.lms.library.curriculum import LESSON, SLUG, publish_course, set_words
from tests.lms.library.package import publish

HA_NOI, BA_DINH = "01", "00004"
PAGE = "/quan-ly/hoc-lieu/loi-cua-tinh"
FALLBACK = "số tổng đài tỉnh đã công bố"


def words(session, province):
    return local_words.words_for(session, province, queries.course_now(session, SLUG).course)


def test_until_a_province_has_set_words_the_course_says_its_own(session):
    publish_course()

    assert words(session, THANH_HOA) == {"duong-day-nong": FALLBACK, "ung-dung": "ứng dụng của tỉnh"}
    assert words(session, None) == words(session, THANH_HOA)


def test_a_provinces_words_are_its_own(session):
    publish_course()
    set_words({"duong-day-nong": "1900 1234"})
    set_words({"duong-day-nong": "1022"}, HA_NOI)

    assert words(session, THANH_HOA)["duong-day-nong"] == "1900 1234"
    assert words(session, HA_NOI)["duong-day-nong"] == "1022"


def test_empty_words_lead_back_to_the_courses_own(session):
    publish_course()
    by = actor_of(officer())
    set_words({"duong-day-nong": "1900 1234"}, by=by)

    assert set_words({"duong-day-nong": "  "}, by=by) == ["duong-day-nong"]

    assert words(session, THANH_HOA)["duong-day-nong"] == FALLBACK
    assert session.scalars(select(LocalValue)).all() == []


def test_words_are_kept_composed_and_without_hidden_signs(session):
    publish_course()

    set_words({"ung-dung": "  Ho\u0302\u0300n\tsố\u202e\x07 "})

    assert words(session, THANH_HOA)["ung-dung"] == "Hồn số"


def test_words_longer_than_a_line_are_refused_and_nothing_is_stored(session):
    publish_course()

    with pytest.raises(local_words.WordsTooLong) as refusal:
        set_words({"duong-day-nong": "1022", "ung-dung": "a" * 201})

    assert refusal.value.key == "ung-dung"
    assert "Tên ứng dụng của tỉnh" in refusal.value.sentence
    assert session.scalars(select(LocalValue)).all() == []


def test_the_longest_words_are_kept(session):
    publish_course()

    set_words({"ung-dung": "ă" * 200})

    assert words(session, THANH_HOA)["ung-dung"] == "ă" * 200


def test_a_key_no_course_has_is_left_alone(session):
    publish_course()

    assert set_words({"khong-co": "gì đó"}) == []
    assert session.scalars(select(LocalValue)).all() == []


def test_who_set_which_words_is_journalled_once(session):
    publish_course()
    by = actor_of(officer())
    set_words({"duong-day-nong": "1022"}, by=by)
    set_words({"duong-day-nong": "1022"}, by=by)

    entries = session.scalars(select(JournalEntry).where(JournalEntry.verb == "set_local_words")).all()

    assert [(entry.actor_id, entry.area_code, entry.detail) for entry in entries] == [
        (by.account_id, THANH_HOA, {"before": {"duong-day-nong": ""}, "after": {"duong-day-nong": "1022"}})
    ]


@pytest.mark.parametrize("who", ["trainer", "clerk", "far"])
def test_only_the_provinces_own_officer_sets_its_words(session, who):
    publish_course()
    by = {"trainer": trainer, "clerk": clerk, "far": lambda: officer(HA_NOI)}[who]()

    with pytest.raises(NotFound):
        set_words({"duong-day-nong": "1022"}, THANH_HOA, by=actor_of(by))


def test_the_database_keeps_no_empty_words(session, unit):
    with pytest.raises(IntegrityError):
        unit(lambda s: s.add(LocalValue(province_code=THANH_HOA, key="ung-dung", text="", set_at=NOON, set_by_id=1)))


def test_words_are_escaped_and_no_place_is_left_open():
    html = local_words.filled("<p>{tinh.a} và {tinh.b}, {tinh.Lạ}</p>", {"a": '<b>"1022"</b> & {tinh.b}'})

    assert html == (
        "<p>&lt;b&gt;&quot;1022&quot;&lt;/b&gt; &amp; {tinh.b} và nơi địa phương công bố, nơi địa phương công bố</p>"
    )


def test_a_course_without_places_asks_the_database_nothing(session):
    publish()
    here = queries.lesson_now(session, "dich-vu-cong", "mot-cua")

    assert local_words.words_for(None, THANH_HOA, here.course) == {}
    assert local_words.words_for_reader(None, None, here) == {}


def test_a_lesson_without_places_asks_the_database_nothing(session):
    publish_course()
    here = queries.lesson_now(session, SLUG, "hoi-lai")

    assert local_words.words_for_reader(None, None, here) == {}


def test_whose_words_one_reads(session):
    """Of one's team's province, else of one's task's; without either, of the only province there is."""
    publish_course()
    member = actor_of(member_of(make_team(), "Tổ viên")[1])
    of = local_words.province_of

    assert of(session, member) == THANH_HOA
    assert of(session, actor_of(clerk(HAC_THANH))) == THANH_HOA
    assert of(session, actor_of(trainer(HA_NOI))) == HA_NOI
    assert of(session, actor_of(account_id_of(make_person()))) is None
    assert of(session, None) is None


def test_a_stranger_reads_the_words_of_the_only_province_here(session, unit):
    publish_course()
    make_team()
    set_words({"duong-day-nong": "1900 1234"})
    assert local_words.province_of(session, None) == THANH_HOA

    make_team("Tổ ở Hà Nội", BA_DINH)
    session.rollback()
    assert local_words.province_of(session, None) is None


def test_a_stranger_reads_the_courses_own_words_where_two_provinces_have_set_theirs(session):
    publish_course()
    set_words({"duong-day-nong": "1900 1234"})
    set_words({"duong-day-nong": "1022"}, HA_NOI)

    assert local_words.province_of(session, None) is None


@pytest.mark.parametrize("path", ["", "?the=tat-ca", "huong-dan-lai/", "phieu/"])
def test_every_page_of_a_lesson_shows_the_provinces_words(client, path):
    publish_course()
    make_team()
    assert FALLBACK in client.get(LESSON + path).text

    set_words({"duong-day-nong": "<b>1022</b> & 'gọi'"})
    page = client.get(LESSON + path)

    assert "<b>1022</b> & 'gọi'" in page.text
    assert "{tinh." not in page.data.decode()


def test_readers_of_two_provinces_meet_their_own_words_on_the_same_card(client):
    """A card is kept ready-made in the process; the words are part of what it is kept under."""
    publish_course()
    set_words({"duong-day-nong": "1900 1234"})
    set_words({"duong-day-nong": "1022"}, HA_NOI)
    here = member_of(make_team(), "Người Thanh Hóa")[1]
    there = member_of(make_team("Tổ 2", BA_DINH), "Người Hà Nội")[1]

    for _ in range(2):
        assert "Gọi 1900 1234 khi" in client.sign_in(here).get(LESSON).text
        assert "Gọi 1022 khi" in client.sign_in(there).get(LESSON).text
        client.sign_out()
        assert f"Gọi {FALLBACK} khi" in client.get(LESSON).text


def test_new_words_reach_a_reader_who_has_the_old_page(client):
    publish_course()
    etag = client.get(LESSON).headers["ETag"]
    client.get(LESSON, 304, headers={"If-None-Match": etag})
    set_words({"duong-day-nong": "1022"})

    assert "Gọi 1022 khi" in client.get(LESSON, headers={"If-None-Match": etag}).text


def test_an_officer_fills_in_all_places_on_one_page(client, session):
    publish_course()
    client.sign_in(officer())
    page = client.get(PAGE)

    assert page.h1 == "Lời riêng của tỉnh Thanh Hoá"
    labels = [label.get_text() for label in page.soup.select("form.stack label")]
    assert labels == ["Số đường dây nóng của tỉnh", "Tên ứng dụng của tỉnh"]
    assert f"Để trống thì bài ghi: “{FALLBACK}”" in page.text
    assert "Báo việc của xóm" in page.text
    assert "Dùng ở 1 bài và lời tuyên truyền của 1 khóa" in page.text

    saved = client.send(page.form("loi-cua-tinh"), follow=True, status=200, **{"loi-duong-day-nong": "1022"})

    assert "Đã lưu 1 mục." in saved.text
    assert saved.soup.find(id="loi-duong-day-nong")["value"] == "1022"
    assert words(session, THANH_HOA)["duong-day-nong"] == "1022"


def test_what_was_typed_is_kept_when_it_is_too_long(client):
    publish_course()
    client.sign_in(officer())
    form = client.get(PAGE).form("loi-cua-tinh")

    page = client.send(form, 422, **{"loi-duong-day-nong": "1022", "loi-ung-dung": "b" * 300})

    assert "Chưa lưu gì" in page.text
    assert page.soup.find(id="loi-duong-day-nong")["value"] == "1022"
    assert page.soup.select_one(".field--bad input")["id"] == "loi-ung-dung"


def test_a_trainer_looks_but_writes_nothing(client, session):
    publish_course()
    set_words({"duong-day-nong": "1022"})
    client.sign_in(trainer())

    page = client.get(PAGE)

    assert "1022" in page.text
    assert page.soup.select("main form") == []
    client.post(PAGE, {"tinh": THANH_HOA, "loi-duong-day-nong": "113"}, 403)
    assert words(session, THANH_HOA)["duong-day-nong"] == "1022"


def test_another_provinces_words_are_not_found(client):
    publish_course()
    client.sign_in(officer())

    client.get(PAGE + f"?tinh={HA_NOI}", 404)
    client.post(PAGE, {"tinh": HA_NOI, "loi-ung-dung": "x"}, 404)


def test_without_places_the_page_says_so(client):
    publish()

    assert "không có chỗ nào" in client.sign_in(officer()).get(PAGE).text


def test_a_trainers_preview_speaks_the_provinces_words_too(client, unit):
    publish_course()
    set_words({"duong-day-nong": "1022"})
    account = trainer()
    draft_id = unit(
        lambda s: (
            drafts.start_draft(
                s, by=actor_of(account), course=SLUG, title="", lesson="bao-viec", upload=None, now=NOON
            ).id
        )
    )

    page = client.sign_in(account).get(f"/quan-ly/hoc-lieu/{draft_id}/xem-thu")

    assert "Gọi 1022 khi" in page.text
    assert "{tinh." not in page.text
    assert page.soup.find("a", string="bài thứ hai")["href"] == f"/khoa-hoc/{SLUG}/hoi-lai/"
