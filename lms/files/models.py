"""Tables of the files kept by content, and of bytes that were let go of."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, UtcDateTime


class StoredFile(Base):
    """A file as it was handed in or made: bytes live in the store under their sha256."""

    __tablename__ = "lms_stored_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(120))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kept_by_id: Mapped[int | None]

    __table_args__ = (CheckConstraint("size >= 0", name="size_not_negative"),)


class UnwantedBytes(Base):
    """Bytes that somebody let go of; they leave the disk later, if nobody holds them then."""

    __tablename__ = "lms_unwanted_bytes"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
