"""The authors' check, and the content that comes with the project."""

import re
from datetime import date
from pathlib import Path

import pytest

from courses import check_files, check_path, write_zip
from courses.__main__ import main

CONTENT = Path(__file__).parents[2] / "content"
COURSES = sorted(path.parent for path in CONTENT.glob("courses/*/course.yml"))
TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("course", COURSES, ids=lambda path: path.name)
def test_a_course_that_comes_with_the_project_has_no_faults(course):
    reports = check_path(course, today=TODAY)

    assert [str(fault) for report in reports for fault in report.faults] == []


def test_the_skills_that_come_with_the_project_have_no_faults():
    assert [report.faults for report in check_path(CONTENT / "skills.yml", today=TODAY)] == [()]


def test_the_check_prints_file_and_line_and_fails(folder, capsys):
    lesson = folder / "lessons" / "01-mat-khau.md"
    lesson.write_text(lesson.read_text("utf-8").replace("{: .teach}\n", ""), "utf-8")

    code = main([str(folder)], TODAY)

    assert code == 1
    assert f"{lesson}:13: Thiếu thẻ" in capsys.readouterr().out


def test_the_check_sums_up_a_good_course(folder, capsys):
    code = main([str(folder)], TODAY)

    assert code == 0
    assert "đạt. “An toàn số”, 2 bài, 10 câu kiểm tra, 1 hình" in capsys.readouterr().out


def test_the_check_reads_a_zip_and_a_folder_of_courses(folder, files, capsys):
    packed = folder.parent / "khoa.zip"
    packed.write_bytes(write_zip(files))

    assert main([str(packed), str(folder.parent)], TODAY) == 0
    assert capsys.readouterr().out.count("đạt") == 2


def test_a_course_with_an_unknown_skill_fails_beside_a_skills_file(folder, tmp_path):
    (tmp_path / "skills.yml").write_text("skills: []\nframeworks: []\n", "utf-8")

    report = check_path(folder, today=TODAY)[0]

    assert [fault.line for fault in report.faults] == [6]


def test_a_missing_place_is_a_fault_and_no_crash(tmp_path):
    assert main([str(tmp_path / "khong-co")], TODAY) == 1
    assert main([], TODAY) == 2


def test_the_example_for_authors_is_a_good_course():
    guide = (CONTENT.parent / "docs" / "course-package.md").read_text("utf-8")
    example = re.findall(r"^Tệp `([^`]+)`:\n\n```\w+\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)

    faults = check_files({path: text.encode() for path, text in example}, today=TODAY)

    assert len(example) == 4
    assert faults == ()
