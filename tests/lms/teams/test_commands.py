"""Rosters on the command line: row by row, and an exit code that tells the truth."""

import json

import pytest
from sqlalchemy import func, select

from lms.areas.models import Area
from lms.cli import lms
from lms.people.models import Person
from tests.lms.teams.files import s1_xlsx


@pytest.fixture
def run(app):
    return lambda *words: app.test_cli_runner().invoke(lms, ["roster", *words])


@pytest.fixture
def van_lang(session):
    return session.scalar(select(Area.code).where(Area.name == "Văn Lang", Area.parent_code == "19"))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "ds.xlsx"
    path.write_bytes(s1_xlsx())
    return str(path)


def test_a_dry_run_says_every_row_and_writes_nothing(run, file, van_lang, session):
    result = run("import", file, "--commune", van_lang, "--dry-run")

    assert result.exit_code == 0
    assert "Dòng 8 | mới | Hoàng Thị Hoà | Thôn 1 | Tổ trưởng · 0914 994 123" in result.output
    assert "Xem trước, chưa ghi gì: 7 mới" in result.output
    assert session.scalar(select(func.count(Person.id))) == 0


def test_an_import_writes_and_the_second_one_changes_nothing(run, file, van_lang):
    first = json.loads(run("import", file, "--commune", van_lang, "--json").output)
    again = json.loads(run("import", file, "--commune", van_lang, "--json").output)

    assert (first["written"], first["counts"]["new"]) == (True, 7)
    assert (again["counts"]["new"], again["counts"]["changed"], again["counts"]["same"]) == (0, 0, 7)


def test_what_is_exported_can_be_imported_and_changes_nothing(run, file, van_lang, tmp_path):
    run("import", file, "--commune", van_lang)
    out = str(tmp_path / "ra.docx")

    written = run("export", "--commune", van_lang, "--form", "s2", "--format", "docx", "-o", out)
    again = json.loads(run("import", out, "--commune", van_lang, "--json").output)

    assert "2 tổ, 7 lượt người" in written.output
    assert (again["counts"]["new"], again["counts"]["changed"], again["counts"]["left"]) == (0, 0, 0)


@pytest.mark.parametrize("data", [b"", b"MZ\x90\x00abc", s1_xlsx()[:2000]], ids=["empty", "exe", "cut"])
def test_a_refusal_is_a_sentence_and_a_bad_exit_code(run, tmp_path, van_lang, data):
    path = tmp_path / "xau.xlsx"
    path.write_bytes(data)

    result = run("import", str(path), "--commune", van_lang)

    assert result.exit_code == 1
    assert "chưa thay đổi gì" in result.output
    assert "Traceback" not in result.output


def test_a_hundred_megabytes_are_refused_before_reading(run, tmp_path, van_lang):
    path = tmp_path / "to.csv"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)

    result = run("import", str(path), "--commune", van_lang)

    assert result.exit_code == 1
    assert "10 MB" in result.output


def test_a_file_of_another_commune_is_refused(run, file):
    result = run("import", file, "--commune", "14797")

    assert result.exit_code == 1
    assert "Văn Lang" in result.output


def test_an_unknown_commune_is_refused(run, file):
    assert run("import", file, "--commune", "99999").exit_code == 1


def test_a_province_s_file_is_written_commune_by_commune_and_nothing_is_guessed(run, tmp_path, session):
    rows = [
        ("1", "Xã Văn Lang", "Thôn 1", "", "Vừ A Páo", "TT", "0912000001", ""),
        ("2", "Xã Văn Lăng", "Thôn 1", "", "Giàng A Lử", "TT", "0912000002", ""),
        ("3", "Xã Van Lang", "Thôn 1", "", "Sùng Thị Mỷ", "TT", "0912000003", ""),
    ]
    path = tmp_path / "tinh.xlsx"
    path.write_bytes(s1_xlsx(rows))

    said = json.loads(run("import", str(path), "--province", "19", "--json").output)

    assert sorted(said["communes"]) == ["02143", "05665"]
    assert said["counts"]["new"] == 2
    assert "Van Lang" in said["skipped"][0]["reason"]


def test_a_commune_or_a_province_must_be_named(run, file):
    assert run("import", file).exit_code == 2
