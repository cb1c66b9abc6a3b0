"""Write the roster files of the demonstration province: `python -m lms.demo.inventing`.

The files beside this module were written by it once and are what the demonstration loads. They are
as rosters arrive in life: two official forms, three kinds of file, merged cells, the example
row of the form, preprinted roles without a name, shared and missing numbers, somebody in two
teams, and here and there a name typed on a phone that sends letters and marks apart.
"""

import csv
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lms.demo.names import Invented, People

FOLDER = Path(__file__).parent / "rosters"
SEED = "binh-dan-hoc-vu-so-2026"
S1_HEADING = (
    "TT", "Tên Phường\\xã", "Tên Tổ", "Số Quyết định", "Họ tên thành viên",
    "Chức vụ trong tổ", "Số điện thoại liên hệ", "Ghi chú",
)  # fmt: skip
S2_HEADING = ("STT", "Họ và Tên", "Chức vụ", "Số điện thoại có đăng ký Zalo")
_NOTES = ("", "", "", "", "Bí thư Đoàn", "Giáo viên", "Công an viên", "Hội Phụ nữ", "Cán bộ bưu điện", "Trưởng thôn")


@dataclass(frozen=True)
class InventedTeam:
    """A team on a roster."""

    name: str
    decision: str
    people: tuple[Invented, ...]


def write_all(folder: Path = FOLDER) -> list[Path]:
    """Write every roster file of the province; return their paths."""
    files = {
        "14797-phuong-hac-thanh.xlsx": s1_xlsx("Phường Hạc Thành", hac_thanh()),
        "15061-xa-ngoc-lac.xlsx": s2_xlsx("xã Ngọc Lặc", ngoc_lac()),
        "16177-xa-xuan-binh.docx": s1_docx("Xã Xuân Bình", xuan_binh()),
        "14845-xa-muong-lat.docx": s2_docx("xã Mường Lát", muong_lat()),
        "14845-xa-muong-lat-bo-sung.csv": s1_csv("Xã Mường Lát", muong_lat_more()),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def hac_thanh() -> list[InventedTeam]:
    """Ten teams of quarters, and the ward's own team in which leaders of quarters sit too."""
    people = People(SEED + "14797")
    teams = [
        _team(people, f"Tổ KP{n}", "kinh", people.between(8, 10), "01/QĐ-UBND ngày 10/7/2025") for n in range(1, 11)
    ]
    both = [replace(team.people[0], role="Thành viên", note=f"Tổ trưởng {team.name}") for team in teams[:2]]
    ward = _team(people, "Tổ CNSCĐ phường Hạc Thành", "kinh", 5, "02/QĐ-UBND ngày 10/7/2025")
    return [*teams, replace(ward, people=(*ward.people, *both))]


def ngoc_lac() -> list[InventedTeam]:
    """Eight villages, mostly Mường, on nine preprinted lines each."""
    people = People(SEED + "15061")
    names = ("Cao Nguyên", "Ngọc Minh", "Tân Lập", "Hưng Sơn", "Xuân Sơn", "Đồng Tâm", "Hạ Sơn", "Quang Thọ")
    return [_team(people, f"Thôn {name}", "muong", people.between(7, 9), "") for name in names]


def xuan_binh() -> list[InventedTeam]:
    """Eight villages, Kinh and Thái together."""
    people = People(SEED + "16177")
    kins = ("kinh", "thai", "kinh", "thai", "kinh", "kinh", "thai", "kinh")
    return [
        _team(people, f"Thôn {n}", kin, people.between(7, 9), "15/QĐ-UBND ngày 5/8/2025")
        for n, kin in enumerate(kins, 1)
    ]


def muong_lat() -> list[InventedTeam]:
    """Six villages, Thái and Mông."""
    people = People(SEED + "14845")
    names = {"Poọng": "thai", "Lát": "thai", "Na Khà": "thai", "Tén Tằn": "thai", "Pù Toong": "mong", "Ón": "mong"}
    return [_team(people, f"Bản {name}", kin, people.between(7, 9), "") for name, kin in names.items()]


def muong_lat_more() -> list[InventedTeam]:
    """Three villages that sent their list later."""
    people = People(SEED + "14845+")
    return [
        _team(people, f"Bản {name}", kin, people.between(7, 8), "09/QĐ-UBND ngày 20/8/2025")
        for name, kin in (("Chiềng Cồng", "thai"), ("Suối Phái", "mong"), ("Pom Khuông", "mong"))
    ]


def _team(people: People, name: str, kin: str, size: int, decision: str) -> InventedTeam:
    roles = ["Tổ trưởng", "Tổ phó", *(["Tổ phó"] if people.chance(0.2) else [])]
    members: list[Invented] = []
    while len(members) < size:
        full_name = people.name(kin)
        if any(member.name == full_name for member in members):
            continue
        role = roles[len(members)] if len(members) < len(roles) else "Thành viên"
        members.append(Invented(full_name, role, _phone(people, role, members), people.pick(*_NOTES)))
    return InventedTeam(name, decision, tuple(members))


def _phone(people: People, role: str, before: Sequence[Invented]) -> str:
    """Return a number as somebody would type it; leaders always have one of their own."""
    number = people.phone()
    if role != "Thành viên":
        return number
    if people.chance(0.06):
        return people.pick("", "0590***", "chưa có")
    if people.chance(0.05):
        return before[-1].phone
    if people.chance(0.25):
        return people.pick(
            f"{number[:4]} {number[4:7]} {number[7:]}", f"{number[:4]}.{number[4:7]}.{number[7:]}", f"+84{number[1:]}"
        )
    return number


def _s1_rows(commune: str, teams: Sequence[InventedTeam]) -> tuple[list[tuple[str, ...]], list[tuple[int, int, int]]]:
    """Return the rows under the heading, and (column, first, last) of the cells that span rows."""
    rows: list[tuple[str, ...]] = []
    spans: list[tuple[int, int, int]] = []
    for number, team in enumerate(teams, 1):
        first = len(rows)
        for at, person in enumerate(team.people):
            head = (str(number), "" if rows else commune, team.name, team.decision) if at == 0 else ("", "", "", "")
            rows.append((*head, _typed(person.name, len(rows)), person.role, person.phone, person.note))
        spans += [(column, first, len(rows) - 1) for column in (0, 2, 3)]
    return rows, [*spans, (1, 0, len(rows) - 1)]


def _typed(name: str, place: int) -> str:
    """Return the name as this phone or that machine sends it: some send letters and marks apart."""
    return unicodedata.normalize("NFD", name) if place % 17 == 5 else name


def s1_xlsx(commune: str, teams: Sequence[InventedTeam]) -> bytes:
    """Return form S1 as Excel writes it, with the example row of the form left in."""
    rows, spans = _s1_rows(commune, teams)
    out = io.BytesIO()
    with _workbook(out) as book:
        bold, cell = _styles(book)
        page = book.add_worksheet("Danh sách")
        page.write(0, 0, "DANH SÁCH TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG", bold)
        example = ("VD", commune, "Tổ KP1", "01/QĐ-UBND ngày 10/7/2025", "Nguyễn Văn A", "Tổ trưởng", "0914994***", "")
        for row, values in enumerate([S1_HEADING, example, *rows], 2):
            for column, value in enumerate(values):
                style = bold if row == 2 else cell
                is_number = column == 6 and value.isdigit() and row % 5 == 0
                page.write(row, column, int(value) if is_number else value, style)
        for column, first, last in spans:
            page.merge_range(4 + first, column, 4 + last, column, rows[first][column], cell)
        page.write(4 + len(rows), 0, "TỔNG", bold)
        page.write(4 + len(rows), 4, len(rows), bold)
        for column, width in enumerate((5, 18, 16, 18, 26, 14, 18, 18)):
            page.set_column(column, column, width)
    return out.getvalue()


def s2_xlsx(commune: str, teams: Sequence[InventedTeam]) -> bytes:
    """Return form S2 as Excel writes it, one sheet a village, nine preprinted lines each."""
    out = io.BytesIO()
    with _workbook(out) as book:
        bold, cell = _styles(book)
        for team in teams:
            page = book.add_worksheet(team.name)
            page.write(0, 0, f"Đơn vị: {team.name}, {commune}", bold)
            page.write(1, 0, "DANH SÁCH TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG THÔN, XÓM", bold)
            for row, values in enumerate([S2_HEADING, *_s2_rows(team)], 3):
                for column, value in enumerate(values):
                    page.write(row, column, value, bold if row == 3 else cell)
            page.write(14, 2, "………….………., ngày     tháng 8 năm 2025")
            page.write(15, 2, "Trưởng thôn, xóm")
            page.write(16, 2, "(ký, ghi rõ họ tên)")
            page.set_column(1, 3, 24)
    return out.getvalue()


def _s2_rows(team: InventedTeam) -> list[tuple[str, ...]]:
    """Return nine lines; those that nobody fills keep the role the form has printed."""
    words = {"Thành viên": "Tổ viên"}
    filled = [(p.name, words.get(p.role, p.role), p.phone) for p in team.people]
    lines = [*filled, *[("", "Tổ viên", "")] * max(0, 9 - len(filled))]
    return [(str(n), _typed(name, n + 2), role, phone) for n, (name, role, phone) in enumerate(lines, 1)]


def s1_docx(commune: str, teams: Sequence[InventedTeam]) -> bytes:
    """Return form S1 as Word writes it, with cells merged downwards."""
    import docx

    rows, spans = _s1_rows(commune, teams)
    document = docx.Document()
    document.add_paragraph("MẪU DANH SÁCH TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG")
    table = _word_table(document, [S1_HEADING, *rows, ("", "TỔNG", "", "", str(len(rows)), "", "", "")])
    grid = [row.tc_lst for row in table._tbl.tr_lst]
    for column, first, last in spans:
        for row in range(first, last + 1):
            grid[row + 1][column].vMerge = "restart" if row == first else "continue"
    return _saved(document)


def s2_docx(commune: str, teams: Sequence[InventedTeam]) -> bytes:
    """Return form S2 as Word writes it, one table a village, one below the other."""
    import docx

    document = docx.Document()
    for team in teams:
        document.add_paragraph(f"Đơn vị: {team.name}, {commune}")
        document.add_paragraph("PHỤ LỤC")
        document.add_paragraph("DANH SÁCH TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG THÔN, XÓM")
        _word_table(document, [S2_HEADING, *_s2_rows(team)])
        document.add_paragraph("………….………., ngày     tháng 8 năm 2025")
        document.add_paragraph("Trưởng thôn, xóm")
    return _saved(document)


def s1_csv(commune: str, teams: Sequence[InventedTeam]) -> bytes:
    """Return form S1 as Excel saves it for exchange, with semicolons as on Vietnamese machines."""
    rows, _spans = _s1_rows(commune, teams)
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows([S1_HEADING, *rows])
    return out.getvalue().encode("utf-8-sig")


def _workbook(out: io.BytesIO) -> Any:
    import datetime

    import xlsxwriter

    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": datetime.datetime(2025, 8, 1, tzinfo=datetime.UTC)})
    return book


def _styles(book: Any) -> tuple[Any, Any]:
    plain = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
    return book.add_format({**plain, "bold": True}), book.add_format({**plain, "border": 1})


def _word_table(document: Any, rows: Sequence[Sequence[str]]) -> Any:
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    table.style = "Table Grid"
    for line, values in zip(table._tbl.tr_lst, rows, strict=True):
        for cell, value in zip(line.tc_lst, values, strict=True):
            cell.p_lst[0].add_r().text = value
    return table


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


if __name__ == "__main__":
    write_all()
