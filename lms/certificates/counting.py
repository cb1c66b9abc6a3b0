"""How often the check page of a certificate is looked at: by day, and never by whom."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from lms.certificates.models import CheckCount
from lms.clock import vn_date
from lms.db import insert_on

RECENT = timedelta(days=30)
_KEPT = timedelta(days=400)


def count_shown(session: Session, *, certificate_id: int, day: date) -> None:
    """Add one to the day's count of a certificate."""
    connection = session.connection()
    connection.execute(_adding_one(connection.dialect.name), {"certificate": certificate_id, "today": day})


def shown_lately(session: Session, *, certificate_id: int, now: datetime) -> int:
    """Return how often the check page was shown within the last thirty days, today included."""
    lately = CheckCount.day > vn_date(now) - RECENT
    own = CheckCount.certificate_id == certificate_id
    return session.scalar(select(func.sum(CheckCount.shown)).where(own, lately)) or 0


def forget_old_counts(session: Session, now: datetime) -> None:
    """Drop counts that are older than a year and a month."""
    session.execute(delete(CheckCount).where(CheckCount.day < vn_date(now) - _KEPT))


@cache
def _adding_one(engine: str) -> Any:
    """Put the statement together once: making it would cost more than running it."""
    first = insert_on(engine, CheckCount.__table__).values(
        certificate_id=bindparam("certificate"), day=bindparam("today"), shown=1
    )
    return first.on_conflict_do_update(
        index_elements=("certificate_id", "day"), set_={"shown": CheckCount.__table__.c.shown + 1}
    )
