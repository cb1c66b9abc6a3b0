"""Allotment runs: the ranks of a class's queue, given once when it is published, and stored to be run again."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import Actor
from lms.teams.models import Team
from lms.training.allotting import Claim, Run, Score, run
from lms.training.halls import Hall, move_seat
from lms.training.models import AllotmentRun, Call, Need, Seat
from lms.training.scoring import Standings, standings_of
from lms.training.transitions import LIVE_SEATS, USED_SEATS


def rank_queue(session: Session, hall: Hall, *, by: Actor, now: datetime) -> AllotmentRun | None:
    """Give everybody who waits in the locked class their rank, and store how it came about.

    A class outside a call, or without anybody waiting for a need, keeps the order it has.
    """
    waiting = session.scalars(
        select(Seat)
        .where(Seat.class_id == hall.row.id, Seat.state == "waiting", Seat.need_id.is_not(None))
        .order_by(Seat.seq)
    ).all()
    if hall.row.call_id is None or not waiting:
        return None
    call = session.get_one(Call, hall.row.call_id)
    needs = {need.id: need for need in session.scalars(select(Need).where(Need.id.in_({s.need_id for s in waiting})))}
    communes = _communes_of(session, needs.values())
    standings = standings_of(session, call, hall.row.topic, list(communes))
    scores = {need.id: standings.score_of(need, communes[need.team_id]) for need in needs.values()}
    claims = _claims(session, call, waiting, needs, communes, scores)
    done = run(
        [claim for _, claim in claims],
        {code: standings.shares[code] for code in sorted(set(communes.values())) if code in standings.shares},
        seed=call.seed,
        order=cast(Literal["fair", "first_come"], call.order),
        about=_about(hall, standings, scores),
    )
    _give_ranks(session, hall, claims, done, scores, by=by, now=now)
    stored = AllotmentRun(
        class_id=hall.row.id,
        made_at=now,
        made_by_id=by.account_id,
        rule_version=done.rule_version,
        order=done.order,
        seed=done.seed,
        inputs=done.inputs,
        output=done.output,
        digest=done.digest,
    )
    session.add(stored)
    session.flush()
    return stored


def stored_run(row: AllotmentRun) -> Run:
    """Return a stored run as the rule knows it, to be run again and compared."""
    order = cast(Literal["fair", "first_come"], row.order)
    return Run(row.inputs, row.seed, row.rule_version, order, row.output, row.digest)


def _claims(
    session: Session,
    call: Call,
    waiting: Sequence[Seat],
    needs: dict[int, Need],
    communes: dict[int, str],
    scores: dict[int, Score],
) -> list[tuple[Seat, Claim]]:
    """Return a claim for each seat; places that the need has elsewhere come before those it asks for here.

    A need that lost a place goes first with one of them, not with all.
    """
    placed = Counter(_places_elsewhere(session, list(needs)))
    go_first = {need.id for need in needs.values() if need.displaced_at is not None}
    claims = []
    for seat in waiting:
        need = needs[cast(int, seat.need_id)]
        placed[need.id] += 1
        claim = Claim(
            need_id=need.id,
            place=placed[need.id],
            team_id=need.team_id,
            commune=communes[need.team_id],
            score=scores[need.id].total,
            seq=need.queue_seq or 0,
            in_window=_in_window(call, need),
            goes_first=need.id in go_first,
        )
        go_first.discard(need.id)
        claims.append((seat, claim))
    return claims


def _in_window(call: Call, need: Need) -> bool:
    return call.fair_until is None or (need.submitted_at is not None and need.submitted_at < call.fair_until)


def _places_elsewhere(session: Session, need_ids: list[int]) -> list[int]:
    """Return the need of each place held elsewhere."""
    held = Seat.state.in_(LIVE_SEATS | USED_SEATS)
    found = session.scalars(select(Seat.need_id).where(Seat.need_id.in_(need_ids), held))
    return [need_id for need_id in found if need_id is not None]


def _give_ranks(
    session: Session,
    hall: Hall,
    claims: list[tuple[Seat, Claim]],
    done: Run,
    scores: dict[int, Score],
    *,
    by: Actor,
    now: datetime,
) -> None:
    seats = {(claim.need_id, claim.place): seat for seat, claim in claims}
    for rank, (need_id, place) in enumerate(done.output, 1):
        seat = seats[need_id, place]
        snapshot = {"order": [rank, seat.place], "digest": done.digest}
        move_seat(
            session,
            hall,
            seat,
            "waiting",
            by=by,
            now=now,
            reason="xếp thứ tự",
            snapshot=snapshot,
            rank=rank,
            score=scores[need_id].as_dict(),
        )


def _about(hall: Hall, standings: Standings, scores: dict[int, Score]) -> dict[str, Any]:
    """Return what an inspector may want to know beside the inputs, and what each score is made of; decides nothing."""
    return {"class": hall.row.id, "topic": hall.row.topic, "capacity": hall.row.capacity,
            "weights": standings.weights.as_dict(),
            "scores": {str(need_id): scored.as_dict() for need_id, scored in scores.items()}}  # fmt: skip


def _communes_of(session: Session, needs: Any) -> dict[int, str]:
    return dict(
        session.execute(select(Team.id, Team.commune_code).where(Team.id.in_({need.team_id for need in needs}))).all()
    )
