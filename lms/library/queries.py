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
from lms.library.models import (
    Course,
    CourseVersion,
    Draft,
    Framework,
    FrameworkSkill,
    Lesson,
    Media,
    Programme,
    Skill,
)
from lms.library.pieces import Pieces

VERSION = (CourseVersion.id, CourseVersion.number, CourseVersion.digest, CourseVersion.course_slug)
_PICTURE = re.compile(r'src="\.\./media/([a-z0-9.-]+)"')
_NEARBY = re.compile(r'((?:src|href)=")\.\./')
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
    variables: tuple[courses.Variable, ...] = ()
    has_check: bool = False

    @property
    def checked_skill(self) -> str | None:
        """Return the skill that the questions before and after the course are about, if it has such questions."""
        return self.skills[0] if self.has_check and self.skills else None

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
class Messages:
    """What a course gives to spread it: a script to read aloud, and a message that keeps `{link}` open."""

    loudspeaker: str
    zalo: str

    @property
    def text(self) -> str:
        """Return both, to look something up in them."""
        return f"{self.loudspeaker}\n{self.zalo}"


@dataclass(frozen=True)
class NumberedSkill:
    """A line of a framework: its own number and wording of a skill."""

    number: int
    skill_key: str
    wording: str


@dataclass(frozen=True)
class FrameworkLines:
    """An official list of skills in its own order."""

    key: str
    title: str
    source: str
    lines: tuple[NumberedSkill, ...]


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


def course_by_id(session: Session, version_id: int) -> CourseNow | None:
    """Return a course in the version that something older names."""
    row = session.execute(select(*VERSION).where(CourseVersion.id == version_id)).first()
    return piece_of(session, row) if row else None


def skill_check(session: Session, now: CourseNow) -> tuple[courses.CheckQuestion, ...]:
    """Return the questions asked before and after a course, empty if it has none."""
    return _pieces.get(
        ("check", now.digest),
        lambda: courses.check_from_data(session.get_one(CourseVersion, now.version_id).skill_check),
    )


def messages(session: Session, now: CourseNow) -> Messages:
    """Return what a course gives to spread it; empty texts if it gives nothing."""
    return _pieces.get(("messages", now.digest), lambda: _read_messages(session, now.version_id))


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


def programme_titles(session: Session) -> dict[str, str]:
    """Return the titles of the programmes in force by key."""
    rows = session.execute(
        select(Programme.key, Programme.title).where(Programme.replaced_at.is_(None)).order_by(Programme.key)
    )
    return dict(rows.all())


def taught_skills(session: Session) -> dict[str, str]:
    """Return the titles of the skills that some current course teaches, in their order."""
    taught = {skill for now in courses_now(session) for skill in now.course.skills}
    return {key: title for key, title in skill_titles(session).items() if key in taught}


def frameworks(session: Session) -> list[FrameworkLines]:
    """Return the official lists of skills, each with its own numbers and wording."""
    lines: dict[str, list[NumberedSkill]] = {}
    for row in session.scalars(select(FrameworkSkill).order_by(FrameworkSkill.number)):
        lines.setdefault(row.framework_key, []).append(NumberedSkill(row.number, row.skill_key, row.wording))
    return [
        FrameworkLines(one.key, one.title, one.source, tuple(lines.get(one.key, ())))
        for one in session.scalars(select(Framework).order_by(Framework.key))
    ]


def rule_of(version: CourseVersion | Programme) -> courses.Rule:
    """Return the completion rule of a version of a course or programme."""
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
    """Return a card's HTML for a page one step further down: pictures and sister lessons lie one step further up."""
    return courses.stored_html(_NEARBY.sub(r"\1../../", str(html)))


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
        tuple(courses.Variable(one["key"], one["label"], one["fallback"]) for one in version.variables),
        bool(version.skill_check),
    )


def _read_messages(session: Session, version_id: int) -> Messages:
    row = session.execute(
        select(CourseVersion.loudspeaker, CourseVersion.zalo).where(CourseVersion.id == version_id)
    ).one()
    return Messages(row.loudspeaker, row.zalo)


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
