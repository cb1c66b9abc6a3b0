"""Reads of the planning board and of allotment runs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.areas.models import Area
from lms.teams.models import Team
from lms.training.allotting import Ranked, Score, explain, part_words, rank_words, same
from lms.training.models import AllotmentRun, Need, PlannedNeed, Seat, TrainingClass
from lms.training.runs import stored_run


@dataclass(frozen=True)
class RunLine:
    """One place of a run: whose, where it stands and why, and what became of it."""

    ranked: Ranked
    team: str
    commune: str
    why: tuple[str, ...]
    points: tuple[str, ...]
    state: str


@dataclass(frozen=True)
class RunView:
    """A stored run, shown to whoever inspects it; `holds` says whether running it again gives the same."""

    row: AllotmentRun
    holds: bool
    lines: tuple[RunLine, ...]


def placed_needs(session: Session, planned_class_id: int) -> Sequence[Any]:
    """Return (placed, need, team, commune) of a planned class, by commune and number."""
    return session.execute(
        select(PlannedNeed, Need, Team, Area.name.label("commune"))
        .join(Need, Need.id == PlannedNeed.need_id)
        .join(Team, Team.id == Need.team_id)
        .join(Area, Area.code == Team.commune_code)
        .where(PlannedNeed.planned_class_id == planned_class_id)
        .order_by(Area.sort_key, Need.queue_seq)
    ).all()


def run_of_class(session: Session, row: TrainingClass) -> RunView | None:
    """Return the run that gave the class its order, with a reason for every place; None where there was none."""
    stored = session.scalar(select(AllotmentRun).where(AllotmentRun.class_id == row.id).order_by(AllotmentRun.id))
    if stored is None:
        return None
    run = stored_run(stored)
    ranked = explain(run)
    teams = {
        team_id: (name, commune)
        for team_id, name, commune in session.execute(
            select(Team.id, Team.name, Area.name)
            .join(Area, Area.code == Team.commune_code)
            .where(Team.id.in_({one.claim.team_id for one in ranked}))
        )
    }
    seats = {
        seat.rank: seat
        for seat in session.scalars(select(Seat).where(Seat.class_id == row.id).order_by(Seat.id))
        if seat.need_id is not None
    }
    return RunView(stored, same(run), tuple(_line(one, teams, seats) for one in ranked))


def _line(ranked: Ranked, teams: dict[int, tuple[str, str]], seats: dict[int, Seat]) -> RunLine:
    team, commune = teams[ranked.claim.team_id]
    seat = seats.get(ranked.rank)
    points = tuple(part_words(Score.from_dict(seat.score))) if seat is not None and seat.score else ()
    return RunLine(ranked, team, commune, tuple(rank_words(ranked)), points, seat.state if seat else "")


def run_as_file(row: AllotmentRun) -> bytes:
    """Return a run as JSON: everything that went in, everything that came out, and the fingerprint of both."""
    kept = {
        "inputs": row.inputs,
        "seed": row.seed,
        "rule_version": row.rule_version,
        "order": row.order,
        "output": row.output,
        "digest": row.digest,
    }
    return json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True).encode()
