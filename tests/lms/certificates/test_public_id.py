"""The public id: random, checked, and forgiving about how it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.certificates.public_id import grouped, new_public_id, normalise

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ONE = new_public_id()


def test_an_id_has_twenty_random_letters_and_a_check_character():
    ids = {new_public_id() for _ in range(2000)}

    assert len(ids) == 2000
    assert all(len(one) == 21 and set(one) <= set(ALPHABET) for one in ids)
    assert {one[0] for one in ids} == set(ALPHABET)


def test_an_id_is_understood_however_it_is_typed():
    for typed in (ONE, ONE.lower(), grouped(ONE), f"  {grouped(ONE).lower()} ", grouped(ONE).replace("-", " – ")):
        assert normalise(typed) == ONE


def test_letters_that_look_like_digits_are_read_as_digits():
    with_both = next(one for one in iter(new_public_id, None) if "0" in one and "1" in one)

    assert normalise(with_both.replace("0", "o").replace("1", "l")) == with_both
    assert normalise(with_both.replace("0", "O").replace("1", "I")) == with_both


def test_wide_letters_of_other_keyboards_are_read():
    wide = "".join(chr(ord(x) + 0xFEE0) for x in ONE)

    assert normalise(wide) == ONE


@given(place=st.integers(0, 20), letter=st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_noticed(place, letter):
    wrong = ONE[:place] + letter + ONE[place + 1 :]

    assert normalise(wrong) == (ONE if wrong == ONE else None)


@given(place=st.integers(0, 19))
def test_two_neighbours_swapped_are_noticed(place):
    swapped = ONE[:place] + ONE[place + 1] + ONE[place] + ONE[place + 2 :]

    assert normalise(swapped) == (ONE if swapped == ONE else None)


@pytest.mark.parametrize("typed", ["", "0123/2026/GCN-SKHCN", "U" * 21, "A" * 5000, "../../etc", "☃" * 21])
def test_what_cannot_be_an_id_is_none(typed):
    assert normalise(typed) is None


def test_an_id_is_printed_in_groups():
    assert grouped("7K3M9QX2WD8RZ4TN6HPCX") == "7K3M9-QX2WD-8RZ4T-N6HPC-X"
