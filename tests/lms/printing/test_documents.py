"""What stands on the papers: read back out of the PDF as a person or a camera would."""

import unicodedata
from datetime import date

import pypdfium2
import pytest

from lms.printing.documents import attendance_pdf, report_pdf, slips_pdf
from tests.lms.printing.papers import (
    ENTRY_URL,
    attendance,
    codes_on,
    is_nfc,
    page_count,
    report,
    slip,
    text_of,
)

VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
SMALL = {unicodedata.normalize("NFC", v + t) for v in VOWELS for t in TONES} - set("aeiouy") | {"đ"}
LETTERS = sorted(SMALL | {letter.upper() for letter in SMALL})
LONG_NAMES = [
    "H'Rơ Châm Thị Ngọc Bích-Phương Tuyền",
    "Rơ Châm H'Bĭa Ƀlơh Lŏt",
    "Nguyễn Phan Hoàng Đặng Thị Huỳnh Ngọc Trường Khương Ưỡng",
    "Nguyễn Phan Hoàng Đặng Thị Huỳnh Ngọc Trường Khương Nghiêm Ưỡng Quỳnh Hương Thảo",
]


def test_all_134_vietnamese_letters_copy_back_out_in_nfc():
    text = text_of(report_pdf(report(summary=" ".join(LETTERS))))

    assert len(LETTERS) == 134
    assert " ".join(LETTERS) in text
    assert is_nfc(text)


def test_every_font_is_one_of_ours_and_embedded():
    for pdf in (
        slips_pdf([slip(name="Rơ Châm H'Bĭa")]),
        attendance_pdf(attendance()),
        report_pdf(report()),
    ):
        fonts = _fonts_of(pdf)
        assert fonts
        assert all(embedded for _, embedded in fonts)
        assert all("Liberation" in name or "Vietnam" in name for name, _ in fonts)


@pytest.mark.parametrize(("people", "pages"), [(1, 1), (9, 1), (10, 2), (18, 2), (19, 3)])
def test_nine_slips_go_on_a_page(people, pages):
    assert page_count(slips_pdf([slip()] * people)) == pages


def test_each_slip_names_its_person_and_opens_their_own_entry():
    slips = [slip(name=f"Vũ Thị Ẵ{n}", entry_url=f"{ENTRY_URL}{n}", code=f"1234567{n}") for n in range(9)]

    pdf = slips_pdf(slips)

    text = text_of(pdf)
    for each in slips:
        assert each.name in text
        assert f"{each.code[:4]} {each.code[4:]}" in text
    assert sorted(codes_on(pdf)) == [f"{ENTRY_URL}{n}" for n in range(9)]
    assert text.count("Không đưa phiếu này cho người khác.") == 9
    assert text.count("Hết hạn: 17:00 ngày 05/12/2026.") == 9


def test_a_long_name_is_never_cut_on_a_slip():
    for name in LONG_NAMES:
        assert name in text_of(slips_pdf([slip(name=name)]))


def test_the_last_line_of_a_slip_stays_inside_the_lines_to_cut_along():
    full = slip(
        name=LONG_NAMES[-1], code="7K3M9QX2WD8R", entry_host="binhdanhocvuso.thanhhoa.gov.vn/vao",
        team="Tổ công nghệ số cộng đồng liên thôn Kon Sơ Lăl và Đăk Tơ Ver",
    )  # fmt: skip

    bottoms = _bottoms_of(slips_pdf([full] * 9), "Không đưa phiếu")

    # From the top of the sheet, in millimetres: a margin of 9, then rows of 93.
    cuts = [9 + 93 * row for row in (1, 2, 3) for _ in range(3)]
    assert all(bottom < cut - 1 for bottom, cut in zip(sorted(bottoms), cuts, strict=True))


def test_the_attendance_list_has_a_line_to_sign_for_everybody():
    text = text_of(attendance_pdf(attendance(rows=8, trainers="Lê Thị Hoa")))

    for heading in ("STT", "Họ và tên", "Chức vụ", "Đơn vị", "Số điện thoại", "Ký sáng 05/02", "Ghi chú"):
        assert heading in text
    assert "Siu Blẵk" in text
    assert "Danh sách có 8 người" in text


def test_the_attendance_list_turns_the_paper_for_more_than_two_half_days():
    sessions = ("Ký sáng 05/02", "Ký chiều 05/02", "Ký sáng 06/02")

    upright = pypdfium2.PdfDocument(attendance_pdf(attendance()))[0].get_size()
    wide = pypdfium2.PdfDocument(attendance_pdf(attendance(sessions=sessions)))[0].get_size()

    assert upright[0] < upright[1]
    assert wide[0] > wide[1]


def test_the_head_of_the_list_is_repeated_on_every_page():
    assert text_of(attendance_pdf(attendance(rows=40))).count("Họ và tên") >= 2


def test_the_report_follows_the_form_of_official_papers():
    """Nghị định 30/2020/NĐ-CP, Phụ lục I."""
    text = text_of(report_pdf(report()))

    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "Độc lập - Tự do - Hạnh phúc" in text
    assert "Số: 07/BC-SKHCN" in text
    assert "Gia Lai, ngày 05 tháng 02 năm 2026" in text
    assert "Nơi nhận: - Như trên; - Lưu: VT, CĐS." in text


def test_the_page_number_stands_on_top_from_the_second_page_on():
    pages = pypdfium2.PdfDocument(report_pdf(report()))
    tops = [_text_in_top_margin(page) for page in pages]

    assert tops[0] == ""
    assert tops[1] == "2"


def test_a_report_without_number_leaves_room_for_the_pen():
    assert "Số: ……" in text_of(report_pdf(report(number="")))


def test_days_are_written_as_the_decree_wants():
    text = text_of(report_pdf(report(day=date(2026, 10, 9))))

    assert "ngày 09 tháng 10 năm 2026" in text


def _bottoms_of(pdf: bytes, words: str) -> list[float]:
    """Return how far below the top of the first page each of the words stands, in millimetres."""
    page = pypdfium2.PdfDocument(pdf)[0]
    letters = page.get_textpage()
    search, found = letters.search(words), []
    while place := search.get_next():
        _left, bottom, _right, _top = letters.get_charbox(place[0])
        found.append((page.get_height() - bottom) * 25.4 / 72)
    return found


def _text_in_top_margin(page) -> str:
    width, height = page.get_size()
    return page.get_textpage().get_text_bounded(0, height - 50, width, height).strip()


def _fonts_of(pdf: bytes) -> set[tuple[str, bool]]:
    document = pypdfium2.PdfDocument(pdf)
    found = set()
    for page in document:
        for thing in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
            font = pypdfium2.raw.FPDFTextObj_GetFont(thing.raw)
            found.add((_base_name(font), bool(pypdfium2.raw.FPDFFont_GetIsEmbedded(font))))
    return found


def _base_name(font) -> str:
    import ctypes

    room = ctypes.create_string_buffer(200)
    pypdfium2.raw.FPDFFont_GetBaseFontName(font, room, 200)
    return room.value.decode()
