"""Make a report in the form asked for: the way shared by pages, background jobs and commands."""

from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from lms.areas.models import Area
from lms.clock import vn_date
from lms.reports.data import as_json
from lms.reports.figures import Report
from lms.reports.letterhead import Letterhead, letterhead_of
from lms.reports.paper import as_paper
from lms.reports.periods import Period, periods_to_choose, quarter_of, read_period
from lms.reports.queries import home_area
from lms.reports.spreadsheet import as_xlsx


def period_of(code: str) -> Period:
    """Return the period of a code, closed on the day the settings say.

    Raises:
        PeriodUnknown: it is no period.
    """
    return read_period(code, cutoff_day=current_app.config["LMS_REPORT_CUTOFF_DAY"])


def running_quarter(now: datetime) -> Period:
    """Return the quarter whose cut-off comes next."""
    return quarter_of(now, cutoff_day=current_app.config["LMS_REPORT_CUTOFF_DAY"])


def choices(now: datetime) -> tuple[Period, ...]:
    """Return the periods to offer."""
    return periods_to_choose(now, cutoff_day=current_app.config["LMS_REPORT_CUTOFF_DAY"])


def file_name(report: Report, ending: str) -> str:
    """Return "bao-cao-38-2026-Q4.xlsx"."""
    return f"bao-cao-{report.area.code}-{report.period.code}{ending}"


def make_xlsx(session: Session, report: Report) -> bytes:
    """Return the report as a spreadsheet."""
    return as_xlsx(report, _letterhead(session, report.area))


def make_pdf(session: Session, report: Report, now: datetime) -> bytes:
    """Return the report as a paper; only for background work and commands, the layout engine is heavy."""
    from lms.printing.documents import report_pdf

    return report_pdf(as_paper(report, _letterhead(session, report.area), vn_date(now)))


def make_json(report: Report) -> bytes:
    """Return the report for other programs."""
    return as_json(report).encode()


def _letterhead(session: Session, area: Area) -> Letterhead:
    return letterhead_of(area, home_area(session, area), current_app.config)
