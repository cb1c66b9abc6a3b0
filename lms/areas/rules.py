"""Load the official areas, and find them by code or by what people type."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib import resources

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from lms.areas.models import Area, AreaName
from lms.errors import NotFound
from lms.words import fold, name_key, nfc, place_sort_key


@dataclass(frozen=True)
class AreaRow:
    """One line of the data file: what an area was called from one day to another."""

    code: str
    parent_code: str | None
    kind: str
    name: str
    valid_from: date
    valid_to: date | None
    source: str


def read_official_areas() -> list[AreaRow]:
    """Read the project's own effective-dated list (QĐ 19/2025/QĐ-TTg and its changes)."""
    file = resources.files("lms.areas") / "data" / "areas.csv"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [_row(fields) for fields in csv.DictReader(lines)]


def load_areas(session: Session, rows: list[AreaRow]) -> int:
    """Make the areas table say what the rows say; return how many areas are in force.

    Running it again changes nothing. A code that is no longer in the rows stays, since teams and
    certificates may point at it.
    """
    current = {row.code: row for row in sorted(rows, key=lambda r: r.valid_from)}
    known = set(session.scalars(select(Area.code)))
    ordered = sorted(current.values(), key=lambda r: len(r.code))
    fresh = [_values(row) for row in ordered if row.code not in known]
    if fresh:
        session.execute(insert(Area), fresh)
    changed = [_values(row) for row in ordered if row.code in known]
    if changed:
        session.execute(update(Area), changed)
    session.execute(delete(AreaName).where(AreaName.area_code.in_(current)))
    session.execute(insert(AreaName), [_name_values(row) for row in rows])
    return sum(row.valid_to is None for row in current.values())


def find_area(session: Session, code: str) -> Area:
    """Return the area under its code.

    Raises:
        NotFound: no area has this code.
    """
    area = session.get(Area, code)
    if area is None:
        raise NotFound(f"area {code}")
    return area


def search_areas(session: Session, typed: str, *, limit: int = 20) -> list[Area]:
    """Find areas by what people type, with or without accents; exact spelling first.

    Good for people, wrong for matching by machine: "Văn Lang" and "Văn Lăng" are two communes.
    """
    wanted = nfc(typed)
    if not wanted:
        return []
    pattern = fold(wanted).replace("%", "").replace("_", "")
    found = session.scalars(
        select(Area)
        .where(Area.fold.contains(pattern), Area.ended_on.is_(None))
        .order_by(Area.sort_key, Area.code)
        .limit(limit * 5)
    ).all()
    exact = name_key(wanted)
    return sorted(found, key=lambda a: (exact not in a.name_key, not a.fold.endswith(pattern)))[:limit]


def name_on(session: Session, code: str, day: date) -> str:
    """Return kind and name of an area as of a day, as its papers of that day show it.

    Raises:
        NotFound: the area did not exist that day.
    """
    row = session.scalar(
        select(AreaName)
        .where(AreaName.area_code == code, AreaName.valid_from <= day)
        .order_by(AreaName.valid_from.desc())
        .limit(1)
    )
    if row is None or (row.valid_to is not None and row.valid_to <= day):
        raise NotFound(f"area {code} on {day}")
    return f"{row.kind} {row.name}"


def communes_of(session: Session, province_code: str) -> Iterator[Area]:
    """Give the province's communes in Vietnamese order."""
    yield from session.scalars(
        select(Area).where(Area.parent_code == province_code, Area.ended_on.is_(None)).order_by(Area.sort_key)
    )


def _row(fields: dict[str, str]) -> AreaRow:
    return AreaRow(
        code=fields["code"],
        parent_code=fields["parent_code"] or None,
        kind=nfc(fields["kind"]),
        name=nfc(fields["name"]),
        valid_from=date.fromisoformat(fields["valid_from"]),
        valid_to=date.fromisoformat(fields["valid_to"]) if fields["valid_to"] else None,
        source=fields["source"],
    )


def _values(row: AreaRow) -> dict[str, object]:
    full = f"{row.kind} {row.name}"
    return {
        "code": row.code,
        "parent_code": row.parent_code,
        "kind": row.kind,
        "name": row.name,
        "name_key": name_key(full),
        "fold": fold(full),
        "sort_key": place_sort_key(row.name),
        "ended_on": row.valid_to,
    }


def _name_values(row: AreaRow) -> dict[str, object]:
    return {
        "area_code": row.code,
        "kind": row.kind,
        "name": row.name,
        "parent_code": row.parent_code,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "source": row.source,
    }
