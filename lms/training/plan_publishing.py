"""Publishing a plan: every planned class becomes a class with its people invited, one unit after the other.

The work is asked for in one unit and done by the worker. Each class remembers what came of it, so a
worker that is killed goes on where it stopped and no class is made twice.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.db import locked
from lms.errors import NotFound
from lms.journal.models import Job
from lms.journal.rules import queue_job, record
from lms.training.calls import PlanBeingPublished, lock_call, mark_planned
from lms.training.class_plans import Plan, in_time_order
from lms.training.classes import plan_class, publish_class
from lms.training.grouping import GROUPABLE, Grouped, group_needs
from lms.training.models import Call, Need, PlannedClass, PlannedNeed, TrainingClass, TrainingPlan
from lms.training.notices import tell_officers
from lms.training.plan_needs import late_needs
from lms.training.planning import CallNotClosed, PlanBadlyMade, enter_plan, slots_of
from lms.training.transitions import in_states
from lms.training.wording import state_words

PUBLISH_PLAN = "training.publish_plan"
_LOCK_HOURS = 48
_MOST_NAMED = 5


class PublishedClass(NamedTuple):
    """The class that came of a planned one, and a sentence for each person or need that found no way into it."""

    id: int
    left_out: tuple[str, ...] = ()


def ask_to_publish(session: Session, *, by: Actor, plan_id: int, back: str, now: datetime) -> int:
    """Fix the plan and ask the worker to publish all its classes; return the number of the work.

    Raises:
        CallNotClosed: teams still register.
        PlanBadlyMade: a class lacks its place, its half-days or its people, or needs have come since that are
            in no class; each is named.
        PlanBeingPublished: asked for before.
        NotFound: not a plan of the officer's province.
    """
    plan, call = enter_plan(session, by, plan_id)
    if call.state not in ("closed", "planned"):
        raise CallNotClosed
    if faults := faults_of(session, plan_id, now):
        raise PlanBadlyMade(
            f"Kế hoạch còn {len(faults)} chỗ chưa xong: {' '.join(faults[:5])} Chưa công bố lớp nào.",
            remedy="Hãy sửa những chỗ đó rồi công bố lại.",
        )
    plan.publishing_at, plan.published_by_id = now, by.account_id
    _note(session, by, plan, call, "publish_plan", now)
    payload = {"plan_id": plan_id, "back": back}
    return queue_job(session, kind=PUBLISH_PLAN, payload=payload, by=by, now=now, province=call.province_code).id


def faults_of(session: Session, plan_id: int, now: datetime) -> list[str]:
    """Return a sentence for each thing that keeps the plan from being published."""
    classes = session.scalars(
        select(PlannedClass).where(PlannedClass.plan_id == plan_id).order_by(PlannedClass.number)
    ).all()
    filled = set(
        session.scalars(
            select(PlannedNeed.planned_class_id)
            .join(Need, Need.id == PlannedNeed.need_id)
            .where(PlannedNeed.plan_id == plan_id, in_states(Need.state, GROUPABLE))
        )
    )
    faults = [fault for row in classes for fault in _faults_of_class(row, row.id in filled, now)]
    if late := late_needs(session, session.get_one(TrainingPlan, plan_id)):
        named = ", ".join(map(str, late[:_MOST_NAMED])) + ("…" if len(late) > _MOST_NAMED else "")
        faults.append(
            f"{len(late)} nhu cầu đến sau khi lập kế hoạch (số {named}): xếp vào lớp, hoặc để ngoài và ghi lý do."
        )
    return faults or ([] if classes else ["Kế hoạch chưa có lớp nào."])


def classes_to_publish(session: Session, plan_id: int) -> list[int]:
    """Return the planned classes of which nothing has come yet, in their order."""
    return list(
        session.scalars(
            select(PlannedClass.id)
            .where(PlannedClass.plan_id == plan_id, PlannedClass.class_id.is_(None))
            .order_by(PlannedClass.number)
        )
    )


def publish_planned_class(session: Session, *, by: Actor, planned_id: int, now: datetime) -> PublishedClass:
    """Make the class of a plan, put its needs into its queue, and publish it; once, however often it is asked.

    A need may have been withdrawn since, or all its people may sit elsewhere by now: then the plan says
    that it is left out and why, and the officers are told. A class that nobody enters is made and not
    published, so that the others go on.

    Raises:
        PlanBadlyMade: nobody has asked to publish the plan, or it was taken back to the board.
        Refused: what the rules of classes refuse.
        NotFound: not a plan of the officer's province.
    """
    plan = session.get_one(TrainingPlan, session.get_one(PlannedClass, planned_id).plan_id)
    call = lock_call(session, by, plan.call_id)
    row = locked(session, PlannedClass, planned_id)
    if row.class_id is not None:
        return PublishedClass(row.class_id)
    if locked(session, TrainingPlan, plan.id).publishing_at is None:
        raise PlanBadlyMade("Bản kế hoạch này chưa được đề nghị công bố, hoặc đã mở lại để sửa.")
    made = plan_class(session, by=by, call_id=call.id, plan=_plan_of(row), now=now)
    needs = session.scalars(select(PlannedNeed.need_id).where(PlannedNeed.planned_class_id == planned_id)).all()
    grouped = group_needs(session, by=by, class_id=made.id, need_ids=needs, now=now, reason="theo kế hoạch của đợt")
    left_out = _leave_out(session, planned_id, grouped)
    if grouped.seats:
        publish_class(session, by=by, class_id=made.id, now=now)
    if left_out:
        _tell_left_out(session, made, left_out, is_empty=not grouped.seats, now=now)
    row.class_id = made.id
    return PublishedClass(made.id, left_out)


def finish_publishing(session: Session, *, by: Actor, plan_id: int, now: datetime) -> TrainingPlan:
    """Note that every class of the plan is published; the call counts as planned from here on.

    Raises:
        PlanBadlyMade: nobody has asked to publish it, or a class is still to come.
        NotFound: not a plan of the officer's province.
    """
    found = session.get_one(TrainingPlan, plan_id)
    call = lock_call(session, by, found.call_id)
    plan = locked(session, TrainingPlan, plan_id)
    if plan.published_at is not None:
        return plan
    if plan.publishing_at is None or classes_to_publish(session, plan_id):
        raise PlanBadlyMade("Còn lớp chưa công bố xong. Những lớp đã công bố vẫn giữ nguyên.")
    plan.published_at = now
    mark_planned(session, by=by, call_id=call.id, now=now)
    return plan


def reopen_plan(session: Session, *, by: Actor, plan_id: int, now: datetime) -> TrainingPlan:
    """Give the rest of a plan whose publishing stopped back to the board; what is published stays published.

    Raises:
        AlreadySettled: it is published whole, or put away.
        NotFound: not a plan of the officer's province.
    """
    found = session.get(TrainingPlan, plan_id)
    if found is None:
        raise NotFound(f"plan {plan_id}")
    call = lock_call(session, by, found.call_id)
    plan = locked(session, TrainingPlan, plan_id)
    if plan.published_at is not None or plan.publishing_at is None or not _has_stopped(session, plan_id):
        raise PlanBeingPublished
    plan.publishing_at = None
    _note(session, by, plan, call, "reopen_plan", now)
    return plan


def _has_stopped(session: Session, plan_id: int) -> bool:
    """Say whether the work of publishing has failed and nobody goes on with it."""
    jobs = session.scalars(select(Job).where(Job.kind == PUBLISH_PLAN).order_by(Job.id.desc())).all()
    last = next((job for job in jobs if job.payload["plan_id"] == plan_id), None)
    return last is None or last.failed_at is not None


def _leave_out(session: Session, planned_id: int, grouped: Grouped) -> tuple[str, ...]:
    """Note in the plan which needs found no way into their class; return the sentences, of single people too."""
    inside = {seat.need_id for seat in grouped.seats}
    said: dict[int, list[str]] = defaultdict(list)
    for need_id, sentence in grouped.missing:
        said[need_id].append(sentence)
    placed = session.execute(
        select(PlannedNeed, Need)
        .join(Need, Need.id == PlannedNeed.need_id)
        .where(PlannedNeed.planned_class_id == planned_id)
        .order_by(Need.queue_seq)
    ).all()
    for one, need in placed:
        if need.id in inside:
            continue
        if need.id not in said:
            said[need.id] = [f"Nhu cầu số {need.queue_seq} lúc công bố: {state_words('need', need.state)}."]
        one.planned_class_id, one.left_out_because = None, " ".join(said[need.id])[:200]
    return tuple(sentence for _, need in placed for sentence in said[need.id])


def _tell_left_out(
    session: Session, row: TrainingClass, left_out: tuple[str, ...], *, is_empty: bool, now: datetime
) -> None:
    what = "chưa có ai nên chưa công bố" if is_empty else "đã công bố"
    rest = f" Và {len(left_out) - _MOST_NAMED} chỗ khác." if len(left_out) > _MOST_NAMED else ""
    text = f"Lớp “{row.title}” {what}. Chưa xếp được: {' '.join(left_out[:_MOST_NAMED])}{rest}"
    tell_officers(session, row.province_code, template="plan-left-out", event=f"class-{row.id}-left-out",
                  text=text, but=None, now=now, path=f"/quan-ly/tap-huan/lop/{row.id}/")  # fmt: skip


def _plan_of(row: PlannedClass) -> Plan:
    held = in_time_order(slots_of(row))
    minutes = sum(int((one.ends_at - one.begins_at).total_seconds()) // 60 for one in held)
    return Plan(
        title=row.title,
        venue=row.venue,
        topic=row.topic,
        capacity=row.capacity,
        min_viable=row.min_viable,
        cluster=row.cluster,
        sessions=tuple(held),
        sessions_required=len(held),
        hours=max(1, round(minutes / 60)),
        trainer_id=row.trainer_id,
        lock_hours=_LOCK_HOURS,
    )


def _faults_of_class(row: PlannedClass, has_needs: bool, now: datetime) -> list[str]:
    faults: list[str] = []
    if row.class_id is not None:
        return faults
    if not row.venue:
        faults.append(f"Lớp {row.number} chưa có địa điểm.")
    if not has_needs:
        faults.append(f"Lớp {row.number} chưa có nhu cầu nào đang chờ xếp.")
    held = in_time_order(slots_of(row))
    if not held:
        faults.append(f"Lớp {row.number} chưa có buổi học.")
    elif held[0].begins_at - timedelta(hours=_LOCK_HOURS) <= now:
        faults.append(f"Lớp {row.number} học quá sớm, không còn hai ngày để mời người dự.")
    return faults


def _note(session: Session, by: Actor, plan: TrainingPlan, call: Call, verb: str, now: datetime) -> None:
    detail = {"call": call.id, "state": state_words("call", call.state)}
    record(session, by=by, verb=verb, kind="plan", object_id=plan.id, area=call.province_code, detail=detail, now=now)
