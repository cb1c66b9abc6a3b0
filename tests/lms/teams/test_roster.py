"""What a roster file says: the official forms, as filled in by people."""

import unicodedata
from datetime import date

import pytest

from lms.teams.roster import read_roster
from tests.lms.teams.files import (
    FOUR_NAMES,
    S1_HEADING,
    S1_PEOPLE,
    S1_TEMPLATE,
    S2_HEADING,
    csv_file,
    s1_csv,
    s1_docx,
    s1_xlsx,
    s2_docx,
    s2_rows,
    s2_xlsx,
)

MERGED = ("B8:B14", "C8:C11", "D8:D11", "C12:C14", "D12:D14")


def _people(roster):
    return [(e.team, e.name, e.role, e.phone) for e in roster.entries]


S1_EXPECTED = [
    ("Thôn 1", "Hoàng Thị Hoà", "leader", "0914994123"),
    ("Thôn 1", "Lò Văn Tống", "deputy", "0323456789"),
    ("Thôn 1", "Y Bih Êban", "deputy", "0914994125"),
    ("Thôn 1", "H'Hen Niê", "member", None),
    ("Thôn 2", "Nguyễn Văn An", "leader", "0914994126"),
    ("Thôn 2", "Nguyễn Văn An", "member", "0914994127"),
    ("Thôn 2", "Trần Thị Bé", "member", None),
]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (s1_xlsx(), "a.xlsx"),
        (s1_xlsx(merge=MERGED), "merged.xlsx"),
        (s1_docx(), "a.docx"),
        (s1_docx(merge=[(1, 5, 11), (2, 5, 8), (3, 5, 8)]), "merged.docx"),
        (s1_csv(), "a.csv"),
        (s1_csv(delimiter=";", encoding="utf-16"), "a.csv"),
        (s1_csv(delimiter="\t"), "a.csv"),
    ],
    ids=["xlsx", "xlsx-merged", "docx", "docx-merged", "csv", "csv-utf16", "csv-tab"],
)
def test_form_s1_carries_commune_team_and_decision_down_and_makes_no_phantom_people(data, name):
    roster = read_roster(data, name)

    assert roster.form == "s1"
    assert _people(roster) == S1_EXPECTED
    assert {e.commune for e in roster.entries} == {"Xã Văn Lang"}
    assert [e.decision.number for e in roster.entries] == ["05/QĐ-UBND"] * 4 + ["06/QĐ-UBND"] * 3
    assert {e.decision.day for e in roster.entries} == {date(2025, 8, 1)}
    assert all(line.reason.endswith(".") for line in roster.skipped)


def test_the_unfilled_template_of_form_s1_holds_nobody():
    roster = read_roster(s1_xlsx(S1_TEMPLATE), "mau.xlsx")

    assert roster.entries == ()
    assert len(roster.skipped) == len(S1_TEMPLATE)


def test_example_total_and_placeholder_rows_are_named_row_by_row():
    roster = read_roster(s1_xlsx(), "a.xlsx")

    reasons = {line.row: line.reason for line in roster.skipped}
    assert "VD" in reasons[4]
    assert "chưa ghi họ tên" in reasons[7]
    assert "tổng" in reasons[max(reasons)]


@pytest.mark.parametrize(("data", "name"), [(s2_xlsx(), "b.xlsx"), (s2_docx(), "b.docx")], ids=["xlsx", "docx"])
def test_form_s2_with_nine_preprinted_roles_and_four_names_holds_four_people(data, name):
    roster = read_roster(data, name)

    assert roster.form == "s2"
    assert [e.name for e in roster.entries] == list(FOUR_NAMES)
    assert [e.role for e in roster.entries] == ["leader", "deputy", "member", "member"]
    assert {e.team for e in roster.entries} == {"Thôn Đồng Tâm"}
    assert sum("in sẵn" in line.reason for line in roster.skipped) == 5


def test_signatures_below_the_table_are_not_people():
    roster = read_roster(s2_xlsx(), "b.xlsx")

    assert "Phạm Văn Trưởng" not in [e.name for e in roster.entries]
    assert sum("ký tên" in line.reason for line in roster.skipped) == 4


@pytest.mark.parametrize(
    ("unit", "team"),
    [
        ("Đơn vị: Thôn (xóm) Đồng Tâm", "Thôn Đồng Tâm"),
        ("Đơn vị: Thôn (xóm)…Đồng Tâm……….", "Thôn Đồng Tâm"),
        ("Đơn vị: Thôn (xóm) xóm Đình", "xóm Đình"),
        ("Đơn vị: Tổ KP1, xã Văn Lang", "Tổ KP1"),
        ("ĐƠN VỊ: BẢN NÀ BỦNG", "BẢN NÀ BỦNG"),
    ],
)
def test_the_team_of_form_s2_stands_above_the_table(unit, team):
    assert read_roster(s2_docx(unit=unit), "b.docx").entries[0].team == team


def test_without_a_unit_above_the_table_the_clerk_names_the_team():
    blank = s2_docx(unit="Đơn vị: Thôn (xóm)………….")

    assert "Chưa ghi tên tổ" in read_roster(blank, "b.docx").entries[0].problem
    assert read_roster(blank, "b.docx", team="Thôn Tả").entries[0].team == "Thôn Tả"


def test_several_teams_of_form_s2_may_stand_one_below_the_other():
    rows = [["Đơn vị: Thôn 1"], S2_HEADING, *s2_rows(), ["", "ngày 05 tháng 8 năm 2025"]]
    rows += [["Đơn vị: Thôn 2"], S2_HEADING, *s2_rows(["Vừ A Páo"], ["0912000009"])]

    roster = read_roster(csv_file(rows), "nhieu-to.csv")

    assert [(e.team, e.name) for e in roster.entries][3:] == [("Thôn 1", "Hà Văn Sơn"), ("Thôn 2", "Vừ A Páo")]


@pytest.mark.parametrize(
    "heading",
    [
        ("STT", "Họ, tên", "Chức vụ", "SỐ ĐT"),
        ("TT", "HỌ VÀ TÊN", "Chức danh", "Điện thọai liên hệ"),
        ("Stt", "Họ  tên", "chức vụ trong tổ CNSCĐ", "SĐT"),
        ("STT", "Họ và tên thành viên Tổ CNSCĐ", "Chức vu", "Số Zalo"),
    ],
)
def test_headings_are_found_however_they_are_retyped(heading):
    roster = read_roster(csv_file([["Đơn vị: Thôn 1"], heading, *s2_rows()]), "b.csv")

    assert next((e.role, e.phone) for e in roster.entries) == ("leader", "0912000001")


def test_a_heading_may_span_two_rows():
    upper = ("TT", "Tên xã", "Tên tổ", "Thành viên", "", "", "Ghi chú")
    lower = ("", "", "", "Họ tên", "Chức vụ", "Điện thoại", "")
    row = ("1", "Xã Văn Lang", "Thôn 1", "Vừ A Páo", "Tổ trưởng", "0912000009", "")

    assert _people(read_roster(csv_file([upper, lower, row]), "a.csv")) == [
        ("Thôn 1", "Vừ A Páo", "leader", "0912000009")
    ]


@pytest.mark.parametrize(
    ("typed", "role"),
    [
        ("Tổ trưởng", "leader"),
        ("TT", "leader"),
        ("Trưởng thôn - Tổ trưởng", "leader"),
        ("Phó tổ trưởng", "deputy"),
        ("Tổ phó", "deputy"),
        ("TP", "deputy"),
        ("Thành viên", "member"),
        ("Tổ viên", "member"),
        ("Ủy viên", "member"),
        ("Uỷ viên", "member"),
        ("", None),
    ],
)
def test_roles_are_mapped_to_three_and_the_words_kept(typed, role):
    rows = [S2_HEADING, (1, "Vừ A Páo", typed, "0912000009")]

    entry = read_roster(csv_file(rows), "b.csv", team="Thôn 1").entries[0]

    assert (entry.role, entry.role_text, entry.problem) == (role, typed, "")


def test_an_unclear_role_is_left_to_the_clerk():
    rows = [S2_HEADING, (1, "Vừ A Páo", "Bí thư chi bộ", "0912000009")]

    assert "Bí thư chi bộ" in read_roster(csv_file(rows), "b.csv", team="Thôn 1").entries[0].problem


def test_names_stay_as_typed_in_one_form_of_unicode():
    decomposed = unicodedata.normalize("NFD", "Nguyễn  Thị Hoà")

    entry = read_roster(csv_file([S2_HEADING, (1, decomposed, "TV", "")]), "b.csv", team="Thôn 1").entries[0]

    assert entry.name == "Nguyễn Thị Hoà"


@pytest.mark.parametrize(
    "name",
    ["H'Hen Niê", "Y Bih", "Rơ Châm Thị Ngọc Bích-Phương Tuyền", "Tống Văn Cộng", "NGUYỄN VĂN ANH", "Mí", "Giàng A Á"],
)
def test_names_of_every_people_are_people(name):
    entry = read_roster(csv_file([S2_HEADING, (1, name, "TV", "0912000009")]), "b.csv", team="Thôn 1").entries[0]

    assert (entry.name, entry.problem) == (name, "")


@pytest.mark.parametrize(
    ("typed", "number", "day"),
    [
        ("01/QĐ-UBND ngày 10/7/2025", "01/QĐ-UBND", date(2025, 7, 10)),
        ("Số: 15/2025/QĐ-UBND, ngày 01/08/2025", "15/2025/QĐ-UBND", date(2025, 8, 1)),
        ("QĐ số 07-QĐ/ĐU ngày 1.8.2025", "07-QĐ/ĐU", date(2025, 8, 1)),
        ("12/QĐ-UBND ngày 5 tháng 8 năm 2025", "12/QĐ-UBND", date(2025, 8, 5)),
        ("01/QĐ-UBND ngày 31/2/2025", "01/QĐ-UBND", None),
        ("theo nghị quyết thôn", None, None),
    ],
)
def test_a_decision_is_read_into_number_and_day_and_kept_raw(typed, number, day):
    rows = [S1_HEADING, ("1", "Xã A", "Thôn 1", typed, "Vừ A Páo", "TT", "", "")]

    decision = read_roster(csv_file(rows), "a.csv").entries[0].decision

    assert (decision.raw, decision.number, decision.day) == (typed, number, day)


def test_a_decision_merged_over_several_teams_is_theirs_too():
    rows = [
        ("1", "Xã Văn Lang", "Thôn 1", "05/QĐ-UBND ngày 1/8/2025", "Vừ A Páo", "TT", "", ""),
        ("2", "", "Thôn 2", "", "Giàng A Lử", "TT", "", ""),
    ]

    roster = read_roster(s1_xlsx(rows, merge=("D4:D5", "B4:B5")), "a.xlsx")

    assert [e.decision.number for e in roster.entries] == ["05/QĐ-UBND"] * 2


def test_another_commune_does_not_inherit_team_or_decision():
    rows = [*S1_PEOPLE[4:6], ("3", "Xã Văn Lăng", "", "", "Vừ A Páo", "TT", "", "")]

    last = read_roster(s1_xlsx(rows), "a.xlsx").entries[-1]

    assert (last.commune, last.decision) == ("Xã Văn Lăng", None)
    assert "Chưa ghi tên tổ" in last.problem


def test_row_numbers_are_those_the_clerk_sees():
    assert [e.row for e in read_roster(s1_xlsx(), "a.xlsx").entries][:2] == [8, 9]


def test_rows_repeated_by_a_page_break_are_not_people():
    rows = [S1_HEADING, *S1_PEOPLE[4:6], S1_HEADING, *S1_PEOPLE[6:8]]

    assert len(read_roster(csv_file(rows), "a.csv").entries) == 4
