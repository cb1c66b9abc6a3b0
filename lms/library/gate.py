"""The gate every document of a trainer passes before anything opens it.

A file says with its content what it is; its name is only a hint. Nothing is unpacked that could
grow without end, and no XML with declarations of its own reaches a reader.
"""

import io
import zipfile
import zlib

from lms.errors import Refused

MAX_UNPACKED_BYTES = 120 * 1024 * 1024
MAX_MEMBERS = 2_000
MAX_RATIO = 200
MAX_TEXT_BYTES = 400_000
_LITTLE = 1024 * 1024

_WHICH_FILES = "Hãy chọn tệp Word (.docx) hoặc tệp chữ .md."
_KNOWN = {
    b"MZ": "một chương trình máy tính",
    b"\x7fELF": "một chương trình máy tính",
    b"#!": "một chương trình máy tính",
    b"%PDF": "một tệp PDF",
    b"\x89PNG": "một tấm ảnh",
    b"\xff\xd8\xff": "một tấm ảnh",
    b"GIF8": "một tấm ảnh",
    b"RIFF": "một tệp ảnh hoặc âm thanh",
    b"<svg": "một hình vẽ SVG",
    b"<?xml": "một tệp XML",
    b"<!DOCTYPE": "một trang web",
    b"<html": "một trang web",
    b"{\\rtf": "một tệp RTF",
    b"Rar!": "một gói nén",
    b"7z\xbc\xaf": "một gói nén",
    b"\x1f\x8b": "một gói nén",
}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class UnreadableDocument(Refused):
    """The file cannot become a lesson: what it is, that nothing changed, and what to do."""

    status = 422

    def __init__(self, what: str, remedy: str = _WHICH_FILES) -> None:
        super().__init__(f"{what} Học liệu chưa thay đổi gì.", remedy=remedy)


def kind_of(data: bytes, name: str) -> str:
    """Tell by its content what a document is: "docx" or "md".

    Raises:
        UnreadableDocument: it is neither, or made to do harm.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise UnreadableDocument("Tệp này trống, không có gì bên trong.")
    if data.startswith(_OLD_OFFICE):
        raise _old_office(data)
    if data.startswith(b"PK"):
        _check_package(data)
        return "docx"
    head = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:64]
    for mark, what in _KNOWN.items():
        if head[: len(mark)].lower() == mark.lower():
            raise UnreadableDocument(f"Đây là {what}, không phải bài học.")
    if name.lower().endswith(".docx"):
        raise _damaged()
    if not name.lower().endswith((".md", ".txt", ".markdown")) or b"\x00" in data:
        raise UnreadableDocument("Không nhận ra loại tệp này.")
    if len(data) > MAX_TEXT_BYTES:
        raise UnreadableDocument("Tệp chữ dài quá một bài học.", "Hãy chia thành nhiều bài ngắn rồi tải lên lại.")
    return "md"


def _old_office(data: bytes) -> UnreadableDocument:
    if _ENCRYPTED in data:
        return UnreadableDocument(
            "Tệp có đặt mật khẩu nên không đọc được.", "Bỏ mật khẩu, lưu lại rồi tải lên lần nữa."
        )
    return UnreadableDocument(
        "Tệp thuộc đời Word cũ nên không đọc được.",
        "Mở bằng Word, chọn “Lưu thành” loại .docx, rồi tải lên lại.",
    )


def _damaged() -> UnreadableDocument:
    return UnreadableDocument("Tệp bị hỏng hoặc chưa tải xong.", "Mở lại tệp gốc, lưu lại rồi tải lên lần nữa.")


def _blown_up() -> UnreadableDocument:
    return UnreadableDocument(
        "Tệp phình to bất thường khi mở, nên hệ thống không mở.",
        "Chép nội dung sang một tệp Word mới rồi tải lên lại.",
    )


def _check_package(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _check_sizes(package.infolist())
            if "word/document.xml" not in package.namelist():
                raise UnreadableDocument("Đây không phải tệp Word.")
            _check_members(package)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise _damaged() from error


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise _blown_up()
    for member in members:
        if member.flag_bits & 1:
            raise UnreadableDocument(
                "Tệp có đặt mật khẩu nên không đọc được.", "Bỏ mật khẩu, lưu lại rồi tải lên lần nữa."
            )
        if member.file_size > _LITTLE and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise _blown_up()


def _check_members(package: zipfile.ZipFile) -> None:
    """Unpack each member once, counted: a size that lies, damage and entities show themselves here."""
    total = 0
    for member in package.infolist():
        with package.open(member) as stream:
            content = stream.read(MAX_UNPACKED_BYTES + 1 - total)
        total += len(content)
        if total > MAX_UNPACKED_BYTES:
            raise _blown_up()
        is_xml = member.filename.endswith((".xml", ".rels"))
        if is_xml and (b"<!DOCTYPE" in content or b"<!ENTITY" in content):
            raise _damaged()
