"""Seats: what people do with the place they are invited to."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import vn_moment
from lms.errors import NotFound, Refused
from lms.journal.rules import record
from lms.training.models import LATE_ENTRY, Need, Seat
from lms.training.notices import ended_text, tell_seat
from lms.training.queue import (
    AlreadySeated,
    Entry,
    Hall,
    add_seats,
    enter_hall,
    enter_hall_with,
    expire_lapsed,
    is_filling,
    lock_people,
    move_seat,
    promote,
    take_seqs,
    taken_elsewhere,
)
from lms.training.standing import answer_for_seat, name_of, speak_for_team, team_with_province
from lms.training.transitions import BEFORE_START, OPEN_SEATS, AlreadySettled, write_event
from lms.words import nfc


class OfferLapsed(Refused):
    """The time to answer is over."""


class ClassHasBegun(Refused):
    """A class that has begun keeps its list."""


class ClassNotFilling(Refused):
    """The class takes nobody any more, or not yet."""


class SubstituteNotPossible(Refused):
    """The person named cannot take over the seat."""


def confirm_seat(session: Session, *, by: Actor, seat_id: int, now: datetime) -> Seat:
    """Say yes to an offer: the person, the team's leader or deputy, or the clerk by phone.

    Raises:
        OfferLapsed: the time to answer is over.
        AlreadySettled: answered before.
        NotFound: a stranger's seat.
    """
    hall, seat, behalf = _answer(session, by, seat_id)
    _check_running_state(hall, seat)
    if seat.expires_at is not None and seat.expires_at <= now and seat.state == "offered":
        raise OfferLapsed(
            f"Lời mời đã hết hạn lúc {vn_moment(seat.expires_at)} nên chưa xác nhận được.",
            remedy="Tổ vẫn có thể xin vào hàng chờ của lớp.",
        )
    move_seat(session, hall, seat, "confirmed", by=by, now=now, on_behalf_of=behalf, confirmed_at=now)
    _note(session, by, hall, seat, "confirm_seat", "", behalf, now)
    text = f"Đã xác nhận dự lớp “{hall.row.title}”."
    tell_seat(session, seat, hall.row, template="seat-confirmed", text=text, but=by.person_id, now=now)
    return seat


def decline_seat(session: Session, *, by: Actor, seat_id: int, now: datetime, reason: str = "") -> Seat:
    """Say no to an offer; the next in the queue is invited in the same transaction.

    Raises:
        AlreadySettled: answered before.
        NotFound: a stranger's seat.
    """
    hall, seat, behalf = _answer(session, by, seat_id)
    _check_running_state(hall, seat)
    _end(session, by, hall, seat, "declined", nfc(reason), behalf, now)
    promote(session, hall, by=by, now=now)
    return seat


def cancel_seat(session: Session, *, by: Actor, seat_id: int, reason: str, now: datetime) -> Seat:
    """Give back a seat or a place in the queue before the class begins; the next is invited.

    Raises:
        ClassHasBegun: too late; the attendance will say who came.
        AlreadySettled: given back before.
        NotFound: a stranger's seat.
    """
    hall, seat, behalf = _answer(session, by, seat_id, officer_too=True)
    _check_not_begun(hall)
    _end(session, by, hall, seat, "cancelled", nfc(reason), behalf, now)
    promote(session, hall, by=by, now=now)
    return seat


def substitute(session: Session, *, by: Actor, seat_id: int, person_id: int, now: datetime, reason: str = "") -> Seat:
    """Send somebody else of the team instead: a new seat in the same place, the old one moved.

    Raises:
        SubstituteNotPossible: not in the team.
        AlreadySeated: has a seat of this topic or another class at that time.
        ClassHasBegun: too late.
        NotLeader, NotFound: only leader, deputy or clerk decide who goes.
    """
    hall, old, _ = _answer(session, by, seat_id)
    standing = speak_for_team(session, by, old.team_id, person_id)
    _check_not_begun(hall)
    if person_id == old.person_id or standing.nominee_role is None:
        raise SubstituteNotPossible(
            "Người đi thay phải là người khác trong tổ. Chỗ cũ vẫn giữ nguyên.",
            remedy="Hãy chọn lại người trong tổ.",
        )
    if old.state not in OPEN_SEATS:
        raise AlreadySettled("seat", old.state)
    held = old.state
    lock_people(session, (old.person_id, person_id))
    _check_free(session, person_id, taken_elsewhere(session, hall.row, (person_id,)).get(person_id))
    words = nfc(reason) or f"{name_of(session, person_id)} đi thay"
    _end(session, by, hall, old, "moved", words, old.person_id, now)
    return _take_over(session, by, hall, old, held, person_id, now)


def request_seat(session: Session, *, by: Actor, class_id: int, team_id: int, person_id: int, now: datetime) -> Seat:
    """Put somebody of the team into the queue of a published class, after all registered needs.

    With a free place and nobody waiting the person is invited at once.

    Raises:
        ClassNotFilling: not published, or the first day is over.
        AlreadySeated: has a seat of this topic or another class at that time.
        SubstituteNotPossible: not in the team.
        NotLeader, NotFound: not the person's team, or not its province's class.
    """
    # Who may ask is read before the lock: leaving a team does not take it either, and whoever has
    # left meanwhile is passed over when the place is offered.
    standing = speak_for_team(session, by, team_id, person_id)
    hall, in_the_way = enter_hall_with(session, class_id, person_id)
    if hall.row.province_code != standing.province_code:
        raise NotFound(f"class {class_id}")
    if not is_filling(hall.row, now):
        raise ClassNotFilling("Lớp này không nhận thêm người. Chưa ghi gì cả.", remedy="Hãy chọn lớp khác.")
    if standing.nominee_role is None:
        raise SubstituteNotPossible(
            "Người được cử phải là người trong tổ. Chưa ghi gì cả.", remedy="Hãy chọn lại người trong tổ."
        )
    _check_free(session, person_id, in_the_way)
    (seat,) = add_seats(session, hall, [Entry(person_id, team_id, None, LATE_ENTRY)], by=by, now=now)
    promote(session, hall, by=by, now=now)
    return seat


def expire_offers(session: Session, *, by: Actor, now: datetime, class_id: int | None = None) -> int:
    """End lapsed offers and invite the next, class by class in ascending order; return how many ended."""
    chosen = select(Seat.class_id).where(Seat.state == "offered", Seat.expires_at <= now).distinct()
    if class_id is not None:
        chosen = chosen.where(Seat.class_id == class_id)
    ended = 0
    for due in session.scalars(chosen.order_by(Seat.class_id)).all():
        hall = enter_hall(session, due)
        ended += expire_lapsed(session, hall, by=by, now=now)
        promote(session, hall, by=by, now=now)
    return ended


def cancel_seats_of_need(session: Session, *, by: Actor, need: Need, reason: str, now: datetime) -> None:
    """Cancel the open seats of a need that ends, under the locks of their classes in ascending order.

    Raises:
        ClassHasBegun: one of the classes has begun.
    """
    held = select(Seat.class_id).where(Seat.need_id == need.id, Seat.state.in_(OPEN_SEATS)).distinct()
    for class_id in session.scalars(held.order_by(Seat.class_id)).all():
        hall = enter_hall(session, class_id)
        _check_not_begun(hall)
        open_seats = session.scalars(
            select(Seat)
            .where(Seat.need_id == need.id, Seat.class_id == class_id, Seat.state.in_(OPEN_SEATS))
            .execution_options(populate_existing=True)
        ).all()
        for seat in open_seats:
            _end(session, by, hall, seat, "cancelled", reason, seat.person_id, now)
        promote(session, hall, by=by, now=now)


def _answer(session: Session, by: Actor, seat_id: int, *, officer_too: bool = False) -> tuple[Hall, Seat, int | None]:
    class_id = session.connection().scalar(_CLASS_OF, {"seat": seat_id})
    if class_id is None:
        raise NotFound(f"seat {seat_id}")
    hall = enter_hall(session, class_id)
    seat = session.scalars(_LOCK_SEAT, {"seat": seat_id}).one()
    if officer_too and hall.row.province_code in by.provinces:
        return hall, seat, seat.person_id
    return hall, seat, answer_for_seat(session, by, seat)


def _end(
    session: Session,
    by: Actor,
    hall: Hall,
    seat: Seat,
    to: str,
    reason: str,
    behalf: int | None,
    now: datetime,
) -> None:
    move_seat(session, hall, seat, to, by=by, now=now, reason=reason, on_behalf_of=behalf, ended_at=now)
    seat.reason = reason[:300]
    outcomes = {"declined": "đã báo không dự được", "cancelled": "chỗ đã hủy", "moved": "đã có người đi thay"}
    text = ended_text(hall.row, outcomes[to], reason)
    tell_seat(session, seat, hall.row, template=f"seat-{to}", text=text, but=by.person_id, now=now)
    _note(session, by, hall, seat, f"seat_{to}", reason, behalf, now)


def _take_over(session: Session, by: Actor, hall: Hall, old: Seat, held: str, person_id: int, now: datetime) -> Seat:
    seat = Seat(
        class_id=old.class_id,
        person_id=person_id,
        team_id=old.team_id,
        need_id=old.need_id,
        need_seq=old.need_seq,
        place=old.place,
        topic=old.topic,
        state=held,
        seq=take_seqs(session, hall.row, 1),
        queued_at=old.queued_at,
        offered_at=old.offered_at,
        expires_at=old.expires_at,
        confirmed_at=now if held == "confirmed" else None,
    )
    session.add(seat)
    session.flush()
    hall.taken += held != "waiting"
    snapshot = hall.snapshot(seat) | {"replaces": old.id}
    write_event(session, seat, None, by=by, now=now, reason="đi thay", snapshot=snapshot, on_behalf_of=person_id)
    text = f"Anh/chị đi thay, dự lớp “{hall.row.title}”."
    tell_seat(session, seat, hall.row, template="seat-taken-over", text=text, but=by.person_id, now=now)
    return seat


def _check_free(session: Session, person_id: int, in_the_way: str | None) -> None:
    if in_the_way is not None:
        raise AlreadySeated(
            f"{name_of(session, person_id)} đã có chỗ hoặc đang chờ ở lớp “{in_the_way}”, "
            "cùng chuyên đề hoặc trùng buổi. Chưa ghi gì cả.",
            remedy="Hãy cử người khác, hoặc hủy chỗ kia trước.",
        )


def _check_running_state(hall: Hall, seat: Seat) -> None:
    if hall.row.state not in ("published", "roster_locked", "running"):
        raise AlreadySettled("seat", seat.state)


def _check_not_begun(hall: Hall) -> None:
    if hall.row.state not in BEFORE_START:
        raise ClassHasBegun(
            f"Lớp “{hall.row.title}” đã bắt đầu nên danh sách không đổi nữa.",
            remedy="Nếu không dự được, hãy báo giảng viên để ghi vắng có phép.",
        )


def _note(
    session: Session,
    by: Actor,
    hall: Hall,
    seat: Seat,
    verb: str,
    reason: str,
    behalf: int | None,
    now: datetime,
) -> None:
    team, _ = team_with_province(session, seat.team_id)
    record(
        session,
        by=by,
        verb=verb,
        kind="seat",
        object_id=seat.id,
        area=team.commune_code,
        detail={"class": hall.row.id, "reason": reason},
        on_behalf_of=behalf,
        now=now,
    )


_CLASS_OF = select(Seat.class_id).where(Seat.id == bindparam("seat"))
_LOCK_SEAT = (
    select(Seat).where(Seat.id == bindparam("seat")).with_for_update().execution_options(populate_existing=True)
)
