"""What an officer can do with a class now, and the sentence why not; asked by the page, refused by the same rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lms.errors import Refused
from lms.pages import address
from lms.training.cancelling import why_not_cancel
from lms.training.classes import why_not_publish, why_not_resize
from lms.training.grouping import why_not_group
from lms.training.models import ClassSession, TrainingClass
from lms.training.moving import why_not_merge
from lms.training.postponing import why_not_date, why_not_postpone
from lms.training.results import why_not_finalise
from lms.training.teaching import why_not_change_teaching
from lms.training.timetable import why_not_close_attendance, why_not_close_roster


@dataclass(frozen=True)
class Deed:
    """One thing to do: its words, where it leads, whether pressing does it at once, and why not."""

    label: str
    path: str
    is_press: bool = False
    why_not: Refused | None = None


def main_deed(
    row: TrainingClass, held: Sequence[ClassSession], now: datetime, *, today: date, has_seats: bool
) -> Deed | None:
    """Return the one thing that comes next, or None when the class needs nothing from the officer."""
    if row.state == "planned":
        if has_seats:
            return Deed("Công bố lớp và mời", _of("publish", row), True, why_not_publish(row, now))
        return Deed("Xếp nhu cầu vào lớp", _of("group", row))
    if row.state == "running":
        session = next((one for one in held if one.held_on >= today), held[-1])
        path = address("lms.training.check_in", class_id=row.id, number=session.number)
        return Deed(f"Điểm danh buổi {session.number}", path)
    if row.state == "ended" and row.attendance_closed_at is None:
        return Deed("Đóng điểm danh", _of("close_attendance", row), why_not=why_not_close_attendance(row, held, now))
    nexts = {
        "published": ("Xem tin nhắn gửi các xã", "class_messages"),
        "roster_locked": ("Xem tin nhắn gửi các xã", "class_messages"),
        "postponed": ("Đặt ngày học mới", "new_dates"),
        "ended": ("Xem kết quả rồi chốt", "finalise"),
    }
    if row.state not in nexts:
        return None
    label, endpoint = nexts[row.state]
    return Deed(label, _of(endpoint, row))


def deeds_of(row: TrainingClass, held: Sequence[ClassSession], now: datetime) -> list[Deed]:
    """Return everything that can happen to a class, each with the reason where it cannot happen now."""
    return [
        Deed("Xếp thêm nhu cầu", _of("group", row), why_not=why_not_group(row, now)),
        Deed("Công bố lớp và mời", _of("publish", row), True, why_not_publish(row, now)),
        Deed("Chốt danh sách ngay", _of("close_roster", row), True, why_not_close_roster(row)),
        Deed("Đổi số chỗ", _of("capacity", row), why_not=why_not_resize(row)),
        Deed("Đổi ngày học", _of("new_dates", row), why_not=why_not_date(row)),
        Deed("Đổi giảng viên, địa điểm", _of("teaching", row), why_not=why_not_change_teaching(row)),
        Deed("Hoãn lớp", _of("postpone", row), why_not=why_not_postpone(row)),
        Deed("Gộp vào lớp khác", _of("merge", row), why_not=why_not_merge(row)),
        Deed("Đóng điểm danh", _of("close_attendance", row), why_not=why_not_close_attendance(row, held, now)),
        Deed("Chốt kết quả", _of("finalise", row), why_not=why_not_finalise(row)),
        Deed("Hủy lớp", _of("cancel_class", row), why_not=why_not_cancel(row)),
    ]


def _of(endpoint: str, row: TrainingClass) -> str:
    return address(f"lms.training.{endpoint}", class_id=row.id)
