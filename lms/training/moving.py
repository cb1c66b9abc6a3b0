"""Moving people to another class of the same topic: one who waits, or everybody when two classes become one."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.training.cancelling import ReasonNeeded
from lms.training.classes import NotNow, allow, note_class, numbers, open_seats
from lms.training.displacing import go_first_next_time
from lms.training.fulfilling import settle_needs
from lms.training.models import RETURNED, Call, Seat, TrainingClass
from lms.training.notices import ended_text, tell_seat, tell_trainers
from lms.training.queue import Entry, Hall, add_seat, enter_hall, is_filling, move_seat, promote
from lms.training.standing import own_class
from lms.training.transitions import BEFORE_START, LIVE_SEATS, AlreadySettled, move
from lms.words import nfc


class TargetNotPossible(Refused):
    """The class named cannot take these people."""


class NoRoomForAll(Refused):
    """The other class has too few free places for everybody who holds one here."""


def move_waiting(session: Session, *, by: Actor, seat_id: int, class_id: int, reason: str, now: datetime) -> Seat:
    """Let somebody who waits wait in another class of the topic, behind who stands there already.

    Raises:
        TargetNotPossible: another topic, the same class, or one that takes nobody.
        ReasonNeeded: no reason.
        AlreadySettled: the person does not wait any more.
        NotFound: not classes of the officer's province.
    """
    found = session.get(Seat, seat_id)
    if found is None:
        raise NotFound(f"seat {seat_id}")
    here, there = _enter_both(session, by, found.class_id, class_id)
    seat = locked(session, Seat, seat_id)
    allow(why_not_move(here.row, there.row, seat, now))
    words = nfc(reason)
    if not words:
        raise ReasonNeeded("chuyển lớp")
    moved = _carry_over(session, here, there, seat, _rank_of_waiting(there, seat), by=by, reason=words, now=now)
    promote(session, there, by=by, now=now)
    settle_needs(session, here.needs | there.needs, now=now)
    return moved


def why_not_move(row: TrainingClass, target: TrainingClass, seat: Seat, now: datetime) -> Refused | None:
    """Say why somebody cannot wait in the other class instead, or None."""
    if seat.state != "waiting":
        return AlreadySettled("seat", seat.state)
    return _why_not_there(row, target, now)


def merge_class(
    session: Session, *, by: Actor, class_id: int, into_id: int, reason: str, now: datetime
) -> TrainingClass:
    """End a class by moving all its people to another one of the topic, where they must say yes again.

    Who holds a place here is invited there at once; who waits here waits there, behind who stands
    there already, in the order of this class. Whoever cannot come then is free for the next class,
    and goes first if they held a place.

    Raises:
        TargetNotPossible: another topic, the same class, or one that takes nobody.
        NoRoomForAll: fewer free places there than are taken here.
        ReasonNeeded: no reason.
        AlreadySettled: it has begun, or ended.
        NotFound: not classes of the officer's province.
    """
    here, there = _enter_both(session, by, class_id, into_id)
    allow(why_not_merge(here.row) or why_not_merge_into(here.row, here.taken, there.row, there.room, now))
    words = nfc(reason)
    if not words:
        raise ReasonNeeded("gộp lớp")
    was_known = here.row.state != "planned"
    move(session, here.row, "merged", by=by, now=now, reason=words, snapshot=numbers(here), merged_into_id=into_id)
    seats = open_seats(session, class_id)
    there.lock_people(session, [seat.person_id for seat in seats])
    holding = [seat for seat in seats if seat.state in LIVE_SEATS]
    came = [_carry_over(session, here, there, seat, seat.rank, by=by, reason=words, now=now) for seat in holding]
    promote(session, there, by=by, now=now)
    for seat in seats:
        if seat.state == "waiting":
            _carry_over(session, here, there, seat, _rank_of_waiting(there, seat), by=by, reason=words, now=now)
    promote(session, there, by=by, now=now)
    if was_known:
        text = ended_text(here.row, f"lớp đã gộp vào lớp “{there.row.title}”", words)
        tell_trainers(session, here.row, template="class-merged-teach", text=text, but=by.person_id, now=now)
    note_class(session, by, here.row, "merge_class", now, reason=words, into=into_id)
    here.needs |= there.needs
    go_first_next_time(session, here, [seat.need_id for seat in came if seat.state == "cancelled"], now=now)
    return here.row


def why_not_merge(row: TrainingClass) -> Refused | None:
    """Say why a class cannot become part of another one any more, or None."""
    return None if row.state in BEFORE_START else NotNow(row, "gộp")


def why_not_merge_into(
    row: TrainingClass, taken: int, target: TrainingClass, room: int, now: datetime
) -> Refused | None:
    """Say why the people of a class cannot all go to the other one, or None."""
    if (refusal := _why_not_there(row, target, now)) is not None:
        return refusal
    if taken and not is_filling(target, now):
        return TargetNotPossible(
            f"Lớp “{target.title}” chưa công bố nên chưa mời ai được. Chưa thay đổi gì.",
            remedy="Hãy công bố lớp đó trước.",
        )
    if taken > room:
        return NoRoomForAll(
            f"Lớp “{target.title}” còn {max(0, room)} chỗ mà ở đây {taken} người đang giữ chỗ. Chưa thay đổi gì.",
            remedy="Hãy thêm chỗ cho lớp đó trước, hoặc chọn lớp khác.",
        )
    return None


def _why_not_there(row: TrainingClass, target: TrainingClass, now: datetime) -> Refused | None:
    if target.id == row.id or target.topic != row.topic or target.province_code != row.province_code:
        return TargetNotPossible("Phải chọn một lớp khác cùng chuyên đề. Chưa thay đổi gì.", remedy="Hãy chọn lại lớp.")
    if target.state != "planned" and not is_filling(target, now):
        return TargetNotPossible(
            f"Lớp “{target.title}” không nhận thêm người nữa. Chưa thay đổi gì.", remedy="Hãy chọn lớp khác."
        )
    return None


def _rank_of_waiting(there: Hall, seat: Seat) -> int:
    """Behind who stands there already; where nobody has a rank yet, by the number of the need as all others."""
    return seat.rank if there.row.state == "planned" else max(seat.rank, RETURNED)


def _carry_over(
    session: Session, here: Hall, there: Hall, seat: Seat, rank: int, *, by: Actor, reason: str, now: datetime
) -> Seat:
    """End a seat here and give the person one there that waits; the old one names the class it went to."""
    there.lock_people(session, [seat.person_id])
    kept = {"score": seat.score, "kind": seat.kind, "makes_up_for_id": seat.makes_up_for_id, "lapses": seat.lapses}
    words = f"chuyển sang lớp “{there.row.title}”: {reason}"
    move_seat(session, here, seat, "moved", by=by, now=now, reason=words, reason_code="other_class",
              snapshot={"to_class": there.row.id}, ended_at=now)  # fmt: skip
    seat.reason = words[:300]
    session.flush()
    entry = Entry(seat.person_id, seat.team_id, seat.need_id, rank)
    values = kept | {"queued_at": seat.queued_at}
    came = add_seat(session, there, entry, by=by, now=now, values=values, reason=reason,
                    snapshot={"from_class": here.row.id, "from_seat": seat.id})  # fmt: skip
    text = ended_text(here.row, f"anh/chị được chuyển sang lớp “{there.row.title}”", reason)
    tell_seat(session, seat, here.row, template="seat-other-class", text=text, but=None, now=now)
    return came


def _enter_both(session: Session, by: Actor, class_id: int, other_id: int) -> tuple[Hall, Hall]:
    """Lock the calls, then the classes, each in ascending order."""
    rows = [own_class(session, by, one) for one in sorted({class_id, other_id})]
    for call_id in sorted({row.call_id for row in rows if row.call_id is not None}):
        locked(session, Call, call_id)
    halls = {row.id: enter_hall(session, row.id) for row in rows}
    return halls[class_id], halls[other_id]


def classes_to_move_to(session: Session, row: TrainingClass, now: datetime) -> list[TrainingClass]:
    """Return the other classes of the topic that still take people."""
    others = session.scalars(
        select(TrainingClass)
        .where(
            TrainingClass.province_code == row.province_code,
            TrainingClass.topic == row.topic,
            TrainingClass.state.in_(("planned", "published")),
        )
        .order_by(TrainingClass.starts_on, TrainingClass.id)
    )
    return [other for other in others if _why_not_there(row, other, now) is None]
