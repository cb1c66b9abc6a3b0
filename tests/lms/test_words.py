"""How Vietnamese names are stored, compared, searched, sorted and masked."""

import unicodedata

import pytest

from lms.words import fold, mask_name, name_key, nfc, place_sort_key, sort_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà", "Hòa"), ("Uỷ ban", "Ủy ban"), ("NGUYỄN  VĂN A", "Nguyễn Văn A"), ("H’Hen Niê", "H'Hen Niê"),
        ("Nguyễn", unicodedata.normalize("NFD", "Nguyễn")),
    ],
)  # fmt: skip
def test_two_writings_of_one_name_are_the_same(one, other):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("Văn Lang", "Văn Lăng"), ("Sơn Hà", "Sơn Hạ"), ("Mỹ Tho", "Mỹ Thọ")])
def test_a_diacritic_makes_another_name(one, other):
    assert name_key(one) != name_key(other)
    assert fold(one) == fold(other)


def test_names_are_stored_nfc_without_invisible_characters():
    assert nfc(" Nguyễn​  Thị\tĐẹp\n") == "Nguyễn Thị Đẹp"


def test_people_are_sorted_by_given_name_in_vietnamese_order():
    names = ["Vũ Đức", "Lê Dũng", "Lê Ân", "Trần Ánh", "Phạm Văn Anh", "Lê Ăn", "Nguyễn Văn An", "Đỗ Văn An"]

    assert sorted(names, key=sort_key) == [
        "Đỗ Văn An", "Nguyễn Văn An", "Phạm Văn Anh", "Trần Ánh", "Lê Ăn", "Lê Ân", "Lê Dũng", "Vũ Đức",
    ]  # fmt: skip


def test_places_are_sorted_from_the_first_syllable_and_numbers_by_size():
    names = ["Thôn 10", "Xuân Bình", "Thôn 2", "Ba Đình", "Đông Tiến", "Đồng Tiến", "Cẩm Giàng"]

    assert sorted(names, key=place_sort_key) == [
        "Ba Đình", "Cẩm Giàng", "Đông Tiến", "Đồng Tiến", "Thôn 2", "Thôn 10", "Xuân Bình",
    ]  # fmt: skip


def test_a_masked_name_shows_only_first_letters():
    assert mask_name("Nguyễn Thị Đẹp") == "N***** T** Đ**"


def test_signs_that_are_no_letters_leave_no_trace_in_what_is_stored():
    assert nfc("a\u200d\u0301") == "á"
    assert nfc("Thôn\ufffe 1") == "Thôn 1"
    assert nfc("Tổ \u200b 2\n\tA\x07") == "Tổ 2 A"
