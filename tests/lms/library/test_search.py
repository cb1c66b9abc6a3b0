"""What courses teach is found without accents, best first, and no typed sign means anything special."""

import pytest
from sqlalchemy import delete, event, func, select

from lms.library import queries, search
from lms.library.models import SearchEntry
from lms.rooms import index_missing
from tests.factories import make_team
from tests.lms.library.curriculum import BODY, SLUG, make_course, publish_course, set_words
from tests.lms.library.package import make_files, publish

LESSON = f"/khoa-hoc/{SLUG}/bao-viec/"


def look(session, typed):
    return search.search(session, typed, words_of=lambda course: {})


def titles(session, typed):
    return ["".join(piece.text for piece in hit.title) for hit in look(session, typed).hits]


@pytest.mark.parametrize("typed", ["lừa đảo", "lua dao", "LỪA ĐẢO", "  lua   dao ", "lu\u031b\u0300a đảo", "đảo, lừa!"])
def test_accents_and_case_do_not_count(session, typed):
    publish_course()

    assert titles(session, typed) == ["Không đưa mã cho ai"]


def test_every_word_must_occur(session):
    publish_course()

    assert titles(session, "ma otp") == ["Không đưa mã cho ai"]
    assert look(session, "otp den").hits == ()


def test_whole_words_come_before_beginnings(session):
    publish_course()

    assert titles(session, "may") == ["Hỏi lại nơi chính thức"]
    assert titles(session, "chinh thu") == ["Hỏi lại nơi chính thức"]


@pytest.mark.parametrize("typed", ["lua dap", "luaw dao", "lwa dao", "ula dao", "otpp"])
def test_one_wrong_letter_still_finds_something(session, typed):
    publish_course()

    found = look(session, typed)

    assert found.is_near
    assert "Không đưa mã cho ai" in titles(session, typed)


@pytest.mark.parametrize("typed", ["", "   ", "...", "xyzzyx", "lua xyzzyx", "q"])
def test_nothing_is_found_where_there_is_nothing(session, typed):
    publish_course()

    assert look(session, typed).hits == ()


def test_a_title_counts_before_a_text_and_a_phrase_before_its_words(session):
    publish(
        make_course(
            body="""## Chữ thứ nhất
Mã của mình, đưa ai cũng không nên.

## Chữ thứ hai
Nhớ: đưa mã là mất.

## Mã thì chớ đưa
Không.

## Đưa mã cho ai
Không.

## Hướng dẫn lại
{: .teach}
1. Làm.

## Phiếu
{: .sheet}
1. Làm.
"""
        )
    )

    assert titles(session, "đưa mã") == ["Đưa mã cho ai", "Mã thì chớ đưa", "Chữ thứ hai", "Chữ thứ nhất"]


@pytest.mark.parametrize("typed", ["%", "_", "%%%", "o_p", "ot%", "m_a", "\\", "'; --", "ma*"])
def test_no_sign_means_anything_special(session, typed):
    publish(make_course(body=BODY.replace("Giảm 100% nỗi lo.", "Xong.")))

    found = [title for title in titles(session, typed) if not look(session, typed).is_near]

    assert found == [] or typed == "ma*"


def test_a_percent_sign_is_a_letter_like_any_other(session):
    publish_course()

    assert titles(session, "100%") == ["Thử xem"]
    assert titles(session, "%") == ["Thử xem"]
    assert titles(session, "100") == ["Thử xem"]


def test_courses_and_lessons_are_found_by_their_own_words(session):
    publish_course()

    assert titles(session, "nền tảng số") == ["Nền tảng số ở địa phương"]
    assert titles(session, "hỏi lại cho chắc")[0] == "Hỏi lại cho chắc"


def test_only_current_versions_are_searched(session):
    publish_course()
    assert titles(session, "den hong") == ["Gọi đúng số"]

    publish(make_course(body=BODY.replace("khi đèn hỏng", "khi đường hư")))

    assert titles(session, "den hong") == []
    assert titles(session, "duong hu") == ["Gọi đúng số"]


def test_publishing_stores_what_search_needs(session):
    version_id = publish_course()

    rows = session.execute(
        select(SearchEntry.lesson_slug, SearchEntry.card, SearchEntry.title).order_by(
            SearchEntry.lesson_slug, SearchEntry.card
        )
    ).all()

    assert [tuple(row) for row in rows] == [
        ("bao-viec", 0, "Báo việc của xóm"),
        ("bao-viec", 1, "Gọi đúng số"),
        ("bao-viec", 2, "Không đưa mã cho ai"),
        ("bao-viec", 3, "Thử xem"),
        ("hoi-lai", 0, "Hỏi lại cho chắc"),
        ("hoi-lai", 1, "Hỏi lại nơi chính thức"),
    ]
    text = session.get(SearchEntry, (version_id, "bao-viec", 2))
    assert text.text == "Kẻ lừa đảo hay hỏi mã OTP. Gõ 7 giờ rồi mới hỏi."
    assert text.fold == " khong dua ma cho ai \n ke lua dao hay hoi ma otp go 7 gio roi moi hoi "


def test_a_version_from_before_search_gets_its_entries_once(session, unit):
    publish(make_files(title=f"Khóa đã phát hành từ trước trên {session.get_bind().dialect.name}"))
    unit(lambda s: s.execute(delete(SearchEntry)))
    assert look(session, "otp").hits == ()

    for _ in range(2):
        unit(index_missing)

    assert look(session, "otp").total == 2
    assert session.scalar(select(func.count()).select_from(SearchEntry)) == 8


def test_what_was_typed_is_bounded(session):
    publish_course()

    assert look(session, "lừa đảo " + "x" * 5000).hits == ()
    assert look(session, "ma " * 4000).total > 0


@pytest.mark.parametrize("typed", ["lua dao", "ma", "lua dap", "xyzzyx"])
def test_a_search_asks_twice_at_most_however_much_there_is(session, typed):
    """Once which versions are current, once for the texts of what is shown; the rest is kept in the process."""
    publish_course()
    publish()
    look(session, typed)
    asked = []

    def note(_connection, _cursor, statement, *_more):
        asked.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    look(session, typed)
    event.remove(session.get_bind(), "before_cursor_execute", note)

    assert len(asked) <= 2


def test_the_page_shows_where_a_card_stands_and_marks_what_was_typed(client):
    publish_course()

    page = client.get("/tim/?q=lua+dao")

    assert page.soup.select_one(".found a")["href"] == LESSON + "?the=2"
    assert "Nền tảng số ở địa phương › Báo việc của xóm" in page.text
    assert [mark.get_text() for mark in page.soup.select("mark")] == ["lừa", "đảo"]
    assert page.soup.find(id="q")["value"] == "lua dao"


def test_a_snippet_speaks_the_readers_provinces_words(client):
    publish_course()
    make_team()
    set_words({"duong-day-nong": "<1022>"})

    page = client.get("/tim/?q=đèn+hỏng")

    assert "Gọi <1022> khi đèn hỏng." in page.soup.select_one(".found").get_text()
    assert "{tinh." not in page.text


def test_a_long_text_is_cut_around_what_was_typed(session):
    publish(make_course(body=BODY.replace("Kẻ lừa đảo", "Lời dài " * 60 + "kẻ lừa đảo" + " lời sau" * 60)))

    (hit,) = look(session, "lừa đảo").hits
    shown = "".join(piece.text for piece in hit.snippet)

    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown.split()) < 40
    assert [piece.text for piece in hit.snippet if piece.is_found] == ["lừa", "đảo"]


def test_what_was_typed_is_never_html(client):
    publish_course()

    page = client.get("/tim/?q=<script>alert(1)</script>")

    assert page.soup.select("main script") == []
    assert "Chưa thấy bài nào" in page.text


def test_nothing_found_leads_on(client):
    publish_course()

    page = client.get("/tim/?q=xyzzyx")

    assert "Hãy thử gõ ít chữ hơn" in page.text
    assert client.get("/tim/").soup.select("main h2") == []


def test_the_list_of_courses_has_a_search_box(client):
    publish_course()

    form = client.get("/khoa-hoc/").form("/tim/")

    assert form.find("input", attrs={"name": "q"})


def test_the_frameworks_number_and_word_the_same_skills_in_their_own_way(client):
    publish_course()

    page = client.get("/khung-ky-nang/")

    rows = [[cell.get_text().strip() for cell in row.select("td, th")] for row in page.soup.select("tbody tr")]
    assert rows == [
        ["1", "Sử dụng dịch vụ công trực tuyến", "Nền tảng số ở địa phương"],
        ["3", "Thanh toán không dùng tiền mặt", "Chưa có khóa"],
    ]
    assert client.get("/khoa-hoc/").soup.find("a", href="/khung-ky-nang/")


def test_current_courses_are_listed_with_lessons_minutes_and_skill(client, session):
    publish_course()

    assert "2 bài, chừng 20 phút. Kỹ năng: Dịch vụ công trực tuyến." in client.get("/khoa-hoc/").text
    assert queries.frameworks(session)[0].lines[0].number == 1
