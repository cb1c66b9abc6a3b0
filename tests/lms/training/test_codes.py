"""The short code of a seat: no slip of the finger checks somebody else in."""

import pytest

from lms.training.codes import seq_of, short_code


@pytest.mark.parametrize("seq", [1, 9, 17, 250, 999, 1000, 20_417])
def test_a_code_leads_back_to_its_seat(seq):
    code = short_code(seq)

    assert seq_of(code) == seq
    assert seq_of(f" {code[:2]} {code[2:]} ") == seq
    assert len(code) >= 4


def test_every_wrong_digit_and_every_exchange_of_two_is_found():
    for seq in range(1, 300):
        code = short_code(seq)
        for place, digit in enumerate(code):
            for other in "0123456789":
                if other != digit:
                    assert seq_of(code[:place] + other + code[place + 1 :]) is None
            swapped = code[:place] + code[place + 1 : place + 2] + digit + code[place + 2 :]
            assert swapped == code or seq_of(swapped) is None


@pytest.mark.parametrize("typed", ["", "abc", "017", "0000", "12a4", "٠١٢٣", "²³⁴⁵", "-123"])
def test_what_is_no_code_is_no_seat(typed):
    assert seq_of(typed) is None
