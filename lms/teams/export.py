"""Write the teams of a commune in the two official forms: .xlsx, .docx and .csv.

What is written here can be read back and changes nothing: carried cells are merged as in the
annexes, a second number stands beside the first, a team without a decision says so.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lms.teams.decisions import NO_DECISION_TEXT
from lms.teams.plan import Commune, CurrentMember, CurrentTeam
from lms.teams.roster import MEMBER, ROLE_TEXT

FORMS = {"s1": "Mẫu toàn xã, phường", "s2": "Mẫu từng thôn, xóm"}
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
}

_S1_HEADING = (
    "TT",
    "Tên Phường\\xã",
    "Tên Tổ",
    "Số Quyết định",
    "Họ tên thành viên",
    "Chức vụ trong tổ",
    "Số điện thoại liên hệ",
    "Ghi chú",
)
_S2_HEADING = ("STT", "Họ và Tên", "Chức vụ", "Số điện thoại có đăng ký Zalo")
_S1_WIDTHS = (5, 20, 20, 24, 26, 14, 22, 22)
_S2_WIDTHS = (6, 30, 16, 30)
_OTHER_NUMBER = re.compile(r"^số khác: (.+)$")
_LANDLINE = re.compile(r"máy bàn (\d+)$")
_QUOTED = re.compile(r"trong tệp ghi “(.*)”$")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table as it will be printed: lines above, heading, rows, and cells merged downwards.

    A merge is (column, first row, last row), rows counted from 0 below the heading.
    """

    title: str
    above: tuple[str, ...]
    heading: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    merges: tuple[tuple[int, int, int], ...] = ()
    below: tuple[str, ...] = ()


def write_roster(teams: Sequence[CurrentTeam], commune: Commune, *, form: str, kind: str) -> bytes:
    """Return the roster of a commune in form "s1" or "s2", as "xlsx", "docx" or "csv"."""
    sheets = [_s1_sheet(teams, commune)] if form == "s1" else [_s2_sheet(team, commune) for team in teams]
    writers = {"xlsx": _xlsx, "docx": _docx, "csv": _csv}
    return writers[kind](sheets)


def phone_cell(member: CurrentMember) -> str:
    """Write the phone so that reading it again gives the same number and the same note."""
    if member.phone:
        other = _OTHER_NUMBER.match(member.phone_note)
        return " / ".join([member.phone, *(other[1].split(", ") if other else ())])
    found = _LANDLINE.search(member.phone_note) or _QUOTED.search(member.phone_note)
    return found[1] if found else ""


def _s1_sheet(teams: Sequence[CurrentTeam], commune: Commune) -> Sheet:
    rows: list[tuple[str, ...]] = []
    merges: list[tuple[int, int, int]] = []
    for number, team in enumerate(teams, start=1):
        start = len(rows)
        for member in team.members or (None,):
            first = len(rows) == start
            shown = (str(number), team.name, team.decision or NO_DECISION_TEXT) if first else ("", "", "")
            place = commune.full_name if not rows else ""
            rows.append((shown[0], place, *shown[1:], *_s1_member(member)))
        merges += [(column, start, len(rows) - 1) for column in (0, 2, 3)]
    merges.append((1, 0, len(rows) - 1))
    total = sum(len(team.members) for team in teams)
    rows.append(("TỔNG", "", "", "", str(total), "", "", ""))
    title = f"DANH SÁCH TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG {commune.full_name.upper()}"
    taller = tuple(merge for merge in merges if merge[2] > merge[1])
    return Sheet("Danh sách", (title,), _S1_HEADING, _S1_WIDTHS, tuple(rows), taller)


def _s1_member(member: CurrentMember | None) -> tuple[str, str, str, str]:
    if member is None:
        return ("", "", "", "")
    # The letter's own form (S1) says "Thành viên" where everybody else says "Tổ viên".
    role = {**ROLE_TEXT, MEMBER: "Thành viên"}[member.role]
    return (member.name, role, phone_cell(member), member.note)


def _s2_sheet(team: CurrentTeam, commune: Commune) -> Sheet:
    above = (
        f"Đơn vị: {team.name}",
        f"UBND {commune.full_name}",
        "DANH SÁCH TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG THÔN, XÓM",
    )
    rows = tuple(
        (str(number), member.name, ROLE_TEXT[member.role], phone_cell(member))
        for number, member in enumerate(team.members, start=1)
    )
    below = ("………….………., ngày     tháng     năm", "Trưởng thôn, xóm", "(ký, ghi rõ họ tên)")
    return Sheet(team.name, above, _S2_HEADING, _S2_WIDTHS, rows, below=below)


def _csv(sheets: Sequence[Sheet]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for sheet in sheets:
        lines = [(line,) for line in sheet.above]
        writer.writerows([*lines, sheet.heading, *([_harmless(cell) for cell in row] for row in sheet.rows)])
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula when the .csv is opened."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _xlsx(sheets: Sequence[Sheet]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        plain = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
        styles = {
            "title": book.add_format({**plain, "bold": True}),
            "head": book.add_format({**plain, "bold": True, "border": 1, "align": "center", "text_wrap": True}),
            "cell": book.add_format({**plain, "border": 1, "text_wrap": True}),
            "plain": book.add_format(plain),
        }
        for number, sheet in enumerate(sheets or [_EMPTY], start=1):
            name = "Danh sách" if len(sheets) < 2 else f"{number}. {_sheet_name(sheet.title)}"[:31]
            _fill_sheet(book.add_worksheet(name), sheet, styles)
    return out.getvalue()


_EMPTY = Sheet("Danh sách", ("DANH SÁCH TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG",), _S2_HEADING, _S2_WIDTHS, ())


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", title).strip()


def _fill_sheet(page: Any, sheet: Sheet, styles: dict[str, Any]) -> None:
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    if len(sheet.heading) > 5:
        page.set_landscape()
    for column, width in enumerate(sheet.widths):
        page.set_column(column, column, width)
    for line, text in enumerate(sheet.above):
        page.write_string(line, 0, text, styles["title"])
    top = len(sheet.above) + 1
    page.repeat_rows(top)
    for column, text in enumerate(sheet.heading):
        page.write_string(top, column, text, styles["head"])
    for line, row in enumerate(sheet.rows, start=top + 1):
        for column, text in enumerate(row):
            page.write_string(line, column, text, styles["cell"])
    for column, first, last in sheet.merges:
        text = sheet.rows[first][column]
        page.merge_range(top + 1 + first, column, top + 1 + last, column, "", styles["cell"])
        page.write_string(top + 1 + first, column, text, styles["cell"])
    for line, text in enumerate(sheet.below, start=top + len(sheet.rows) + 2):
        page.write_string(line, 1, text, styles["plain"])


def _docx(sheets: Sequence[Sheet]) -> bytes:
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm, Pt

    document = docx.Document()
    font = document.styles["Normal"].font
    font.name, font.size = "Times New Roman", Pt(13)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    if sheets and len(sheets[0].heading) > 5:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin, section.right_margin = Mm(20), Mm(15)
    for number, sheet in enumerate(sheets or [_EMPTY]):
        _fill_document(document, sheet, new_page=number > 0)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _fill_document(document: Any, sheet: Sheet, *, new_page: bool) -> None:
    for line, text in enumerate(sheet.above):
        paragraph = document.add_paragraph()
        paragraph.add_run(text).bold = True
        paragraph.paragraph_format.page_break_before = new_page and line == 0
    table = document.add_table(rows=len(sheet.rows) + 1, cols=len(sheet.heading))
    table.style = "Table Grid"
    grid = [row.tc_lst for row in table._tbl.tr_lst]
    for cells, values in zip(grid, (sheet.heading, *sheet.rows), strict=True):
        for cell, text in zip(cells, values, strict=True):
            cell.p_lst[0].add_r().text = text
    for column, first, last in sheet.merges:
        for row in range(first, last + 1):
            grid[row + 1][column].vMerge = "restart" if row == first else "continue"
    for text in sheet.below:
        document.add_paragraph(text)
