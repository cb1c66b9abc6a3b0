"""Keep files, and refuse uploads that are too large."""

from datetime import datetime
from typing import BinaryIO

from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import row_exists
from lms.errors import Refused
from lms.files import store
from lms.files.models import StoredFile
from lms.words import nfc


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


def forget(session: Session, file_id: int) -> None:
    """Drop a kept file; its bytes go too unless another row keeps the same."""
    row = session.get(StoredFile, file_id)
    if row is None:
        return
    shared = row_exists(session, StoredFile, StoredFile.sha256 == row.sha256, StoredFile.id != row.id)
    session.delete(row)
    if not shared:
        store.drop(row.sha256)


def keep(session: Session, data: bytes, *, name: str, media_type: str, by: Actor, now: datetime) -> StoredFile:
    """Keep a file by its content and return its row."""
    row = StoredFile(
        sha256=store.put(data),
        size=len(data),
        name=nfc(name)[:200] or "tep",
        media_type=media_type,
        kept_at=now,
        kept_by_id=by.account_id,
    )
    session.add(row)
    session.flush()
    return row
