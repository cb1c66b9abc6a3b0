"""Read where a learner stands: lean, since a whole province opens these pages in two days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, and_, bindparam, select
from sqlalchemy.orm import Session

import courses
from courses.texts import is_slug
from lms.journal.models import Notice
from lms.learning.models import Answer, Attempt, LessonProgress, SkillCompletion
from lms.library import queries as library
from lms.library.models import CourseVersion, Lesson, Skill


@dataclass(frozen=True)
class LessonState:
    """A lesson as one reader meets it: what it teaches, the furthest card, whether it is passed."""

    here: library.LessonNow
    card: int
    passed_at: datetime | None


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next: a card to read, or a test to take."""

    course: library.Outline
    lesson: library.LessonLine
    place: int
    card: int | None


@dataclass(frozen=True)
class CourseProgress:
    """How many of a course's needed lessons a person has passed."""

    course: library.Outline
    passed: frozenset[str]
    done: int
    total: int

    @property
    def still(self) -> str:
        """Say in words what is still missing."""
        return courses.explain(self.course.rule, self.passed, self.course.titles)


@dataclass(frozen=True)
class SkillDone:
    """A skill with the moment it was completed, if it was."""

    key: str
    title: str
    completed_at: datetime | None


@dataclass(frozen=True)
class Home:
    """What a learner's first page shows."""

    step: NextStep | None
    courses: tuple[CourseProgress, ...]
    skills: tuple[SkillDone, ...]
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
    return LessonState(here, row.card or 0, row.passed_at) if here else None


def home(session: Session, person_id: int) -> Home:
    """Return what a learner's first page shows, by three statements."""
    me, connection = {"person": person_id}, session.connection()
    progress = connection.execute(_COURSES_AND_PROGRESS, me).all()
    shown = _all_courses(session, progress)
    taught = {skill for one in shown for skill in one.course.skills}
    skills = tuple(SkillDone(*row) for row in connection.execute(_SKILLS, me) if row.key in taught or row.completed_at)
    done = {skill.key for skill in skills if skill.completed_at}
    return Home(_next_step(shown, progress, done), shown, skills, tuple(connection.execute(_NOTICES, me)))


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
    passed = frozenset(r.lesson_slug for r in rows if r.course_slug == course.slug and r.passed_at)
    missing = courses.missing(course.rule, passed)
    total = len(course.rule.required) + course.rule.elective_at_least
    done = total - len(missing.required) - missing.elective_count
    return CourseProgress(course, passed, done, total)


def _next_step(shown: Iterable[CourseProgress], rows: Iterable[Any], done: set[str]) -> NextStep | None:
    reached = {(row.course_slug, row.lesson_slug): row.card for row in rows}
    for one in shown:
        line = None if done.issuperset(one.course.skills) else next_lesson(one.course, one.passed)
        if line is not None:
            card = reached.get((one.course.slug, line.slug), 0)
            return NextStep(
                one.course,
                line,
                one.course.place(line.slug),
                None if card >= line.cards else max(card, 1),
            )
    return None


# Statements of hot pages are put together once: that costs more than sending them.
_PERSON: Any = bindparam("person", type_=Integer())
_MINE = and_(LessonProgress.person_id == _PERSON, LessonProgress.course_slug == CourseVersion.course_slug)
_LESSON_STATE = (
    select(*library.VERSION, LessonProgress.card, LessonProgress.passed_at)
    .outerjoin(LessonProgress, and_(_MINE, LessonProgress.lesson_slug == bindparam("lesson")))
    .where(CourseVersion.course_slug == bindparam("course"), CourseVersion.replaced_at.is_(None))
)
_COURSES_AND_PROGRESS = library.ALL_NOW.outerjoin(LessonProgress, _MINE).add_columns(
    LessonProgress.lesson_slug, LessonProgress.card, LessonProgress.passed_at
)
_PROGRESS = select(
    LessonProgress.course_slug, LessonProgress.lesson_slug, LessonProgress.card, LessonProgress.passed_at
).where(LessonProgress.person_id == _PERSON)
_SKILLS = (
    select(Skill.key, Skill.title, SkillCompletion.completed_at)
    .outerjoin(SkillCompletion, and_(SkillCompletion.skill_key == Skill.key, SkillCompletion.person_id == _PERSON))
    .order_by(Skill.position, Skill.key)
)
_NOTICES = (
    select(Notice.id, Notice.text, Notice.path, Notice.created_at)
    .where(Notice.person_id == _PERSON, Notice.read_at.is_(None))
    .order_by(Notice.id.desc())
    .limit(5)
)
