"""Roster files as they arrive: both official forms, written with the tools clerks' files come from."""

import csv
import io
from collections.abc import Sequence

import docx
import openpyxl

S1_HEADING = (
    "TT",
    "Tên Phường\\xã",
    "Tên Tổ",
    "Số Quyết định",
    "Họ tên thành viên",
    "Chức vụ trong tổ",
    "Số điện thoại liên hệ",
    "Ghi chú",
)
S2_HEADING = ("STT", "Họ và Tên", "Chức vụ", "Số điện thoại có đăng ký Zalo")

S1_TEMPLATE = (
    ("VD", "Phường Hạc Thành", "Tổ KP1", "01/QĐ-UBND ngày 10/7/2025", "Nguyễn Văn A", "Tổ trưởng", "0914994***", ""),
    ("", "", "", "", "Nguyễn Văn B", "Thành viên", "0914994***", ""),
    ("", "", "", "", "Nguyễn Văn C", "Thành viên", "0914994***", ""),
    ("", "", "Tổ ….", "", "", "", "", ""),
    ("", "Xã Xuân Bình", "Thôn 1", "01/QĐ-UBND ngày 10/7/2025", "Nguyễn Văn A", "Tổ trưởng", "0914994***", ""),
    ("", "", "", "", "Nguyễn Văn B", "Thành viên", "0914994***", ""),
    ("", "", "", "", "Nguyễn Văn C", "Thành viên", "0914994***", ""),
    ("", "", "Thôn…", "", "", "", "", ""),
    ("TỔNG", "", "", "", "", "", "", ""),
)

S1_PEOPLE = (
    *S1_TEMPLATE[:4],
    ("1", "Xã Văn Lang", "Thôn 1", "05/QĐ-UBND ngày 1/8/2025", "Hoàng Thị Hoà", "Tổ trưởng", "0914 994 123", "Bí thư"),
    ("", "", "", "", "Lò Văn Tống", "Tổ phó", "0162.345.6789", ""),
    ("", "", "", "", "Y Bih Êban", "Tổ phó", 914994125, ""),
    ("", "", "", "", "H'Hen Niê", "Thành viên", "0914994***", ""),
    ("2", "", "Thôn 2", "06/QĐ-UBND ngày 01/08/2025", "Nguyễn Văn An", "Tổ trưởng", "0914994126 / 0988123456", ""),
    ("", "", "", "", "Nguyễn Văn An", "Thành viên", "0914994127", ""),
    ("", "", "", "", "Trần Thị Bé", "Ủy viên", "", ""),
    ("", "", "Thôn…", "", "", "", "", ""),
    ("TỔNG", "", "", "", "7", "", "", ""),
)

ROLES_OF_NINE = ("Tổ trưởng", "Tổ phó", *["Tổ viên"] * 7)
FOUR_NAMES = ("Phạm Thị Lan", "Lê Văn Hùng", "Vi Thị Mai", "Hà Văn Sơn")
FOUR_PHONES = ("0912000001", "0912000002", "0912000003", "0912000004")


def s2_rows(names: Sequence[str] = FOUR_NAMES, phones: Sequence[object] = FOUR_PHONES) -> list[tuple[object, ...]]:
    """Nine preprinted roles; names only where somebody was found."""
    blanks = len(ROLES_OF_NINE) - len(names)
    people = zip([*names, *[""] * blanks], ROLES_OF_NINE, [*phones, *[""] * blanks], strict=True)
    return [(number, *person) for number, person in enumerate(people, start=1)]


S2_FOOT = ("Văn Lang, ngày 05 tháng 8 năm 2025", "Trưởng thôn, xóm", "(ký, ghi rõ họ tên)", "Phạm Văn Trưởng")


def s1_xlsx(rows: Sequence[Sequence[object]] = S1_PEOPLE, *, merge: Sequence[str] = (), above: int = 2) -> bytes:
    """Form S1 as a workbook: a title, two blank lines, the heading, the rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Danh sách"
    sheet["A1"] = "Mẫu danh sách Tổ Công nghệ số cộng đồng"
    for _ in range(above - 1):
        sheet.append([None])
    for row in (S1_HEADING, *rows):
        sheet.append([value if value != "" else None for value in row])
    for area in merge:
        sheet.merge_cells(area)
    return _saved(book)


def s2_xlsx(rows: Sequence[Sequence[object]] | None = None, *, unit: str = "Đơn vị: Thôn (xóm) Đồng Tâm") -> bytes:
    """Form S2 as a workbook, signatures below."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = unit
    sheet["A2"] = "PHỤ LỤC"
    sheet["A3"] = "DANH SÁCH TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG THÔN, XÓM"
    for row in (S2_HEADING, *(rows or s2_rows())):
        sheet.append(list(row))
    for line in S2_FOOT:
        sheet.append([None, line])
    return _saved(book)


def s2_docx(rows: Sequence[Sequence[object]] | None = None, *, unit: str = "Đơn vị: Thôn (xóm) Đồng Tâm") -> bytes:
    """Form S2 as a document: paragraphs above and below one table."""
    document = docx.Document()
    for line in (unit, "PHỤ LỤC", "DANH SÁCH TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG THÔN, XÓM"):
        document.add_paragraph(line)
    _word_table(document, (S2_HEADING, *(rows or s2_rows())))
    for line in S2_FOOT:
        document.add_paragraph(line)
    return _saved(document)


def s1_docx(rows: Sequence[Sequence[object]] = S1_PEOPLE, *, merge: Sequence[tuple[int, int, int]] = ()) -> bytes:
    """Form S1 as a document; `merge` holds (column, first row, last row), heading is row 0."""
    document = docx.Document()
    document.add_paragraph("Mẫu danh sách Tổ Công nghệ số cộng đồng")
    table = _word_table(document, (S1_HEADING, *rows))
    for column, first, last in merge:
        text = table.cell(first, column).text
        for row in range(first + 1, last + 1):
            table.cell(row, column).text = ""
        table.cell(first, column).merge(table.cell(last, column)).text = text
    return _saved(document)


def csv_file(rows: Sequence[Sequence[object]], *, encoding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
    """Rows as Excel writes them to .csv."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def s1_csv(rows: Sequence[Sequence[object]] = S1_PEOPLE, **kind: str) -> bytes:
    """Form S1 as .csv."""
    return csv_file((S1_HEADING, *rows), **kind)


def _word_table(document, rows):
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for line, values in zip(table.rows, rows, strict=True):
        for cell, value in zip(line.cells, values, strict=True):
            cell.text = str(value)
    return table


def _saved(made) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
