"""The mark a demonstration leaves, so that loading it again goes on where it stopped and changes nothing."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import SYSTEM
from lms.db import row_exists
from lms.demo.province import PROVINCE
from lms.errors import Refused
from lms.journal.models import JournalEntry
from lms.journal.rules import record
from lms.teams.models import Team

_KIND = "demo"


class RealTeamsHere(Refused):
    """The database holds teams that no demonstration made; invented people must not mix with them."""

    def __init__(self) -> None:
        super().__init__(
            "Cơ sở dữ liệu này đã có tổ, nên không nạp tỉnh mẫu. Chưa thay đổi gì.",
            remedy="Hãy đặt LMS_DATA_DIR (hoặc LMS_DATABASE_URL) tới một nơi trống rồi chạy lại.",
        )


class CourseMissing(Refused):
    """The built-in course is not there, so nobody can have learned."""

    def __init__(self) -> None:
        super().__init__(
            "Chưa có khóa học có sẵn nên chưa nạp tỉnh mẫu. Chưa thay đổi gì.",
            remedy="Hãy chạy lệnh “lms init” trước.",
        )


def begin(session: Session, *, now: datetime) -> datetime:
    """Return the moment the demonstration was first begun, marking it if that is now.

    Raises:
        RealTeamsHere: there are teams, and no mark.
    """
    begun = _moment(session, "begin_demo")
    if begun is not None:
        return begun
    if row_exists(session, Team):
        raise RealTeamsHere
    record(session, by=SYSTEM, verb="begin_demo", kind=_KIND, object_id=PROVINCE, area=PROVINCE, now=now)
    session.flush()
    return now


def is_complete(session: Session) -> bool:
    """Say whether the demonstration was loaded to its end."""
    return _moment(session, "finish_demo") is not None


def finish(session: Session, *, now: datetime) -> None:
    """Mark that the demonstration was loaded to its end."""
    if not is_complete(session):
        record(session, by=SYSTEM, verb="finish_demo", kind=_KIND, object_id=PROVINCE, area=PROVINCE, now=now)


def _moment(session: Session, verb: str) -> datetime | None:
    return session.scalar(select(JournalEntry.at).where(JournalEntry.kind == _KIND, JournalEntry.verb == verb).limit(1))
