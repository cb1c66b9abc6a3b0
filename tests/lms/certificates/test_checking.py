"""What a stranger may learn: a name is confirmed and never told, a file is compared and never kept."""

import unicodedata
from collections import Counter
from datetime import timedelta

import pytest

from lms.certificates.checking import TooManyTries, as_json, compare_file, confirm_name, find_public
from lms.certificates.public_id import grouped, new_public_id
from lms.db import in_unit
from lms.errors import NotFound
from tests.factories import NOON
from tests.lms.certificates.issued import SIGNATURE, issue, paper_of
from tests.lms.training import pressing

pytestmark = pytest.mark.usefixtures("app")


def try_a_name(public_id):
    """Guess in a process of its own."""
    try:
        return confirm(public_id, "Trần Thị Đoán")
    except TooManyTries as refusal:
        return type(refusal).__name__


def confirm(public_id, typed, now=NOON):
    return in_unit(lambda s: confirm_name(s, public_id=public_id, typed=typed, now=now))


def test_a_name_is_compared_as_people_mean_it():
    for typed, answer in (
        ("Nguyễn Thị Đẹp", "same"),
        ("  nguyễn   thị đẹp ", "same"),
        (unicodedata.normalize("NFD", "Nguyễn Thị Đẹp"), "same"),
        ("Nguyen Thi Dep", "without_marks"),
        ("Nguyễn Thị Đép", "without_marks"),
        ("Nguyễn Thị", "different"),
        ("N***** T** Đ**", "different"),
        ("", "different"),
    ):
        assert confirm(issue().public_id, typed) == answer, typed


def test_the_sixth_try_within_an_hour_is_refused_even_if_right():
    one, other = issue().public_id, issue(name="H'Rơ Châm Thị Ngọc Bích-Phương Tuyền").public_id
    for minute in range(5):
        confirm(one, f"Đoán {minute}", NOON + timedelta(minutes=minute))

    with pytest.raises(TooManyTries) as refused:
        confirm(one, "Nguyễn Thị Đẹp", NOON + timedelta(minutes=40))

    assert refused.value.wait == 20 * 60
    assert "sau 20 phút" in refused.value.remedy
    assert confirm(other, "H'Rơ Châm Thị Ngọc Bích-Phương Tuyền") == "same"
    assert confirm(one, "Nguyễn Thị Đẹp", NOON + timedelta(minutes=60)) == "same"


def test_of_many_tries_at_the_same_moment_five_are_answered(app, engine_url):
    public_id = issue().public_id

    told = pressing.run_processes(engine_url, app.config["LMS_DATA_DIR"], [public_id] * 10, try_a_name)

    assert Counter(told) == {"different": 5, "TooManyTries": 5}


def test_what_is_on_no_paper_confirms_nothing_and_tells_its_state_only(session):
    for state in ("unpublished", "void"):
        public_id = issue(state).public_id

        with pytest.raises(NotFound):
            confirm(public_id, "Nguyễn Thị Đẹp")
        facts = find_public(session, public_id)
        assert (facts.state, facts.person, facts.course, facts.sha256) == (state, "", "", "")


def test_the_number_is_no_key_and_unknown_looks_like_malformed(session):
    number = issue().snapshot["number"]

    for typed in (number, "1", "", new_public_id()):
        with pytest.raises(NotFound):
            find_public(session, typed)


def test_the_masked_name_keeps_only_first_letters(session):
    row = issue()

    assert find_public(session, grouped(row.public_id).lower()).person == "N***** T** Đ**"


def test_a_team_has_no_name_to_hide(session):
    row = issue(kind="team", name="Tổ công nghệ số cộng đồng Thôn 1")

    assert find_public(session, row.public_id).person == "Tổ công nghệ số cộng đồng Thôn 1"


def test_the_issuer_is_named_with_its_province_once(session):
    department = issue()
    committee = issue(agency="Ủy ban nhân dân tỉnh Thanh Hóa")

    assert find_public(session, department.public_id).issuer == "Sở Khoa học và Công nghệ tỉnh Thanh Hóa"
    assert find_public(session, committee.public_id).issuer == "Ủy ban nhân dân tỉnh Thanh Hóa"


def test_a_course_has_a_last_day_only(session):
    facts = find_public(session, issue(kind="course", first_day="", first_iso="", class_name="").public_id)

    assert facts.first_day is None
    assert str(facts.last_day) == "2026-11-06"


def test_a_snapshot_from_before_there_were_templates_is_told_too(session):
    older = issue(certifier="Sở", check_code="", check_url="", issued_on="2026-01-02", place="Thanh Hóa")
    in_unit(lambda s: _make_old(s.get_one(type(older), older.id)))

    facts = find_public(session, older.public_id)

    assert (str(facts.first_day), str(facts.issued_on)) == ("2025-12-30", "2026-01-02")
    assert facts.signer_title == "KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC"


def test_the_short_form_for_machines_has_the_facts_and_no_name(session):
    row = issue()

    told = as_json(find_public(session, row.public_id))

    assert told["state"] == "valid"
    assert (told["sha256"], told["size"]) == (row.file_sha256, len(paper_of(row)))
    assert (told["first_day"], told["hours"]) == ("2026-11-05", "16 giờ")
    assert "person" not in told
    assert "Đẹp" not in str(told)
    assert "Đ**" not in str(told)


def test_a_file_is_the_one_issued_or_it_is_said_what_else_it_is(session):
    for row in (issue(), issue(signed_by="Sở KH&CN")):
        facts, paper = find_public(session, row.public_id), paper_of(row)

        assert compare_file(facts, paper) == "same"
        assert compare_file(facts, paper + b"\n%%EOF and an update behind it") == "added_to"
        assert compare_file(facts, paper[:-1] + b"?") == "different"
        assert compare_file(facts, paper[: len(paper) // 2]) == "different"
        assert compare_file(facts, b" " + paper) == "different"


def test_the_paper_before_its_signature_is_known(session):
    row = issue(signed_by="Sở KH&CN")

    assert compare_file(find_public(session, row.public_id), paper_of(row).removesuffix(SIGNATURE)) == "unsigned"


def _make_old(row):
    old = {key: value for key, value in row.snapshot.items() if key not in ("code", "address", "issued", "first_iso")}
    row.snapshot = old | {"first_day": "2025-12-30", "last_day": "2025-12-31"}
