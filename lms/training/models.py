"""Tables of training: call, need, class, session, seat, mark, and the event of every transition."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Json, UtcDateTime

LIVE_NEED = "state IN ('submitted', 'confirmed', 'returned', 'grouped', 'partly_met')"
OPEN_SEAT = "state IN ('waiting', 'offered', 'confirmed')"
NEED_STATES = [
    "submitted",
    "confirmed",
    "returned",
    "grouped",
    "partly_met",
    "met",
    "unmet_carried",
    "withdrawn",
    "rejected",
    "closed",
]
CLASS_STATES = ["planned", "published", "roster_locked", "running", "ended", "finalised", "cancelled"]
LATE_ENTRY = 2_147_483_647
"""The place in the call of somebody who joined a class without a need: after every need."""
SEAT_STATES = [
    "waiting",
    "offered",
    "confirmed",
    "completed",
    "incomplete",
    "no_show",
    "declined",
    "expired",
    "cancelled",
    "displaced",
    "moved",
    "class_cancelled",
]


def _one_of(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Call(Base):
    """A round in which teams register their training needs (đợt đăng ký nhu cầu)."""

    __tablename__ = "lms_calls"

    id: Mapped[int] = mapped_column(primary_key=True)
    province_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    topics: Mapped[list[str]] = mapped_column(Json)
    seats_per_team: Mapped[int] = mapped_column(default=1)
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    need_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
        CheckConstraint("seats_per_team >= 1", name="seats_per_team_positive"),
    )


class Need(Base):
    """A team's need of training in one topic of one call; leader and deputy sign the same row."""

    __tablename__ = "lms_needs"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("lms_calls.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("lms_teams.id"), index=True)
    topic: Mapped[str] = mapped_column(ForeignKey("lms_skills.key"))
    state: Mapped[str] = mapped_column(String(20))
    queue_seq: Mapped[int]
    seats_wanted: Mapped[int] = mapped_column(default=1)
    nominee_ids: Mapped[list[int]] = mapped_column(Json)
    availability: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_by_id: Mapped[int]
    on_behalf_reason: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        CheckConstraint(_one_of("state", NEED_STATES), name="state_known"),
        CheckConstraint("seats_wanted >= 1", name="seats_wanted_positive"),
        UniqueConstraint("call_id", "queue_seq"),
        Index(
            "uq_lms_needs_live",
            "call_id",
            "team_id",
            "topic",
            unique=True,
            sqlite_where=text(LIVE_NEED),
            postgresql_where=text(LIVE_NEED),
        ),
    )


class NeedSignature(Base):
    """A leader's or deputy's name under the team's need, with what they proposed."""

    __tablename__ = "lms_need_signatures"

    need_id: Mapped[int] = mapped_column(ForeignKey("lms_needs.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(10))
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposal: Mapped[dict[str, Any] | None] = mapped_column(Json)


class TrainingClass(Base):
    """A class of the department: topic, place, capacity, sessions, and one queue."""

    __tablename__ = "lms_training_classes"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("lms_calls.id"), index=True)
    province_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    topic: Mapped[str] = mapped_column(ForeignKey("lms_skills.key"))
    title: Mapped[str] = mapped_column(String(200))
    venue: Mapped[str] = mapped_column(String(200))
    capacity: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    seat_seq: Mapped[int] = mapped_column(default=0)
    trainer_id: Mapped[int | None] = mapped_column(ForeignKey("lms_accounts.id"), index=True)
    trainer_name: Mapped[str] = mapped_column(String(120), default="")
    offer_hours: Mapped[int] = mapped_column(default=72)
    hours: Mapped[int] = mapped_column(default=8)
    sessions_required: Mapped[int] = mapped_column(default=1)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None]
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finalised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finalised_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("capacity >= 1", name="capacity_positive"),
        CheckConstraint(_one_of("state", CLASS_STATES), name="state_known"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
    )


class ClassSession(Base):
    """One half-day of a class (buổi)."""

    __tablename__ = "lms_class_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("lms_training_classes.id"))
    number: Mapped[int]
    held_on: Mapped[date]
    half_day: Mapped[str] = mapped_column(String(5))

    __table_args__ = (
        UniqueConstraint("class_id", "number"),
        UniqueConstraint("class_id", "held_on", "half_day"),
        CheckConstraint("half_day IN ('sang', 'chieu')", name="half_day_known"),
    )


def _topic_of_class(context: Any) -> Any:
    class_id = context.get_current_parameters()["class_id"]
    return context.connection.scalar(select(TrainingClass.topic).where(TrainingClass.id == class_id))


def _seq_of_seat(context: Any) -> Any:
    return context.get_current_parameters()["seq"]


class Seat(Base):
    """A person's place in a class: in the queue, offered, confirmed, or how it ended.

    The queue goes by (need_seq, place). A substitute gets a new row with a new seq, since a seq is
    never given twice, and the same need_seq and place, since the place in the queue is the team's.
    """

    __tablename__ = "lms_seats"

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("lms_training_classes.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("lms_teams.id"), index=True)
    need_id: Mapped[int | None] = mapped_column(ForeignKey("lms_needs.id"), index=True)
    topic: Mapped[str] = mapped_column(ForeignKey("lms_skills.key"), default=_topic_of_class)
    state: Mapped[str] = mapped_column(String(20))
    seq: Mapped[int]
    need_seq: Mapped[int] = mapped_column(default=LATE_ENTRY)
    place: Mapped[int] = mapped_column(default=_seq_of_seat)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    offered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        CheckConstraint(_one_of("state", SEAT_STATES), name="state_known"),
        UniqueConstraint("class_id", "seq"),
        Index(
            "uq_lms_seats_open",
            "class_id",
            "person_id",
            unique=True,
            sqlite_where=text(OPEN_SEAT),
            postgresql_where=text(OPEN_SEAT),
        ),
        Index(
            "uq_lms_seats_topic",
            "person_id",
            "topic",
            unique=True,
            sqlite_where=text(OPEN_SEAT),
            postgresql_where=text(OPEN_SEAT),
        ),
        Index("ix_lms_seats_queue", "class_id", "state", "need_seq", "place"),
    )


class AttendanceMark(Base):
    """One mark for one seat and session; marks are only added, and the last one counts."""

    __tablename__ = "lms_attendance_marks"

    id: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("lms_seats.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("lms_class_sessions.id"), index=True)
    mark: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300), default="")
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    marked_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("mark IN ('present', 'late', 'left_early', 'excused', 'absent')", name="mark_known"),
        Index("ix_lms_attendance_marks_seat", "seat_id", "session_id", "id"),
    )


class TrainingEvent(Base):
    """The append-only chain of transitions of needs, classes and seats, with what was true then."""

    __tablename__ = "lms_training_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(10))
    entity_id: Mapped[int]
    from_state: Mapped[str | None] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None]
    actor_label: Mapped[str] = mapped_column(String(200))
    on_behalf_of_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    rule_version: Mapped[str] = mapped_column(String(20))
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("entity IN ('need', 'class', 'seat')", name="entity_known"),
        Index("ix_lms_training_events_entity", "entity", "entity_id", "id"),
    )
