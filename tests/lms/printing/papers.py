"""Papers to print in tests, with visible defaults, and eyes to read them with."""

import shutil
import subprocess
import unicodedata
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pypdfium2

from lms.printing.documents import (
    AttendancePaper,
    AttendanceRow,
    Heading,
    Paragraph,
    ReportPaper,
    SlipPaper,
    Table,
)

ENTRY_URL = "HTTPS://BDHVS.GIALAI.GOV.VN/VAO/ABCD1234EFGH5678JKMN"


def slip(**but: Any) -> SlipPaper:
    """A login slip of a member of Đồng Tâm."""
    facts: dict[str, Any] = {
        "name": "Nguyễn Thị Đẹp",
        "team": "Tổ công nghệ số cộng đồng thôn Đồng Tâm",
        "commune": "Xã Ia Grai, tỉnh Gia Lai",
        "entry_url": ENTRY_URL,
        "entry_host": "bdhvs.gialai.gov.vn/vao",
        "code": "48217093",
        "member_code": "TV-52-00417",
        "expires_at": datetime(2026, 12, 5, 10, 0, tzinfo=UTC),
    }
    return SlipPaper(**facts | but)


def attendance(rows: int = 3, **but: Any) -> AttendancePaper:
    """An attendance list of two half-days."""
    people = tuple(
        AttendanceRow(f"Siu Bl{letter}k", "Tổ phó", "Tổ thôn Đồng Tâm, xã Ia Grai", "0914 994 123")
        for letter in ("ắ", "ẵ", "ặ", "ữ", "ợ", "ễ", "ỗ", "ẩ")[: min(rows, 8)] * max(1, rows // 8)
    )
    facts: dict[str, Any] = {
        "agency": "Sở Khoa học và Công nghệ",
        "class_name": "Lớp 03 – Cụm Ia Grai",
        "topic": "Dịch vụ công trực tuyến",
        "venue": "Hội trường UBND xã Ia Grai",
        "sessions": ("Ký sáng 05/02", "Ký chiều 05/02"),
        "rows": people,
        "place": "Gia Lai",
        "day": date(2026, 2, 5),
    }
    return AttendancePaper(**facts | but)


def report(**but: Any) -> ReportPaper:
    """A quarter report with a table long enough for two pages."""
    rows = tuple((str(n), f"Xã Ia Grai {n}", "120", "84") for n in range(1, 46))
    columns = ("STT", "Xã, phường", "Tổ viên", "Hoàn thành")
    facts: dict[str, Any] = {
        "parent_agency": "Ủy ban nhân dân tỉnh Gia Lai",
        "agency": "Sở Khoa học và Công nghệ",
        "number": "07/BC-SKHCN",
        "place": "Gia Lai",
        "day": date(2026, 2, 5),
        "summary": "Kết quả hoạt động của các tổ công nghệ số cộng đồng quý I năm 2026",
        "body": (
            Heading("I. Kết quả thực hiện"),
            Paragraph("Các tổ đã được kiện toàn."),
            Table(columns, rows, caption="Bảng 1. Kết quả theo xã", numeric=(2, 3)),
        ),
        "authority": ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
        "recipients": ("Như trên", "Lưu: VT, CĐS"),
        "signer": "Trần Văn Dũng",
    }
    return ReportPaper(**facts | but)


def text_of(pdf: bytes) -> str:
    """Return what a reader would copy out of the PDF, line breaks as spaces."""
    pages = (page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))
    return " ".join(" ".join(pages).split())


def page_count(pdf: bytes) -> int:
    """Return how many sheets come out of the printer."""
    return len(pypdfium2.PdfDocument(pdf))


def codes_on(pdf: bytes, page: int = 0) -> list[str]:
    """Return what a camera reads from the QR codes of a page."""
    picture = BytesIO()
    pypdfium2.PdfDocument(pdf)[page].render(scale=150 / 72).to_pil().save(picture, "PNG")
    zbar = shutil.which("zbarimg")
    assert zbar, "Cần gói Debian zbar-tools để đọc mã QR."
    read = subprocess.run([zbar, "--raw", "-q", "-"], input=picture.getvalue(), capture_output=True, check=True)
    return read.stdout.decode().split()


def is_nfc(text: str) -> bool:
    """Say whether the text is in NFC."""
    return unicodedata.is_normalized("NFC", text)
