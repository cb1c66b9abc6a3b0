"""The report for other programs: every number under its key, with the words people see beside it."""

import json
from typing import Any

from lms.reports.figures import Line, Report
from lms.reports.sentences import notes


def as_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "area": {"code": report.area.code, "name": report.area.full_name},
        "period": {
            "code": report.period.code,
            "title": report.period.title,
            "first_day": report.period.first_day.isoformat(),
            "last_day": report.period.last_day.isoformat(),
        },
        "as_of": report.as_of.isoformat(),
        "is_open": report.is_open,
        "columns": [{"key": column.key, "label": column.label, "group": column.group} for column in report.columns],
        "rows": [_line(report, line) for line in report.rows],
        "total": _line(report, report.total),
        "without_teams": list(report.without_teams),
        "late_classes": report.late_classes,
        "pending_classes": report.pending_classes,
        "notes": list(notes(report)),
    }


def as_json(report: Report) -> str:
    """Return the report as JSON text."""
    return json.dumps(as_data(report), ensure_ascii=False, indent=2) + "\n"


def _line(report: Report, line: Line) -> dict[str, Any]:
    numbers = {column.key: line.counts.get(column.key, 0) for column in report.columns}
    return {"code": line.key, "name": line.name, "numbers": numbers}
