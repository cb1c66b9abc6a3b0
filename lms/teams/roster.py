"""Turn the tables of a roster file into people in teams, and say why each other row was passed over.

Two official forms: S1 "Mẫu danh sách Tổ Công nghệ số cộng đồng" (commune, team and decision in
columns, filled only on the first row of each) and S2 "Danh sách Tổ công nghệ số cộng đồng thôn,
xóm" (the team's name above the table, nine preprinted roles). No row is dropped silently.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from lms.phones import Phone, normalise_phone
from lms.teams import marks
from lms.teams.decisions import NO_DECISION, Decision, parse_decision
from lms.teams.gate import UnreadableRoster
from lms.teams.headers import Heading, find_heading
from lms.teams.reading import Row, Table, read_tables
from lms.words import name_key, nfc

LEADER, DEPUTY, MEMBER = "leader", "deputy", "member"
ROLE_TEXT = {LEADER: "Tổ trưởng", DEPUTY: "Tổ phó", MEMBER: "Tổ viên"}
MAX_NAME, MAX_TEAM, MAX_NOTE = 80, 100, 300
#: What one row says and every row below repeats: more is of no use, and would be stored each time.
MAX_CARRIED = 2 * MAX_TEAM


@dataclass(frozen=True, slots=True)
class Entry:
    """One person in one team, as the file says it.

    `role` and `decision` are None where the file says nothing, which is not the same as a change.
    `problem` tells why the clerk has to look at the row before it can be taken.
    """

    sheet: str
    row: int
    commune: str
    team: str
    decision: Decision | None
    name: str
    role: str | None
    role_text: str
    phone: str | None
    phone_note: str
    note: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is not a person, and the reason in the clerk's words."""

    sheet: str
    row: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Roster:
    """What a roster file says."""

    form: str
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]


def read_roster(data: bytes, name: str, *, team: str = "") -> Roster:
    """Read a roster file; `team` names the team where the file (form S2) does not.

    Raises: UnreadableRoster.
    """
    return roster_of(read_tables(data, name), team=team)


def roster_of(tables: list[Table], *, team: str = "") -> Roster:
    """Find the roster blocks in the tables and read them row by row.

    Raises: UnreadableRoster, when no table has a heading row of either form.
    """
    blocks = [block for table in tables for block in _blocks(table)]
    if not blocks:
        raise UnreadableRoster(
            "Không tìm thấy dòng tiêu đề có “Họ tên” và “Chức vụ” hoặc “Số điện thoại”.",
            "Dùng đúng mẫu danh sách, giữ nguyên dòng tiêu đề, rồi tải lên lại.",
        )
    many = len({block.sheet for block in blocks}) > 1
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    for block in blocks:
        for line in _BlockReader(block, block.sheet if many else "", nfc(team)).lines():
            (entries if isinstance(line, Entry) else skipped).append(line)  # type: ignore[arg-type]
    form = "s1" if any(block.heading.form == "s1" for block in blocks) else "s2"
    return Roster(form, tuple(entries), tuple(skipped))


@dataclass(frozen=True, slots=True)
class _Block:
    sheet: str
    heading: Heading
    above: tuple[str, ...]
    rows: tuple[Row, ...]


def _blocks(table: Table) -> Iterator[_Block]:
    """Cut a table at its heading rows; a heading repeated by a page break starts no new block."""
    heading = find_heading(table.rows)
    above = table.above + tuple(_lines(table.rows[: heading.first] if heading else ()))
    while heading:
        following = find_heading(table.rows, heading.last + 1, heading)
        end = following.first if following else len(table.rows)
        rows = table.rows[heading.last + 1 : end]
        foot = next((i for i, row in enumerate(rows) if marks.is_unit_line(row.cells)), len(rows))
        yield _Block(table.name, heading, above, rows[:foot])
        if foot < len(rows):
            above = tuple(_lines(rows[foot:]))
        heading = following


def _lines(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        seen: list[str] = []
        seen.extend(cell for cell in row.cells if cell and cell not in seen)
        yield from dict.fromkeys(seen)


@dataclass(slots=True)
class _BlockReader:
    """Walk the rows of one block, carrying commune, team and decision down."""

    block: _Block
    sheet: str
    given_team: str
    commune: str = ""
    team: str = ""
    decision: Decision | None = None
    in_example: bool = False
    ended: bool = False
    columns: dict[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[Entry | Skipped]:
        self.columns = self.block.heading.columns
        commune, team = marks.unit_above(self.block.above, self.block.sheet)
        self.commune, self.team = commune[:MAX_CARRIED], team[:MAX_CARRIED] or self.given_team
        rows = list(self.block.rows)
        while rows and not any(rows[-1].cells):
            rows.pop()
        for row in rows:
            yield self._line(row)

    def _line(self, row: Row) -> Entry | Skipped:
        reason = self._layout_reason(row)
        if reason:
            return self._skip(row, reason)
        self._carry(row)
        if self.in_example:
            return self._skip(row, "Dòng ví dụ của mẫu, mang chữ “VD”.")
        name = self._cell(row, "name")
        if marks.is_placeholder(name):
            return self._skip(row, self._unnamed_reason(row))
        phone = normalise_phone(self._cell(row, "phone"))
        if phone.number is None and marks.is_sample_person(name, self._cell(row, "phone")):
            return self._skip(row, "Người ví dụ của mẫu, số điện thoại che bằng dấu sao.")
        return self._entry(row, name, phone)

    def _layout_reason(self, row: Row) -> str:
        """Say why a row is layout and not a person; rows below the signatures stay layout."""
        if not any(row.cells):
            return "Dòng trống."
        if self.ended or marks.is_footer(row.cells):
            self.ended = True
            return "Phần ngày tháng, ký tên dưới bảng."
        if self.block.heading.is_repeated_by(row.cells):
            return "Dòng tiêu đề lặp lại."
        if marks.is_numbering(row.cells):
            return "Dòng đánh số cột."
        if marks.is_total(row.cells):
            return "Dòng tổng cộng."
        heading = marks.section_title(row)
        if heading:
            self._enter_section(heading)
            return "Dòng tên nhóm, không phải tên người."
        return ""

    def _enter_section(self, title: str) -> None:
        self.in_example = False
        if marks.names_commune(title):
            self.commune, self.team, self.decision = title[:MAX_CARRIED], "", None
        elif marks.names_team(title):
            self.team = title[:MAX_CARRIED]

    def _carry(self, row: Row) -> None:
        """Take what this row states; what it leaves blank stays as the rows above said."""
        self._mark_example(row)
        commune, team = (self._cell(row, key)[:MAX_CARRIED] for key in ("commune", "team"))
        decision = self._cell(row, "decision")
        if self.in_example:
            return
        if commune and commune != self.commune and name_key(commune) != name_key(self.commune):
            self.commune, self.team, self.decision = commune, "", None
        if team:
            self.team = "" if marks.is_placeholder(team) else team
        if decision and not marks.is_placeholder(decision):
            day = self._cell(row, "decision_day")
            self.decision = parse_decision(f"{decision} ngày {day}" if day else decision)
        elif decision in ("-", "–", "—"):
            self.decision = NO_DECISION

    def _mark_example(self, row: Row) -> None:
        """Begin the example at "VD"; it ends where a row has its own number, team or commune."""
        if self._cell(row, "order").casefold().strip(" .:") in ("vd", "ví dụ", "vi du"):
            self.in_example = True
        elif self.in_example:
            starts = (self._cell(row, key) for key in ("order", "team", "commune") if not self._is_merged(row, key))
            self.in_example = not any(starts)

    def _unnamed_reason(self, row: Row) -> str:
        role = self._cell(row, "role")
        if role:
            return f"Chức vụ “{role[:60]}” in sẵn, chưa ghi họ tên."
        return "Dòng để trống của mẫu, chưa ghi họ tên."

    def _entry(self, row: Row, name: str, phone: Phone) -> Entry:
        typed = self._cell(row, "role")
        role = marks.role_of(typed)
        entry = Entry(
            sheet=self.sheet,
            row=row.number,
            commune=self.commune,
            team=self.team,
            decision=self.decision,
            name=name,
            role=role,
            role_text=typed[:60],
            phone=phone.number,
            phone_note=phone.note,
            note=self._cell(row, "note")[:MAX_NOTE],
        )
        problem = self._problem(entry)
        return replace(entry, problem=problem) if problem else entry

    def _problem(self, entry: Entry) -> str:
        if not entry.team:
            return "Chưa ghi tên tổ. Hãy ghi tên tổ ở dòng này hoặc dòng “Đơn vị”."
        if len(entry.team) > MAX_TEAM:
            return f"Tên tổ dài hơn {MAX_TEAM} chữ. Hãy ghi ngắn lại."
        if len(entry.name) > MAX_NAME:
            return f"Họ tên dài hơn {MAX_NAME} chữ. Hãy kiểm tra lại ô này."
        if not marks.is_name(entry.name):
            return "Ô họ tên có chữ số hoặc dấu lạ. Hãy kiểm tra lại."
        if entry.role_text and entry.role is None:
            return f"Chưa rõ chức vụ “{entry.role_text}”. Hãy ghi Tổ trưởng, Tổ phó hoặc Tổ viên."
        return ""

    def _cell(self, row: Row, key: str) -> str:
        column = self.columns.get(key, -1)
        return row.cells[column] if 0 <= column < len(row.cells) else ""

    def _is_merged(self, row: Row, key: str) -> bool:
        return self.columns.get(key, -1) in row.merged

    def _skip(self, row: Row, reason: str) -> Skipped:
        text = " · ".join(dict.fromkeys(cell for cell in row.cells if cell))
        return Skipped(self.sheet, row.number, text[:160], reason)
