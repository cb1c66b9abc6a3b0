"""Tables of teams: team, membership, roster import."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Json, SortKey, UtcDateTime, one_where


class Team(Base):
    """A community digital technology team of one commune, set up by a decision."""

    __tablename__ = "lms_teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"))
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(160))
    fold: Mapped[str] = mapped_column(String(160))
    sort_key: Mapped[str] = mapped_column(SortKey)
    decision: Mapped[str] = mapped_column(Text, default="")
    decision_number: Mapped[str | None] = mapped_column(String(60))
    decision_date: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("lms_teams.id"))

    __table_args__ = (one_where("uq_lms_teams_live_name", "commune_code", "name_key", where="ended_at IS NULL"),)


class Membership(Base):
    """A person in a team with a role, from one day to another; history is kept."""

    __tablename__ = "lms_memberships"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("lms_teams.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("lms_people.id"), index=True)
    role: Mapped[str] = mapped_column(String(10))
    role_text: Mapped[str] = mapped_column(String(60), default="")
    position: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(300), default="")
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    import_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("role IN ('leader', 'deputy', 'member')", name="role_known"),
        one_where("uq_lms_memberships_live", "team_id", "person_id", where="left_at IS NULL"),
        one_where("uq_lms_memberships_leader", "team_id", where="left_at IS NULL AND role = 'leader'"),
    )


class RosterImport(Base):
    """A roster file on its way in: read, previewed, then confirmed or put aside."""

    __tablename__ = "lms_roster_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("lms_stored_files.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    form: Mapped[str] = mapped_column(String(4), default="")
    plan: Mapped[dict[str, Any] | None] = mapped_column(Json)
    state_digest: Mapped[str] = mapped_column(String(64), default="")
    refusal: Mapped[str] = mapped_column(Text, default="")
    job_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None]
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by_id: Mapped[int | None]
    discarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("confirmed_at IS NULL OR discarded_at IS NULL", name="one_end"),)
