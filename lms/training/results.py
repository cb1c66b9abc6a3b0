"""Results: what follows from the marks when the department closes a class, fixed for good."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import Refused
from lms.people.models import Person
from lms.training.attendance import BEGUN, class_sessions, latest_marks
from lms.training.classes import enter_own_hall, note_class, open_seats, release_needs
from lms.training.models import Need, Seat, TrainingClass
from lms.training.notices import ended_text, tell_seat
from lms.training.queue import Hall, move_seat
from lms.training.transitions import AlreadySettled, move
from lms.training.wording import half_day_words, state_words

COUNTED = frozenset({"present", "late"})
_USED = frozenset({"completed", "incomplete", "no_show", "confirmed"})


class SessionsUnmarked(Refused):
    """Somebody's presence is not known yet."""


class NobodyConfirmed(Refused):
    """A class without people has no results."""


def finalise_class(session: Session, *, by: Actor, class_id: int, now: datetime) -> Counter[str]:
    """Fix the results: completed, incomplete or absent; return how many of each.

    Frozen from here on; certificates are made of it. People still waiting keep the number of
    their need for the next class.

    Raises:
        SessionsUnmarked: says who is missing in which session.
        NobodyConfirmed: there is nobody to judge.
        AlreadySettled: fixed before, or cancelled.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    if hall.row.state not in BEGUN:
        raise AlreadySettled("class", hall.row.state)
    confirmed = [seat for seat in open_seats(session, class_id) if seat.state == "confirmed"]
    marks = latest_marks(session, class_id)
    _check_all_marked(session, class_id, confirmed, marks)
    move(session, hall.row, "ended", by=by, now=now, snapshot={"capacity": hall.row.capacity, "live": hall.taken})
    results = Counter(_settle_seat(session, by, hall, seat, marks, now) for seat in confirmed)
    _end_the_queue(session, by, hall, now)
    move(
        session,
        hall.row,
        "finalised",
        by=by,
        now=now,
        snapshot=dict(results),
        finalised_at=now,
        finalised_by_id=by.account_id,
    )
    _settle_needs(session, by, hall.row, now)
    note_class(session, by, hall.row, "finalise_class", now, **results)
    return results


def _check_all_marked(
    session: Session, class_id: int, confirmed: Sequence[Seat], marks: Mapping[tuple[int, int], str]
) -> None:
    if not confirmed:
        raise NobodyConfirmed(
            "Lớp chưa có ai xác nhận dự nên chưa có kết quả để chốt. Chưa thay đổi gì.",
            remedy="Hãy gọi để mọi người xác nhận, hoặc hủy lớp.",
        )
    names = dict(
        session.execute(
            select(Person.id, Person.full_name).where(Person.id.in_([s.person_id for s in confirmed]))
        ).all()
    )
    missing = [
        f"{names[seat.person_id]} (buổi {half_day_words(held.held_on, held.half_day)})"
        for held in class_sessions(session, class_id)
        for seat in confirmed
        if (seat.id, held.id) not in marks
    ]
    if missing:
        shown = "; ".join(missing[:5]) + (f" và {len(missing) - 5} ô khác" if len(missing) > 5 else "")
        raise SessionsUnmarked(f"Còn chưa điểm danh: {shown}.", remedy="Điểm danh đủ rồi chốt lại. Chưa thay đổi gì.")


def _settle_seat(
    session: Session,
    by: Actor,
    hall: Hall,
    seat: Seat,
    marks: Mapping[tuple[int, int], str],
    now: datetime,
) -> str:
    own = [mark for (seat_id, _), mark in marks.items() if seat_id == seat.id]
    attended = sum(mark in COUNTED for mark in own)
    result = "completed" if attended >= hall.row.sessions_required else "incomplete"
    if not attended and "left_early" not in own:
        result = "no_show"
    snapshot = {"attended": attended, "required": hall.row.sessions_required, "marks": own}
    move_seat(session, hall, seat, result, by=by, now=now, snapshot=snapshot, ended_at=now)
    text = ended_text(hall.row, f"kết quả {state_words('seat', result)}, dự {attended} buổi", "")
    tell_seat(session, seat, hall.row, template="seat-result", text=text, but=None, now=now)
    return result


def _end_the_queue(session: Session, by: Actor, hall: Hall, now: datetime) -> None:
    """End what nobody answered and what still waits; they keep their need's number."""
    for seat in open_seats(session, hall.row.id):
        to, reason = ("expired", "lớp đã học") if seat.state == "offered" else ("cancelled", "lớp đã đủ chỗ")
        move_seat(session, hall, seat, to, by=by, now=now, reason=reason, ended_at=now)
        seat.reason = reason
        text = ended_text(hall.row, "lớp đã học xong, tổ vẫn giữ thứ tự cho lớp sau", "")
        tell_seat(session, seat, hall.row, template="seat-carried", text=text, but=None, now=now)


def _settle_needs(session: Session, by: Actor, row: TrainingClass, now: datetime) -> None:
    """Say of each need whether it is met; one without any place is free for the next class."""
    release: list[Need] = []
    for need in session.scalars(
        select(Need).where(Need.state == "grouped", Need.id.in_(select(Seat.need_id).where(Seat.class_id == row.id)))
    ).all():
        states = session.scalars(select(Seat.state).where(Seat.need_id == need.id)).all()
        used = sum(state in _USED or state == "confirmed" for state in states)
        if used:
            to = "met" if used >= need.seats_wanted else "partly_met"
            snapshot = {"seq": need.queue_seq, "used": used, "wanted": need.seats_wanted}
            move(session, need, to, by=by, now=now, snapshot=snapshot)
        else:
            release.append(need)
    if release:
        release_needs(session, by=by, class_id=row.id, reason="lớp đã đủ chỗ", now=now)
