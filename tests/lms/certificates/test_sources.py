"""What a certificate says: taken from the rows of the campaign, frozen, and never from whoever clicks."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from lms.certificates import rules
from lms.certificates.approvals import changed_since
from lms.certificates.models import CertificateTemplate
from lms.certificates.pressing import make_papers
from lms.certificates.sources import facts_of, told_of
from lms.certificates.templates import press_template
from lms.db import in_unit
from lms.library.models import CourseVersion
from lms.people.models import Person
from lms.press import press
from lms.teams.models import Membership, Team
from lms.words import nfc
from tests.factories import join_team, make_team
from tests.lms.certificates.world import (
    DECISION,
    ISSUER,
    NOW,
    PROGRAMME,
    SKILL,
    accept,
    approve,
    certificates,
    completed_programme,
    course,
    finalised_class,
    learned,
    propose,
    propose_about,
    second_officer,
    subjects_of,
    the_officer,
)

pytestmark = pytest.mark.usefixtures("app")


def certified(kind: str, about: str, key: int):
    """Certify one person or team, and return what the paper says."""
    accept(propose_about(kind, about, [f"{kind}:{key}:{about}"]))
    return facts_of(certificates()[-1])


def test_what_is_printed_is_a_snapshot_in_nfc():
    approve(finalised_class())

    in_unit(lambda s: s.execute(update(Team).values(name="Tổ đã đổi tên")))
    in_unit(lambda s: s.execute(update(Person).values(full_name="Người Khác")))

    row = certificates()[0]
    facts = facts_of(row)
    assert (facts.name, facts.role, facts.team) == (
        "Nguyễn Thị Đẹp", "Tổ trưởng", "Tổ công nghệ số cộng đồng tổ dân phố 1",
    )  # fmt: skip
    assert (facts.commune, facts.province) == ("Phường Hạc Thành", "tỉnh Thanh Hoá")
    assert (facts.course, facts.class_name) == ("Dịch vụ công trực tuyến", "Lớp 03")
    assert (facts.first_day, facts.last_day, facts.hours, facts.result) == ("05/11/2026", "06/11/2026", "16 giờ", "Đạt")
    assert facts.decision == "Quyết định số 45/QĐ-SKHCN ngày 20/11/2026"
    assert facts.issued_words == "ngày 20 tháng 11 năm 2026"
    assert facts.address == f"HTTPS://HOC.EXAMPLE.VN/V/{row.public_id}"
    assert (row.commune_code, row.team_id, row.province_code) == ("14797", 1, "38")
    assert all(value == nfc(value) for value in row.snapshot.values() if isinstance(value, str))


def test_what_is_told_later_is_what_was_printed():
    approve(finalised_class(("Vũ Ẵng",)))

    told = told_of(certificates()[0])

    assert (told.kind, told.name, told.number) == ("class", "Vũ Ẵng", "0001/2026/GCN-SKHCN")
    assert [day.isoformat() for day in (told.first_day, told.last_day, told.issued_on)] == [
        "2026-11-05", "2026-11-06", "2026-11-20",
    ]  # fmt: skip
    assert (told.issuer, told.signer_title) == ("Sở Khoa học và Công nghệ", "KT. GIÁM ĐỐC, PHÓ GIÁM ĐỐC")


def test_what_is_printed_is_what_was_proposed_and_the_second_officer_is_told_what_changed_since(session):
    proposed = propose(finalised_class(("Vũ Ẵng", "Lê Văn Tám")))
    in_unit(lambda s: s.execute(update(Person).where(Person.full_name == "Vũ Ẵng").values(full_name="Vũ Văn Ẵng")))

    told = changed_since(session, by=second_officer(), listed=session.merge(proposed), issuer=ISSUER)
    accept(proposed)

    assert told == ["Vũ Ẵng"]
    assert [facts_of(row).name for row in certificates()] == ["Vũ Ẵng", "Lê Văn Tám"]


@pytest.mark.parametrize(
    ("in_the_roster", "printed"),
    [
        ("Thôn Đồng Tâm", "Tổ công nghệ số cộng đồng thôn Đồng Tâm"),
        ("Tổ KP1", "Tổ công nghệ số cộng đồng tổ KP1"),
        ("Kon Sơ Lăl", "Tổ công nghệ số cộng đồng Kon Sơ Lăl"),
        ("Tổ CNSCĐ bản Bó", "Tổ CNSCĐ bản Bó"),
        ("TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG THÔN 1", "TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG THÔN 1"),
    ],
)
def test_the_team_is_printed_with_its_whole_title(in_the_roster, printed):
    class_id = finalised_class(("Vũ Ẵng",))
    in_unit(lambda s: s.execute(update(Team).values(name=in_the_roster)))

    approve(class_id)

    assert facts_of(certificates()[0]).team == printed


def test_the_address_of_a_mounted_school_keeps_its_letters():
    mounted = replace(ISSUER, public_url="https://tinh.example.vn/a/b")
    class_id, by = finalised_class(("Vũ Ẵng",)), the_officer()
    chosen, asked = subjects_of(class_id), {"kind": "class", "class_id": class_id, "decision": DECISION, "now": NOW}

    accept(in_unit(lambda s: rules.propose(s, by=by, chosen=chosen, issuer=mounted, **asked)))

    assert facts_of(certificates()[0]).address.startswith("HTTPS://TINH.EXAMPLE.VN/a/b/V/")


@pytest.mark.parametrize(("grade", "result"), [("A", "Đạt bài kiểm tra"), ("C", "Đạt, học tại lớp")])
def test_a_course_is_certified_with_how_it_was_passed(grade, result):
    (person,) = learned(("Vũ Ẵng",), grade=grade)

    facts = certified("course", SKILL, person)

    assert (facts.course, facts.result) == ("Hướng dẫn bà con dùng dịch vụ công", result)
    assert (facts.first_day, facts.last_day, facts.class_name) == ("", "10/11/2026", "")


@pytest.mark.parametrize(
    ("minutes", "words"), [(115, "khoảng 2 giờ"), (90, "khoảng 1,5 giờ"), (40, "khoảng 45 phút"), (5, "khoảng 15 phút"),
                           (0, "không quy định")]
)  # fmt: skip
def test_the_time_a_course_takes_is_said_as_people_say_it(minutes, words):
    (person,) = learned(("Vũ Ẵng",))
    in_unit(lambda s: s.execute(update(CourseVersion).values(minutes=minutes)))

    assert certified("course", SKILL, person).hours == words


@pytest.mark.parametrize(("grade", "result"), [("A", "Đạt bài kiểm tra"), ("C", "Đạt, học tại lớp")])
def test_a_programme_is_certified_by_tests_only_if_every_skill_was(grade, result):
    people = learned(("Vũ Ẵng",), grade=grade)
    completed_programme(people)

    facts = certified("skills", PROGRAMME, people[0])

    assert (facts.course, facts.result) == ("Bộ kỹ năng của tổ công nghệ số cộng đồng", result)
    assert facts.last_day == "12/11/2026"


def test_somebody_in_two_teams_is_certified_for_the_one_they_lead():
    (person,) = learned(("Vũ Ẵng",))
    led = make_team("Thôn Hai")
    join_team(led, person, "leader")

    facts = certified("course", SKILL, person)

    assert (facts.role, facts.team) == ("Tổ trưởng", "Tổ công nghệ số cộng đồng thôn Hai")
    assert certificates()[0].team_id == led


def test_who_has_left_is_certified_for_the_team_they_were_in():
    (person,) = learned(("Vũ Ẵng",))
    in_unit(lambda s: s.execute(update(Membership).values(left_at=NOW)))

    assert certified("course", SKILL, person).role == "Tổ viên"


def test_a_team_certificate_names_the_team_and_nobody_in_it():
    learned()
    in_unit(course)

    facts = certified("team", SKILL, 1)

    assert (facts.name, facts.role) == ("Tổ công nghệ số cộng đồng thôn 1", "")
    assert (facts.course, facts.result) == ("Dịch vụ công trực tuyến", "3 trong 3 thành viên hoàn thành")
    assert "Đẹp" not in str(facts)


def test_a_name_cannot_be_found_by_computing_files_from_what_is_told_in_public(session, client):
    approved = approve(finalised_class(("Vũ Ẵng", "Vũ Ẵng")))
    make_papers(approved.id, lambda *_: None)
    first, second = certificates()
    template = press_template(session, session.get_one(CertificateTemplate, first.template_id))

    guessed = press(template, replace(facts_of(first), salt=""))

    assert guessed.sha256 != first.base_sha256
    assert press(template, facts_of(first)).sha256 == first.base_sha256
    salts = {first.snapshot["salt"], second.snapshot["salt"]}
    assert [len(salt) for salt in salts] == [32, 32]
    for path in (f"/v/{first.public_id}", f"/v/{first.public_id}.json", f"/v/{first.public_id}.json?dang=tom-tat"):
        assert not any(salt.encode() in client.get(path).data for salt in salts)
