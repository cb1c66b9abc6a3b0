"""Report periods: quarter, half-year, year, each closed on the cut-off day of its last month.

S4: "Trước ngày 20 tháng cuối quý, báo cáo kết quả". The report leaves before the quarter is over, so
a period runs from the day after the former cut-off to its own, and what comes later belongs to
the next one.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lms.clock import VIETNAM, vn_date, vn_day
from lms.errors import Refused

_CODE = re.compile(r"(20\d\d)(?:-(Q[1-4]|H[12]))?", re.IGNORECASE)
_ROMAN = ("I", "II", "III", "IV")
_INSTANT = timedelta(microseconds=1)


class PeriodUnknown(Refused):
    """What was asked for is no quarter, half-year or year."""

    status = 422

    def __init__(self, typed: str) -> None:
        super().__init__(
            f"Chưa hiểu kỳ báo cáo “{typed[:20]}”.",
            remedy="Hãy ghi quý như 2026-Q4, nửa năm như 2026-H2, hoặc năm như 2026.",
        )


@dataclass(frozen=True)
class Period:
    """A report period: its code, its name on papers, its first and last day."""

    code: str
    title: str
    first_day: date
    last_day: date

    @property
    def starts_at(self) -> datetime:
        """Return the first moment that counts."""
        return datetime.combine(self.first_day, time(), tzinfo=VIETNAM)

    @property
    def ends_at(self) -> datetime:
        """Return the last moment that counts."""
        return datetime.combine(self.last_day + timedelta(days=1), time(), tzinfo=VIETNAM) - _INSTANT

    @property
    def days(self) -> str:
        """Return "từ 21/09/2026 đến 20/12/2026"."""
        return f"từ {vn_day(self.first_day)} đến {vn_day(self.last_day)}"

    def is_open(self, now: datetime) -> bool:
        """Say whether the cut-off is still to come, so that the figures can still grow."""
        return now <= self.ends_at

    def as_of(self, now: datetime) -> datetime:
        """Return the moment whose state the report shows: the cut-off, or now if that comes first."""
        return min(now, self.ends_at)


def read_period(code: str, *, cutoff_day: int) -> Period:
    """Return the period of a code: "2026-Q4", "2026-H2" or "2026".

    Raises:
        PeriodUnknown: it is none of these.
    """
    found = _CODE.fullmatch(code.strip())
    if found is None:
        raise PeriodUnknown(code)
    year, part = int(found[1]), (found[2] or "").upper()
    first_month, last_month, title = _months(year, part)
    last_day = _cutoff(year, last_month, cutoff_day)
    former = (year - 1, 12) if first_month == 1 else (year, first_month - 1)
    first_day = _cutoff(*former, cutoff_day) + timedelta(days=1)
    return Period(f"{year}-{part}" if part else str(year), title, first_day, last_day)


def quarter_of(now: datetime, *, cutoff_day: int) -> Period:
    """Return the quarter that is running; after the cut-off that is already the next."""
    day = vn_date(now)
    periods = (
        read_period(f"{year}-Q{quarter}", cutoff_day=cutoff_day)
        for year in (day.year, day.year + 1)
        for quarter in (1, 2, 3, 4)
    )
    return next(period for period in periods if day <= period.last_day)


def periods_to_choose(now: datetime, *, cutoff_day: int) -> tuple[Period, ...]:
    """Return what people ask for: the running quarter, the one before, half-year and year."""
    running = quarter_of(now, cutoff_day=cutoff_day)
    before = quarter_of(running.starts_at - _INSTANT, cutoff_day=cutoff_day)
    year, quarter = running.code.split("-Q")
    half = read_period(f"{year}-H{1 if quarter in '12' else 2}", cutoff_day=cutoff_day)
    return (running, before, half, read_period(year, cutoff_day=cutoff_day))


def _months(year: int, part: str) -> tuple[int, int, str]:
    if part.startswith("Q"):
        quarter = int(part[1])
        return quarter * 3 - 2, quarter * 3, f"quý {_ROMAN[quarter - 1]} năm {year}"
    if part == "H1":
        return 1, 6, f"6 tháng đầu năm {year}"
    if part == "H2":
        return 7, 12, f"6 tháng cuối năm {year}"
    return 1, 12, f"năm {year}"


def _cutoff(year: int, month: int, day: int) -> date:
    """Return the cut-off in a month; a setting beyond its end means its last day."""
    return date(year, month, max(1, min(day, monthrange(year, month)[1])))
