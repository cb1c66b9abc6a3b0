"""Proposing: which classes a department could hold out of what the teams ask for.

A proposal is a first draft for the officer's board, never a decision. Topic by topic and cluster by
cluster, the needs stand in a row in the order of their communes' codes, so that neighbours in the
row are neighbours on the map. The row is cut into as few and as even classes as fit, between
communes where that can be. Then each class is given its half-days.

Nothing here reads a clock, a database or chance: the same needs, in whatever order they come, give
the same proposal.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, count, pairwise, permutations

from lms.training.allotting import RULE_VERSION, fingerprint
from lms.training.wording import HALF_DAYS, half_day_words

Slot = tuple[date, str]
"""A day, and "sang" or "chieu"."""
KINDS = ("sang-trong-tuan", "chieu-trong-tuan", "sang-cuoi-tuan", "chieu-cuoi-tuan")
_WHENS = {
    KINDS[:1]: "Buổi sáng trong tuần",
    KINDS[1:2]: "Buổi chiều trong tuần",
    KINDS[2:3]: "Sáng thứ Bảy",
    KINDS[3:]: "Chiều thứ Bảy",
    KINDS[:2]: "Cả sáng và chiều trong tuần",
    KINDS[2:]: "Cả sáng và chiều thứ Bảy",
}
_When = tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """A need that still asks for places, and when its people can come (no half-day named: any)."""

    need_id: int
    team_id: int
    commune: str
    topic: str
    places: int
    half_days: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if unknown := self.half_days.difference(KINDS):
            raise ValueError(f"need {self.need_id}: unknown half-days {sorted(unknown)}")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the department can do: places and half-days a class, days, classes a topic and a half-day."""

    starts_on: date
    size: int = 40
    min_viable: int = 15
    sessions: int = 2
    max_classes: int | None = None
    days_off: frozenset[date] = frozenset()
    per_slot: int = 3

    def __post_init__(self) -> None:
        most = 1 if self.max_classes is None else self.max_classes
        if min(self.min_viable, self.sessions, self.per_slot, most) < 1 or self.min_viable > self.size:
            raise ValueError(f"limits that no class can keep: {self}")


@dataclass(frozen=True)
class Planned:
    """A class on the board: how many would come from which commune, and when. All that its warnings need."""

    number: int
    communes: tuple[tuple[str, int], ...]
    capacity: int
    min_viable: int
    sessions: tuple[Slot, ...]

    @property
    def places(self) -> int:
        """Return how many places its needs ask for."""
        return sum(places for _, places in self.communes)


@dataclass(frozen=True)
class ProposedClass(Planned):
    """A class as proposed: its needs in the order of their communes, and in sentences why it is so."""

    topic: str
    cluster: str
    need_ids: tuple[int, ...]
    why: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """Classes; needs that are in none of them, and why; the fingerprint of inputs and outcome."""

    classes: tuple[ProposedClass, ...]
    left_out: dict[int, str]
    digest: str


def propose(
    wanted: Sequence[Wanted], clusters: Mapping[str, str], limits: Limits, topics_order: Sequence[str]
) -> Proposal:
    """Propose classes of one topic and one cluster; every need is in one class, or left out with a reason.

    `clusters` says to which cluster each commune belongs, if to any. A cluster that asks for too little joins the
    next one, or the one before, if that needs no further class; else it is a small class. Where
    `max_classes` of a topic do not suffice, their queues get longer, and nobody is dropped.

    Raises:
        ValueError: one need comes twice.
    """
    clusters = {commune: cluster for commune, cluster in clusters.items() if cluster}
    needs = sorted(wanted, key=_by_place)
    if len({need.need_id for need in needs}) < len(needs):
        raise ValueError("one need comes twice")
    reasons = {need.need_id: _why_left_out(need, clusters, limits, topics_order) for need in needs}
    left_out = {need_id: reason for need_id, reason in sorted(reasons.items()) if reason}
    by_topic: defaultdict[str, list[Wanted]] = defaultdict(list)
    for need in needs:
        if need.need_id not in left_out:
            by_topic[need.topic].append(need)
    calendar = _Calendar(limits)
    classes: list[ProposedClass] = []
    for topic in dict.fromkeys(topics_order):
        for cluster, pieces in _divided(by_topic[topic], clusters, limits).items():
            asked = _asked_words(cluster, pieces)
            for piece in pieces:
                homes = _places_by(piece, lambda need: clusters[need.commune])
                sessions, when = calendar.book(piece, frozenset(homes))
                why = (asked, *_queue_words(cluster, homes, limits), when)
                classes.append(_proposed(len(classes) + 1, cluster, piece, limits, sessions, why))
    everything = [RULE_VERSION, needs, clusters, limits, list(topics_order), classes, left_out]
    return Proposal(tuple(classes), left_out, fingerprint(everything))


def suggest_clusters(communes: Mapping[str, int], target_places: int) -> dict[str, str]:
    """Suggest clusters of neighbouring communes with about so many places each; `communes`: code → places."""
    total = sum(communes.values())
    groups = max(1, (2 * total + target_places) // (2 * target_places))
    names: dict[int, str] = {}
    clusters, before = {}, 0
    for code in sorted(communes):
        # A commune belongs where the middle of its places falls.
        middle = 2 * before + communes[code]
        group = min(groups - 1, middle * groups // (2 * total)) if total else 0
        clusters[code] = names.setdefault(group, f"Cụm {len(names) + 1}")
        before += communes[code]
    return clusters


def filling_words(planned: Planned) -> str:
    """Say how full a class is."""
    free = planned.capacity - planned.places
    rest = f"còn trống {free}" if free > 0 else f"{-free} chỗ phải chờ" if free else "vừa đủ"
    return f"{planned.places} chỗ xin học, lớp có {planned.capacity} chỗ: {rest}."


def warnings_of(classes: Iterable[Planned]) -> dict[int, list[str]]:
    """Say what is wrong with each class of a board, by its number; an empty list where nothing is."""
    planned = sorted(classes, key=lambda one: one.number)
    warnings = {one.number: _own_warnings(one) for one in planned}
    for (number, other), slots in sorted(_clashes(planned).items()):
        when = ", ".join(half_day_words(*slot) for slot in sorted(slots, key=_moment))
        warnings[number].append(f"Trùng buổi với lớp {other} ({when}), mà hai lớp có người cùng xã. Hãy đổi buổi.")
    return warnings


def _own_warnings(planned: Planned) -> list[str]:
    warnings = []
    if planned.places < planned.min_viable:
        warnings.append(
            f"Mới có {planned.places} chỗ xin học, cần ít nhất {planned.min_viable} để mở lớp. Hãy ghép với lớp khác."
        )
    if planned.places > planned.capacity:
        warnings.append(f"Quá sức lớp: {filling_words(planned)}")
    if not planned.sessions:
        warnings.append("Lớp chưa có buổi học nào. Hãy chọn ngày.")
    return warnings


def _clashes(classes: Iterable[Planned]) -> dict[tuple[int, int], set[Slot]]:
    """Return the half-days at which two classes with people of one commune both meet, seen from each of the two."""
    meeting: defaultdict[tuple[Slot, str], set[int]] = defaultdict(set)
    for planned in classes:
        for slot in planned.sessions:
            for commune, _ in planned.communes:
                meeting[slot, commune].add(planned.number)
    clashes: defaultdict[tuple[int, int], set[Slot]] = defaultdict(set)
    for (slot, _), numbers in meeting.items():
        for pair in permutations(numbers, 2):
            clashes[pair].add(slot)
    return clashes


def _by_place(need: Wanted) -> tuple[str, int]:
    return need.commune, need.need_id


def _places(needs: Iterable[Wanted]) -> int:
    return sum(need.places for need in needs)


def _places_by(needs: Iterable[Wanted], key: Callable[[Wanted], str]) -> Counter[str]:
    places: Counter[str] = Counter()
    for need in needs:
        places[key(need)] += need.places
    return places


def _why_left_out(need: Wanted, clusters: Mapping[str, str], limits: Limits, topics_order: Sequence[str]) -> str | None:
    if need.topic not in topics_order:
        return "Chuyên đề này không xếp lần này."
    if need.commune not in clusters:
        return "Xã này chưa thuộc cụm nào. Hãy xếp xã vào một cụm rồi lập lại đề xuất."
    if need.places < 1:
        return "Nhu cầu này không còn chỗ nào cần xếp."
    if need.places > limits.size:
        return f"Tổ xin {need.places} chỗ, hơn cả một lớp {limits.size} chỗ. Hãy bớt số chỗ hoặc tăng sĩ số lớp."
    return None


def _divided(needs: Sequence[Wanted], clusters: Mapping[str, str], limits: Limits) -> dict[str, list[list[Wanted]]]:
    """Divide the needs of one topic into classes, by the cluster that receives them."""
    rows: dict[str, list[Wanted]] = {}
    for commune in sorted(clusters):
        rows.setdefault(clusters[commune], [])
    for need in needs:
        rows[clusters[need.commune]].append(need)
    _join_small(rows, limits)
    rows = {cluster: row for cluster, row in rows.items() if row}
    most = limits.max_classes or len(needs)
    while len(rows) > most:
        _join_smallest(rows)
    return _cut_all(rows, most, limits)


def _join_small(rows: dict[str, list[Wanted]], limits: Limits) -> None:
    """Let the next cluster, else the one before, receive a small one, if it asks too and needs no further class."""
    order = list(rows)
    for index, cluster in enumerate(order):
        neighbours = order[index + 1 : index + 2] + order[max(0, index - 1) : index]
        if 0 < _places(rows[cluster]) < limits.min_viable:
            host = next((host for host in neighbours if _has_room(rows[host], rows[cluster], limits)), None)
            if host:
                _hand_over(rows, cluster, host)


def _has_room(row: list[Wanted], small: list[Wanted], limits: Limits) -> bool:
    together = sorted(row + small, key=_by_place)
    return bool(row) and len(_cut(together, limits.size, 0)) == len(_cut(row, limits.size, 0))


def _join_smallest(rows: dict[str, list[Wanted]]) -> None:
    """Let a neighbour receive the smallest cluster, where there are fewer classes than clusters."""
    order = list(rows)
    index = min(range(len(order)), key=lambda index: _places(rows[order[index]]))
    _hand_over(rows, order[index], order[index + 1 if index + 1 < len(order) else index - 1])
    del rows[order[index]]


def _hand_over(rows: dict[str, list[Wanted]], cluster: str, host: str) -> None:
    rows[host] = sorted(rows[host] + rows[cluster], key=_by_place)
    rows[cluster] = []


def _cut_all(rows: Mapping[str, list[Wanted]], most: int, limits: Limits) -> dict[str, list[list[Wanted]]]:
    """Cut all rows by one length of queue: the shortest, from the size of a class on, that gives few enough."""
    totals = [_places(row) for row in rows.values()]
    lengths = range(limits.size, limits.size + sum(totals) + 1)
    shortest = bisect_left(lengths, -most, key=lambda room: -sum(-(-total // room) for total in totals))
    cuts = (
        {cluster: _cut(row, room, limits.min_viable) for cluster, row in rows.items()} for room in lengths[shortest:]
    )
    return next(cut for cut in cuts if sum(map(len, cut.values())) <= most)


def _cut(row: list[Wanted], room: int, min_viable: int) -> list[list[Wanted]]:
    """Cut a row into the fewest pieces of at most `room`, each as near as can be to the even share of what is left.

    A piece below `min_viable` is avoided first, then a cut through a commune.
    """
    sums = [0, *accumulate(need.places for need in row)]
    furthest = [bisect_right(sums, begun + room) - 1 for begun in sums]
    fewest = [0] * len(sums)
    for begin in reversed(range(len(row))):
        fewest[begin] = 1 + fewest[furthest[begin]]
    cuts = [0]
    while (left := fewest[begin := cuts[-1]]) > 1:
        rest = sums[-1] - sums[begin]
        floor = min(min_viable, rest // left)
        low, high = sums[begin] + floor, sums[-1] - floor * (left - 1)
        fitting = [cut for cut in range(begin + 1, furthest[begin] + 1) if fewest[cut] < left]
        viable = [cut for cut in fitting if low <= sums[cut] <= high] or fitting
        between = [cut for cut in viable if row[cut].commune != row[cut - 1].commune] or viable
        cuts.append(min((abs(left * (sums[cut] - sums[begin]) - rest), cut) for cut in between)[1])
    return [row[begin:end] for begin, end in pairwise([*cuts, len(row)])]


def _proposed(
    number: int, cluster: str, needs: list[Wanted], limits: Limits, sessions: tuple[Slot, ...], why: tuple[str, ...]
) -> ProposedClass:
    return ProposedClass(
        number=number,
        communes=tuple(_places_by(needs, lambda need: need.commune).items()),
        capacity=limits.size,
        min_viable=limits.min_viable,
        sessions=sessions,
        topic=needs[0].topic,
        cluster=cluster,
        need_ids=tuple(need.need_id for need in needs),
        why=why,
    )


def _asked_words(cluster: str, pieces: Sequence[Sequence[Wanted]]) -> str:
    divided = f", chia thành {len(pieces)} lớp" if len(pieces) > 1 else ""
    return f"Có {sum(map(_places, pieces))} chỗ xin học chuyên đề này ở {cluster}{divided}."


def _queue_words(cluster: str, homes: Counter[str], limits: Limits) -> Iterator[str]:
    for home, places in homes.items():
        if home != cluster:
            yield f"Lớp có {places} chỗ của {home} học ghép."
    if (waiting := homes.total() - limits.size) > 0:
        yield f"Chuyên đề này chỉ mở {limits.max_classes} lớp, nên {waiting} chỗ phải chờ."


class _Calendar:
    """The half-days from the first day on, and which clusters already meet when."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._days = (limits.starts_on + timedelta(days=days) for days in count())
        self._slots: dict[_When, list[Slot]] = {when: [] for when in _WHENS}
        self._classes: Counter[Slot] = Counter()
        self._meeting: defaultdict[Slot, set[str]] = defaultdict(set)
        self._first: dict[tuple[_When, frozenset[str]], int] = {}

    def book(self, needs: Sequence[Wanted], clusters: frozenset[str]) -> tuple[tuple[Slot, ...], str]:
        """Take the half-days for a class; return them and why.

        Of the times most people can come to, the first week that has a free run of half-days; in it,
        the run nearest together.
        """
        able = {when: _places(need for need in needs if _can_come(need, when)) for when in _WHENS}
        most = max(able.values())
        firsts = {when: self._first_free(when, clusters) for when in _WHENS if able[when] == most}
        until = min(self._slots[when][first][0] for when, first in firsts.items()) + timedelta(days=6)
        free = [(run, when) for when, first in firsts.items() for run in self._free_runs(when, first, until, clusters)]
        sessions, when = min(free, key=_nearness)
        for slot in sessions:
            self._classes[slot] += 1
            self._meeting[slot] |= clusters
        return sessions, _able_words(when, most, _places(needs))

    def _first_free(self, when: _When, clusters: frozenset[str]) -> int:
        """Return where the first free run begins; what is taken stays taken, so it looks on from last time."""
        begin = self._first.get((when, clusters), 0)
        while not self._is_free(self._run(when, begin), clusters):
            begin += 1
        self._first[when, clusters] = begin
        return begin

    def _free_runs(self, when: _When, begin: int, until: date, clusters: frozenset[str]) -> Iterator[tuple[Slot, ...]]:
        while (run := self._run(when, begin))[0][0] <= until:
            if self._is_free(run, clusters):
                yield run
            begin += 1

    def _is_free(self, run: tuple[Slot, ...], clusters: frozenset[str]) -> bool:
        return all(
            self._classes[slot] < self._limits.per_slot and clusters.isdisjoint(self._meeting[slot]) for slot in run
        )

    def _run(self, when: _When, begin: int) -> tuple[Slot, ...]:
        end = begin + self._limits.sessions
        while len(self._slots[when]) < end:
            self._open_day(next(self._days))
        return tuple(self._slots[when][begin:end])

    def _open_day(self, day: date) -> None:
        if day.isoweekday() == _SUNDAY or day in self._limits.days_off:
            return
        week = "cuoi-tuan" if day.isoweekday() == _SATURDAY else "trong-tuan"
        for when, slots in self._slots.items():
            slots += [(day, half_day) for half_day in HALF_DAYS if f"{half_day}-{week}" in when]


_SATURDAY, _SUNDAY = 6, 7


def _can_come(need: Wanted, when: _When) -> bool:
    return not need.half_days or need.half_days.issuperset(when)


def _able_words(when: _When, able: int, places: int) -> str:
    if able == places:
        return f"{_WHENS[when]}: cả {places} người đến được."
    return f"{_WHENS[when]}: {able} trên {places} người đến được, các buổi khác không đông hơn."


def _nearness(found: tuple[tuple[Slot, ...], _When]) -> tuple[timedelta, tuple[date, bool]]:
    (first, *_), last = found[0], found[0][-1]
    return last[0] - first[0], _moment(first)


def _moment(slot: Slot) -> tuple[date, bool]:
    day, half_day = slot
    return day, half_day == "chieu"
