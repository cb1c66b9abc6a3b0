"""The dry run: what a roster would change in the teams of one commune, row by row, with reasons.

Pure: a roster and the present state in, a plan out; nothing is written. A person is never known by
name alone: the candidate is team + name + phone, and what stays unclear is left to the clerk.
Planning the same roster again after it was confirmed finds nothing new, changed or left.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

from lms.errors import Refused
from lms.teams.gate import NOTHING_CHANGED
from lms.words import name_key

NEW, CHANGED, LEFT, SAME, DOUBTFUL, SKIPPED = KINDS = ("new", "changed", "left", "same", "doubtful", "skipped")
#: S2: "đảm bảo số lượng tối thiểu mỗi Tổ CNSCĐ thôn, xóm 09 người".
EXPECTED_SIZE = 9

_OFFICE_WORDS = ("ubnd ", "ủy ban nhân dân ", "uỷ ban nhân dân ")
_PROVINCE = re.compile(r"[\s,(-]+(?:tỉnh|thành phố|tp\.?)\s.*$", re.IGNORECASE)
_KINDS_OF_COMMUNE = {"xã": "xã", "x.": "xã", "phường": "phường", "p.": "phường", "p": "phường", "đặc khu": "đặc khu"}


class WrongCommune(Refused):
    """Every row of the file belongs to another commune; nobody touches another commune's teams."""

    def __init__(self, said: str, commune: "Commune") -> None:
        super().__init__(
            f"Tệp này là danh sách của {said}, không phải của {commune.full_name}. {NOTHING_CHANGED}",
            remedy="Hãy chọn đúng tệp của đơn vị mình, hoặc sửa tên xã, phường trong tệp.",
        )


@dataclass(frozen=True, slots=True)
class Commune:
    """The commune whose roster is loaded, with the full names it had before."""

    code: str
    kind: str
    name: str
    former: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Kind and name: "xã Văn Lang"."""
        return f"{self.kind} {self.name}"

    def is_meant_by(self, said: str) -> bool:
        """Say whether a cell names this commune: exact to the diacritic, and to the kind if given."""
        if not said:
            return True
        return any(_means(said, full) for full in (self.full_name, *self.former))


@dataclass(frozen=True, slots=True)
class CurrentMember:
    """A live membership as it stands."""

    membership_id: int
    person_id: int
    name: str
    role: str
    phone: str | None
    phone_note: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CurrentTeam:
    """A live team as it stands."""

    team_id: int
    name: str
    decision: str
    members: tuple[CurrentMember, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody who is or was in a team of the commune."""

    person_id: int
    name: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class State:
    """The teams of a commune and the people known there, at the moment of planning."""

    teams: tuple[CurrentTeam, ...] = ()
    people: tuple[KnownPerson, ...] = ()

    @property
    def digest(self) -> str:
        """A fingerprint; if it differs at confirmation, somebody else changed the teams meanwhile."""
        return hashlib.sha256(repr((self.teams, self.people)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TeamLine:
    """What would happen to one team: stands up new, gets another decision, or stays."""

    kind: str
    key: str
    name: str
    team_id: int | None
    decision: str = ""
    decision_number: str | None = None
    decision_day: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What would happen for one row, or to one member whom the file does not name.

    `new_person` numbers people to be added, so that one person in two teams is added once.
    """

    kind: str
    sheet: str
    row: int | None
    team: str
    name: str
    before: str = ""
    after: str = ""
    reason: str = ""
    team_key: str = ""
    membership_id: int | None = None
    person_id: int | None = None
    new_person: int | None = None
    role: str | None = None
    role_text: str = ""
    phone: str | None = None
    phone_note: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole dry run."""

    form: str
    lines: tuple[Line, ...]
    teams: tuple[TeamLine, ...]
    notes: tuple[str, ...]
    digest: str

    @property
    def counts(self) -> dict[str, int]:
        """How many lines of each kind."""
        counts = dict.fromkeys(KINDS, 0)
        for line in self.lines:
            counts[line.kind] += 1
        return counts

    @property
    def changes_nothing(self) -> bool:
        """Whether confirming, with everybody who left, would write nothing."""
        counts = self.counts
        return not (counts[NEW] or counts[CHANGED] or counts[LEFT] or any(t.kind != SAME for t in self.teams))

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain values to be stored."""
        return {
            "form": self.form,
            "digest": self.digest,
            "notes": list(self.notes),
            "teams": [_plain(team) for team in self.teams],
            "lines": [_plain(line) for line in self.lines],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Take a stored plan up again."""
        teams = ({**team, "decision_day": _day(team.get("decision_day"))} for team in stored["teams"])
        return cls(
            form=stored["form"],
            lines=tuple(Line(**line) for line in stored["lines"]),
            teams=tuple(TeamLine(**team) for team in teams),
            notes=tuple(stored["notes"]),
            digest=stored["digest"],
        )


def team_key(name: str) -> str:
    """Return the key of a team's name: "Tổ CNSCĐ thôn 1" and "Thôn 1" are one team."""
    key = name_key(name.rstrip(" .:-"))
    for title in _TITLES:
        rest = key.removeprefix(title).strip(" -:")
        if rest != key and rest:
            return rest
    return key


_TITLES = tuple(
    name_key(title) + " "
    for title in ("Tổ công nghệ số cộng đồng", "Tổ chuyển đổi số cộng đồng", "Tổ CNSCĐ", "Tổ CNS cộng đồng")
)


def _means(said: str, full: str) -> bool:
    kind, name = _parted(full)
    said_kind, said_name = _parted(_PROVINCE.sub("", said))
    return said_name == name and said_kind in ("", kind)


def _parted(text: str) -> tuple[str, str]:
    """Split "UBND xã Văn Lang" into the keys of its kind and its name."""
    plain = " ".join(text.casefold().split())
    for office in _OFFICE_WORDS:
        plain = plain.removeprefix(office)
    for written, kind in _KINDS_OF_COMMUNE.items():
        rest = plain.removeprefix(written)
        if rest != plain and rest and (written.endswith(".") or rest.startswith(" ")):
            return kind, name_key(rest)
    return "", name_key(plain)


def _plain(line: TeamLine | Line) -> dict[str, Any]:
    """Leave out what is empty: most rows of a large roster change nothing."""
    values = ((f.name, getattr(line, f.name)) for f in fields(line))
    kept = {name: value for name, value in values if value not in (None, "")}
    required = {"kind": line.kind, "name": line.name}
    if isinstance(line, TeamLine):
        day = {"decision_day": line.decision_day.isoformat()} if line.decision_day else {}
        return {"key": line.key, "team_id": None, **kept, **required, **day}
    return {"sheet": line.sheet, "row": line.row, "team": line.team, **kept, **required}


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
