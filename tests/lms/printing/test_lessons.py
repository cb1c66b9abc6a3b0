"""The papers of learning: one page in large letters to hang on a wall, and a course as a small book."""

import ctypes
from collections import defaultdict
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from pypdfium2 import raw

import courses
from lms.printing.lessons import (
    BookletPaper,
    CardPaper,
    LessonPaper,
    SheetPaper,
    SheetTooLong,
    SourcePaper,
    booklet_pdf,
    sheet_pdf,
)
from lms.printing.paper import Asset, PaperFault
from lms.printing.passages import pictures_of, read_card
from tests.lms.printing.papers import codes_on, page_count, text_of

CONTENT = Path(__file__).parents[3] / "content" / "courses"
COURSES = sorted(path.parent.name for path in CONTENT.glob("*/course.yml"))
TODAY = date(2026, 11, 21)
ADDRESS = "https://hoc.example.vn/khoa-hoc/an-toan/mat-khau/"
LEAST = 16
_SPACES = 2  # a reader puts spaces between words in a size of its own
PICTURE = '<p><img src="../media/khoa.svg?v=12345678" alt="Ổ khóa" loading="lazy"></p>'
STEPS = "<ol><li>Nghĩ một câu.</li><li>Ghép đủ <strong>bốn</strong> loại.</li></ol>"
FILLS = "<p>Số của con tôi: ……………………………</p><p>Giá bán: …………  Còn lại: …………</p>"


def drawing(width=320, height=240, words="Chìa khóa"):
    """A picture as authors draw them: its letters in whatever font stands for sans-serif."""
    return Asset(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<rect width="{width}" height="{height}" fill="#f3f6f9"/>'
        f'<text x="20" y="40" font-family="sans-serif" font-size="15">{words}</text>'
        f'<text x="20" y="80" font-size="15">không ghi phông</text></svg>'.encode(),
        "image/svg+xml",
    )


def sheet(*html, pictures=None, **but):
    """The sheet of a lesson with as many sheet cards as given."""
    titles = ("Phiếu từng bước: giữ mật khẩu", "Phiếu thứ hai")
    facts = {
        "course": "An toàn số",
        "number": 2,
        "lesson": "Mật khẩu chắc",
        "cards": tuple(
            CardPaper(title, one, "sheet") for title, one in zip(titles, html or (PICTURE + STEPS,), strict=False)
        ),
        "address": ADDRESS,
        "version": 3,
        "day": date(2026, 2, 5),
        "pictures": {"khoa.svg": drawing()} if pictures is None else pictures,
    }
    return SheetPaper(**facts | but)


def lesson(slug="mat-khau", title="Mật khẩu chắc", *, cards=(), sources=()):
    """A lesson of the book with one card unless others are given."""
    return LessonPaper(
        slug, title, "Tự đặt được mật khẩu.", 8, cards or (CardPaper("Một câu", PICTURE + STEPS),), sources
    )


def booklet(*lessons, **but):
    """A book of two lessons unless others are given."""
    facts = {
        "title": "An toàn số",
        "summary": "Giữ mình trên mạng.",
        "audience": "Tổ viên",
        "lessons": lessons or (lesson(), lesson("ma-otp", "Mã OTP")),
        "address": "https://hoc.example.vn/khoa-hoc/an-toan/",
        "version": 3,
        "day": date(2026, 2, 5),
        "pictures": {"khoa.svg": drawing()},
    }
    return BookletPaper(**facts | but)


def test_the_sheet_says_the_steps_and_what_opens_the_lesson():
    pdf = sheet_pdf(sheet(PICTURE + STEPS + FILLS))

    text = text_of(pdf)
    for words in (
        "Bài 2: Mật khẩu chắc", "Phiếu từng bước: giữ mật khẩu", "Nghĩ một câu.", "Ghép đủ bốn loại.",
        "Số của con tôi:", "Giá bán:", "Còn lại:", "Ghi chú của tôi", "Quét mã này",
        "An toàn số. Bản số 3, ngày 05/02/2026.",
    ):  # fmt: skip
        assert words in text
    assert "hoc.example.vn/khoa-hoc/an-toan/mat-khau/" in text.replace(" ", "").replace("\x02", "-").replace(
        "\ufffe", "-"
    )
    assert "…" not in text
    assert codes_on(pdf) == [ADDRESS]


def test_the_sheet_is_one_upright_a4_page():
    pages = pypdfium2.PdfDocument(sheet_pdf(sheet()))

    assert len(pages) == 1
    assert [round(side * 25.4 / 72) for side in pages[0].get_size()] == [210, 297]


@pytest.mark.parametrize("steps", [2, 9, 14])
def test_nothing_on_the_sheet_is_printed_below_16_points_but_the_address_and_the_last_line(steps):
    many = "<ol>" + "<li>Một bước vừa một dòng, không hơn.</li>" * steps + "</ol>"

    by_size = letters_by_size(sheet_pdf(sheet(many + FILLS)))

    small = "".join(letters for size, letters in by_size.items() if _SPACES < size < LEAST)
    assert small.startswith("hoc.example.vn")
    assert small.endswith("Tổ công nghệ số cộng đồng.")
    assert len(small) < 150
    assert "Một bước" in "".join(letters for size, letters in by_size.items() if size >= LEAST)


def test_pictures_give_way_before_letters_and_note_lines():
    few = sheet_pdf(sheet(PICTURE + "<ol>" + "<li>Một bước.</li>" * 3 + "</ol>"))
    many = sheet_pdf(sheet(PICTURE + "<ol>" + "<li>Một bước.</li>" * 12 + "</ol>"))

    assert picture_height(many) < picture_height(few)
    assert page_count(many) == 1
    assert "Ghi chú của tôi" in text_of(many)


def test_a_sheet_without_a_picture_and_one_with_two_cards_fit_their_page():
    for paper in (sheet(STEPS), sheet(PICTURE + STEPS, PICTURE + STEPS + FILLS), sheet("<p>Chỉ một câu.</p>")):
        assert page_count(sheet_pdf(paper)) == 1
    assert "Phiếu thứ hai" in text_of(sheet_pdf(sheet(STEPS, STEPS)))


def test_tall_and_flat_pictures_fit_the_page():
    for size in ((320, 900), (320, 60), (1280, 720)):
        assert page_count(sheet_pdf(sheet(pictures={"khoa.svg": drawing(*size)}))) == 1


def test_more_steps_than_a_page_holds_are_refused_with_the_lesson_named():
    many = "<ol>" + "<li>Một bước.</li>" * 40 + "</ol>"

    with pytest.raises(SheetTooLong, match="Mật khẩu chắc") as refused:
        sheet_pdf(sheet(many))

    assert "bớt bước" in refused.value.remedy


def test_the_book_says_what_the_course_says():
    sources = (SourcePaper("Không ai hỏi mã OTP.", "Công văn 5", date(2026, 11, 1)),)
    cards = (
        CardPaper("Một câu", PICTURE + STEPS),
        CardPaper("Đọc mã cho người lạ", "<p>Đừng đọc.</p>", "trap"),
        CardPaper("Hướng dẫn lại", "<p>Làm mẫu chậm.</p>", "teach"),
    )

    pdf = booklet_pdf(booklet(lesson(cards=cards, sources=sources)))

    text = text_of(pdf)
    for words in (
        "An toàn số", "Giữ mình trên mạng.", "Dành cho: Tổ viên", "Bản số 3, ngày 05/02/2026", "Mục lục",
        "Tự đặt được mật khẩu.", "Ghép đủ bốn loại.", "Bẫy thường gặp", "Đừng đọc.", "Làm mẫu chậm.",
        "Nguồn của bài này, kiểm tra ngày 01/11/2026", "Không ai hỏi mã OTP. Nguồn: Công văn 5.",
    ):  # fmt: skip
        assert words in text
    assert codes_on(pdf) == ["https://hoc.example.vn/khoa-hoc/an-toan/"]
    assert language(pdf) == "vi"


def test_sources_looked_up_on_different_days_say_each_their_own():
    sources = tuple(SourcePaper(f"Điều {day}.", "Luật", date(2026, 11, day)) for day in (1, 2))

    text = text_of(booklet_pdf(booklet(lesson(sources=sources))))

    assert "Điều 1. Nguồn: Luật. Kiểm tra ngày 01/11/2026." in text
    assert "Điều 2. Nguồn: Luật. Kiểm tra ngày 02/11/2026." in text


def test_the_contents_name_the_page_on_which_each_lesson_begins():
    long = tuple(CardPaper(f"Thẻ {n}", PICTURE + STEPS) for n in range(7))
    names = {"mat-khau": "Mật khẩu chắc", "ma-otp": "Mã OTP", "goi-la": "Cuộc gọi lạ"}

    pdf = booklet_pdf(booklet(*(lesson(slug, title, cards=long) for slug, title in names.items())))

    pages = [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(pdf)]
    for place, title in enumerate(names.values(), start=1):
        begins = next(number for number, text in enumerate(pages, start=1) if f"Bài {place}, chừng 8 phút" in text)
        assert f"{place}. {title}" in pages[1]
        assert pages[1].split(f"{place}. {title}")[1].lstrip(" .").startswith(f"{begins} ")
        assert pages[begins - 1].endswith(f" {begins}")


def test_every_lesson_of_the_book_begins_on_a_page_of_its_own_and_has_a_bookmark():
    pdf = booklet_pdf(booklet())

    toc = [(mark.level, mark.get_title()) for mark in pypdfium2.PdfDocument(pdf).get_toc()]
    assert page_count(pdf) == 4
    assert toc == [(0, "Mục lục"), (0, "Mật khẩu chắc"), (1, "Một câu"), (0, "Mã OTP"), (1, "Một câu")]


def test_a_link_to_a_sister_lesson_names_its_page():
    cards = (CardPaper("Xem thêm", '<p>Học <a href="../ma-otp/">bài mã OTP</a> trước.</p>'),)

    text = text_of(booklet_pdf(booklet(lesson(cards=cards), lesson("ma-otp", "Mã OTP"))))

    assert "bài mã OTP (trang 4) trước" in text


def test_a_web_address_behind_words_is_printed_and_a_link_elsewhere_is_plain_words():
    card = '<p>Mở <a href="https://dichvucong.gov.vn/">Cổng</a>, <a href="tel:1022">gọi 1022</a>.</p>'

    text = text_of(booklet_pdf(booklet(lesson(cards=(CardPaper("Mở", card),)))))

    assert "Mở Cổng (dichvucong.gov.vn), gọi 1022." in text


def test_a_card_longer_than_a_page_loses_nothing():
    long = CardPaper("Dài", PICTURE * 5 + "".join(f"<p>Câu số {n} {'nói thêm ' * 30}</p>" for n in range(60)))

    pdf = booklet_pdf(booklet(lesson(cards=(long,))))

    text = text_of(pdf)
    assert all(f"Câu số {n} nói" in text for n in range(60))
    assert "Dài" in pypdfium2.PdfDocument(pdf)[2].get_textpage().get_text_range()


def test_words_in_drawings_are_printed_in_the_shipped_fonts():
    for pdf in (sheet_pdf(sheet()), booklet_pdf(booklet())):
        fonts = fonts_of(pdf)
        assert fonts
        assert all(embedded for _, embedded in fonts)
        assert all("Vietnam" in name or "Liberation" in name for name, _ in fonts)


def test_a_picture_that_was_not_handed_over_stops_the_paper():
    with pytest.raises(PaperFault, match=r"khoa\.svg"):
        sheet_pdf(sheet(pictures={}))


def test_no_markup_of_a_card_reaches_the_page():
    evil = '<p onclick="x">Chữ<script>chạy()</script></p><iframe src="https://xau.example"></iframe><p>{{ 7 * 7 }}</p>'

    text = text_of(sheet_pdf(sheet(evil + STEPS)))

    assert "Chữchạy()" in text
    assert "{{ 7 * 7 }}" in text


def test_the_same_sheet_gives_the_same_bytes():
    assert sheet_pdf(sheet()) == sheet_pdf(sheet())


def test_a_space_before_marked_words_goes_into_them():
    """Else a line that ends exactly there is broken after its first word."""
    (part,) = read_card("<p>Mở <strong>một</strong> trang.</p>").parts

    assert part["parts"] == ["Mở", {"tag": "strong", "parts": [" ", "một"]}, " trang."]


def test_dots_for_a_pen_become_a_line_to_fill_in():
    short, long = read_card(f"<p>Số: ……………</p><p>{'Một câu dài. ' * 6} ……… đó.</p>").parts

    assert short == {"tag": "fill", "parts": [{"tag": "span", "parts": ["Số:"]}, {"tag": "blank"}]}
    assert {"tag": "blank"} in long["parts"]


@pytest.mark.parametrize("name", COURSES)
def test_every_sheet_that_comes_with_the_project_fits_one_page(name):
    files = courses.read_folder(CONTENT / name)
    package, _ = courses.examine(files, today=TODAY)
    words = {f"{{tinh.{variable.key}}}": variable.fallback for variable in package.variables}

    for each in package.lessons:
        cards = tuple(CardPaper(card.title, filled(card.html, words), "sheet") for card in each.sheet_cards)
        names = {name for card in cards for name in pictures_of(card.html)}
        pictures = {one.name: Asset(files[f"media/{one.name}"], one.media_type) for one in package.media}
        paper = sheet(
            course=package.title, number=each.number, lesson=each.title, cards=cards,
            pictures={name: pictures[name] for name in names},
        )  # fmt: skip
        assert page_count(sheet_pdf(paper)) == 1, each.slug


def filled(html, words):
    """Return a card's HTML as a province without words of its own prints it."""
    for place, said in words.items():
        html = html.replace(place, said)
    return str(html)


def letters_by_size(pdf):
    """Return what is printed in each size, in points, without spaces at the ends."""
    page = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    found, matrix = defaultdict(str), raw.FS_MATRIX()
    for place in range(page.count_chars()):
        raw.FPDFText_GetMatrix(page.raw, place, matrix)
        size = raw.FPDFText_GetFontSize(page.raw, place) * abs(matrix.d)
        found[round(size, 1)] += chr(raw.FPDFText_GetUnicode(page.raw, place))
    return found


def picture_height(pdf):
    """Return how tall the first drawing is, told by the size of its letters."""
    return max(size for size, letters in letters_by_size(pdf).items() if "Chìa" in letters)


def fonts_of(pdf):
    """Return the fonts of all pages, drawings included, and whether each is embedded."""
    found = set()
    for page in pypdfium2.PdfDocument(pdf):
        for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=15):
            font, room = raw.FPDFTextObj_GetFont(thing.raw), ctypes.create_string_buffer(200)
            raw.FPDFFont_GetBaseFontName(font, room, 200)
            found.add((room.value.decode(), bool(raw.FPDFFont_GetIsEmbedded(font))))
    return found


def language(pdf):
    """Return the language the paper says it is in."""
    document = pypdfium2.PdfDocument(pdf)
    length = raw.FPDFCatalog_GetLanguage(document.raw, None, 0)
    room = ctypes.create_string_buffer(length)
    raw.FPDFCatalog_GetLanguage(document.raw, ctypes.cast(room, ctypes.POINTER(ctypes.c_ushort)), length)
    return room.raw.decode("utf-16-le").rstrip("\0")
