"""Reads for the officer's pages of a class and of what waits for a second person."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.people.models import Account, Person
from lms.training.models import CallCommune, ClassTrainer, Decision, Seat, TrainingClass
from lms.training.transitions import LIVE_SEATS, in_states

_SETTLED_SHOWN = 20


def open_decisions(session: Session, provinces: Collection[str], class_id: int | None = None) -> Sequence[Any]:
    """Return (decision, class, who asked) that wait for a second person, the oldest first."""
    waiting = _decisions(provinces).where(Decision.decided_at.is_(None)).order_by(Decision.id)
    return session.execute(waiting if class_id is None else waiting.where(Decision.class_id == class_id)).all()


def count_open_decisions(session: Session, provinces: Collection[str]) -> int:
    """Return how many deeds wait for a second person."""
    return session.scalars(
        select(func.count())
        .select_from(Decision)
        .join(TrainingClass, TrainingClass.id == Decision.class_id)
        .where(TrainingClass.province_code.in_(provinces), Decision.decided_at.is_(None))
    ).one()


def settled_decisions(session: Session, provinces: Collection[str]) -> Sequence[Any]:
    """Return (decision, class, who asked) decided lately, the newest first."""
    settled = _decisions(provinces).where(Decision.decided_at.is_not(None))
    return session.execute(settled.order_by(Decision.decided_at.desc()).limit(_SETTLED_SHOWN)).all()


def other_trainers_of(session: Session, class_id: int) -> Sequence[str]:
    """Return the names of those who teach beside the chief trainer."""
    return session.scalars(
        select(Person.full_name)
        .join(Account, Account.person_id == Person.id)
        .join(ClassTrainer, ClassTrainer.account_id == Account.id)
        .where(ClassTrainer.class_id == class_id)
        .order_by(Person.sort_key)
    ).all()


def names_of_accounts(session: Session, accounts: Collection[int]) -> dict[int, str]:
    """Return the names of the people behind these accounts."""
    rows = select(Account.id, Person.full_name).join(Person, Person.id == Account.person_id)
    return dict(session.execute(rows.where(Account.id.in_(accounts))).all())


def clusters_of(session: Session, call_id: int) -> Sequence[str]:
    """Return the names of the call's clusters of communes."""
    names = select(CallCommune.cluster).where(CallCommune.call_id == call_id, CallCommune.cluster != "")
    return session.scalars(names.distinct().order_by(CallCommune.cluster)).all()


def places_taken(session: Session, class_ids: Collection[int]) -> dict[int, int]:
    """Return how many places are taken, by class."""
    rows = session.execute(
        select(Seat.class_id, func.count())
        .where(Seat.class_id.in_(class_ids), in_states(Seat.state, LIVE_SEATS))
        .group_by(Seat.class_id)
    )
    return dict.fromkeys(class_ids, 0) | dict(rows.all())


def _decisions(provinces: Collection[str]) -> Any:
    return (
        select(Decision, TrainingClass, Person.full_name.label("asker"))
        .join(TrainingClass, TrainingClass.id == Decision.class_id)
        .join(Account, Account.id == Decision.asked_by_id)
        .join(Person, Person.id == Account.person_id)
        .where(TrainingClass.province_code.in_(provinces))
    )
