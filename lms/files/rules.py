"""Keep files and forget them, and refuse uploads that are too large."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import BinaryIO

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import insert_into, row_exists
from lms.errors import Refused
from lms.files import store
from lms.files.models import StoredFile, UnwantedBytes
from lms.words import nfc

GRACE = timedelta(hours=1)
_A_SWEEP = 100
Holder = Callable[[Session, str], bool]
"""Says whether a room's own rows hold the bytes with a sha256."""


class UploadTooLarge(Refused):
    """The upload is over the limit; nothing of it was kept."""

    status = 413

    def __init__(self, limit_mb: int) -> None:
        super().__init__(
            f"Tệp lớn hơn {limit_mb} MB nên chưa nhận. Dữ liệu cũ chưa thay đổi gì.",
            remedy="Hãy bỏ bớt ảnh trong tệp, hoặc chia thành nhiều tệp nhỏ.",
        )


class UploadEmpty(Refused):
    """The upload holds nothing."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            "Tệp này trống nên chưa đọc được. Dữ liệu cũ chưa thay đổi gì.",
            remedy="Hãy mở tệp trên máy để kiểm tra, lưu lại rồi tải lên lần nữa.",
        )


def read_upload(stream: BinaryIO, *, limit_mb: int) -> bytes:
    """Read an upload up to its limit.

    Raises:
        UploadTooLarge: there is more than the limit.
        UploadEmpty: there is nothing.
    """
    data = stream.read(limit_mb * 1024 * 1024 + 1)
    if len(data) > limit_mb * 1024 * 1024:
        raise UploadTooLarge(limit_mb)
    if not data:
        raise UploadEmpty
    return data


def keep(session: Session, data: bytes, *, name: str, media_type: str, by: Actor, now: datetime) -> StoredFile:
    """Keep a file by its content and return its row."""
    row = StoredFile(
        sha256=keep_bytes(session, data),
        size=len(data),
        name=nfc(name)[:200] or "tep",
        media_type=media_type,
        kept_at=now,
        kept_by_id=by.account_id,
    )
    session.add(row)
    session.flush()
    return row


def keep_bytes(session: Session, data: bytes) -> str:
    """Keep bytes for a row of this unit and return their sha256; what somebody let go of is wanted again."""
    digest = store.digest_of(data)
    # First the mark, then the disk: whoever sweeps holds the mark's lock until the bytes are gone.
    session.execute(delete(UnwantedBytes).where(UnwantedBytes.sha256 == digest))
    return store.put(data)


def forget(session: Session, file_id: int, *, now: datetime) -> None:
    """Drop a kept file; its bytes leave the disk after this unit is committed, if nobody else holds the same."""
    row = session.get(StoredFile, file_id)
    if row is not None:
        session.delete(row)
        let_go(session, row.sha256, now=now)


def let_go(session: Session, sha256: str, *, now: datetime) -> None:
    """Say that this unit needs these bytes no more; rolled back, it has said nothing."""
    session.execute(insert_into(session, UnwantedBytes).values(sha256=sha256, since=now).on_conflict_do_nothing())


def sweep(session: Session, *, holders: Sequence[Holder], now: datetime) -> int:
    """Take bytes off the disk that were let go of a while ago and that nobody holds; return how many were looked at.

    A unit that found the bytes in place may still be at work when the one that let them go commits, so they
    stay for an hour: no unit takes that long. Rolled back, this one has done no harm: bytes that nobody holds
    are gone a little earlier, and whoever wants them again waits for the lock on their mark and writes them anew.
    """
    due = session.scalars(
        select(UnwantedBytes)
        .where(UnwantedBytes.since <= now - GRACE)
        .order_by(UnwantedBytes.since)
        .limit(_A_SWEEP)
        .with_for_update(skip_locked=True)
    ).all()
    for mark in due:
        if not any(holds(session, mark.sha256) for holds in (_is_stored, *holders)):
            store.drop(mark.sha256)
        session.delete(mark)
    return len(due)


def _is_stored(session: Session, sha256: str) -> bool:
    return row_exists(session, StoredFile, StoredFile.sha256 == sha256)
