"""Screen, spreadsheet, PDF and JSON say the same, number by number."""

import io
import json
import unicodedata

import openpyxl
import pypdfium2
import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import select

from lms.areas.models import Area
from lms.db import db_session
from lms.journal.models import JournalEntry
from lms.reports.columns import SHARE
from lms.reports.commands import report as report_command
from lms.reports.data import as_data
from lms.reports.figures import report_on
from lms.reports.making import make_pdf, make_xlsx
from lms.reports.periods import read_period
from lms.reports.spreadsheet import HEAD_ROWS
from tests.factories import HAC_THANH, THANH_HOA, clerk, officer

from . import town


@pytest.fixture
def full(app):
    town.small_province_with_classes()


def made(code=THANH_HOA, now=town.NOW):
    session = db_session()
    session.rollback()
    return report_on(session, session.get(Area, code), read_period("2026-Q4", cutoff_day=20), now=now)


def numbers_of(report):
    """Return {row name: {column: number}} as the program's form has it."""
    data = as_data(report)
    return {line["name"]: line["numbers"] for line in [*data["rows"], data["total"]]}


def read_vietnamese(text):
    number = float(text.rstrip("%").replace(".", "").replace(",", "."))
    return int(number) if number.is_integer() else number


def numbers_on(page):
    found = {}
    for row in page.soup.select("table tbody tr"):
        cells = {td["data-column"]: read_vietnamese(td.get_text(strip=True)) for td in row.select("td[data-column]")}
        found.setdefault(row.th.get_text(strip=True), {}).update(cells)
    return found


def numbers_in_sheet(data, report):
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    keys = [column.key for column in report.columns]
    rows = sheet.iter_rows(min_row=HEAD_ROWS + 1, max_row=HEAD_ROWS + len(report.rows) + 1, values_only=True)
    return {row[1]: dict(zip(keys, row[2:], strict=True)) for row in rows}


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    return unicodedata.normalize("NFC", " ".join(text.replace("\ufffe", "-").split()))


@pytest.mark.parametrize("code", [THANH_HOA, HAC_THANH])
def test_screen_spreadsheet_and_json_agree_number_by_number(full, client, code):
    client.sign_in(officer())
    page = client.get(f"/quan-ly/bao-cao/{code}/2026-Q4/")
    sheet = client.get(f"/quan-ly/bao-cao/{code}/2026-Q4.xlsx")
    data = json.loads(client.get(f"/quan-ly/bao-cao/{code}/2026-Q4.json").data)
    expected = {line["name"]: line["numbers"] for line in [*data["rows"], data["total"]]}
    assert expected[data["total"]["name"]]["attendances"] > 0
    assert numbers_on(page) == expected
    assert numbers_in_sheet(sheet.data, made(code)) == expected


def test_the_paper_has_the_same_rows_as_the_screen(full, session):
    report = made()
    text = text_of(make_pdf(session, report, town.NOW))
    for group in dict.fromkeys(column.group for column in report.columns):
        columns = [column for column in report.columns if column.group == group]
        for number, line in enumerate([*report.rows, report.total], 1):
            cells = " ".join(column.shown(line.counts) for column in columns)
            lead = f"{number} {line.name}" if line is not report.total else line.name
            assert f"{lead} {cells}" in text, (group, lead, cells)


def test_the_paper_has_the_form_of_the_decree_and_stays_a_draft(full, session):
    text = text_of(make_pdf(session, made(), town.NOW))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "Độc lập - Tự do - Hạnh phúc" in text
    assert "Số: ……" in text
    assert "ngày 21 tháng 11 năm 2026" in text
    assert "quý IV năm 2026" in text
    assert "Khó khăn, vướng mắc" in text
    assert "Lưu: VT" in text


def test_a_communes_paper_comes_from_its_peoples_committee_to_the_department(full, session):
    text = text_of(make_pdf(session, made(HAC_THANH), town.NOW))
    assert "ỦY BAN NHÂN DÂN PHƯỜNG HẠC THÀNH" in text
    assert "Kính gửi: Sở Khoa học và Công nghệ" in text
    assert "TM. ỦY BAN NHÂN DÂN" in text


def test_attendances_and_people_stand_in_columns_of_their_own(full):
    labels = {column.key: column.label for column in made().columns}
    assert labels["attendances"].startswith("Lượt")
    assert labels["attendees"].startswith("Người")
    assert labels["memberships"].startswith("Lượt")
    assert len(set(labels.values())) == len(labels)


def test_a_name_that_looks_like_a_formula_stays_text_in_the_spreadsheet(full, session):
    data = make_xlsx(session, made(HAC_THANH))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=Tổ KP2"]
    assert cells
    assert all(cell.data_type == "s" for cell in cells)
    assert not [c for row in sheet.iter_rows() for c in row if c.data_type == "f"]


def test_the_spreadsheet_has_the_official_head_and_numbers_as_numbers(full, session):
    report = made()
    sheet = openpyxl.load_workbook(io.BytesIO(make_xlsx(session, report))).active
    words = [cell.value for row in sheet.iter_rows(max_row=6) for cell in row if cell.value]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in words
    assert "BÁO CÁO" in words
    total = numbers_in_sheet(make_xlsx(session, report), report)[report.total.name]
    assert total[SHARE] == 50
    assert all(isinstance(value, int | float) for value in total.values())


def run(app, *arguments):
    return CliRunner().invoke(report_command, arguments, obj=ScriptInfo(create_app=lambda: app))


def test_the_command_writes_the_form_its_file_name_asks_for(full, app, tmp_path):
    for ending, start in ((".pdf", b"%PDF"), (".xlsx", b"PK"), (".json", b"{")):
        file = tmp_path / f"bao-cao{ending}"
        result = run(app, "2026-Q4", "--area", "38", "-o", str(file))
        assert result.exit_code == 0, result.output
        assert file.read_bytes().startswith(start)


def test_a_report_taken_by_the_command_line_is_in_the_journal_too(full, app, session, tmp_path):
    run(app, "2026-Q4", "--area", HAC_THANH, "-o", str(tmp_path / "bao-cao.xlsx"))
    run(app, "2026-Q4", "--area", "38", "--json")

    taken = session.scalars(select(JournalEntry).where(JournalEntry.verb == "export_report")).all()
    assert [(line.object_id, line.detail["form"], line.actor_id) for line in taken] == [
        (f"{HAC_THANH}/2026-Q4", "xlsx", None), ("38/2026-Q4", "json", None),
    ]  # fmt: skip


def test_the_command_prints_the_numbers_that_the_page_shows(full, app, client):
    printed = json.loads(run(app, "2026-Q4", "--area", HAC_THANH, "--json").output)
    page = client.sign_in(clerk()).get(f"/quan-ly/bao-cao/{HAC_THANH}/2026-Q4/")
    expected = {line["name"]: line["numbers"] for line in [*printed["rows"], printed["total"]]}
    assert numbers_on(page) == expected


@pytest.mark.parametrize("arguments", [("2026-Q4", "--area", "38"), ("2026-Q4", "--area", "38", "-o", "bao-cao.doc")])
def test_the_command_refuses_what_it_cannot_write_and_writes_nothing(app, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    assert run(app, *arguments).exit_code != 0
    assert not list(tmp_path.glob("bao-cao*"))
