"""A trainer's upload becomes a course like any other."""

import pytest

from courses import (
    LessonPart,
    as_cards,
    check_files,
    digest,
    drop_lesson,
    files_from_parts,
    lesson_part,
    load_files,
    put_lesson,
    split_upload,
)
from courses.packing import read_zip, write_zip

COURSE = {
    "slug": "bai-cua-toi",
    "title": "Bài của tôi: số “0914”",
    "summary": "Một bài ngắn.",
    "audience": "Tổ viên",
    "skills": ["dich-vu-cong"],
    "minutes": 10,
    "license": "CC BY 4.0",
    "authors": ["Trần Văn Lượng"],
}
BANK = [
    {"key": "t1", "kind": "truefalse", "text": "Đúng?", "right": True, "help": "Có.", "card": 1},
    {"key": "t2", "kind": "short", "text": "Số?", "accept": ["0368"], "help": "Xem.", "card": 1},
]


@pytest.fixture
def part():
    """A lesson as a trainer's form gives it."""
    front = {"title": "No", "minutes": 5, "goal": "Biết.", "test": {"draw": 2, "pass": 50}}
    return LessonPart("bai-moi", front, as_cards("Mở máy lên.", "Mở máy"), BANK)


def test_parts_become_a_course_without_faults(part, today):
    files = files_from_parts(COURSE, [part], {})

    package = load_files(files, today=today)

    assert package.title == COURSE["title"]
    assert package.lessons[0].title == "No"
    assert package.lessons[0].question("t2").accept == ("0368",)
    assert package.rule.required == ("bai-moi",)
    assert read_zip(write_zip(files)) == files


def test_a_trainers_lesson_meets_the_same_checks(part, today):
    broken = LessonPart("bai-moi", part.front, "## Một thẻ\n<b>đậm</b>", BANK[:1])

    messages = [f.message for f in check_files(files_from_parts(COURSE, [broken], {}), today=today)]

    assert "Không viết mã HTML trong bài. Hãy bỏ dấu < >." in messages
    assert any("ít hơn 2 câu" in message for message in messages)


def test_an_added_lesson_comes_last_and_is_required(files, part, today):
    package = load_files(put_lesson(files, part), today=today)

    assert [lesson.stem for lesson in package.lessons][-1] == "03-bai-moi"
    assert package.rule.required == ("mat-khau", "bai-moi")


def test_an_added_lesson_may_stay_outside_the_rule(files, part, today):
    package = load_files(put_lesson(files, part, required=False), today=today)

    assert package.rule.required == ("mat-khau",)


def test_a_replaced_lesson_keeps_its_number_and_its_place_in_the_rule(files, part, today):
    new = LessonPart("mat-khau", part.front, part.body, BANK)

    package = load_files(put_lesson(files, new), today=today)

    assert [lesson.stem for lesson in package.lessons] == ["01-mat-khau", "02-tin-nhan-la"]
    assert package.lesson("mat-khau").title == "No"
    assert package.rule.required == ("mat-khau",)


def test_making_the_next_version_leaves_the_last_one_alone(files, part):
    before = digest(files)

    after = put_lesson(files, part)

    assert digest(files) == before != digest(after)


def test_pictures_come_with_the_lesson_and_go_with_it(files, part, today):
    picture = files["media/o-khoa.svg"]
    body = part.body.replace("Mở máy lên.", "![Máy](media/may.svg)")
    with_picture = LessonPart("bai-moi", part.front, body, BANK, media={"may.svg": picture})

    added = put_lesson(files, with_picture)

    assert {media.name for media in load_files(added, today=today).media} == {
        "o-khoa.svg",
        "may.svg",
    }
    assert "media/may.svg" not in drop_lesson(added, "bai-moi")


def test_a_dropped_lesson_leaves_the_rule_too(files, part, today):
    package = load_files(drop_lesson(put_lesson(files, part), "mat-khau"), today=today)

    assert [lesson.slug for lesson in package.lessons] == ["tin-nhan-la", "bai-moi"]
    assert package.rule.required == ("bai-moi",)


def test_taking_a_lesson_apart_and_putting_it_back_changes_nothing_taught(files, today):
    part = lesson_part(files, "mat-khau")

    again = load_files(put_lesson(files, part), today=today)

    assert again.lessons == load_files(files, today=today).lessons


def test_a_plain_document_becomes_cards():
    text = "# Tên tài liệu\n\n## Một\nÝ một.\n\n### Nhỏ\n\n## Hai\nÝ hai."

    cards = as_cards(text, "Bài")

    assert cards.startswith("## Một\nÝ một.\n\n### Nhỏ\n\n## Hai\nÝ hai.")
    assert "{: .teach}" in cards
    assert "1. Một\n2. Hai" in cards


def test_cards_stay_as_they_are(files):
    _, body = split_upload(files["lessons/01-mat-khau.md"].decode())

    assert as_cards(body, "Bài") == body


def test_front_matter_that_cannot_be_read_is_left_out():
    front, body = split_upload("---\na: &x [*x\n---\n## Một\nÝ.")

    assert front == {}
    assert body == "## Một\nÝ.\n"


def test_a_document_of_blank_lines_becomes_cards_too():
    cards = as_cards("a\n" + "\n## \n" * 50_000 + "b", "Bài")

    assert cards.startswith("## Bài\na")
