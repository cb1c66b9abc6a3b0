"""The officer's plan for a call: proposed out of its needs, changed by hand, published as a whole.

A plan is the department's own paper until it is published: nobody is told, no seat exists. Proposing
again replaces it; the same needs and limits give the same plan.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import locked
from lms.errors import NotFound, Refused
from lms.journal.rules import record
from lms.library.models import Skill
from lms.teams.models import Team
from lms.training.call_communes import commune_plans
from lms.training.calls import PlanBeingPublished, lock_call
from lms.training.class_plans import SessionPlan, check_trainer, in_time_order
from lms.training.classes import why_not_plan
from lms.training.models import Call, Need, PlannedClass, PlannedNeed, Seat, TrainingPlan
from lms.training.plan_needs import places_lacking, take_in, wanted_of
from lms.training.proposing import Limits, Planned, Proposal, Wanted, propose, suggest_clusters
from lms.words import nfc

_HAD_ELSEWHERE = Seat.class_id.is_distinct_from(PlannedClass.class_id)
_CLASSES_A_CLUSTER = 4
"""Where the officer has not said which communes belong together, a suggested cluster fills so many classes."""


class PlanBadlyMade(Refused):
    """The plan lacks what makes it one, or asks for what no class can keep."""

    status = 422


class CallNotClosed(Refused):
    """Classes are published out of a call once nobody registers any more."""

    def __init__(self) -> None:
        super().__init__(
            "Đợt đăng ký chưa khép nên chưa công bố các lớp được. Bản kế hoạch vẫn còn nguyên.",
            remedy="Hãy chờ hết hạn đăng ký, hoặc kết thúc đợt sớm.",
        )


@dataclass(frozen=True)
class ClassChange:
    """What the officer fixes of a planned class."""

    title: str
    venue: str
    capacity: int
    min_viable: int
    sessions: tuple[SessionPlan | tuple[date, str], ...]
    trainer_id: int | None = None


def propose_plan(session: Session, *, by: Actor, call_id: int, limits: Limits, now: datetime) -> TrainingPlan:
    """Propose classes out of all needs of the call that wait for one; an earlier proposal is put away.

    Raises:
        AlreadySettled: the call is a draft, or over.
        PlanBadlyMade: no need waits for a class.
        PlanBeingPublished: the standing plan is on its way to the teams.
        NotFound: not a call of the officer's province.
    """
    call = lock_call(session, by, call_id)
    if (no := why_not_plan(call)) is not None:
        raise no
    before = open_plan(session, call_id)
    if before is not None:
        _check_open(before)
        before.discarded_at = now
        session.flush()
    wanted = wanted_of(session, call)
    if not wanted:
        raise PlanBadlyMade(
            "Chưa có nhu cầu nào chờ xếp lớp nên chưa lập kế hoạch được. Chưa ghi gì cả.",
            remedy="Hãy chờ các xã xác nhận nhu cầu, rồi lập lại.",
        )
    proposal = propose(wanted, clusters_of(session, call, wanted, limits.size), limits, call.topics)
    plan = _store(session, call, limits, proposal, by, now)
    _note(session, by, plan, call, "propose_plan", now, classes=len(proposal.classes), digest=proposal.digest)
    return plan


def clusters_of(session: Session, call: Call, wanted: Sequence[Wanted], size: int) -> dict[str, str]:
    """Return the cluster of every commune that asks: as the officer said, else by neighbouring codes."""
    said = {code: plan.cluster for code, plan in commune_plans(session, call.id).items() if plan.cluster}
    if said:
        return said
    places: defaultdict[str, int] = defaultdict(int)
    for need in wanted:
        places[need.commune] += need.places
    return suggest_clusters(places, _CLASSES_A_CLUSTER * size)


def move_need(
    session: Session, *, by: Actor, plan_id: int, need_id: int, number: int | None, reason: str, now: datetime
) -> PlannedNeed:
    """Put a need into another class of the plan, or out of all of them, by hand; also one that came after the plan.

    Raises:
        PlanBadlyMade: another topic; another cluster, or no class at all, without a reason.
        NotFound: not a plan of the officer's province, a need that does not wait for a class of its call, or no
            such class.
    """
    plan, call = enter_plan(session, by, plan_id)
    placed = session.get(PlannedNeed, (plan_id, need_id)) or take_in(session, plan, need_id)
    if placed is None:
        raise NotFound(f"need {need_id}")
    need, words = session.get_one(Need, need_id), nfc(reason)[:300]
    target = _changeable(session, plan_id, number) if number is not None else None
    _check_move(session, need, placed, target, words)
    placed.planned_class_id = target.id if target else None
    placed.left_out_because = "" if target else words[:200]
    placed.moved_by_hand = words or "chuyển tay"
    _note(session, by, plan, call, "move_planned_need", now, need=need_id, to=number, reason=words)
    return placed


def change_class(
    session: Session, *, by: Actor, plan_id: int, number: int, change: ClassChange, now: datetime
) -> PlannedClass:
    """Change what a planned class will be.

    Raises:
        PlanBadlyMade: no title, no possible size, no session or two at once.
        ClassBadlyPlanned: a trainer from elsewhere.
        NotFound: not a class of a plan of the officer's province.
    """
    plan, call = enter_plan(session, by, plan_id)
    row = _changeable(session, plan_id, number)
    if not nfc(change.title):
        raise PlanBadlyMade("Lớp phải có tên. Chưa ghi gì cả.")
    if not 1 <= change.min_viable <= change.capacity:
        raise PlanBadlyMade("Số người ít nhất để mở lớp phải từ 1 đến số chỗ. Chưa ghi gì cả.")
    held = in_time_order(change.sessions)
    if not held or len({(one.held_on, one.half_day) for one in held}) != len(held):
        raise PlanBadlyMade("Lớp phải có ít nhất một buổi, và không có hai buổi trùng nhau. Chưa ghi gì cả.")
    if change.trainer_id is not None:
        check_trainer(session, call.province_code, change.trainer_id)
    row.title, row.venue = nfc(change.title)[:200], nfc(change.venue)[:200]
    row.capacity, row.min_viable, row.trainer_id = change.capacity, change.min_viable, change.trainer_id
    row.sessions = [[one.held_on.isoformat(), one.half_day] for one in held]
    _note(session, by, plan, call, "change_planned_class", now, number=number)
    return row


def drop_class(session: Session, *, by: Actor, plan_id: int, number: int, now: datetime) -> int:
    """Take a class out of the plan; its needs wait for another one. Return how many they are.

    Raises:
        NotFound: not a class of a plan of the officer's province.
    """
    plan, call = enter_plan(session, by, plan_id)
    row = _changeable(session, plan_id, number)
    placed = session.scalars(select(PlannedNeed).where(PlannedNeed.planned_class_id == row.id)).all()
    for one in placed:
        one.planned_class_id, one.left_out_because = None, f"Lớp {number} đã bỏ khỏi kế hoạch."
    session.flush()
    session.delete(row)
    _note(session, by, plan, call, "drop_planned_class", now, number=number, needs=len(placed))
    return len(placed)


def add_class(session: Session, *, by: Actor, plan_id: int, topic: str, now: datetime) -> PlannedClass:
    """Add an empty class of a topic to the plan, like the others in size and half-days.

    Raises:
        PlanBadlyMade: the call does not offer the topic.
        NotFound: not a plan of the officer's province.
    """
    plan, call = enter_plan(session, by, plan_id)
    if topic not in call.topics:
        raise PlanBadlyMade("Đợt này không có chuyên đề đã chọn. Chưa ghi gì cả.")
    last = session.scalar(select(func.max(PlannedClass.number)).where(PlannedClass.plan_id == plan_id)) or 0
    row = PlannedClass(
        plan_id=plan_id,
        number=last + 1,
        topic=topic,
        title=f"Lớp {last + 1:02d}: {session.get_one(Skill, topic).title}"[:200],
        capacity=plan.limits["size"],
        min_viable=plan.limits["min_viable"],
        sessions=[],
        why="Lớp thêm bằng tay.",
    )
    session.add(row)
    session.flush()
    _note(session, by, plan, call, "add_planned_class", now, number=row.number)
    return row


def discard_plan(session: Session, *, by: Actor, plan_id: int, now: datetime) -> None:
    """Put the plan away; the needs wait as before.

    Raises:
        PlanBeingPublished: it is on its way to the teams.
        NotFound: not a plan of the officer's province.
    """
    plan, call = enter_plan(session, by, plan_id)
    plan.discarded_at = now
    _note(session, by, plan, call, "discard_plan", now)


def enter_plan(session: Session, by: Actor, plan_id: int) -> tuple[TrainingPlan, Call]:
    """Lock the call of an open plan of the officer's province; return both.

    Raises:
        AlreadySettled: the plan is published or put away.
        PlanBeingPublished: it is on its way to the teams.
        NotFound: no such plan, or another province's.
    """
    found = session.get(TrainingPlan, plan_id)
    if found is None:
        raise NotFound(f"plan {plan_id}")
    call = lock_call(session, by, found.call_id)
    plan = locked(session, TrainingPlan, plan_id)
    _check_open(plan)
    return plan, call


def open_plan(session: Session, call_id: int) -> TrainingPlan | None:
    """Return the plan of the call that is neither published nor put away."""
    return session.scalar(
        select(TrainingPlan).where(
            TrainingPlan.call_id == call_id,
            TrainingPlan.published_at.is_(None),
            TrainingPlan.discarded_at.is_(None),
        )
    )


def planned_class(session: Session, plan_id: int, number: int) -> PlannedClass:
    """Return a class of the plan by its number.

    Raises:
        NotFound: the plan has no such class.
    """
    row = session.scalar(select(PlannedClass).where(PlannedClass.plan_id == plan_id, PlannedClass.number == number))
    if row is None:
        raise NotFound(f"planned class {plan_id}/{number}")
    return row


def slots_of(row: PlannedClass) -> tuple[tuple[date, str], ...]:
    """Return the half-days of a planned class."""
    return tuple((date.fromisoformat(day), half_day) for day, half_day in row.sessions)


def board_of(session: Session, plan_id: int) -> list[tuple[PlannedClass, Planned]]:
    """Return the classes of a plan, each with what its warnings need: who comes from where, and when.

    People are counted as they were proposed: the places a need still lacks. What a class that is already
    published has given it counts as lacking, or a full class would look empty.
    """
    places: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for class_id, commune, count in session.execute(
        select(PlannedClass.id, Team.commune_code, func.sum(places_lacking(_HAD_ELSEWHERE)))
        .select_from(PlannedNeed)
        .join(Need, Need.id == PlannedNeed.need_id)
        .join(PlannedClass, PlannedClass.id == PlannedNeed.planned_class_id)
        .join(Team, Team.id == Need.team_id)
        .where(PlannedNeed.plan_id == plan_id)
        .group_by(PlannedClass.id, Team.commune_code)
    ):
        places[class_id][commune] += int(count)
    rows = session.scalars(select(PlannedClass).where(PlannedClass.plan_id == plan_id).order_by(PlannedClass.number))
    return [
        (row, Planned(row.number, tuple(sorted(places[row.id].items())), row.capacity, row.min_viable, slots_of(row)))
        for row in rows
    ]


def limits_as_stored(limits: Limits) -> dict[str, Any]:
    """Return the limits as a plan keeps them."""
    return {
        "starts_on": limits.starts_on.isoformat(),
        "size": limits.size,
        "min_viable": limits.min_viable,
        "sessions": limits.sessions,
        "max_classes": limits.max_classes,
        "per_slot": limits.per_slot,
        "days_off": sorted(day.isoformat() for day in limits.days_off),
    }


def limits_of(stored: Mapping[str, Any]) -> Limits:
    """Return the limits that a plan keeps."""
    return Limits(
        starts_on=date.fromisoformat(stored["starts_on"]),
        size=stored["size"],
        min_viable=stored["min_viable"],
        sessions=stored["sessions"],
        max_classes=stored["max_classes"],
        per_slot=stored["per_slot"],
        days_off=frozenset(date.fromisoformat(day) for day in stored["days_off"]),
    )


def _changeable(session: Session, plan_id: int, number: int) -> PlannedClass:
    row = planned_class(session, plan_id, number)
    if row.class_id is not None:
        raise PlanBadlyMade(
            f"Lớp {number} đã công bố nên không sửa trong kế hoạch được nữa.", remedy="Hãy mở trang của lớp đó để sửa."
        )
    return row


def _store(session: Session, call: Call, limits: Limits, proposal: Proposal, by: Actor, now: datetime) -> TrainingPlan:
    plan = TrainingPlan(
        call_id=call.id,
        limits=limits_as_stored(limits),
        rule_version="2026-11",
        digest=proposal.digest,
        made_at=now,
        made_by_id=by.account_id,
    )
    session.add(plan)
    session.flush()
    titles = dict(session.execute(select(Skill.key, Skill.title)).all())
    placed: list[dict[str, Any]] = []
    for one in proposal.classes:
        row = PlannedClass(
            plan_id=plan.id,
            number=one.number,
            topic=one.topic,
            cluster=one.cluster,
            title=f"Lớp {one.number:02d}: {titles[one.topic]}, {one.cluster}"[:200],
            capacity=one.capacity,
            min_viable=one.min_viable,
            sessions=[[day.isoformat(), half_day] for day, half_day in one.sessions],
            why="\n".join(one.why),
        )
        session.add(row)
        session.flush()
        placed += [_placed(plan, need_id, row.id, "") for need_id in one.need_ids]
    placed += [_placed(plan, need_id, None, reason) for need_id, reason in proposal.left_out.items()]
    if placed:
        session.execute(insert(PlannedNeed), placed)
    return plan


def _placed(plan: TrainingPlan, need_id: int, class_id: int | None, reason: str) -> dict[str, Any]:
    return {
        "plan_id": plan.id,
        "need_id": need_id,
        "planned_class_id": class_id,
        "left_out_because": reason[:200],
        "moved_by_hand": "",
    }


def _check_open(plan: TrainingPlan) -> None:
    if plan.publishing_at is not None:
        raise PlanBeingPublished
    if plan.discarded_at is not None:
        raise PlanBadlyMade("Bản kế hoạch này đã bỏ. Chưa thay đổi gì.", remedy="Hãy mở lại trang kế hoạch của đợt.")


def _check_move(session: Session, need: Need, placed: PlannedNeed, target: PlannedClass | None, reason: str) -> None:
    source = session.get(PlannedClass, placed.planned_class_id) if placed.planned_class_id else None
    if source is not None and source.class_id is not None:
        raise PlanBadlyMade("Lớp của nhu cầu này đã công bố. Hãy chuyển người ở trang của lớp đó.")
    if target is None:
        if not reason:
            raise PlanBadlyMade("Bỏ một nhu cầu ra ngoài thì phải ghi lý do. Chưa ghi gì cả.")
        return
    if target.topic != need.topic:
        raise PlanBadlyMade("Lớp đó học chuyên đề khác. Nhu cầu vẫn ở chỗ cũ.")
    if source is not None and source.cluster != target.cluster and not reason:
        raise PlanBadlyMade("Lớp đó của cụm xã khác. Hãy ghi lý do chuyển. Nhu cầu vẫn ở chỗ cũ.")


def _note(
    session: Session, by: Actor, plan: TrainingPlan, call: Call, verb: str, now: datetime, **detail: object
) -> None:
    record(
        session,
        by=by,
        verb=verb,
        kind="plan",
        object_id=plan.id,
        area=call.province_code,
        detail={"call": call.id} | detail,
        now=now,
    )
