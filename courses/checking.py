"""Check content as authors keep it: a course folder, a zip, or a whole content folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from courses.course import Package
from courses.faults import Fault, PackageFaults
from courses.frameworks import SKILLS, examine_skills
from courses.loading import COURSE, examine
from courses.packing import read_folder, read_zip


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
        """Tell whether there is nothing that must be repaired."""
        return all(fault.severity == "warning" for fault in self.faults)

    @property
    def summary(self) -> str:
        """Say in one Vietnamese line how the check went."""
        if self.package is None:
            count = sum(fault.severity == "fault" for fault in self.faults)
            return f"{self.path}: có {count} lỗi." if count else f"{self.path}: đạt."
        drawn = sum(len(lesson.bank) for lesson in self.package.lessons)
        return (
            f"{self.path}: đạt. “{self.package.title}”, {len(self.package.lessons)} bài,"
            f" {drawn} câu kiểm tra, {len(self.package.media)} hình,"
            f" {len(self.faults)} lưu ý, mã {self.package.digest[:12]}."
        )


def check_path(path: Path, *, today: date) -> list[Report]:
    """Check whatever a path holds; a folder of courses gives a report for each."""
    if path.name == SKILLS:
        return [_check_skills(path)]
    if path.is_dir() and not (path / COURSE).exists():
        inside = _courses_in(path)
        skills = [_check_skills(path / SKILLS)] if (path / SKILLS).exists() else []
        if inside or skills:
            return skills + [_check_course(course, today) for course in inside]
    return [_check_course(path, today)]


def check_paths(paths: Iterable[Path], *, today: date) -> list[Report]:
    """Check several places."""
    return [report for path in paths for report in check_path(path, today=today)]


def _courses_in(path: Path) -> list[Path]:
    folders = [path / "courses", path]
    found = [sorted(folder.glob(f"*/{COURSE}")) for folder in folders]
    return [course.parent for courses in found for course in courses]


def _check_course(path: Path, today: date) -> Report:
    try:
        files = read_zip(path.read_bytes()) if path.is_file() else read_folder(path)
    except PackageFaults as found:
        return Report(str(path), tuple(fault.under(str(path)) for fault in found.faults))
    package, faults = examine(files, today=today, skills=_known_skills(path))
    report = Report(str(path), tuple(fault.under(str(path)) for fault in faults), package)
    return report if report.is_good else Report(report.path, report.faults)


def _known_skills(path: Path) -> frozenset[str] | None:
    for folder in list(path.resolve().parents)[:2]:
        if (folder / SKILLS).is_file():
            return examine_skills((folder / SKILLS).read_bytes())[0].keys
    return None


def _check_skills(path: Path) -> Report:
    return Report(str(path), examine_skills(path.read_bytes(), str(path))[1])
