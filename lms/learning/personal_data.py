"""What the learning room keeps about one person, for the person to take along."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.learning.models import (
    Attempt,
    ClassCredit,
    CreditedPerson,
    LessonProgress,
    SkillCheck,
    SkillCompletion,
)
from lms.library.models import CourseVersion, Lesson
from lms.people.models import Account, Person

_GRADES = {"A": "tự làm bài kiểm tra", "C": "lớp học"}
_MOMENTS = {"before": "trước khi học", "after": "sau khi học"}


def kept_about(session: Session, person_id: int) -> dict[str, Any]:
    """Return lessons, tests, skills and classes of one person, as plain data."""
    return {
        "bai_hoc": _lessons(session, person_id),
        "bai_kiem_tra": _tests(session, person_id),
        "ky_nang": _skills(session, person_id),
        "tu_kiem_tra_ky_nang": _checks(session, person_id),
        "lop_hoc": _classes(session, person_id),
    }


def _lessons(session: Session, person_id: int) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(LessonProgress)
        .where(LessonProgress.person_id == person_id)
        .order_by(LessonProgress.course_slug, LessonProgress.lesson_slug)
    )
    return [
        {
            "bai": f"{row.course_slug}/{row.lesson_slug}",
            "da_doc_den_the": row.card,
            "dat_luc": _written(row.passed_at),
            "dat_bang": _GRADES.get(row.grade or ""),
        }
        for row in rows
    ]


def _tests(session: Session, person_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Attempt, Lesson.title)
        .join(Lesson, Lesson.id == Attempt.lesson_id)
        .where(Attempt.person_id == person_id)
        .order_by(Attempt.started_at, Attempt.id)
    )
    return [
        {
            "bai": title,
            "bat_dau": _written(attempt.started_at),
            "nop_luc": _written(attempt.submitted_at),
            "diem": attempt.score,
            "dat": attempt.passed,
        }
        for attempt, title in rows
    ]


def _skills(session: Session, person_id: int) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(SkillCompletion).where(SkillCompletion.person_id == person_id).order_by(SkillCompletion.id)
    )
    return [
        {"ky_nang": row.skill_key, "hoan_thanh_luc": _written(row.completed_at), "bang": _GRADES[row.grade]}
        for row in rows
    ]


def _checks(session: Session, person_id: int) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(SkillCheck).where(SkillCheck.person_id == person_id).order_by(SkillCheck.skill_key, SkillCheck.moment)
    )
    return [
        {
            "ky_nang": row.skill_key,
            "khi_nao": _MOMENTS[row.moment],
            "dung": row.correct,
            "so_cau": row.total,
            "luc": _written(row.answered_at),
        }
        for row in rows
    ]


def _classes(session: Session, person_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(ClassCredit, Lesson.title, CourseVersion.title, Person.full_name)
        .join(CreditedPerson, CreditedPerson.credit_id == ClassCredit.id)
        .join(CourseVersion, CourseVersion.id == ClassCredit.version_id)
        .join(Lesson, (Lesson.version_id == CourseVersion.id) & (Lesson.slug == ClassCredit.lesson_slug))
        .join(Account, Account.id == ClassCredit.given_by_id)
        .join(Person, Person.id == Account.person_id)
        .where(CreditedPerson.person_id == person_id)
        .order_by(ClassCredit.id)
    )
    return [
        {
            "bai": lesson,
            "khoa_hoc": course,
            "ghi_nhan_luc": _written(credit.given_at),
            "nguoi_ghi_nhan": trainer,
            "bo_luc": _written(credit.undone_at),
            "chot_luc": _written(credit.settled_at),
        }
        for credit, lesson, course, trainer in rows
    ]


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
