"""Publish courses: a package becomes an immutable version, and the one before is replaced."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import courses
from lms.access import SYSTEM, Actor
from lms.clock import vn_date
from lms.db import locked, touch
from lms.errors import NotFound, Refused
from lms.files import store
from lms.files.rules import keep, keep_bytes
from lms.journal.rules import record
from lms.library import search
from lms.library.models import Course, CourseVersion, Framework, FrameworkSkill, Lesson, Media, Programme, Skill

_COURSES_AND_SKILLS = (
    select(Course, CourseVersion.skills)
    .join(CourseVersion, CourseVersion.course_slug == Course.slug)
    .where(CourseVersion.replaced_at.is_(None))
)


class PackageRefused(Refused):
    """The package has faults; all of them are told at once, with file and line."""

    status = 422

    def __init__(self, faults: tuple[courses.Fault, ...]) -> None:
        self.faults = faults
        count = sum(fault.severity == "fault" for fault in faults)
        super().__init__(
            f"Khóa học còn {count} chỗ phải sửa nên chưa phát hành. Bản đang dùng giữ nguyên.",
            remedy="Hãy sửa các chỗ được nêu rồi phát hành lại.",
        )


def load_frameworks(session: Session, catalogue: courses.SkillCatalogue, *, by: Actor = SYSTEM, now: datetime) -> None:
    """Store the skills, how official frameworks number and word them, and the programmes over them.

    A skill already known keeps its key for ever; only its title and place may change, and its
    courses move with it.
    """
    for position, skill in enumerate(catalogue.skills, start=1):
        session.merge(Skill(key=skill.key, title=skill.title, position=position))
    session.flush()
    for course, skills in session.execute(_COURSES_AND_SKILLS):
        course.position = _place_of(session, skills)
    for framework in catalogue.frameworks:
        session.merge(Framework(key=framework.key, title=framework.title, source=framework.source))
        session.execute(delete(FrameworkSkill).where(FrameworkSkill.framework_key == framework.key))
        session.flush()
        session.add_all(
            FrameworkSkill(framework_key=framework.key, skill_key=line.key, number=line.number, wording=line.wording)
            for line in framework.skills
        )
    session.flush()
    for programme in catalogue.programmes:
        _publish_programme(session, programme, by, now)


def publish_builtin(session: Session, content: Path, *, by: Actor = SYSTEM, now: datetime) -> list[CourseVersion]:
    """Load the skills and publish every course of the content folder; what is current already stays.

    Raises:
        PackageRefused: a package has faults.
    """
    try:
        load_frameworks(session, courses.load_skills((content / "skills.yml").read_bytes()), by=by, now=now)
        folders = sorted(path.parent for path in (content / "courses").glob("*/course.yml"))
        packages = [courses.read_folder(folder) for folder in folders]
    except courses.PackageFaults as found:
        raise PackageRefused(found.faults) from found
    return [publish_files(session, files, by=by, now=now) for files in packages]


def publish_files(session: Session, files: Mapping[str, bytes], *, by: Actor, now: datetime) -> CourseVersion:
    """Publish a package as the next version of its course; the very same package changes nothing.

    Lessons are rendered here once, so that no reader waits for it. Nobody's passes or completions
    move: they are kept by the lesson's name and name the version they were made with.

    Raises:
        PackageRefused: with every fault of the package.
    """
    same = _current_with(session, courses.digest(files))
    if same is not None:
        return same
    package = _checked(session, files, now)
    course = _locked_course(session, package, by, now)
    current = session.scalar(_current_of(course.slug))
    if current is not None and current.digest == package.digest:
        return current
    version = _next_version(session, package, files, current, by, now)
    _store_lessons(session, version, package, files)
    record(
        session,
        by=by,
        verb="publish",
        kind="course_version",
        object_id=version.id,
        detail={"course": course.slug, "number": version.number, "digest": version.digest},
        now=now,
    )
    touch(session, "courses", course.slug)
    return version


def export_course(session: Session, slug: str) -> bytes:
    """Return the current version of a course as the zip it was published from.

    Raises:
        NotFound: there is no such course.
    """
    return store.read(_current_version(session, slug).package_sha256)


def current_files(session: Session, slug: str) -> courses.SourceFiles:
    """Return the source files of a course's current version.

    Raises:
        NotFound: there is no such course.
    """
    return courses.read_zip(export_course(session, slug))


def _publish_programme(session: Session, programme: courses.Programme, by: Actor, now: datetime) -> None:
    """Store a programme's rule as its next version, unless that very rule is in force already.

    A rule never changes once published: whoever began under it may finish by it.
    """
    current = session.scalar(
        select(Programme).where(Programme.key == programme.key, Programme.replaced_at.is_(None)).with_for_update()
    )
    rule = _rule_data(programme.rule)
    if current is not None and current.rule == rule:
        current.title, current.source = programme.title, programme.source
        return
    if current is not None:
        current.replaced_at = now
        session.flush()
    last = session.scalar(select(func.max(Programme.number)).where(Programme.key == programme.key))
    version = Programme(
        key=programme.key,
        number=(last or 0) + 1,
        title=programme.title,
        source=programme.source,
        rule=rule,
        published_at=now,
    )
    session.add(version)
    session.flush()
    record(
        session,
        by=by,
        verb="publish",
        kind="programme",
        object_id=version.id,
        detail={"programme": version.key, "number": version.number, "rule": rule},
        now=now,
    )
    touch(session, "programmes", programme.key)


def _rule_data(rule: courses.Rule) -> dict[str, Any]:
    return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(rule).items()}


def _checked(session: Session, files: Mapping[str, bytes], now: datetime) -> courses.Package:
    try:
        return courses.load_files(files, today=vn_date(now), skills=_skill_keys(session))
    except courses.PackageFaults as found:
        raise PackageRefused(found.faults) from found


def _skill_keys(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(select(Skill.key)))


def _current_of(slug: str) -> Select[CourseVersion]:
    return select(CourseVersion).where(CourseVersion.course_slug == slug, CourseVersion.replaced_at.is_(None))


def _current_with(session: Session, digest: str) -> CourseVersion | None:
    return session.scalar(
        select(CourseVersion).where(CourseVersion.digest == digest, CourseVersion.replaced_at.is_(None))
    )


def _current_version(session: Session, slug: str) -> CourseVersion:
    version = session.scalar(_current_of(slug))
    if version is None:
        raise NotFound(f"course {slug}")
    return version


def _locked_course(session: Session, package: courses.Package, by: Actor, now: datetime) -> Course:
    """Hold the course at the place of its first skill, making it if it is new.

    Two who make it at once end with one.
    """
    if session.get(Course, package.slug) is None:
        course = Course(slug=package.slug, created_at=now, created_by_id=by.account_id)
        try:
            with session.begin_nested():
                session.add(course)
        except IntegrityError:
            session.expire_all()
    course = locked(session, Course, package.slug)
    course.position = _place_of(session, package.skills)
    return course


def _place_of(session: Session, skills: Iterable[str]) -> int:
    """Return the place of a course among the courses: that of its first skill."""
    return session.scalar(select(func.min(Skill.position)).where(Skill.key.in_(list(skills)))) or 0


def _next_version(
    session: Session,
    package: courses.Package,
    files: Mapping[str, bytes],
    current: CourseVersion | None,
    by: Actor,
    now: datetime,
) -> CourseVersion:
    last = session.scalar(select(func.max(CourseVersion.number)).where(CourseVersion.course_slug == package.slug))
    if current is not None:
        current.replaced_at = now
        session.flush()
    number = (last or 0) + 1
    archive = keep(
        session,
        courses.write_zip(files),
        name=f"{package.slug}-{number}.zip",
        media_type="application/zip",
        by=by,
        now=now,
    )
    version = CourseVersion(
        course_slug=package.slug,
        number=number,
        digest=package.digest,
        title=package.title,
        summary=package.summary,
        minutes=package.minutes,
        skills=list(package.skills),
        rule=_rule_data(package.rule),
        package_sha256=archive.sha256,
        published_at=now,
        published_by_id=by.account_id,
        loudspeaker=package.loudspeaker,
        zalo=package.zalo,
        **{name: courses.package_to_data(package)[name] for name in ("variables", "skill_check")},
    )
    session.add(version)
    session.flush()
    return version


def _store_lessons(
    session: Session, version: CourseVersion, package: courses.Package, files: Mapping[str, bytes]
) -> None:
    for lesson in package.lessons:
        data = courses.lesson_to_data(lesson)
        session.add(
            Lesson(
                version_id=version.id,
                slug=lesson.slug,
                position=lesson.number,
                title=lesson.title,
                goal=lesson.goal,
                minutes=lesson.minutes,
                draw=lesson.test.draw,
                pass_mark=lesson.test.pass_percent,
                **{name: data[name] for name in ("cards", "facts", "practice", "bank")},
            )
        )
        session.add_all(search.entries_of(version.id, lesson, package.variables))
    for media in package.media:
        digest = keep_bytes(session, files[f"media/{media.name}"])
        session.add(Media(version_id=version.id, name=media.name, sha256=digest, media_type=media.media_type))
    session.flush()
