"""Numbers, words and sentences: what the standards count, and what they take for the same."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses import load_folder
from courses.course import FactBox
from courses.parts import Part
from courses.standards.numbers import FactValues, Number, numbers_in, typed_numbers
from courses.standards.sentences import count_words, plain, sentences
from courses.standards.words import ALLOWED, foreign_words, is_vietnamese
from tests.courses.conftest import TODAY

CONTENT = Path(__file__).parents[2] / "content"
COURSES = sorted(path.parent for path in CONTENT.glob("courses/*/course.yml"))


def _fact(text="Điều này.", **values):
    return FactBox("f", text, "Báo", TODAY, TODAY, values)


# Numbers


@pytest.mark.parametrize(
    "same",
    [
        ("phone", "1900.0368", "1900 0368", "19000368", "1900-0368", "1900.03.68"),
        ("phone", "0912 345 678", "0912.345.678", "0912345678", "091 234 5678", "0912-345-678"),
        ("phone", "0236.3881.888", "02363881888", "0236 388 1888"),
        ("money", "10 triệu đồng", "10 triệu", "10.000.000 đồng", "10 000 000 đồng", "10.000 nghìn đồng"),
        ("money", "1,5 tỷ đồng", "1.5 tỉ", "1.500 triệu đồng", "1.500.000.000 đồng"),
        ("money", "500 nghìn đồng", "500 ngàn", "500.000 đồng", "500.000đồng"),
        ("share", "1,5%", "1.5 %", "1,5 phần trăm"),
        ("day", "1/7/2025", "01/07/2025", "1-7-2025", "1.7.2025", "1 tháng 7 năm 2025", "01 tháng 07 năm 2025"),
        ("day", "7/2025", "07/2025", "tháng 7 năm 2025"),
    ],
    ids=lambda same: same[1],
)
def test_one_number_has_many_writings(same):
    kind, *writings = same

    found = [list(numbers_in(f"Ghi {writing} ở đây.")) for writing in writings]

    assert [len(numbers) for numbers in found] == [1] * len(writings)
    assert {numbers[0].kind for numbers in found} == {kind}
    assert len({numbers[0].bare for numbers in found}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "bài 3",
        "69/2024/NĐ-CP",
        "mức 2",
        "năm 2025",
        "5 ngày",
        "2345",
        "12 chữ số",
        "0 1 2 3 4 5 6 7 8 9",
        "dòng 156",
    ],
)
def test_what_does_not_age_is_no_number(text):
    assert list(numbers_in(text)) == []


def test_a_span_shares_its_unit():
    found = list(numbers_in("từ 10–20 triệu đồng, hoặc 1 đến 5%"))

    assert found == [
        Number("money", "10 triệu đồng"),
        Number("money", "20 triệu đồng"),
        Number("share", "1 %"),
        Number("share", "5%"),
    ]


@pytest.mark.parametrize("dash", ["–", "-", "—", " – ", " đến "])
def test_a_span_is_found_whatever_its_dash(dash):
    ends = FactValues([_fact(it="8", nhieu="20")])
    whole = FactValues([_fact(khoang="8–20")])

    assert ends.reference(f"8{dash}20") == "{f.it} đến {f.nhieu}"
    assert whole.reference(f"8{dash}20") == "{f.khoang}"
    assert list(typed_numbers(f"gõ 8{dash}20 chữ")) == [f"8{dash}20"]
    assert ends.reference(f"8{dash}16") is None


def test_a_number_that_a_fact_holds_is_found_in_any_writing():
    values = FactValues([_fact(so="1900.0368", muc="10 triệu đồng", ngan="156")])

    assert [values.reference(text) for text in ("1900 0368", "10.000.000 đồng", "156", "157", "15.600 đồng")] == [
        "{f.so}", "{f.muc}", "{f.ngan}", None, None,
    ]  # fmt: skip


def test_a_claim_contradicts_a_fact_only_in_the_same_kind_of_number():
    values = FactValues([_fact("Trên 10 triệu đồng thì phí 1%.")])

    assert values.contradicting(Number("money", "10.000.000 đồng")) is None
    assert values.contradicting(Number("money", "5 triệu")) == "f"
    assert values.contradicting(Number("day", "1/7/2025")) is None


_BITS = "0 1 9 12 345 . , / - – đến đồng triệu tỷ % phần trăm tháng năm ngày 1900"


@given(st.lists(st.sampled_from(_BITS.split())))
def test_no_number_is_too_odd_to_be_compared(pieces):
    for glue in ("", " "):
        for number in numbers_in(glue.join(pieces)):
            assert number.bare


# Words


@pytest.mark.parametrize(
    "word",
    ["click", "link", "app", "email", "online", "website", "password", "video", "hotline", "shop", "ok", "banking"],
)
def test_an_english_word_is_foreign(word):
    assert list(foreign_words(f"Bác {word} đi.")) == [word]


@pytest.mark.parametrize(
    "text",
    [
        "Mở VNeID, quét mã QR, nhập mã OTP.",
        "Vào dichvucong.gov.vn, hoặc [bài này](bai:dang-nhap-an-toan).",
        "Nguyễn Huệ ghé quý bà khuya, ngoằn ngoèo, quỳnh, giếng, ghềnh, nghiêng, gì, gìn, quốc, khuỷu, xoong.",
        "Gọi {tinh.duong-day-nong} hoặc bấm {link}.",
        "Ô A, ô B, ô C.",
    ],
)
def test_what_a_villager_knows_is_not_foreign(text):
    assert list(foreign_words(text)) == []


_SYLLABLES = ["a", "nghiêng", "khuya", "quốc", "hoa", "thuyền"]


@given(st.sampled_from(_SYLLABLES), st.sampled_from("\u0300\u0301\u0303\u0309\u0323"))
def test_a_tone_does_not_make_a_syllable_foreign(syllable, tone):
    vowel = max(place for place, sign in enumerate(syllable) if unicodedata.normalize("NFD", sign)[0] in "aeiouy")
    marked = unicodedata.normalize("NFC", syllable[: vowel + 1] + tone + syllable[vowel + 1 :])

    assert is_vietnamese(marked)


_NOT_READ = re.compile(r"\{[^{}]*\}|\]\([^()]*\)|\S*\w\.\w\S*")
_SYLLABLE = re.compile(r"[^\W\d_]{2,}")


@pytest.mark.parametrize("course", COURSES, ids=lambda path: path.name)
def test_every_syllable_of_the_lessons_is_vietnamese_or_an_allowed_name(course):
    package = load_folder(course, today=TODAY)
    texts = [f"{card.title}\n{card.markdown}" for lesson in package.lessons for card in lesson.cards]

    said = {word.lower() for text in texts for word in _SYLLABLE.findall(_NOT_READ.sub(" ", text))}

    assert len(said) > 300
    assert [word for word in sorted(said - ALLOWED) if not is_vietnamese(word)] == []


# Sentences


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mở máy, bấm nút.", 4),
        ("**Tự gõ** địa chỉ – đừng bấm", 6),
        ("1. Xem [bài này](bai:a-b-c)", 3),
        ("![Hình rất dài dòng](media/a.svg)", 0),
        ("…… ——", 0),
    ],
)
def test_only_what_is_read_is_counted(text, words):
    assert count_words(plain(text)) == words


def test_each_sentence_knows_its_line():
    text = "Câu một. Câu\nhai dài.\n\n- Mục ba\n- Mục bốn: năm\n\nCâu sáu?”\nCâu bảy"

    found = list(sentences(Part(10, tuple(text.split("\n")))))

    assert found == [
        (10, "Câu một."),
        (10, "Câu hai dài."),
        (13, "Mục ba"),
        (14, "Mục bốn:"),
        (14, "năm"),
        (16, "Câu sáu?”"),
        (17, "Câu bảy"),
    ]


@given(st.lists(st.text(max_size=30), max_size=8), st.integers(1, 50))
@settings(max_examples=60)
def test_every_sentence_stands_on_a_line_of_its_text(lines, first):
    for line, sentence in sentences(Part(first, tuple(lines))):
        assert first <= line < first + len(lines)
        assert sentence == sentence.strip() != ""
