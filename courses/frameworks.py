"""Skills, frameworks and programmes: which digital skills there are, who numbers them, what completes all.

A skill has a stable key; Bắc Giang calls five of them by one numbering, Thanh Hóa six by
another. So frameworks are data over the same keys, and more can be loaded. A programme is a rule
over the keys as well: "five required and at least five elective topics" is written, not programmed.
"""

from __future__ import annotations

from dataclasses import dataclass

from courses.course import Framework, FrameworkSkill, Programme, Rule, Skill
from courses.documents import Fields, Value, read_yaml
from courses.faults import Fault, FaultList, PackageFaults
from courses.texts import decode

SKILLS = "skills.yml"


@dataclass(frozen=True)
class SkillCatalogue:
    """All known skills, and the frameworks and programmes over them."""

    skills: tuple[Skill, ...]
    frameworks: tuple[Framework, ...]
    programmes: tuple[Programme, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """Return the keys of all skills."""
        return frozenset(skill.key for skill in self.skills)

    def skill(self, key: str) -> Skill | None:
        """Find a skill by its key."""
        return next((skill for skill in self.skills if skill.key == key), None)

    def framework(self, key: str) -> Framework | None:
        """Find a framework by its key."""
        return next((one for one in self.frameworks if one.key == key), None)

    def programme(self, key: str) -> Programme | None:
        """Find a programme by its key."""
        return next((one for one in self.programmes if one.key == key), None)


def load_skills(data: bytes, path: str = SKILLS) -> SkillCatalogue:
    """Read `skills.yml`.

    Raises:
        PackageFaults: with everything that is wrong in it.
    """
    catalogue, faults = examine_skills(data, path)
    if any(fault.severity == "fault" for fault in faults):
        raise PackageFaults(faults)
    return catalogue


def examine_skills(data: bytes, path: str = SKILLS) -> tuple[SkillCatalogue, tuple[Fault, ...]]:
    """Read `skills.yml` as far as it goes, and say what is wrong with it."""
    faults = FaultList()
    root = read_yaml(path, decode(path, data, faults), faults)
    if root is None:
        return SkillCatalogue((), ()), faults.all()
    fields = root.fields(path, ("skills", "frameworks"), ("programmes",))
    values = fields.items("skills")
    skills = tuple(_read_skill(value) for value in values)
    _check_unlike(values, [skill.key for skill in skills], "Kỹ năng")
    known = {skill.key for skill in skills}
    values = fields.items("frameworks")
    frameworks = tuple(_read_framework(value, known) for value in values)
    _check_unlike(values, [framework.key for framework in frameworks], "Khung kỹ năng")
    values = fields.items("programmes")
    programmes = tuple(_read_programme(value, known) for value in values)
    _check_unlike(values, [programme.key for programme in programmes], "Chương trình")
    return SkillCatalogue(skills, frameworks, programmes), faults.all()


def _read_skill(value: Value) -> Skill:
    fields = value.fields("kỹ năng", ("key", "title"))
    return Skill(fields.slug("key"), fields.text("title"))


def _read_framework(value: Value, known: set[str]) -> Framework:
    fields = value.fields("khung kỹ năng", ("key", "title", "source", "skills"))
    values = fields.items("skills")
    skills = tuple(_read_numbered(item, known) for item in values)
    _check_unlike(values, [skill.key for skill in skills], "Kỹ năng")
    _check_unlike(values, [str(skill.number) for skill in skills], "Số")
    return Framework(fields.slug("key"), fields.text("title"), fields.text("source"), skills)


def _read_numbered(value: Value, known: set[str]) -> FrameworkSkill:
    fields = value.fields("kỹ năng", ("key", "number", "wording"))
    key = fields.slug("key")
    if key and key not in known:
        fields.at("key").fault(f"Không có kỹ năng “{key}” trong mục skills. Hãy sửa mã, hoặc thêm kỹ năng vào đó.")
    return FrameworkSkill(key, fields.number("number", 1, 99), fields.text("wording"))


def _read_programme(value: Value, known: set[str]) -> Programme:
    fields = value.fields("chương trình", ("key", "title", "source", "required"), ("elective", "elective_at_least"))
    rule = Rule(fields.slugs("required"), fields.slugs("elective"), fields.number("elective_at_least", 0, 99))
    for name in ("required", "elective"):
        for item in fields.items(name):
            if item.written not in known:
                item.fault(f"Không có kỹ năng “{item.written}” trong mục skills. Hãy sửa mã, hoặc thêm kỹ năng vào đó.")
    _check_rule(value, fields, rule)
    return Programme(fields.slug("key"), fields.text("title"), fields.text("source"), rule)


def _check_rule(value: Value, fields: Fields, rule: Rule) -> None:
    for item in fields.items("elective"):
        if item.written in rule.required:
            item.fault(f"Kỹ năng “{item.written}” vừa bắt buộc vừa tự chọn. Hãy bỏ một chỗ.")
    if rule.elective_at_least > len(rule.elective):
        place = fields.at("elective_at_least")
        place.fault("Số kỹ năng tự chọn cần học nhiều hơn số kỹ năng nêu ra. Hãy bớt số này, hoặc thêm kỹ năng.")
    if fields.get("required") and not rule.required and not rule.elective_at_least:
        value.fault("Chương trình chưa đòi kỹ năng nào. Hãy thêm kỹ năng vào mục required.")


def _check_unlike(values: list[Value], names: list[str], what: str) -> None:
    seen: set[str] = set()
    for value, name in zip(values, names, strict=True):
        if name and name in seen:
            value.fault(f"{what} “{name}” viết hai lần. Hãy bỏ một.")
        seen.add(name)
