"""Tables of learning: facts, attempts and answers, progress, completion, counters."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Json, UtcDateTime


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
        Index(
            "uq_lms_attempts_open",
            "person_id",
            "lesson_id",
            unique=True,
            sqlite_where=text("submitted_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL"),
        ),
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
    """Where a person stands in a lesson: the card reached, and when its test was first passed."""

    __tablename__ = "lms_lesson_progress"

    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), primary_key=True)
    course_slug: Mapped[str] = mapped_column(ForeignKey("lms_courses.slug"), primary_key=True)
    lesson_slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    card: Mapped[int] = mapped_column(default=1)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    passed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    passed_version_id: Mapped[int | None] = mapped_column(ForeignKey("lms_course_versions.id"))
    attempt_id: Mapped[str | None] = mapped_column(String(36))


class SkillCompletion(Base):
    """A skill completed by a person: once, by which version of which course, and when it first became true."""

    __tablename__ = "lms_skill_completions"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"))
    skill_key: Mapped[str] = mapped_column(ForeignKey("lms_skills.key"), index=True)
    course_slug: Mapped[str] = mapped_column(String(80))
    version_id: Mapped[int] = mapped_column(ForeignKey("lms_course_versions.id"))
    completed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (UniqueConstraint("person_id", "skill_key"),)


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
