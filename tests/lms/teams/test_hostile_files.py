"""Files that are not rosters: each is told in its own words, and nothing has changed."""

import io
import struct
import unicodedata
import zipfile

import openpyxl
import pytest

from lms.teams.gate import MAX_BYTES, UnreadableRoster, check_size
from lms.teams.reading import read_tables
from tests.lms.teams.files import csv_file, s1_xlsx, s2_docx

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
