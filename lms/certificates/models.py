"""Tables of certificates: templates, approved lists, the number book, the certificate, what happens to it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, and_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, validates

from lms.db import Base, Json, UtcDateTime, one_where

KINDS = ("class", "course", "skills", "team")
LINE_KINDS = ("number", "publish", "revoke", "supersede", "void", "copy")
LIVE_CERTIFICATE = "revoked_at IS NULL AND voided_at IS NULL AND superseded_at IS NULL"
OPEN_ENTRY = "settled_at IS NULL"
OPEN_REQUEST = "decided_at IS NULL"
OPEN_BUNDLE = "made_at IS NULL"


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


class CertificateTemplate(Base):
    """One version of what all certificates of a kind have in common; fixed once it is published.

    `frozen_file_id` is the compiled template, used only if `proof` says that it passed; `stem_file_id` holds
    the bytes with which every file made from it begins. `site` is the address under which codes are checked;
    `digest` is that of the press's own template.
    """

    __tablename__ = "lms_certificate_templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    province_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"))
    kind: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]
    design: Mapped[str] = mapped_column(String(40))
    wording: Mapped[dict[str, str]] = mapped_column(Json)
    letterhead: Mapped[dict[str, Any]] = mapped_column(Json)
    site: Mapped[str] = mapped_column(String(200))
    pictures: Mapped[dict[str, int]] = mapped_column(Json)
    is_unsigned: Mapped[bool]
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drafted_by_id: Mapped[int | None]
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by_id: Mapped[int | None]
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    digest: Mapped[str | None] = mapped_column(String(64))
    frozen_file_id: Mapped[int | None] = mapped_column(ForeignKey("lms_stored_files.id"))
    stem_file_id: Mapped[int | None] = mapped_column(ForeignKey("lms_stored_files.id"))
    proof: Mapped[dict[str, Any] | None] = mapped_column(Json)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    job_id: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("province_code", "kind", "number"),
        CheckConstraint(_one_of("kind", KINDS), name="kind_known"),
        CheckConstraint("(published_at IS NULL) = (digest IS NULL)", name="published_has_digest"),
        CheckConstraint("replaced_at IS NULL OR published_at IS NOT NULL", name="replaced_was_published"),
        one_where("uq_lms_certificate_templates_draft", "province_code", "kind", where="published_at IS NULL"),
        one_where(
            "uq_lms_certificate_templates_current",
            "province_code",
            "kind",
            where="published_at IS NOT NULL AND replaced_at IS NULL",
        ),
    )


class ApprovalList(Base):
    """People (or teams) proposed for a certificate by one officer and approved by another, by a decision.

    `about` is the skill or programme for the kinds that learning earns. `seen_line` and `seen_head` are the
    last line of the book and its hash when the list was proposed: they are printed on it, so that from then
    on nobody can slip a line in behind it. Lists from before proposals were kept have no proposer.
    """

    __tablename__ = "lms_approval_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("lms_training_classes.id"), index=True)
    about: Mapped[str] = mapped_column(String(80), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    province_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    template_id: Mapped[int | None] = mapped_column(ForeignKey("lms_certificate_templates.id"))
    decision_number: Mapped[str] = mapped_column(String(60))
    decision_date: Mapped[date]
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_by_id: Mapped[int | None]
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by_id: Mapped[int | None]
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_by_id: Mapped[int | None]
    refusal: Mapped[str] = mapped_column(String(300), default="")
    book_id: Mapped[int | None] = mapped_column(ForeignKey("lms_number_books.id"))
    seen_line: Mapped[int] = mapped_column(default=0)
    seen_head: Mapped[str] = mapped_column(String(64), default="")
    job_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint(_one_of("kind", KINDS), name="kind_known"),
        CheckConstraint("(kind = 'class') = (class_id IS NOT NULL)", name="class_named"),
        CheckConstraint("approved_at IS NULL OR refused_at IS NULL", name="one_answer"),
        CheckConstraint("(approved_at IS NULL) = (approved_by_id IS NULL)", name="approved_by_somebody"),
        CheckConstraint(
            "proposed_by_id IS NULL OR approved_by_id IS NULL OR proposed_by_id <> approved_by_id", name="two_persons"
        ),
    )

    @property
    def state(self) -> str:
        """The word for where it stands: "proposed", "approved" or "refused"."""
        if self.refused_at is not None:
            return "refused"
        return "approved" if self.approved_at is not None else "proposed"


class ApprovalEntry(Base):
    """One person or team on a list. `facts` are what the paper will say, taken when the list is proposed.

    `subject` names what is certified for whom, such as "seat:12", "course:7:an-toan" or "team:3:an-toan": at
    most one open entry and one live certificate each. Settled once it is numbered, or the list is refused.
    """

    __tablename__ = "lms_approval_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("lms_approval_lists.id"))
    position: Mapped[int]
    subject: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("lms_people.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("lms_teams.id"))
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("lms_seats.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("lms_certificates.id"))
    facts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("list_id", "position"),
        one_where("uq_lms_approval_entries_open", "subject", where=OPEN_ENTRY),
    )


class NumberBook(Base):
    """The book of one issuing body and year: numbers 1..last without a gap, `lines` lines chained to `head`."""

    __tablename__ = "lms_number_books"

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)
    lines: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64), default="")

    __table_args__ = (
        UniqueConstraint("issuer", "year"),
        CheckConstraint("last >= 0", name="last_not_negative"),
        CheckConstraint("lines >= last", name="lines_cover_numbers"),
    )


class BookLine(Base):
    """One line of a number book: a number given, or what later became of it. Lines are only ever added.

    Each carries the hash of the line before it. `rule` says how the hash was made: 1 for numbers given before
    the book had lines of its own.
    """

    __tablename__ = "lms_book_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("lms_number_books.id"))
    line: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("lms_certificates.id"), index=True)
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(Json)
    prev_hash: Mapped[str] = mapped_column(String(64))
    line_hash: Mapped[str] = mapped_column(String(64))
    rule: Mapped[int] = mapped_column(default=2)

    __table_args__ = (
        UniqueConstraint("book_id", "line"),
        CheckConstraint(_one_of("kind", LINE_KINDS), name="kind_known"),
        CheckConstraint("line >= 1", name="line_from_one"),
        one_where("uq_lms_book_lines_number", "book_id", "number", where="kind = 'number'"),
    )


class Certificate(Base):
    """A numbered certificate: everything printed is a snapshot, and the stored bytes are hashed.

    It stands for the entry of its list with the same position.
    The file is the bytes of `stem_file_id` (shared by all of a template; none if laid out one by one) followed
    by those of `file_id`; `base_sha256` is its hash before the signature, `file_sha256` the hash of all of it.
    `way` says which way the press took. The person may be gone one day; the certificate goes on answering.
    """

    __tablename__ = "lms_certificates"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("lms_approval_lists.id"), index=True)
    position: Mapped[int]
    template_id: Mapped[int | None] = mapped_column(ForeignKey("lms_certificate_templates.id"))
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(120))
    province_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    commune_code: Mapped[str | None] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("lms_seats.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("lms_people.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("lms_teams.id"), index=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("lms_number_books.id"))
    number: Mapped[int]
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    status_list: Mapped[int]
    status_index: Mapped[int]
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)
    snapshot_sha256: Mapped[str] = mapped_column(String(64))
    numbered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stem_file_id: Mapped[int | None] = mapped_column(ForeignKey("lms_stored_files.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("lms_stored_files.id"))
    base_sha256: Mapped[str | None] = mapped_column(String(64))
    base_size: Mapped[int | None]
    way: Mapped[str | None] = mapped_column(String(10))
    rendered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_by: Mapped[str] = mapped_column(String(200), default="")
    file_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
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
        UniqueConstraint("list_id", "position"),
        UniqueConstraint("book_id", "number"),
        UniqueConstraint("status_list", "status_index"),
        CheckConstraint(_one_of("kind", KINDS), name="kind_known"),
        CheckConstraint(_one_of("way", ("compiled", "laid_out")), name="way_known"),
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint("status_index BETWEEN 0 AND 131071", name="status_index_in_list"),
        CheckConstraint("rendered_at IS NULL OR file_sha256 IS NOT NULL", name="rendered_has_file"),
        CheckConstraint("signed_at IS NULL OR rendered_at IS NOT NULL", name="signed_was_rendered"),
        CheckConstraint("published_at IS NULL OR rendered_at IS NOT NULL", name="published_was_rendered"),
        CheckConstraint("revoked_at IS NULL OR published_at IS NOT NULL", name="revoked_was_published"),
        CheckConstraint("superseded_at IS NULL OR published_at IS NOT NULL", name="superseded_was_published"),
        CheckConstraint("voided_at IS NULL OR published_at IS NULL", name="void_before_publication"),
        one_where("uq_lms_certificates_live", "subject", where=LIVE_CERTIFICATE),
    )

    @hybrid_property
    def is_live(self) -> bool:
        """Neither revoked nor void nor replaced; a subject has at most one such certificate."""
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

    @validates("rendered_at", "signed_at", "published_at", "revoked_at", "superseded_at", "voided_at")
    def _moments_stay(self, key: str, moment: datetime | None) -> datetime | None:
        """Let a moment be written once: nothing leads back from revoked to valid."""
        if getattr(self, key) is not None and moment != getattr(self, key):
            raise ValueError(f"{key} is written once and stays")
        return moment


class EndingRequest(Base):
    """The end of a certificate asked for by one officer and decided by another: revoked, or its number void."""

    __tablename__ = "lms_ending_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("lms_certificates.id"))
    decision_number: Mapped[str] = mapped_column(String(60), default="")
    decision_date: Mapped[date | None]
    category: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    answer: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        CheckConstraint("kind IN ('revoke', 'void')", name="kind_known"),
        CheckConstraint("outcome IN ('accepted', 'refused', 'taken_back')", name="outcome_known"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_with_outcome"),
        CheckConstraint("outcome <> 'accepted' OR decided_by_id <> asked_by_id", name="two_persons"),
        CheckConstraint("kind <> 'revoke' OR decision_date IS NOT NULL", name="revoked_by_decision"),
        one_where("uq_lms_ending_requests_open", "certificate_id", where=OPEN_REQUEST),
    )


class ShareLink(Base):
    """A link by which the holder shows the whole certificate, name included, until it ends or is withdrawn."""

    __tablename__ = "lms_share_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("lms_certificates.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("expires_at > made_at", name="ends_after_start"),)


class Bundle(Base):
    """Many papers in one go: as ZIP files, as one PDF for the printing house, or as files in a folder of the server.

    Made by the worker, part by part. The same papers are gathered in the same form by one bundle at a time.
    """

    __tablename__ = "lms_certificate_bundles"

    id: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(String(10))
    province_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    commune_code: Mapped[str | None] = mapped_column(ForeignKey("lms_areas.code"))
    list_id: Mapped[int | None] = mapped_column(ForeignKey("lms_approval_lists.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int]
    up_to_id: Mapped[int]
    parts: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    job_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("form IN ('zip', 'print', 'files')", name="form_known"),
        one_where("uq_lms_certificate_bundles_open_list", "list_id", "form", where=OPEN_BUNDLE),
        one_where("uq_lms_certificate_bundles_open_commune", "commune_code", "form", where=OPEN_BUNDLE),
        one_where(
            "uq_lms_certificate_bundles_open_province",
            "province_code",
            "form",
            where=f"{OPEN_BUNDLE} AND commune_code IS NULL AND list_id IS NULL",
        ),
    )


class CheckCount(Base):
    """How often the check page of a certificate was shown on a day; nothing is kept of who looked."""

    __tablename__ = "lms_check_counts"

    certificate_id: Mapped[int] = mapped_column(ForeignKey("lms_certificates.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    shown: Mapped[int]

    __table_args__ = (CheckConstraint("shown >= 1", name="shown_from_one"),)


class NameCheck(Base):
    """A try at confirming a name on the check page; counted to stop guessing, without any address."""

    __tablename__ = "lms_name_checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("lms_certificates.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_lms_name_checks_recent", "certificate_id", "at"),)
