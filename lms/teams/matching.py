"""Compare a roster with the teams as they stand, and make the plan."""

from collections import defaultdict
from dataclasses import dataclass, field, replace

from lms.phones import MASKED, NO_NUMBER, mask_phone, spaced
from lms.teams.decisions import NO_DECISION, Decision, parse_decision
from lms.teams.pairing import Keys, pair_rows
from lms.teams.plan import (
    CHANGED,
    DOUBTFUL,
    EXPECTED_SIZE,
    LEFT,
    NEW,
    SAME,
    SKIPPED,
    Commune,
    CurrentMember,
    CurrentTeam,
    KnownPerson,
    Line,
    Plan,
    State,
    TeamLine,
    WrongCommune,
    team_key,
)
from lms.teams.roster import MEMBER, ROLE_TEXT, Entry, Roster
from lms.teams.settling import keep_one_leader, settle_shared_people
from lms.words import name_key

PersonKey = tuple[str, str]


def make_plan(roster: Roster, commune: Commune, state: State) -> Plan:
    """Compare a roster with the state of a commune, row by row.

    Teams the file does not name are not touched. People missing from a team the file does name
    are shown as "left", and stay until the clerk confirms that they left.

    Raises: WrongCommune, when every row belongs to another commune.
    """
    meant = {said: commune.is_meant_by(said) for said in {entry.commune for entry in roster.entries}}
    ours = [entry for entry in roster.entries if meant[entry.commune]]
    strangers = [entry for entry in roster.entries if not meant[entry.commune]]
    if strangers and not ours:
        raise WrongCommune(strangers[0].commune, commune)
    comparison = _Comparison(state, roster.form)
    lines, teams = comparison.compare(ours)
    passed = [_stranger_line(entry, commune) for entry in strangers]
    passed += [Line(SKIPPED, s.sheet, s.row, "", s.text, reason=s.reason) for s in roster.skipped]
    return Plan(roster.form, (*lines, *passed), teams, tuple(comparison.notes), state.digest)


def _stranger_line(entry: Entry, commune: Commune) -> Line:
    reason = f"Dòng của {entry.commune}, không thuộc {commune.full_name}, nên bỏ qua."
    return Line(SKIPPED, entry.sheet, entry.row, entry.team, entry.name, reason=reason)


@dataclass(slots=True)
class _Comparison:
    state: State
    form: str
    keys: Keys = field(default_factory=Keys)
    notes: list[str] = field(default_factory=list)
    added: dict[PersonKey, int] = field(default_factory=dict)
    known: dict[PersonKey, KnownPerson] = field(default_factory=dict)
    homes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    sharers: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    people_added: int = 0

    def compare(self, entries: list[Entry]) -> tuple[list[Line], tuple[TeamLine, ...]]:
        """Return the lines of all rows and members, and one line for each team in the file."""
        current = {team_key(team.name): team for team in self.state.teams}
        titles = {title: team_key(title) for title in {entry.team for entry in entries}}
        groups: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            groups[titles[entry.team]].append(entry)
        self._learn(groups, current)
        lines = [_doubtful(entry, entry.problem) for entry in groups.pop("", ())]
        teams = []
        for key, group in groups.items():
            team = current.get(key)
            teams.append(self._team_line(key, group, team))
            lines += self._team(key, group, team)
        return settle_shared_people(lines, self.state), tuple(teams)

    def _learn(self, groups: dict[str, list[Entry]], current: dict[str, CurrentTeam]) -> None:
        for person in self.state.people:
            if person.phone:
                self.known.setdefault((self.keys[person.name], person.phone), person)
                self.sharers[person.phone].setdefault(self.keys[person.name], person.name)
        for key, team in current.items():
            for member in team.members:
                self.homes[self.keys[member.name]].add(key)
        for key, group in groups.items():
            for entry in group:
                self.homes[self.keys[entry.name]].add(key)
                if entry.phone:
                    self.sharers[entry.phone].setdefault(self.keys[entry.name], entry.name)

    def _team_line(self, key: str, group: list[Entry], team: CurrentTeam | None) -> TeamLine:
        stated = [e.decision for e in group if e.decision is not None and e.decision != NO_DECISION]
        decision = stated[0] if stated else None
        name = team.name if team else group[0].team
        valid = sum(not entry.problem for entry in group)
        if self.form == "s2" and valid < EXPECTED_SIZE:
            self.notes.append(f"{name} mới có {valid} người. Mẫu thôn, xóm yêu cầu ít nhất {EXPECTED_SIZE} người.")
        if len({(d.number, d.day) if d.number else (d.raw, None) for d in stated}) > 1:
            self.notes.append(f"{name} có hai quyết định khác nhau trong tệp. Hệ thống lấy quyết định đầu tiên.")
        if team is None:
            return _with_decision(TeamLine(NEW, key, name, None, reason="Tổ chưa có trong hệ thống."), decision)
        if decision is None or _same_decision(decision, parse_decision(team.decision)):
            return TeamLine(SAME, key, name, team.team_id)
        before = team.decision or "chưa có"
        reason = f"Đổi quyết định: {before} → {decision.raw}."
        return _with_decision(TeamLine(CHANGED, key, name, team.team_id, reason=reason), decision)

    def _team(self, key: str, group: list[Entry], team: CurrentTeam | None) -> list[Line]:
        members = team.members if team else ()
        title = team.name if team else group[0].team
        pairs, unclear, rest = pair_rows(group, members, self.keys)
        lines = []
        seen: dict[tuple[str, str | None], Entry] = {}
        for index, entry in enumerate(group):
            twin = seen.setdefault((self.keys[entry.name], entry.phone), entry)
            lines.append(self._entry_line(key, title, entry, pairs.get(index), twin, index in unclear))
        lines = keep_one_leader(lines, members, title)
        lines += [_left_line(key, title, member) for member in rest]
        return lines

    def _entry_line(
        self, key: str, title: str, entry: Entry, member: CurrentMember | None, twin: Entry, unclear: bool
    ) -> Line:
        ids = {"team_key": key, "membership_id": member.membership_id if member else None,
               "person_id": member.person_id if member else None}  # fmt: skip
        if entry.problem:
            return replace(_doubtful(entry, entry.problem), **ids)  # type: ignore[arg-type]
        if twin is not entry and entry.phone:
            reason = f"Trùng cả họ tên và số điện thoại với dòng {twin.row}. Hãy xóa một dòng."
            return replace(_doubtful(entry, reason), **ids)  # type: ignore[arg-type]
        if unclear:
            reason = f"Trong {title} có nhiều người tên {entry.name}. Hãy ghi đúng số điện thoại đang lưu."
            return replace(_doubtful(entry, reason), **ids)  # type: ignore[arg-type]
        notes = self._notes_on(key, entry, twin)
        if member is None:
            return self._new_line(key, title, entry, notes)
        return _member_line(key, title, entry, member, notes)

    def _notes_on(self, key: str, entry: Entry, twin: Entry) -> str:
        notes = []
        if entry.phone is None:
            notes.append(f"{entry.phone_note[:1].upper()}{entry.phone_note[1:]}.")
        elif others := [n for k, n in self.sharers[entry.phone].items() if k != self.keys[entry.name]]:
            notes.append(f"Dùng chung số với {', '.join(sorted(others))}.")
        if twin is not entry:
            notes.append(f"Trùng tên với dòng {twin.row}, coi là hai người.")
        if not entry.role_text:
            notes.append("Không ghi chức vụ.")
        return " ".join(notes)

    def _new_line(self, key: str, title: str, entry: Entry, notes: str) -> Line:
        role = entry.role or MEMBER
        identity = (self.keys[entry.name], entry.phone or "")
        known = self.known.get(identity) if entry.phone else None
        new_person = None
        if known is None:
            new_person = self.added.get(identity) if entry.phone else None
            if new_person is None:
                self.people_added += 1
                new_person = self.people_added
                self.added[identity] = new_person
            else:
                notes = f"{notes} Cùng một người với dòng ở tổ khác trong tệp.".strip()
        else:
            notes = f"{notes} Người này đã có trong hệ thống.".strip()
        if known is None and not entry.phone and self.homes[identity[0]] - {key}:
            notes = f"{notes} Có người cùng tên ở tổ khác, coi là hai người.".strip()
        return Line(
            NEW, entry.sheet, entry.row, title, entry.name,
            after=_shown(role, spaced(entry.phone), entry.note), reason=notes, team_key=key,
            person_id=known.person_id if known else None, new_person=new_person, role=role,
            role_text=entry.role_text, phone=entry.phone, phone_note=_kept_note(entry), note=entry.note,
        )  # fmt: skip


def _member_line(key: str, title: str, entry: Entry, member: CurrentMember, notes: str) -> Line:
    changes = _changes(entry, member)
    role = entry.role or member.role
    note = entry.note or member.note
    line = Line(
        CHANGED if changes else SAME, entry.sheet, entry.row, title, entry.name,
        before=_stored(member) if changes else "",
        after=_shown(role, spaced(entry.phone) or mask_phone(member.phone), note),
        reason=" ".join([*changes, notes]).strip(), team_key=key,
        membership_id=member.membership_id, person_id=member.person_id,
    )  # fmt: skip
    if not changes:
        return line
    return replace(
        line, role=role, role_text=entry.role_text, phone=entry.phone, phone_note=_kept_note(entry), note=note
    )


def _changes(entry: Entry, member: CurrentMember) -> list[str]:
    """Name what differs; what the file leaves blank or masked is no difference."""
    changes = []
    if name_key(entry.name) != name_key(member.name):
        changes.append(f"Sửa họ tên: {member.name} → {entry.name}.")
    if entry.role and entry.role != member.role:
        changes.append(f"Đổi chức vụ: {ROLE_TEXT[member.role]} → {ROLE_TEXT[entry.role]}.")
    if entry.phone and entry.phone != member.phone:
        before = mask_phone(member.phone) or NO_NUMBER
        changes.append(f"Đổi số điện thoại: {before} → {spaced(entry.phone)}.")
    elif _kept_note(entry) and _kept_note(entry) != member.phone_note:
        changes.append(f"Thêm về điện thoại: {entry.phone_note}.")
    if entry.note and name_key(entry.note) != name_key(member.note):
        changes.append("Đổi ghi chú.")
    return changes


def _left_line(key: str, title: str, member: CurrentMember) -> Line:
    return Line(
        LEFT, "", None, title, member.name, before=_stored(member),
        reason="Không có tên trong tệp.", team_key=key,
        membership_id=member.membership_id, person_id=member.person_id, role=member.role,
    )  # fmt: skip


def _doubtful(entry: Entry, reason: str) -> Line:
    shown = " · ".join(part for part in (entry.role_text, spaced(entry.phone)) if part)
    return Line(DOUBTFUL, entry.sheet, entry.row, entry.team, entry.name, after=shown, reason=reason)


def _stored(member: CurrentMember) -> str:
    """Show a member as they stand; a number that the file does not bring is nobody's to read."""
    return _shown(member.role, mask_phone(member.phone), member.note)


def _shown(role: str, phone: str, note: str) -> str:
    return " · ".join(part for part in (ROLE_TEXT[role], phone or NO_NUMBER, note) if part)


def _kept_note(entry: Entry) -> str:
    """Return what to keep about the phone cell; that there is no number needs no words."""
    nothing_new = entry.phone_note == NO_NUMBER or entry.phone_note.startswith(MASKED)
    return "" if nothing_new else entry.phone_note[:120]


def _with_decision(line: TeamLine, decision: Decision | None) -> TeamLine:
    if decision is None:
        return line
    return replace(line, decision=decision.raw, decision_number=decision.number, decision_day=decision.day)


def _same_decision(one: Decision, other: Decision) -> bool:
    if one.number and other.number:
        return (name_key(one.number), one.day) == (name_key(other.number), other.day)
    return name_key(one.raw) == name_key(other.raw)
