"""Rows: what must be true of the tables as they are, whatever happened before."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any, cast
from unicodedata import is_normalized

from sqlalchemy import String, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from lms.db import Base, UtcDateTime
from lms.journal.models import Notice, NoticeDelivery
from lms.training import models
from lms.training.audit.findings import Finding
from lms.training.audit.story import Story
from lms.training.models import Need, Seat
from lms.training.transitions import LIVE_NEEDS, LIVE_SEATS, OPEN_SEATS, in_states

_MOMENT = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]*"
_ZONE = "*[-+Zz]*"


def prove(session: Session, story: Story) -> Iterator[Finding]:
    """Look the tables over."""
    yield from _seats_twice(session)
    yield from _needs_twice(session)
    yield from _notices_twice(session)
    yield from _two_places_at_once(story)
    yield from _capacities(story)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    for table in _TABLES:
        yield from _misspelt(session, table)
        if is_sqlite:
            yield from _not_in_utc(session, table)


def _seats_twice(session: Session) -> Iterator[Finding]:
    """2: one open seat for a person in a class, and in a topic."""
    for column, what in ((Seat.class_id, "cùng lớp"), (Seat.topic, "cùng chuyên đề")):
        rows = session.execute(
            select(func.max(Seat.id), func.count())
            .where(in_states(Seat.state, OPEN_SEATS))
            .group_by(Seat.person_id, column)
            .having(func.count() > 1)
        )
        for seat_id, count in rows:
            yield Finding(2, "seat", seat_id, f"một người có {count} chỗ {what}")


def _needs_twice(session: Session) -> Iterator[Finding]:
    """3: one live need for a team, topic and call."""
    rows = session.execute(
        select(func.max(Need.id), func.count())
        .where(in_states(Need.state, LIVE_NEEDS | {"draft"}))
        .group_by(Need.call_id, Need.team_id, Need.topic)
        .having(func.count() > 1)
    )
    for need_id, count in rows:
        yield Finding(3, "need", need_id, f"tổ có {count} nhu cầu cùng chuyên đề trong một đợt")


def _notices_twice(session: Session) -> Iterator[Finding]:
    """18: one notice for an event, person and template, and one delivery of it a gateway."""
    notices: tuple[Any, ...] = (Notice.event, Notice.person_id, Notice.template)
    deliveries: tuple[Any, ...] = (NoticeDelivery.notice_id, NoticeDelivery.gateway)
    for kind, model, columns in (("notice", Notice, notices), ("delivery", NoticeDelivery, deliveries)):
        rows = session.execute(select(func.max(model.id)).group_by(*columns).having(func.count() > 1))
        for (row_id,) in rows:
            yield Finding(18, kind, row_id, "một việc báo cho một người hai lần")


def _two_places_at_once(story: Story) -> Iterator[Finding]:
    """19: nobody holds live seats in two classes that meet at the same time."""
    held: dict[int, list[Any]] = defaultdict(list)
    for seat in story.seats.values():
        if seat.state in LIVE_SEATS:
            held[seat.person_id].append(seat)
    for seats in held.values():
        for one, other in combinations(seats, 2):
            if one.class_id != other.class_id and _meet(story, one.class_id, other.class_id):
                yield Finding(19, "seat", other.id, f"trùng buổi với lớp {one.class_id}")


def _meet(story: Story, one: int, other: int) -> bool:
    pairs = product(story.sessions_of[one], story.sessions_of[other])
    return any(a.begins_at < b.ends_at and b.begins_at < a.ends_at for a, b in pairs)


def _capacities(story: Story) -> Iterator[Finding]:
    """20: places are counted in whole numbers from one on."""
    for class_id, row in story.classes.items():
        if not isinstance(row.capacity, int) or row.capacity < 1:
            yield Finding(20, "class", class_id, f"số chỗ là {row.capacity}")


def _misspelt(session: Session, table: Any) -> Iterator[Finding]:
    """20: one writing of every letter, so that what looks the same is found as the same."""
    for row_id, *texts in session.connection().execute(_TEXTS[table]):
        if not all(text is None or text.isascii() or is_normalized("NFC", text) for text in texts):
            yield Finding(20, table.name, row_id, "có chữ không theo chuẩn NFC")


def _not_in_utc(session: Session, table: Any) -> Iterator[Finding]:
    """20: SQLite stores a moment as it is written; ours are in UTC and say no zone."""
    for row_id in session.connection().scalars(_ODD_MOMENTS[table]):
        yield Finding(20, table.name, row_id, "có thời điểm không ghi theo giờ UTC")


def _key(table: Any) -> Any:
    return next(iter(table.primary_key.columns))


def _odd_moments(table: Any) -> Any:
    moments = [type_coerce(column, String) for column in table.c if isinstance(column.type, UtcDateTime)]
    # glob(pattern, text) is 1 or 0, and NULL, which is neither, for a moment that has not come.
    no_moment = (func.glob(_MOMENT, moment) == 0 for moment in moments)
    a_zone = (func.glob(_ZONE, func.substr(moment, 20)) == 1 for moment in moments)
    return select(_key(table)).where(or_(False, *no_moment, *a_zone))


_TABLES: tuple[Any, ...] = tuple(
    cast(Any, found).__table__ for found in vars(models).values() if isinstance(found, type) and Base in found.__bases__
)
_TEXTS = {
    table: select(_key(table), *(column for column in table.c if isinstance(column.type, String))) for table in _TABLES
}
_ODD_MOMENTS = {table: _odd_moments(table) for table in _TABLES}
