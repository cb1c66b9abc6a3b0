"""Make-ups: sessions somebody missed, made up in another class of the topic, and what they change."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.errors import NotFound, Refused
from lms.training.attendance import class_sessions
from lms.training.classes import allow
from lms.training.conditions import why_no_room, why_not_elsewhere, why_not_request
from lms.training.evidence import THERE, latest_marks
from lms.training.fulfilling import settle_needs
from lms.training.halls import Entry, add_seat, enter_hall, is_filling, move_seat, taken_elsewhere
from lms.training.judging import judge
from lms.training.models import ClassSession, Seat, TrainingClass
from lms.training.notices import ended_text, tell_seat
from lms.training.queue import answer_by, promote, tell_of_offer
from lms.training.standing import name_of
from lms.training.transitions import in_states
from lms.training.waiting import places_taken

_JUDGED = frozenset({"completed", "incomplete", "no_show"})


class MakeupNotPossible(Refused):
    """Nothing is missing, or the class does not hold what is missing."""


def offer_makeup(session: Session, *, by: Actor, seat_id: int, class_id: int, now: datetime) -> Seat:
    """Offer somebody who missed sessions a place in another class that holds them.

    It is an offer like every other: the person says yes or no in time. The need of the team is not
    served a second time, so the new seat belongs to no need. Whoever waits for the class goes before:
    places that have become free are offered down the queue first.

    Raises:
        MakeupNotPossible: nothing is missing, or the class does not hold it.
        ClassNotFilling, NoPlaceLeft: the class takes nobody.
        AlreadySeated: has a seat of this topic or another class at that time.
        NotFound: not an officer of the province, or another province's class.
    """
    hall = enter_hall(session, class_id)
    original = session.get(Seat, seat_id, populate_existing=True)
    if original is None or hall.row.province_code not in by.provinces:
        raise NotFound(f"seat {seat_id}")
    source = session.get_one(TrainingClass, original.class_id)
    if source.province_code != hall.row.province_code:
        raise NotFound(f"seat {seat_id}")
    promote(session, hall, by=by, now=now)
    missing = missed_sessions(session, original) & _numbers(session, class_id)
    allow(why_not_make_up(original, hall.row, missing) or why_not_request(hall.row, now))
    hall.lock_people(session, (original.person_id,))
    in_the_way = taken_elsewhere(session, hall.row, (original.person_id,)).get(original.person_id)
    allow(why_not_elsewhere(name_of(session, original.person_id), in_the_way) or why_no_room(hall.row, hall.room))
    values = {
        "state": "offered",
        "kind": "makeup",
        "makes_up_for_id": original.id,
        "offered_at": now,
        "expires_at": answer_by(hall.row, now),
    }
    seat = add_seat(
        session,
        hall,
        Entry(original.person_id, original.team_id, None),
        by=by,
        now=now,
        values=values,
        snapshot={"makes_up_for": original.id, "sessions": sorted(missing)},
        reason="học bù",
        on_behalf_of=original.person_id,
    )
    tell_of_offer(session, hall, seat, now)
    settle_needs(session, hall.needs, now=now)
    return seat


def settle_makeups(session: Session, *, class_id: int, by: Actor, now: datetime) -> list[Seat]:
    """Judge again whoever made up sessions in a class just finalised; return the seats now completed.

    The class of the first seat is finalised for good and waits for nobody, so its lock may be taken
    after that of the later class.
    """
    made_up = select(Seat.makes_up_for_id).where(
        Seat.class_id == class_id, Seat.kind == "makeup", in_states(Seat.state, _JUDGED)
    )
    rows = session.execute(
        select(Seat.class_id, Seat.id).where(Seat.id.in_(made_up), Seat.state == "incomplete").order_by(Seat.id)
    )
    by_class: dict[int, list[int]] = defaultdict(list)
    for source, seat_id in rows:
        by_class[source].append(seat_id)
    return [
        seat for source in sorted(by_class) for seat in _judge_again(session, source, by_class[source], by=by, now=now)
    ]


def why_not_make_up(original: Seat, row: TrainingClass, missing: set[int]) -> Refused | None:
    """Say why sessions of this seat cannot be made up in that class; `missing` are those it holds."""
    if original.state != "incomplete" or original.kind == "makeup" or original.class_id == row.id:
        return MakeupNotPossible("Chỉ người chưa hoàn thành một lớp đã chốt kết quả mới học bù. Chưa thay đổi gì.")
    if original.topic != row.topic or not missing:
        return MakeupNotPossible(
            f"Lớp “{row.title}” không có buổi mà người này còn thiếu. Chưa thay đổi gì.",
            remedy="Hãy chọn lớp khác cùng chuyên đề.",
        )
    return None


def makeup_classes(session: Session, seat: Seat, *, now: datetime) -> list[tuple[TrainingClass, list[int]]]:
    """Return the classes with a free place in which sessions of this seat can be made up, and which sessions."""
    missed = missed_sessions(session, seat)
    if seat.state != "incomplete" or seat.kind == "makeup" or not missed:
        return []
    source = session.get_one(TrainingClass, seat.class_id)
    rows = session.scalars(
        select(TrainingClass)
        .where(
            TrainingClass.topic == seat.topic,
            TrainingClass.province_code == source.province_code,
            TrainingClass.id != seat.class_id,
            TrainingClass.state == "published",
        )
        .order_by(TrainingClass.starts_on, TrainingClass.id)
    )
    found = ((row, sorted(missed & _numbers(session, row.id))) for row in rows if is_filling(row, now))
    return [(row, numbers) for row, numbers in found if numbers and places_taken(session, row.id) < row.capacity]


def missed_sessions(session: Session, seat: Seat) -> set[int]:
    """Return the numbers of the sessions of its class that a seat has neither attended nor made up."""
    own = {number for number, mark in _own_marks(session, seat).items() if mark in THERE}
    return _numbers(session, seat.class_id) - own - _made_up(session, seat)


def _judge_again(session: Session, source: int, seat_ids: Sequence[int], *, by: Actor, now: datetime) -> list[Seat]:
    hall, held = enter_hall(session, source), class_sessions(session, source)
    completed = []
    seats = session.scalars(
        select(Seat)
        .where(Seat.id.in_(seat_ids), Seat.state == "incomplete")
        .order_by(Seat.id)
        .execution_options(populate_existing=True)
    )
    for seat in seats:
        made_up = sorted(_made_up(session, seat))
        marks = _own_marks(session, seat) | dict.fromkeys(made_up, "present")
        result, facts = judge(hall.row, held, marks)
        if result != "completed":
            continue
        facts |= {"made_up": made_up}
        move_seat(
            session, hall, seat, "completed", by=by, now=now, reason="học bù đủ buổi", reason_code="makeup",
            snapshot={"result": facts}, result=facts,
        )  # fmt: skip
        text = ended_text(hall.row, "đã học bù đủ, kết quả hoàn thành", "")
        tell_seat(session, seat, hall.row, template="seat-made-up", text=text, but=None, now=now)
        completed.append(seat)
    return completed


def _own_marks(session: Session, seat: Seat) -> dict[int, str]:
    marks = latest_marks(session, seat.class_id)
    held = class_sessions(session, seat.class_id)
    return {one.number: marks[seat.id, one.id] for one in held if (seat.id, one.id) in marks}


def _made_up(session: Session, seat: Seat) -> set[int]:
    """Return the numbers of the sessions attended in make-up classes whose results are fixed."""
    later = session.scalars(select(Seat).where(Seat.makes_up_for_id == seat.id, in_states(Seat.state, _JUDGED))).all()
    return {number for one in later for number, mark in _own_marks(session, one).items() if mark in THERE}


def _numbers(session: Session, class_id: int) -> set[int]:
    return set(session.scalars(select(ClassSession.number).where(ClassSession.class_id == class_id)))
