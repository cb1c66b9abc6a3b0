"""Tables of learning: facts, attempts and answers, progress, completion, counters."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Json, UtcDateTime, one_where

# How a lesson was passed: by the person's own test, or in a class whose trainer ticked the roster.
OWN_TEST, IN_CLASS = "A", "C"


class Fact(Base):
    """A learner's act, append-only, with an id made where it happened; the same id twice is one fact.

    Grade says what it can prove: A own test graded here, B observed, C attended, D declared.
    """

    __tablename__ = "lms_facts"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"))
    kind: Mapped[str] = mapped_column(String(30))
    course_slug: Mapped[str | None] = mapped_column(String(80))
    lesson_slug: Mapped[str | None] = mapped_column(String(80))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("lms_course_versions.id"))
    payload: Mapped[dict[str, Any] | None] = mapped_column(Json)
    actor_kind: Mapped[str] = mapped_column(String(10), default="self")
    actor_id: Mapped[int | None]
    grade: Mapped[str] = mapped_column(String(1))
    device_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    server_time: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (
        CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name="grade_known"),
        CheckConstraint("actor_kind IN ('self', 'assisted', 'trainer', 'system')", name="actor_known"),
        Index("ix_lms_facts_person_kind", "person_id", "kind"),
    )


class Attempt(Base):
    """One try at a lesson's test: the paper drawn by a seed, open until handed in."""

    __tablename__ = "lms_attempts"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"))
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lms_lessons.id"))
    seed: Mapped[int]
    paper: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    score: Mapped[int | None]
    passed: Mapped[bool | None]

    __table_args__ = (
        CheckConstraint("score IS NULL OR score BETWEEN 0 AND 100", name="score_percent"),
        CheckConstraint("(submitted_at IS NULL) = (score IS NULL)", name="graded_when_submitted"),
        one_where("uq_lms_attempts_open", "person_id", "lesson_id", where="submitted_at IS NULL"),
        Index("ix_lms_attempts_person", "person_id", "lesson_id"),
    )


class Answer(Base):
    """The latest answer to one question of an attempt; an older sequence never overwrites a newer one."""

    __tablename__ = "lms_answers"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("lms_attempts.id"), primary_key=True)
    question_key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
    seq: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LessonProgress(Base):
    """Where a person stands in a lesson: the card reached, and when it was first passed.

    Grade says how: A by the person's own test, C in a class whose trainer ticked the roster.
    """

    __tablename__ = "lms_lesson_progress"

    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), primary_key=True)
    course_slug: Mapped[str] = mapped_column(ForeignKey("lms_courses.slug"), primary_key=True)
    lesson_slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    card: Mapped[int] = mapped_column(default=1)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    passed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    passed_version_id: Mapped[int | None] = mapped_column(ForeignKey("lms_course_versions.id"))
    attempt_id: Mapped[str | None] = mapped_column(String(36))
    grade: Mapped[str | None] = mapped_column(String(1))

    __table_args__ = (
        CheckConstraint("grade IN ('A', 'C')", name="grade_known"),
        CheckConstraint("(passed_at IS NULL) = (grade IS NULL)", name="graded_when_passed"),
    )


class SkillCompletion(Base):
    """A skill completed by a person: once, by which version of which course, and when it first became true.

    Grade is the weakest of the lessons it rests on: C as soon as one was passed in a class.
    """

    __tablename__ = "lms_skill_completions"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"))
    skill_key: Mapped[str] = mapped_column(ForeignKey("lms_skills.key"), index=True)
    course_slug: Mapped[str] = mapped_column(String(80))
    version_id: Mapped[int] = mapped_column(ForeignKey("lms_course_versions.id"))
    completed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    grade: Mapped[str] = mapped_column(String(1), default="A", server_default="A")

    __table_args__ = (
        UniqueConstraint("person_id", "skill_key"),
        CheckConstraint("grade IN ('A', 'C')", name="grade_known"),
    )


class ProgrammeCompletion(Base):
    """A programme completed by a person: once, by the rule that was in force for them."""

    __tablename__ = "lms_programme_completions"

    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), primary_key=True)
    programme_key: Mapped[str] = mapped_column(String(60), primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("lms_programmes.id"))
    completed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ClassCredit(Base):
    """A lesson a trainer taught to a room: who was ticked on the roster is in `CreditedPerson`.

    For a day it may be undone; then it is settled, and the lesson counts as passed in a class.
    """

    __tablename__ = "lms_class_credits"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("lms_course_versions.id"))
    course_slug: Mapped[str] = mapped_column(ForeignKey("lms_courses.slug"))
    lesson_slug: Mapped[str] = mapped_column(String(80))
    team_id: Mapped[int] = mapped_column(ForeignKey("lms_teams.id"), index=True)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by_id: Mapped[int] = mapped_column(index=True)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("undone_at IS NULL OR settled_at IS NULL", name="one_end"),
        CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name="undone_by_somebody"),
        Index("ix_lms_class_credits_waiting", "settled_at", "undone_at", "given_at"),
    )


class CreditedPerson(Base):
    """One person ticked on the roster of a class credit."""

    __tablename__ = "lms_credited_people"

    credit_id: Mapped[int] = mapped_column(ForeignKey("lms_class_credits.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), primary_key=True, index=True)


class SkillCheck(Base):
    """Five questions about a skill answered by a person, once before learning it and once after."""

    __tablename__ = "lms_skill_checks"

    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), primary_key=True)
    skill_key: Mapped[str] = mapped_column(ForeignKey("lms_skills.key"), primary_key=True)
    moment: Mapped[str] = mapped_column(String(10), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("lms_course_versions.id"))
    correct: Mapped[int]
    total: Mapped[int]
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("moment IN ('before', 'after')", name="moment_known"),
        CheckConstraint("correct BETWEEN 0 AND total", name="correct_of_total"),
    )


class PrintedPaper(Base):
    """A sheet or booklet already rendered: made once for a version and a province's own words."""

    __tablename__ = "lms_printed_papers"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    course_slug: Mapped[str] = mapped_column(String(80), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Counter(Base):
    """How many people: by team, commune or province, and by measure ("members" or "skill:<key>").

    Changed by the difference in the transaction of the fact; `learning rebuild` makes them anew,
    `learning audit` proves that both agree.
    """

    __tablename__ = "lms_counters"

    scope: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    measure: Mapped[str] = mapped_column(String(80), primary_key=True)
    people: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("scope IN ('team', 'commune', 'province')", name="scope_known"),
        CheckConstraint("people >= 0", name="people_not_negative"),
    )
