"""Files that are not rosters: each is told in its own words, and nothing has changed."""

import io
import re
import resource
import struct
import unicodedata
import zipfile

import openpyxl
import pytest

from lms.teams.gate import MAX_BYTES, UnreadableRoster, check_size
from lms.teams.reading import read_tables
from tests.lms.teams.files import csv_file, s1_xlsx, s2_docx

MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BOOK = b"".join(b"%06d " % number for number in range(1_200))  # 8,400 letters, none of them repeated in a row
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return out.getvalue()


def _swapped_parts() -> bytes:
    """A document whose list of relationships is another kind of part."""
    good = zipfile.ZipFile(io.BytesIO(s2_docx()))
    return _zip({n: b"<other/>" if n == "_rels/.rels" else good.read(n) for n in good.namelist()})


def _far_corners() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1048576"] = "x"
    book.active["XFD1"] = "y"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _book(shared: bytes, cells: bytes) -> bytes:
    """A workbook with these shared strings, whose only sheet has these cells below the heading."""
    good = zipfile.ZipFile(io.BytesIO(s1_xlsx()))
    parts = {name: good.read(name) for name in good.namelist()}
    parts["xl/sharedStrings.xml"] = b'<sst xmlns="%s">%s</sst>' % (MAIN, shared)
    sheet = parts["xl/worksheets/sheet1.xml"]
    start, end = sheet.index(b"<sheetData>") + 11, sheet.index(b"</sheetData>")
    parts["xl/worksheets/sheet1.xml"] = sheet[:start] + cells + sheet[end:]
    return _zip(parts)


def _pointers(count: int, value: bytes = b"0") -> bytes:
    cell = b'<c r="A%d" t="s"><v>' + value + b"</v></c>"
    return b"".join(b'<row r="%d">%s</row>' % (n, cell % n) for n in range(1, count + 1))


def _si(text: bytes) -> bytes:
    return b"<si><t>" + text + b"</t></si>"


def _repeated(data: bytes, times: int) -> bytes:
    """A workbook that names its only sheet many times."""
    good = zipfile.ZipFile(io.BytesIO(data))
    parts = {name: good.read(name) for name in good.namelist()}
    book = parts["xl/workbook.xml"]
    start, end = book.index(b"<sheets>") + 8, book.index(b"</sheets>")
    once = book[start:end]
    sheets = b"".join(re.sub(rb'name="[^"]*"', b'name="s%d"' % n, once) for n in range(times))
    return _zip({**parts, "xl/workbook.xml": book[:start] + sheets + book[end:]})


def _wide() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "x"
    book.active["ALL1000"] = "y"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lying_size() -> bytes:
    data = bytearray(_zip({"xl/workbook.xml": b"<a>" + b" " * 3_000_000}))
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 10)
    return bytes(data)


CASES = {
    "empty": (b"", "a.xlsx", "trống"),
    "zeros": (bytes(900), "a.xlsx", "trống"),
    "encrypted": (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "mật khẩu"),
    "old-excel": (OLE + "Workbook".encode("utf-16-le"), "a.xls", "Excel cũ"),
    "old-word": (OLE + "WordDocument".encode("utf-16-le"), "a.doc", "Word cũ"),
    "too-large": (b"a" * (MAX_BYTES + 1), "a.csv", "10 MB"),
    "zip-bomb": (_zip({"xl/workbook.xml": b"<a/>", "xl/b.xml": bytes(101 * 1024 * 1024)}), "a.xlsx", "phình to"),
    "ratio-bomb": (_zip({"xl/workbook.xml": b"<a/>", "xl/b.xml": bytes(9 * 1024 * 1024)}), "a.xlsx", "phình to"),
    "many-members": (_zip({"xl/workbook.xml": b"", **{f"x{n}": b"" for n in range(2001)}}), "a.xlsx", "phình to"),
    "far-corners": (_far_corners(), "a.xlsx", "quá xa"),
    "lying-size": (_lying_size(), "a.xlsx", "hỏng"),
    "one-long-string": (_book(_si(b"x" * 1_000_000), _pointers(1_000)), "a.xlsx", "dài hơn 8.000 ký tự"),
    "long-rich-string": (_book(b"<si>" + b"<r><t>%s</t></r>" % BOOK + b"</si>", _pointers(1)), "a.xlsx", "8.000 ký tự"),
    "long-string-in-pieces": (
        _book(b"<x:si xmlns:x='%s'>" % MAIN + b"<x:r><x:t>short</x:t></x:r>" * 2_000 + b"</x:si>", _pointers(1)),
        "a.xlsx",
        "8.000 ký tự",
    ),
    "long-inline-string": (
        _book(_si(b"a"), b'<row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c></row>' % BOOK),
        "a.xlsx",
        "8.000 ký tự",
    ),
    "long-formula-result": (
        _book(_si(b"a"), b'<row r="1"><c r="A1" t="str"><v>%s</v></c></row>' % BOOK),
        "a.xlsx",
        "8.000 ký tự",
    ),
    "string-copied-too-often": (_book(_si(BOOK[:7_900]), _pointers(9_000)), "a.xlsx", "phình to"),
    "pointers-in-disguise": (_book(_si(BOOK[:7_900]), _pointers(9_000, b"&#48;")), "a.xlsx", "phình to"),
    "string-cut-by-a-comment": (_book(_si(BOOK + b"<!-- </si> -->" + BOOK), _pointers(1)), "a.xlsx", "hỏng"),
    "string-in-a-string": (_book(b"<si><t><si></si>" + BOOK + b"</t></si>", _pointers(1)), "a.xlsx", "hỏng"),
    "end-in-quotes": (_book(b'<si a="/>"><t>' + BOOK + b"</t></si>", _pointers(1)), "a.xlsx", "hỏng"),
    "one-sheet-named-often": (_repeated(_wide(), 3), "a.xlsx", "phình to"),
    "long-word-cell": (s2_docx([(1, "x" * 8_001, "Tổ trưởng", "")]), "a.docx", "8.000 ký tự"),
    "long-csv-cell": (csv_file([["Họ tên", "Chức vụ"], ["x" * 8_001, "TT"]]), "a.csv", "8.000 ký tự"),
    "renamed-exe": (b"MZ\x90\x00" + bytes(200), "danh-sach.xlsx", "chương trình"),
    "renamed-pdf": (b"%PDF-1.7\n%abc", "danh-sach.xlsx", "PDF"),
    "other-zip": (_zip({"anh.jpg": b"x"}), "a.xlsx", "gói nén"),
    "cut-in-half": (s1_xlsx()[: len(s1_xlsx()) // 2], "a.xlsx", "hỏng"),
    "cut-docx": (s2_docx()[:-300], "a.docx", "hỏng"),
    "not-xml": (_zip({"xl/workbook.xml": b"hello"}), "a.xlsx", "hỏng"),
    "not-word": (_zip({"word/document.xml": b"hello"}), "a.docx", "hỏng"),
    "swapped-parts": (_swapped_parts(), "a.docx", "hỏng"),
    "entities": (_zip({"word/document.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'}), "a.docx", "hỏng"),
    "binary-csv": (b"a,b\x00\x01,c", "a.csv", "Không nhận ra"),
    "text-as-xlsx": (b"just words", "a.xlsx", "hỏng"),
    "unknown-name": (b"just words", "a.html", "Không nhận ra"),
}


@pytest.mark.parametrize(("data", "name", "words"), CASES.values(), ids=CASES.keys())
def test_a_file_that_cannot_be_a_roster_is_refused_in_its_own_words(data, name, words):
    with pytest.raises(UnreadableRoster) as refused:
        read_tables(data, name)

    assert words in refused.value.sentence
    assert "Danh sách của tổ chưa thay đổi gì." in refused.value.sentence
    assert refused.value.remedy


def test_a_hundred_megabytes_are_refused_before_reading():
    with pytest.raises(UnreadableRoster, match="10 MB"):
        check_size(100 * 1024 * 1024)


@pytest.mark.parametrize("cut", range(1, 10))
def test_a_file_cut_anywhere_is_refused_and_never_breaks_the_reader(cut):
    data = s1_xlsx()

    with pytest.raises(UnreadableRoster):
        read_tables(data[: len(data) * cut // 10], "a.xlsx")


def test_a_long_string_costs_no_memory_to_refuse():
    data = _book(_si(b"x" * 1_000_000), _pointers(1_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(UnreadableRoster):
        read_tables(data, "a.xlsx")

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (s1_xlsx([("1", "", "Thôn 1", "", "Vừ A Páo", "TV", "", "ữ" * 8_000)]), "a.xlsx"),
        (s2_docx([(1, "Vừ A Páo", "TV", "ữ" * 8_000)]), "a.docx"),
        (csv_file([["Họ tên"], ["ữ" * 8_000]]), "a.csv"),
    ],
    ids=["xlsx", "docx", "csv"],
)
def test_a_long_note_in_a_cell_is_read_whole(data, name):
    cells = [cell for row in read_tables(data, name)[0].rows for cell in row.cells]

    assert "ữ" * 8_000 in cells


def test_a_string_of_many_coloured_letters_is_as_long_as_its_letters():
    letters = b"".join(b'<r><rPr><b/><sz val="12"/><rFont val="Arial"/></rPr><t>a</t></r>' for _ in range(500))

    rows = read_tables(_book(b"<si/><si>%s</si>" % letters, _pointers(1, b"1")), "a.xlsx")[0].rows

    assert rows[0].cells == ("a" * 500,)


def test_formats_in_far_corners_do_no_harm():
    book = openpyxl.load_workbook(io.BytesIO(s1_xlsx()))
    book.active["H1048576"].font = openpyxl.styles.Font(bold=True)
    out = io.BytesIO()
    book.save(out)

    assert len(read_tables(out.getvalue(), "a.xlsx")[0].rows) < 50


def test_the_old_vietnamese_code_page_is_read():
    data = _cp1258("Họ tên;Chức vụ\nTrần Thị Bé;Tổ trưởng\n")

    assert read_tables(data, "a.csv")[0].rows[1].cells == ("Trần Thị Bé", "Tổ trưởng")


def _cp1258(text: str) -> bytes:
    """Write letters with their tone as a mark of its own, as that code page does."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    out = ""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(p for p in parts if p not in tones))
        out += base + "".join(p for p in parts if p in tones)
    return out.encode("cp1258")


def test_rows_with_fewer_cells_than_the_heading_are_read():
    assert read_tables(csv_file([["a", "b", "c"], ["1"]]), "a.csv")[0].rows[1].cells == ("1",)
