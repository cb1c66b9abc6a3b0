"""Second thoughts on the lines of a plan: one leader for each team, one truth about each person."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from lms.teams.plan import CHANGED, DOUBTFUL, NEW, SAME, CurrentMember, Line, State
from lms.teams.roster import LEADER
from lms.words import name_key


def keep_one_leader(lines: list[Line], members: Iterable[CurrentMember], title: str) -> list[Line]:
    """Let one line lead: the present leader if the file keeps them, else the first in the file."""
    leader = next((m for m in members if m.role == LEADER), None)
    holder = ""
    for line in lines:
        stays = line.kind in (SAME, DOUBTFUL) or line.role == LEADER
        if leader and line.membership_id == leader.membership_id and stays:
            holder = leader.name
    settled = []
    for line in lines:
        leads = line.role == LEADER and line.kind in (NEW, CHANGED)
        is_present = leader is not None and line.membership_id == leader.membership_id
        if leads and not is_present and holder:
            reason = f"{title} đã có tổ trưởng là {holder}. Mỗi tổ chỉ có một tổ trưởng, hãy chọn một người."
            line = replace(line, kind=DOUBTFUL, reason=reason, new_person=None, role=None)
        elif leads:
            holder = line.name
        settled.append(line)
    return settled


def settle_shared_people(lines: list[Line], state: State) -> list[Line]:
    """Leave a person's number or name alone while another row of the file says otherwise.

    Else a person in two teams would change to and fro with every import of the same file.
    """
    present = {m.person_id: (name_key(m.name), m.phone) for team in state.teams for m in team.members}
    said: dict[int, set[tuple[str, str | None]]] = defaultdict(set)
    for line in lines:
        if line.person_id in present and line.kind in (SAME, CHANGED):
            said[line.person_id].add(_facts_after(line, present[line.person_id]))
    settled = []
    for line in lines:
        before = present.get(line.person_id or 0)
        disputed = len(said[line.person_id or 0]) > 1
        if line.kind == CHANGED and before and disputed and _facts_after(line, before) != before:
            reason = "Người này ở hai tổ trong tệp, họ tên hoặc số điện thoại khác nhau. Hãy ghi thống nhất."
            line = replace(line, kind=DOUBTFUL, reason=reason)
        settled.append(line)
    return settled


def _facts_after(line: Line, before: tuple[str, str | None]) -> tuple[str, str | None]:
    return name_key(line.name), line.phone or before[1]
