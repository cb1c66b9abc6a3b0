"""Tables of certificates: the approved list, the number book, the certificate, name checks."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, and_, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, validates

from lms.db import Base, Json, UtcDateTime

LIVE_CERTIFICATE = "revoked_at IS NULL AND voided_at IS NULL AND superseded_at IS NULL"


class ApprovalList(Base):
    """The results of a finalised class, approved by a decision with number and date."""

    __tablename__ = "lms_approval_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("lms_training_classes.id"), index=True)
    province_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    decision_number: Mapped[str] = mapped_column(String(60))
    decision_date: Mapped[date]
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_by_id: Mapped[int]
    job_id: Mapped[int | None]


class NumberBook(Base):
    """The book of one issuing body and year: numbers 1..last without a gap, void rows included."""

    __tablename__ = "lms_number_books"

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64), default="")

    __table_args__ = (UniqueConstraint("issuer", "year"), CheckConstraint("last >= 0", name="last_not_negative"))


class Certificate(Base):
    """A row of the book: everything printed is a snapshot, and the stored bytes are hashed."""

    __tablename__ = "lms_certificates"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("lms_approval_lists.id"), index=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("lms_seats.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), index=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("lms_number_books.id"))
    number: Mapped[int]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)
    snapshot_sha256: Mapped[str] = mapped_column(String(64))
    prev_hash: Mapped[str] = mapped_column(String(64))
    row_hash: Mapped[str] = mapped_column(String(64))
    numbered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("lms_stored_files.id"))
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by_id: Mapped[int | None]
    revoke_decision: Mapped[str | None] = mapped_column(String(120))
    revoke_category: Mapped[str | None] = mapped_column(String(60))
    revoke_detail: Mapped[str | None] = mapped_column(Text)
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("lms_certificates.id"))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (
        UniqueConstraint("book_id", "number"),
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint("published_at IS NULL OR file_sha256 IS NOT NULL", name="published_has_file"),
        CheckConstraint("revoked_at IS NULL OR published_at IS NOT NULL", name="revoked_was_published"),
        CheckConstraint("voided_at IS NULL OR published_at IS NULL", name="void_before_publication"),
        Index(
            "uq_lms_certificates_live",
            "seat_id",
            unique=True,
            sqlite_where=text(LIVE_CERTIFICATE),
            postgresql_where=text(LIVE_CERTIFICATE),
        ),
    )

    @hybrid_property
    def is_live(self) -> bool:
        """Neither revoked nor void nor replaced; a seat has at most one such certificate."""
        return self.revoked_at is None and self.voided_at is None and self.superseded_at is None

    @is_live.inplace.expression
    @classmethod
    def _is_live_in_sql(cls) -> ColumnElement[bool]:
        return and_(cls.revoked_at.is_(None), cls.voided_at.is_(None), cls.superseded_at.is_(None))

    @property
    def state(self) -> str:
        """The word for where it stands: "void", "revoked", "superseded", "valid" or "unpublished"."""
        if self.voided_at is not None:
            return "void"
        if self.revoked_at is not None:
            return "revoked"
        if self.superseded_at is not None:
            return "superseded"
        return "valid" if self.published_at is not None else "unpublished"

    @validates("published_at", "revoked_at", "superseded_at", "voided_at")
    def _moments_stay(self, key: str, moment: datetime | None) -> datetime | None:
        """Let a moment be written once: nothing leads back from revoked to valid."""
        if getattr(self, key) is not None and moment != getattr(self, key):
            raise ValueError(f"{key} is written once and stays")
        return moment


class NameCheck(Base):
    """A try at confirming a name on the check page; counted to stop guessing, without any address."""

    __tablename__ = "lms_name_checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("lms_certificates.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_lms_name_checks_recent", "certificate_id", "at"),)
