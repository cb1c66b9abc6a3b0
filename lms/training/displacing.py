"""A cut of the capacity that takes places away: who loses theirs, seen before, and all in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, false, func, select, update
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import Refused
from lms.training.class_plans import ClassBadlyPlanned
from lms.training.classes import allow, resize, why_not_resize
from lms.training.evidence import latest_marks
from lms.training.fulfilling import settle_needs
from lms.training.judging import CAME
from lms.training.models import Need, Seat, TrainingClass
from lms.training.notices import ended_text, first_next_time, tell_seat
from lms.training.queue import IN_ORDER, Hall, expire_lapsed, move_seat
from lms.training.transitions import LIVE_SEATS, in_states

_FEWER_PLACES = "chỗ này phải rút lại vì lớp bớt chỗ"


class NobodyDisplaced(Refused):
    """The new capacity holds everybody, so it takes no second person."""

    status = 422


class PeoplePresent(Refused):
    """Who has come to the class does not lose the place."""


class ListChanged(Refused):
    """Since the list was looked at, people have come or gone."""


@dataclass(frozen=True)
class Cut:
    """What a smaller capacity would do: the seats that would be displaced, those that stay, those present."""

    capacity: int
    displaced: tuple[int, ...]
    staying: tuple[int, ...]
    present: frozenset[int]

    @property
    def seen(self) -> str:
        """The list in one word, so that who agrees to it agrees to just this list."""
        return "-".join(map(str, self.displaced))


def preview_cut(session: Session, class_id: int, capacity: int, *, now: datetime) -> Cut:
    """Return who would lose the place and who stays: the last in the order first, nobody who has come.

    An offer that has lapsed holds no place, so nobody loses theirs to it.
    """
    lapsed = and_(Seat.state == "offered", func.coalesce(Seat.expires_at <= now, false()))
    live = list(
        session.scalars(
            select(Seat.id)
            .where(Seat.class_id == class_id, in_states(Seat.state, LIVE_SEATS), ~lapsed)
            .order_by(*IN_ORDER)
        )
    )
    present = frozenset(seat for (seat, _), mark in latest_marks(session, class_id).items() if mark in CAME)
    absent = [seat for seat in reversed(live) if seat not in present]
    displaced = tuple(absent[: max(0, len(live) - capacity)])
    return Cut(capacity, displaced, tuple(seat for seat in live if seat not in displaced), present)


def why_not_cut(row: TrainingClass, cut: Cut) -> Refused | None:
    """Say why this cut cannot be made, or None."""
    if (refusal := why_not_resize(row)) is not None:
        return refusal
    if cut.capacity < 1:
        return ClassBadlyPlanned("Lớp phải có ít nhất một chỗ. Số chỗ cũ vẫn giữ nguyên.")
    if len(cut.staying) > cut.capacity:
        return PeoplePresent(
            f"Đã có {len(cut.staying)} người đến lớp nên không giảm xuống {cut.capacity} chỗ được.",
            remedy="Số chỗ cũ vẫn giữ nguyên.",
        )
    if not cut.displaced:
        return NobodyDisplaced(
            f"{cut.capacity} chỗ vẫn đủ cho mọi người đang giữ chỗ nên không phải rút chỗ của ai.",
            remedy="Hãy đổi số chỗ ngay trên trang của lớp.",
        )
    return None


def carry_out_cut(
    session: Session, hall: Hall, capacity: int, *, seen: str, by: Actor, reason: str, now: datetime
) -> Cut:
    """Take the places away and lower the capacity of the locked class, if the list is still the one that was seen.

    Raises:
        ListChanged: people have come or gone since.
        NobodyDisplaced, PeoplePresent, ClassBadlyPlanned: as they say.
        AlreadySettled: the class has ended.
    """
    expire_lapsed(session, hall, now=now)
    cut = preview_cut(session, hall.row.id, capacity, now=now)
    allow(why_not_cut(hall.row, cut))
    if cut.seen != seen:
        raise ListChanged(
            "Danh sách người bị rút chỗ đã đổi từ lúc anh/chị xem. Chưa thay đổi gì.",
            remedy="Hãy xem danh sách mới bên dưới rồi quyết định lại.",
        )
    seats = [session.get_one(Seat, seat_id, populate_existing=True) for seat_id in cut.displaced]
    for seat in seats:
        displace(session, hall, seat, text=_FEWER_PLACES, by=by, reason=reason, now=now)
    resize(session, hall, capacity, by=by, reason=reason, now=now)
    go_first_next_time(session, hall, [seat.need_id for seat in seats], now=now)
    return cut


def displace(session: Session, hall: Hall, seat: Seat, *, text: str, by: Actor, reason: str, now: datetime) -> None:
    """Take the place of somebody in the locked class away, and tell them."""
    move_seat(session, hall, seat, "displaced", by=by, now=now, reason=reason, ended_at=now)
    seat.reason = reason[:300]
    words = ended_text(hall.row, f"{text}, {first_next_time(seat)}", reason)
    tell_seat(session, seat, hall.row, template="seat-displaced", text=words, but=None, now=now)


def go_first_next_time(session: Session, hall: Hall, need_ids: Iterable[int | None], *, now: datetime) -> None:
    """Settle the needs of the locked class; those that lost a place come first in the next class of the topic.

    The last step of a unit: it locks the needs before it writes them.
    """
    lost = {need_id for need_id in need_ids if need_id is not None}
    settle_needs(session, hall.needs, now=now)
    session.execute(update(Need).where(Need.id.in_(lost)).values(displaced_at=now))
