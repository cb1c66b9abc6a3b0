"""Tables of the library: skills, frameworks and programmes, courses and their versions, lessons, drafts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Json, UtcDateTime, one_where


class Skill(Base):
    """A digital skill under a key that never changes; frameworks number and word it as they like."""

    __tablename__ = "lms_skills"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    title: Mapped[str] = mapped_column(String(160))
    position: Mapped[int]


class Framework(Base):
    """An official list of skills, such as the five of 2023 or the six of 2025."""

    __tablename__ = "lms_frameworks"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    title: Mapped[str] = mapped_column(String(160))
    source: Mapped[str] = mapped_column(Text)


class FrameworkSkill(Base):
    """One line of a framework: its number and wording of a skill."""

    __tablename__ = "lms_framework_skills"

    framework_key: Mapped[str] = mapped_column(ForeignKey("lms_frameworks.key"), primary_key=True)
    skill_key: Mapped[str] = mapped_column(ForeignKey("lms_skills.key"), primary_key=True)
    number: Mapped[int]
    wording: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("framework_key", "number"),)


class Programme(Base):
    """Which skills make the whole programme complete, as published on a day; immutable, known by number.

    "Five required and at least N elective topics" is a row here. The one in force is not replaced yet.
    """

    __tablename__ = "lms_programmes"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(160))
    source: Mapped[str] = mapped_column(Text)
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("key", "number"),
        one_where("uq_lms_programmes_current", "key", where="replaced_at IS NULL"),
    )


class Course(Base):
    """A course by its slug; what it teaches stands in its versions."""

    __tablename__ = "lms_courses"

    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None]


class CourseVersion(Base):
    """A published package, immutable, known by number and digest; the current one is not replaced yet."""

    __tablename__ = "lms_course_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_slug: Mapped[str] = mapped_column(ForeignKey("lms_courses.slug"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[int] = mapped_column(default=0)
    skills: Mapped[list[str]] = mapped_column(Json)
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
    package_sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by_id: Mapped[int | None]
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    variables: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list, server_default="[]")
    loudspeaker: Mapped[str] = mapped_column(Text, default="", server_default="")
    zalo: Mapped[str] = mapped_column(Text, default="", server_default="")
    skill_check: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list, server_default="[]")

    __table_args__ = (
        UniqueConstraint("course_slug", "number"),
        CheckConstraint("number >= 1", name="number_from_one"),
        one_where("uq_lms_course_versions_current", "course_slug", where="replaced_at IS NULL"),
    )


class Lesson(Base):
    """A lesson of one version, its cards rendered once at publishing."""

    __tablename__ = "lms_lessons"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("lms_course_versions.id"))
    slug: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    goal: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[int] = mapped_column(default=0)
    cards: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    facts: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    practice: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    bank: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    draw: Mapped[int]
    pass_mark: Mapped[int]

    __table_args__ = (
        UniqueConstraint("version_id", "slug"),
        UniqueConstraint("version_id", "position"),
        CheckConstraint("pass_mark BETWEEN 1 AND 100", name="pass_mark_percent"),
    )


class Media(Base):
    """A picture of one version, by the name its lessons use."""

    __tablename__ = "lms_media"

    version_id: Mapped[int] = mapped_column(ForeignKey("lms_course_versions.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(60))


class LocalValue(Base):
    """What a province puts where lessons leave a place for its own words: hotline, app, fee, address."""

    __tablename__ = "lms_local_values"

    province_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    text: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by_id: Mapped[int]

    __table_args__ = (CheckConstraint("text <> ''", name="text_not_empty"),)


class SearchEntry(Base):
    """One card of a published version as search sees it: `fold` has no accents and no case."""

    __tablename__ = "lms_search_entries"

    version_id: Mapped[int] = mapped_column(ForeignKey("lms_course_versions.id"), primary_key=True)
    lesson_slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    card: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    fold: Mapped[str] = mapped_column(Text)


class Draft(Base):
    """A trainer's lesson on its way: text and questions that nobody but trainers sees until published."""

    __tablename__ = "lms_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_slug: Mapped[str] = mapped_column(ForeignKey("lms_courses.slug"))
    lesson_slug: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    front: Mapped[dict[str, Any]] = mapped_column(Json)
    markdown: Mapped[str] = mapped_column(Text)
    notes: Mapped[list[str]] = mapped_column(Json)
    questions: Mapped[dict[str, Any]] = mapped_column(Json)
    media: Mapped[dict[str, Any]] = mapped_column(Json)
    source_file_id: Mapped[int | None] = mapped_column(ForeignKey("lms_stored_files.id"))
    job_id: Mapped[int | None]
    province_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_version_id: Mapped[int | None] = mapped_column(ForeignKey("lms_course_versions.id"))
    discarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
