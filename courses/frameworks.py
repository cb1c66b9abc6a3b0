"""Skills and frameworks: which digital skills there are, and how authorities number them.

A skill has a stable key; Bắc Giang calls five of them by one numbering, Thanh Hóa six by
another. So frameworks are data over the same keys, and more can be loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

from courses.course import Framework, FrameworkSkill, Skill
from courses.documents import Value, read_yaml
from courses.faults import Fault, FaultList, PackageFaults
from courses.texts import decode

SKILLS = "skills.yml"


@dataclass(frozen=True)
class SkillCatalogue:
    """All known skills and the frameworks over them."""

    skills: tuple[Skill, ...]
    frameworks: tuple[Framework, ...]

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
    fields = root.fields(path, ("skills", "frameworks"))
    values = fields.items("skills")
    skills = tuple(_read_skill(value) for value in values)
    _check_unlike(values, [skill.key for skill in skills], "Kỹ năng")
    known = {skill.key for skill in skills}
    values = fields.items("frameworks")
    frameworks = tuple(_read_framework(value, known) for value in values)
    _check_unlike(values, [framework.key for framework in frameworks], "Khung kỹ năng")
    return SkillCatalogue(skills, frameworks), faults.all()


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
        fields.at("key").fault(f"Không có kỹ năng “{key}” trong mục skills.")
    return FrameworkSkill(key, fields.number("number", 1, 99), fields.text("wording"))


def _check_unlike(values: list[Value], names: list[str], what: str) -> None:
    seen: set[str] = set()
    for value, name in zip(values, names, strict=True):
        if name and name in seen:
            value.fault(f"{what} “{name}” viết hai lần.")
        seen.add(name)
