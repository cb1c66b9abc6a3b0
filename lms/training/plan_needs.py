"""The needs behind a plan: which wait for a class, which the plan leaves out and why, and which came after it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from lms.areas.models import Area
from lms.teams.models import Team
from lms.training.grouping import GROUPABLE
from lms.training.models import Call, Need, PlannedNeed, Seat, TrainingPlan
from lms.training.proposing import Wanted
from lms.training.transitions import USED_SEATS, in_states

_WAITS_FOR_A_CLASS = in_states(Need.state, GROUPABLE)


def places_lacking(*but: ColumnElement[bool]) -> ColumnElement[int]:
    """Say in SQL how many places a need still lacks; `but` narrows the seats that count as had."""
    had = select(func.count()).where(Seat.need_id == Need.id, in_states(Seat.state, USED_SEATS), *but)
    lacking: ColumnElement[int] = Need.seats_wanted - had.scalar_subquery()
    return lacking


def wanted_of(session: Session, call: Call) -> list[Wanted]:
    """Return the needs that wait for a class, with the places they still lack."""
    rows = session.execute(
        select(Need.id, Need.team_id, Team.commune_code, Need.topic, places_lacking(), Need.half_days)
        .join(Team, Team.id == Need.team_id)
        .where(Need.call_id == call.id, _WAITS_FOR_A_CLASS)
    )
    return [
        Wanted(need_id, team_id, commune, topic, places, frozenset(half_days))
        for need_id, team_id, commune, topic, places, half_days in rows
    ]


def late_needs(session: Session, plan: TrainingPlan) -> Sequence[int]:
    """Return the numbers of the needs that wait for a class and came after the plan was made."""
    late = _left_out(plan, Need.queue_seq).where(PlannedNeed.need_id.is_(None))
    return [number for number in session.scalars(late.order_by(Need.queue_seq)) if number is not None]


def take_in(session: Session, plan: TrainingPlan, need_id: int) -> PlannedNeed | None:
    """Enter a need that came after the plan was made; None if it does not wait for a class of this call."""
    late = select(Need.id).where(Need.id == need_id, Need.call_id == plan.call_id, _WAITS_FOR_A_CLASS)
    if session.scalar(late) is None:
        return None
    placed = PlannedNeed(plan_id=plan.id, need_id=need_id)
    session.add(placed)
    return placed


def needs_left_out(session: Session, plan: TrainingPlan) -> Sequence[Any]:
    """Return (placed, need, team, commune) of those that wait and are in no class; late ones are not `placed` yet."""
    return session.execute(
        _left_out(plan, PlannedNeed, Need, Team, Area.name.label("commune"))
        .join(Team, Team.id == Need.team_id)
        .join(Area, Area.code == Team.commune_code)
        .order_by(Area.sort_key, Need.queue_seq)
    ).all()


def count_left_out(session: Session, plan: TrainingPlan) -> int:
    """Return how many needs wait and are in no class of the plan."""
    found: int = session.scalars(_left_out(plan, func.count())).one()
    return found


def reasons_left_out(session: Session, call_id: int) -> dict[int, str]:
    """Return why the last published plan of the call left needs out that still wait for a class."""
    last = select(func.max(TrainingPlan.id)).where(
        TrainingPlan.call_id == call_id,
        or_(TrainingPlan.publishing_at.is_not(None), TrainingPlan.published_at.is_not(None)),
    )
    return dict(
        session.execute(
            select(Need.id, PlannedNeed.left_out_because)
            .join(PlannedNeed, PlannedNeed.need_id == Need.id)
            .where(
                PlannedNeed.plan_id == last.scalar_subquery(),
                PlannedNeed.planned_class_id.is_(None),
                _WAITS_FOR_A_CLASS,
            )
        ).all()
    )


def _left_out(plan: TrainingPlan, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Need)
        .outerjoin(PlannedNeed, (PlannedNeed.need_id == Need.id) & (PlannedNeed.plan_id == plan.id))
        .where(Need.call_id == plan.call_id, _WAITS_FOR_A_CLASS, PlannedNeed.planned_class_id.is_(None))
    )
