"""The authors' check, and the content that comes with the project."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from courses import check_files, check_path, write_zip
from courses.__main__ import main
from courses.cards import KINDS as LABELS
from courses.facts import read_fact_file
from courses.faults import FaultList
from courses.question import KINDS
from courses.sidepieces import SIDE_FILES
from tests.courses.conftest import TODAY

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "content"
GUIDE = ROOT / "docs" / "for-teachers.md"
LATER = date(2027, 5, 21)


@pytest.fixture(scope="module")
def reports():
    """What the check says of all that comes with the project, on the day of these tests."""
    return check_path(CONTENT, today=TODAY)


# The content


def test_nothing_is_found_in_the_content_that_comes_with_the_project(reports):
    assert [str(fault) for report in reports for fault in report.faults] == []


def test_the_project_teaches_as_much_as_it_says(reports):
    packages = [report.package for report in reports if report.package]
    lessons = [lesson for package in packages for lesson in package.lessons]
    banks = [
        read_fact_file(path.name, path.read_text("utf-8"), FaultList(), TODAY) for path in CONTENT.glob("facts/*.yml")
    ]

    assert len(packages) >= 8
    assert len(lessons) >= 48
    assert sum(len(lesson.bank) for lesson in lessons) >= 400
    assert sum(len(package.media) for package in packages) >= 100
    assert len({fact.key for facts in banks for fact in facts}) >= 115


def test_every_lesson_has_something_to_tap_and_every_course_five_kinds_of_question(reports):
    packages = [report.package for report in reports if report.package]
    without = [
        f"{package.slug}/{lesson.slug}"
        for package in packages
        for lesson in package.lessons
        if not any(question.kind == "tap" for question in lesson.practice + lesson.bank)
    ]
    kinds = {
        package.slug: {question.kind for lesson in package.lessons for question in lesson.bank} for package in packages
    }

    assert without == []
    assert {slug: len(found) for slug, found in kinds.items() if len(found) < 5} == {}


def test_a_place_for_a_provinces_words_is_called_the_same_in_every_course(reports):
    called: dict[str, set[tuple[str, str]]] = {}
    for report in reports:
        for variable in report.package.variables if report.package else ():
            called.setdefault(variable.key, set()).add((variable.label, variable.fallback))

    assert {key: words for key, words in called.items() if len(words) > 1} == {}


def test_the_build_checks_the_content_as_of_the_day_it_was_last_checked():
    """A fact past its review day must fail its author's check, not the build of somebody who mends a button."""
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert re.findall(r"^CONTENT_CHECKED := (\S+)$", makefile, re.MULTILINE) == [TODAY.isoformat()]
    assert "-m courses --today $(CONTENT_CHECKED) content" in makefile


# The command


def test_the_check_prints_file_and_line_and_fails(folder, capsys):
    lesson = folder / "lessons" / "01-mat-khau.md"
    lesson.write_text(lesson.read_text("utf-8").replace("{: .teach}\n", ""), "utf-8")

    code = main([str(folder)], TODAY)

    assert code == 1
    assert f"{lesson}:13: Thiếu thẻ" in capsys.readouterr().out


def test_the_check_fails_too_where_only_the_standard_is_not_met(folder, capsys):
    code = main([str(folder)], TODAY)

    assert code == 1
    assert "course.yml:1: chưa đạt: Khóa học có 2 bài, cần ít nhất 5." in capsys.readouterr().out


def test_the_check_sums_up_a_good_course(content, capsys):
    code = main([str(content / "courses" / "giu-minh")], TODAY)

    assert code == 0
    assert "đạt. “Giữ mình khi dùng điện thoại”, 5 bài, 55 câu kiểm tra, 1 hình, 0 lưu ý" in capsys.readouterr().out


def test_the_check_counts_faults_and_shortfalls(folder, capsys):
    (folder / "thua.txt").write_text("x", "utf-8")

    main([str(folder)], TODAY)

    assert re.search(r"có 1 lỗi, [1-9]\d* chỗ chưa đạt\.", capsys.readouterr().out)


def test_a_warning_alone_does_not_fail_the_check(content):
    folder = content / "courses" / "giu-minh" / "media"
    (folder / "thua.svg").write_bytes((folder / "man-hinh.svg").read_bytes())

    report = check_path(folder.parent, today=TODAY)[0]

    assert [fault.severity for fault in report.faults] == ["warning"]
    assert report.is_good


def test_what_falls_short_may_be_published_and_what_is_wrong_may_not(folder):
    short = check_path(folder, today=TODAY)[0]
    (folder / "course.yml").write_text("format: 1\n", "utf-8")
    wrong = check_path(folder, today=TODAY)[0]

    assert [(report.is_good, report.may_be_published) for report in (short, wrong)] == [(False, True), (False, False)]
    assert short.package.slug == "an-toan-so"
    assert wrong.package is None


def test_the_check_reads_a_zip_and_a_folder_of_courses(content, model_course, tmp_path, capsys):
    packed = tmp_path / "khoa.zip"
    packed.write_bytes(write_zip(model_course))

    assert main([str(packed), str(content / "courses")], TODAY) == 0
    assert capsys.readouterr().out.count("đạt. “") == 2


def test_a_course_with_an_unknown_skill_fails_beside_a_skills_file(folder, tmp_path):
    (tmp_path / "skills.yml").write_text("skills: []\nframeworks: []\n", "utf-8")

    report = check_path(folder, today=TODAY)[0]

    assert [fault.line for fault in report.faults if fault.severity == "fault"] == [6]


@pytest.mark.parametrize("name", ["khong-co", "skills.yml", "khong-co.zip", "facts/khong-co.yml"])
def test_a_missing_place_is_a_fault_and_no_crash(tmp_path, name, capsys):
    assert main([str(tmp_path / name)], TODAY) == 1
    assert "course.yml:1: Không thấy thư mục này." in capsys.readouterr().out


def test_an_author_may_check_as_of_another_day(content, capsys):
    """Everything but the calendar."""
    place = str(content)

    assert main([place], LATER) == 1
    assert "đã đến hạn xem lại" in capsys.readouterr().out
    assert main(["--today", TODAY.isoformat(), place], LATER) == 0
    assert main([place, "--today", LATER.isoformat()], TODAY) == 1


@pytest.mark.parametrize("arguments", [[], ["--today"], ["--today", "hôm nay", "content"], ["--la", "content"]])
def test_a_command_that_is_not_understood_is_explained_in_vietnamese(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments, TODAY)

    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("Cách dùng: python -m courses")


def test_help_is_in_vietnamese(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"], TODAY)

    said = capsys.readouterr().out
    assert left.value.code == 0
    assert "--today NĂM-THÁNG-NGÀY" in said
    assert not re.search(r"usage|options|show this", said)


@pytest.mark.parametrize(("day", "code"), [("2026-11-21", 0), ("2027-05-21", 1), ("x", 2)])
def test_the_command_tells_its_outcome_to_the_shell(content, day, code):
    ran = subprocess.run(
        [sys.executable, "-m", "courses", "--today", day, str(content)], cwd=ROOT, capture_output=True, check=False
    )

    assert ran.returncode == code


# The guide for teachers


def _example() -> dict[str, str]:
    found = re.findall(r"^Tệp `([^`]+)`:\n\n```\w+\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return dict(found)


def test_the_example_for_authors_is_a_good_course(tmp_path):
    for path, text in _example().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")

    report = check_path(tmp_path / "courses" / "giu-mat-khau", today=TODAY)[0]

    assert [(fault.line, fault.message) for fault in report.faults] == [
        (1, "Khóa học có 1 bài, cần ít nhất 5. Hãy viết thêm bài."),
        (1, "Thiếu tệp loudspeaker.md: bài đọc trên loa của thôn. Hãy thêm tệp này."),
        (1, "Thiếu tệp skill-check.yml: năm câu hỏi trước và sau khi học. Hãy thêm tệp này."),
    ]
    assert {question.kind for question in report.package.lessons[0].bank} == set(KINDS)


def test_the_guides_question_before_and_after_fits_its_example(tmp_path):
    guide = GUIDE.read_text("utf-8")
    check = re.search(r"^```yaml\n(skill: .*?)^```$", guide, re.MULTILINE | re.DOTALL)[1]
    prefix = "courses/giu-mat-khau/"
    files = {path.removeprefix(prefix): text.encode() for path, text in _example().items() if path.startswith(prefix)}
    facts = {"facts.yml": _example()["facts/giu-mat-khau.yml"].encode(), "skill-check.yml": check.encode()}

    found = [fault for fault in check_files({**files, **facts}, today=TODAY) if fault.severity == "fault"]

    assert [(fault.path, fault.message) for fault in found] == [
        ("skill-check.yml", "Phải có đúng 5 câu, đang có 1. Hãy thêm hoặc bớt.")
    ]


def test_the_guides_line_of_the_check_is_what_the_check_says(tmp_path, capsys):
    for path, text in _example().items():
        text = text.replace("tự. Nhìn kỹ rồi bấm", "tự, nhìn kỹ từng chữ một, nhìn xong rồi hãy bấm vào nút")
        (tmp_path / "content" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "content" / path).write_text(text, "utf-8")

    main([str(tmp_path / "content" / "courses" / "giu-mat-khau")], TODAY)

    told = re.search(r"^content/\S+: chưa đạt: Câu.*$", GUIDE.read_text("utf-8"), re.MULTILINE)[0]
    assert f"{tmp_path}/{told}" in capsys.readouterr().out


def test_the_guide_names_every_kind_label_and_file():
    guide = GUIDE.read_text("utf-8")

    assert [kind for kind in KINDS if f"| `{kind}` |" not in guide] == []
    assert [label for label in LABELS if f"`{{: {label}}}`" not in guide] == []
    assert [name for name in SIDE_FILES if f"`{name}`" not in guide] == []
