"""Reads of training for pages and papers."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.areas.models import Area
from lms.library.models import Skill
from lms.people.models import Account, AreaRole, Person
from lms.teams.models import Membership, Team
from lms.training.grouping import GROUPABLE
from lms.training.models import Call, ClassSession, ClassTrainer, Need, NeedProposal, NeedSignature, Seat, TrainingClass
from lms.training.queue import IN_ORDER
from lms.training.transitions import LIVE_NEEDS, LIVE_SEATS, OPEN_SEATS


@dataclass(frozen=True)
class Demand:
    """What the teams of a call ask for: places by commune and topic, with sums."""

    topics: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str, tuple[int, ...]], ...]

    @property
    def sums(self) -> tuple[int, ...]:
        """Return the places asked for in each topic."""
        return tuple(sum(cells[n] for _, _, cells in self.rows) for n in range(len(self.topics)))


def skill_titles(session: Session) -> dict[str, str]:
    """Return the title of every topic, in the order of the syllabus."""
    return dict(session.execute(select(Skill.key, Skill.title).order_by(Skill.position)).all())


def open_calls(session: Session, provinces: Collection[str], now: datetime) -> Sequence[Call]:
    """Return the calls in which teams of these provinces may register now."""
    return session.scalars(
        select(Call)
        .where(Call.province_code.in_(provinces), Call.state == "open", Call.opens_at <= now, Call.closes_at > now)
        .order_by(Call.closes_at, Call.id)
    ).all()


def calls_of(session: Session, provinces: Collection[str]) -> Sequence[Call]:
    """Return all calls of the provinces, the newest first."""
    return session.scalars(select(Call).where(Call.province_code.in_(provinces)).order_by(Call.id.desc())).all()


def teams_by_id(session: Session, team_ids: Collection[int]) -> dict[int, Team]:
    """Return the teams of these ids."""
    return {team.id: team for team in session.scalars(select(Team).where(Team.id.in_(team_ids)))}


def teams_of_communes(session: Session, communes: Collection[str]) -> Sequence[Team]:
    """Return the standing teams of the communes in Vietnamese order."""
    return session.scalars(
        select(Team).where(Team.commune_code.in_(communes), Team.ended_at.is_(None)).order_by(Team.sort_key, Team.id)
    ).all()


def members_of(session: Session, team_id: int) -> Sequence[Any]:
    """Return (person id, name, role) of the team's members in roster order."""
    return session.execute(
        select(Person.id, Person.full_name, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.team_id == team_id, Membership.left_at.is_(None))
        .order_by(Membership.position, Membership.id)
    ).all()


def needs_of_teams(session: Session, team_ids: Collection[int]) -> Sequence[Need]:
    """Return the needs of the teams, the newest first."""
    return session.scalars(select(Need).where(Need.team_id.in_(team_ids)).order_by(Need.id.desc())).all()


def signatures_of(session: Session, need_ids: Collection[int]) -> dict[int, list[tuple[str, str, Any]]]:
    """Return (name, role, proposal) of who signed, by need."""
    signed: dict[int, list[tuple[str, str, Any]]] = defaultdict(list)
    for need_id, name, role, proposal in session.execute(
        select(NeedSignature.need_id, Person.full_name, NeedSignature.role, NeedProposal.changes)
        .join(Person, Person.id == NeedSignature.person_id)
        .outerjoin(
            NeedProposal,
            (NeedProposal.need_id == NeedSignature.need_id)
            & (NeedProposal.person_id == NeedSignature.person_id)
            & NeedProposal.decided_at.is_(None),
        )
        .where(NeedSignature.need_id.in_(need_ids))
        .order_by(NeedSignature.signed_at)
    ):
        signed[need_id].append((name, role, proposal))
    return signed


def names_of(session: Session, people: Collection[int]) -> dict[int, str]:
    """Return the names of these people."""
    return dict(session.execute(select(Person.id, Person.full_name).where(Person.id.in_(people))).all())


def open_seats_of_person(session: Session, person_id: int | None) -> Sequence[Any]:
    """Return the person's own seats that wait for a class or for an answer."""
    return session.execute(_seat_rows().where(Seat.person_id == person_id, Seat.state.in_(OPEN_SEATS))).all()


def open_seats_of_teams(session: Session, team_ids: Collection[int]) -> Sequence[Any]:
    """Return the open seats of the teams' people."""
    return session.execute(_seat_rows().where(Seat.team_id.in_(team_ids), Seat.state.in_(OPEN_SEATS))).all()


def seats_of_team(session: Session, team_id: int) -> Sequence[Any]:
    """Return every seat of a team's people, the newest class first."""
    rows = _seat_rows().where(Seat.team_id == team_id).order_by(None)
    return session.execute(rows.order_by(Seat.class_id.desc(), *IN_ORDER)).all()


def open_seats_of_communes(session: Session, communes: Collection[str]) -> Sequence[Any]:
    """Return the open seats of the communes' people."""
    return session.execute(_seat_rows().where(Team.commune_code.in_(communes), Seat.state.in_(OPEN_SEATS))).all()


def seats_of_class(session: Session, class_id: int) -> Sequence[Any]:
    """Return every seat of the class, in the order of the queue, with person, team and commune."""
    return session.execute(_seat_rows().where(Seat.class_id == class_id)).all()


def classes_of(session: Session, provinces: Collection[str]) -> Sequence[Any]:
    """Return (class, places taken, people waiting) of the provinces, the newest first."""
    return session.execute(
        select(TrainingClass, _count(LIVE_SEATS), _count(frozenset({"waiting"})))
        .where(TrainingClass.province_code.in_(provinces))
        .order_by(TrainingClass.starts_on.desc(), TrainingClass.id.desc())
    ).all()


def filling_classes(session: Session, provinces: Collection[str]) -> Sequence[TrainingClass]:
    """Return the published classes of the provinces, the soonest first."""
    return session.scalars(
        select(TrainingClass)
        .where(TrainingClass.province_code.in_(provinces), TrainingClass.state == "published")
        .order_by(TrainingClass.starts_on, TrainingClass.id)
    ).all()


def demand_of(session: Session, call: Call) -> Demand:
    """Return the places asked for in a call, by commune and topic; dead needs do not count."""
    titles = skill_titles(session)
    asked: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for code, name, topic, places in session.execute(
        select(Area.code, Area.name, Need.topic, func.sum(Need.seats_wanted))
        .join(Team, Team.id == Need.team_id)
        .join(Area, Area.code == Team.commune_code)
        .where(Need.call_id == call.id, Need.state.in_(LIVE_NEEDS | {"met"}))
        .group_by(Area.code, Area.name, Area.sort_key, Need.topic)
        .order_by(Area.sort_key)
    ):
        asked[code, name][topic] = int(places)
    topics = tuple((key, titles[key]) for key in call.topics)
    rows = tuple((code, name, tuple(cells.get(key, 0) for key, _ in topics)) for (code, name), cells in asked.items())
    return Demand(topics, rows)


def needs_to_group(session: Session, row: TrainingClass) -> Sequence[Any]:
    """Return (need, team, commune name) that may enter the class, by their number."""
    return session.execute(
        select(Need, Team, Area.name)
        .join(Team, Team.id == Need.team_id)
        .join(Area, Area.code == Team.commune_code)
        .where(Need.call_id == row.call_id, Need.topic == row.topic, Need.state.in_(GROUPABLE))
        .order_by(Need.queue_seq)
    ).all()


def needs_of_communes(session: Session, communes: Collection[str]) -> Sequence[Any]:
    """Return (need, team, call) of the communes, the newest first."""
    return session.execute(
        select(Need, Team, Call)
        .join(Team, Team.id == Need.team_id)
        .join(Call, Call.id == Need.call_id)
        .where(Team.commune_code.in_(communes))
        .order_by(Need.id.desc())
    ).all()


def needs_of_call(session: Session, call_id: int, *, commune: str | None, most: int) -> Sequence[Any]:
    """Return (need, team, commune name) by number: the first of a call, or all of one commune there; no drafts."""
    found = (
        select(Need, Team, Area.name)
        .join(Team, Team.id == Need.team_id)
        .join(Area, Area.code == Team.commune_code)
        .where(Need.call_id == call_id, Need.queue_seq.is_not(None))
        .order_by(Need.queue_seq)
    )
    return session.execute(found.where(Team.commune_code == commune) if commune else found.limit(most)).all()


def sessions_of(session: Session, class_ids: Collection[int]) -> dict[int, list[ClassSession]]:
    """Return the half-days of the classes, in order."""
    held: dict[int, list[ClassSession]] = defaultdict(list)
    for row in session.scalars(
        select(ClassSession).where(ClassSession.class_id.in_(class_ids)).order_by(ClassSession.number)
    ):
        held[row.class_id].append(row)
    return held


def trainers_of(session: Session, province_code: str) -> Sequence[Any]:
    """Return (account id, name) of those who may teach in the province."""
    return session.execute(
        select(Account.id, Person.full_name)
        .join(Person, Person.id == Account.person_id)
        .join(AreaRole, AreaRole.account_id == Account.id)
        .where(AreaRole.role == "trainer", AreaRole.area_code == province_code, AreaRole.ended_at.is_(None))
        .order_by(Person.sort_key)
    ).all()


def classes_to_teach(session: Session, account_id: int | None, provinces: Collection[str]) -> Sequence[TrainingClass]:
    """Return the classes whose attendance this person takes, the newest first."""
    beside = select(ClassTrainer.class_id).where(ClassTrainer.account_id == account_id)
    return session.scalars(
        select(TrainingClass)
        .where(
            (TrainingClass.trainer_id == account_id)
            | TrainingClass.id.in_(beside)
            | TrainingClass.province_code.in_(provinces),
            TrainingClass.state.not_in(("planned", "postponed", "merged", "cancelled")),
        )
        .order_by(TrainingClass.starts_on.desc(), TrainingClass.id.desc())
    ).all()


def _seat_rows() -> Any:
    return (
        select(Seat, TrainingClass, Person, Team, Area.name.label("commune"), Membership.role.label("role"))
        .join(TrainingClass, TrainingClass.id == Seat.class_id)
        .join(Person, Person.id == Seat.person_id)
        .join(Team, Team.id == Seat.team_id)
        .join(Area, Area.code == Team.commune_code)
        .outerjoin(
            Membership,
            (Membership.team_id == Seat.team_id)
            & (Membership.person_id == Seat.person_id)
            & Membership.left_at.is_(None),
        )
        .order_by(Seat.class_id, *IN_ORDER)
    )


def _count(states: frozenset[str]) -> Any:
    return (
        select(func.count())
        .where(Seat.class_id == TrainingClass.id, Seat.state.in_(states))
        .correlate(TrainingClass)
        .scalar_subquery()
    )
