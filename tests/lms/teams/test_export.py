"""Export in both official forms; what goes out and comes back changes nothing."""

import csv
import io

import openpyxl
import pytest

from lms.teams.export import write_roster
from lms.teams.matching import make_plan
from lms.teams.plan import Commune, CurrentMember, CurrentTeam, KnownPerson, State
from lms.teams.roster import read_roster
from tests.lms.teams.files import s1_xlsx

VAN_LANG = Commune("05551", "xã", "Văn Lang")
PEOPLE = (
    CurrentMember(1, 1, "Hoàng Thị Hoà", "leader", "0914994123", "số khác: 0988 123 456", "Bí thư"),
    CurrentMember(2, 2, "H'Hen Niê", "deputy", None),
    CurrentMember(3, 3, "Nguyễn Văn An", "member", "0912000001"),
    CurrentMember(4, 4, "Nguyễn Văn An", "member", None, "chưa có số di động, máy bàn 02373852123"),
    CurrentMember(5, 5, "Y Bih", "member", None, "chưa có số đúng, trong tệp ghi “09149”", "=1+1"),
)
TEAMS = (
    CurrentTeam(1, "Thôn 1", "05/QĐ-UBND ngày 1/8/2025", PEOPLE),
    CurrentTeam(
        2,
        "Tổ CNSCĐ xã",
        "",
        (CurrentMember(6, 1, *("Hoàng Thị Hoà", "member", "0914994123", "số khác: 0988 123 456")),),
    ),
    CurrentTeam(3, "Tổ 3, khu Đình", "", ()),
)
STATE = State(TEAMS, tuple(KnownPerson(m.person_id, m.name, m.phone) for m in PEOPLE))


@pytest.mark.parametrize("form", ["s1", "s2"])
@pytest.mark.parametrize("kind", ["xlsx", "docx", "csv"])
def test_export_then_import_changes_nothing(form, kind):
    data = write_roster(TEAMS, VAN_LANG, form=form, kind=kind)

    roster = read_roster(data, f"danh-sach.{kind}")
    plan = make_plan(roster, VAN_LANG, STATE)

    assert roster.form == form
    assert plan.counts["same"] == 6
    assert plan.changes_nothing
    assert plan.counts["doubtful"] == 0


def test_cells_of_form_s1_are_merged_as_in_the_annex():
    sheet = openpyxl.load_workbook(io.BytesIO(write_roster(TEAMS, VAN_LANG, form="s1", kind="xlsx"))).active

    assert {str(area) for area in sheet.merged_cells.ranges} == {"A4:A8", "B4:B10", "C4:C8", "D4:D8"}


def test_a_cell_never_becomes_a_formula():
    workbook = openpyxl.load_workbook(io.BytesIO(write_roster(TEAMS, VAN_LANG, form="s1", kind="xlsx")))
    text = write_roster(TEAMS, VAN_LANG, form="s1", kind="csv").decode("utf-8-sig")

    assert workbook.active["H8"].data_type == "s"
    assert "'=1+1" in next(row for row in csv.reader(io.StringIO(text)) if "Y Bih" in row)


def test_leading_zeros_of_phones_survive_a_spreadsheet():
    sheet = openpyxl.load_workbook(io.BytesIO(write_roster(TEAMS, VAN_LANG, form="s1", kind="xlsx"))).active

    assert sheet["G6"].value == "0912000001"


@pytest.mark.parametrize("kind", ["xlsx", "docx", "csv"])
@pytest.mark.parametrize("form", ["s1", "s2"])
def test_a_commune_without_teams_still_exports(form, kind):
    assert write_roster((), VAN_LANG, form=form, kind=kind) is not None


def test_sixteen_thousand_people_are_planned_and_stored_whole():
    rows = [
        (
            str(n),
            "Xã Văn Lang",
            f"Thôn {n // 8}",
            "1/QĐ-UBND ngày 1/8/2025",
            f"Nguyễn Văn {'ABCDEFGHIK'[n % 10]}nh",
            "Tổ viên",
            f"09{n:08}",
            "",
        )
        for n in range(16_000)
    ]

    plan = make_plan(read_roster(s1_xlsx(rows), "tinh.xlsx"), VAN_LANG, State())

    assert plan.counts["new"] == 16_000
    assert len(plan.teams) == 2_000
