"""Find which row of a roster is which member of a team; what stays unclear is said to be unclear."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from lms.teams.plan import CurrentMember
from lms.teams.roster import Entry
from lms.words import fold, name_key


class Keys(dict[str, str]):
    """Names and their keys; each key is made once."""

    def __missing__(self, name: str) -> str:
        key = self[name] = name_key(name)
        return key


def pair_rows(
    group: list[Entry], members: Iterable[CurrentMember], keys: Keys
) -> tuple[dict[int, CurrentMember], set[int], list[CurrentMember]]:
    """Match rows with members, surest first; return pairs, unclear rows, members left over.

    1 name, phone and role; 2 name and phone; 3 the only one of that name left on both sides;
    4 the same phone and a name that differs only by accents. More is not guessed.
    """
    free = dict(enumerate(group))
    waiting = {member.membership_id: member for member in members}
    pairs: dict[int, CurrentMember] = {}
    exact = (
        (lambda e: (keys[e.name], e.phone, e.role), lambda m: (keys[m.name], m.phone, m.role)),
        (lambda e: (keys[e.name], e.phone), lambda m: (keys[m.name], m.phone)),
    )
    for of_entry, of_member in exact:
        shelf: dict[object, list[CurrentMember]] = defaultdict(list)
        for member in waiting.values():
            shelf[of_member(member)].append(member)
        for index, entry in list(free.items()):
            if found := shelf.get(of_entry(entry)):
                pairs[index] = found.pop(0)
                del free[index], waiting[pairs[index].membership_id]
    for alike in (lambda x: keys[x.name], lambda x: x.phone and (fold(x.name), x.phone)):
        entry_counts = Counter(alike(entry) for entry in free.values())
        by_key: dict[object, list[CurrentMember]] = defaultdict(list)
        for member in waiting.values():
            by_key[alike(member)].append(member)
        for index, entry in list(free.items()):
            key = alike(entry)
            if key and entry_counts[key] == len(by_key[key]) == 1:
                pairs[index] = by_key[key][0]
                del free[index], waiting[pairs[index].membership_id]
    names = {keys[member.name] for member in waiting.values()}
    unclear = {index for index, entry in free.items() if keys[entry.name] in names}
    blurred = {keys[group[index].name] for index in unclear}
    return pairs, unclear, [m for m in waiting.values() if keys[m.name] not in blurred]
