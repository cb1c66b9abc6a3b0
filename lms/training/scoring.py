"""What the score of a team is made of, read once for all teams of a queue: no query for each of them."""

from collections import Counter as Count
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from lms.learning.counters import MEMBERS, skill_measure
from lms.learning.models import Counter
from lms.library.models import FrameworkSkill
from lms.teams.models import Team
from lms.training.allotting import MOST_SKILLS, Score, Share, Weights, score
from lms.training.models import AttendanceMark, Call, CallCommune, Need, Seat, TrainingClass
from lms.training.transitions import LIVE_SEATS, USED_SEATS

_HELD = LIVE_SEATS | USED_SEATS


@dataclass(frozen=True)
class Standings:
    """What is known of teams and their communes when places are given out in one topic of a call."""

    weights: Weights
    lacks: Mapping[int, int]
    trained: frozenset[int]
    missed: frozenset[int]
    remote: frozenset[str]
    shares: Mapping[str, Share]

    def score_of(self, need: Need, commune: str) -> Score:
        """Return the points of a need, each part by itself."""
        return score(
            self.weights,
            lack=self.lacks.get(need.team_id, 0),
            never_trained=need.team_id not in self.trained,
            age=need.age,
            is_remote=commune in self.remote,
            missed_last=need.team_id in self.missed,
        )


def standings_of(session: Session, call: Call, topic: str, teams: Collection[int]) -> Standings:
    """Read what the scores of these teams are made of, as it is now."""
    communes = session.scalars(select(CallCommune).where(CallCommune.call_id == call.id)).all()
    return Standings(
        weights=Weights.from_dict(call.weights),
        lacks=weak_skills(session, teams),
        trained=_trained(session, topic, teams),
        missed=_missed_last(session, call, teams),
        remote=frozenset(row.commune_code for row in communes if row.is_remote),
        shares=_shares(session, call, topic, {row.commune_code: row.reserve for row in communes}),
    )


def weak_skills(session: Session, teams: Collection[int]) -> dict[int, int]:
    """Return in how many skills of the official lists a team is weak: fewer than half of its members have it."""
    core = set(session.scalars(select(FrameworkSkill.skill_key)))
    measures = {skill_measure(key) for key in core}
    people: dict[tuple[str, str], int] = {
        (key, measure): count
        for key, measure, count in session.execute(
            select(Counter.key, Counter.measure, Counter.people).where(
                Counter.scope == "team", Counter.key.in_([str(team) for team in teams])
            )
        )
    }
    weak = {}
    for team in teams:
        members = people.get((str(team), MEMBERS), 0)
        lacking = sum(2 * people.get((str(team), measure), 0) < members for measure in measures)
        weak[team] = min(MOST_SKILLS, lacking)
    return weak


def _trained(session: Session, topic: str, teams: Collection[int]) -> frozenset[int]:
    return frozenset(
        session.scalars(
            select(Seat.team_id)
            .where(Seat.topic == topic, Seat.state == "completed", Seat.team_id.in_(list(teams)))
            .distinct()
        )
    )


def _missed_last(session: Session, call: Call, teams: Collection[int]) -> frozenset[int]:
    """Return the teams with somebody absent without an excuse in the last call before this one that taught a class.

    A draft, or a call of which nothing came, takes nothing back.
    """
    taught = exists().where(TrainingClass.call_id == Call.id, TrainingClass.state == "finalised")
    before = (
        select(func.max(Call.id))
        .where(Call.province_code == call.province_code, Call.id < call.id, taught)
        .scalar_subquery()
    )
    excused = select(AttendanceMark.seat_id).where(AttendanceMark.mark == "excused")
    return frozenset(
        session.scalars(
            select(Seat.team_id)
            .join(TrainingClass, TrainingClass.id == Seat.class_id)
            .where(
                TrainingClass.call_id == before,
                Seat.state == "no_show",
                Seat.team_id.in_(list(teams)),
                Seat.id.not_in(excused),
            )
            .distinct()
        )
    )


def _shares(session: Session, call: Call, topic: str, reserves: Mapping[str, int]) -> dict[str, Share]:
    teams = dict(
        session.execute(
            select(Team.commune_code, func.count()).where(Team.ended_at.is_(None)).group_by(Team.commune_code)
        ).all()
    )
    got = Count(
        session.scalars(
            select(Team.commune_code)
            .join(Seat, Seat.team_id == Team.id)
            .join(TrainingClass, TrainingClass.id == Seat.class_id)
            .where(TrainingClass.call_id == call.id, Seat.topic == topic, Seat.state.in_(_HELD))
        ).all()
    )
    return {code: Share(count, got[code], reserves.get(code, 0)) for code, count in teams.items()}
