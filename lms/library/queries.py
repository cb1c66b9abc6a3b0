"""Read the library: which version is current, and what it teaches.

A version never changes, so its pieces are kept in the process by digest and lesson. A hot page
asks the database only which version is current. The digest, not the row's id, is the key: two
apps with two databases may live in one process.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

import courses
from courses.rendering import MEDIA_NAME
from courses.texts import is_slug
from lms.library.models import Course, CourseVersion, Draft, Lesson, Media, Skill
from lms.library.pieces import Pieces

VERSION = (CourseVersion.id, CourseVersion.number, CourseVersion.digest, CourseVersion.course_slug)
_PICTURE = re.compile(r'src="\.\./media/([a-z0-9.-]+)"')
# Put together once: for a page that asks little, making the statement costs more than sending it.
_NOW = select(*VERSION).where(CourseVersion.replaced_at.is_(None))
_ONE_NOW = _NOW.where(CourseVersion.course_slug == bindparam("course"))
ALL_NOW = _NOW.join(Course, Course.slug == CourseVersion.course_slug).order_by(Course.position, Course.slug)
_SKILL_TITLES = select(Skill.key, Skill.title).order_by(Skill.position, Skill.key)


@dataclass(frozen=True)
class LessonLine:
    """A lesson as a list of lessons shows it."""

    slug: str
    title: str
    minutes: int
    goal: str
    cards: int


@dataclass(frozen=True)
class Outline:
    """A course as published: its lessons in order and the rule that completes it."""

    slug: str
    title: str
    summary: str
    minutes: int
    skills: tuple[str, ...]
    rule: courses.Rule
    lessons: tuple[LessonLine, ...]

    def place(self, lesson: str) -> int:
        """Return the lesson's place in the course, from 1."""
        return next(place for place, line in enumerate(self.lessons, start=1) if line.slug == lesson)

    def line(self, lesson: str) -> LessonLine | None:
        """Find a lesson by its slug."""
        return next((line for line in self.lessons if line.slug == lesson), None)

    def after(self, lesson: str) -> LessonLine | None:
        """Return the lesson that follows, if any."""
        place = self.place(lesson)
        return self.lessons[place] if place < len(self.lessons) else None

    @property
    def titles(self) -> dict[str, str]:
        """Return the titles of the lessons by slug."""
        return {line.slug: line.title for line in self.lessons}


@dataclass(frozen=True)
class CourseNow:
    """The current version of a course."""

    version_id: int
    number: int
    digest: str
    course: Outline


@dataclass(frozen=True)
class LessonNow:
    """A lesson in one version of its course, with the version named."""

    version_id: int
    number: int
    digest: str
    course: Outline
    lesson: courses.Lesson


@dataclass(frozen=True)
class PictureFile:
    """Where the bytes of a lesson's picture are kept."""

    sha256: str
    media_type: str


def courses_now(session: Session) -> list[CourseNow]:
    """Return all courses in order, each in its current version."""
    return [piece_of(session, row) for row in session.connection().execute(ALL_NOW)]


def course_now(session: Session, slug: str) -> CourseNow | None:
    """Return a course in its current version."""
    row = session.connection().execute(_ONE_NOW, {"course": slug}).first() if is_slug(slug) else None
    return piece_of(session, row) if row else None


def lesson_now(session: Session, course: str, lesson: str) -> LessonNow | None:
    """Return a lesson of a course's current version."""
    now = course_now(session, course)
    return lesson_in(session, now, lesson) if now else None


def lesson_in(session: Session, now: CourseNow, lesson: str) -> LessonNow | None:
    """Return a lesson of a version that is already known."""
    if now.course.line(lesson) is None:
        return None
    piece = _pieces.get(
        ("lesson", now.digest, lesson),
        lambda: _read_lesson(session, now.version_id, lesson, now.digest),
    )
    return LessonNow(now.version_id, now.number, now.digest, now.course, piece)


def lesson_by_id(session: Session, lesson_id: int) -> LessonNow | None:
    """Return a lesson of whichever version an old paper was drawn from."""
    row = session.execute(
        select(*VERSION, Lesson.slug.label("lesson"))
        .join(Lesson, Lesson.version_id == CourseVersion.id)
        .where(Lesson.id == lesson_id)
    ).first()
    return lesson_in(session, piece_of(session, row), row.lesson) if row else None


def lesson_id(session: Session, version_id: int, lesson: str) -> int:
    """Return the row of a lesson in a version that has it."""
    return session.scalars(select(Lesson.id).where(Lesson.version_id == version_id, Lesson.slug == lesson)).one()


def piece_of(session: Session, row: Any) -> CourseNow:
    """Return the course of a row that was read with `VERSION`, alone or joined to something else."""
    outline = _pieces.get(("course", row.digest), lambda: _read_outline(session, row.id))
    return CourseNow(row.id, row.number, row.digest, outline)


def picture(session: Session, course: str, name: str) -> PictureFile | None:
    """Return a picture of a course by name, from the newest version that has one so named."""
    if not MEDIA_NAME.fullmatch(name) or not is_slug(course):
        return None
    row = session.execute(
        select(Media.sha256, Media.media_type)
        .join(CourseVersion, CourseVersion.id == Media.version_id)
        .where(CourseVersion.course_slug == course, Media.name == name)
        .order_by(CourseVersion.number.desc())
        .limit(1)
    ).first()
    return PictureFile(row.sha256, row.media_type) if row else None


def skill_titles(session: Session) -> dict[str, str]:
    """Return the titles of all skills by key, in their order."""
    return dict(session.connection().execute(_SKILL_TITLES).all())


def taught_skills(session: Session) -> dict[str, str]:
    """Return the titles of the skills that some current course teaches, in their order."""
    taught = {skill for now in courses_now(session) for skill in now.course.skills}
    return {key: title for key, title in skill_titles(session).items() if key in taught}


def rule_of(version: CourseVersion) -> courses.Rule:
    """Return the completion rule of a version."""
    return _rule(version.rule)


def open_drafts(session: Session, provinces: tuple[str, ...]) -> list[Draft]:
    """Return the drafts of these provinces that are neither published nor put aside."""
    return list(
        session.scalars(
            select(Draft)
            .where(
                Draft.province_code.in_(provinces),
                Draft.published_at.is_(None),
                Draft.discarded_at.is_(None),
            )
            .order_by(Draft.updated_at.desc(), Draft.id)
        )
    )


def deeper(html: str) -> Any:
    """Return a card's HTML for a page one step further down, where pictures lie one step further up."""
    return courses.stored_html(str(html).replace('src="../media/', 'src="../../media/'))


_pieces = Pieces(400)


def _read_outline(session: Session, version_id: int) -> Outline:
    version = session.get_one(CourseVersion, version_id)
    lessons = session.execute(
        select(Lesson.slug, Lesson.title, Lesson.minutes, Lesson.goal, Lesson.cards)
        .where(Lesson.version_id == version_id)
        .order_by(Lesson.position)
    )
    return Outline(
        version.course_slug,
        version.title,
        version.summary,
        version.minutes,
        tuple(version.skills),
        rule_of(version),
        tuple(LessonLine(slug, title, minutes, goal, _main(cards)) for slug, title, minutes, goal, cards in lessons),
    )


def _main(cards: list[dict[str, Any]]) -> int:
    return sum(card["kind"] in ("idea", "trap", "exercise") for card in cards)


def _read_lesson(session: Session, version_id: int, slug: str, digest: str) -> courses.Lesson:
    row = session.execute(select(Lesson.__table__).where(Lesson.version_id == version_id, Lesson.slug == slug)).one()
    lesson = courses.lesson_from_data(
        {
            "number": row.position,
            "slug": row.slug,
            "title": row.title,
            "minutes": row.minutes,
            "goal": row.goal,
            "test": {"draw": row.draw, "pass_percent": row.pass_mark},
            "facts": row.facts,
            "cards": row.cards,
            "practice": row.practice,
            "bank": row.bank,
        }
    )
    address = rf'src="../media/\1?v={digest[:8]}"'
    cards = tuple(
        replace(card, html=courses.stored_html(_PICTURE.sub(address, str(card.html)))) for card in lesson.cards
    )
    return replace(lesson, cards=cards)


def _rule(data: dict[str, Any]) -> courses.Rule:
    return courses.Rule(tuple(data["required"]), tuple(data["elective"]), data["elective_at_least"])
