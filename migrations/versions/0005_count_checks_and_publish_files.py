"""Count check pages, keep what a deed said, let go of bytes after the commit, publish papers as files."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _publish_files()
    op.create_table(
        "lms_unwanted_bytes",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_lms_unwanted_bytes")),
    )
    op.create_table(
        "lms_check_counts",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.CheckConstraint("shown >= 1", name=op.f("ck_lms_check_counts_shown_from_one")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["lms_certificates.id"], name=op.f("fk_lms_check_counts_certificate_id")
        ),
        sa.PrimaryKeyConstraint("certificate_id", "day", name=op.f("pk_lms_check_counts")),
    )
    with op.batch_alter_table("lms_check_counts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lms_check_counts_day"), ["day"], unique=False)
    with op.batch_alter_table("lms_once_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("said", sa.JSON(none_as_null=True), server_default="[]", nullable=False))


def downgrade() -> None:
    _publish_no_files()
    with op.batch_alter_table("lms_once_keys", schema=None) as batch_op:
        batch_op.drop_column("said")
    op.drop_table("lms_check_counts")
    op.drop_table("lms_unwanted_bytes")


def _publish_files() -> None:
    """Let a bundle be files in a folder, and the same papers be gathered once at a time.

    Of several that were begun for the same papers the last stays; the files of the others go within a minute.
    """
    op.execute(
        "DELETE FROM lms_certificate_bundles WHERE made_at IS NULL AND id NOT IN ("
        "SELECT max(id) FROM lms_certificate_bundles WHERE made_at IS NULL "
        "GROUP BY form, province_code, commune_code, list_id)"
    )
    with op.batch_alter_table("lms_certificate_bundles") as batch_op:
        batch_op.drop_constraint(op.f("ck_lms_certificate_bundles_form_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_lms_certificate_bundles_form_known"), "form IN ('zip', 'print', 'files')"
        )
    _open_once("list", ["list_id", "form"], "made_at IS NULL")
    _open_once("commune", ["commune_code", "form"], "made_at IS NULL")
    _open_once("province", ["province_code", "form"], "made_at IS NULL AND commune_code IS NULL AND list_id IS NULL")


def _open_once(place: str, columns: list[str], where: str) -> None:
    op.create_index(
        f"uq_lms_certificate_bundles_open_{place}",
        "lms_certificate_bundles",
        columns,
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _publish_no_files() -> None:
    """Forget the bundles that are files; the files themselves stay where they lie."""
    for place in ("list", "commune", "province"):
        op.drop_index(f"uq_lms_certificate_bundles_open_{place}", "lms_certificate_bundles")
    op.execute("DELETE FROM lms_certificate_bundles WHERE form = 'files'")
    with op.batch_alter_table("lms_certificate_bundles") as batch_op:
        batch_op.drop_constraint(op.f("ck_lms_certificate_bundles_form_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_lms_certificate_bundles_form_known"), "form IN ('zip', 'print')")
