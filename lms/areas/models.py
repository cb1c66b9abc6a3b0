"""Tables of the two tiers: province and commune, and what each was called when."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, SortKey


class Area(Base):
    """A province or commune under its official code, with its name of today.

    Codes are text: "01", "00004". A commune's parent is its province; a province has none.
    """

    __tablename__ = "lms_areas"

    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("lms_areas.code"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(120))
    fold: Mapped[str] = mapped_column(String(120), index=True)
    sort_key: Mapped[str] = mapped_column(SortKey)
    ended_on: Mapped[date | None]
    successor_code: Mapped[str | None] = mapped_column(String(5))

    __table_args__ = (
        CheckConstraint(
            "(parent_code IS NULL AND length(code) = 2) OR (parent_code IS NOT NULL AND length(code) = 5)",
            name="code_by_tier",
        ),
    )

    @property
    def full_name(self) -> str:
        """Kind and name as people say them: "xã Tân An", "thành phố Hà Nội"."""
        return f"{self.kind} {self.name}"


class AreaName(Base):
    """What an area was called from one day to another; certificates keep the name of their day."""

    __tablename__ = "lms_area_names"

    id: Mapped[int] = mapped_column(primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("lms_areas.code"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    parent_code: Mapped[str | None] = mapped_column(String(5))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(200))

    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="in_order"),
        Index("uq_lms_area_names_from", "area_code", "valid_from", unique=True),
    )
