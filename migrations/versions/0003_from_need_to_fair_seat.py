"""Train from a need to a fair seat: plans, allotment, evidence, decisions of two, deliveries."""

import json
import secrets
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATES = {
    "lms_calls": "state IN ('draft', 'open', 'closed', 'planned', 'archived')",
    "lms_needs": "state IN ('draft', 'submitted', 'confirmed', 'returned', 'grouped', 'partly_met', 'met', "
    "'unmet_carried', 'withdrawn', 'rejected', 'closed')",
    "lms_training_classes": "state IN ('planned', 'published', 'roster_locked', 'running', 'ended', 'finalised', "
    "'postponed', 'merged', 'cancelled')",
    "lms_seats": "state IN ('waiting', 'offered', 'confirmed', 'away', 'completed', 'incomplete', 'no_show', "
    "'declined', 'expired', 'cancelled', 'displaced', 'moved', 'class_cancelled')",
}
_OLD_STATES = {
    "lms_needs": "state IN ('submitted', 'confirmed', 'returned', 'grouped', 'partly_met', 'met', "
    "'unmet_carried', 'withdrawn', 'rejected', 'closed')",
    "lms_training_classes": "state IN ('planned', 'published', 'roster_locked', 'running', 'ended', 'finalised', "
    "'cancelled')",
    "lms_seats": "state IN ('waiting', 'offered', 'confirmed', 'completed', 'incomplete', 'no_show', 'declined', "
    "'expired', 'cancelled', 'displaced', 'moved', 'class_cancelled')",
}
_LIVE_NEED = "state IN ('draft', 'submitted', 'confirmed', 'returned', 'grouped', 'partly_met', 'met')"
_OLD_LIVE_NEED = "state IN ('submitted', 'confirmed', 'returned', 'grouped', 'partly_met')"
_OPEN_SEAT = "state IN ('waiting', 'offered', 'confirmed', 'away')"
_OLD_OPEN_SEAT = "state IN ('waiting', 'offered', 'confirmed')"
_HOURS = {"sang": (time(7, 30), time(11, 30)), "chieu": (time(13, 30), time(17, 30))}


def upgrade() -> None:
    op.create_table(
        "lms_call_communes",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("cluster", sa.String(length=80), nullable=False),
        sa.Column("is_remote", sa.Boolean(), nullable=False),
        sa.Column("reserve", sa.Integer(), nullable=False),
        sa.CheckConstraint("reserve >= 0", name=op.f("ck_lms_call_communes_reserve_not_negative")),
        sa.ForeignKeyConstraint(["call_id"], ["lms_calls.id"], name=op.f("fk_lms_call_communes_call_id")),
        sa.ForeignKeyConstraint(["commune_code"], ["lms_areas.code"], name=op.f("fk_lms_call_communes_commune_code")),
        sa.PrimaryKeyConstraint("call_id", "commune_code", name=op.f("pk_lms_call_communes")),
    )
    op.create_table(
        "lms_delegations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["lms_people.id"], name=op.f("fk_lms_delegations_person_id")),
        sa.ForeignKeyConstraint(["team_id"], ["lms_teams.id"], name=op.f("fk_lms_delegations_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_delegations")),
    )
    with op.batch_alter_table("lms_delegations") as batch_op:
        batch_op.create_index(batch_op.f("ix_lms_delegations_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_lms_delegations_live",
            ["team_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "lms_notice_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=False),
        sa.CheckConstraint("sent_at IS NULL OR failed_at IS NULL", name=op.f("ck_lms_notice_deliveries_one_end")),
        sa.ForeignKeyConstraint(["notice_id"], ["lms_notices.id"], name=op.f("fk_lms_notice_deliveries_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_notice_deliveries")),
        sa.UniqueConstraint("notice_id", "gateway", name=op.f("uq_lms_notice_deliveries_notice_id_gateway")),
    )
    with op.batch_alter_table("lms_notice_deliveries") as batch_op:
        batch_op.create_index("ix_lms_notice_deliveries_due", ["sent_at", "failed_at", "not_before"], unique=False)

    op.create_table(
        "lms_training_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("limits", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("rule_version", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("publishing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("published_at IS NULL OR discarded_at IS NULL", name=op.f("ck_lms_training_plans_one_end")),
        sa.ForeignKeyConstraint(["call_id"], ["lms_calls.id"], name=op.f("fk_lms_training_plans_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_training_plans")),
    )
    with op.batch_alter_table("lms_training_plans") as batch_op:
        batch_op.create_index(
            "uq_lms_training_plans_open",
            ["call_id"],
            unique=True,
            sqlite_where=sa.text("published_at IS NULL AND discarded_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL AND discarded_at IS NULL"),
        )

    op.create_table(
        "lms_allotment_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("rule_version", sa.String(length=20), nullable=False),
        sa.Column("order_rule", sa.String(length=12), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("inputs", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("output", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["lms_training_classes.id"], name=op.f("fk_lms_allotment_runs_class_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_allotment_runs")),
    )
    with op.batch_alter_table("lms_allotment_runs") as batch_op:
        batch_op.create_index(batch_op.f("ix_lms_allotment_runs_class_id"), ["class_id"], unique=False)

    op.create_table(
        "lms_class_trainers",
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["lms_accounts.id"], name=op.f("fk_lms_class_trainers_account_id")),
        sa.ForeignKeyConstraint(["class_id"], ["lms_training_classes.id"], name=op.f("fk_lms_class_trainers_class_id")),
        sa.PrimaryKeyConstraint("class_id", "account_id", name=op.f("pk_lms_class_trainers")),
    )
    op.create_table(
        "lms_need_proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("changes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'refused', 'lapsed', 'replaced')", name=op.f("ck_lms_need_proposals_outcome_known")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_lms_need_proposals_decided_with_outcome")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["lms_needs.id"], name=op.f("fk_lms_need_proposals_need_id")),
        sa.ForeignKeyConstraint(["person_id"], ["lms_people.id"], name=op.f("fk_lms_need_proposals_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_need_proposals")),
    )
    with op.batch_alter_table("lms_need_proposals") as batch_op:
        batch_op.create_index(batch_op.f("ix_lms_need_proposals_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_lms_need_proposals_open",
            ["need_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )

    op.create_table(
        "lms_planned_classes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("cluster", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("venue", sa.String(length=200), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("min_viable", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("trainer_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("capacity >= 1", name=op.f("ck_lms_planned_classes_capacity_positive")),
        sa.CheckConstraint(
            "min_viable >= 1 AND min_viable <= capacity", name=op.f("ck_lms_planned_classes_min_viable_possible")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["lms_training_classes.id"], name=op.f("fk_lms_planned_classes_class_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["lms_training_plans.id"], name=op.f("fk_lms_planned_classes_plan_id")),
        sa.ForeignKeyConstraint(["topic"], ["lms_skills.key"], name=op.f("fk_lms_planned_classes_topic")),
        sa.ForeignKeyConstraint(["trainer_id"], ["lms_accounts.id"], name=op.f("fk_lms_planned_classes_trainer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_planned_classes")),
        sa.UniqueConstraint("class_id", name=op.f("uq_lms_planned_classes_class_id")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_lms_planned_classes_plan_id_number")),
    )
    op.create_table(
        "lms_planned_needs",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("planned_class_id", sa.Integer(), nullable=True),
        sa.Column("left_out_because", sa.String(length=200), nullable=False),
        sa.Column("moved_by_hand", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["need_id"], ["lms_needs.id"], name=op.f("fk_lms_planned_needs_need_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["lms_training_plans.id"], name=op.f("fk_lms_planned_needs_plan_id")),
        sa.ForeignKeyConstraint(
            ["planned_class_id"], ["lms_planned_classes.id"], name=op.f("fk_lms_planned_needs_planned_class_id")
        ),
        sa.PrimaryKeyConstraint("plan_id", "need_id", name=op.f("pk_lms_planned_needs")),
    )
    with op.batch_alter_table("lms_planned_needs") as batch_op:
        batch_op.create_index(batch_op.f("ix_lms_planned_needs_planned_class_id"), ["planned_class_id"], unique=False)

    op.create_table(
        "lms_room_tries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["lms_people.id"], name=op.f("fk_lms_room_tries_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["lms_class_sessions.id"], name=op.f("fk_lms_room_tries_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_room_tries")),
    )
    with op.batch_alter_table("lms_room_tries") as batch_op:
        batch_op.create_index("ix_lms_room_tries_person", ["session_id", "person_id", "tried_at"], unique=False)

    op.create_table(
        "lms_training_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.Column("wanted", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(kind = 'correct') = (seat_id IS NOT NULL)", name=op.f("ck_lms_training_decisions_correction_names_seat")
        ),
        sa.CheckConstraint("kind IN ('cut', 'cancel', 'correct')", name=op.f("ck_lms_training_decisions_kind_known")),
        sa.CheckConstraint(
            "outcome <> 'accepted' OR decided_by_id <> asked_by_id", name=op.f("ck_lms_training_decisions_two_persons")
        ),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'refused', 'taken_back')", name=op.f("ck_lms_training_decisions_outcome_known")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_lms_training_decisions_decided_with_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["lms_training_classes.id"], name=op.f("fk_lms_training_decisions_class_id")
        ),
        sa.ForeignKeyConstraint(["seat_id"], ["lms_seats.id"], name=op.f("fk_lms_training_decisions_seat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_training_decisions")),
    )
    with op.batch_alter_table("lms_training_decisions") as batch_op:
        batch_op.create_index(batch_op.f("ix_lms_training_decisions_class_id"), ["class_id"], unique=False)
        batch_op.create_index(
            "uq_lms_training_decisions_class",
            ["class_id", "kind"],
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL AND seat_id IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL AND seat_id IS NULL"),
        )
        batch_op.create_index(
            "uq_lms_training_decisions_seat",
            ["seat_id"],
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )

    _add_columns()
    _fill()
    _make_strict()
    _open_chains_of_calls()


def _open_chains_of_calls() -> None:
    """Give every old call the event with which its chain begins."""
    op.execute(
        "INSERT INTO lms_training_events (entity, entity_id, to_state, actor_id, actor_label, channel, reason,"
        " reason_code, request_key, rule_version, snapshot, at)"
        " SELECT 'call', id, state, created_by_id, 'hệ thống', 'web', 'đợt mở trước khi có nhật ký của đợt',"
        " '', '', '2026-11', '{}', created_at FROM lms_calls"
    )


def _text(name: str, length: int, value: str = "") -> "sa.Column[str]":
    return sa.Column(name, sa.String(length=length), server_default=value, nullable=False)


def _number(name: str, value: int = 0) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), server_default=str(value), nullable=False)


def _json(name: str, value: str) -> "sa.Column[object]":
    return sa.Column(name, sa.JSON(none_as_null=True), server_default=value, nullable=False)


def _yes(name: str, value: bool) -> "sa.Column[bool]":
    return sa.Column(name, sa.Boolean(), server_default=sa.true() if value else sa.false(), nullable=False)


def _moment(name: str) -> "sa.Column[datetime]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _add_columns() -> None:
    """Add what old rows can take at once; what each of them must be given is filled after."""
    new = {
        "lms_people": [sa.Column("email", sa.String(length=254), nullable=True)],
        "lms_attendance_marks": [
            _text("source", 10, "list"),
            sa.Column("device", sa.String(length=40), nullable=True),
            sa.Column("nonce", sa.String(length=40), nullable=True),
            sa.Column("repeat_of_id", sa.Integer(), nullable=True),
            _moment("happened_at"),
        ],
        "lms_calls": [
            _text("state", 20, "open"),
            _json("who_may_go", '["leader", "deputy", "member"]'),
            _yes("needs_confirmation", True),
            _moment("fair_until"),
            _text("order_rule", 12, "first_come"),
            _json("weights", "{}"),
            sa.Column("seed", sa.String(length=64), nullable=True),
        ],
        "lms_class_sessions": [_moment("begins_at"), _moment("ends_at"), _yes("is_required", False)],
        "lms_needs": [
            _text("role_wanted", 10, "any"),
            _json("half_days", "[]"),
            _text("mode", 10, "any"),
            _text("paper_reference", 100),
            sa.Column("carried_from_id", sa.Integer(), nullable=True),
            _number("age"),
            _moment("displaced_at"),
            _text("rejected_for", 30),
        ],
        "lms_seats": [
            sa.Column("rank", sa.Integer(), nullable=True),
            sa.Column("score", sa.JSON(none_as_null=True), nullable=True),
            _text("kind", 10, "regular"),
            sa.Column("makes_up_for_id", sa.Integer(), nullable=True),
            _number("lapses"),
            sa.Column("token", sa.String(length=32), nullable=True),
            sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        ],
        "lms_training_classes": [
            _text("cluster", 80),
            _number("min_viable", 1),
            _number("lock_hours", 48),
            _number("minutes_required"),
            sa.Column("room_key", sa.String(length=64), nullable=True),
            sa.Column("merged_into_id", sa.Integer(), nullable=True),
            _moment("locks_at"),
            _moment("too_few_told_at"),
            _moment("attendance_closed_at"),
            sa.Column("attendance_closed_by_id", sa.Integer(), nullable=True),
        ],
        "lms_training_events": [_text("channel", 10, "web"), _text("reason_code", 30), _text("request_key", 80)],
    }
    for table, columns in new.items():
        for column in columns:
            op.add_column(table, column)


def _fill() -> None:
    """Give every old row what new rows are given: secrets, times of the half-days, ranks, open proposals."""
    bind = op.get_bind()
    for table, column, key in (
        ("lms_calls", "seed", "id"),
        ("lms_training_classes", "room_key", "id"),
        ("lms_seats", "token", "id"),
    ):
        for (row_id,) in bind.execute(sa.text(f"SELECT {key} FROM {table}")).all():  # noqa: S608 - names of ours
            bind.execute(
                sa.text(f"UPDATE {table} SET {column} = :secret WHERE {key} = :id"),  # noqa: S608
                {"secret": secrets.token_hex(16).upper(), "id": row_id},
            )
    bind.execute(sa.text("UPDATE lms_seats SET rank = need_seq"))
    bind.execute(sa.text("UPDATE lms_attendance_marks SET happened_at = marked_at"))
    bind.execute(sa.text("UPDATE lms_training_events SET channel = 'timer' WHERE actor_id IS NULL"))
    sessions = sa.table(
        "lms_class_sessions",
        sa.column("id", sa.Integer),
        sa.column("held_on", sa.Date),
        sa.column("half_day", sa.String),
        sa.column("begins_at", sa.DateTime(timezone=True)),
        sa.column("ends_at", sa.DateTime(timezone=True)),
    )
    for row in bind.execute(sa.select(sessions.c.id, sessions.c.held_on, sessions.c.half_day)).all():
        begins, ends = (_in_utc(row.held_on, at) for at in _HOURS[row.half_day])
        bind.execute(sessions.update().where(sessions.c.id == row.id).values(begins_at=begins, ends_at=ends))
    _set_locks(bind)
    _keep_proposals(bind)


def _set_locks(bind: sa.Connection) -> None:
    """Close each list two days before the first half-day."""
    classes = sa.table(
        "lms_training_classes",
        sa.column("id", sa.Integer),
        sa.column("starts_on", sa.Date),
        sa.column("locks_at", sa.DateTime(timezone=True)),
    )
    for row in bind.execute(sa.select(classes.c.id, classes.c.starts_on)).all():
        locks_at = _in_utc(row.starts_on, _HOURS["sang"][0]) - timedelta(hours=48)
        bind.execute(classes.update().where(classes.c.id == row.id).values(locks_at=locks_at))


def _in_utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).astimezone(UTC)


def _keep_proposals(bind: sa.Connection) -> None:
    signed = sa.table(
        "lms_need_signatures",
        sa.column("need_id", sa.Integer),
        sa.column("person_id", sa.Integer),
        sa.column("signed_at", sa.DateTime(timezone=True)),
        sa.column("proposal", sa.JSON(none_as_null=True)),
    )
    proposals = sa.table(
        "lms_need_proposals",
        sa.column("need_id", sa.Integer),
        sa.column("person_id", sa.Integer),
        sa.column("changes", sa.JSON(none_as_null=True)),
        sa.column("proposed_at", sa.DateTime(timezone=True)),
    )
    for row in bind.execute(sa.select(signed).where(signed.c.proposal.is_not(None))).all():
        changes = row.proposal if isinstance(row.proposal, dict) else json.loads(row.proposal)
        bind.execute(
            proposals.insert().values(
                need_id=row.need_id, person_id=row.person_id, changes=changes, proposed_at=row.signed_at
            )
        )


def _make_strict() -> None:
    """Say in the database what the rules say."""
    with op.batch_alter_table("lms_attendance_marks") as batch:
        batch.alter_column("happened_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.create_foreign_key(
            batch.f("fk_lms_attendance_marks_repeat_of_id"), "lms_attendance_marks", ["repeat_of_id"], ["id"]
        )
        batch.create_unique_constraint(batch.f("uq_lms_attendance_marks_device_nonce"), ["device", "nonce"])
        batch.drop_constraint(batch.f("ck_lms_attendance_marks_mark_known"), type_="check")
        batch.create_check_constraint(
            batch.f("ck_lms_attendance_marks_mark_known"),
            "mark IN ('present', 'late', 'left_early', 'excused', 'absent', 'unmarked')",
        )
        batch.create_check_constraint(
            batch.f("ck_lms_attendance_marks_source_known"), "source IN ('list', 'scan', 'code', 'room', 'paper')"
        )
        batch.create_check_constraint(
            batch.f("ck_lms_attendance_marks_nonce_of_a_device"), "(nonce IS NULL) OR (device IS NOT NULL)"
        )
    with op.batch_alter_table("lms_calls") as batch:
        batch.alter_column("seed", existing_type=sa.String(length=64), nullable=False)
        batch.create_check_constraint(batch.f("ck_lms_calls_state_known"), _STATES["lms_calls"])
        batch.create_check_constraint(batch.f("ck_lms_calls_order_rule_known"), "order_rule IN ('fair', 'first_come')")
    with op.batch_alter_table("lms_class_sessions") as batch:
        for name in ("begins_at", "ends_at"):
            batch.alter_column(name, existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.create_check_constraint(batch.f("ck_lms_class_sessions_ends_after_beginning"), "ends_at > begins_at")
    with op.batch_alter_table("lms_need_signatures") as batch:
        batch.drop_column("proposal")
    with op.batch_alter_table("lms_needs") as batch:
        batch.alter_column("queue_seq", existing_type=sa.Integer(), nullable=True)
        batch.alter_column("submitted_at", existing_type=sa.DateTime(timezone=True), nullable=True)
        batch.create_unique_constraint(batch.f("uq_lms_needs_carried_from_id"), ["carried_from_id"])
        batch.create_foreign_key(batch.f("fk_lms_needs_carried_from_id"), "lms_needs", ["carried_from_id"], ["id"])
        _replace_states(batch, "lms_needs", _STATES)
        for name, condition in _NEED_CHECKS.items():
            batch.create_check_constraint(batch.f(f"ck_lms_needs_{name}"), condition)
        _replace_index(batch, "uq_lms_needs_live", ["call_id", "team_id", "topic"], _LIVE_NEED)
    with op.batch_alter_table("lms_seats") as batch:
        batch.alter_column("rank", existing_type=sa.Integer(), nullable=False)
        batch.alter_column("token", existing_type=sa.String(length=32), nullable=False)
        batch.create_unique_constraint(batch.f("uq_lms_seats_token"), ["token"])
        batch.create_foreign_key(batch.f("fk_lms_seats_makes_up_for_id"), "lms_seats", ["makes_up_for_id"], ["id"])
        _replace_states(batch, "lms_seats", _STATES)
        for name, condition in _SEAT_CHECKS.items():
            batch.create_check_constraint(batch.f(f"ck_lms_seats_{name}"), condition)
        batch.drop_index("ix_lms_seats_queue")
        batch.create_index("ix_lms_seats_queue", ["class_id", "state", "rank", "place"])
        _replace_index(batch, "uq_lms_seats_open", ["class_id", "person_id"], _OPEN_SEAT)
        _replace_index(batch, "uq_lms_seats_topic", ["person_id", "topic"], _OPEN_SEAT)
        batch.drop_column("need_seq")
    with op.batch_alter_table("lms_training_classes") as batch:
        batch.alter_column("room_key", existing_type=sa.String(length=64), nullable=False)
        batch.alter_column("locks_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.create_foreign_key(
            batch.f("fk_lms_training_classes_merged_into_id"), "lms_training_classes", ["merged_into_id"], ["id"]
        )
        _replace_states(batch, "lms_training_classes", _STATES)
        for name, condition in _CLASS_CHECKS.items():
            batch.create_check_constraint(batch.f(f"ck_lms_training_classes_{name}"), condition)
    with op.batch_alter_table("lms_training_events") as batch:
        batch.drop_constraint(batch.f("ck_lms_training_events_entity_known"), type_="check")
        for name, condition in _EVENT_CHECKS.items():
            batch.create_check_constraint(batch.f(f"ck_lms_training_events_{name}"), condition)


_NEED_CHECKS = {
    "age_not_negative": "age >= 0",
    "role_wanted_known": "role_wanted IN ('any', 'leader', 'deputy', 'member')",
    "mode_known": "mode IN ('any', 'in_person', 'online')",
    "sent_has_number": "state = 'draft' OR state = 'withdrawn' OR queue_seq IS NOT NULL",
    "number_given_when_sent": "(queue_seq IS NULL) = (submitted_at IS NULL)",
}
_SEAT_CHECKS = {
    "kind_known": "kind IN ('regular', 'walk_in', 'makeup')",
    "makeup_names_seat": "(kind = 'makeup') = (makes_up_for_id IS NOT NULL)",
    "lapses_not_negative": "lapses >= 0",
}
_CLASS_CHECKS = {
    "min_viable_possible": "min_viable >= 1 AND min_viable <= capacity",
    "lock_hours_not_negative": "lock_hours >= 0",
    "minutes_required_not_negative": "minutes_required >= 0",
    "merged_names_target": "(state = 'merged') = (merged_into_id IS NOT NULL)",
}
_EVENT_CHECKS = {
    "entity_known": "entity IN ('call', 'need', 'class', 'seat')",
    "channel_known": "channel IN ('web', 'proxy', 'phone', 'import', 'timer', 'offline')",
    "author_and_rule_known": "actor_label <> '' AND rule_version <> ''",
}


def _replace_states(batch: "op.BatchOperations", table: str, states: dict[str, str]) -> None:
    batch.drop_constraint(batch.f(f"ck_{table}_state_known"), type_="check")
    batch.create_check_constraint(batch.f(f"ck_{table}_state_known"), states[table])


def _replace_index(batch: "op.BatchOperations", name: str, columns: list[str], where: str) -> None:
    batch.drop_index(name)
    batch.create_index(name, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Take the shapes back; rows in states that were unknown before stop it."""
    op.execute("DELETE FROM lms_training_events WHERE entity = 'call'")
    with op.batch_alter_table("lms_training_events") as batch:
        for name in _EVENT_CHECKS:
            batch.drop_constraint(batch.f(f"ck_lms_training_events_{name}"), type_="check")
        batch.create_check_constraint(
            batch.f("ck_lms_training_events_entity_known"), "entity IN ('need', 'class', 'seat')"
        )
        for name in ("request_key", "reason_code", "channel"):
            batch.drop_column(name)
    with op.batch_alter_table("lms_training_classes") as batch:
        for name in _CLASS_CHECKS:
            batch.drop_constraint(batch.f(f"ck_lms_training_classes_{name}"), type_="check")
        _replace_states(batch, "lms_training_classes", _OLD_STATES)
        batch.drop_constraint(batch.f("fk_lms_training_classes_merged_into_id"), type_="foreignkey")
        for name in (
            "attendance_closed_by_id",
            "attendance_closed_at",
            "too_few_told_at",
            "locks_at",
            "merged_into_id",
            "room_key",
            "minutes_required",
            "lock_hours",
            "min_viable",
            "cluster",
        ):
            batch.drop_column(name)
    _loosen_seats_and_needs()
    _loosen_the_rest()
    _drop_tables()


def _loosen_seats_and_needs() -> None:
    op.add_column("lms_seats", sa.Column("need_seq", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE lms_seats SET need_seq = rank")
    with op.batch_alter_table("lms_seats") as batch:
        for name in _SEAT_CHECKS:
            batch.drop_constraint(batch.f(f"ck_lms_seats_{name}"), type_="check")
        _replace_states(batch, "lms_seats", _OLD_STATES)
        batch.drop_constraint(batch.f("fk_lms_seats_makes_up_for_id"), type_="foreignkey")
        batch.drop_constraint(batch.f("uq_lms_seats_token"), type_="unique")
        batch.drop_index("ix_lms_seats_queue")
        batch.create_index("ix_lms_seats_queue", ["class_id", "state", "need_seq", "place"])
        _replace_index(batch, "uq_lms_seats_open", ["class_id", "person_id"], _OLD_OPEN_SEAT)
        _replace_index(batch, "uq_lms_seats_topic", ["person_id", "topic"], _OLD_OPEN_SEAT)
        for name in ("result", "token", "lapses", "makes_up_for_id", "kind", "score", "rank"):
            batch.drop_column(name)
    with op.batch_alter_table("lms_needs") as batch:
        for name in _NEED_CHECKS:
            batch.drop_constraint(batch.f(f"ck_lms_needs_{name}"), type_="check")
        _replace_states(batch, "lms_needs", _OLD_STATES)
        batch.drop_constraint(batch.f("fk_lms_needs_carried_from_id"), type_="foreignkey")
        batch.drop_constraint(batch.f("uq_lms_needs_carried_from_id"), type_="unique")
        _replace_index(batch, "uq_lms_needs_live", ["call_id", "team_id", "topic"], _OLD_LIVE_NEED)
        batch.alter_column("submitted_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.alter_column("queue_seq", existing_type=sa.Integer(), nullable=False)
        for name in (
            "rejected_for",
            "displaced_at",
            "age",
            "carried_from_id",
            "paper_reference",
            "mode",
            "half_days",
            "role_wanted",
        ):
            batch.drop_column(name)


def _loosen_the_rest() -> None:
    op.add_column("lms_need_signatures", sa.Column("proposal", sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table("lms_class_sessions") as batch:
        batch.drop_constraint(batch.f("ck_lms_class_sessions_ends_after_beginning"), type_="check")
        for name in ("is_required", "ends_at", "begins_at"):
            batch.drop_column(name)
    with op.batch_alter_table("lms_calls") as batch:
        for name in ("order_rule_known", "state_known"):
            batch.drop_constraint(batch.f(f"ck_lms_calls_{name}"), type_="check")
        for name in ("seed", "weights", "order_rule", "fair_until", "needs_confirmation", "who_may_go", "state"):
            batch.drop_column(name)
    with op.batch_alter_table("lms_attendance_marks") as batch:
        for name in ("nonce_of_a_device", "source_known", "mark_known"):
            batch.drop_constraint(batch.f(f"ck_lms_attendance_marks_{name}"), type_="check")
        batch.create_check_constraint(
            batch.f("ck_lms_attendance_marks_mark_known"),
            "mark IN ('present', 'late', 'left_early', 'excused', 'absent')",
        )
        batch.drop_constraint(batch.f("fk_lms_attendance_marks_repeat_of_id"), type_="foreignkey")
        batch.drop_constraint(batch.f("uq_lms_attendance_marks_device_nonce"), type_="unique")
        for name in ("happened_at", "repeat_of_id", "nonce", "device", "source"):
            batch.drop_column(name)
    op.drop_column("lms_people", "email")


def _drop_tables() -> None:
    with op.batch_alter_table("lms_training_decisions") as batch_op:
        batch_op.drop_index(
            "uq_lms_training_decisions_seat",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_lms_training_decisions_class",
            sqlite_where=sa.text("decided_at IS NULL AND seat_id IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL AND seat_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_lms_training_decisions_class_id"))

    op.drop_table("lms_training_decisions")
    with op.batch_alter_table("lms_room_tries") as batch_op:
        batch_op.drop_index("ix_lms_room_tries_person")

    op.drop_table("lms_room_tries")
    with op.batch_alter_table("lms_planned_needs") as batch_op:
        batch_op.drop_index(batch_op.f("ix_lms_planned_needs_planned_class_id"))

    op.drop_table("lms_planned_needs")
    op.drop_table("lms_planned_classes")
    with op.batch_alter_table("lms_need_proposals") as batch_op:
        batch_op.drop_index(
            "uq_lms_need_proposals_open",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_lms_need_proposals_person_id"))

    op.drop_table("lms_need_proposals")
    op.drop_table("lms_class_trainers")
    with op.batch_alter_table("lms_allotment_runs") as batch_op:
        batch_op.drop_index(batch_op.f("ix_lms_allotment_runs_class_id"))

    op.drop_table("lms_allotment_runs")
    with op.batch_alter_table("lms_training_plans") as batch_op:
        batch_op.drop_index(
            "uq_lms_training_plans_open",
            sqlite_where=sa.text("published_at IS NULL AND discarded_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL AND discarded_at IS NULL"),
        )

    op.drop_table("lms_training_plans")
    with op.batch_alter_table("lms_notice_deliveries") as batch_op:
        batch_op.drop_index("ix_lms_notice_deliveries_due")

    op.drop_table("lms_notice_deliveries")
    with op.batch_alter_table("lms_delegations") as batch_op:
        batch_op.drop_index(
            "uq_lms_delegations_live",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_lms_delegations_person_id"))

    op.drop_table("lms_delegations")
    op.drop_table("lms_call_communes")
