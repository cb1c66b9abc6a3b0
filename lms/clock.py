"""Time: stored in UTC, shown in Vietnam, written the way official papers write it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def utc_now() -> datetime:
    """Return the present moment; views and commands pass it on, rules never read a clock."""
    return datetime.now(UTC)


def vn_date(moment: datetime | date) -> date:
    """Return the calendar day in Vietnam."""
    return moment.astimezone(VIETNAM).date() if isinstance(moment, datetime) else moment


def vn_day(moment: datetime | date) -> str:
    """Return "05/02/2026"."""
    return vn_date(moment).strftime("%d/%m/%Y")


def vn_moment(moment: datetime) -> str:
    """Return "14:05 ngày 05/02/2026"."""
    return moment.astimezone(VIETNAM).strftime("%H:%M ngày %d/%m/%Y")


def vn_long_day(moment: datetime | date) -> str:
    """Return "ngày 05 tháng 02 năm 2026"; only months 1 and 2 are padded (NĐ 30/2020/NĐ-CP)."""
    day = vn_date(moment)
    month = f"{day.month:02d}" if day.month <= 2 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"
