"""Reads about needs for pages: what they ask for, who signed, what is proposed, who may run a team."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.clock import vn_date
from lms.people.models import Person
from lms.teams.models import Membership, Team
from lms.training import queries
from lms.training.models import Call, Delegation, Need, NeedProposal, TrainingClass
from lms.training.need_words import change_words, half_days_words
from lms.training.wording import MODE_WORDS, ROLE_WANTED_WORDS


def wishes_shown(session: Session, needs: Sequence[Need]) -> dict[str, Any]:
    """Return what a page needs to say what these needs ask for: signatures, names and wording."""
    signed = queries.signatures_of(session, [need.id for need in needs])
    proposed = [changes for lines in signed.values() for _, _, changes in lines if changes]
    people = {person for need in needs for person in need.nominee_ids}
    people |= {person for changes in proposed for person in changes.get("nominee_ids", [])}
    names = queries.names_of(session, people)
    return {
        "signed": signed,
        "names": names,
        "change_words": lambda changes: change_words(changes, names),
        "half_days": half_days_words,
        "modes": MODE_WORDS,
        "wanted_roles": ROLE_WANTED_WORDS,
    }


def proposals_of(session: Session, need_id: int) -> Sequence[Any]:
    """Return (proposal, name) of what waits for an answer, the oldest first."""
    return session.execute(
        select(NeedProposal, Person.full_name)
        .join(Person, Person.id == NeedProposal.person_id)
        .where(NeedProposal.need_id == need_id, NeedProposal.decided_at.is_(None))
        .order_by(NeedProposal.id)
    ).all()


def needs_to_confirm(session: Session, communes: Collection[str]) -> Sequence[Any]:
    """Return (need, team, call) that wait for the commune's word, by call and number."""
    return session.execute(
        select(Need, Team, Call)
        .join(Team, Team.id == Need.team_id)
        .join(Call, Call.id == Need.call_id)
        .where(
            Team.commune_code.in_(communes),
            Team.ended_at.is_(None),
            Need.state == "submitted",
            Call.state.in_(("open", "closed", "planned")),
        )
        .order_by(Need.call_id, Need.queue_seq)
    ).all()


def deputies_of(session: Session, team_id: int) -> Sequence[Any]:
    """Return (person id, name) of the team's deputies."""
    return session.execute(
        select(Person.id, Person.full_name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.team_id == team_id, Membership.role == "deputy", Membership.left_at.is_(None))
        .order_by(Membership.position, Membership.id)
    ).all()


def delegations_of(session: Session, team_id: int, now: datetime) -> Sequence[Any]:
    """Return (delegation, name) that hold today."""
    return session.execute(
        select(Delegation, Person.full_name)
        .join(Person, Person.id == Delegation.person_id)
        .where(Delegation.team_id == team_id, Delegation.ended_at.is_(None), Delegation.until >= vn_date(now))
        .order_by(Delegation.id)
    ).all()


def places_planned(session: Session, call_id: int) -> dict[str, int]:
    """Return by topic how many places the call's classes have, those cancelled or merged left out."""
    return dict(
        session.execute(
            select(TrainingClass.topic, func.sum(TrainingClass.capacity))
            .where(TrainingClass.call_id == call_id, TrainingClass.state.not_in(("cancelled", "merged")))
            .group_by(TrainingClass.topic)
        ).all()
    )
