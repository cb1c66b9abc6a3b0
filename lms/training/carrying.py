"""Carrying: what found no place in one round stands first in the next, a round older."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from lms.access import SYSTEM
from lms.teams.models import Membership, Team
from lms.training.models import Call, Need, Seat, TrainingEvent
from lms.training.notices import tell_team
from lms.training.transitions import LIVE_NEEDS, USED_SEATS, move, write_event

_STANDING = LIVE_NEEDS | {"draft"}


def carry_needs(session: Session, call: Call, *, now: datetime) -> int:
    """Take the needs left over from earlier rounds of the province into an open, locked round.

    They get the next numbers, which are the first where the round opens just now, in their old order:
    who has waited longest first, then by the old number. A team that has already registered the topic
    anew keeps that need and its number, and the age goes over to it. Returns how many were carried.
    """
    left_over = _left_over(session, call)
    never_confirmed = _never_confirmed(session, [old.id for old in left_over]) if call.needs_confirmation else set()
    for old in left_over:
        standing = _standing_need(session, call, old)
        if standing is None:
            state = "submitted" if old.id in never_confirmed else "confirmed"
            need = _carry(session, call, old, state, now)
            text = f"Nhu cầu tập huấn chưa có chỗ của tổ được chuyển sang đợt “{call.title}”, số {need.queue_seq}."
            tell_team(session, need, template="need-carried", text=text, but=None, now=now)
        elif standing.carried_from_id is None:
            snapshot = {"seq": standing.queue_seq, "carried_from": old.id, "age": old.age + 1}
            move(session, standing, standing.state, by=SYSTEM, now=now, reason="tính thời gian chờ của đợt trước",
                 snapshot=snapshot, carried_from_id=old.id, age=old.age + 1,
                 displaced_at=standing.displaced_at or old.displaced_at)  # fmt: skip
    return len(left_over)


def wanted_still(session: Session, need: Need) -> tuple[int, list[int]]:
    """Return how many places the need still lacks, and who of those named has had none."""
    used = session.scalars(select(Seat.person_id).where(Seat.need_id == need.id, Seat.state.in_(USED_SEATS))).all()
    return need.seats_wanted - len(used), [person for person in need.nominee_ids if person not in used]


def _left_over(session: Session, call: Call) -> Sequence[Need]:
    earlier, successor = aliased(Call), aliased(Need)
    return session.scalars(
        select(Need)
        .join(earlier, earlier.id == Need.call_id)
        .join(Team, Team.id == Need.team_id)
        .where(
            earlier.province_code == call.province_code,
            Need.state == "unmet_carried",
            Need.topic.in_(call.topics),
            Need.call_id != call.id,
            Team.ended_at.is_(None),
            ~exists().where(successor.carried_from_id == Need.id),
        )
        .order_by(Need.age.desc(), Need.call_id, Need.queue_seq)
        .execution_options(populate_existing=True)
    ).all()


def _never_confirmed(session: Session, need_ids: list[int]) -> set[int]:
    """Return those the commune had not confirmed: in a round that asks for it, it still may."""
    return set(
        session.scalars(
            select(TrainingEvent.entity_id).where(
                TrainingEvent.entity == "need",
                TrainingEvent.entity_id.in_(need_ids),
                TrainingEvent.from_state == "submitted",
                TrainingEvent.to_state == "unmet_carried",
            )
        )
    )


def _standing_need(session: Session, call: Call, old: Need) -> Need | None:
    return session.scalar(
        select(Need)
        .where(
            Need.call_id == call.id,
            Need.team_id == old.team_id,
            Need.topic == old.topic,
            Need.state.in_(_STANDING),
        )
        .execution_options(populate_existing=True)
    )


def _carry(session: Session, call: Call, old: Need, state: str, now: datetime) -> Need:
    lacking, nominees = wanted_still(session, old)
    allowed = set(
        session.scalars(
            select(Membership.person_id).where(
                Membership.team_id == old.team_id,
                Membership.left_at.is_(None),
                Membership.role.in_(call.who_may_go),
            )
        )
    )
    seats = max(1, min(lacking, call.seats_per_team))
    call.need_seq += 1
    values: dict[str, Any] = {
        "seats_wanted": seats,
        "nominee_ids": [person for person in nominees if person in allowed][:seats],
        "role_wanted": old.role_wanted if old.role_wanted in call.who_may_go else "any",
        "half_days": old.half_days,
        "mode": old.mode,
        "availability": old.availability,
        "note": old.note,
        "age": old.age + 1,
    }
    need = Need(
        call_id=call.id,
        team_id=old.team_id,
        topic=old.topic,
        state=state,
        queue_seq=call.need_seq,
        submitted_at=now,
        submitted_by_id=old.submitted_by_id,
        carried_from_id=old.id,
        displaced_at=old.displaced_at,
        **values,
    )
    session.add(need)
    session.flush()
    snapshot = {"seq": need.queue_seq, "carried_from": old.id} | values
    write_event(session, need, None, by=SYSTEM, now=now, reason="chuyển từ đợt trước", snapshot=snapshot)
    return need
