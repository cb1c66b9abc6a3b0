"""Facts: written once, filled in wherever they are referred to, taken along by the courses that use them."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses import (
    check_path,
    check_paths,
    digest,
    examine,
    load_files,
    load_folder,
    package_to_data,
    read_folder,
    read_zip,
    write_zip,
)
from courses.facts import as_shown, written_out
from tests.courses.conftest import TODAY, tells_how_to_mend
from tests.courses.model import TOPICS, model_files

F = "facts.yml"
UNUSED = """\
  - key: khong-ai-dung
    text: Không bài nào nói điều này.
    source: Báo Nhân Dân
    checked: 2026-11-20
    review: 2027-05-20
"""


@pytest.fixture(scope="module")
def model():
    """The model course, loaded."""
    return load_files(model_files(), today=TODAY)


# A value is written once


def test_one_edit_of_a_fact_changes_card_question_and_loudspeaker(model_course):
    model_course[F] = model_course[F].replace(b"1900.0368", b"1800.9999").replace(b"10 tri", b"15 tri")

    package = load_files(model_course, today=TODAY)

    lesson = package.lessons[0]
    assert "1800.9999" in lesson.card(3).html
    assert "15 triệu đồng" in lesson.card(2).html
    assert lesson.question("t3").options[2].text == "1800.9999"
    assert lesson.question("t7").text.startswith("Chuyển trên 15 triệu đồng")
    assert package.skill_check[0].question.options[0].text == "Trên 15 triệu đồng"
    assert "1800.9999" in package.loudspeaker
    stored = json.dumps(package_to_data(package), ensure_ascii=False)
    assert "1900.0368" not in stored
    assert "10 triệu" not in stored


def test_a_fact_says_its_own_values(model):
    assert model.lessons[0].fact("do-dai").text == "Mật khẩu có từ 8 đến 20 ký tự."
    assert model.lessons[0].fact("do-dai").values == {"it": "8", "nhieu": "20"}


def test_a_card_and_a_question_know_the_facts_they_rest_on(model):
    lesson = model.lessons[0]

    assert [card.facts for card in lesson.cards[:4]] == [
        ("khong-hoi-ma",), ("han-muc",), ("tong-dai",), ("khong-hoi-ma", "bao-tin"),
    ]  # fmt: skip
    assert lesson.question("t5").facts == ("khong-hoi-ma",)
    assert lesson.question("t7").facts == ("han-muc",)
    assert model.skill_check[3].question.facts == ("bao-tin",)


def test_titles_of_cards_and_goals_of_lessons_are_filled_in(model_course):
    path = "lessons/01-mat-khau.md"
    model_course[path] = model_course[path].replace("## Hỏi đúng chỗ".encode(), "## Gọi {tong-dai.so}".encode())

    lesson = load_files(model_course, today=TODAY).lessons[0]

    assert lesson.card(3).title == "Gọi 1900.0368"
    assert lesson.goal.endswith("từ 1/7/2025.")


def test_a_fact_is_official_only_if_its_author_says_so(model):
    marks = {fact.key: fact.mark for fact in model.lessons[0].facts}

    assert marks == {"tong-dai": "A", "han-muc": "A", "do-dai": "A", "bao-tin": "B", "khong-hoi-ma": "B"}


def test_a_fact_is_due_on_the_day_after_its_review(model):
    fact = model.lessons[0].fact("tong-dai")

    assert [fact.is_due(date(2027, 5, day)) for day in (20, 21)] == [False, True]


# What a province says itself


def test_a_provinces_words_wait_in_the_card_and_have_a_fallback(model):
    assert "{tinh.duong-day-nong}" in model.lessons[0].card(3).html
    assert "{tinh.duong-day-nong}" in model.loudspeaker
    assert [(one.key, one.fallback) for one in model.variables] == [("duong-day-nong", "số tổng đài tỉnh đã công bố")]


def test_until_a_province_speaks_the_fallback_is_read(model):
    variables = {one.key: one for one in model.variables}

    assert as_shown("Gọi {tinh.duong-day-nong}, {tinh.la}.", variables) == "Gọi số tổng đài tỉnh đã công bố, {tinh.la}."


def test_a_reference_that_leads_nowhere_stays_as_it_is(model):
    facts = {fact.key: fact for fact in model.lessons[0].facts}

    assert written_out("{la.la} {tong-dai.la} {tong-dai.so}", facts).text == "{la.la} {tong-dai.la} 1900.0368"


def test_the_message_keeps_the_place_for_its_link(model):
    assert model.zalo.count("{link}") == 1
    assert "số 156." in model.zalo


def test_five_questions_know_the_lesson_that_answers_them(model):
    assert [one.lesson for one in model.skill_check] == list(TOPICS)
    assert [one.question.key for one in model.skill_check] == ["s1", "s2", "s3", "s4", "s5"]


def test_a_sister_lesson_is_linked_beside_this_one(model):
    assert 'href="../tin-nhan-la/"' in model.lessons[0].card(2).html


# The bank of facts


def test_a_course_takes_along_the_facts_it_uses_and_no_other(content):
    bank = content / "facts"
    (bank / "khac.yml").write_text("facts:\n" + UNUSED, "utf-8")

    package = load_folder(content / "courses" / "giu-minh", today=TODAY)

    assert b"khong-ai-dung" not in read_folder(content / "courses" / "giu-minh")[F]
    assert [fact.key for fact in package.lessons[0].facts] == [
        "tong-dai", "han-muc", "do-dai", "bao-tin", "khong-hoi-ma",
    ]  # fmt: skip


def test_a_folder_and_its_exported_zip_have_the_same_fingerprint(content, tmp_path):
    folder = content / "courses" / "giu-minh"
    exported = read_zip(write_zip(read_folder(folder)))
    elsewhere = tmp_path / "elsewhere" / "giu-minh"
    for path, data in exported.items():
        (elsewhere / path).parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / path).write_bytes(data)

    assert digest(exported) == digest(read_folder(folder)) == digest(read_folder(elsewhere))
    assert load_files(exported, today=TODAY) == load_folder(folder, today=TODAY)


def test_an_edited_fact_changes_the_courses_that_use_it_and_no_other(content):
    bank = content / "facts" / "chung.yml"
    bank.write_text(bank.read_text("utf-8") + UNUSED, "utf-8")
    folder = content / "courses" / "giu-minh"
    before = digest(read_folder(folder))

    bank.write_text(bank.read_text("utf-8").replace("Không bài nào", "Chưa bài nào"), "utf-8")
    untouched = digest(read_folder(folder))
    bank.write_text(bank.read_text("utf-8").replace("1900.0368", "1800.9999"), "utf-8")

    assert untouched == before != digest(read_folder(folder))


def test_files_of_the_bank_may_be_indented_differently(content):
    bank = content / "facts" / "chung.yml"
    head, cut, tail = bank.read_text("utf-8").partition("  - key: do-dai")
    bank.write_text(head, "utf-8")
    other = "\n".join(line.removeprefix("  ") for line in (cut + tail).split("\n"))
    (content / "facts" / "khac.yml").write_text(f"facts:\n{other}", "utf-8")

    assert [report.faults for report in check_path(content, today=TODAY)] == [()] * 4


def test_a_bank_that_cannot_be_read_is_no_crash(content):
    (content / "facts" / "hong.yml").write_bytes(b"\xff\xfe facts: [")

    reports = check_path(content, today=TODAY)

    assert [report.is_good for report in reports] == [True, True, False, True]


def test_a_tag_in_a_file_is_no_crash(content):
    (content / "courses" / "giu-minh" / "skill-check.yml").write_text("facts: !!timestamp a\n", "utf-8")

    assert F in read_folder(content / "courses" / "giu-minh")


def test_a_course_outside_of_any_bank_brings_its_facts_itself(folder):
    assert F not in read_folder(folder)


def test_a_whole_content_folder_that_meets_every_standard_has_no_findings(content):
    reports = check_path(content, today=TODAY)

    assert [(report.path.removeprefix(f"{content}/"), report.faults) for report in reports] == [
        ("skills.yml", ()), ("facts/chung.yml", ()), ("courses/giu-minh", ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("  - key: do-dai", f"{UNUSED}  - key: do-dai", 16, "Chưa khóa nào dùng thông tin “khong-ai-dung”"),
        ("hỏi mã OTP.", "hỏi password.", 30, "Chữ “password” không phải tiếng Việt"),
        ("hỏi mã OTP.", "hỏi 5 triệu đồng.", 30, "Số tiền “5 triệu đồng” viết thẳng trong text"),
        ("hỏi mã OTP.", "hỏi trước 1/7/2025.", 30, "Ngày tháng “1/7/2025” viết thẳng trong text"),
    ],
)
def test_a_fact_of_the_bank_is_held_to_the_standard(content, old, new, line, says):
    bank = content / "facts" / "chung.yml"
    bank.write_text(bank.read_text("utf-8").replace(old, new), "utf-8")

    found = [fault for report in check_path(content, today=TODAY) for fault in report.faults]

    assert {(fault.path, fault.line, fault.severity) for fault in found} == {(str(bank), line, "shortfall")}
    assert says in found[0].message
    assert tells_how_to_mend(found[0].message)


def test_a_key_stands_in_one_file_of_the_bank_only(content):
    other = content / "facts" / "khac.yml"
    other.write_text("facts:\n" + UNUSED.replace("khong-ai-dung", "do-dai"), "utf-8")

    found = check_path(content, today=TODAY)[2].faults

    assert [(fault.path, fault.line, fault.severity) for fault in found] == [(str(other), 2, "fault")]
    assert found[0].message == "Mã thông tin “do-dai” đã có ở chung.yml. Hãy bỏ một."


def test_what_is_wrong_with_a_fact_taken_along_is_told_where_the_bank_holds_it(content):
    bank = content / "facts" / "chung.yml"

    report = check_path(content / "courses" / "giu-minh", today=date(2027, 6, 1))[0]

    lines = [number for number, line in enumerate(bank.read_text("utf-8").split("\n"), 1) if "2027-05-20" in line]
    assert [(fault.path, fault.line) for fault in report.faults] == [(str(bank), line) for line in lines]
    assert all("đã đến hạn xem lại (2027-05-20)" in fault.message for fault in report.faults)


def test_a_file_or_the_folder_of_facts_can_be_checked_alone(content):
    bank = content / "facts"
    (bank / "chung.yml").write_text((bank / "chung.yml").read_text("utf-8") + UNUSED, "utf-8")

    reports = check_paths([bank, bank / "chung.yml"], today=TODAY)

    assert [(report.path, report.faults) for report in reports] == [(str(bank / "chung.yml"), ())] * 2


def test_nothing_is_said_of_unused_facts_where_a_course_cannot_be_read(content):
    (content / "courses" / "giu-minh" / "media" / "la.svg").symlink_to("/etc/passwd")

    reports = check_path(content, today=TODAY)

    assert [report.faults for report in reports[:2]] == [(), ()]
    assert not reports[2].is_good


# No text makes the checker fall over

_WORDS = (
    "{tong-dai.so} {tinh.a} {la.la} {link} {{ }} 10–20 triệu 1.2.3 đồng 1.000 ,5% 1900 0368 0912-345-678 1/7/2025"
    " ngày 1 tháng 99 năm 2025 8–20 … ... ?! **a** ![a](media/b.svg) [a](bai:b) | - 1. > ## {: .trap} key: text: \n"
    " facts: [a] - ' \" # at: [1, 2] values: {a: b} \t \u0301 e\u0301 đồng % phần trăm !!timestamp &a *a"
)
_PIECES = st.one_of(st.text(max_size=8), st.sampled_from(_WORDS.split(" ")))
_TEXT = st.lists(_PIECES, max_size=20).map(" ".join)
_PLACES = ["facts.yml", "skill-check.yml", "loudspeaker.md", "zalo.txt", "course.yml"]
_LESSON = ["lessons/01-mat-khau.md", "questions/01-mat-khau.yml"]


@settings(max_examples=25, deadline=None)
@given(path=st.sampled_from(_PLACES + _LESSON), line=st.integers(0, 60), text=_TEXT, whole=st.booleans())
def test_no_text_makes_the_checker_fall_over(path, line, text, whole):
    files = {name: data for name, data in model_files().items() if name in (*_PLACES, *_LESSON)}
    lines = files[path].decode().split("\n")
    lines[line % len(lines)] = lines[line % len(lines)][:12] + text
    files[path] = (text if whole else "\n".join(lines)).encode(errors="surrogatepass")

    package, found = examine(files, today=TODAY)

    assert package_to_data(package)
    assert all(fault.line >= 1 and fault.message for fault in found)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(_TEXT, min_size=3, max_size=3))
def test_no_text_makes_reading_a_folder_fall_over(tmp_path_factory, texts):
    root = tmp_path_factory.mktemp("content")
    folder = root / "courses" / "a"
    for path, text in zip((folder / "course.yml", folder / "b.md", root / "facts" / "c.yml"), texts, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(errors="surrogatepass"))

    assert set(read_folder(folder)) == {"course.yml", "b.md", F}
    assert check_path(root, today=TODAY)


@pytest.mark.parametrize(
    "sign", ["![", "[a](", "{", "a-", "111 ", "1.", ".", "..a", "{a.b", "at:[", "1 ", "0912 ", "8–"]
)
def test_no_repetition_keeps_the_checker_busy(model_course, sign):
    text = (sign * 60_000)[:60_000]
    model_course["loudspeaker.md"] = f"# Loa\n{text}".encode()
    model_course["questions/01-mat-khau.yml"] += f"  - {{key: t12, kind: short, text: '{text}'}}\n".encode()

    _, found = examine(model_course, today=TODAY)

    assert found
