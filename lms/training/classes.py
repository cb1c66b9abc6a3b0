"""Classes: planned by the department out of a call's demand, published, made larger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.journal.rules import record
from lms.training.class_plans import (
    ClassBadlyPlanned,
    Plan,
    RosterTimePassed,
    add_sessions,
    check_plan,
    check_trainer,
    dates_of,
    name_of_trainer,
)
from lms.training.fulfilling import settle_needs
from lms.training.models import Call, ClassTrainer, Seat, TrainingClass
from lms.training.notices import teach_text, tell_trainers
from lms.training.queue import IN_ORDER, Hall, enter_hall, expire_lapsed, promote
from lms.training.runs import rank_queue
from lms.training.standing import need_officer, own_call
from lms.training.transitions import OPEN_SEATS, AlreadySettled, move, write_event
from lms.training.waiting import tell_waiting
from lms.training.wording import state_words
from lms.words import nfc

RESIZABLE = frozenset({"planned", "published", "roster_locked", "running", "postponed"})


class CapacityBelowLive(Refused):
    """A smaller capacity would push out people who hold a place."""


class NotNow(AlreadySettled):
    """The class is in a state in which this cannot be done."""

    def __init__(self, row: TrainingClass, deed: str) -> None:
        super().__init__("class", row.state)
        self.sentence = f"Lớp {state_words('class', row.state)} nên lúc này không {deed} được. Chưa thay đổi gì."
        self.args = (self.sentence,)


def plan_class(session: Session, *, by: Actor, call_id: int, plan: Plan, now: datetime) -> TrainingClass:
    """Make a class out of a call's demand; nobody is invited before it is published.

    Raises:
        ClassBadlyPlanned: no place, no session, a day in the past, a trainer from elsewhere.
        RosterTimePassed: its list would have to be closed already.
        AlreadySettled: the call is a draft, or over.
        NotFound: not a call of the officer's province.
    """
    call = locked(session, Call, own_call(session, by, call_id).id)
    allow(why_not_plan(call))
    held = check_plan(session, call, plan, now)
    row = TrainingClass(
        call_id=call.id,
        province_code=call.province_code,
        topic=plan.topic,
        title=nfc(plan.title),
        venue=nfc(plan.venue),
        cluster=nfc(plan.cluster),
        capacity=plan.capacity,
        min_viable=plan.min_viable,
        state="planned",
        trainer_id=plan.trainer_id,
        trainer_name=name_of_trainer(session, call.province_code, plan),
        offer_hours=plan.offer_hours,
        lock_hours=plan.lock_hours,
        hours=plan.hours,
        sessions_required=plan.sessions_required,
        minutes_required=plan.minutes_required,
        created_at=now,
        created_by_id=by.account_id,
        **dates_of(held, plan.lock_hours),
    )
    session.add(row)
    session.flush()
    add_sessions(session, row.id, held)
    for account_id in sorted(set(plan.other_trainer_ids) - {plan.trainer_id}):
        check_trainer(session, call.province_code, account_id)
        session.add(ClassTrainer(class_id=row.id, account_id=account_id, added_at=now, added_by_id=by.account_id))
    session.flush()
    write_event(session, row, None, by=by, now=now, snapshot={"capacity": row.capacity, "live": 0})
    note_class(session, by, row, "plan_class", now)
    return row


def publish_class(session: Session, *, by: Actor, class_id: int, now: datetime) -> list[Seat]:
    """Publish the class: the allotment gives everybody a rank, then the first are invited, as many as there are places.

    Raises:
        AlreadySettled: published or cancelled before, or its call is a draft, or over.
        RosterTimePassed: its list would have to be closed already.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    call = session.get(Call, hall.row.call_id) if hall.row.call_id is not None else None
    allow(why_not_publish(hall.row, now) or (why_not_plan(call) if call is not None else None))
    rank_queue(session, hall, by=by, now=now)
    move(session, hall.row, "published", by=by, now=now, snapshot=numbers(hall), published_at=now)
    note_class(session, by, hall.row, "publish_class", now)
    offered = promote(session, hall, by=by, now=now)
    tell_waiting(session, hall.row, open_seats(session, class_id), but=None, now=now)
    settle_needs(session, hall.needs, now=now)
    tell_trainers(session, hall.row, template="class-teach", text=teach_text(hall.row), but=by.person_id, now=now)
    return offered


def why_not_plan(call: Call) -> Refused | None:
    """Say why no class comes of this call now, or None."""
    return None if call.state in ("open", "closed", "planned") else AlreadySettled("call", call.state)


def why_not_publish(row: TrainingClass, now: datetime) -> Refused | None:
    """Say why a class cannot be published now, or None."""
    if row.state != "planned":
        return NotNow(row, "công bố")
    return RosterTimePassed(row.locks_at) if row.locks_at <= now else None


def set_capacity(
    session: Session,
    *,
    by: Actor,
    class_id: int,
    capacity: int,
    now: datetime,
    reason: str = "",
    min_viable: int | None = None,
) -> list[Seat]:
    """Change how many places there are; new places go to the queue in the same transaction.

    The least number of people stays, unless told, and is never more than the places.

    Raises:
        CapacityBelowLive: more people already hold a place; that takes two persons.
        ClassBadlyPlanned: less than one place, or a least number beyond the places.
        AlreadySettled: the class has ended.
        NotFound: not a class of the officer's province.
    """
    hall = enter_own_hall(session, by, class_id)
    allow(why_not_resize(hall.row))
    expire_lapsed(session, hall, now=now)
    if capacity < 1:
        raise ClassBadlyPlanned("Lớp phải có ít nhất một chỗ. Số chỗ cũ vẫn giữ nguyên.")
    if min_viable is not None and not 1 <= min_viable <= capacity:
        raise ClassBadlyPlanned(f"Số người ít nhất để mở lớp là từ 1 đến {capacity}. Số chỗ cũ vẫn giữ nguyên.")
    if capacity < hall.taken:
        raise CapacityBelowLive(
            f"Đã có {hall.taken} người được mời hoặc xác nhận nên không giảm ngay xuống {capacity} được.",
            remedy="Số chỗ cũ vẫn giữ nguyên. Hãy xem trước ai bị rút chỗ, rồi nhờ người thứ hai của Sở duyệt.",
        )
    resize(session, hall, capacity, by=by, reason=nfc(reason), now=now, min_viable=min_viable)
    offered = promote(session, hall, by=by, now=now)
    settle_needs(session, hall.needs, now=now)
    return offered


def why_not_resize(row: TrainingClass) -> Refused | None:
    """Say why the number of places cannot change now, or None."""
    return None if row.state in RESIZABLE else NotNow(row, "đổi số chỗ")


def resize(
    session: Session,
    hall: Hall,
    capacity: int,
    *,
    by: Actor,
    reason: str,
    now: datetime,
    min_viable: int | None = None,
) -> None:
    """Give the locked class its new number of places; the least number of people goes down with it."""
    row, before = hall.row, hall.row.capacity
    fewest = min(min_viable or row.min_viable, capacity)
    snapshot = numbers(hall) | {"capacity": capacity, "capacity_before": before}
    changed: dict[str, Any] = {"capacity": capacity, "min_viable": fewest}
    move(session, row, row.state, by=by, now=now, reason=reason, snapshot=snapshot, **changed)
    note_class(session, by, row, "set_capacity", now, reason=reason, was=before, **changed)


def allow(refusal: Refused | None) -> None:
    """Go on if nothing speaks against it.

    Raises:
        Refused: what speaks against it.
    """
    if refusal is not None:
        raise refusal


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
    """Return the seats that wait, are offered, confirmed or given free for a while, in order."""
    return session.scalars(
        select(Seat)
        .where(Seat.class_id == class_id, Seat.state.in_(OPEN_SEATS))
        .order_by(*IN_ORDER)
        .execution_options(populate_existing=True)
    ).all()


def numbers(hall: Hall) -> dict[str, Any]:
    """Return what an event of a class keeps."""
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
