"""What the demonstration is made of: the province, its roster files, its staff, and their times.

All moments are counted back from the day the demonstration was begun, so that it looks alive
whenever it is loaded.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from lms.clock import VIETNAM, vn_date

PROVINCE = "38"
HAC_THANH, XUAN_BINH, NGOC_LAC, MUONG_LAT = "14797", "16177", "15061", "14845"
COURSE = "dich-vu-cong-truc-tuyen"
FIRST_TOPIC, SECOND_TOPIC = "dich-vu-cong", "an-toan"
PIN = "246810"
ROSTERS = Path(__file__).parent / "rosters"


@dataclass(frozen=True)
class RosterFile:
    """A roster file, whose commune it is, and how long ago it came."""

    commune: str
    name: str
    days_ago: int


@dataclass(frozen=True)
class StaffMember:
    """Somebody with a task in an area."""

    name: str
    phone: str
    role: str
    area: str
    title: str


ROSTER_FILES = (
    RosterFile(HAC_THANH, "14797-phuong-hac-thanh.xlsx", 75),
    RosterFile(XUAN_BINH, "16177-xa-xuan-binh.docx", 74),
    RosterFile(NGOC_LAC, "15061-xa-ngoc-lac.xlsx", 73),
    RosterFile(MUONG_LAT, "14845-xa-muong-lat.docx", 72),
    RosterFile(MUONG_LAT, "14845-xa-muong-lat-bo-sung.csv", 65),
)
OFFICER = StaffMember("Lê Thị Minh Châu", "0590000001", "officer", PROVINCE, "Cán bộ Sở")
SECOND_OFFICER = StaffMember("Đỗ Quang Vinh", "0590000008", "officer", PROVINCE, "Cán bộ Sở thứ hai, người duyệt sau")
TRAINERS = (
    StaffMember("Hoàng Đức Trí", "0590000002", "trainer", PROVINCE, "Giảng viên"),
    StaffMember("Mai Thị Hà Giang", "0590000003", "trainer", PROVINCE, "Giảng viên"),
)
CLERKS = (
    StaffMember("Phạm Thu Hoài", "0590000004", "clerk", HAC_THANH, "Cán bộ phường Hạc Thành"),
    StaffMember("Lương Văn Thuận", "0590000005", "clerk", XUAN_BINH, "Cán bộ xã Xuân Bình"),
    StaffMember("Quách Thị Ngần", "0590000006", "clerk", NGOC_LAC, "Cán bộ xã Ngọc Lặc"),
    StaffMember("Hà Văn Inh", "0590000007", "clerk", MUONG_LAT, "Cán bộ xã Mường Lát"),
)
STAFF = (OFFICER, SECOND_OFFICER, *TRAINERS, *CLERKS)
#: Which share of a commune's people finished the course, and which began it.
ZEAL = {HAC_THANH: (0.42, 0.7), XUAN_BINH: (0.26, 0.55), NGOC_LAC: (0.2, 0.5), MUONG_LAT: (0.1, 0.35)}


def days_before(anchor: datetime, days: int, hour: int = 9, minute: int = 0) -> datetime:
    """Return that hour in Vietnam so many days before; a negative number of days is after."""
    day = vn_date(anchor) - timedelta(days=days)
    return datetime.combine(day, time(hour, minute), tzinfo=VIETNAM)


def workday_before(anchor: datetime, days: int) -> date:
    """Return a working day about so many days before (or after, if negative)."""
    day = vn_date(anchor) - timedelta(days=days)
    return day - timedelta(days=max(0, day.weekday() - 4))
