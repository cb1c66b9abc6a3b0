"""Carry out a plan: a handful of bulk statements, however many people the roster holds."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms.people.models import Person
from lms.people.rules import open_accounts, person_values
from lms.teams.models import Membership, Team
from lms.teams.plan import CHANGED, NEW, SAME, Line, Plan, TeamLine, team_key
from lms.teams.roster import LEADER
from lms.words import fold, name_key, place_sort_key, sort_key

_CHUNK = 5_000


def carry_out(
    session: Session, plan: Plan, *, commune_code: str, import_id: int | None, leaving: Iterable[int], now: datetime
) -> list[int]:
    """Write a plan into the tables; return the ids of the teams it touched.

    Nobody is deleted: who leaves gets a last day. Leaders step down before others step up, since
    a team has at most one at every moment.
    """
    team_ids = _stand_up_teams(session, plan.teams, commune_code, now)
    people = _add_people(session, plan.lines, now)
    changed = [line for line in plan.lines if line.kind == CHANGED]
    _correct_people(session, changed)
    end_memberships(session, leaving, now)
    _change_memberships(session, changed, import_id)
    _join(session, [line for line in plan.lines if line.kind == NEW], team_ids, people, import_id, now)
    return list(team_ids.values())


def end_memberships(session: Session, membership_ids: Iterable[int], now: datetime) -> None:
    """Give live memberships their last day."""
    ids = iter(sorted(membership_ids))
    while chunk := list(islice(ids, _CHUNK)):
        session.execute(
            update(Membership)
            .where(Membership.id.in_(chunk), Membership.left_at.is_(None))
            .values(left_at=now)
            .execution_options(synchronize_session=False)
        )


def team_values(name: str, commune_code: str, now: datetime) -> dict[str, Any]:
    """Return the columns of a new team."""
    return {
        "commune_code": commune_code,
        "name": name,
        "name_key": team_key(name),
        "fold": fold(name),
        "sort_key": place_sort_key(name),
        "created_at": now,
    }


def _stand_up_teams(session: Session, lines: Sequence[TeamLine], commune_code: str, now: datetime) -> dict[str, int]:
    known = {line.key: line.team_id for line in lines if line.team_id is not None}
    fresh = [line for line in lines if line.kind == NEW]
    if fresh:
        rows = [{**team_values(line.name, commune_code, now), **_decision(line)} for line in fresh]
        ids = session.scalars(insert(Team).returning(Team.id, sort_by_parameter_order=True), rows)
        known |= dict(zip((line.key for line in fresh), ids, strict=True))
    changed = [{"id": line.team_id, **_decision(line)} for line in lines if line.kind not in (NEW, SAME)]
    if changed:
        session.execute(update(Team), changed)
    return known


def _decision(line: TeamLine) -> dict[str, Any]:
    number = line.decision_number[:60] if line.decision_number else None
    return {"decision": line.decision, "decision_number": number, "decision_date": line.decision_day}


def _add_people(session: Session, lines: Sequence[Line], now: datetime) -> dict[int, int]:
    """Add each new person once, however many teams they join, with an account; return their ids."""
    first: dict[int, Line] = {}
    for line in lines:
        if line.kind == NEW and line.new_person is not None:
            first.setdefault(line.new_person, line)
    if not first:
        return {}
    rows = [person_values(line.name, line.phone, line.phone_note, now) for line in first.values()]
    ids = session.scalars(insert(Person).returning(Person.id, sort_by_parameter_order=True), rows).all()
    open_accounts(session, ids, now=now)
    return dict(zip(first, ids, strict=True))


def _correct_people(session: Session, changed: Sequence[Line]) -> None:
    """Bring names and numbers up to date; a blank or masked cell takes nothing away."""
    lines = {line.person_id: line for line in changed if line.person_id is not None}
    present: dict[int, tuple[str, str | None, str]] = {}
    ids = iter(sorted(lines))
    while chunk := list(islice(ids, _CHUNK)):
        found = session.execute(
            select(Person.id, Person.full_name, Person.phone, Person.phone_note).where(Person.id.in_(chunk))
        )
        present |= {row[0]: (row[1], row[2], row[3]) for row in found}
    rows = []
    for person_id, (name, phone, phone_note) in present.items():
        line = lines[person_id]
        renamed = name_key(line.name) != name_key(name)
        shown = line.name if renamed else name
        note = line.phone_note or ("" if line.phone and line.phone != phone else phone_note)
        rows.append(
            {"id": person_id, "full_name": shown, "name_key": name_key(shown), "fold": fold(shown),
             "sort_key": sort_key(shown), "phone": line.phone or phone, "phone_note": note}
        )  # fmt: skip
    if rows:
        session.execute(update(Person), rows)


def _change_memberships(session: Session, changed: Sequence[Line], import_id: int | None) -> None:
    for leads in (False, True):
        rows = [
            {"id": line.membership_id, "role": line.role, "note": line.note, "import_id": import_id,
             **({"role_text": line.role_text} if line.role_text else {})}
            for line in changed
            if (line.role == LEADER) is leads
        ]  # fmt: skip
        for has_text in (True, False):
            if batch := [row for row in rows if ("role_text" in row) is has_text]:
                session.execute(update(Membership), batch)


def _join(
    session: Session,
    lines: Sequence[Line],
    team_ids: dict[str, int],
    people: dict[int, int],
    import_id: int | None,
    now: datetime,
) -> None:
    rows = [
        {
            "team_id": team_ids[line.team_key],
            "person_id": line.person_id if line.person_id is not None else people[line.new_person or 0],
            "role": line.role,
            "role_text": line.role_text,
            "position": line.row or 0,
            "note": line.note,
            "joined_at": now,
            "import_id": import_id,
        }
        for line in lines
    ]
    if rows:
        session.execute(insert(Membership), rows)
