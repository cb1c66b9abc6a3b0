"""Skills, frameworks and programmes as data."""

from pathlib import Path

import pytest

from courses import PackageFaults, Rule, load_skills

SKILLS = """\
skills:
  - {key: dich-vu-cong, title: Dịch vụ công trực tuyến}
  - {key: mua-sam, title: Mua sắm trực tuyến}
frameworks:
  - key: bac-giang-2023
    title: Năm kỹ năng
    source: Chỉ thị năm 2023
    skills:
      - {key: dich-vu-cong, number: 1, wording: Sử dụng dịch vụ công}
      - {key: mua-sam, number: 2, wording: Mua bán trên mạng}
"""


def test_frameworks_number_the_same_skills():
    catalogue = load_skills(SKILLS.encode())

    assert catalogue.keys == {"dich-vu-cong", "mua-sam"}
    assert catalogue.skill("mua-sam").title == "Mua sắm trực tuyến"
    assert catalogue.framework("bac-giang-2023").skills[1].number == 2


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("key: mua-sam, number", "key: ban-hang, number", 10),
        ("number: 2", "number: 1", 10),
        ("key: mua-sam, title", "key: dich-vu-cong, title", 3),
        ("wording: Mua bán trên mạng", "worded: Mua bán", 10),
        ("    source: Chỉ thị năm 2023\n", "", 5),
    ],
)
def test_a_fault_in_the_skills_names_its_line(old, new, line):
    with pytest.raises(PackageFaults) as caught:
        load_skills(SKILLS.replace(old, new, 1).encode())

    assert line in {fault.line for fault in caught.value.faults}


PROGRAMMES = (
    SKILLS
    + """\
programmes:
  - key: can-bo-xa
    title: Chương trình cán bộ xã
    source: Khóa bồi dưỡng tháng 12/2025
    required: [dich-vu-cong]
    elective: [mua-sam]
    elective_at_least: 1
"""
)


def test_a_programme_is_a_rule_over_the_same_skills():
    programme = load_skills(PROGRAMMES.encode()).programme("can-bo-xa")

    assert programme.title == "Chương trình cán bộ xã"
    assert programme.source == "Khóa bồi dưỡng tháng 12/2025"
    assert programme.rule == Rule(required=("dich-vu-cong",), elective=("mua-sam",), elective_at_least=1)


def test_a_file_needs_no_programme_and_a_programme_no_electives():
    assert load_skills(SKILLS.encode()).programmes == ()

    alone = PROGRAMMES.replace("    elective: [mua-sam]\n    elective_at_least: 1\n", "")
    assert load_skills(alone.encode()).programme("can-bo-xa").rule == Rule(required=("dich-vu-cong",))


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("required: [dich-vu-cong]", "required: [bay]", 15),
        ("elective: [mua-sam]", "elective: [bay]", 16),
        ("elective: [mua-sam]", "elective: [dich-vu-cong]", 16),
        ("elective: [mua-sam]", "elective: [mua-sam, mua-sam]", 16),
        ("elective_at_least: 1", "elective_at_least: 2", 17),
        ("elective_at_least: 1", "elective_at_least: nhiều", 17),
        ("    source: Khóa bồi dưỡng tháng 12/2025\n", "", 12),
        ("    required: [dich-vu-cong]\n", "", 12),
        ("required: [dich-vu-cong]\n    elective: [mua-sam]\n    elective_at_least: 1", "required: []", 12),
        ("key: can-bo-xa", "key: Cán bộ", 12),
    ],
)
def test_a_fault_in_a_programme_names_its_line(old, new, line):
    assert old in PROGRAMMES
    with pytest.raises(PackageFaults) as caught:
        load_skills(PROGRAMMES.replace(old, new, 1).encode())

    assert line in {fault.line for fault in caught.value.faults}


def test_a_programme_written_twice_is_a_fault():
    twice = PROGRAMMES + PROGRAMMES.partition("programmes:\n")[2]

    with pytest.raises(PackageFaults, match="Chương trình “can-bo-xa” viết hai lần"):
        load_skills(twice.encode())


def test_the_built_in_programme_asks_for_the_five_of_the_letter_and_two_more():
    catalogue = load_skills((Path(__file__).parents[2] / "content" / "skills.yml").read_bytes())
    five = {line.key for line in catalogue.framework("bac-giang-2023").skills}
    rule = catalogue.programme("to-cong-nghe-so").rule

    assert catalogue.skills[0].key == "dien-thoai"
    assert set(rule.required) == five
    assert (rule.elective, rule.elective_at_least) == (("dien-thoai", "ho-kinh-doanh", "huong-dan-lai"), 2)
