"""Certificates to look at in tests, with visible defaults, and eyes to read them with."""

import io
import math
import unicodedata
from ctypes import byref, c_double
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium
import zxingcpp
from PIL import Image, ImageDraw

from lms.press.facts import Facts
from lms.press.templates import Letterhead, Picture, Template
from lms.press.wording import DEFAULT_WORDING

DESIGNS = ("don-gian", "le-hoi", "trang-trong")
ADDRESS = "HTTPS://BDHVS.GIALAI.GOV.VN/V/7K3M9QX2WD8RZ4TN6HPCX"
NOTE = "Thay thế giấy chứng nhận số 0099/2026/GCN-SKHCN"

_TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
_SMALL = [unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in _TONES]
LETTERS = "".join(letter + letter.upper() for letter in dict.fromkeys((*_SMALL, "đ")) if not letter.isascii())
MINORITY_LETTERS = "ƀɃĕĔĭĬŏŎŭŬčČñÑ"

DEPARTMENT = Letterhead(
    parent="Ủy ban nhân dân tỉnh Gia Lai",
    agency="Sở Khoa học và Công nghệ",
    place="Gia Lai",
    authority=("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
    signer="Trần Văn Dũng",
)
COMMITTEE = Letterhead(
    parent="Ủy ban nhân dân Thành phố Hồ Chí Minh",
    agency="Trung tâm Chuyển đổi số và Công nghệ thông tin tỉnh Gia Lai",
    place="Thành phố Hồ Chí Minh",
    authority=("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
    signer="Nguyễn Hoàng Phương Uyên",
)
LONG = {
    "name": "Rơ Châm H'Bích Ngọc Ƀăh Kpă Nguyễn Thị Thanh Huyền Trâm Krŏng Nay Kông Siu Rah Lan",
    "role": "Tổ phó",
    "team": "Tổ công nghệ số cộng đồng liên thôn Đồng Tâm – Plei Ƀôk – Plei Krŏng Hra – Kon Mahar Ktu – Đê Ar"
    " – Plei Bĭa Tih – khu dân cư Nhà máy thủy điện Ia Ly và khu tái định cư Đồng Tâm 2",
    "commune": "Xã Kông Bơ La",
    "course": "Hướng dẫn người dân sử dụng dịch vụ công trực tuyến, thanh toán không dùng tiền mặt, mua sắm trên"
    " mạng an toàn và tự bảo vệ mình trên không gian mạng cho đồng bào vùng sâu, vùng xa",
    "class_name": "Lớp 12 – Cụm Ia Grai – Ia Krăi – Ia Hrung, mở tại Hội trường Ủy ban nhân dân xã Ia Grai",
    "note": NOTE,
}
OF_KIND: dict[str, dict[str, str]] = {
    "class": {},
    "course": {"class_name": "", "first_day": ""},
    "skills": {"course": "Năm kỹ năng số cơ bản", "class_name": "", "hours": "", "result": "Đạt 5/5 kỹ năng"},
    "team": {
        "name": "Tổ công nghệ số cộng đồng thôn Đồng Tâm",
        "role": "",
        "team": "",
        "course": "Năm kỹ năng số cơ bản",
        "result": "12/12 tổ viên hoàn thành",
    },
}


class Standing(NamedTuple):
    """Where letters stand, in mm from the upper left corner of the page."""

    baseline: float
    left: float
    top: float
    right: float
    bottom: float


def facts(**but: str) -> Facts:
    """What a certificate says about a member of Gia Lai."""
    said = {
        "name": "Nguyễn Thị Đẹp",
        "role": "Tổ trưởng",
        "team": "Tổ công nghệ số cộng đồng thôn Đồng Tâm",
        "commune": "Xã Ia Grai",
        "province": "tỉnh Gia Lai",
        "course": "Dịch vụ công trực tuyến",
        "class_name": "Lớp 03",
        "first_day": "05/11/2026",
        "last_day": "06/11/2026",
        "hours": "16 giờ",
        "result": "Đạt",
        "number": "0123/2026/GCN-SKHCN",
        "book_entry": "0123",
        "decision": "Quyết định số 45/QĐ-SKHCN ngày 20/11/2026",
        "issued": "2026-11-20",
        "issued_words": "ngày 20 tháng 11 năm 2026",
        "code": "7K3M9-QX2WD-8RZ4T-N6HPC-X",
        "address": ADDRESS,
    }
    return Facts(**said | but)


def template(design: str, kind: str = "class", **but: Any) -> Template:
    """A template of the department of Gia Lai."""
    chosen: dict[str, Any] = {
        "design": design,
        "kind": kind,
        "wording": DEFAULT_WORDING[kind],
        "letterhead": DEPARTMENT,
        "site": "bdhvs.gialai.gov.vn/v",
    }
    return Template(**chosen | but)


def pictures() -> dict[str, Picture]:
    """A logo, a red seal and a blue signature, on nothing."""
    return {"logo": _picture(_logo()), "seal": _picture(_seal()), "signature": _picture(_signature())}


def rows_of(pdf: bytes) -> list[str]:
    """Return what a reader would copy out of the PDF, row by row."""
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage().get_text_range()
    return [row.strip() for row in text.splitlines() if row.strip()]


def standing(pdf: bytes, row: str) -> Standing:
    """Return where the letters of a row stand on the page."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        text = page.get_textpage()
        found = text.search(row, match_case=True).get_next()
        assert found, f"not on the page: {row}"
        first, count = found
        boxes = [text.get_charbox(place) for place in range(first, first + count)]
        x, y = c_double(), c_double()
        pdfium.FPDFText_GetCharOrigin(text.raw, first, byref(x), byref(y))
        height = page.get_height()
    left, bottom, right, top = zip(*(box for box in boxes if box[0] < box[2]), strict=True)
    ends = (height - y.value, min(left), height - max(top), max(right), height - min(bottom))
    return Standing(*(end * 25.4 / 72 for end in ends))


def drawn(pdf: bytes, dpi: int) -> Image.Image:
    """Return the page as a picture."""
    with pypdfium2.PdfDocument(pdf) as document:
        return document[0].render(scale=dpi / 72).to_pil().convert("RGB")


def codes_on(picture: Image.Image) -> list[str]:
    """Return what a camera reads."""
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def _picture(image: Image.Image) -> Picture:
    out = io.BytesIO()
    image.save(out, "PNG")
    return Picture(out.getvalue(), "image/png")


def _logo() -> Image.Image:
    image = Image.new("RGBA", (300, 300))
    ImageDraw.Draw(image).ellipse((10, 10, 290, 290), fill=(20, 90, 160, 255))
    return image


def _seal() -> Image.Image:
    image = Image.new("RGBA", (420, 420))
    for radius, width in ((204, 8), (192, 2), (110, 4)):
        box = (210 - radius, 210 - radius, 210 + radius, 210 + radius)
        ImageDraw.Draw(image).ellipse(box, outline=(200, 20, 20, 210), width=width)
    return image


def _signature() -> Image.Image:
    image = Image.new("RGBA", (450, 220))
    points = [(30 + 3.9 * step, 110 + 75 * math.sin(step / 6) * math.cos(step / 19)) for step in range(100)]
    ImageDraw.Draw(image).line(points, fill=(20, 40, 160, 255), width=5, joint="curve")
    return image
