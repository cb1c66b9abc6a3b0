"""Seats: what people do with the place they are invited to."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import NotFound, Refused
from lms.training.answering import Answering, answer_seat, confirm_answered, end_seat
from lms.training.cancelling import ReasonNeeded
from lms.training.classes import allow
from lms.training.conditions import (
    OutOfTurn,
    SubstituteNotPossible,
    is_late,
    why_not_cancel,
    why_not_confirm,
    why_not_decline,
    why_not_elsewhere,
    why_not_fill,
    why_not_request,
    why_not_send,
    why_not_substitute,
)
from lms.training.entrance import enter_with
from lms.training.fulfilling import settle_needs
from lms.training.halls import (
    Entry,
    Hall,
    add_seat,
    begins_at,
    enter_hall,
    move_seat,
    taken_elsewhere,
)
from lms.training.models import Need, Seat, TrainingClass
from lms.training.notices import confirmed_text, offer_text, tell_seat
from lms.training.queue import BAR_WORDS, bars_of, expire_lapsed, join, promote
from lms.training.standing import name_of, speak_for_team
from lms.training.transitions import LIVE_SEATS, OPEN_SEATS, in_states
from lms.training.waiting import is_ahead, tell_place
from lms.words import nfc


def confirm_seat(session: Session, *, by: Actor, seat_id: int, now: datetime, channel: str | None = None) -> Seat:
    """Say yes to an offer: the person, the team's leader or deputy, or the clerk after a phone call.

    Raises:
        OfferLapsed: the time to answer is over.
        ClassOnHold: the class is put off, merged or cancelled.
        AlreadySettled: answered before.
        NotFound: a stranger's seat.
    """
    answer = answer_seat(session, by, seat_id, channel)
    hall, seat = answer.hall, answer.seat
    allow(why_not_confirm(hall.row, seat, now))
    confirm_answered(session, by, answer, now)
    settle_needs(session, hall.needs, now=now)
    return seat


def decline_seat(
    session: Session, *, by: Actor, seat_id: int, now: datetime, reason: str = "", channel: str | None = None
) -> Seat:
    """Say no to an offer; the next in the queue is invited in the same transaction.

    Raises:
        ClassOnHold: the class is put off, merged or cancelled.
        AlreadySettled: answered before.
        NotFound: a stranger's seat.
    """
    answer = answer_seat(session, by, seat_id, channel)
    allow(why_not_decline(answer.hall.row, answer.seat, now))
    end_seat(session, by, answer, "declined", nfc(reason), now)
    _fill_up(session, by, answer.hall, now)
    return answer.seat


def cancel_seat(session: Session, *, by: Actor, seat_id: int, reason: str, now: datetime) -> Seat:
    """Give back a seat or a place in the queue before the class begins; the next is invited.

    Less than two days before the class it is late, which the event says.

    Raises:
        ReasonNeeded: no reason.
        ClassHasBegun: too late; the attendance will say who came.
        AlreadySettled: given back before.
        NotFound: a stranger's seat.
    """
    answer = answer_seat(session, by, seat_id, officer_too=True)
    row, seat = answer.hall.row, answer.seat
    allow(why_not_cancel(row, seat, now))
    words = nfc(reason)
    if not words:
        raise ReasonNeeded("hủy chỗ")
    late = "late" if seat.state in LIVE_SEATS and is_late(row, now) else ""
    end_seat(session, by, answer, "cancelled", words, now, reason_code=late)
    _fill_up(session, by, answer.hall, now)
    return seat


def substitute(session: Session, *, by: Actor, seat_id: int, person_id: int, now: datetime, reason: str = "") -> Seat:
    """Send somebody else of the team instead: a new seat in the same place, the old one moved.

    Raises:
        SubstituteNotPossible, RoleNotAllowed: not in the team, or not in a role that the call sends.
        AlreadySeated: has a seat of this topic or another class at that time.
        OfferLapsed, ClassHasBegun: too late.
        AlreadySettled: the seat is not open any more.
        NotLeader, NotFound: only leader, deputy or clerk decide who goes.
    """
    answer = answer_seat(session, by, seat_id)
    hall, old = answer.hall, answer.seat
    standing = speak_for_team(session, by, old.team_id, person_id)
    allow(why_not_substitute(hall.row, old, now))
    if person_id == old.person_id:
        raise SubstituteNotPossible(
            "Người đi thay phải là người khác trong tổ. Chỗ cũ vẫn giữ nguyên.", remedy="Hãy chọn lại người trong tổ."
        )
    hall.lock_people(session, (old.person_id, person_id))
    _check_substitute(session, hall, person_id, standing.nominee_role)
    held, words = old.state, nfc(reason) or f"{name_of(session, person_id)} đi thay"
    end_seat(session, by, answer._replace(on_behalf_of=old.person_id), "moved", words, now)
    seat = _take_over(session, by, hall, old, held, person_id, now)
    settle_needs(session, hall.needs, now=now)
    return seat


def request_seat(session: Session, *, by: Actor, class_id: int, team_id: int, person_id: int, now: datetime) -> Seat:
    """Put somebody of the team into the queue of a published class, after all registered needs.

    With a free place and nobody waiting the person is invited at once.

    Raises:
        ClassNotFilling: not published, or the list is closed.
        AlreadySeated: has a seat of this topic or another class at that time.
        SubstituteNotPossible, RoleNotAllowed: not in the team, or not in a role that the call sends.
        NotLeader, NotFound: not the person's team, or not its province's class.
    """
    door = enter_with(session, by=by, class_id=class_id, team_id=team_id, person_id=person_id)
    hall, name = door.hall, door.audience.person
    if hall.row.province_code != door.standing.province_code:
        raise NotFound(f"class {class_id}")
    allow(why_not_request(hall.row, now))
    allow(why_not_send(door.standing.nominee_role, hall.who_may_go, name))
    allow(why_not_elsewhere(name, door.in_the_way))
    seat = join(session, hall, Entry(person_id, team_id, None), by=by, now=now, audience=door.audience)
    if seat.state == "waiting":
        # Whoever comes without a need stands last.
        tell_place(session, hall.row, seat, hall.waiting, but=by.person_id, now=now, audience=door.audience)
    settle_needs(session, hall.needs, now=now)
    return seat


def fill_by_hand(session: Session, *, by: Actor, seat_id: int, now: datetime, reason: str = "") -> Seat:
    """Give a free place of a closed list to somebody who waits and has said yes on the phone.

    The commune's clerk or the province's officer calls from the head of the queue; going past
    somebody takes the reason, for instance that nobody answered.

    Raises:
        QueueFillsItself: the list is not closed yet.
        NoPlaceLeft: every place is taken.
        OutOfTurn: somebody else is first, and no reason is given.
        SubstituteNotPossible: the person has left the team, changed the role, or has a class at that time.
        ClassHasBegun, ClassOnHold, AlreadySettled: too late for this seat.
        NotFound: a stranger's seat.
    """
    answer = answer_seat(session, by, seat_id, "phone", officer_too=True, team_too=False)
    hall, seat = answer.hall, answer.seat
    expire_lapsed(session, hall, now=now)
    allow(why_not_fill(hall.row, seat, hall.room, now))
    hall.lock_people(session, (seat.person_id,))
    allow(_why_barred(session, hall, seat))
    ahead = session.scalar(select(func.count()).where(is_ahead(seat))) or 0
    if ahead and not nfc(reason):
        raise OutOfTurn(
            f"Còn {ahead} người đứng trước trong hàng chờ. Chưa thay đổi gì.",
            remedy="Hãy gọi người đứng trước, hoặc ghi lý do, ví dụ: gọi hai lần không ai nghe máy.",
        )
    until = begins_at(hall.row)
    more: dict[str, Any] = {"on_behalf_of": seat.person_id, "channel": "phone", "reason": nfc(reason)}
    move_seat(
        session, hall, seat, "offered", by=by, now=now, snapshot={"ahead": ahead}, offered_at=now, expires_at=until,
        **more,
    )  # fmt: skip
    confirm_answered(session, by, answer, now)
    settle_needs(session, hall.needs, now=now)
    return seat


def expire_offers(session: Session, *, by: Actor, now: datetime, class_id: int | None = None) -> int:
    """End lapsed offers and fill every free place, class by class in ascending order; return how many ended.

    The sweep of the timer: it also fills a place that somebody could not take because of another
    class and now could.
    """
    ended, needs = 0, set[int]()
    for hall in [enter_hall(session, due) for due in _classes_due(session, now, class_id)]:
        ended += expire_lapsed(session, hall, now=now)
        promote(session, hall, by=by, now=now)
        needs |= hall.needs
    settle_needs(session, needs, now=now)
    return ended


def cancel_seats_of_need(session: Session, *, by: Actor, need: Need, reason: str, now: datetime) -> None:
    """Cancel the open seats of a need that ends, under the locks of their classes in ascending order.

    The need itself is moved by the caller afterwards.

    Raises:
        ClassHasBegun: one of the classes has begun.
    """
    held = select(Seat.class_id).where(Seat.need_id == need.id, Seat.state.in_(OPEN_SEATS)).distinct()
    needs = set[int]()
    for hall in [enter_hall(session, found) for found in session.scalars(held.order_by(Seat.class_id)).all()]:
        open_seats = session.scalars(
            select(Seat)
            .where(Seat.need_id == need.id, Seat.class_id == hall.row.id, Seat.state.in_(OPEN_SEATS))
            .execution_options(populate_existing=True)
        ).all()
        for seat in open_seats:
            allow(why_not_cancel(hall.row, seat, now))
            late = "late" if seat.state in LIVE_SEATS and is_late(hall.row, now) else ""
            end_seat(
                session, by, Answering(hall, seat, seat.person_id, None), "cancelled", reason, now, reason_code=late
            )
        promote(session, hall, by=by, now=now)
        needs |= hall.needs
    settle_needs(session, needs, now=now)


def _check_substitute(session: Session, hall: Hall, person_id: int, role: str | None) -> None:
    name = name_of(session, person_id)
    allow(why_not_send(role, hall.who_may_go, name))
    allow(why_not_elsewhere(name, taken_elsewhere(session, hall.row, (person_id,)).get(person_id)))


def _why_barred(session: Session, hall: Hall, seat: Seat) -> Refused | None:
    bar = bars_of(session, [seat], hall.row, hall.who_may_go).get(seat.id)
    if bar is None:
        return None
    return SubstituteNotPossible(
        f"{name_of(session, seat.person_id)} {BAR_WORDS[bar]} nên chưa xếp được. Chưa thay đổi gì.",
        remedy="Tổ cử người khác thay, giữ nguyên thứ tự.",
    )


def _fill_up(session: Session, by: Actor, hall: Hall, now: datetime) -> None:
    promote(session, hall, by=by, now=now)
    settle_needs(session, hall.needs, now=now)


def _take_over(session: Session, by: Actor, hall: Hall, old: Seat, held: str, person_id: int, now: datetime) -> Seat:
    values = {
        "place": old.place,
        "state": held,
        "score": old.score,
        "lapses": old.lapses,
        "kind": old.kind,
        "queued_at": old.queued_at,
        "offered_at": old.offered_at,
        "expires_at": old.expires_at,
        "confirmed_at": now if held == "confirmed" else None,
    }
    seat = add_seat(
        session,
        hall,
        Entry(person_id, old.team_id, old.need_id, old.rank),
        by=by,
        now=now,
        values=values,
        snapshot={"replaces": old.id},
        reason="đi thay",
        on_behalf_of=person_id,
    )
    text = f"Anh/chị đi thay. {offer_text(seat, hall.row) if held == 'offered' else confirmed_text(hall.row)}"
    if held == "waiting":
        text = f"Anh/chị đi thay, giữ chỗ trong hàng chờ của lớp “{hall.row.title}”."
    tell_seat(session, seat, hall.row, template="seat-taken-over", text=text, but=by.person_id, now=now)
    return seat


def _classes_due(session: Session, now: datetime, class_id: int | None) -> Iterable[int]:
    lapsed = select(Seat.class_id).where(Seat.state == "offered", Seat.expires_at <= now)
    waiting = select(Seat.id).where(Seat.class_id == TrainingClass.id, Seat.state == "waiting").exists()
    live = (
        select(func.count())
        .where(Seat.class_id == TrainingClass.id, in_states(Seat.state, LIVE_SEATS))
        .scalar_subquery()
    )
    idle = select(TrainingClass.id).where(
        TrainingClass.state == "published", TrainingClass.locks_at > now, waiting, live < TrainingClass.capacity
    )
    due = set(session.scalars(lapsed.union(idle)))
    return sorted(due & {class_id} if class_id is not None else due)
