"""When a lesson is passed and a skill completed: once, with the version named, never undone.

Completion is decided by the version's rule over the lessons a person has passed, by slug. A new
version therefore takes nothing away, and a paper of an older version still counts.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from courses import is_complete
from lms.access import SYSTEM, Actor
from lms.areas.models import Area
from lms.db import announce, insert_into, locked
from lms.learning.counters import Place, count_one_more, places_of, skill_measure
from lms.learning.models import IN_CLASS, OWN_TEST, LessonProgress, SkillCompletion
from lms.learning.programmes import complete_programmes
from lms.learning.rules import fact_id, record_fact
from lms.library.models import CourseVersion
from lms.library.queries import rule_of
from lms.people.models import Person
from lms.signals import lesson_passed, skill_completed


def pass_lesson(
    session: Session,
    *,
    by: Actor,
    person_id: int,
    version_id: int,
    lesson: str,
    now: datetime,
    attempt_id: str | None = None,
    grade: str = OWN_TEST,
) -> None:
    """Note that a person passed a lesson, and complete the skills this was the last step to.

    Only the first pass is stored with its moment. Passing again changes nothing, except that one's
    own test after a class says from then on that the lesson was passed by a test.
    """
    places = hold_places(session, person_id)
    version = session.get_one(CourseVersion, version_id)
    if not _mark_passed(session, person_id, version, lesson, attempt_id, grade, now):
        if grade == OWN_TEST and _raise_lesson(session, person_id, version.course_slug, lesson, attempt_id):
            _raise_skills(session, person_id, version.course_slug)
        return
    announce(session, lesson_passed, person_id=person_id, course=version.course_slug, lesson=lesson)
    for candidate in _versions_that_count(session, version):
        if is_complete(rule_of(candidate), passed_lessons(session, person_id, version.course_slug)):
            complete_skills(session, by=by, person_id=person_id, version=candidate, places=places, now=now)


def complete_skills(
    session: Session, *, by: Actor, person_id: int, version: CourseVersion, places: list[Place], now: datetime
) -> None:
    """Store the skills of a completed course, each once for ever, and count the person where they belong."""
    grade = _weakest(session, person_id, version)
    for skill in sorted(version.skills):
        row = insert_into(session, SkillCompletion).values(
            person_id=person_id,
            skill_key=skill,
            course_slug=version.course_slug,
            version_id=version.id,
            completed_at=now,
            grade=grade,
        )
        if session.scalar(row.on_conflict_do_nothing().returning(SkillCompletion.id)) is None:
            continue
        record_fact(
            session,
            by=by,
            id=fact_id("skill_completed", person_id, skill),
            person_id=person_id,
            kind="skill_completed",
            grade=grade,
            now=now,
            course=version.course_slug,
            version_id=version.id,
            payload={"skill": skill},
        )
        count_one_more(session, places, skill_measure(skill))
        announce(session, skill_completed, person_id=person_id, skill=skill, version_id=version.id)
    complete_programmes(session, by=by, person_id=person_id, places=places, now=now)


def settle_courses(session: Session, touched: Mapping[str, Iterable[Any]]) -> None:
    """Complete the skills of those for whom a newly published rule asks for nothing more.

    Called by the door inside the unit that publishes. A new version takes nothing away; if it asks
    for less, nobody should wait for a test that no longer exists.
    """
    for course in sorted(map(str, touched.get("courses", ()))):
        version = session.scalars(_current(course)).one()
        rule = rule_of(version)
        for person_id, passed in _still_learning(session, version):
            if is_complete(rule, passed):
                complete_skills(
                    session,
                    by=SYSTEM,
                    person_id=person_id,
                    version=version,
                    places=hold_places(session, person_id),
                    now=version.published_at,
                )


def passed_lessons(session: Session, person_id: int, course: str, *, grade: str | None = None) -> frozenset[str]:
    """Return the slugs of the lessons a person has passed in a course, in whichever version.

    With a grade, only those passed that way: by a test, or in a class.
    """
    passed = select(LessonProgress.lesson_slug).where(
        LessonProgress.person_id == person_id,
        LessonProgress.course_slug == course,
        LessonProgress.passed_at.is_not(None),
    )
    if grade is not None:
        passed = passed.where(LessonProgress.grade == grade)
    return frozenset(session.scalars(passed))


def hold_places(session: Session, person_id: int) -> list[Place]:
    """Lock what a person's sums depend on, and return where the person is a live member."""
    return hold_places_of(session, [person_id])[person_id]


def hold_places_of(session: Session, person_ids: Iterable[int]) -> dict[int, list[Place]]:
    """Lock what the sums of several people depend on, and return where each is a live member.

    Communes first and shared, as roster changes take them first and exclusively; then the people,
    whom every new membership must wait for. What was read before the locks is read again.
    """
    people = sorted(set(person_ids))
    held: set[str] = set()
    wanted = {place.commune_code for person_id in people for place in places_of(session, person_id)}
    while True:
        for code in sorted(wanted - held):
            session.scalar(select(Area.code).where(Area.code == code).with_for_update(read=True))
        held |= wanted
        for person_id in people:
            locked(session, Person, person_id)
        places = {person_id: places_of(session, person_id) for person_id in people}
        wanted = {place.commune_code for found in places.values() for place in found}
        if wanted <= held:
            return places


def _weakest(session: Session, person_id: int, version: CourseVersion) -> str:
    """Return the grade of a completed course: of a test if tests alone would complete it, else of a class."""
    tested = passed_lessons(session, person_id, version.course_slug, grade=OWN_TEST)
    return OWN_TEST if is_complete(rule_of(version), tested) else IN_CLASS


def _raise_lesson(session: Session, person_id: int, course: str, lesson: str, attempt_id: str | None) -> bool:
    """Let one's own test stand in for a class; the moment of the first pass does not move."""
    raised = (
        update(LessonProgress)
        .where(
            LessonProgress.person_id == person_id,
            LessonProgress.course_slug == course,
            LessonProgress.lesson_slug == lesson,
            LessonProgress.grade == IN_CLASS,
        )
        .values(grade=OWN_TEST, attempt_id=attempt_id)
        .returning(LessonProgress.person_id)
    )
    return session.scalar(raised) is not None


def _raise_skills(session: Session, person_id: int, course: str) -> None:
    """Let the skills follow whose lessons have all been passed by a test by now."""
    for done in session.scalars(
        select(SkillCompletion).where(
            SkillCompletion.person_id == person_id,
            SkillCompletion.course_slug == course,
            SkillCompletion.grade == IN_CLASS,
        )
    ).all():
        done.grade = _weakest(session, person_id, session.get_one(CourseVersion, done.version_id))


def _mark_passed(
    session: Session,
    person_id: int,
    version: CourseVersion,
    lesson: str,
    attempt_id: str | None,
    grade: str,
    now: datetime,
) -> bool:
    row = insert_into(session, LessonProgress).values(
        person_id=person_id,
        course_slug=version.course_slug,
        lesson_slug=lesson,
        card=1,
        seen_at=now,
        passed_at=now,
        passed_version_id=version.id,
        attempt_id=attempt_id,
        grade=grade,
    )
    first = row.on_conflict_do_update(
        index_elements=("person_id", "course_slug", "lesson_slug"),
        set_={name: row.excluded[name] for name in ("passed_at", "passed_version_id", "attempt_id", "grade")},
        where=LessonProgress.passed_at.is_(None),
    )
    return session.scalar(first.returning(LessonProgress.person_id)) is not None


def _versions_that_count(session: Session, version: CourseVersion) -> list[CourseVersion]:
    """Return the version of the paper, then the current one if it is another.

    Whoever began under the old rule may finish by it; whoever meets the new one is done as well.
    """
    current = session.scalar(_current(version.course_slug))
    return [version] if current is None or current.id == version.id else [version, current]


def _current(course: str) -> Select[CourseVersion]:
    return select(CourseVersion).where(CourseVersion.course_slug == course, CourseVersion.replaced_at.is_(None))


def _still_learning(session: Session, version: CourseVersion) -> list[tuple[int, set[str]]]:
    """Return who has passed lessons of a course and not all of its skills, in one order."""
    done = (
        select(SkillCompletion.person_id)
        .where(SkillCompletion.skill_key.in_(version.skills))
        .group_by(SkillCompletion.person_id)
        .having(func.count() == len(set(version.skills)))
    )
    rows = session.execute(
        select(LessonProgress.person_id, LessonProgress.lesson_slug)
        .where(
            LessonProgress.course_slug == version.course_slug,
            LessonProgress.passed_at.is_not(None),
            LessonProgress.person_id.not_in(done),
        )
        .order_by(LessonProgress.person_id)
    )
    passed: dict[int, set[str]] = {}
    for person_id, lesson in rows:
        passed.setdefault(person_id, set()).add(lesson)
    return list(passed.items())
