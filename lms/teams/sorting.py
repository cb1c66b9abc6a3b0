"""Sort the rows of a province's roster by commune: by exact name and kind, never by likeness."""

from collections.abc import Iterable, Sequence

from lms.teams.plan import Commune
from lms.teams.roster import Entry, Roster, Skipped


def by_commune(roster: Roster, communes: Sequence[Commune]) -> tuple[dict[str, Roster], list[Skipped]]:
    """Return the roster of each commune code, and every row that belongs to none or is not a person.

    "Văn Lang" and "Văn Lăng" are two communes; a name that is both a xã and a phường needs its kind.
    """
    homes = {said: _meant(said, communes) for said in {entry.commune for entry in roster.entries}}
    sorted_entries: dict[str, list[Entry]] = {}
    rest = list(roster.skipped)
    for entry in roster.entries:
        found = homes[entry.commune]
        if len(found) == 1:
            sorted_entries.setdefault(found[0].code, []).append(entry)
        else:
            rest.append(Skipped(entry.sheet, entry.row, entry.name, _reason(entry.commune, found)))
    parts = {code: Roster(roster.form, tuple(entries), ()) for code, entries in sorted_entries.items()}
    return parts, rest


def _meant(said: str, communes: Iterable[Commune]) -> list[Commune]:
    return [commune for commune in communes if commune.is_meant_by(said)] if said else []


def _reason(said: str, found: Sequence[Commune]) -> str:
    if not said:
        return "Chưa ghi tên xã, phường."
    if not found:
        return f"Trong tỉnh không có xã, phường nào tên đúng là “{said}”."
    names = ", ".join(commune.full_name for commune in found)
    return f"“{said}” có thể là {names}. Hãy ghi rõ xã hay phường."
