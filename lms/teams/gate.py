"""The gate every roster file passes before anything opens it.

A roster comes from a stranger's computer: it may be empty, locked with a password, cut in half,
blown up, or not a roster at all. Each case is told in its own words, and nothing has changed.
"""

import io
import zipfile
import zlib

from lms.errors import Refused
from lms.teams.sheets import Texts, check_plain, holds_cells, rectangle

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_MEMBERS = 2_000
MAX_RATIO = 200
#: A reader of spreadsheets keeps one slot for every cell of the used rectangle, filled or not.
MAX_CELLS = 2_000_000
#: A name, a decision or a note is far shorter; Excel itself stops at 32,767 letters.
MAX_CELL_TEXT = 8_000
#: A string written once is copied for every cell that shows it.
MAX_TEXT_BYTES = 50 * 1024 * 1024

NOTHING_CHANGED = "Danh sách của tổ chưa thay đổi gì."

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OLD_WORD = "WordDocument".encode("utf-16-le")
_FOREIGN = {
    b"MZ": "một chương trình máy tính",
    b"\x7fELF": "một chương trình máy tính",
    b"%PDF": "một tệp PDF",
    b"\x89PNG": "một tấm ảnh",
    b"\xff\xd8\xff": "một tấm ảnh",
    b"GIF8": "một tấm ảnh",
    b"Rar!": "một gói nén",
    b"7z\xbc\xaf": "một gói nén",
    b"\x1f\x8b": "một gói nén",
    b"{\\rtf": "một tệp RTF",
    b"#!": "một chương trình máy tính",
}


class UnreadableRoster(Refused):
    """The file cannot be read as a roster: the reason, that nothing changed, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {NOTHING_CHANGED}", remedy=remedy)


def check_size(size: int) -> None:
    """Refuse a file that is too large, before a byte of it is read.

    Raises: UnreadableRoster.
    """
    if size > MAX_BYTES:
        raise UnreadableRoster(
            f"Tệp nặng hơn {MAX_BYTES // 1024 // 1024} MB nên hệ thống không nhận.",
            "Xóa ảnh trong tệp hoặc chia thành nhiều tệp nhỏ, rồi tải lên lại.",
        )


def look_first(data: bytes, name: str) -> None:
    """Refuse what its first bytes give away, without unpacking anything.

    Raises: UnreadableRoster.
    """
    check_size(len(data))
    if not data.strip(b"\x00 \t\r\n"):
        raise UnreadableRoster("Tệp này trống, không có gì bên trong.", "Mở lại tệp gốc, lưu lại rồi tải lên lần nữa.")
    if data.startswith(_OLE):
        raise _old_office(data)
    if data.startswith(b"PK"):
        return
    _refuse_foreign(data)
    if not name.lower().endswith((".csv", ".txt")):
        raise _damaged() if name.lower().endswith((".xlsx", ".docx")) else _unknown()


def kind_of(data: bytes, name: str) -> str:
    """Tell by its content what a file is: "xlsx", "docx" or "csv". Its name is only a hint.

    Raises: UnreadableRoster.
    """
    look_first(data, name)
    return _kind_of_package(data) if data.startswith(b"PK") else "csv"


def long_cell() -> UnreadableRoster:
    """Return the refusal of a file in which one cell holds a whole book."""
    limit = f"{MAX_CELL_TEXT:,}".replace(",", ".")
    return UnreadableRoster(
        f"Tệp có ô dài hơn {limit} ký tự nên hệ thống không mở.",
        "Xóa bớt chữ trong ô đó, hoặc chép bảng danh sách sang một tệp mới, rồi tải lên lại.",
    )


def _old_office(data: bytes) -> UnreadableRoster:
    if _ENCRYPTED in data:
        return UnreadableRoster("Tệp có đặt mật khẩu nên không đọc được.", "Bỏ mật khẩu, lưu lại rồi tải lên lần nữa.")
    new, app = (".docx", "Word") if _OLD_WORD in data else (".xlsx", "Excel")
    return UnreadableRoster(
        f"Tệp thuộc đời {app} cũ nên không đọc được.",
        f"Mở tệp bằng {app}, chọn “Lưu thành” loại {new}, rồi tải lên lại.",
    )


def _refuse_foreign(data: bytes) -> None:
    for mark, what in _FOREIGN.items():
        if data.startswith(mark):
            raise UnreadableRoster(f"Đây là {what}, không phải danh sách tổ.", _WHICH_FILES)
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide and b"\x00" in data:
        raise _unknown()


_WHICH_FILES = "Hãy chọn tệp Excel (.xlsx), Word (.docx) hoặc .csv theo mẫu."


def _unknown() -> UnreadableRoster:
    return UnreadableRoster("Không nhận ra loại tệp này.", _WHICH_FILES)


def _damaged() -> UnreadableRoster:
    return UnreadableRoster("Tệp bị hỏng hoặc chưa tải xong.", "Mở lại tệp gốc, lưu lại rồi tải lên lần nữa.")


def blown_up() -> UnreadableRoster:
    """Return the refusal of a file that asks for far more memory than it has bytes."""
    return UnreadableRoster(
        "Tệp phình to bất thường khi mở, nên hệ thống không mở.",
        "Chép các dòng danh sách sang một tệp mới rồi tải lên lại.",
    )


def _kind_of_package(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _check_members(package.infolist())
            kind = _office_kind(package.namelist())
            _check_content(package, kind)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise _damaged() from error
    return kind


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_UNPACKED_BYTES:
        raise blown_up()
    for member in members:
        if member.file_size > 1024 * 1024 and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise blown_up()
        if member.flag_bits & 1:
            raise UnreadableRoster(
                "Tệp có đặt mật khẩu nên không đọc được.", "Bỏ mật khẩu, lưu lại rồi tải lên lần nữa."
            )


def _office_kind(names: list[str]) -> str:
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "word/document.xml" in names:
        return "docx"
    raise UnreadableRoster("Đây là một gói nén, không phải danh sách tổ.", _WHICH_FILES)


def _check_content(package: zipfile.ZipFile, kind: str) -> None:
    """Unpack every member once: sizes that lie, damage and absurd sheets show themselves here."""
    texts = Texts(limit=MAX_CELL_TEXT)
    for member in package.infolist():
        content = package.read(member)
        if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content[:4096]:
            raise _damaged()
        if kind == "xlsx" and holds_cells(content):
            check_plain(content)
            _check_extent(content)
            texts.count(content)
    if texts.longest > MAX_CELL_TEXT:
        raise long_cell()
    if texts.copied > MAX_TEXT_BYTES:
        raise blown_up()


def _check_extent(sheet: bytes) -> None:
    """Refuse a sheet with a few cells in far corners."""
    if rectangle(sheet) > MAX_CELLS:
        raise UnreadableRoster(
            "Trang tính có ô nằm quá xa bảng danh sách.",
            "Chép riêng bảng danh sách sang một tệp mới rồi tải lên lại.",
        )
