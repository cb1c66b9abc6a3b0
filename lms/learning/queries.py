"""Read where a learner stands: lean, since a whole province opens these pages in two days."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, Row, and_, bindparam, literal, null, select, type_coerce, union_all
from sqlalchemy.orm import Session

import courses
from courses.texts import is_slug
from lms.db import UtcDateTime
from lms.journal.models import Notice
from lms.learning.class_queries import WAITING
from lms.learning.models import (
    IN_CLASS,
    Answer,
    Attempt,
    ClassCredit,
    CreditedPerson,
    LessonProgress,
    SkillCheck,
    SkillCompletion,
)
from lms.learning.programmes import ProgrammeProgress, programmes_of
from lms.learning.skill_checks import AFTER
from lms.library import queries as library
from lms.library.models import CourseVersion, Lesson, Skill


@dataclass(frozen=True)
class LessonState:
    """A lesson as one reader meets it: what it teaches, the furthest card, whether it is passed."""

    here: library.LessonNow
    card: int
    passed_at: datetime | None
    grade: str | None = None


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next: a card to read, or a test to take."""

    course: library.Outline
    lesson: library.LessonLine
    place: int
    card: int | None


@dataclass(frozen=True)
class CourseProgress:
    """How many of a course's needed lessons a person has passed.

    `in_class` are those passed in a class and not by a test; `waiting` are those learned in a class
    that do not count yet, and on which day that was.
    """

    course: library.Outline
    passed: frozenset[str]
    done: int
    total: int
    in_class: frozenset[str] = frozenset()
    waiting: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def still(self) -> str:
        """Say in words what is still missing."""
        return courses.explain(self.course.rule, self.passed, self.course.titles)


@dataclass(frozen=True)
class SkillDone:
    """A skill with the moment it was completed, if it was, and by what: tests alone, or a class as well.

    `check` is the course whose five questions wait to be answered after learning.
    """

    key: str
    title: str
    completed_at: datetime | None
    grade: str | None = None
    check: str | None = None


@dataclass(frozen=True)
class Home:
    """What a learner's first page shows."""

    step: NextStep | None
    courses: tuple[CourseProgress, ...]
    skills: tuple[SkillDone, ...]
    programmes: tuple[ProgrammeProgress, ...]
    notices: tuple[Row[Any], ...]


def lesson_state(session: Session, course: str, lesson: str, person_id: int | None) -> LessonState | None:
    """Return a lesson with a reader's own state, by one statement."""
    if not (is_slug(course) and is_slug(lesson)):
        return None
    of = {"course": course, "lesson": lesson, "person": person_id}
    row = session.connection().execute(_LESSON_STATE, of).first()
    if row is None:
        return None
    here = library.lesson_in(session, library.piece_of(session, row), lesson)
    return LessonState(here, row.card or 0, row.passed_at, row.grade) if here else None


def home(session: Session, person_id: int) -> Home:
    """Return what a learner's first page shows, by four statements."""
    me, connection = {"person": person_id}, session.connection()
    progress = connection.execute(_COURSES_AND_PROGRESS, me).all()
    shown = _all_courses(session, progress)
    taught = {skill for one in shown for skill in one.course.skills}
    checks = {skill: one.course.slug for one in shown if (skill := one.course.checked_skill)}
    known = [_skill_done(row, checks) for row in connection.execute(_SKILLS, me)]
    skills = tuple(skill for skill in known if skill.key in taught or skill.completed_at)
    done = {skill.key for skill in known if skill.completed_at}
    programmes = programmes_of(session, person_id, done, {skill.key: skill.title for skill in known})
    step = _next_step(shown, progress, done)
    return Home(step, shown, skills, programmes, tuple(connection.execute(_NOTICES, me)))


def course_progress(session: Session, course: library.Outline, person_id: int) -> CourseProgress:
    """Return how far a person is in one course."""
    return _course_progress(course, session.connection().execute(_PROGRESS, {"person": person_id}).all())


def next_lesson(course: library.Outline, passed: Iterable[str]) -> library.LessonLine | None:
    """Return the first lesson that still counts towards completing the course."""
    missing = courses.missing(course.rule, frozenset(passed))
    wanted = missing.required or missing.elective_from
    return next((line for line in course.lessons if line.slug in wanted), None)


def completed_skills(session: Session, person_id: int) -> dict[str, datetime]:
    """Return the skills a person has completed, and when each first became true."""
    rows = session.execute(
        select(SkillCompletion.skill_key, SkillCompletion.completed_at).where(SkillCompletion.person_id == person_id)
    )
    return dict(rows.all())


def saved_answers(session: Session, attempt_id: str) -> dict[str, tuple[Any, int]]:
    """Return value and sequence of each stored answer by question key."""
    rows = session.execute(select(Answer.question_key, Answer.value, Answer.seq).where(Answer.attempt_id == attempt_id))
    return {key: (value, seq) for key, value, seq in rows}


def last_result(session: Session, person_id: int, lesson_slug: str, course: str) -> Any:
    """Return id, score and outcome of the paper of a lesson that was handed in last."""
    return session.execute(
        select(Attempt.id, Attempt.score, Attempt.passed, Attempt.submitted_at)
        .join(Lesson, Lesson.id == Attempt.lesson_id)
        .join(CourseVersion, CourseVersion.id == Lesson.version_id)
        .where(
            Attempt.person_id == person_id,
            Attempt.submitted_at.is_not(None),
            Lesson.slug == lesson_slug,
            CourseVersion.course_slug == course,
        )
        .order_by(Attempt.submitted_at.desc())
        .limit(1)
    ).first()


def _all_courses(session: Session, rows: Iterable[Any]) -> tuple[CourseProgress, ...]:
    """Return the current courses in their order; each comes once for every lesson the person has opened."""
    of_course: dict[str, list[Any]] = {}
    for row in rows:
        of_course.setdefault(row.course_slug, []).append(row)
    return tuple(_course_progress(library.piece_of(session, mine[0]).course, mine) for mine in of_course.values())


def _course_progress(course: library.Outline, rows: Iterable[Any]) -> CourseProgress:
    mine = [row for row in rows if row.course_slug == course.slug]
    grades = {row.lesson_slug: row.grade for row in mine if row.passed_at}
    passed, in_class = frozenset(grades), frozenset(slug for slug in grades if grades[slug] == IN_CLASS)
    waiting = {row.lesson_slug: row.waiting_since for row in mine if row.waiting_since}
    missing = courses.missing(course.rule, passed)
    total = len(course.rule.required) + course.rule.elective_at_least
    done = total - len(missing.required) - missing.elective_count
    not_yet = {lesson: since for lesson, since in waiting.items() if lesson not in passed}
    return CourseProgress(course, passed, done, total, in_class, not_yet)


def _skill_done(row: Any, checks: Mapping[str, str]) -> SkillDone:
    is_due = row.completed_at is not None and row.checked_at is None
    return SkillDone(row.key, row.title, row.completed_at, row.grade, checks.get(row.key) if is_due else None)


def _next_step(shown: Iterable[CourseProgress], rows: Iterable[Any], done: set[str]) -> NextStep | None:
    """Return where to go on: in the course read last that is not finished, else in the first such course."""
    rows = list(rows)
    unfinished = []
    for one in shown:
        line = None if done.issuperset(one.course.skills) else next_lesson(one.course, one.passed)
        if line is not None:
            unfinished.append((one.course, line))
    if not unfinished:
        return None
    last_read = _last_read(rows)
    # Of several never read, the first in the order of the courses stays the first.
    course, line = max(unfinished, key=lambda pair: last_read.get(pair[0].slug, _NEVER))
    reached = {(row.course_slug, row.lesson_slug): row.card for row in rows if row.card}
    card = reached.get((course.slug, line.slug), 0)
    return NextStep(course, line, course.place(line.slug), None if card >= line.cards else max(card, 1))


def _last_read(rows: Iterable[Any]) -> dict[str, datetime]:
    """Return when the person last read on in each course they have opened."""
    last: dict[str, datetime] = {}
    for row in rows:
        if row.seen_at is not None:
            last[row.course_slug] = max(row.seen_at, last.get(row.course_slug, _NEVER))
    return last


_NEVER = datetime.min.replace(tzinfo=UTC)


# Statements of hot pages are put together once: that costs more than sending them.
_PERSON: Any = bindparam("person", type_=Integer())
_MINE = and_(LessonProgress.person_id == _PERSON, LessonProgress.course_slug == CourseVersion.course_slug)
_LESSON_STATE = (
    select(*library.VERSION, LessonProgress.card, LessonProgress.passed_at, LessonProgress.grade)
    .outerjoin(LessonProgress, and_(_MINE, LessonProgress.lesson_slug == bindparam("lesson")))
    .where(CourseVersion.course_slug == bindparam("course"), CourseVersion.replaced_at.is_(None))
)
# Where a person stands: a row for each lesson read or passed, and one for each that waits after a class.
_NO_MOMENT: Any = type_coerce(null(), UtcDateTime())
_READ = select(
    LessonProgress.course_slug,
    LessonProgress.lesson_slug,
    LessonProgress.card,
    LessonProgress.passed_at,
    LessonProgress.seen_at,
    LessonProgress.grade,
    _NO_MOMENT.label("waiting_since"),
).where(LessonProgress.person_id == _PERSON)
_ATTENDED = (
    select(
        ClassCredit.course_slug,
        ClassCredit.lesson_slug,
        literal(0),
        _NO_MOMENT,
        _NO_MOMENT,
        null(),
        ClassCredit.given_at,
    )
    .join(CreditedPerson, CreditedPerson.credit_id == ClassCredit.id)
    .where(CreditedPerson.person_id == _PERSON, WAITING)
)
_PROGRESS: Any = union_all(_READ, _ATTENDED)
_STANDING = _PROGRESS.subquery()
_COURSES_AND_PROGRESS = library.ALL_NOW.outerjoin(
    _STANDING, _STANDING.c.course_slug == CourseVersion.course_slug
).add_columns(*(column for column in _STANDING.c if column.name != "course_slug"))
_SKILLS = (
    select(
        Skill.key,
        Skill.title,
        SkillCompletion.completed_at,
        SkillCompletion.grade,
        SkillCheck.answered_at.label("checked_at"),
    )
    .outerjoin(SkillCompletion, and_(SkillCompletion.skill_key == Skill.key, SkillCompletion.person_id == _PERSON))
    .outerjoin(
        SkillCheck,
        and_(SkillCheck.skill_key == Skill.key, SkillCheck.person_id == _PERSON, SkillCheck.moment == AFTER),
    )
    .order_by(Skill.position, Skill.key)
)
_NOTICES = (
    select(Notice.id, Notice.text, Notice.path, Notice.created_at)
    .where(Notice.person_id == _PERSON, Notice.read_at.is_(None))
    .order_by(Notice.id.desc())
    .limit(5)
)
