"""The phone list of the domain: what a roster cell may hold, and the number it means."""

import pytest

from lms.phones import OLD_PREFIXES, mask_phone, normalise_phone, spaced


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0914994123", "0914994123"),
        ("0914 994 123", "0914994123"),
        ("0914.994.123", "0914994123"),
        ("0914-994-123", "0914994123"),
        ("(0914) 994 123", "0914994123"),
        ("0914,994,123", "0914994123"),
        ("+84 914 994 123", "0914994123"),
        ("84914994123", "0914994123"),
        ("+84 (0)914 994 123", "0914994123"),
        ("0084914994123", "0914994123"),
        ("\u00a00914\u00a0994\u00a0123 ", "0914994123"),
        ("'0914994123", "0914994123"),
        ("\uff10\uff19\uff11\uff14\uff19\uff19\uff14\uff11\uff12\uff13", "0914994123"),
        ("914994123", "0914994123"),
        ("0841234567", "0841234567"),
        ("841234567", "0841234567"),
        (914994123, "0914994123"),
        (914994123.0, "0914994123"),
        ("914994123.0", "0914994123"),
        (84914994123.0, "0914994123"),
        ("0162.345.6789", "0323456789"),
        (1623456789.0, "0323456789"),
        ("+84 162 345 6789", "0323456789"),
    ],
)
def test_a_mobile_number_is_read_however_it_was_typed(typed, number):
    assert normalise_phone(typed).number == number
    assert normalise_phone(typed).note == ""


@pytest.mark.parametrize(("old", "new"), OLD_PREFIXES.items())
def test_an_eleven_digit_number_keeps_its_last_seven_digits(old, new):
    assert normalise_phone(f"{old}3456789").number == f"{new}3456789"


@pytest.mark.parametrize("typed", [None, "", "  ", "không có", "-", "***"])
def test_a_missing_number_is_allowed_and_marked(typed):
    phone = normalise_phone(typed)

    assert phone.number is None
    assert phone.note == "chưa có số"


@pytest.mark.parametrize("typed", ["0914994***", "0914 994 xxx", "0914994...", "0914994…"])
def test_a_masked_number_is_no_number_and_says_so(typed):
    phone = normalise_phone(typed)

    assert phone.number is None
    assert phone.note.startswith("chưa có số, trong tệp số bị che “0914")


@pytest.mark.parametrize(
    "typed",
    [
        "0914994123 / 0988123456",
        "0914994123/0988123456",
        "0914994123; 0988 123 456",
        "0914.994.123 - 0988.123.456",
        "0914994123, 0988123456",
        "0914994123\n0988123456",
        "0914994123 0988123456",
        "0914994123 hoặc 0988123456",
        "0914994123 (vợ: 0988123456)",
    ],
)
def test_of_two_numbers_in_a_cell_the_first_is_taken_and_the_other_noted(typed):
    phone = normalise_phone(typed)

    assert phone.number == "0914994123"
    assert phone.note == "số khác: 0988 123 456"


def test_the_same_number_twice_in_a_cell_is_one_number():
    assert normalise_phone("0914994123 / 0914 994 123").note == ""


def test_a_whole_number_beside_a_masked_one_is_taken():
    assert normalise_phone("0914994*** / 0988123456").number == "0988123456"


def test_words_around_a_number_do_not_hide_it():
    assert normalise_phone("Zalo 0914994123").number == "0914994123"


@pytest.mark.parametrize("typed", ["0237 385 2123", "02373852123", 2373852123.0, "+84 237 385 2123"])
def test_a_landline_is_a_contact_and_not_a_number_to_log_in_with(typed):
    phone = normalise_phone(typed)

    assert phone.number is None
    assert "máy bàn 02373852123" in phone.note


@pytest.mark.parametrize("typed", ["09149941", "0414994123", "091499412345", "9,14994E+08", 9.14994e5])
def test_what_cannot_be_read_is_quoted_and_never_guessed(typed):
    phone = normalise_phone(typed)

    assert phone.number is None
    assert phone.note.startswith("chưa có số đúng")


def test_reading_a_number_again_changes_nothing():
    number = normalise_phone("+84 914 994 123").number

    assert normalise_phone(number).number == number


def test_a_number_is_shown_in_groups_and_masked_for_those_who_need_not_call():
    assert spaced("0914994123") == "0914 994 123"
    assert mask_phone("0914994123") == "0914 994 ***"
    assert mask_phone(None) == spaced(None) == ""
