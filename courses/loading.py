"""Source files → `Package`, with every fault of the whole package told at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path, PurePosixPath

from courses.course import FactBox, Package, Rule
from courses.documents import Fields, Value, read_yaml
from courses.fact_bank import read_folder
from courses.facts import FACTS, read_fact_file
from courses.faults import Fault, FaultList
from courses.lessons import LessonFiles, ReadLesson, Shared, nothing, read_lesson
from courses.packing import digest
from courses.pictures import read_picture
from courses.sidepieces import SIDE_FILES, Side, read_side, read_variables
from courses.standards import Reading, check_standards
from courses.svg import size_of
from courses.texts import decode, is_slug

FORMAT = 1
RESERVED = frozenset({"media", "can-cu", "tuyen-truyen", "thu-suc"})
COURSE = "course.yml"

_REQUIRED = (
    "format",
    "slug",
    "title",
    "summary",
    "audience",
    "skills",
    "minutes",
    "rule",
    "license",
    "authors",
)
_STEM = re.compile(r"(\d\d)-([a-z0-9-]+)")


def load_files(files: Mapping[str, bytes], *, today: date, skills: Collection[str] | None = None) -> Package:
    """Read a package from its source files.

    `skills` are the known skill keys; without them any well-formed key is taken.

    Raises:
        PackageFaults: with everything that is wrong, and the warnings.
    """
    faults = FaultList()
    reading = _read(files, faults, today, skills)
    faults.raise_if_fatal()
    return reading.package


def load_folder(folder: Path, *, today: date, skills: Collection[str] | None = None) -> Package:
    """Read a package from a folder.

    Raises:
        PackageFaults: with everything that is wrong, and the warnings.
    """
    return load_files(read_folder(folder), today=today, skills=skills)


def check_files(files: Mapping[str, bytes], *, today: date, skills: Collection[str] | None = None) -> tuple[Fault, ...]:
    """Return all faults and warnings of a package, in file and line order."""
    return examine(files, today=today, skills=skills)[1]


def examine(
    files: Mapping[str, bytes], *, today: date, skills: Collection[str] | None = None
) -> tuple[Package, tuple[Fault, ...]]:
    """Read a package as far as it goes, and say what is wrong with it.

    For previews of drafts: with a fault among the answers the package has holes and must
    not be published. Shortfalls and warnings do not keep it from being published.
    """
    faults = FaultList()
    reading = _read(files, faults, today, skills)
    check_standards(reading, faults)
    return reading.package, faults.all()


def _read(files: Mapping[str, bytes], faults: FaultList, today: date, skills: Collection[str] | None) -> Reading:
    _check_paths(files, faults)
    meta = _read_meta(files, faults)
    variables = read_variables(meta)
    bank = _read_bank(files, faults, today)
    shared = Shared(bank, {variable.key: variable for variable in variables}, _screens(files))
    read = [read_lesson(lesson, faults, today, shared) for lesson in _lesson_files(files, faults)]
    lessons = tuple(one.lesson for one in read)
    media = tuple(read_picture(path, files[path], faults) for path in sorted(files) if _is_in(path, "media"))
    taught = _read_skills(meta, skills)
    side = read_side(files, faults, shared, lessons, taught)
    _check_uses(files, read, side, faults)
    package = Package(
        meta.slug("slug"),
        meta.text("title"),
        meta.text("summary"),
        meta.text("audience"),
        taught,
        meta.number("minutes", 1, 6000),
        _read_rule(meta, {lesson.slug for lesson in lessons}),
        meta.text("license"),
        meta.texts("authors"),
        lessons,
        media,
        digest(files),
        variables,
        side.loudspeaker,
        side.zalo,
        side.skill_check,
    )
    return Reading(package, files, tuple(read), bank, side)


def _read_bank(files: Mapping[str, bytes], faults: FaultList, today: date) -> dict[str, FactBox]:
    if FACTS not in files:
        return {}
    text = decode(FACTS, files[FACTS], faults)
    return {fact.key: fact for fact in read_fact_file(FACTS, text, faults, today)}


def _screens(files: Mapping[str, bytes]) -> dict[str, tuple[int, int]]:
    sizes = {path.removeprefix("media/"): size_of(files[path]) for path in files if path.endswith(".svg")}
    return {name: size for name, size in sizes.items() if size}


def _check_paths(files: Mapping[str, bytes], faults: FaultList) -> None:
    for path in files:
        known = (
            path in (COURSE, FACTS, *SIDE_FILES)
            or (_is_in(path, "lessons") and path.endswith(".md"))
            or (_is_in(path, "questions") and path.endswith(".yml"))
            or _is_in(path, "media")
        )
        if not known:
            faults.add(path, 1, "Tệp này không có chỗ trong khóa học. Hãy xóa hoặc đổi tên.")


def _is_in(path: str, folder: str) -> bool:
    parts = PurePosixPath(path).parts
    return len(parts) == 2 and parts[0] == folder


def _read_meta(files: Mapping[str, bytes], faults: FaultList) -> Fields:
    if COURSE not in files:
        faults.add(COURSE, 1, "Thiếu tệp course.yml. Hãy thêm vào thư mục khóa học.")
        return nothing(COURSE, faults)
    root = read_yaml(COURSE, decode(COURSE, files[COURSE], faults), faults)
    if root is None:
        return nothing(COURSE, faults)
    meta = root.fields("course.yml", _REQUIRED, ("variables",))
    meta.number("format", FORMAT, FORMAT)
    return meta


def _read_skills(meta: Fields, known: Collection[str] | None) -> tuple[str, ...]:
    found = meta.slugs("skills")
    value = meta.get("skills")
    if value and not found:
        value.fault("Khóa học phải gắn với ít nhất một kỹ năng. Hãy thêm vào.")
    for item in value.items("skills") if value else ():
        if known is not None and item.written not in known:
            item.fault(f"Không có kỹ năng “{item.written}” trong danh mục kỹ năng. Hãy sửa lại theo skills.yml.")
    return found


def _read_rule(meta: Fields, lessons: set[str]) -> Rule:
    value = meta.get("rule")
    if value is None:
        return Rule(())
    fields = value.fields("rule", ("required",), ("elective", "elective_at_least"))
    rule = Rule(
        fields.slugs("required"),
        fields.slugs("elective"),
        fields.number("elective_at_least", 0, 99),
    )
    for name in ("required", "elective"):
        _check_rule_lessons(name, fields.items(name), lessons)
    for slug in set(rule.required) & set(rule.elective):
        fields.at("elective").fault(f"Bài “{slug}” vừa bắt buộc vừa tự chọn. Hãy bỏ một chỗ.")
    if rule.elective_at_least > len(rule.elective):
        message = "Số bài tự chọn cần học nhiều hơn số bài nêu ra. Hãy bớt số này, hoặc thêm bài."
        fields.at("elective_at_least").fault(message)
    if not rule.required and not rule.elective_at_least:
        value.fault("Điều kiện hoàn thành chưa đòi bài nào. Hãy thêm bài vào mục required.")
    return rule


def _check_rule_lessons(name: str, items: Iterable[Value], lessons: set[str]) -> None:
    for item in items:
        if item.written not in lessons:
            item.fault(f"Mục “{name}” nêu bài “{item.written}” không có trong khóa học. Hãy sửa tên bài.")


def _lesson_files(files: Mapping[str, bytes], faults: FaultList) -> list[LessonFiles]:
    found: dict[str, LessonFiles] = {}
    numbers: dict[int, str] = {}
    for path in sorted(path for path in files if _is_in(path, "lessons")):
        stem = PurePosixPath(path).stem
        match = _STEM.fullmatch(stem)
        if not match or not is_slug(match.group(2)):
            faults.add(path, 1, "Tên tệp bài gồm hai chữ số rồi tên không dấu. Hãy đổi thành như 01-ten-bai.md.")
            continue
        number, slug = int(match.group(1)), match.group(2)
        if slug in RESERVED:
            faults.add(path, 1, f"Tên “{slug}” đã dành cho một trang của khóa học. Hãy đặt tên khác.")
            continue
        if slug in found or number in numbers:
            faults.add(path, 1, "Trùng số thứ tự hoặc trùng tên với một bài khác. Hãy đổi tên tệp.")
            continue
        numbers[number] = slug
        questions = files.get(f"questions/{stem}.yml")
        found[slug] = LessonFiles(number, slug, files[path], questions)
    _check_lone_questions(files, faults)
    if not found:
        faults.add(COURSE, 1, "Khóa học chưa có bài nào. Hãy thêm bài vào thư mục lessons.")
    return sorted(found.values(), key=lambda lesson: lesson.number)


def _check_lone_questions(files: Mapping[str, bytes], faults: FaultList) -> None:
    for path in files:
        lesson = f"lessons/{PurePosixPath(path).stem}.md"
        if _is_in(path, "questions") and lesson not in files:
            faults.add(path, 1, f"Tệp câu hỏi này không có bài {lesson}. Hãy đổi tên tệp, hoặc thêm bài.")


def _check_uses(files: Mapping[str, bytes], read: Iterable[ReadLesson], side: Side, faults: FaultList) -> None:
    """Check that every picture and lesson that is named is there, and every picture is shown."""
    read = list(read)
    used = {f"media/{one.question.screen.name}" for one in side.skill_check if one.question.screen}
    slugs = {one.lesson.slug for one in read}
    for one in read:
        used |= {f"media/{use.name}" for use in one.pictures + one.screens}
        for use in one.pictures:
            if f"media/{use.name}" not in files:
                message = f"Không có hình media/{use.name} trong khóa học. Hãy sửa tên, hoặc thêm hình."
                faults.add(one.files.text_path, use.line, message)
        for use in one.links:
            if use.name not in slugs:
                message = f"Không có bài “{use.name}” trong khóa học. Hãy sửa tên sau bai:."
                faults.add(one.files.text_path, use.line, message)
    for path in files:
        if _is_in(path, "media") and path not in used:
            faults.warn(path, 1, "Hình này chưa được dùng trong bài nào. Hãy dùng hoặc xóa hình.")
