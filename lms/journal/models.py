"""Tables of the journal: entries, notices and jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Json, UtcDateTime


class JournalEntry(Base):
    """One deed: who did what to which thing, where, for whom. Never changed, never removed."""

    __tablename__ = "lms_journal_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[int | None] = mapped_column(index=True)
    actor_label: Mapped[str] = mapped_column(String(200))
    on_behalf_of_id: Mapped[int | None]
    verb: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(60))
    object_id: Mapped[str] = mapped_column(String(60))
    area_code: Mapped[str | None] = mapped_column(String(5), index=True)
    detail: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (Index("ix_lms_journal_entries_object", "kind", "object_id"),)


class Notice(Base):
    """A sentence that waits for its reader; one for each event, person and template."""

    __tablename__ = "lms_notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), index=True)
    template: Mapped[str] = mapped_column(String(60))
    event: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    path: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("event", "person_id", "template"),)


class NoticeDelivery(Base):
    """A notice on its way through a gateway outside, once: asked for, tried, sent or failed.

    `tried_at` is stored before the gateway is asked. A worker killed in between leaves a row that was
    tried and not sent; it is told to the operator and not sent again, unless the gateway itself
    refuses a second one with the same key.
    """

    __tablename__ = "lms_notice_deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("lms_notices.id"))
    gateway: Mapped[str] = mapped_column(String(20))
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        UniqueConstraint("notice_id", "gateway"),
        CheckConstraint("sent_at IS NULL OR failed_at IS NULL", name="one_end"),
        Index("ix_lms_notice_deliveries_due", "sent_at", "failed_at", "not_before"),
    )


class Job(Base):
    """Work for the background, written in the same transaction as the deed that asks for it.

    A worker leases it for a while; a worker that dies loses the lease and another goes on.
    """

    __tablename__ = "lms_jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(index=True)
    area_code: Mapped[str | None] = mapped_column(String(5))
    province_code: Mapped[str | None] = mapped_column(String(5))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(300), default="")
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(Text)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("finished_at IS NULL OR failed_at IS NULL", name="one_end"),
        Index("ix_lms_jobs_waiting", "finished_at", "failed_at", "id"),
    )
