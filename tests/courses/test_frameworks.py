"""Skills and frameworks as data."""

import pytest

from courses import PackageFaults, load_skills

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
