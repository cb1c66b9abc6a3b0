"""Certify in two hands: templates, proposals, one chained book, certificates of any source, bundles."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LIVE = "revoked_at IS NULL AND voided_at IS NULL AND superseded_at IS NULL"
_KINDS = "kind IN ('class', 'course', 'skills', 'team')"
_LIST_SIZE = 131072


def upgrade() -> None:
    _make_tables()
    _widen_tables()
    _fill()
    _bind_tables()


def _make_tables() -> None:
    op.create_table(
        "lms_approval_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["list_id"], ["lms_approval_lists.id"], name=op.f("fk_lms_approval_entries_list_id")),
        sa.ForeignKeyConstraint(["person_id"], ["lms_people.id"], name=op.f("fk_lms_approval_entries_person_id")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["lms_certificates.id"], name=op.f("fk_lms_approval_entries_replaces_id")
        ),
        sa.ForeignKeyConstraint(["seat_id"], ["lms_seats.id"], name=op.f("fk_lms_approval_entries_seat_id")),
        sa.ForeignKeyConstraint(["team_id"], ["lms_teams.id"], name=op.f("fk_lms_approval_entries_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_approval_entries")),
        sa.UniqueConstraint("list_id", "position", name=op.f("uq_lms_approval_entries_list_id_position")),
    )
    with op.batch_alter_table("lms_approval_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lms_approval_entries_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_lms_approval_entries_open",
            ["subject"],
            unique=True,
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )

    op.create_table(
        "lms_book_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("line_hash", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('number', 'publish', 'revoke', 'supersede', 'void', 'copy')",
            name=op.f("ck_lms_book_lines_kind_known"),
        ),
        sa.CheckConstraint("line >= 1", name=op.f("ck_lms_book_lines_line_from_one")),
        sa.ForeignKeyConstraint(["book_id"], ["lms_number_books.id"], name=op.f("fk_lms_book_lines_book_id")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["lms_certificates.id"], name=op.f("fk_lms_book_lines_certificate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_book_lines")),
        sa.UniqueConstraint("book_id", "line", name=op.f("uq_lms_book_lines_book_id_line")),
    )
    with op.batch_alter_table("lms_book_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lms_book_lines_certificate_id"), ["certificate_id"], unique=False)
        batch_op.create_index(
            "uq_lms_book_lines_number",
            ["book_id", "number"],
            unique=True,
            sqlite_where=sa.text("kind = 'number'"),
            postgresql_where=sa.text("kind = 'number'"),
        )

    op.create_table(
        "lms_certificate_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("province_code", sa.String(length=5), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("design", sa.String(length=40), nullable=False),
        sa.Column("wording", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("letterhead", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("site", sa.String(length=200), nullable=False),
        sa.Column("pictures", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("is_unsigned", sa.Boolean(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("frozen_file_id", sa.Integer(), nullable=True),
        sa.Column("stem_file_id", sa.Integer(), nullable=True),
        sa.Column("proof", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('class', 'course', 'skills', 'team')", name=op.f("ck_lms_certificate_templates_kind_known")
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (digest IS NULL)", name=op.f("ck_lms_certificate_templates_published_has_digest")
        ),
        sa.CheckConstraint(
            "replaced_at IS NULL OR published_at IS NOT NULL",
            name=op.f("ck_lms_certificate_templates_replaced_was_published"),
        ),
        sa.ForeignKeyConstraint(
            ["frozen_file_id"], ["lms_stored_files.id"], name=op.f("fk_lms_certificate_templates_frozen_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["province_code"], ["lms_areas.code"], name=op.f("fk_lms_certificate_templates_province_code")
        ),
        sa.ForeignKeyConstraint(
            ["stem_file_id"], ["lms_stored_files.id"], name=op.f("fk_lms_certificate_templates_stem_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_certificate_templates")),
        sa.UniqueConstraint(
            "province_code", "kind", "number", name=op.f("uq_lms_certificate_templates_province_code_kind_number")
        ),
    )
    with op.batch_alter_table("lms_certificate_templates", schema=None) as batch_op:
        batch_op.create_index(
            "uq_lms_certificate_templates_current",
            ["province_code", "kind"],
            unique=True,
            sqlite_where=sa.text("published_at IS NOT NULL AND replaced_at IS NULL"),
            postgresql_where=sa.text("published_at IS NOT NULL AND replaced_at IS NULL"),
        )
        batch_op.create_index(
            "uq_lms_certificate_templates_draft",
            ["province_code", "kind"],
            unique=True,
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        )

    op.create_table(
        "lms_ending_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("decision_number", sa.String(length=60), nullable=False),
        sa.Column("decision_date", sa.Date(), nullable=True),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "kind <> 'revoke' OR decision_date IS NOT NULL", name=op.f("ck_lms_ending_requests_revoked_by_decision")
        ),
        sa.CheckConstraint("kind IN ('revoke', 'void')", name=op.f("ck_lms_ending_requests_kind_known")),
        sa.CheckConstraint(
            "outcome <> 'accepted' OR decided_by_id <> asked_by_id", name=op.f("ck_lms_ending_requests_two_persons")
        ),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'refused', 'taken_back')", name=op.f("ck_lms_ending_requests_outcome_known")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_lms_ending_requests_decided_with_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["lms_certificates.id"], name=op.f("fk_lms_ending_requests_certificate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_ending_requests")),
    )
    with op.batch_alter_table("lms_ending_requests", schema=None) as batch_op:
        batch_op.create_index(
            "uq_lms_ending_requests_open",
            ["certificate_id"],
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )

    op.create_table(
        "lms_share_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_lms_share_links_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["lms_certificates.id"], name=op.f("fk_lms_share_links_certificate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_share_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_lms_share_links_token_sha256")),
    )
    with op.batch_alter_table("lms_share_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lms_share_links_certificate_id"), ["certificate_id"], unique=False)

    op.create_table(
        "lms_certificate_bundles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("province_code", sa.String(length=5), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=True),
        sa.Column("list_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("up_to_id", sa.Integer(), nullable=False),
        sa.Column("parts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("form IN ('zip', 'print')", name=op.f("ck_lms_certificate_bundles_form_known")),
        sa.ForeignKeyConstraint(
            ["commune_code"], ["lms_areas.code"], name=op.f("fk_lms_certificate_bundles_commune_code")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lms_approval_lists.id"], name=op.f("fk_lms_certificate_bundles_list_id")
        ),
        sa.ForeignKeyConstraint(
            ["province_code"], ["lms_areas.code"], name=op.f("fk_lms_certificate_bundles_province_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_certificate_bundles")),
    )
    with op.batch_alter_table("lms_certificate_bundles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lms_certificate_bundles_province_code"), ["province_code"], unique=False)


def _widen_tables() -> None:
    """Add what is new with room for emptiness; what must not be empty is said after the filling."""
    with op.batch_alter_table("lms_jobs") as batch_op:
        batch_op.add_column(sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("paused_by_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("lms_number_books") as batch_op:
        batch_op.add_column(sa.Column("lines", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("lms_approval_lists") as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=10), nullable=False, server_default="class"))
        batch_op.add_column(sa.Column("about", sa.String(length=80), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("title", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("template_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("proposed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("refused_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("refusal", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("book_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("seen_line", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("seen_head", sa.String(length=64), nullable=False, server_default=""))
        batch_op.alter_column("class_id", existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column("approved_at", existing_type=sa.DateTime(timezone=True), nullable=True)
        batch_op.alter_column("approved_by_id", existing_type=sa.Integer(), nullable=True)
    with op.batch_alter_table("lms_certificates") as batch_op:
        batch_op.add_column(sa.Column("position", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("template_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("kind", sa.String(length=10), nullable=False, server_default="class"))
        batch_op.add_column(sa.Column("subject", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("province_code", sa.String(length=5), nullable=True))
        batch_op.add_column(sa.Column("commune_code", sa.String(length=5), nullable=True))
        batch_op.add_column(sa.Column("team_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("status_list", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("status_index", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("stem_file_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("base_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("base_size", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("way", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("rendered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("signed_by", sa.String(length=200), nullable=False, server_default=""))
        batch_op.alter_column("seat_id", existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column("person_id", existing_type=sa.Integer(), nullable=True)
        batch_op.drop_index("uq_lms_certificates_live")
        batch_op.drop_constraint(op.f("ck_lms_certificates_published_has_file"), type_="check")


def _fill() -> None:
    """Say of every old certificate what the new columns ask, and write its book line by line."""
    run = op.get_bind().execute
    run(sa.text("UPDATE lms_approval_lists SET proposed_at = approved_at"))
    run(
        sa.text(
            "UPDATE lms_approval_lists SET title = "
            "(SELECT title FROM lms_training_classes WHERE lms_training_classes.id = lms_approval_lists.class_id)"
        )
    )
    run(
        sa.text(
            "UPDATE lms_certificates SET position = number, base_sha256 = file_sha256, rendered_at = published_at, "
            "way = CASE WHEN file_sha256 IS NULL THEN NULL ELSE 'laid_out' END, "
            "province_code = (SELECT province_code FROM lms_approval_lists l WHERE l.id = lms_certificates.list_id), "
            "team_id = (SELECT team_id FROM lms_seats s WHERE s.id = lms_certificates.seat_id)"
        )
    )
    run(
        sa.text(
            "UPDATE lms_certificates SET commune_code = "
            "(SELECT commune_code FROM lms_teams t WHERE t.id = lms_certificates.team_id)"
        )
    )
    _spread_status()
    books = run(sa.text("SELECT id, issuer, year, head FROM lms_number_books ORDER BY id")).all()
    for book in books:
        _write_lines(book)


_certificates = sa.table(
    "lms_certificates",
    sa.column("id", sa.Integer),
    sa.column("book_id", sa.Integer),
    sa.column("number", sa.Integer),
    sa.column("public_id", sa.String),
    sa.column("seat_id", sa.Integer),
    sa.column("person_id", sa.Integer),
    sa.column("replaces_id", sa.Integer),
    sa.column("subject", sa.String),
    sa.column("status_list", sa.Integer),
    sa.column("status_index", sa.Integer),
    sa.column("snapshot", sa.JSON),
    sa.column("snapshot_sha256", sa.String),
    sa.column("prev_hash", sa.String),
    sa.column("row_hash", sa.String),
    sa.column("file_sha256", sa.String),
    sa.column("numbered_at", sa.DateTime(timezone=True)),
    sa.column("published_at", sa.DateTime(timezone=True)),
    sa.column("revoked_at", sa.DateTime(timezone=True)),
    sa.column("revoked_by_id", sa.Integer),
    sa.column("revoke_decision", sa.String),
    sa.column("revoke_category", sa.String),
    sa.column("superseded_at", sa.DateTime(timezone=True)),
    sa.column("voided_at", sa.DateTime(timezone=True)),
    sa.column("void_reason", sa.String),
)
_lines = sa.table(
    "lms_book_lines",
    sa.column("book_id", sa.Integer),
    sa.column("line", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("certificate_id", sa.Integer),
    sa.column("number", sa.Integer),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("by_id", sa.Integer),
    sa.column("detail", sa.JSON),
    sa.column("prev_hash", sa.String),
    sa.column("line_hash", sa.String),
    sa.column("rule", sa.Integer),
)


def _spread_status() -> None:
    """Give every old certificate a random place in the list of states, so that the order of issue stays unknown."""
    bind, taken = op.get_bind(), set[int]()
    for row in bind.execute(sa.select(_certificates.c.id, _certificates.c.seat_id)).all():
        place = secrets.randbelow(_LIST_SIZE)
        while place in taken:
            place = secrets.randbelow(_LIST_SIZE)
        taken.add(place)
        bind.execute(
            sa.update(_certificates)
            .where(_certificates.c.id == row.id)
            .values(status_list=1, status_index=place, subject=f"seat:{row.seat_id}")
        )


def _write_lines(book: Any) -> None:
    """Write the old chain as the first lines of the book, then what became of its certificates."""
    bind, c = op.get_bind(), _certificates.c
    rows = bind.execute(sa.select(_certificates).where(c.book_id == book.id).order_by(c.number)).all()
    line, head = 0, ""
    for row in rows:
        line, head = line + 1, row.row_hash
        kept = {"seat": row.seat_id, "person": row.person_id, "replaces": row.replaces_id}
        bind.execute(
            sa.insert(_lines).values(
                book_id=book.id, line=line, kind="number", certificate_id=row.id, number=row.number,
                at=row.numbered_at, by_id=None, detail=kept, prev_hash=row.prev_hash, line_hash=head, rule=1,
            )
        )  # fmt: skip
    after = {row.replaces_id: row.snapshot["number"] for row in rows if row.replaces_id is not None}
    for at, kind, row, by_id, detail in sorted(_events(rows, after), key=lambda event: (event[0], event[2].number)):
        line, before = line + 1, head
        head = _digest(
            {
                "issuer": book.issuer,
                "year": book.year,
                "line": line,
                "kind": kind,
                "number": row.number,
                "public_id": row.public_id,
                "facts": row.snapshot_sha256,
                "at": at.isoformat(timespec="microseconds"),
                "by": by_id,
                "detail": detail,
                "before": before,
            }
        )
        bind.execute(
            sa.insert(_lines).values(
                book_id=book.id, line=line, kind=kind, certificate_id=row.id, number=row.number, at=at, by_id=by_id,
                detail=detail, prev_hash=before, line_hash=head, rule=2,
            )
        )  # fmt: skip
    bind.execute(
        sa.text("UPDATE lms_number_books SET lines = :lines, head = :head WHERE id = :id"),
        {"lines": line, "head": head, "id": book.id},
    )


def _events(rows: Any, after: dict[int, str]) -> Iterator[tuple[datetime, str, Any, int | None, dict[str, Any]]]:
    for row in rows:
        if row.published_at is not None:
            yield _utc(row.published_at), "publish", row, None, {"sha256": row.file_sha256}
        if row.revoked_at is not None:
            why = {"decision": row.revoke_decision, "category": row.revoke_category}
            yield _utc(row.revoked_at), "revoke", row, row.revoked_by_id, why
        if row.superseded_at is not None:
            yield _utc(row.superseded_at), "supersede", row, None, {"by_number": after.get(row.id, "")}
        if row.voided_at is not None:
            yield _utc(row.voided_at), "void", row, None, {"reason": row.void_reason}


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _digest(facts: dict[str, Any]) -> str:
    written = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _bind_tables() -> None:
    with op.batch_alter_table("lms_number_books") as batch_op:
        batch_op.create_check_constraint(op.f("ck_lms_number_books_lines_cover_numbers"), "lines >= last")
    with op.batch_alter_table("lms_approval_lists") as batch_op:
        batch_op.alter_column("proposed_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.create_foreign_key(op.f("fk_lms_approval_lists_book_id"), "lms_number_books", ["book_id"], ["id"])
        batch_op.create_foreign_key(
            op.f("fk_lms_approval_lists_template_id"), "lms_certificate_templates", ["template_id"], ["id"]
        )
        for name, rule in (
            ("kind_known", _KINDS),
            ("class_named", "(kind = 'class') = (class_id IS NOT NULL)"),
            ("one_answer", "approved_at IS NULL OR refused_at IS NULL"),
            ("approved_by_somebody", "(approved_at IS NULL) = (approved_by_id IS NULL)"),
            ("two_persons", "proposed_by_id IS NULL OR approved_by_id IS NULL OR proposed_by_id <> approved_by_id"),
        ):
            batch_op.create_check_constraint(op.f(f"ck_lms_approval_lists_{name}"), rule)
    with op.batch_alter_table("lms_certificates") as batch_op:
        for name, kind in (
            ("position", sa.Integer()),
            ("subject", sa.String(length=120)),
            ("province_code", sa.String(length=5)),
            ("status_list", sa.Integer()),
            ("status_index", sa.Integer()),
        ):
            batch_op.alter_column(name, existing_type=kind, nullable=False)
        batch_op.create_index(
            "uq_lms_certificates_live",
            ["subject"],
            unique=True,
            sqlite_where=sa.text(_LIVE),
            postgresql_where=sa.text(_LIVE),
        )
        for column in ("commune_code", "file_sha256", "province_code", "seat_id", "team_id"):
            batch_op.create_index(op.f(f"ix_lms_certificates_{column}"), [column], unique=False)
        for columns in (["list_id", "position"], ["status_list", "status_index"]):
            batch_op.create_unique_constraint(op.f(f"uq_lms_certificates_{'_'.join(columns)}"), columns)
        for column, table, key in (
            ("commune_code", "lms_areas", "code"),
            ("province_code", "lms_areas", "code"),
            ("template_id", "lms_certificate_templates", "id"),
            ("team_id", "lms_teams", "id"),
            ("stem_file_id", "lms_stored_files", "id"),
        ):
            batch_op.create_foreign_key(op.f(f"fk_lms_certificates_{column}"), table, [column], [key])
        for name, rule in (
            ("kind_known", _KINDS),
            ("way_known", "way IN ('compiled', 'laid_out')"),
            ("status_index_in_list", "status_index BETWEEN 0 AND 131071"),
            ("rendered_has_file", "rendered_at IS NULL OR file_sha256 IS NOT NULL"),
            ("signed_was_rendered", "signed_at IS NULL OR rendered_at IS NOT NULL"),
            ("published_was_rendered", "published_at IS NULL OR rendered_at IS NOT NULL"),
            ("superseded_was_published", "superseded_at IS NULL OR published_at IS NOT NULL"),
        ):
            batch_op.create_check_constraint(op.f(f"ck_lms_certificates_{name}"), rule)
        batch_op.drop_column("row_hash")
        batch_op.drop_column("prev_hash")


def downgrade() -> None:
    """Go back to one chain of numbers; certificates that no class earned have no place there and stop it."""
    bind = op.get_bind()
    if bind.execute(sa.text("SELECT count(*) FROM lms_approval_lists WHERE kind <> 'class'")).scalar():
        raise RuntimeError("there are certificates that no class earned: the older schema cannot hold them")
    bind.execute(sa.text("DELETE FROM lms_approval_entries"))
    bind.execute(sa.text("DELETE FROM lms_approval_lists WHERE approved_at IS NULL"))
    with op.batch_alter_table("lms_certificates") as batch_op:
        batch_op.add_column(sa.Column("prev_hash", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("row_hash", sa.String(length=64), nullable=False, server_default=""))
    for column, source in (("prev_hash", "prev_hash"), ("row_hash", "line_hash")):
        bind.execute(
            sa.text(
                f"UPDATE lms_certificates SET {column} = (SELECT {source} FROM lms_book_lines l "  # noqa: S608
                "WHERE l.kind = 'number' AND l.certificate_id = lms_certificates.id)"
            )
        )
    bind.execute(
        sa.text(
            "UPDATE lms_number_books SET head = COALESCE((SELECT line_hash FROM lms_book_lines l "
            "WHERE l.kind = 'number' AND l.book_id = lms_number_books.id AND l.number = lms_number_books.last), '')"
        )
    )
    _unbind_certificates()
    _unbind_lists()
    with op.batch_alter_table("lms_number_books") as batch_op:
        batch_op.drop_constraint(op.f("ck_lms_number_books_lines_cover_numbers"), type_="check")
        batch_op.drop_column("lines")
    with op.batch_alter_table("lms_jobs") as batch_op:
        batch_op.drop_column("paused_by_id")
        batch_op.drop_column("paused_at")
    for table in (
        "lms_certificate_bundles",
        "lms_share_links",
        "lms_ending_requests",
        "lms_book_lines",
        "lms_approval_entries",
        "lms_certificate_templates",
    ):
        op.drop_table(table)


def _unbind_certificates() -> None:
    with op.batch_alter_table("lms_certificates") as batch_op:
        for name in (
            "kind_known", "way_known", "status_index_in_list", "rendered_has_file", "signed_was_rendered",
            "published_was_rendered", "superseded_was_published",
        ):  # fmt: skip
            batch_op.drop_constraint(op.f(f"ck_lms_certificates_{name}"), type_="check")
        for column in ("commune_code", "province_code", "template_id", "team_id", "stem_file_id"):
            batch_op.drop_constraint(op.f(f"fk_lms_certificates_{column}"), type_="foreignkey")
        for columns in ("list_id_position", "status_list_status_index"):
            batch_op.drop_constraint(op.f(f"uq_lms_certificates_{columns}"), type_="unique")
        for column in ("commune_code", "file_sha256", "province_code", "seat_id", "team_id"):
            batch_op.drop_index(op.f(f"ix_lms_certificates_{column}"))
        batch_op.drop_index("uq_lms_certificates_live")
        for column in (
            "position", "template_id", "kind", "subject", "province_code", "commune_code", "team_id", "status_list",
            "status_index", "stem_file_id", "base_sha256", "base_size", "way", "rendered_at", "signed_at", "signed_by",
        ):  # fmt: skip
            batch_op.drop_column(column)
        batch_op.alter_column("seat_id", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("person_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("lms_certificates") as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_lms_certificates_published_has_file"), "published_at IS NULL OR file_sha256 IS NOT NULL"
        )
        batch_op.create_index(
            "uq_lms_certificates_live",
            ["seat_id"],
            unique=True,
            sqlite_where=sa.text(_LIVE),
            postgresql_where=sa.text(_LIVE),
        )


def _unbind_lists() -> None:
    with op.batch_alter_table("lms_approval_lists") as batch_op:
        for name in ("kind_known", "class_named", "one_answer", "approved_by_somebody", "two_persons"):
            batch_op.drop_constraint(op.f(f"ck_lms_approval_lists_{name}"), type_="check")
        for column in ("book_id", "template_id"):
            batch_op.drop_constraint(op.f(f"fk_lms_approval_lists_{column}"), type_="foreignkey")
        for column in (
            "kind", "about", "title", "template_id", "proposed_at", "proposed_by_id", "refused_at", "refused_by_id",
            "refusal", "book_id", "seen_line", "seen_head",
        ):  # fmt: skip
            batch_op.drop_column(column)
        batch_op.alter_column("class_id", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("approved_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column("approved_by_id", existing_type=sa.Integer(), nullable=False)
