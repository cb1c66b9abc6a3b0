"""Check content as authors keep it: a course folder, a zip, or a whole content folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from courses import packing
from courses.course import Package
from courses.documents import read_yaml
from courses.fact_bank import BANK, listed_facts, named_facts, origins, read_folder
from courses.facts import FACTS, read_fact_file
from courses.faults import Fault, FaultList, PackageFaults
from courses.frameworks import SKILLS, examine_skills
from courses.loading import COURSE, examine
from courses.packing import SourceFiles, read_zip
from courses.standards import check_facts
from courses.texts import decode


@dataclass(frozen=True)
class Report:
    """What was found in one place; faults carry the path as the author typed it.

    `package` is there when a course can be published, warnings or not.
    """

    path: str
    faults: tuple[Fault, ...]
    package: Package | None = None

    @property
    def is_good(self) -> bool:
        """Tell whether there is nothing that must be repaired, and nothing below the standard."""
        return all(fault.severity == "warning" for fault in self.faults)

    @property
    def may_be_published(self) -> bool:
        """Tell whether there is nothing that keeps a course from being published."""
        return all(fault.severity != "fault" for fault in self.faults)

    @property
    def summary(self) -> str:
        """Say in one Vietnamese line how the check went."""
        counts = {grade: sum(fault.severity == grade for fault in self.faults) for grade in ("fault", "shortfall")}
        if any(counts.values()):
            return f"{self.path}: có {counts['fault']} lỗi, {counts['shortfall']} chỗ chưa đạt."
        if self.package is None:
            return f"{self.path}: đạt."
        drawn = sum(len(lesson.bank) for lesson in self.package.lessons)
        return (
            f"{self.path}: đạt. “{self.package.title}”, {len(self.package.lessons)} bài,"
            f" {drawn} câu kiểm tra, {len(self.package.media)} hình,"
            f" {len(self.faults)} lưu ý, mã {self.package.digest[:12]}."
        )


def check_path(path: Path, *, today: date) -> list[Report]:
    """Check whatever a path holds; a folder of courses or of facts gives a report for each.

    Only beside all courses can it be seen that no course names a fact.
    """
    if path.name == SKILLS and path.is_file():
        return [_check_skills(path)]
    alone = _fact_files(path)
    if alone:
        return _check_bank(alone, today, None)
    if path.is_dir() and not (path / COURSE).exists():
        inside = _courses_in(path)
        skills = [_check_skills(path / SKILLS)] if (path / SKILLS).exists() else []
        bank = _check_bank(sorted((path / BANK).glob("*.yml")), today, _used_by(inside))
        if inside or skills:
            return skills + bank + [_check_course(course, today) for course in inside]
    return [_check_course(path, today)]


def check_paths(paths: Iterable[Path], *, today: date) -> list[Report]:
    """Check several places."""
    return [report for path in paths for report in check_path(path, today=today)]


def _courses_in(path: Path) -> list[Path]:
    folders = [path / "courses", path]
    found = [sorted(folder.glob(f"*/{COURSE}")) for folder in folders]
    return [course.parent for courses in found for course in courses]


def _fact_files(path: Path) -> list[Path]:
    """Return the fact files that a path names: one, or a folder of them."""
    if path.is_dir():
        return sorted(path.glob("*.yml")) if path.name == BANK else []
    is_fact_file = path.is_file() and path.suffix == ".yml" and path.resolve().parent.name == BANK
    return [path] if is_fact_file else []


def _check_course(path: Path, today: date) -> Report:
    try:
        files = _files_of(path)
    except PackageFaults as found:
        return Report(str(path), tuple(fault.under(str(path)) for fault in found.faults))
    package, faults = examine(files, today=today, skills=_known_skills(path))
    report = Report(str(path), tuple(_where_authors_look(faults, path)), package)
    return report if report.may_be_published else Report(report.path, report.faults)


def _files_of(path: Path) -> SourceFiles:
    return read_zip(path.read_bytes()) if path.is_file() else read_folder(path)


def _where_authors_look(faults: Collection[Fault], path: Path) -> list[Fault]:
    """Return faults with paths seen from outside; those of a fact taken along, where the bank holds it."""
    home = origins(path) if path.is_dir() and any(fault.path == FACTS for fault in faults) else {}
    return [
        replace(fault, path=str(home[fault.line][0]), line=home[fault.line][1])
        if fault.path == FACTS and fault.line in home
        else fault.under(str(path))
        for fault in faults
    ]


def _known_skills(path: Path) -> frozenset[str] | None:
    for folder in list(path.resolve().parents)[:2]:
        if (folder / SKILLS).is_file():
            return examine_skills((folder / SKILLS).read_bytes())[0].keys
    return None


def _used_by(paths: Iterable[Path]) -> frozenset[str] | None:
    """Return the keys of all facts that some courses name; nobody knows them if one cannot be read."""
    used: set[str] = set()
    for path in paths:
        try:
            used |= named_facts(packing.read_folder(path))
        except PackageFaults:
            return None
    return frozenset(used)


def _check_bank(paths: Iterable[Path], today: date, used: frozenset[str] | None) -> list[Report]:
    """Check the shared facts: each file by itself, no key in two of them, and none that no course names."""
    seen: dict[str, str] = {}
    return [_check_bank_file(path, today, used, seen) for path in paths]


def _check_bank_file(path: Path, today: date, used: frozenset[str] | None, seen: dict[str, str]) -> Report:
    faults = FaultList()
    text = decode(str(path), path.read_bytes(), faults)
    read_fact_file(str(path), text, faults, today)
    items = listed_facts(read_yaml(str(path), text, FaultList()))
    check_facts(items, faults)
    for key in (found for item in items if (found := item.peek("key"))):
        if seen.setdefault(key.written, path.name) != path.name:
            message = f"Mã thông tin “{key.written}” đã có ở {seen[key.written]}. Hãy bỏ một."
            faults.add(str(path), key.line, message)
        if used is not None and key.written not in used:
            message = f"Chưa khóa nào dùng thông tin “{key.written}”. Hãy dùng trong một bài, hoặc bỏ đi."
            faults.fall_short(str(path), key.line, message)
    return Report(str(path), faults.all())


def _check_skills(path: Path) -> Report:
    return Report(str(path), examine_skills(path.read_bytes(), str(path))[1])
