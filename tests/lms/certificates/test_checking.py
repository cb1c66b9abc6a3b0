"""Confirming a name without revealing it, five times an hour."""

import unicodedata
from datetime import timedelta

import pytest

from lms.certificates.checking import TooManyTries, as_json, confirm_name, find_public
from lms.certificates.public_id import grouped, new_public_id
from lms.db import in_unit
from lms.errors import NotFound
from tests.lms.certificates.world import NOW, approve, certificates, finalised_class, published

pytestmark = pytest.mark.usefixtures("app")


def confirm(public_id, typed, now=NOW):
    return in_unit(lambda s: confirm_name(s, public_id=public_id, typed=typed, now=now))


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("Nguyễn Thị Đẹp", "same"),
        ("  nguyễn   thị đẹp ", "same"),
        (unicodedata.normalize("NFD", "Nguyễn Thị Đẹp"), "same"),
        ("Nguyen Thi Dep", "without_marks"),
        ("Nguyễn Thị Đép", "without_marks"),
        ("Nguyễn Thị", "different"),
        ("N***** T** Đ**", "different"),
    ],
)
def test_a_name_is_compared_as_people_mean_it(typed, answer):
    assert confirm(published()[0].public_id, typed) == answer


def test_the_sixth_try_within_an_hour_is_refused_even_if_right():
    one, other = (row.public_id for row in published()[:2])
    for minute in range(5):
        confirm(one, f"Đoán {minute}", NOW + timedelta(minutes=minute))

    with pytest.raises(TooManyTries):
        confirm(one, "Nguyễn Thị Đẹp", NOW + timedelta(minutes=59))

    assert confirm(other, "H'Rơ Châm Thị Ngọc Bích-Phương Tuyền") == "same"
    assert confirm(one, "Nguyễn Thị Đẹp", NOW + timedelta(minutes=61)) == "same"


def test_an_unpublished_certificate_confirms_nothing_and_tells_nothing(session):
    approve(finalised_class())
    public_id = certificates()[0].public_id

    with pytest.raises(NotFound):
        confirm(public_id, "Nguyễn Thị Đẹp")
    facts = find_public(session, public_id)
    assert (facts.state, facts.person, facts.course) == ("unpublished", "", "")


def test_the_number_is_no_key_and_unknown_looks_like_malformed(session):
    published()

    for typed in ("0001/2026/GCN-SKHCN", "1", "", new_public_id()):
        with pytest.raises(NotFound):
            find_public(session, typed)


def test_the_masked_name_keeps_only_first_letters(session):
    rows = published()

    assert find_public(session, grouped(rows[0].public_id).lower()).person == "N***** T** Đ**"


def test_the_machine_form_has_the_facts_and_no_name(session):
    row = published()[0]

    told = as_json(find_public(session, row.public_id))

    assert told["state"] == "valid"
    assert told["sha256"] == row.file_sha256
    assert (told["first_day"], told["hours"]) == ("2026-11-05", "16 giờ")
    assert "person" not in told
    assert "Đẹp" not in str(told)
    assert "Đ**" not in str(told)
