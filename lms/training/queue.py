"""The one queue of a class, worked only under the lock of its class.

Order: (rank, place). The allotment gives the ranks when the class is published; who let an offer
lapse stands after them, and who asks for a place without a need after everybody. Whoever frees a
place promotes the next in the same transaction, so no place stays free while somebody waits.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import Session, aliased

from lms.access import SYSTEM, Actor
from lms.db import announce
from lms.signals import seat_offered
from lms.teams.models import Membership
from lms.training.halls import (
    OVERLAPS,
    Entry,
    Hall,
    add_invited,
    add_seat,
    add_seats,
    begins_at,
    enter_hall,
    is_filling,
    lock_people,
    move_seat,
    take_seqs,
    taken_elsewhere,
)
from lms.training.models import RETURNED, Seat, TrainingClass
from lms.training.notices import Audience, ended_text, next_time, offer_text, tell_seat
from lms.training.transitions import BEFORE_START, LIVE_SEATS, in_states

__all__ = [
    "IN_ORDER",
    "Entry",
    "Hall",
    "add_seat",
    "add_seats",
    "answer_by",
    "bars_of",
    "begins_at",
    "enter_hall",
    "expire_lapsed",
    "is_filling",
    "join",
    "lock_people",
    "move_seat",
    "offer",
    "promote",
    "take_seqs",
    "taken_elsewhere",
]

IN_ORDER = (Seat.rank, Seat.place, Seat.id)
BAR_WORDS = {
    "left_team": "đã rời tổ",
    "role_not_allowed": "không giữ vai trò mà đợt này cho cử đi",
    "seat_elsewhere": "đã có chỗ ở lớp khác trùng buổi",
}
"""Why somebody whose turn it is cannot be invited."""


def join(session: Session, hall: Hall, entry: Entry, *, by: Actor, now: datetime, audience: Audience) -> Seat:
    """Put somebody at the end of the queue of a class that fills; the first who waits gets a free place.

    Where nobody waits the newcomer is the first. Nothing that bars people there stands in the way,
    since the caller has seen that they may enter.
    """
    if not hall.is_free_at_once(now):
        (seat,) = add_seats(session, hall, [entry], by=by, now=now)
        promote(session, hall, by=by, now=now)
        return seat
    seat = add_invited(session, hall, entry, by=by, now=now, until=answer_by(hall.row, now))
    tell_of_offer(session, hall, seat, now, audience)
    return seat


def promote(session: Session, hall: Hall, *, by: Actor, now: datetime) -> list[Seat]:
    """Invite the first in the queue to every free place; return the seats offered.

    Whoever cannot be invited when their turn comes is passed over: the place in this queue ends with
    the reason, the need is free for the next class, and the others are not held up.
    """
    if not is_filling(hall.row, now):
        return []
    expire_lapsed(session, hall, now=now)
    offered: list[Seat] = []
    while hall.room > 0 and hall.waiting > 0 and (waiting := _next_waiting(session, hall)):
        hall.lock_people(session, (seat.person_id for seat in waiting))
        bars = bars_of(session, waiting, hall.row, hall.who_may_go)
        for seat in waiting:
            if seat.id in bars:
                _pass_over(session, hall, seat, bars[seat.id], by=by, now=now)
            else:
                offered.append(offer(session, hall, seat, by=by, now=now))
    return offered


def bars_of(
    session: Session, seats: Sequence[Seat], row: TrainingClass, who_may_go: Sequence[str] | None
) -> dict[int, str]:
    """Return, for the seats of a class whose people could not be invited now, the code of the reason."""
    asked = {"seats": [seat.id for seat in seats], "class": row.id}
    found = session.connection().execute(_BARS, asked)
    return {seat: bar for seat, role, elsewhere in found if (bar := _bar(role, elsewhere, who_may_go))}


def expire_lapsed(session: Session, hall: Hall, *, now: datetime) -> int:
    """End the offers that nobody answered in time; return how many.

    The first time the person goes to the tail of the queue, once; the second time they are dropped
    and their need is free for the next class.
    """
    if hall.lapses_at is None or hall.lapses_at > now:
        return 0
    lapsed = session.scalars(_LAPSED, {"class": hall.row.id, "now": now}).all()
    for seat in lapsed:
        move_seat(session, hall, seat, "expired", by=SYSTEM, now=now, reason="quá hạn trả lời", ended_at=now)
        returns = seat.lapses == 0 and hall.row.state in BEFORE_START and now < begins_at(hall.row)
        if returns:
            _return_to_tail(session, hall, seat, now)
        words = (
            "lời mời đã quá hạn nên chỗ được mời người khác; anh/chị về cuối hàng chờ"
            if returns
            else f"lời mời đã quá hạn nên chỗ được mời người khác; {next_time(seat)}"
        )
        text = ended_text(hall.row, words, "")
        tell_seat(session, seat, hall.row, template="seat-expired", text=text, but=None, now=now)
    hall.lapses_at = None
    return len(lapsed)


def offer(session: Session, hall: Hall, seat: Seat, *, by: Actor, now: datetime) -> Seat:
    """Invite somebody who waits; the caller has seen that a place is free."""
    move_seat(session, hall, seat, "offered", by=by, now=now, offered_at=now, expires_at=answer_by(hall.row, now))
    tell_of_offer(session, hall, seat, now)
    return seat


def tell_of_offer(session: Session, hall: Hall, seat: Seat, now: datetime, audience: Audience | None = None) -> None:
    """Tell the person, the team and the commune of an offer just made."""
    text = offer_text(seat, hall.row)
    tell_seat(session, seat, hall.row, template="seat-offered", text=text, but=None, now=now, audience=audience)
    announce(session, seat_offered, seat_id=seat.id, person_id=seat.person_id)


def answer_by(row: TrainingClass, now: datetime) -> datetime:
    """Give the stated hours to answer an offer, but not beyond the closing of the list."""
    return min(now + timedelta(hours=row.offer_hours), row.locks_at)


def _bar(role: str | None, elsewhere: str | None, who_may_go: Sequence[str] | None) -> str | None:
    if role is None:
        return "left_team"
    if who_may_go and role not in who_may_go:
        return "role_not_allowed"
    return "seat_elsewhere" if elsewhere is not None else None


def _pass_over(session: Session, hall: Hall, seat: Seat, bar: str, *, by: Actor, now: datetime) -> None:
    words = BAR_WORDS[bar]
    move_seat(
        session, hall, seat, "cancelled", by=by, now=now, reason=words, reason_code=bar, ended_at=now,
        snapshot={"passed_over": bar},
    )  # fmt: skip
    seat.reason = words
    text = ended_text(hall.row, "đến lượt nhưng chưa mời được, chỗ được mời người sau", words)
    tell_seat(session, seat, hall.row, template="seat-passed-over", text=text, but=None, now=now)


def _return_to_tail(session: Session, hall: Hall, seat: Seat, now: datetime) -> Seat:
    entry = Entry(seat.person_id, seat.team_id, seat.need_id, RETURNED)
    values = {
        "score": seat.score,
        "kind": seat.kind,
        "makes_up_for_id": seat.makes_up_for_id,
        "lapses": seat.lapses + 1,
    }
    words = "về cuối hàng sau lần quá hạn đầu"
    return add_seat(
        session, hall, entry, by=SYSTEM, now=now, values=values, snapshot={"returns": seat.id}, reason=words
    )


def _next_waiting(session: Session, hall: Hall) -> Sequence[Seat]:
    return session.scalars(_NEXT_WAITING, {"class": hall.row.id, "room": hall.room}).all()


# Put together once: they are asked under the lock of a class, while all others wait.
_CLASS = bindparam("class", type_=Integer())
_NEXT_WAITING = (
    select(Seat)
    .where(Seat.class_id == _CLASS, Seat.state == "waiting")
    .order_by(*IN_ORDER)
    .limit(bindparam("room", type_=Integer()))
    .execution_options(populate_existing=True)
)
_LAPSED = (
    select(Seat)
    .where(Seat.class_id == _CLASS, Seat.state == "offered", Seat.expires_at <= bindparam("now"))
    .order_by(*IN_ORDER)
    .execution_options(populate_existing=True)
)
_ASKED = aliased(Seat)
_SEATED_ELSEWHERE = (
    select(TrainingClass.title)
    .join(Seat, Seat.class_id == TrainingClass.id)
    .where(
        Seat.person_id == _ASKED.person_id,
        Seat.class_id != _ASKED.class_id,
        in_states(Seat.state, LIVE_SEATS),
        OVERLAPS,
    )
    .limit(1)
    .correlate(_ASKED)
    .scalar_subquery()
)
_BARS = (
    select(_ASKED.id, Membership.role, _SEATED_ELSEWHERE)
    .outerjoin(
        Membership,
        (Membership.team_id == _ASKED.team_id)
        & (Membership.person_id == _ASKED.person_id)
        & Membership.left_at.is_(None),
    )
    .where(_ASKED.id.in_(bindparam("seats", expanding=True)))
)
