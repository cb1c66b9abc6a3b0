"""Figure 4: a roster of 16,000 people, read, checked and compared, beside openpyxl reading the file."""

import io
import json
import time
from collections.abc import Callable

import openpyxl
import xlsxwriter

from bench.data import Size
from bench.figure import Figure, middle
from bench.school import School, Schools
from bench.web import Pace
from lms.access import SYSTEM
from lms.areas.rules import find_area
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.teams import rules
from lms.teams.matching import make_plan
from lms.teams.queries import commune_as_written, state_of
from lms.teams.roster import read_roster

ROWS, IN_A_TEAM = 16_000, 9
COMMUNE, COMMUNE_AS_WRITTEN = "14797", "Phường Hạc Thành"
HEADING = ("TT", "Tên Phường\\xã", "Tên Tổ", "Số Quyết định", "Họ tên thành viên", "Chức vụ trong tổ",
           "Số điện thoại liên hệ", "Ghi chú")  # fmt: skip
_FAMILY = ("Nguyễn", "Lê", "Trần", "Phạm", "Hoàng", "Vi", "Trịnh", "Mai", "Đỗ", "Bùi", "Lương")
_MIDDLE = ("Văn", "Thị", "Đức", "Ngọc", "Hữu", "Thị Thu", "Quang", "Minh", "Xuân")
_GIVEN = ("An", "Bình", "Chung", "Dũng", "Đẹp", "Giang", "Hoà", "Hương", "Khánh", "Lan", "Nga", "Phúc", "Tâm")


def measure(made: Schools, pace: Pace) -> list[Figure]:
    """Measure the first loading and, with everybody already there, the loading of the same file again."""
    school = made.on("sqlite", Size(1, 1))
    data = make_roster()
    with school.app.app_context():
        first = _side_by_side(school, data, pace)
        _confirm(data)
        again = _side_by_side(school, data, pace)
    return [
        _figure("danh-sach/lan-dau", "Danh sách 16.000 người, lần đầu", first),
        _figure("danh-sach/nap-lai", "Danh sách 16.000 người, nạp lại", again),
    ]


def make_roster() -> bytes:
    """Return form S1 as an .xlsx: commune and team only on the first row of each, names repeat."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Danh sách")
        sheet.write(0, 0, "Mẫu danh sách Tổ Công nghệ số cộng đồng")
        sheet.write_row(2, 0, HEADING)
        for number in range(ROWS):
            for column, value in enumerate(_row(number)):
                if value:
                    sheet.write_string(number + 3, column, value)
    return out.getvalue()


def _row(number: int) -> tuple[str, ...]:
    team, place = divmod(number, IN_A_TEAM)
    name = " ".join(part[number // step % len(part)] for part, step in ((_FAMILY, 1), (_MIDDLE, 7), (_GIVEN, 3)))
    role = ("Tổ trưởng", "Tổ phó")[place] if place < 2 else "Thành viên"
    first = (str(team + 1), COMMUNE_AS_WRITTEN, f"Tổ dân phố {team + 1}", f"{team + 1:02}/QĐ-UBND ngày 10/7/2025")
    spoken = (f"09{number:08}", f"09{number:08}"[:4] + " " + f"{number:08}"[2:5] + "." + f"{number:08}"[5:], "")
    return (*(first if place == 0 else ("",) * 4), name, role, spoken[number % 31 == 0 or 2 * (number % 97 == 0)], "")


def _side_by_side(school: School, data: bytes, pace: Pace) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {"ours": [], "openpyxl": [], "values": []}
    for _ in range(max(2, pace.rounds)):
        taken["ours"].append(_processor_seconds(lambda: _dry_run(data)))
        taken["openpyxl"].append(_processor_seconds(lambda: _openpyxl(data)))
        taken["values"].append(_processor_seconds(lambda: _openpyxl_values(data)))
    return taken


def _dry_run(data: bytes) -> None:
    """Do what the job does: read, check, compare with the teams, and write the report out."""
    session = db_session()
    commune = commune_as_written(session, find_area(session, COMMUNE))
    plan = make_plan(read_roster(data, "danh-sach.xlsx"), commune, state_of(session, COMMUNE))
    json.dumps(plan.to_json())
    counts = plan.counts
    assert sum(counts.values()) >= ROWS, counts
    assert counts["new"] + counts["same"] + counts["changed"] + counts["doubtful"] >= ROWS, counts
    session.rollback()


def _openpyxl(data: bytes) -> None:
    """Read every cell and which are merged, as a reader of the official forms must, and do nothing with it."""
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    rows = sum(1 for _ in sheet.iter_rows(values_only=True))
    assert rows == ROWS + 3, rows
    assert not sheet.merged_cells.ranges, "this file has none"


def _openpyxl_values(data: bytes) -> None:
    """Read the values only: quicker, but blind to merged cells."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    rows = sum(1 for _ in book.worksheets[0].iter_rows(values_only=True))
    assert rows == ROWS + 3, rows
    book.close()


def _confirm(data: bytes) -> None:
    """Load the roster for good, by the rules a clerk's button calls."""
    roster, now = read_roster(data, "danh-sach.xlsx"), utc_now()
    row_id = in_unit(
        lambda s: (
            rules.receive_roster(
                s, by=SYSTEM, commune_code=COMMUNE, file_id=None, file_name="danh-sach.xlsx", now=now, read_later=False
            ).id
        )
    )
    in_unit(lambda s: rules.preview_roster(s, import_id=row_id, roster=roster, now=now))
    in_unit(lambda s: rules.confirm_roster(s, by=SYSTEM, import_id=row_id, leaving=(), now=now))


def _processor_seconds(work: Callable[[], None]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _figure(name: str, what: str, taken: dict[str, list[float]]) -> Figure:
    ours, theirs, values = (middle(taken[side]) for side in ("ours", "openpyxl", "values"))
    note = f"{what}: so với openpyxl chỉ đọc giá trị, không thấy ô gộp ({values:.2f} giây): {ours / values:.2f} lần."
    return Figure(name, f"{what} (so với openpyxl đọc)", ours, theirs, "giây CPU", ours / theirs, 2, at_least=False,
                  notes=(note,), more={key: [round(v, 3) for v in runs] for key, runs in taken.items()})  # fmt: skip
