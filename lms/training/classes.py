"""Classes: planned by the department, published, filled, changed, cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.clock import vn_date
from lms.db import locked, row_exists
from lms.errors import NotFound, Refused
from lms.journal.rules import record
from lms.library.models import Skill
from lms.people.models import Account, AreaRole, Person
from lms.training.models import Call, ClassSession, Need, Seat, TrainingClass
from lms.training.notices import ended_text, tell_seat
from lms.training.queue import Hall, enter_hall, move_seat, promote
from lms.training.standing import need_officer, own_call
from lms.training.transitions import OPEN_SEATS, move, write_event
from lms.words import nfc


class ClassBadlyPlanned(Refused):
    """The class lacks what makes it a class."""

    status = 422


class CapacityBelowLive(Refused):
    """A smaller capacity would push out people who hold a place."""


@dataclass(frozen=True)
class Plan:
    """What the officer fixes before a class is published."""

    title: str
    venue: str
    topic: str
    capacity: int
    sessions: tuple[tuple[date, str], ...]
    sessions_required: int
    hours: int
    trainer_id: int | None = None
    trainer_name: str = ""
    offer_hours: int = 72


def plan_class(session: Session, *, by: Actor, call_id: int, plan: Plan, now: datetime) -> TrainingClass:
    """Make a class out of a call's demand; nobody is invited before it is published.

    Raises:
        ClassBadlyPlanned: no place, no session, a day in the past, a trainer from elsewhere.
        NotFound: not a call of the officer's province.
    """
    call = own_call(session, by, call_id)
    _check_plan(session, call, plan, now)
    days = [held_on for held_on, _ in plan.sessions]
    row = TrainingClass(
        call_id=call.id,
        province_code=call.province_code,
        topic=plan.topic,
        title=nfc(plan.title),
        venue=nfc(plan.venue),
        capacity=plan.capacity,
        state="planned",
        trainer_id=plan.trainer_id,
        trainer_name=_trainer_name(session, call.province_code, plan),
        offer_hours=plan.offer_hours,
        hours=plan.hours,
        sessions_required=plan.sessions_required,
        starts_on=min(days),
        ends_on=max(days),
        created_at=now,
        created_by_id=by.account_id,
    )
    session.add(row)
    session.flush()
    for number, (held_on, half_day) in enumerate(_in_time_order(plan.sessions), 1):
        session.add(ClassSession(class_id=row.id, number=number, held_on=held_on, half_day=half_day))
    session.flush()
    write_event(session, row, None, by=by, now=now, snapshot={"capacity": row.capacity, "live": 0})
    note_class(session, by, row, "plan_class", now)
    return row


def publish_class(session: Session, *, by: Actor, class_id: int, now: datetime) -> list[Seat]:
    """Publish the class and invite the first of the queue, as many as there are places.

    Raises:
        AlreadySettled: published or cancelled before.
        ClassBadlyPlanned: its first day is over.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    if vn_date(now) > hall.row.starts_on:
        raise ClassBadlyPlanned("Ngày học đầu tiên đã qua nên chưa công bố được. Hãy lập lớp mới.")
    move(session, hall.row, "published", by=by, now=now, snapshot=_numbers(hall), published_at=now)
    note_class(session, by, hall.row, "publish_class", now)
    return promote(session, hall, by=by, now=now)


def set_capacity(
    session: Session, *, by: Actor, class_id: int, capacity: int, now: datetime, reason: str = ""
) -> list[Seat]:
    """Change how many places there are; new places go to the queue in the same transaction.

    Raises:
        CapacityBelowLive: more people already hold a place.
        ClassBadlyPlanned: less than one place.
        AlreadySettled: the class has begun or ended.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    if capacity < 1:
        raise ClassBadlyPlanned("Lớp phải có ít nhất một chỗ. Số chỗ cũ vẫn giữ nguyên.")
    if capacity < hall.taken:
        raise CapacityBelowLive(
            f"Đã có {hall.taken} người được mời hoặc xác nhận nên không giảm xuống {capacity} được.",
            remedy="Số chỗ cũ vẫn giữ nguyên. Hãy báo người thôi dự trước, rồi giảm.",
        )
    before, hall.row.capacity = hall.row.capacity, capacity
    snapshot = _numbers(hall) | {"capacity_before": before}
    move(session, hall.row, hall.row.state, by=by, now=now, reason=nfc(reason), snapshot=snapshot)
    note_class(session, by, hall.row, "set_capacity", now, reason=nfc(reason), was=before, capacity=capacity)
    return promote(session, hall, by=by, now=now)


def close_roster(session: Session, *, by: Actor, class_id: int, now: datetime) -> TrainingClass:
    """Fix the list before the class begins: nobody is promoted by itself any more.

    Raises:
        AlreadySettled: not published, or fixed before.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    move(session, hall.row, "roster_locked", by=by, now=now, snapshot=_numbers(hall))
    note_class(session, by, hall.row, "close_roster", now)
    return hall.row


def cancel_class(session: Session, *, by: Actor, class_id: int, reason: str, now: datetime) -> TrainingClass:
    """Cancel a class that has not begun; its needs are free again and keep their number.

    Raises:
        ClassBadlyPlanned: no reason.
        AlreadySettled: begun or cancelled before.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    if not nfc(reason):
        raise ClassBadlyPlanned("Hãy ghi lý do hủy lớp để mọi người biết. Lớp vẫn giữ nguyên.")
    words = nfc(reason)
    move(session, hall.row, "cancelled", by=by, now=now, reason=words, snapshot=_numbers(hall))
    for seat in open_seats(session, class_id):
        move_seat(session, hall, seat, "class_cancelled", by=by, now=now, reason=words, ended_at=now)
        seat.reason = words[:300]
        text = ended_text(hall.row, "lớp đã hủy, tổ vẫn giữ thứ tự đăng ký", words)
        tell_seat(session, seat, hall.row, template="class-cancelled", text=text, but=None, now=now)
    release_needs(session, by=by, class_id=class_id, reason="lớp bị hủy", now=now)
    note_class(session, by, hall.row, "cancel_class", now, reason=words)
    return hall.row


def enter_own_hall(session: Session, by: Actor, class_id: int) -> Hall:
    """Lock the call, then the class, of the officer's province, and count the places.

    Raises:
        NotFound: no such class, or another province's.
    """
    row = session.get(TrainingClass, class_id)
    if row is None:
        raise NotFound(f"class {class_id}")
    need_officer(by, row.province_code, f"class {class_id}")
    if row.call_id is not None:
        locked(session, Call, row.call_id)
    return enter_hall(session, class_id)


def open_seats(session: Session, class_id: int) -> Sequence[Seat]:
    """Return the seats that wait, are offered or confirmed, in order."""
    return session.scalars(
        select(Seat)
        .where(Seat.class_id == class_id, Seat.state.in_(OPEN_SEATS))
        .order_by(Seat.need_seq, Seat.place, Seat.id)
        .execution_options(populate_existing=True)
    ).all()


def release_needs(session: Session, *, by: Actor, class_id: int, reason: str, now: datetime) -> None:
    """Free the grouped needs of a class that has no open or used seat left; their number stays.

    Repeated rounds are normal (S3), so nobody registers twice because a class fell through.
    """
    grouped = session.scalars(
        select(Need)
        .where(Need.state == "grouped", Need.id.in_(select(Seat.need_id).where(Seat.class_id == class_id)))
        .order_by(Need.id)
    ).all()
    for need in grouped:
        if not row_exists(session, Seat, Seat.need_id == need.id, Seat.state.in_(OPEN_SEATS)):
            move(session, need, "confirmed", by=by, now=now, reason=reason, snapshot={"seq": need.queue_seq})


def _check_plan(session: Session, call: Call, plan: Plan, now: datetime) -> None:
    if not nfc(plan.title) or not nfc(plan.venue):
        raise ClassBadlyPlanned("Lớp phải có tên và địa điểm. Chưa ghi gì cả.")
    if plan.topic not in call.topics or not row_exists(session, Skill, Skill.key == plan.topic):
        raise ClassBadlyPlanned("Đợt này không có chuyên đề đã chọn. Chưa ghi gì cả.")
    if plan.capacity < 1 or plan.offer_hours < 1 or plan.hours < 1:
        raise ClassBadlyPlanned("Số chỗ, số giờ học và hạn trả lời phải từ 1 trở lên.")
    if not plan.sessions or len(set(plan.sessions)) != len(plan.sessions):
        raise ClassBadlyPlanned("Lớp phải có ít nhất một buổi, và không có hai buổi trùng nhau.")
    if min(held_on for held_on, _ in plan.sessions) < vn_date(now):
        raise ClassBadlyPlanned("Có buổi học trong ngày đã qua. Hãy chọn lại ngày.")
    if not 1 <= plan.sessions_required <= len(plan.sessions):
        raise ClassBadlyPlanned(f"Số buổi phải dự là từ 1 đến {len(plan.sessions)}. Hãy ghi lại.")


def _trainer_name(session: Session, province_code: str, plan: Plan) -> str:
    if plan.trainer_id is None:
        return nfc(plan.trainer_name)
    name = session.scalar(
        select(Person.full_name)
        .join(Account, Account.person_id == Person.id)
        .join(AreaRole, AreaRole.account_id == Account.id)
        .where(
            Account.id == plan.trainer_id,
            AreaRole.role.in_(("trainer", "officer")),
            AreaRole.area_code == province_code,
            AreaRole.ended_at.is_(None),
        )
    )
    if name is None:
        raise ClassBadlyPlanned("Người dạy phải là giảng viên của tỉnh. Hãy chọn lại.")
    return name


def _in_time_order(sessions: Sequence[tuple[date, str]]) -> list[tuple[date, str]]:
    return sorted(sessions, key=lambda held: (held[0], held[1] == "chieu"))


def _numbers(hall: Hall) -> dict[str, Any]:
    return {"capacity": hall.row.capacity, "live": hall.taken}


def note_class(session: Session, by: Actor, row: TrainingClass, verb: str, now: datetime, **detail: object) -> None:
    """Add a line to the journal about the class."""
    record(
        session,
        by=by,
        verb=verb,
        kind="class",
        object_id=row.id,
        area=row.province_code,
        detail={"title": row.title} | detail,
        now=now,
    )
