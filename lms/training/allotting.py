"""Allotting: in what order the places that teams ask for are given out, fairly among communes.

The rule in one breath: again and again the next place goes to the commune that has got the fewest
places for its number of teams, and there to the team with the highest score; no team gets a second
place before every team has got its first.

A commune's ratio only grows along its own line. So nobody has to be called up place by place: number
the claims inside each commune, and one sort of all claims gives the same order. The tests compare
the two.

The order knows no capacity. The first so many have a place, the others wait as they stand, and
whoever frees a place frees it for the next. Nothing here reads a clock, a database or chance: the
same inputs give the same order on every machine, and a stored run can be proved.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from math import lcm
from operator import itemgetter
from typing import Any, Literal, NamedTuple

RULE_VERSION = "2026-11"
MOST_SKILLS = 6
Order = Literal["fair", "first_come"]


@dataclass(frozen=True)
class Weights:
    """How many points each reason gives. Whole numbers, published before the call opens."""

    lack: int = 4
    never: int = 6
    age: int = 3
    remote: int = 2
    no_show: int = -3

    def as_dict(self) -> dict[str, int]:
        """Return the weights as they are stored."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Weights:
        """Read stored weights; what is not said has its usual weight.

        Raises:
            ValueError: a weight that is not known, or not a whole number.
        """
        if unknown := stored.keys() - cls().as_dict().keys():
            raise ValueError(f"unknown weights: {sorted(unknown)}")
        if odd := [name for name, weight in stored.items() if type(weight) is not int]:
            raise ValueError(f"weights that are not whole numbers: {sorted(odd)}")
        return cls(**stored)


@dataclass(frozen=True)
class Part:
    """One reason for points: how many times it holds, and what it weighs."""

    name: str
    count: int
    weight: int

    @property
    def points(self) -> int:
        """Return what the reason adds to the score."""
        return self.count * self.weight


@dataclass(frozen=True)
class Score:
    """How much a team needs the training, in points whose every part can be shown."""

    parts: tuple[Part, ...]

    @property
    def points(self) -> dict[str, int]:
        """Return the points by the name of their reason."""
        return {part.name: part.points for part in self.parts}

    @property
    def total(self) -> int:
        """Return the points of all reasons together."""
        return sum(part.points for part in self.parts)

    def as_dict(self) -> dict[str, Any]:
        """Return the score as it is stored with the need: the total, and count and weight of each part."""
        return {"total": self.total, "parts": {part.name: [part.count, part.weight] for part in self.parts}}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Score:
        """Read a stored score."""
        # A database may give the parts back in another order.
        names = sorted(stored["parts"], key=list(_PART_WORDS).index)
        return cls(tuple(Part(name, *stored["parts"][name]) for name in names))


def score(weights: Weights, *, lack: int, never_trained: bool, age: int, is_remote: bool, missed_last: bool) -> Score:
    """Count a team's points.

    `lack` is how many of the six core skills the team is weak in, `age` how many calls it has waited.

    Raises:
        ValueError: a lack that is not 0 to 6, or an age below 0.
    """
    if not 0 <= lack <= MOST_SKILLS or age < 0:
        raise ValueError(f"lack {lack}, age {age}")
    counts = {"lack": lack, "never": never_trained, "age": age, "remote": is_remote, "no_show": missed_last}
    return Score(tuple(Part(name, int(count), getattr(weights, name)) for name, count in counts.items()))


def part_words(scored: Score) -> list[str]:
    """Say in Vietnamese where the points come from, one sentence a reason that holds."""
    return [f"{_PART_WORDS[part.name].format(part.count)}: {_sum_words(part)}" for part in scored.parts if part.count]


@dataclass(frozen=True, slots=True)
class Claim:
    """One place asked for by a team: its first (`place` 1), its second …

    `seq` is the need's number in the call. Claims sent `in_window` are equal in time, since a bad
    signal must not lose. A claim `goes_first` when its place in a class of the topic was taken away.
    """

    need_id: int
    place: int
    team_id: int
    commune: str
    score: int
    seq: int
    in_window: bool
    goes_first: bool


@dataclass(frozen=True)
class Share:
    """A commune's teams, what they have already got in this call and topic, and its reserved minimum."""

    teams: int
    got: int = 0
    reserve: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """Where a claim stands, and why.

    `tier` is "goes_first", "reserve", "round" (the claim's `place` is the number of the round) or
    "queue". `got` and `teams` are its commune's ratio at that moment. `behind_by` is what set it
    behind the one before: "tier", "ratio", "score", "time", "place" or "lot"; empty for the first.
    """

    claim: Claim
    rank: int
    tier: str
    got: int
    teams: int
    behind_by: str


def allot(claims: Sequence[Claim], shares: Mapping[str, Share], *, seed: str, order: Order = "fair") -> list[Ranked]:
    """Put every claim in its order, the first to be served first; the order of the input does not matter.

    "fair", in this order:
    those whose place was taken away; then the reserve: first places of each commune, until it has its
    minimum (what a commune does not use returns to all); then the first places of all teams; then the
    second places; and so on. Within each, the commune with the lowest ratio of places to teams comes
    next; of equal ones, that whose first in line has more points, then the earlier number of those
    sent after the window, then the lot, which the published seed draws.

    "first_come": those whose place was taken away, then by number and place.

    A commune without teams on record counts as having one.

    Raises:
        ValueError: an order that is not known, or one place asked for twice.
    """
    if order not in ("fair", "first_come"):
        raise ValueError(f"unknown order: {order}")
    if len({(claim.need_id, claim.place) for claim in claims}) < len(claims):
        raise ValueError("one place is asked for twice")
    keyed = _fair(claims, shares, seed) if order == "fair" else _first_come(claims, seed)
    return _ranked(sorted(keyed, key=itemgetter(0)), shares)


def rank_words(ranked: Ranked) -> list[str]:
    """Say in Vietnamese why a claim stands where it stands."""
    words = [_TIER_WORDS[ranked.tier].format(ranked.claim.place)]
    if ranked.tier != "queue":
        words.append(f"Lúc xếp, xã đã có {ranked.got} chỗ cho {ranked.teams} tổ.")
    return [*words, _BEHIND_WORDS[ranked.behind_by]]


@dataclass(frozen=True)
class Run:
    """An allotment as it is stored: what went in, what came out, and the digest of both."""

    inputs: dict[str, Any]
    seed: str
    rule_version: str
    order: Order
    output: list[list[int]]
    digest: str


def run(
    claims: Sequence[Claim],
    shares: Mapping[str, Share],
    *,
    seed: str,
    order: Order = "fair",
    about: Mapping[str, Any] | None = None,
) -> Run:
    """Allot, and keep everything that proves it.

    `about` is whatever else should be provable later (weights, class, capacity): it is kept and
    digested, and decides nothing.
    """
    inputs = inputs_of(claims, shares, about)
    output = [[ranked.claim.need_id, ranked.claim.place] for ranked in allot(claims, shares, seed=seed, order=order)]
    return Run(inputs, seed, RULE_VERSION, order, output, digest(inputs, seed, RULE_VERSION, order, output))


def rerun(stored: Run) -> Run:
    """Allot once more out of what a run has kept, by the rule in force today."""
    claims, shares = _read(stored.inputs)
    return run(claims, shares, seed=stored.seed, order=stored.order, about=stored.inputs["about"])


def same(stored: Run) -> bool:
    """Say whether a stored run is untouched and gives the same order once more."""
    kept = digest(stored.inputs, stored.seed, stored.rule_version, stored.order, stored.output)
    return kept == stored.digest and rerun(stored) == stored


def explain(stored: Run) -> list[Ranked]:
    """Return the order of a stored run with the reason for every place, for whoever inspects it."""
    claims, shares = _read(stored.inputs)
    return allot(claims, shares, seed=stored.seed, order=stored.order)


def inputs_of(
    claims: Iterable[Claim], shares: Mapping[str, Share], about: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the inputs as plain data in one fixed order, each claim a row under `columns`."""
    columns = [field.name for field in fields(Claim)]
    return {
        "about": dict(about or {}),
        "columns": columns,
        "claims": sorted([getattr(claim, column) for column in columns] for claim in claims),
        "shares": {commune: asdict(shares[commune]) for commune in sorted(shares)},
    }


def digest(inputs: Mapping[str, Any], seed: str, rule_version: str, order: str, output: Sequence[Sequence[int]]) -> str:
    """Return the fingerprint of a whole run."""
    return fingerprint({"inputs": inputs, "seed": seed, "rule_version": rule_version, "order": order, "output": output})


def fingerprint(data: Any) -> str:
    """Return the SHA-256 of data written as JSON in the one way: sorted keys, no spaces, UTF-8."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Write what JSON does not know: a set in order, a day by its date, a record by its fields."""
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else vars(value)


class _Fair(NamedTuple):
    """What the fair order goes by."""

    tier: tuple[int, int]
    ratio: int
    score: int
    time: int
    lot: bytes


class _FirstCome(NamedTuple):
    """What the strict order of arrival goes by."""

    tier: tuple[int, int]
    time: int
    place: int
    lot: bytes


_Key = _Fair | _FirstCome
_TIERS = ("goes_first", "reserve", "round", "queue")
_GOES_FIRST, _RESERVE, _ROUND, _QUEUE = range(4)
_NO_RECORD = Share(teams=0)


def _fair(claims: Iterable[Claim], shares: Mapping[str, Share], seed: str) -> Iterator[tuple[_Key, Claim]]:
    lines = defaultdict(list)
    for claim in claims:
        tier = (_GOES_FIRST if claim.goes_first else _ROUND, claim.place)
        lines[claim.commune].append((tier, -claim.score, 0 if claim.in_window else claim.seq, _lot(seed, claim), claim))
    # All ratios over one denominator are whole numbers, and compare exactly.
    denominator = lcm(*(_teams(shares, commune) for commune in lines))
    for commune, line in lines.items():
        share = shares.get(commune, _NO_RECORD)
        per_place = denominator // _teams(shares, commune)
        for got, (tier, points, time, lot, claim) in enumerate(sorted(line, key=itemgetter(0, 1, 2, 3)), share.got):
            if tier == (_ROUND, 1) and got < share.reserve:
                tier = (_RESERVE, 1)
            yield _Fair(tier, got * per_place, points, time, lot), claim


def _first_come(claims: Iterable[Claim], seed: str) -> Iterator[tuple[_Key, Claim]]:
    for claim in claims:
        tier = (_GOES_FIRST if claim.goes_first else _QUEUE, 0)
        yield _FirstCome(tier, claim.seq, claim.place, _lot(seed, claim)), claim


def _ranked(in_order: Iterable[tuple[_Key, Claim]], shares: Mapping[str, Share]) -> list[Ranked]:
    got = Counter({commune: share.got for commune, share in shares.items()})
    ranked: list[Ranked] = []
    before: tuple[_Key, Claim] | None = None
    for rank, (key, claim) in enumerate(in_order, 1):
        behind_by = _behind_by(key, claim, *before) if before else ""
        teams = _teams(shares, claim.commune)
        ranked.append(Ranked(claim, rank, _TIERS[key.tier[0]], got[claim.commune], teams, behind_by))
        got[claim.commune] += 1
        before = key, claim
    return ranked


def _behind_by(key: _Key, claim: Claim, key_before: _Key, claim_before: Claim) -> str:
    """Return the first thing that differs; the ratio of one commune to itself is none."""
    for name, own, other in zip(key._fields, key, key_before, strict=True):
        if own != other and not (name == "ratio" and claim.commune == claim_before.commune):
            return name
    return "lot"


def _teams(shares: Mapping[str, Share], commune: str) -> int:
    return max(1, shares.get(commune, _NO_RECORD).teams)


def _lot(seed: str, claim: Claim) -> bytes:
    """Draw by team and place: a need's own number follows the hour of registering, which must not win anything."""
    drawn = hashlib.sha256(f"{seed}\n{claim.team_id}\n{claim.place}".encode()).digest()
    return drawn + claim.need_id.to_bytes(8, "big")


def _read(inputs: Mapping[str, Any]) -> tuple[list[Claim], dict[str, Share]]:
    claims = [Claim(**dict(zip(inputs["columns"], row, strict=True))) for row in inputs["claims"]]
    return claims, {commune: Share(**share) for commune, share in inputs["shares"].items()}


def _sum_words(part: Part) -> str:
    times = f"{part.count} × {part.weight} = " if part.count > 1 and part.weight >= 0 else ""
    return f"{times}{part.points} điểm" if part.points >= 0 else f"trừ {-part.points} điểm"


_PART_WORDS = {
    "lack": "Tổ còn yếu {} kỹ năng",
    "never": "Tổ chưa được tập huấn chuyên đề này lần nào",
    "age": "Tổ đã chờ qua {} đợt mà chưa có chỗ",
    "remote": "Xã đi lại khó khăn",
    "no_show": "Đợt trước tổ có chỗ mà vắng, không báo lý do",
}
_TIER_WORDS = {
    "goes_first": "Được xếp trước, vì đã có chỗ ở một lớp của chuyên đề này rồi bị rút.",
    "reserve": "Thuộc số chỗ tối thiểu dành cho xã.",
    "round": "Lượt {0}: chỗ thứ {0} của mỗi tổ.",
    "queue": "Xếp theo thứ tự đăng ký.",
}
_BEHIND_WORDS = {
    "": "Đứng đầu danh sách.",
    "tier": "Chỗ liền trước thuộc lượt được xếp trước.",
    "ratio": "Đứng sau chỗ liền trước, vì so với số tổ thì xã đã được nhiều hơn.",
    "score": "Đứng sau chỗ liền trước, vì ít điểm hơn.",
    "time": "Đứng sau chỗ liền trước, vì đăng ký muộn hơn.",
    "place": "Đứng sau chỗ liền trước của cùng tổ.",
    "lot": "Bằng chỗ liền trước về mọi mặt, thứ tự do bốc thăm theo mã đã công bố.",
}
